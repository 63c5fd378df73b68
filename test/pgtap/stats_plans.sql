-- The statistics of a set of numbers are the same bytes in every plan: serial, parallel, by
-- partition, sorted, hashed, shuffled, merged from stored parts, over a moving frame.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;

SELECT plan(13);

CREATE TABLE measured (id integer, key integer, x float8) PARTITION BY HASH (key);
CREATE TABLE measured_0 PARTITION OF measured FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE measured_1 PARTITION OF measured FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO measured
SELECT i, i % 7, CASE i % 50 WHEN 3 THEN NULL WHEN 5 THEN 'NaN' WHEN 6 THEN '-Infinity' WHEN 7 THEN 1e300 * sin(i)
                             WHEN 8 THEN 1e-300 * sin(i) ELSE 1000 * sin(i) + i * 0.01 END
FROM generate_series(1, 20000) AS i;
ANALYZE measured;
\ir lib/plan_of.sql
CREATE FUNCTION statement() RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT 'SELECT key, recon_stats(x)::text AS stats FROM measured GROUP BY key' $$;
CREATE FUNCTION digest(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format('SELECT string_agg(md5(stats), '' '' ORDER BY key) FROM (%s) AS answer', statement) INTO answer;
    RETURN answer;
END
$$;

SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TEMPORARY TABLE truth AS SELECT digest(statement()) AS stats;
SELECT is(array_length(string_to_array(stats, ' '), 1), 7, 'there are seven keys') FROM truth;

SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT matches(plan_of(statement()), 'Finalize .*Gather.*Partial HashAggregate',
    'a parallel plan that combines partial states');
SELECT is(digest(statement()), (SELECT stats FROM truth), 'parallel workers change nothing');
SET LOCAL enable_hashagg = off;
SELECT matches(plan_of(statement()), 'Finalize .*Gather.*Partial GroupAggregate', 'a parallel plan that sorts');
SELECT is(digest(statement()), (SELECT stats FROM truth), 'sorting in parallel workers changes nothing');
SET LOCAL enable_partitionwise_aggregate = on;
SET LOCAL enable_hashagg = on;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT matches(plan_of(statement()), 'Append.*HashAggregate.*HashAggregate', 'a plan that aggregates each partition');
SELECT is(digest(statement()), (SELECT stats FROM truth), 'partitions change nothing');

SELECT is(digest('SELECT key, recon_stats(x ORDER BY md5(id::text))::text AS stats FROM measured GROUP BY key'),
          (SELECT stats FROM truth), 'the order of the rows changes nothing');
CREATE TABLE part AS SELECT key, id % 11 AS day, recon_stats(x) AS stats FROM measured GROUP BY 1, 2;
ANALYZE part;
SELECT is(digest('SELECT key, recon_merge(stats)::text AS stats FROM part GROUP BY key'),
          (SELECT stats FROM truth), 'stored parts make the whole');
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT matches(plan_of('SELECT key, recon_merge(stats)::text AS stats FROM part GROUP BY key'),
    'Finalize.*Gather.*Partial',
               'a parallel plan that merges parts');
SELECT is(digest('SELECT key, recon_merge(stats)::text AS stats FROM part GROUP BY key'),
          (SELECT stats FROM truth), 'stored parts merge to the same whole');

-- A frame that ends at the last row of its key, after all others have passed through it.
SELECT is(digest($$ SELECT key, recon_stats(x)::text AS stats FROM measured WHERE id > 19300 GROUP BY key $$),
          digest($$ SELECT DISTINCT ON (key) key, stats FROM
                    (SELECT key, id, recon_stats(x) OVER (PARTITION BY key ORDER BY id ROWS BETWEEN 99 PRECEDING
                        AND CURRENT ROW)::text AS stats
                     FROM measured) AS moving ORDER BY key, id DESC $$),
          'a moving frame has the bytes of its rows');
SELECT is(digest('SELECT key, stats FROM (SELECT key, id, recon_stats(x) OVER (PARTITION BY key)::text AS stats FROM '
    'measured) AS whole WHERE id <= 7'),
          (SELECT stats FROM truth), 'a window over all rows has the bytes of the whole');

SELECT * FROM finish();
ROLLBACK;
