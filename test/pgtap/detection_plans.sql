-- The answer belongs to the rows: no plan, order of storage, partition or session setting changes a
-- bit of it.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;

SELECT plan(23);

-- 60 keys with 40 rows each: level, trend, noise, spikes, duplicates, missing sides, NULL keys.
\ir lib/uniform.sql
CREATE TABLE ledger (value_date date, account integer, settled timestamptz, rate numeric, booked date, a numeric,
    b numeric);
INSERT INTO ledger
SELECT '2024-01-01'::date + day, nullif(k % 20, 7), '2024-03-31 12:00+00'::timestamptz + k * interval '1 hour',
    (k % 3)::numeric / 8,
       '2024-02-29'::date + k % 2,
       CASE WHEN uniform('missing' || k || '/' || day) < 0.01 THEN NULL
            ELSE round((1000 * k + CASE k % 3 WHEN 0 THEN day * 10 * k ELSE 0 END
                        + 100 * uniform('noise' || k || '/' || day)
                        + CASE WHEN uniform('spike' || k || '/' || day) < 0.01 THEN 1e6 ELSE 0 END)::numeric, 2) END,
       1000 * k
FROM generate_series(0, 59) AS k, generate_series(0, 39) AS day;
INSERT INTO ledger SELECT value_date, account, settled, rate, booked, a + 5, b FROM ledger
    WHERE uniform(account || value_date::text) < 0.03;
CREATE FUNCTION define(relation text) RETURNS text LANGUAGE sql AS
$$ SELECT left(recon_create(relation, source => relation, key_columns => '{account,settled,rate,booked}',
    criteria_columns => '{a,b}',
                            date_column => 'value_date', tolerance => 20), 0) $$;
CREATE FUNCTION judge(relation text) RETURNS TABLE (verdict text) LANGUAGE sql AS
$$ SELECT (d.*)::text FROM recon_detect(relation, from_date => '2024-01-20', persist => false) AS d $$;
CREATE FUNCTION digest(relation text) RETURNS text LANGUAGE sql AS
$$ SELECT md5(string_agg(verdict, ' ' ORDER BY n)) FROM judge(relation) WITH ORDINALITY AS j (verdict, n) $$;
\ir lib/plan_of.sql
-- Of the scan that a detection makes.
CREATE FUNCTION scan_plan(relation text) RETURNS text LANGUAGE sql AS
$$ SELECT plan_of(recon.plan_run(relation, NULL, NULL, '2024-01-20', NULL, NULL, NULL, false)->>'scan') $$;

SELECT define('ledger') \gset
ANALYZE ledger;
SELECT digest('ledger') AS expected \gset
SELECT ok(count(*) > 300 AND count(*) FILTER (WHERE is_anomaly) BETWEEN 10 AND count(*) - 10,
    'there are verdicts of both kinds to compare')
FROM recon_detect('ledger', from_date => '2024-01-20', persist => false);

-- Plans.
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL enable_hashagg = off;
SELECT matches(scan_plan('ledger'), '^GroupAggregate\n', 'a sorting serial plan');
SELECT is(digest('ledger'), :'expected', 'gives the answer');
RESET enable_hashagg;
SET LOCAL enable_sort = off;
SET LOCAL work_mem = '64MB';
SELECT matches(scan_plan('ledger'), '^HashAggregate\n', 'a hashing serial plan');
SELECT is(digest('ledger'), :'expected', 'gives the same');
RESET enable_sort;
RESET work_mem;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT matches(scan_plan('ledger'), '^Finalize .*Gather.*Partial HashAggregate',
    'a parallel plan that combines partial states');
SELECT is(digest('ledger'), :'expected', 'gives the same');
SET LOCAL enable_hashagg = off;
SELECT matches(scan_plan('ledger'), '^Finalize .*Gather.*Partial GroupAggregate', 'a parallel plan that sorts');
SELECT is(digest('ledger'), :'expected', 'gives the same');
RESET enable_hashagg;
SET LOCAL work_mem = '64kB';
SELECT is(digest('ledger'), :'expected', 'memory for a few rows only gives the same');
RESET work_mem;
SET LOCAL jit_above_cost = 0;
SELECT is(digest('ledger'), :'expected', 'compiled expressions, where the server has them, give the same');
RESET jit_above_cost;

