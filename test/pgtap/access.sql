-- Who may see, judge, answer and define what.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;

SELECT plan(81);

CREATE ROLE recon_alice;
CREATE ROLE recon_bob;
CREATE ROLE recon_viewer;
CREATE ROLE recon_operator;
CREATE ROLE recon_admin;
CREATE ROLE recon_group;
CREATE ROLE recon_member IN ROLE recon_group;
CREATE ROLE recon_stranger;
GRANT CREATE, USAGE ON SCHEMA public TO recon_alice, recon_bob, recon_viewer, recon_admin;
GRANT USAGE ON SCHEMA public TO recon_operator, recon_group, recon_stranger;

-- Two owners, each with a table that nobody else may read.
SET LOCAL ROLE recon_alice;
CREATE TABLE alice_ledger (value_date date, account text, a numeric, b numeric);
INSERT INTO alice_ledger SELECT '2024-01-01'::date + day, 'alice', 100 + CASE day WHEN 9 THEN 500 ELSE day % 2 END, 100
    FROM generate_series(0, 9) AS day;
SET LOCAL ROLE recon_bob;
CREATE TABLE bob_ledger (value_date date, account text, a numeric, b numeric);
INSERT INTO bob_ledger SELECT '2024-01-01'::date + day, 'bob', 100 + CASE day WHEN 9 THEN 900 ELSE day % 2 END, 100
    FROM generate_series(0, 9) AS day;

-- Nothing is open to who has been granted nothing.
SET LOCAL ROLE recon_alice;
SELECT throws_ok($$SELECT recon_create('alice', source => 'alice_ledger')$$, '42501',
    'permission denied for function recon_create');
SELECT throws_ok($$SELECT * FROM recon_detect('alice')$$, '42501', 'permission denied for function recon_detect');
SELECT throws_ok($$SELECT recon_grant('recon_alice', 'admin')$$, '42501', 'permission denied for function recon_grant');
SELECT throws_ok($$SELECT * FROM recon.anomaly$$, '42501', 'permission denied for schema recon');
SELECT throws_ok($$SELECT recon.recon_grant('recon_alice', 'admin', NULL)$$, '42501',
    'permission denied for schema recon');
RESET ROLE;
SELECT is_empty(
    $$SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
        AND d.deptype = 'e'
      JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
          WHERE has_function_privilege('recon_stranger', p.oid, 'EXECUTE')$$,
    'no function of the extension can be called by everybody');
SELECT is_empty(
    $$SELECT c.oid::regclass FROM pg_class c JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
        AND d.deptype = 'e'
      JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
      WHERE CASE c.relkind WHEN 'S' THEN has_sequence_privilege('recon_stranger', c.oid, 'SELECT, USAGE, UPDATE')
                 ELSE c.relkind IN ('r', 'p', 'v') AND
                      has_table_privilege('recon_stranger', c.oid,
                          'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') END$$,
    'no table, view or sequence is open to everybody');

-- Rights are given by level, on one reconciliation or on all.
SELECT is(recon_grant('recon_alice', 'admin'), 'recon_alice is admin of all reconciliations',
    'recon_grant says what it gave');
SELECT throws_ok($$SELECT recon_grant('recon_alice', 'king')$$, '22023', 'level "king" does not exist');
SELECT throws_ok($$SELECT recon_grant('recon_nobody', 'viewer')$$, '42704', 'role "recon_nobody" does not exist');
SELECT throws_ok($$SELECT recon_grant('recon_bob', 'viewer', 'nothing')$$, '42704',
    'reconciliation "nothing" does not exist');
SELECT recon_grant('recon_bob', 'admin') AS granted \gset

CREATE FUNCTION define(name text) RETURNS text LANGUAGE sql AS
$$ SELECT recon_create(name, source => name || '_ledger', key_columns => '{account}', criteria_columns => '{a,b}',
    date_column => 'value_date',
                       currency_column => '', comment_column => '', tolerance => 2) $$;
