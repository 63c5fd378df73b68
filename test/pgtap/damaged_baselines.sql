-- What is stored of baselines is checked before it is used: whatever bytes stand in recon.fit or recon.baseline, the
-- answer is that of the whole history, and says so, or a clear error.
BEGIN;
SET LOCAL client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(16);

\ir lib/uniform.sql
CREATE TABLE feed AS
SELECT 'account ' || k AS account, date '2024-01-01' + day AS on_date,
       (CASE WHEN k % 2 = 0 THEN 1000 ELSE 20 * day END + 30 * (uniform('a' || k || '/' || day) - 0.5)
        + CASE WHEN day > 36 AND k % 3 = 0 THEN 50000 ELSE 0 END)::numeric(20,2) AS ledger, 0.00 AS bank
FROM generate_series(1, 12) AS k, generate_series(0, 39) AS day;
CREATE TABLE arrived (LIKE feed);
INSERT INTO arrived SELECT * FROM feed WHERE on_date < '2024-02-08';
SELECT recon_create('damaged', source => 'arrived', key_columns => '{account}', criteria_columns => '{ledger,bank}',
    date_column => 'on_date', tolerance => 1) \g /dev/null
SELECT count(*) FROM recon_detect('damaged') \g /dev/null
INSERT INTO arrived SELECT * FROM feed WHERE on_date = '2024-02-08';
CREATE FUNCTION pg_temp.id() RETURNS integer LANGUAGE sql AS
    $$ SELECT r.reconciliation_id FROM recon.reconciliation r WHERE r.reconciliation_name = 'damaged' $$;

-- Some damage, a stored run after it, and all of it undone: a digest of the answer, and what the run says.
CREATE FUNCTION pg_temp.after_damage(damage text, OUT answer text, OUT said text, OUT continued_from date)
    LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE damage;
    SELECT md5(string_agg((to_jsonb(d) - 'break_id')::text, ' ' ORDER BY d.key::text)) INTO answer
        FROM recon_detect('damaged') AS d;
    SELECT r.message, r.baseline_date INTO said, continued_from FROM recon.run r ORDER BY r.run_id DESC LIMIT 1;
    RAISE EXCEPTION USING ERRCODE = 'RD000';
EXCEPTION WHEN SQLSTATE 'RD000' THEN
    RETURN;
END
$$;
SELECT answer AS expected FROM pg_temp.after_damage('DELETE FROM recon.fit') \gset
SELECT is((continued_from, answer)::text, format('(2024-02-07,%s)', :'expected'),
    'a run over undamaged baselines continues, and gives the same answer')
FROM pg_temp.after_damage('SELECT 1');

-- A bit anywhere, a part missing at any length, other bytes.
CREATE TABLE damage (what text, statement text);
CREATE FUNCTION pg_temp.statements(relation text, size integer, which text) RETURNS SETOF damage LANGUAGE sql AS $$
    SELECT 'bit ' || at, format('UPDATE recon.%s SET state = set_byte(state, %s, get_byte(state, %s) # %s) WHERE %s',
        relation, at, at, 1 << (at % 8), which)
    FROM (SELECT DISTINCT (size * n / 60.0)::integer AS at FROM generate_series(0, 59) AS n) AS places WHERE at < size
    UNION ALL
    SELECT 'length ' || at, format('UPDATE recon.%s SET state = substring(state FOR %s) WHERE %s', relation, at, which)
    FROM (SELECT DISTINCT (size * n / 20.0)::integer AS at FROM generate_series(0, 19) AS n) AS lengths WHERE at < size
    UNION ALL
    SELECT 'more', format('UPDATE recon.%s SET state = state || ''\x00'' WHERE %s', relation, which)
    UNION ALL
    SELECT 'other', format('UPDATE recon.%s SET state = decode(md5(%L), ''hex'') WHERE %s', relation, 'other' || n,
        which) FROM generate_series(1, 5) AS n
$$;
INSERT INTO damage SELECT s.* FROM recon.fit f, pg_temp.statements('fit', length(f.state), 'true') AS s
    WHERE f.reconciliation_id = pg_temp.id();
CREATE TABLE answers AS SELECT d.*, a.* FROM damage d, pg_temp.after_damage(d.statement) AS a;
SELECT cmp_ok(count(*), '>', 80::bigint, 'the fit was damaged in many ways') FROM answers;
SELECT is_empty(format('SELECT what, answer FROM answers WHERE answer <> %L', :'expected'),
    'no damage of the fit changes an answer');