-- Order of storage.
CREATE TABLE shuffled AS SELECT * FROM ledger ORDER BY md5(value_date || coalesce(account::text, '') || settled || a);
SELECT define('shuffled') \gset
SELECT is(digest('shuffled'), :'expected', 'shuffled rows give the same');
CREATE TABLE backwards AS SELECT * FROM ledger ORDER BY value_date DESC, a DESC;
SELECT define('backwards') \gset
SELECT is(digest('backwards'), :'expected', 'rows that arrive backwards give the same');
CREATE VIEW in_a_view AS SELECT rate, booked, b, a, settled, account, value_date FROM shuffled UNION ALL
    SELECT NULL, NULL, 0, 0, NULL, 0, NULL WHERE false;
SELECT define('in_a_view') \gset
SELECT is(digest('in_a_view'), :'expected', 'a view with its columns in another order gives the same');

-- Partitions.
CREATE TABLE partitioned (LIKE ledger) PARTITION BY HASH (account, settled, rate, booked);
CREATE TABLE partitioned_0 PARTITION OF partitioned FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE partitioned_1 PARTITION OF partitioned FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE partitioned_2 PARTITION OF partitioned FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO partitioned SELECT * FROM shuffled;
ANALYZE partitioned;
SELECT define('partitioned') \gset
SET LOCAL enable_partitionwise_aggregate = on;
SELECT matches(scan_plan('partitioned'), 'Append\n *->  [A-Za-z]*Aggregate', 'partitions that hold whole keys');
SELECT is(digest('partitioned'), :'expected', 'aggregated partition by partition give the same');
CREATE TABLE by_month (LIKE ledger) PARTITION BY RANGE (value_date);
CREATE TABLE by_month_1 PARTITION OF by_month FOR VALUES FROM ('2024-01-01') TO ('2024-01-25');
CREATE TABLE by_month_2 PARTITION OF by_month FOR VALUES FROM ('2024-01-25') TO ('2024-03-01');
INSERT INTO by_month SELECT * FROM shuffled;
ANALYZE by_month;
SELECT define('by_month') \gset
SELECT matches(scan_plan('by_month'), '^Finalize .*Append\n *->  Partial [A-Za-z]*Aggregate',
    'partitions that split keys between them');
SELECT is(digest('by_month'), :'expected', 'partitions that combine their states give the same');

-- Session settings. Keys of dates, moments and numerics are rendered in one way only.
SET LOCAL "DateStyle" = 'German, DMY';
SET LOCAL "TimeZone" = 'America/St_Johns';
SET LOCAL "IntervalStyle" = 'iso_8601';
SET LOCAL extra_float_digits = -15;
SET LOCAL lc_numeric = 'C';
SET LOCAL bytea_output = 'escape';
CREATE TABLE keys_elsewhere AS SELECT key, break_date, score, observed
    FROM recon_detect('ledger', from_date => '2024-01-20', persist => false);
RESET "DateStyle";
RESET "TimeZone";
RESET "IntervalStyle";
RESET extra_float_digits;
RESET bytea_output;
SELECT set_eq('SELECT * FROM keys_elsewhere',
    $$SELECT key, break_date, score, observed FROM recon_detect('ledger', from_date => '2024-01-20',
        persist => false)$$,
    'no session setting changes a key, a date or a score');
SELECT ok(bool_and(key->>'settled' ~ '^2024-0[34]-[0-9]{2}T[0-9:]{8}$'
    AND key->>'booked' IN ('2024-02-29', '2024-03-01')
                   AND key->>'rate' IN ('0', '0.125', '0.25')), 'keys are ISO dates, moments of UTC, trimmed numerics')
                       FROM keys_elsewhere;
SELECT count(*) FROM recon_detect('ledger', from_date => '2024-01-20') \gset
SET LOCAL "DateStyle" = 'SQL, MDY';
SET LOCAL "TimeZone" = 'Asia/Kathmandu';
SELECT is(count(*), :count::bigint, 'a run under other settings finds the same breaks')
    FROM recon_detect('ledger', from_date => '2024-01-20');
SELECT ok(count(*) = :count AND bool_and(is_open), 'a run under other settings stores no break twice') FROM recon.break;
SELECT is_empty('SELECT * FROM recon.verdict_history', 'a run under other settings flips no verdict');

SELECT * FROM finish();
ROLLBACK;