SET LOCAL ROLE recon_bob;
SELECT throws_ok($$SELECT define('alice')$$, '42501', 'permission denied for relation public.alice_ledger');
SELECT matches(define('bob'), '^reconciliation "bob": a - b is judged', 'who may define becomes the owner');
SELECT is(count(*), 1::bigint, 'and judges') FROM recon_detect('bob');
SET LOCAL ROLE recon_alice;
SELECT define('alice') AS made \gset
SELECT is(count(*), 1::bigint, 'so does another') FROM recon_detect('alice');
SELECT is(recon_grant('recon_viewer', 'viewer', 'alice'), 'recon_viewer is viewer of reconciliation "alice"',
    'an owner gives rights on what is his');
SELECT recon_grant('recon_operator', 'operator', 'alice') AS granted \gset
SELECT recon_grant('recon_admin', 'admin', 'alice') AS granted \gset
SELECT recon_grant('recon_group', 'viewer', 'alice') AS granted \gset
RESET ROLE;
SELECT is(recon_revoke('recon_bob'), 'recon_bob has no longer a right on all reconciliations',
    'recon_revoke says what it took');
SELECT is(recon_revoke('recon_bob'), 'recon_bob had no such right', 'or that there was nothing to take');

-- What everybody sees, through every table and view that tells of reconciliations.
CREATE FUNCTION seen() RETURNS TABLE (relation text, reconciliations text) LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
             WHERE c.relnamespace = 'recon'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
               AND a.attname IN ('reconciliation', 'reconciliation_id') AND c.relname <> 'access'
                   ORDER BY c.relname LOOP
        relation := r.relname;
        EXECUTE format('SELECT string_agg(DISTINCT %s, '','' ORDER BY %1$s) FROM recon.%I AS x %s',
            CASE r.attname WHEN 'reconciliation' THEN 'x.reconciliation'
                ELSE 'coalesce(n.reconciliation_name, ''hidden'')' END, r.relname,
            CASE r.attname WHEN 'reconciliation' THEN ''
                ELSE 'LEFT JOIN recon.reconciliation AS n USING (reconciliation_id)' END)
        INTO reconciliations;
        RETURN NEXT;
    END LOOP;
END
$$;
UPDATE bob_ledger SET a = 100 WHERE value_date = '2024-01-10';
UPDATE alice_ledger SET a = 100 WHERE value_date = '2024-01-10';
SELECT count(*) FROM recon_detect('bob', from_date => '2024-01-10') \gset
SELECT count(*) FROM recon_detect('alice', from_date => '2024-01-10') \gset
UPDATE bob_ledger SET a = 1000 WHERE value_date = '2024-01-10';
UPDATE alice_ledger SET a = 600 WHERE value_date = '2024-01-10';
SELECT count(*) FROM recon_detect('bob', from_date => '2024-01-10') \gset
SELECT count(*) FROM recon_detect('alice', from_date => '2024-01-10') \gset
SELECT set_eq('SELECT DISTINCT reconciliations FROM seen() WHERE reconciliations IS NOT NULL', $$VALUES ('alice,bob')$$,
    'the owner of the extension sees all');
SELECT cmp_ok(count(reconciliations), '>=', 10::bigint, 'in many relations') FROM seen();
CREATE FUNCTION seen_by(role_name name) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role_name);
    SELECT coalesce(string_agg(DISTINCT s.reconciliations, '; '), 'nothing') INTO answer FROM seen() AS s;
    RESET ROLE;
    RETURN answer;
END
$$;
SELECT is(seen_by('recon_alice'), 'alice,bob', 'an administrator of all sees all');
SELECT is(seen_by(role_name), sees, role_name || ' sees ' || sees)
FROM (VALUES ('recon_bob', 'bob'), ('recon_viewer', 'alice'), ('recon_operator', 'alice'), ('recon_admin', 'alice'),
    ('recon_group', 'alice'),
             ('recon_member', 'alice')) AS who (role_name, sees);