SELECT is_empty($$ SELECT what, said FROM answers WHERE said IS NULL
    OR said NOT LIKE 'the stored baselines could not be read (%): the whole history was read again%'
                   OR continued_from IS NOT NULL $$, 'every run says that the fit was damaged');
TRUNCATE damage, answers;
INSERT INTO damage SELECT s.* FROM recon.baseline b, pg_temp.statements('baseline', length(b.state),
    'key->>''account'' = ''account 3''') AS s
WHERE b.reconciliation_id = pg_temp.id() AND b.key->>'account' = 'account 3';
INSERT INTO answers SELECT d.*, a.* FROM damage d, pg_temp.after_damage(d.statement) AS a;
SELECT cmp_ok(count(*), '>', 80::bigint, 'the state of a key was damaged in many ways') FROM answers;
SELECT is_empty(format('SELECT what, answer FROM answers WHERE answer <> %L', :'expected'),
    'no damage of a state changes an answer');
SELECT is_empty($$ SELECT what, said FROM answers WHERE said IS NULL
    OR said NOT LIKE 'the stored baselines could not be read (%): the whole history was read again%'
                   OR continued_from IS NOT NULL $$, 'every run says that a state was damaged');

-- Bytes that are whole, in the wrong place.
SELECT is(answer, :'expected', 'states of two keys that have changed places are not mistaken for each other')
FROM pg_temp.after_damage($$ UPDATE recon.baseline b SET state = o.state FROM recon.baseline o
    WHERE b.reconciliation_id = o.reconciliation_id
        AND (b.key->>'account', o.key->>'account') IN (('account 3', 'account 5'), ('account 5', 'account 3')) $$);
SELECT is(answer, :'expected', 'a key that has another number does not become a new one')
FROM pg_temp.after_damage($$ UPDATE recon.baseline SET key_hash = key_hash # 4 WHERE key->>'account' = 'account 3' $$);
SELECT is(answer, :'expected', 'a key whose state is missing does not become a new one')
FROM pg_temp.after_damage($$ DELETE FROM recon.baseline WHERE key->>'account' = 'account 3' $$);
SELECT is((answer = :'expected', said LIKE 'the stored baselines could not be read%')::text, '(t,t)',
    'a fit that says another date than its bytes is not believed')
FROM pg_temp.after_damage($$ UPDATE recon.fit SET through = '2024-02-06' $$);

-- What stands beside the bytes: from when on rows are unknown, where they were read, by which holidays, how many.
TRUNCATE damage, answers;
INSERT INTO damage SELECT change, 'UPDATE recon.fit SET ' || change FROM unnest(ARRAY[
    $$horizon = (horizon::text::bigint + 1000)::text::xid8$$, $$horizon = '3'$$, $$source = source || '0'$$,
    $$holidays = '{2023-12-25}'$$, 'holidays = NULL', 'rows = rows + 1', 'run_id = run_id + 1',
    'fitted_rows = fitted_rows - 1', 'columns_digest = NULL'
]) AS change;
INSERT INTO answers SELECT d.*, a.* FROM damage d, pg_temp.after_damage(d.statement) AS a;
SELECT is_empty(format('SELECT what, answer FROM answers WHERE answer <> %L', :'expected'),
    'no change of a column beside the fit changes an answer');
SELECT is_empty($$ SELECT what, said, continued_from FROM answers WHERE continued_from IS NOT NULL $$,
    'no run continues baselines whose fit has a changed column');

-- Single rows have no history to go back to.
UPDATE recon.baseline SET state = set_byte(state, 200, get_byte(state, 200) # 1) WHERE key->>'account' = 'account 3';
SELECT throws_ok($$ SELECT recon_score_row('damaged',
    '{"account": "account 3", "on_date": "2024-02-08", "ledger": 5, "bank": 0}'::jsonb) $$,
    '22P03', 'invalid serialized value of type state of a key', 'a row is not judged by a damaged state');
SELECT lives_ok($$ SELECT recon_score_row('damaged',
    '{"account": "account 4", "on_date": "2024-02-08", "ledger": 5, "bank": 0}'::jsonb) $$,
    'rows of other keys are');
UPDATE recon.fit SET state = substring(state FOR 100);
SELECT throws_ok($$ SELECT recon_score_row('damaged',
    '{"account": "account 4", "on_date": "2024-02-08", "ledger": 5, "bank": 0}'::jsonb) $$,
    '55000', 'the stored baselines of reconciliation "damaged" cannot be read',
    'a single row is not judged by a damaged fit');

SELECT * FROM finish();
ROLLBACK;
