-- C++ and SQL meet by name: where a column stands in a table, what other columns stand beside it, and in which
-- order detectors lie in theirs, changes nothing of what is written and shown.
BEGIN;
SET LOCAL client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(25);

\ir lib/uniform.sql
-- 24 keys over 40 days, duplicates of a date among them; spikes on the newest days, exact amounts, missing sides.
CREATE TABLE feed AS
SELECT 'account ' || k AS account, 'EUR' AS currency, date '2024-01-22' + day AS on_date,
       (CASE k % 3 WHEN 0 THEN 1000 WHEN 1 THEN 20 * day ELSE 12345678901234567.89 END
        + 30 * (uniform('a' || k || '/' || day || '/' || twin) - 0.5)
        + CASE WHEN day > 36 AND k % 5 = day % 5 THEN 50000 ELSE 0 END)::numeric(20,2) AS ledger,
       CASE WHEN uniform('missing' || k || '/' || day) < 0.02 THEN NULL ELSE 0.00 END AS bank
FROM generate_series(1, 24) AS k, generate_series(0, 39) AS day, generate_series(1, 2) AS twin
WHERE twin = 1 OR uniform('twin' || k || '/' || day) < 0.1;
CREATE TABLE source_before (LIKE feed);
CREATE TABLE source_after (LIKE feed);
SELECT recon_create(name, source => 'source_' || name, key_columns => '{account}', criteria_columns => '{ledger,bank}',
    date_column => 'on_date', currency_column => 'currency', tolerance => 1)
FROM (VALUES ('before'), ('after')) AS r (name) \g /dev/null
SELECT recon_set_rules(name, '{"weekend": true, "round_amount": {"unit": 10}}') FROM (VALUES ('before'), ('after'))
    AS r (name) \g /dev/null

-- Everything that C++ writes and shows of a reconciliation, in two runs, a watch and a correction between them.
CREATE TABLE shown (name text, what text, line jsonb);
CREATE PROCEDURE exercise(name text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO source_%s SELECT * FROM feed WHERE on_date <= ''2024-02-27''', name);
    INSERT INTO shown SELECT name, 'detect', to_jsonb(d) - 'break_id' FROM recon_detect(name) AS d;
    EXECUTE format('INSERT INTO source_%s SELECT * FROM feed WHERE on_date = ''2024-02-28''', name);
    INSERT INTO shown SELECT name, 'continue', to_jsonb(d) - 'break_id' FROM recon_detect(name) AS d;
    EXECUTE format('UPDATE source_%s SET ledger = ledger + 3 WHERE on_date = ''2024-02-28'' AND account = ''account '
        '3''', name);
    EXECUTE format('UPDATE source_%s SET ledger = bank WHERE on_date = ''2024-02-28'' AND account = ''account 4''',
        name);
    INSERT INTO shown SELECT name, 'detect again', to_jsonb(d) - 'break_id'
    FROM recon_detect(name, from_date => '2024-02-28', to_date => '2024-02-28') AS d;
    INSERT INTO shown SELECT name, 'preview', to_jsonb(p) - 'break_id' FROM recon_preview(name, 'strict') AS p;
    INSERT INTO shown SELECT name, 'score_row', to_jsonb(s)
    FROM feed, recon_score_row(name, to_jsonb(feed)) AS s WHERE on_date = '2024-02-29';
    PERFORM recon_watch(name);
    EXECUTE format('INSERT INTO source_%s SELECT * FROM feed WHERE on_date = ''2024-02-29''', name);
END
$$;
SELECT recon_create_strategy('strict', minimum_amount => 1000000) \g /dev/null
CALL exercise('before');
SELECT ok(count(*) > 10, format('%s: there is something to compare', what)) FROM shown WHERE what <> 'preview'
    GROUP BY what ORDER BY what COLLATE "C";
SELECT ok(count(*) > 0, 'preview: there is something to compare') FROM shown WHERE what = 'preview';

-- Every column that nothing else depends on (the views are in the way, and gone first) is dropped and added again, so
    -- that