SELECT recon_grant('recon_stranger', 'viewer', 'bob') AS granted, recon_revoke('recon_stranger', 'bob') AS revoked \gset
SELECT is(seen_by('recon_stranger'), 'nothing', 'who has lost his right sees nothing');
SELECT is_empty(
    $$SELECT c.oid::regclass FROM pg_class c WHERE c.relnamespace = 'recon'::regnamespace AND c.relkind IN ('r', 'p')
        AND NOT c.relrowsecurity
      AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'reconciliation_id')$$,
    'every table that tells of reconciliations has row-level security, partitions included');
SET LOCAL ROLE recon_viewer;
SELECT throws_ok('SELECT * FROM recon.break_2024_01', '42501', 'permission denied for table break_2024_01');
SELECT is(count(*) || ' ' || min(level), '1 viewer', 'a user sees only rights of his own') FROM recon.access;
-- A condition of the reader's is looked at after row-level security, however cheap it says it is.
CREATE TABLE overheard (reason text);
CREATE FUNCTION overhear(reason text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS
$$ BEGIN INSERT INTO overheard VALUES (reason); RETURN true; END $$;
SELECT count(*) FROM recon.break WHERE overhear(reason) \gset
SELECT count(*) FROM recon.anomaly WHERE overhear(reason) \gset
SELECT ok(count(*) >= 2 AND bool_and(reason LIKE '500 %'), 'a function in a condition is shown no row of others')
    FROM overheard;

-- A viewer looks.
SELECT throws_ok($$SELECT * FROM recon_detect('alice', from_date => '2024-01-10')$$, '42501',
    'permission denied for reconciliation "alice"');
SELECT results_eq($$SELECT break_id IS NULL, observed FROM recon_detect('alice', from_date => '2024-01-10',
    persist => false)$$, 'VALUES (true, 500::numeric)',
    'a viewer may judge what he may see, without a trace, though he may not read its source');
SELECT throws_ok('SELECT * FROM alice_ledger', '42501', 'permission denied for table alice_ledger');
SELECT throws_ok($$SELECT * FROM recon_detect('bob', persist => false)$$, '42704',
    'reconciliation "bob" does not exist');
SELECT throws_ok($$SELECT * FROM recon_detect('alice', target => 'overheard', persist => false)$$, '42501',
    'must be owner of reconciliation "alice" to change what is read');
SELECT throws_ok($$SELECT * FROM recon_detect('alice', history => 'bob_ledger', persist => false)$$, '42501',
    'must be owner of reconciliation "alice" to change what is read');
SELECT throws_ok($$SELECT * FROM recon_detect(history => 'bob_ledger')$$, '42501',
    'permission denied for relation public.bob_ledger');
SELECT throws_ok($$SELECT recon_alter('alice', description => 'mine')$$, '42501',
    'permission denied for reconciliation "alice"');
SELECT throws_ok($$SELECT recon_drop('alice')$$, '42501', 'permission denied for reconciliation "alice"');
SELECT throws_ok($$SELECT recon_grant('recon_viewer', 'admin', 'alice')$$, '42501',
    'permission denied for reconciliation "alice"');
SELECT throws_ok($$SELECT recon_create('mine', source => 'overheard')$$, '42501',
    'permission denied: admin rights are needed');
SELECT throws_ok($$SELECT recon_export_definition('bob')$$, '42704', 'reconciliation "bob" does not exist');
SELECT is(recon_export_definition('alice')->>'source', 'public.alice_ledger', 'a viewer may read the definition');
SELECT recon_create_view('alice', view_name => 'looking') AS made \gset
SELECT throws_ok('SELECT * FROM looking', '42501', 'permission denied for table alice_ledger');

-- An operator judges.
SET LOCAL ROLE recon_operator;
SELECT results_eq($$SELECT break_id IS NULL, observed FROM recon_detect('alice', from_date => '2024-01-10')$$,
    'VALUES (false, 500::numeric)',
    'an operator may judge and store');
SELECT is(run_by, 'recon_operator', 'the run bears his name') FROM recon.run ORDER BY run_id DESC LIMIT 1;
SELECT throws_ok($$SELECT recon_alter('alice', strategy => 'sensitive')$$, '42501',
    'permission denied for reconciliation "alice"');
SELECT throws_ok($$SELECT recon_drop('alice')$$, '42501', 'permission denied for reconciliation "alice"');
SELECT throws_ok($$SELECT * FROM recon_detect('bob')$$, '42704', 'reconciliation "bob" does not exist');
SELECT throws_ok($$SELECT * FROM recon_detect('alice', target => 'bob_ledger')$$, '42501',
    'must be owner of reconciliation "alice" to change what is read');

-- An administrator defines, but for what runs as the owner.
SET LOCAL ROLE recon_admin;
SELECT lives_ok($$SELECT recon_alter('alice', strategy => 'sensitive', tolerance => 3, minimum_amount => 1,
    description => 'cash', time_zone => 'Europe/London')$$,
    'an administrator may change how it is judged');
SELECT is(measures->0->>'tolerance', '3', 'which takes effect') FROM recon.reconciliation;
SELECT throws_ok(format($$SELECT recon_alter('alice', %s)$$, argument), '42501',
    'must be owner of reconciliation "alice" to change its source, columns or break rule')
FROM (VALUES ('break_when => ''true'''), ('source => ''looking'''), ('key_columns => ''{value_date}'''),
    ('criteria_columns => ''{b,a}'''),
             ('derived_columns => ''{a}'''), ('date_column => ''value_date'''),
                 ('loaded_at_column => ''value_date''')) AS arguments (argument);
SELECT throws_ok($$SELECT recon_alter('alice', owner => 'recon_admin')$$, '42501',
    'must be owner of reconciliation "alice" to change its owner');
SELECT throws_ok($$SELECT recon_import_definition(recon_export_definition('alice') || '{"break_when": "true"}')$$,
    '42501',
    'must be owner of reconciliation "alice" to change its definition');
SELECT throws_ok($$SELECT recon_create('another', source => 'looking')$$, '42501',
    'permission denied: admin rights are needed');
SELECT throws_ok($$SELECT recon_grant('recon_admin', 'admin')$$, '42501', 'permission denied: admin rights are needed');
SELECT throws_ok($$SELECT recon_revoke('recon_alice')$$, '42501', 'permission denied: admin rights are needed');
SELECT lives_ok($$SELECT recon_grant('recon_stranger', 'viewer', 'alice')$$,
    'an administrator gives rights on what he administers');

-- Nobody writes the extension's tables by hand, nor calls what is behind the surface.
CREATE FUNCTION refused(statement text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN false;
EXCEPTION WHEN insufficient_privilege THEN
    RETURN true;
END
$$;
SELECT is_empty(
    $$SELECT c.oid::regclass, statement FROM pg_class c, (VALUES ('INSERT INTO %s SELECT * FROM %1$s WHERE false'),
        ('DELETE FROM %s'), ('TRUNCATE %s'),
             ('ALTER TABLE %s DISABLE ROW LEVEL SECURITY')) AS s (statement)
      WHERE c.relnamespace = 'recon'::regnamespace AND c.relkind IN ('r', 'p')
          AND NOT refused(format(statement, c.oid::regclass))$$,
    'no table of schema recon can be written or altered by hand');
SELECT ok(refused($$UPDATE recon.break SET is_anomaly = false$$)
    AND refused($$UPDATE recon.reconciliation SET owner = 'recon_admin'$$)
          AND refused($$UPDATE recon.access SET level = 'admin'$$) AND refused($$SELECT nextval('recon.break_id_seq')$$)
          AND refused($$CREATE TABLE recon.mine ()$$),
              'nor can a verdict, an owner, a right or a number be changed by hand');
SELECT set_eq(
    $$SELECT p.proname::text FROM pg_proc p WHERE p.pronamespace = 'recon'::regnamespace
        AND has_function_privilege(p.oid, 'EXECUTE')$$,
    $$SELECT proname::text FROM pg_proc WHERE pronamespace = 'recon'::regnamespace
      AND proname IN ('difference', 'share', 'key_mark', 'key_series', 'known_rows', 'rows_digest', 'parse_date',
          'parse_number', 'suggest_definition', 'uploaders_seen_by', 'visible_to',
                      'calendar_day', 'check_calendar', 'holidays_of_month')$$,
                          'only what row-level security, scans and the calendar profile of a row need can be called in '
                          'schema recon');
SELECT throws_ok($$SELECT recon.caller()$$, '42501', 'permission denied for function caller');
SELECT throws_ok($$SELECT recon.text_as('postgres', 'SELECT 1')$$, '42501', 'permission denied for function text_as');

-- The owner changes.
SET LOCAL ROLE recon_alice;
SELECT throws_ok($$SELECT recon_alter('alice', owner => 'recon_bob')$$, '42501',
    'must be able to SET ROLE "recon_bob" to make it the owner');
RESET ROLE;
GRANT recon_group TO recon_alice;
SET LOCAL ROLE recon_alice;
SELECT throws_ok($$SELECT recon_alter('alice', owner => 'recon_group')$$, '42501',
    'permission denied for relation public.alice_ledger');
GRANT SELECT ON alice_ledger TO recon_group;
SELECT lives_ok($$SELECT recon_alter('alice', owner => 'recon_group')$$,
    'to a role that the owner can become and that can read the source');
REVOKE SELECT ON alice_ledger FROM recon_group;
SELECT throws_ok($$SELECT * FROM recon_detect('alice', persist => false)$$, '42501',
    'permission denied for table alice_ledger');
ALTER TABLE alice_ledger ADD secret text;
GRANT SELECT (value_date, account, a, b) ON alice_ledger TO recon_group;
SELECT lives_ok($$SELECT * FROM recon_detect('alice', persist => false)$$,
    'rights on the columns that are named suffice');

-- Desks of one ledger, each with a reconciliation of its own: nothing of the other's rows is read, whichever user asks.
RESET ROLE;
CREATE TABLE desks AS
SELECT date '2024-01-01' + day AS value_date, desk, day % 7 + CASE WHEN day = 29 THEN 500 ELSE 1 END AS a, 0 AS b
FROM generate_series(0, 29) AS day, unnest('{north,south}'::text[]) AS desk;
GRANT SELECT ON desks TO recon_alice;
ALTER TABLE desks ENABLE ROW LEVEL SECURITY;
CREATE POLICY north ON desks TO recon_alice USING (desk = 'north');
SET LOCAL ROLE recon_alice;
SELECT recon_create('north', source => 'desks', key_columns => '{desk}', criteria_columns => '{a,b}',
    date_column => 'value_date') AS made \gset
SELECT is(string_agg(key->>'desk', ','), 'north',
    'the owner of a reconciliation sees what the policies of its source let through') FROM recon_detect('north');
RESET ROLE;
SELECT is(string_agg(key->>'desk', ','), 'north', 'and so does a superuser who asks it')
FROM recon_detect('north', from_date => '2024-01-30', persist => false);
SELECT recon_drop('north', true) AS dropped \gset

-- A role that is dropped leaves the rights of all others.
RESET ROLE;
DROP OWNED BY recon_operator;
DROP ROLE recon_operator;
SELECT is(seen_by('recon_viewer'), 'alice', 'a role that is dropped changes nothing for others');
SET LOCAL ROLE recon_viewer;
SELECT is(count(*), 1::bigint, 'the table of rights can still be read') FROM recon.access;
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
