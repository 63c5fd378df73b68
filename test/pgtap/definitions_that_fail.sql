-- What would fail in every run is refused when it is defined, and what a session has set does not leak into what the
-- extension does for it.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(23);

CREATE TABLE ledger (day date, account text, document json, place point, a numeric, b numeric, "Anomaly" text,
    recon_key integer, recon_date date, recon_occurrence integer);
INSERT INTO ledger SELECT date '2024-03-01' + i, 'x' || k, '{}', '(0,0)', 100 + i % 3, 100, '', 0, NULL, 0
    FROM generate_series(0, 20) i, generate_series(1, 3) k;
CREATE FUNCTION pg_temp.define(name text, VARIADIC keys text[]) RETURNS text LANGUAGE sql AS $$
    SELECT recon_create(name, source => 'ledger', key_columns => keys, criteria_columns => '{a,b}',
                        date_column => 'day', tolerance => 0) $$;

-- Names.
SELECT throws_ok($$SELECT pg_temp.define(repeat('x', 9000), 'account')$$, '22023',
    'the name of a reconciliation must have at most 200 characters', 'a name of 9,000 characters is refused');
SELECT lives_ok($$SELECT pg_temp.define(repeat(U&'\+01F600', 200), 'account')$$, 'a name of 200 characters is not');
SELECT throws_ok($$SELECT recon_alter(repeat(U&'\+01F600', 200), new_name => repeat('x', 201))$$, '22023', NULL,
    'a name that is changed is checked likewise');
SELECT isnt_empty($$SELECT FROM recon_detect(repeat(U&'\+01F600', 200))$$, 'the news of its run can be sent');
SELECT lives_ok($$SELECT recon.notify('recon_run', to_jsonb(repeat('x', 9000)))$$,
    'news that are too long to be sent fail nothing');
SELECT throws_ok($$SELECT recon_import_definition('{"format": 1, "source": "ledger"}')$$, '22023',
    'a reconciliation needs a name', 'a definition without a name is refused with a message');
SELECT throws_ok($$SELECT recon_import_definition('{"format": 1, "source": "ledger", "reconciliation_name": "n"}')$$,
    '22023', 'the definition has no key_columns', 'one without key columns, too');

-- Key columns.
SELECT throws_ok($$SELECT pg_temp.define('n', 'document')$$, '42804', 'public.ledger cannot be read by this definition',
    'a json column cannot be a key');
SELECT throws_ok($$SELECT pg_temp.define('n', 'place')$$, '42804', 'public.ledger cannot be read by this definition',
    'a point cannot be a key');
SELECT is_empty($$SELECT FROM recon.reconciliation WHERE reconciliation_name = 'n'$$, 'nothing is defined');
DO $$ BEGIN EXECUTE (SELECT format('CREATE TABLE wide (day date, a numeric, b numeric, %s)',
    string_agg(format('k%s text', i), ', ')) FROM generate_series(1, 51) i); END $$;
SELECT throws_ok($$SELECT recon_create('wide', source => 'wide', key_columns => ARRAY(SELECT 'k' || i
    FROM generate_series(1, 51) i), criteria_columns => '{a,b}', date_column => 'day', tolerance => 0)$$, '54000',
    'a reconciliation has at most 50 key columns, the currency included', '51 key columns are refused');
SELECT lives_ok($$SELECT recon_create('wide', source => 'wide', key_columns => ARRAY(SELECT 'k' || i
    FROM generate_series(1, 50) i), criteria_columns => '{a,b}', date_column => 'day', tolerance => 0)$$,
    '50 are not');

-- Views.
SELECT pg_temp.define('cash', 'account') AS defined \gset
SELECT throws_ok($$SELECT recon_create_view('cash')$$, '42701',
    'the source of reconciliation "cash" has a column "Anomaly" of its own',
    'a column that the view would have twice is named');
ALTER TABLE ledger RENAME "Anomaly" TO remark;
SELECT lives_ok($$SELECT recon_create_view('cash')$$, 'columns called as the view calls its own inside do no harm');

-- Settings of the caller.
CREATE ROLE recon_locked_out;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO recon_locked_out;
SET LOCAL quote_all_identifiers = on;
SET LOCAL standard_conforming_strings = off;
SET LOCAL transform_null_equals = on;
SELECT lives_ok($$SELECT count(*) FROM recon_detect('cash', from_date => '2024-03-15')$$,
    'a run does not depend on how a session quotes');
SELECT recon_create('ruled', source => 'ledger', key_columns => '{account}', criteria_columns => '{a,b}',
                    date_column => 'day', break_when => 'abs(a - b) > 3') AS defined \gset
SELECT is(measures->0->>'tolerance', '3', 'the tolerance of a rule is kept')
    FROM recon.reconciliation WHERE reconciliation_name = 'ruled';
RESET quote_all_identifiers;
RESET standard_conforming_strings;
RESET transform_null_equals;
SELECT is_empty($$SELECT FROM pg_class c, aclexplode(c.relacl) a WHERE c.relispartition AND c.relkind = 'r'
    AND c.relnamespace = 'recon'::regnamespace AND a.grantee = 'recon_locked_out'::regrole$$,
    'default privileges of the extension''s owner do not reach partitions');
SELECT isnt_empty($$SELECT FROM pg_class c WHERE c.relispartition AND c.relname = 'break_2024_03'$$,
    'though there are new ones');

-- Temporary tables of the caller.
CREATE TEMP TABLE rejudged (x integer);
SELECT lives_ok($$SELECT recon_rejudge(max(run_id), 'sensitive') FROM recon.run$$,
    'a temporary table of the caller does not stand in the way of recon_rejudge');

-- Sums.
CREATE TABLE goods (day date, item text, pieces numeric, amount numeric);
INSERT INTO goods SELECT date '2024-03-01' + i, k, CASE k WHEN 'y' THEN i % 3 ELSE 0 END,
    CASE k WHEN 'z' THEN i % 3 ELSE 0 END FROM generate_series(0, 20) i, unnest('{x,y,z}'::text[]) k;
INSERT INTO goods VALUES ('2024-03-25', 'y', 7, 0), ('2024-03-25', 'z', 0, 5000);
SELECT recon_create('goods', source => 'goods', key_columns => '{item}', derived_columns => '{pieces,amount}',
                    date_column => 'day', tolerance => 1) AS defined \gset
SELECT count(*) FROM recon_detect('goods', from_date => '2024-03-25') \g /dev/null
SELECT results_eq($$SELECT measure, net_amount FROM recon.daily_summary WHERE reconciliation = 'goods' ORDER BY 1$$,
    $$VALUES ('amount', 5000::numeric), ('pieces', 7::numeric)$$,
    'pieces and money are not added');

-- What one may not see.
CREATE ROLE recon_outsider;
CREATE ROLE recon_viewer_of_goods;
SELECT recon_grant('recon_viewer_of_goods', 'admin', 'goods') AS granted \gset
SET LOCAL ROLE recon_viewer_of_goods;
SELECT is(recon_drop('cash', true), 'there is no reconciliation "cash"',
    'a reconciliation that one may not see is not there');
SELECT is(recon_drop('nothing', true), 'there is no reconciliation "nothing"', 'like one that is not');
SELECT throws_ok($$SELECT recon_import_definition('{"format": 1, "reconciliation_name": "cash", "source": "goods",
    "key_columns": ["item"]}')$$, '42710', 'reconciliation "cash" already exists',
    'whose a name is that one may not see remains unsaid');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