-- it stands last; behind all of them stands another one, of which the library knows nothing.
CREATE TABLE moved (relation regclass, name text);
DO $$
DECLARE
    v regclass;
    a record;
BEGIN
    FOR v IN SELECT c.oid FROM pg_class c WHERE c.relkind = 'v' AND c.relnamespace = 'recon'::regnamespace LOOP
        EXECUTE format('ALTER EXTENSION recon DROP VIEW %s', v);
        EXECUTE format('DROP VIEW %s CASCADE', v);
    END LOOP;
    FOR a IN
        SELECT c.oid::regclass AS relation, t.attname, format_type(t.atttypid, t.atttypmod)
                   || coalesce(' DEFAULT ' || pg_get_expr(f.adbin, f.adrelid), '') AS type
        FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid LEFT JOIN pg_attrdef f ON f.adrelid = c.oid
            AND f.adnum = t.attnum
        WHERE c.oid = ANY ('{recon.break,recon.watched_break,recon.score,recon.item,recon.baseline,'
                'recon.fit,recon.run}'::regclass[])
          AND t.attnum > 0 AND NOT t.attisdropped AND t.attname NOT IN ('reconciliation_id', 'run_id', 'key_hash')
          AND t.attidentity = ''
        ORDER BY c.relname, t.attnum
    LOOP
        BEGIN
            EXECUTE format('ALTER TABLE %s DROP COLUMN %I', a.relation, a.attname);
            EXECUTE format('ALTER TABLE %s ADD COLUMN %I %s', a.relation, a.attname, a.type);
            INSERT INTO moved VALUES (a.relation, a.attname);
        EXCEPTION WHEN dependent_objects_still_exist OR invalid_table_definition THEN
            NULL;
        END;
    END LOOP;
END
$$;
ALTER TABLE recon.break ADD COLUMN x integer NOT NULL DEFAULT 7;
ALTER TABLE recon.watched_break ADD COLUMN x integer NOT NULL DEFAULT 7;
ALTER TABLE recon.score ADD COLUMN x integer NOT NULL DEFAULT 7;
ALTER TABLE recon.item ADD COLUMN x integer NOT NULL DEFAULT 7;
ALTER TABLE recon.baseline ADD COLUMN x integer NOT NULL DEFAULT 7;
ALTER TABLE recon.fit ADD COLUMN x integer NOT NULL DEFAULT 7;
ALTER TABLE recon.run ADD COLUMN x integer NOT NULL DEFAULT 7;
SELECT ok(count(*) >= 3, format('%s: %s columns have moved', relation, count(*)))
FROM moved GROUP BY relation ORDER BY relation::text COLLATE "C";

