-- NULL in every place of every function: a clear error or an answer, never a defect or a crash.
BEGIN;
SET LOCAL client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;

SELECT plan(14);

CREATE TABLE ledger AS
SELECT date '2024-01-01' + day AS value_date, 'account ' || k AS account, (day * 7919 + k * 104729) % 101 / 10.0 AS a,
    0.0 AS b
FROM generate_series(0, 11) AS day, generate_series(1, 5) AS k;
SELECT recon_create('cash', source => 'ledger', key_columns => '{account}', criteria_columns => '{a,b}',
    date_column => 'value_date',
    currency_column => '', comment_column => '', tolerance => 0.05) AS made \gset
SELECT count(*) FROM recon_detect('cash') \gset

-- A value of each type, such that the other arguments' NULL is not hidden behind a plainer error.
CREATE TABLE value_of (type text, value text);
INSERT INTO value_of VALUES ('text', '''cash'''), ('name', 'current_user'), ('bigint', '1'), ('integer', '1'),
    ('smallint', '1'), ('date', '''2024-01-09'''),
    ('boolean', 'true'), ('double precision', '0.5'), ('numeric', '2'), ('jsonb', '''{}'''),
        ('text[]', '''{account}'''), ('bigint[]', '''{1}'''),
    ('double precision[]', '''{1,2,3,4,5}'''), ('timestamp with time zone', 'now()'), ('date[]', '''{2024-01-01}'''),
        ('regclass', '''ledger'''), ('cstring', '''a''');
CREATE TABLE called AS
SELECT p.oid::regproc::text AS name, p.prokind, p.pronamespace <> 'recon'::regnamespace
    OR p.oid = ANY (recon.reader_functions()) AS is_surface,
    ARRAY(SELECT CASE t.type WHEN '"any"'::regtype THEN 'double precision[]' WHEN 'anyelement'::regtype THEN 'ledger'
        ELSE t.type::regtype::text END
          FROM unnest(p.proargtypes) WITH ORDINALITY AS t (type, n) ORDER BY t.n) AS types
FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
WHERE p.pronargs > 0 AND NOT 'internal'::regtype = ANY (p.proargtypes) AND p.prokind <> 'p';
SELECT cmp_ok(count(*), '>', 200::bigint, 'functions that SQL can call') FROM called;

-- Everything NULL, one place NULL, one place not NULL.
CREATE FUNCTION calls(name text, kind "char", types text[]) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT DISTINCT format('SELECT %s FROM (VALUES (1), (2)) AS two (x)', call || CASE kind WHEN 'w' THEN ' OVER ()'
        ELSE '' END)
    FROM (VALUES (true), (false)) AS side (given), generate_series(0, cardinality(types)) AS place, LATERAL (
        SELECT format('%s(%s)', name, string_agg(format('CAST(%s AS %s)',
            CASE WHEN (n = place) = given THEN coalesce((SELECT v.value FROM value_of v WHERE v.type = t.type), 'NULL')
                ELSE 'NULL' END, t.type), ', ' ORDER BY n))
        FROM unnest(types) WITH ORDINALITY AS t (type, n)) AS u (call)
$$;
-- How the call ends; what it did is undone.
CREATE FUNCTION outcome(call text, OUT code text, OUT message text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE call;
    RAISE SQLSTATE 'OK000';
EXCEPTION WHEN OTHERS THEN
    code := SQLSTATE;
    message := SQLERRM;
END
$$;
CREATE TABLE ended AS SELECT c.is_surface, call, o.* FROM called c, calls(c.name, c.prokind, c.types) AS call,
    outcome(call) AS o;
SELECT cmp_ok(count(*) FILTER (WHERE code = 'OK000'), '>', 300::bigint, 'many have an answer') FROM ended;
SELECT is_empty($$SELECT call, code, message FROM ended WHERE code ~ '^XX'$$, 'none is a defect');
SELECT is_empty($$SELECT call, code, message FROM ended WHERE is_surface AND code IN ('20000', '23502', '42601')$$,
    'what users call finds it out before a table or a parser does');
SELECT is_empty($$SELECT call, message FROM ended WHERE is_surface AND message ~ '""|  |null values cannot be'$$,
    'each error says NULL where the argument is NULL');

-- The worker's own function, of the run and of who submitted it.
SELECT throws_ok($$SELECT recon.carry_out_run(NULL, current_user, 'cash', NULL, NULL, NULL, NULL, NULL, NULL)$$,
    '22004', 'the run to carry out is missing');
SELECT throws_ok($$SELECT recon.carry_out_run(1, NULL, 'cash', NULL, NULL, NULL, NULL, NULL, NULL)$$, '22004',
    'the role that submitted the run is missing');
SELECT throws_ok($$SELECT recon_register_detector('mine', NULL)$$, '22004',
    'the function of detector "mine" is missing');
SELECT throws_ok($$SELECT recon_preview(NULL, NULL)$$, '42704', 'reconciliation NULL does not exist');
SELECT throws_ok($$SELECT recon_alter_strategy(NULL)$$, '42704', 'strategy NULL does not exist');
SELECT throws_ok($$SELECT recon_remove_holidays(NULL, NULL)$$, '42704', 'calendar NULL does not exist');
SELECT throws_ok($$SELECT recon_drop_detector(NULL)$$, '42704', 'detector NULL does not exist');
SELECT throws_ok($$SELECT recon_rejudge(NULL, 'balanced')$$, '42704', 'run NULL does not exist');
SELECT throws_ok($$SELECT recon_grant(NULL, 'viewer')$$, '42704', 'role NULL does not exist');

SELECT * FROM finish();
ROLLBACK;
