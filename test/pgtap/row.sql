-- recon_score_row: one row by the stored baselines, as recon_detect would judge it.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(47);

CREATE ROLE recon_owner;
CREATE ROLE recon_viewer;
CREATE ROLE recon_stranger;
CREATE SCHEMA work;
GRANT CREATE, USAGE ON SCHEMA work TO recon_owner;
GRANT USAGE ON SCHEMA work TO recon_viewer;
SELECT recon_grant('recon_owner', 'admin') \g /dev/null

\ir lib/uniform.sql
-- 40 keys over 80 days: levels, trends, quiet keys, duplicates of a date, missing sides, a NULL in the key, large
    -- amounts.
CREATE TABLE work.feed AS
SELECT nullif('desk ' || k % 3, 'desk 2') AS desk, 'account ' || k AS account, CASE k % 2 WHEN 0 THEN 'EUR'
    ELSE 'USD' END AS currency,
       date '2024-01-01' + day AS on_date,
       (CASE k % 4 WHEN 0 THEN 1000 WHEN 1 THEN 20 * day WHEN 2 THEN 12345678901234567.89 ELSE 0 END
        + CASE WHEN k % 5 = 4 AND uniform('quiet' || k || '/' || day) < 0.8 THEN 0
            ELSE 30 * (uniform('a' || k || '/' || day || '/' || twin) - 0.5) END
        + CASE WHEN day = 79 AND k % 10 = 3 THEN 50000 ELSE 0 END)::numeric(20,2) AS ledger,
       CASE WHEN uniform('missing' || k || '/' || day) < 0.02 THEN NULL ELSE 0.00 END AS bank,
       (5 * uniform('fee' || k || '/' || day || '/' || twin))::numeric(14,2) AS fee, 0.00 AS fee_paid
FROM generate_series(1, 40) AS k, generate_series(0, 79) AS day, generate_series(1, 2) AS twin
WHERE twin = 1 OR uniform('twin' || k || '/' || day) < 0.1;
ALTER TABLE work.feed OWNER TO recon_owner;
SET LOCAL ROLE recon_owner;
CREATE TABLE work.arrived (LIKE work.feed);
INSERT INTO work.arrived SELECT * FROM work.feed WHERE on_date < '2024-03-20';
SELECT recon_create('rows', source => 'work.arrived', key_columns => '{desk,account}',
    criteria_columns => '{ledger,bank,fee,fee_paid}',
    date_column => 'on_date', currency_column => 'currency', tolerance => 1, pool_by => '{desk}') \g /dev/null

-- Without baselines.
SELECT throws_ok($$SELECT * FROM recon_score_row('rows', (SELECT a FROM work.arrived a LIMIT 1))$$, '55000',
    'reconciliation "rows" has no stored baselines');
SELECT count(*) FROM recon_detect('rows', persist => false) \g /dev/null
SELECT throws_ok($$SELECT * FROM recon_score_row('rows', (SELECT a FROM work.arrived a LIMIT 1))$$, '55000', NULL,
    'a run that is not stored leaves none');
SELECT count(*) FROM recon_detect('rows', to_date => '2024-03-19') \g /dev/null

-- The rows of the next date, before and after they arrive.
CREATE TEMPORARY TABLE before AS SELECT v.* FROM work.feed f, recon_score_row('rows', f::text::work.arrived) AS v
    WHERE f.on_date = '2024-03-20';
INSERT INTO work.arrived SELECT * FROM work.feed WHERE on_date = '2024-03-20';
CREATE TEMPORARY TABLE judged AS SELECT * FROM recon_detect('rows');
SELECT results_eq('SELECT count(*), count(*) FILTER (WHERE is_anomaly) BETWEEN 4 AND 12 FROM judged',
    $$SELECT count(*), true FROM work.arrived WHERE on_date = '2024-03-20'
        AND (abs(ledger - bank) > 1 OR fee > 1 OR bank IS NULL)$$, 'there is something to compare');
SELECT is((SELECT baseline_date FROM recon.run ORDER BY run_id DESC LIMIT 1), '2024-03-19',
    'the run went on from these baselines');