-- The verdict of a type whose columns stand otherwise.
ALTER TYPE recon.verdict DROP ATTRIBUTE observed;
ALTER TYPE recon.verdict ADD ATTRIBUTE observed numeric;
DISCARD PLANS;
CALL exercise('after');
CREATE FUNCTION pg_temp.lines(of_name text, of_what text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT string_agg(format('%s: %s', key, value), ', ' ORDER BY key COLLATE "C")
    FROM (SELECT row_number() OVER () AS n, line FROM shown WHERE name = of_name AND what = of_what) AS l,
        jsonb_each(line)
    GROUP BY n
$$;
SELECT results_eq(format('SELECT * FROM pg_temp.lines(''after'', %L) AS l ORDER BY l', what),
    format('SELECT * FROM pg_temp.lines(''before'', %L) AS l ORDER BY l', what),
    format('%s shows every value in its column', what))
FROM (SELECT DISTINCT what FROM shown) AS w ORDER BY what COLLATE "C";

-- What is stored. Of a moved column the values of the first reconciliation are lost, so the second is compared with
-- what was shown, and the others with what they must be.
CREATE FUNCTION pg_temp.id(name text) RETURNS integer LANGUAGE sql AS
    $$ SELECT r.reconciliation_id FROM recon.reconciliation r WHERE r.reconciliation_name = name $$;
SELECT results_eq(
    $$ SELECT d.line->>'reason', d.line->>'pattern', (d.line->>'observed')::numeric, (d.line->>'lower')::numeric,
        (d.line->>'score')::float8,
              d.line->'contributions', (d.line->>'history_n')::integer, d.line->>'recommended_action'
       FROM shown d WHERE d.name = 'after' AND d.what = 'detect again' ORDER BY d.line->>'key', 1 $$,
    $$ SELECT b.reason, b.pattern, b.observed, b.lower, b.score, b.contributions, b.history_n, b.recommended_action
       FROM recon.break b WHERE b.reconciliation_id = pg_temp.id('after') AND b.break_date = '2024-02-28' AND b.is_open
           ORDER BY b.key::text, 1 $$,
    'recon.break has every value of the answer in its column, new breaks and changed ones');
SELECT is_empty(
    $$ SELECT * FROM recon.break b WHERE b.reconciliation_id = pg_temp.id('after')
       AND (b.currency IS DISTINCT FROM 'EUR' OR b.x IS DISTINCT FROM 7 OR b.occurrence IS NULL OR b.opened_on IS NULL
           OR b.first_run_id IS NULL
            OR b.updated_at IS NULL OR b.opened_on > b.break_date) $$,
    'recon.break has what is stored beside the answer in its columns');
SELECT is_empty(
    $$ SELECT * FROM recon.watched_break w FULL JOIN (SELECT s.line FROM shown s WHERE s.name = 'after'
        AND s.what = 'score_row') AS s
       ON s.line->'key' = w.key AND s.line->>'reason' = w.reason
       WHERE coalesce(w.reconciliation_id = pg_temp.id('after'), true) AND (w.key IS NULL OR w.x IS DISTINCT FROM 7
          OR (to_jsonb(w) - '{reconciliation_id,run_id,written_by,written_at,currency,x}'::text[]) IS DISTINCT
              FROM s.line - 'break_id'
          OR w.currency IS DISTINCT FROM 'EUR' OR w.written_by IS DISTINCT FROM pg_current_xact_id()
              OR w.written_at IS NULL) $$,
    'recon.watched_break says of each row what recon_score_row says of it');
SELECT ok(count(*) > 0 AND bool_and(s.x = 7 AND s.ln_p <= 0 AND s.share BETWEEN 0 AND 1 AND s.confidence BETWEEN 0 AND 1
                                    AND s.metadata ? 'weight' AND s.detector IS NOT NULL), 'recon.score has its values')
FROM recon.score s WHERE s.reconciliation_id = pg_temp.id('after');
SELECT ok(count(*) > 0 AND bool_and(i.x = 7 AND i.opened_on <= i.last_on AND i.key ? 'account'
    AND i.run_id IS NOT NULL), 'recon.item has its values')
FROM recon.item i WHERE i.reconciliation_id = pg_temp.id('after');
SELECT ok(count(*) = 24 AND bool_and(b.x = 7 AND b.key ? 'account' AND b.history_n > 30 AND length(b.state) > 100),
    'recon.baseline has its values')
FROM recon.baseline b WHERE b.reconciliation_id = pg_temp.id('after');

-- Detectors are known by name.
CREATE FUNCTION pg_temp.digest() RETURNS text LANGUAGE sql AS $$
    SELECT md5(string_agg(d::text, ' ' ORDER BY d::text COLLATE "C"))
        FROM recon_detect('after', from_date => '2024-02-20', to_date => '2024-02-28', persist => false) AS d
$$;
SELECT pg_temp.digest() AS expected \gset
CREATE TABLE shuffled AS SELECT * FROM recon.detector WHERE is_builtin;
DELETE FROM recon.detector WHERE is_builtin;
INSERT INTO recon.detector SELECT * FROM shuffled ORDER BY md5(detector_name);
SELECT is(pg_temp.digest(), :'expected', 'the order of the detectors in recon.detector changes no verdict');
UPDATE recon.strategy SET detectors = detectors || '{"baseline": 0.25, "drift": 1}' WHERE strategy_name = 'balanced';
SELECT isnt(pg_temp.digest(), :'expected', 'the weights of the detectors in recon.detector change verdicts');

SELECT * FROM finish();
ROLLBACK;
