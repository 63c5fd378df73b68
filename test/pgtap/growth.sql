-- What happens as breaks pile up: a year of them, in monthly partitions. The review queue reads what it
-- shows and no more; old months go as partitions. Speed is for test/bench/growth.sh to tell.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;

SELECT plan(22);

CREATE ROLE recon_viewer;
CREATE TABLE ledger (value_date date, account text, difference numeric);
INSERT INTO ledger SELECT '2023-12-01'::date + day, 'x', CASE day WHEN 31 THEN 500 ELSE day % 2 + 1 END
    FROM generate_series(0, 31) AS day;
CREATE FUNCTION define(name text) RETURNS text LANGUAGE sql AS
$$ SELECT recon_create(name, source => 'ledger', key_columns => '{account}', derived_columns => '{difference}',
                       date_column => 'value_date', currency_column => '', comment_column => '',
                           break_when => 'difference > 0') $$;
SELECT define('cash'), define('stock') \gset made_
SELECT recon_grant('recon_viewer', 'viewer', 'cash') AS granted \gset
SELECT count(*) AS judged FROM recon_detect('cash', from_date => '2023-12-31', strategy => 'sensitive') \gset
SELECT results_eq('SELECT break_date, is_anomaly FROM recon.break ORDER BY 1',
    $$VALUES ('2023-12-31'::date, false), ('2024-01-01', true)$$,
    'a break that is news and one that is not');

-- 2024 with 100 breaks a day, 20 of them open anomalies: copies of the two.
CREATE TABLE original AS SELECT * FROM recon.break;
CREATE FUNCTION copy_days(name text, from_date date, to_date date, first_id bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM recon.make_partitions(array_agg(month::date)) FROM generate_series(date_trunc('month', from_date), to_date,
        '1 month') AS month;
    EXECUTE (SELECT format('INSERT INTO recon.break SELECT %s FROM generate_series(0, %s) AS day, generate_series(1, '
        '100) AS copy, original
                            WHERE is_anomaly = (copy %% 5 = 0)',
        string_agg(CASE attname
            WHEN 'break_id' THEN format('%s + 100 * day + copy', first_id)
            WHEN 'reconciliation_id' THEN (SELECT r.reconciliation_id FROM recon.reconciliation r
                WHERE r.reconciliation_name = name)::text
            WHEN 'key_hash' THEN 'copy'
            WHEN 'break_date' THEN format('%L::date + day', from_date)
            WHEN 'score' THEN '3 + (17 * day + copy) % 40 / 10.0'
            WHEN 'severity' THEN '(ARRAY[''medium'', ''high'', ''critical''])[1 + (day + copy) % 3]'
            ELSE quote_ident(attname) END, ', ' ORDER BY attnum), to_date - from_date)
        FROM pg_attribute WHERE attrelid = 'recon.break'::regclass AND attnum > 0 AND NOT attisdropped);
END
$$;
SELECT copy_days('cash', '2024-02-01', '2025-01-31', 1000000) AS copied \gset
ANALYZE recon.break, recon.reconciliation;

-- What a query reads, as EXPLAIN (ANALYZE, BUFFERS) tells: nodes and blocks.
CREATE FUNCTION plan_of(query text, OUT blocks integer, OUT nodes text[]) LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON, TIMING OFF, SUMMARY OFF, COSTS OFF) ' || query INTO plan;
    blocks := (plan->0->'Plan'->>'Shared Hit Blocks')::integer + (plan->0->'Plan'->>'Shared Read Blocks')::integer;
    SELECT array_agg(DISTINCT concat_ws(' ', node->>'Node Type', substring(node->>'Relation Name' FROM '^break'))) INTO
        nodes
    FROM jsonb_path_query(plan::jsonb, '$.** ? (exists(@."Node Type"))') AS node;
END
$$;
GRANT EXECUTE ON FUNCTION plan_of TO recon_viewer;
SELECT cmp_ok(count(*), '>', 7300::bigint, 'a queue that nobody has looked at for a year') FROM recon.review_queue;
SELECT blocks, nodes FROM plan_of('SELECT * FROM recon.review_queue LIMIT 50') \gset
SELECT ok('Merge Append' = ANY (:'nodes') AND 'Index Scan break' = ANY (:'nodes') AND NOT 'Sort' = ANY (:'nodes')
          AND NOT 'Seq Scan break' = ANY (:'nodes'), 'its head is read in order, out of an index of each partition');