CREATE FUNCTION work.differences(one regclass, other regclass, columns text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    differing bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM ((SELECT %1$s FROM %2$s EXCEPT ALL SELECT %1$s FROM %3$s) UNION ALL (SELECT '
        '%1$s FROM %3$s EXCEPT ALL SELECT %1$s FROM %2$s)) AS d',
                   columns, one, other) INTO differing;
    RETURN differing;
END
$$;
\set evidence 'key, break_date, measure, observed, expected, lower, upper, direction, score, p_value, '
\set evidence :evidence 'pattern, category, flags, contributions, basis, history_n, reason'
SELECT is(work.differences('before', 'judged', :'evidence'), 0::bigint,
    'one by one, before they arrive, rows have the evidence that the run finds');
SELECT is((SELECT count(*) FROM before WHERE break_id IS NOT NULL), 0::bigint, 'none is stored');
CREATE TEMPORARY TABLE again AS SELECT v.* FROM work.arrived a, recon_score_row('rows', a) AS v
    WHERE a.on_date = '2024-03-20';
SELECT is(work.differences('again', 'judged', :'evidence' || ', q_value, is_anomaly, severity, recommended_action'),
    0::bigint,
    'rows of the last run have its verdicts, q-values included');
SELECT is_empty($$SELECT * FROM before b JOIN judged j USING (key, break_date, observed)
    WHERE b.is_anomaly <> j.is_anomaly AND abs(ln(j.q_value / 0.05)) > 1$$,
    'clear verdicts are the same before the run');

-- In which forms a row may come.
CREATE TEMPORARY TABLE as_jsonb AS SELECT v.* FROM work.arrived a, recon_score_row('rows', to_jsonb(a)) AS v
    WHERE a.on_date = '2024-03-20';
SELECT is(work.differences('as_jsonb', 'again', '*'), 0::bigint, 'a row as jsonb gives the same');
CREATE TEMPORARY TABLE as_json AS SELECT v.* FROM work.arrived a, recon_score_row('rows', row_to_json(a)) AS v
    WHERE a.on_date = '2024-03-20';
SELECT is(work.differences('as_json', 'again', '*'), 0::bigint, 'a row as json gives the same');
CREATE TEMPORARY TABLE as_record AS SELECT v.* FROM (SELECT fee_paid, fee, bank, ledger, on_date, currency, account,
    desk, 1 AS other FROM work.arrived OFFSET 0) a, recon_score_row('rows', a) AS v
WHERE a.on_date = '2024-03-20';
SELECT is(work.differences('as_record', 'again', '*'), 0::bigint,
    'a record with its columns in another order gives the same');
CREATE TEMPORARY TABLE as_other AS SELECT v.* FROM work.feed f, recon_score_row('rows', f) AS v
    WHERE f.on_date = '2024-03-20';
SELECT is(work.differences('as_other', 'again', '*'), 0::bigint, 'a row of another table gives the same');
SELECT results_eq($$SELECT key, observed FROM recon_score_row('rows',
        '{"desk": "desk 1", "account": "account 1", "currency": "USD", "on_date": "2024-03-21", "ledger": "5000.10", '
            '"bank": 0, "fee": 0, "fee_paid": 0}')$$,
    $$VALUES ('{"desk": "desk 1", "account": "account 1", "currency": "USD"}'::jsonb, 5000.10)$$,
    'a row as a literal is judged');
SET LOCAL "TimeZone" = 'Asia/Tokyo';
SET LOCAL "DateStyle" = 'SQL, DMY';
SELECT is((SELECT break_date FROM recon_score_row('rows',
    '{"desk": "desk 1", "account": "account 1", "currency": "USD", "on_date": "2024-03-21", "ledger": 5000, "bank": 0, '
    '"fee": 0, "fee_paid": 0}')),
    date '2024-03-21', 'whatever the settings of the session');
RESET "TimeZone"; RESET "DateStyle";
SELECT throws_ok($$SELECT * FROM recon_score_row('rows',
    '{"account": "account 1", "on_date": "2024-03-21", "ledger": 1, "bank": 0}')$$, '22023',
    'the row lacks columns of reconciliation "rows"', 'a column that is missing is not taken for NULL');
SELECT throws_ok($$SELECT * FROM recon_score_row('rows', ROW('desk 1', 'account 1'))$$, '22023',
    'the row lacks columns of reconciliation "rows"', 'an unnamed column that is missing is not taken for NULL');
SELECT throws_ok($$SELECT * FROM recon_score_row('rows', '[1]')$$, NULL, NULL, 'an array is no row');
SELECT throws_ok($$SELECT * FROM recon_score_row('rows', '{')$$, '22P02', NULL, 'what is no JSON is refused');
SELECT throws_ok($$SELECT * FROM recon_score_row('rows', 17)$$, '22023', 'argument must be a row, json or jsonb');
SELECT throws_ok($$SELECT * FROM recon_score_row('rows', NULL::work.arrived)$$, '22023',
    'the name of a reconciliation or the row is NULL');
SELECT throws_ok($$SELECT * FROM recon_score_row(NULL, '{}'::jsonb)$$, '22023',
    'the name of a reconciliation or the row is NULL');

-- Which rows.
\set row '{"desk": "desk 1", "account": "account 1", "currency": "USD", "on_date": "2024-03-21", '
\set row :row '"ledger": 0, "bank": 0, "fee": 0, "fee_paid": 0}'
SELECT is_empty(format('SELECT * FROM recon_score_row(%L, %L)', 'rows', :'row'), 'a match is no break');
SELECT throws_ok(format('SELECT * FROM recon_score_row(%L, %L::jsonb || %L)', 'rows', :'row', '{"on_date": null}'),
    '22023', 'the row has no date');
SELECT throws_ok(format('SELECT * FROM recon_score_row(%L, %L::jsonb || %L)', 'rows', :'row',
    '{"on_date": "2024-03-19"}'), '55000',
    'the row is dated before the newest one that the baseline of its key knows');
SELECT results_eq(format('SELECT basis, history_n, pattern, score > 0 FROM recon_score_row(%L, %L::jsonb || %L)',
    'rows', :'row', '{"account": "new", "ledger": 1e7}'),
    $$VALUES ('peers', 0, 'new_key', true)$$, 'a key without a baseline is judged by its peers');
SELECT results_eq(format('SELECT basis, history_n FROM recon_score_row(%L, %L::jsonb || %L)', 'rows', :'row',
    '{"desk": "new", "ledger": 500, "on_date": "2020-01-01"}'),
    $$VALUES ('peers', 0)$$, 'a key of a new pool is judged by its peers, whatever its date');
SELECT is((SELECT observed FROM recon_score_row('rows', :'row'::jsonb || '{"ledger": 98765432109876543.21}')),
    98765432109876543.21, 'amounts keep every digit');
SELECT is((SELECT 'missing_side' = ANY (flags)
    FROM recon_score_row('rows', :'row'::jsonb || '{"bank": null, "fee": null}')), true, 'a missing side is a break');

-- Who may.
RESET ROLE;
SELECT recon_grant('recon_viewer', 'viewer', 'rows') \g /dev/null
SET LOCAL ROLE recon_viewer;
SELECT is((SELECT count(*) FROM recon_score_row('rows', :'row'::jsonb || '{"ledger": 5000}')), 1::bigint,
    'a viewer, without a right on the source');
RESET ROLE;
SELECT recon_revoke('recon_viewer', 'rows') \g /dev/null
SET LOCAL ROLE recon_viewer;
SELECT throws_ok(format('SELECT * FROM recon_score_row(%L, %L)', 'rows', :'row'), '42704',
    'reconciliation "rows" does not exist',
    'who is not one any more does not see it, though the session has judged for him');
RESET ROLE;
SET LOCAL ROLE recon_stranger;
SELECT throws_ok(format('SELECT * FROM recon_score_row(%L, %L)', 'rows', :'row'), '42501', NULL,
    'a stranger may not call it');
RESET ROLE;
SELECT throws_ok(format('SELECT * FROM recon_score_row(%L, %L)', 'nothing', :'row'), '42704',
    'reconciliation "nothing" does not exist');

-- Stored expressions run as the owner.
SET LOCAL ROLE recon_owner;
CREATE FUNCTION work.who(amount numeric) RETURNS boolean LANGUAGE plpgsql STABLE AS
    $$ BEGIN RAISE WARNING 'as %', current_user; PERFORM set_config('role', 'none', true); RETURN amount > 1; END $$;
SELECT recon_alter('rows', break_when => 'work.who(ledger)') \g /dev/null
SELECT throws_ok(format('SELECT * FROM recon_score_row(%L, %L)', 'rows', :'row'), '55000', NULL,
    'another break rule needs other baselines');
RESET ROLE;
SET LOCAL ROLE recon_owner;
CREATE OR REPLACE FUNCTION work.who(amount numeric) RETURNS boolean
    LANGUAGE sql STABLE AS $$ SELECT amount > 1 AND current_user = 'recon_owner' $$;
SELECT count(*) FROM recon_detect('rows', from_date => '2024-03-20') \g /dev/null
RESET ROLE;
SELECT is((SELECT count(*) FROM recon_score_row('rows', :'row'::jsonb || '{"ledger": 5000}')), 1::bigint,
    'the break rule is evaluated as the owner');
SET LOCAL ROLE recon_owner;
CREATE OR REPLACE FUNCTION work.who(amount numeric) RETURNS boolean LANGUAGE plpgsql STABLE AS
    $$ BEGIN PERFORM set_config('role', 'none', true); RETURN amount > 1; END $$;
RESET ROLE;
SELECT throws_ok(format('SELECT * FROM recon_score_row(%L, %L)', 'rows', :'row'), '42501', NULL,
    'the break rule runs in a restricted operation');
SET LOCAL ROLE recon_owner;
CREATE OR REPLACE FUNCTION work.who(amount numeric) RETURNS boolean LANGUAGE plpgsql STABLE AS
    $$ BEGIN PERFORM * FROM public.recon_score_row('rows', '{}'); RETURN amount > 1; END $$;
SELECT throws_ok(format('SELECT * FROM recon_score_row(%L, %L)', 'rows', :'row'), '55000',
    'rows cannot be judged by an expression that is evaluated to judge a row');
SELECT recon_alter('rows', break_when => '') \g /dev/null
SELECT count(*) FROM recon_detect('rows', from_date => '2024-03-20') \g /dev/null

-- What the session remembers is forgotten when it changes.
CREATE FUNCTION work.verdict(more jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', history_n, is_anomaly, round(observed))
        FROM recon_score_row('rows', '{"desk": "desk 1", "account": "account 4", "currency": "EUR",
        "on_date": "2024-03-21", "ledger": 1300, "bank": 0, "fee": 0, "fee_paid": 0}'::jsonb || more) $$;
SELECT matches(work.verdict('{}'), '^38 t 1300$', 'a session gives the verdict of the last run');
INSERT INTO work.arrived VALUES ('desk 1', 'account 4', 'EUR', '2024-03-21', 1300, 0, 0, 0),
    ('desk 1', 'account 4', 'EUR', '2024-03-22', 1300, 0, 0, 0),
    ('desk 1', 'account 4', 'EUR', '2024-03-23', 1300, 0, 0, 0);
SELECT count(*) FROM recon_detect('rows') \g /dev/null
SELECT isnt(work.verdict('{"on_date": "2024-03-24"}'), '38 t 1300', 'follows the baselines of the next run');
SELECT recon_alter('rows', minimum_amount => 1e6) \g /dev/null
SELECT matches(work.verdict('{"on_date": "2024-03-24", "ledger": 900000}'), ' f 900000$',
    'a session follows the definition');
SELECT recon_alter('rows', minimum_amount => 10, strategy => 'balanced') \g /dev/null
SELECT matches(work.verdict('{"on_date": "2024-03-24", "ledger": 900000}'), ' t 900000$',
    'a session follows a changed definition at once');
-- What is taken back was not so, whatever a statement in between has seen.
CREATE FUNCTION work.verdict_of_attempt() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    seen text;
BEGIN
    PERFORM recon_alter('rows', minimum_amount => 1e6);
    seen := work.verdict('{"on_date": "2024-03-24", "ledger": 900000}');
    RAISE EXCEPTION USING MESSAGE = seen;
EXCEPTION WHEN raise_exception THEN
    RETURN seen;
END
$$;
SELECT matches(work.verdict_of_attempt(), ' f 900000$', 'a session follows a definition within an attempt');
SELECT matches(work.verdict('{"on_date": "2024-03-24", "ledger": 900000}'), ' t 900000$',
    'a session forgets the definition of an attempt that rolled back');
SAVEPOINT before;
SELECT recon_alter('rows', minimum_amount => 1e6) \g /dev/null
SELECT work.verdict('{"on_date": "2024-03-24", "ledger": 900000}') \g /dev/null
ROLLBACK TO before;
SELECT matches(work.verdict('{"on_date": "2024-03-24", "ledger": 900000}'), ' t 900000$',
    'a session forgets the definition of a savepoint that rolled back');
RESET ROLE;
UPDATE recon.strategy SET minimum_amount = 1e6 WHERE strategy_name = 'balanced';
UPDATE recon.reconciliation SET minimum_amount = NULL WHERE reconciliation_name = 'rows';
SELECT matches(work.verdict('{"on_date": "2024-03-24", "ledger": 900000}'), ' f 900000$',
    'a session follows the strategy');
UPDATE recon.strategy SET minimum_amount = 0 WHERE strategy_name = 'balanced';
ALTER TABLE work.arrived ADD COLUMN later text, ADD COLUMN sooner integer;
SELECT is((SELECT count(*) FROM recon_score_row('rows', (SELECT a FROM work.arrived a ORDER BY on_date DESC LIMIT 1))),
    1::bigint, 'a session follows the columns of the source');
ALTER TABLE work.arrived DROP COLUMN sooner;
SELECT is((SELECT count(*) FROM recon_score_row('rows', (SELECT a FROM work.arrived a ORDER BY on_date DESC LIMIT 1))),
    1::bigint, 'those that go, too');
SELECT recon_alter('rows', is_active => false) \g /dev/null
SELECT throws_ok($$SELECT work.verdict('{}')$$, '55000', 'reconciliation "rows" is not active');

SELECT * FROM finish();
ROLLBACK;
