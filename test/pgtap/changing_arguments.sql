-- Arguments that say how a row is read may differ between rows, groups and parallel parts.
-- Each row is checked.
BEGIN;
SET LOCAL client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;

SELECT plan(37);

-- The answer, or the error with its detail and hint.
CREATE FUNCTION outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    detail text;
    hint text;
BEGIN
    EXECUTE statement INTO answer;
    RETURN coalesce(answer, 'NULL');
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLSTATE, SQLERRM, nullif(detail, ''), nullif(hint, ''));
END
$$;
-- Of rows of (m, c): numbers of measures and contents.
CREATE FUNCTION digest(rows text) RETURNS text LANGUAGE sql AS $$
    SELECT outcome(format('SELECT recon.rows_digest(date ''2024-01-01'', date ''2024-01-01'', true, true,
        m::int, c::int, 1.0::float8, 2.0::float8) FROM (VALUES %s) AS v (m, c)', rows))
$$;
CREATE FUNCTION series(rows text, suffix text DEFAULT '') RETURNS text LANGUAGE sql AS $$
    SELECT outcome(format('SELECT count(s) FROM (SELECT recon.key_series(date ''2024-01-01'', true, true, 0,
        m::int, 1.0::float8, 2.0::float8) AS s FROM (VALUES %s) AS v (m) %s) AS made', rows, suffix))
$$;

-- recon.rows_digest: later rows, later groups.
SELECT matches(digest('(1, 0), (1, 0)'), '^{-?\d+,-?\d+,2,0,0}$', 'digest: the same numbers for every row are fine');
SELECT is(digest(rows), '22023 | the number of measures or contents is out of range | ' || detail || ' among 2 values.'
    ' | A row has between 1 and 16 measures, and not more measures and contents than values.',
    'digest: a later row of ' || rows)
FROM (VALUES
    ('(1, 0), (100000, 0)', '100000 measures and 0 contents'),
    ('(1, 0), (17, 0)', '17 measures and 0 contents'),
    ('(1, 0), (1, 100)', '1 measures and 100 contents'),
    ('(1, 0), (-1, 0)', '-1 measures and 0 contents'),
    ('(1, 0), (NULL, 0)', '0 measures and 0 contents'),
    ('(1, 0), (1, NULL)', '1 measures and -1 contents'),
    ('(1, 0), (2147483647, 2147483647)', '2147483647 measures and 2147483647 contents'),
    ('(1, 0), (1, -2147483648)', '1 measures and -2147483648 contents')) AS v (rows, detail);
SELECT is(digest(rows), '22023 | the number of measures or contents differs between rows'
    ' | One row has 1 measures and 0 contents, another ' || detail || '. | Give the same numbers for every row.',
    'digest: another later row of ' || rows)
FROM (VALUES
    ('(1, 0), (2, 0)', '2 measures and 0 contents'),
    ('(1, 0), (1, 1)', '1 measures and 1 contents')) AS v (rows, detail);
SELECT matches(outcome($$SELECT array_agg(made ORDER BY made) FROM (
        SELECT recon.rows_digest('2024-01-01', '2024-01-01', true, true, m, 0, 1.0::float8, 2.0::float8)::text AS made
        FROM (VALUES (2), (1)) AS v (m) GROUP BY m) AS groups$$),
    '^{"{-?\d+,-?\d+,1,0,0}","{-?\d+,-?\d+,1,0,0}"}$', 'digest: each group has its own numbers');

-- recon.key_series: later rows, later groups.
SELECT is(series('(2), (1)', 'GROUP BY m'), '2', 'series: each group has its own number of measures');
SELECT is(series('(1), (2), (1)', 'GROUP BY m'), '2', 'series: in any order');
SELECT is(outcome($$
    SELECT array_agg(made = alone)
    FROM (SELECT m, recon.key_series('2024-01-01', true, true, 0, m, 1.5::float8, 2.5::float8)::text
          FROM (VALUES (1), (2), (1)) AS v (m) GROUP BY m) AS one (m, made)
    JOIN (SELECT 1, recon.key_series('2024-01-01', true, true, 0, 1, 1.5::float8, 2.5::float8)::text
          FROM generate_series(1, 2) UNION ALL
          SELECT 2, recon.key_series('2024-01-01', true, true, 0, 2, 1.5::float8, 2.5::float8)::text)
        AS other (m, alone) USING (m)$$),
    '{t,t}', 'series: a group has the answer that it has alone');
SELECT is(series('(1), (2)'), '22023 | the number of measures differs between rows'
    ' | One row has 1 measures, another 2. | Give the same number for every row.',
    'series: another number in a later row');
SELECT is(series(rows), '22023 | the number of measures is out of range | ' || detail || ' measures among 2 values.'
    ' | The measures are the first of the values that are listed.', 'series: a later row of ' || rows)
FROM (VALUES ('(1), (NULL)', '0'), ('(2), (3)', '3'), ('(1), (-5)', '-5'), ('(1), (2147483647)', '2147483647'))
    AS v (rows, detail);
SELECT matches(series('(1), (NULL)', 'GROUP BY m'), '^22023 \| the number of measures is out of range',
    'series: a later group of NULL measures');
SELECT is(outcome($$
    SELECT count(s) FROM (
        SELECT recon.key_series('2024-01-01', true, true, 0, m, 1.0::float8, 'text'::text) AS s
        FROM (VALUES (1), (2)) AS v (m) GROUP BY m) AS made$$),
    '22023 | a measure must be a number | Measure 2 has another type. | Cast it to numeric or double precision.',
    'series: what was a content of the first group is no measure of the second');
SELECT is(outcome($$SELECT recon.key_series('2024-01-01', true, true, 0, 1, NULL::text)$$),
    '22023 | a measure must be a number | Measure 1 has another type. | Cast it to numeric or double precision.',
    'series: nor is a NULL of that type');
SELECT matches(outcome($$SELECT recon.key_series('2024-01-01', true, true, 0, 2, VARIADIC ARRAY[1.0, 2.0])$$),
    '^22023 \| the number of measures is out of range \| 2 measures among 1 values', 'series: an array is one value');
SELECT matches(outcome($$
    SELECT recon.key_series('2024-01-01', true, true, 7, m, 1.0::float8, 2.0::float8)
    FROM (VALUES (1), (2)) AS v (m)$$),
    '^22023 \| the number of measures differs between rows', 'series: likewise where it is said what was found');
SELECT is(outcome($$
    SELECT count(s) FROM (
        SELECT recon.key_series('2024-01-01', true, true, 0, m, 1.0::float8, 2.0::float8)
            OVER (PARTITION BY m ORDER BY n) AS s
        FROM (VALUES (2, 1), (1, 1), (2, 2), (1, 2)) AS v (m, n)) AS made$$),
    '4', 'series: in a window, too');

-- States of other shapes are not combined: each partition of the table is a part of the plan.
CREATE TABLE part (p integer, m integer, options jsonb, k integer) PARTITION BY LIST (p);
CREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1);
CREATE TABLE part_2 PARTITION OF part FOR VALUES IN (2);
INSERT INTO part SELECT p, p, jsonb_build_object('seed', p), p + 1
FROM generate_series(1, 2) AS p, generate_series(1, 200);
ANALYZE part;
SET LOCAL enable_partitionwise_aggregate = on;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE FUNCTION combined(aggregate text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    is_partial boolean := false;
BEGIN
    FOR line IN EXECUTE format('EXPLAIN SELECT %s FROM part', aggregate) LOOP
        is_partial := is_partial OR line LIKE '%Partial Aggregate%';
    END LOOP;
    RETURN NEXT ok(is_partial, 'the parts have states of their own: ' || aggregate);
    RETURN NEXT matches(outcome(format('SELECT %s FROM part', aggregate)), '^22023', 'these states do not fit');
END
$$;
SELECT combined(aggregate) FROM unnest(ARRAY[
    'recon.key_series(''2024-01-01'', true, true, 0, m, 1.0::float8, 2.0::float8)',
    'recon.rows_digest(''2024-01-01'', ''2024-01-01'', true, true, m, 0, 1.0::float8, 2.0::float8)',
    'recon_fit_iforest(ARRAY[m, 2.0], options)',
    'recon_fit_kmeans(ARRAY[m, 2.0], k)',
    'recon_fit_ecod(CASE m WHEN 1 THEN ARRAY[1.0, 2.0] ELSE ARRAY[1.0, 2.0, 3.0] END)']) AS aggregate;

-- A type that is altered within a statement is read as it is then.
CREATE TYPE altered AS (a text, b bigint);
CREATE FUNCTION row_of(n integer) RETURNS altered LANGUAGE plpgsql AS $$
BEGIN
    IF n = 2 THEN
        ALTER TYPE altered ALTER ATTRIBUTE a TYPE bigint;
        RETURN ROW(257::bigint, 2::bigint);
    END IF;
    RETURN ROW('text'::text, 1::bigint);
END
$$;
SELECT matches(outcome($$
    SELECT array_agg(recon_features(row_of(n))::text ORDER BY n) FROM generate_series(1, 2) AS n$$),
    '^\{"\{\{[^,]*,1\},\{2,1\}\}","\{\{257,2\},\{1,1\}\}"\}$', 'a row of an altered type');

SELECT * FROM finish();
ROLLBACK;