SELECT cmp_ok(:blocks, '<', 250, 'in blocks that its length has no part in');
SELECT blocks, nodes FROM plan_of($$SELECT * FROM recon.review_queue WHERE reconciliation = 'cash' LIMIT 50$$) \gset
SELECT ok(NOT 'Sort' = ANY (:'nodes') AND NOT 'Seq Scan break' = ANY (:'nodes'),
    'the head of one reconciliation''s too');
SELECT cmp_ok(:blocks, '<', 250, 'in as few blocks');
SET LOCAL ROLE recon_viewer;
SELECT blocks, nodes FROM plan_of('SELECT * FROM recon.review_queue LIMIT 50') \gset
SELECT ok(NOT 'Sort' = ANY (:'nodes') AND NOT 'Seq Scan break' = ANY (:'nodes'),
    'and for a role that row-level security watches over');
SELECT cmp_ok(:blocks, '<', 700, 'whose rights are looked up');
RESET ROLE;
SELECT results_eq('SELECT break_id FROM recon.review_queue LIMIT 50',
    $$SELECT break_id FROM (SELECT * FROM recon.break WHERE is_anomaly OFFSET 0) AS b
      ORDER BY array_position('{critical,high,medium,low}', severity), abs(observed) DESC NULLS LAST, break_id
      LIMIT 50$$,
          'the head is the head');

-- Old months go as partitions; what they share with another reconciliation stays.
CREATE FUNCTION partition_names() RETURNS text[] LANGUAGE sql AS
$$ SELECT array_agg(c.relname::text ORDER BY c.relname) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
   WHERE i.inhparent IN ('recon.break'::regclass, 'recon.score'::regclass) $$;
SELECT is(cardinality(partition_names()), 28, '14 months');
SELECT copy_days('stock', '2024-05-10', '2024-05-20', 9000000) AS copied \gset
SET LOCAL client_min_messages = error;
SELECT throws_ok($$SELECT recon_purge('cash', NULL)$$, '22004');
SELECT is(recon_purge('cash', '2023-12-01'), '0 breaks of "cash" dated before 2023-12-01 are gone, and 0 partitions',
    'nothing is that old');
SELECT is(recon_purge('cash', '2024-04-11'), '7002 breaks of "cash" dated before 2024-04-11 are gone, and 8 partitions',
    'four months and ten days');
SELECT is((partition_names())[1], 'break_2024_04', 'the month that is left in part stays');
SELECT results_eq('SELECT min(break_date), count(*) FROM recon.break WHERE break_date < ''2024-05-01''',
    $$VALUES ('2024-04-11'::date, 2000::bigint)$$, 'with the rest of its days');
SELECT is(recon_purge('cash', '2024-07-01'), '8100 breaks of "cash" dated before 2024-07-01 are gone, and 5 partitions',
    'of a month that is shared');
SELECT results_eq('SELECT min(break_date), max(break_date), count(*) FROM recon.break WHERE break_date < '
    '''2024-07-01''',
    $$VALUES ('2024-05-10'::date, '2024-05-20'::date, 1100::bigint)$$, 'the other reconciliation''s rows stay');
SELECT is(recon_purge('stock', '2024-06-01'),
    '1100 breaks of "stock" dated before 2024-06-01 are gone, and 1 partitions', 'until they go too');
SELECT is((partition_names())[1], 'break_2024_07', 'and the month with them');
SELECT results_eq('SELECT count(*) FROM recon.break', $$VALUES (21500::bigint)$$, 'the rest is untouched');

-- Far dates are dates.
INSERT INTO ledger VALUES ('12024-01-01', 'x', 5);
SELECT count(*) AS judged FROM recon_detect('cash', from_date => '12024-01-01') \gset
SELECT is(recon_purge('cash', '2024-07-01'), '0 breaks of "cash" dated before 2024-07-01 are gone, and 0 partitions',
    'a partition is identified by its bounds');
SELECT copy_days('cash', '2024-01-01', '2024-01-01', 9500000) AS copied \gset
SET LOCAL ROLE recon_viewer;
SELECT throws_ok($$SELECT recon_purge('cash', '2024-07-01')$$, '42501');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
