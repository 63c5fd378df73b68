-- recon_rolling and recon_bands answer what the window functions do, in every plan.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;

SELECT plan(14);

CREATE TABLE stream AS
SELECT i % 7 AS key, date '2024-01-01' + (i * 379 % 300) AS at,
       CASE WHEN i % 17 = 3 THEN NULL WHEN i % 17 = 5 THEN 'NaN' WHEN i % 34 = 7 THEN '-Infinity' WHEN i % 40 = 9
           THEN 1e9
            ELSE 100 + sin(i) END::float8 AS x
FROM generate_series(1, 3000) AS i;
ANALYZE stream;

CREATE FUNCTION differs(a float8, b float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS
    $$ SELECT CASE WHEN a IS NULL OR b IS NULL THEN a IS DISTINCT FROM b WHEN abs(a) = 'Infinity' OR abs(b) = 'Infinity'
        THEN a <> b
                   ELSE abs(a - b) > 1e-6 * (1 + abs(a) + abs(b)) END $$;
-- In a series NaN is an infinite number; rows of one date come by value, missing ones last.
CREATE FUNCTION bands_that_differ(period int, include_current boolean, OUT rows bigint, OUT different bigint)
    LANGUAGE sql STABLE AS $$
    WITH over_window AS (
        SELECT key, at, row_number() OVER (PARTITION BY key, at ORDER BY CASE WHEN x = 'NaN' THEN 'Infinity' ELSE x END)
            AS n, band
        FROM (SELECT key, at, x, recon_bollinger(x, period, 3, include_current) OVER (PARTITION BY key ORDER BY at)
            AS band FROM stream) AS judged),
    of_series AS (
        SELECT key, b.*, row_number() OVER (PARTITION BY key, b.at ORDER BY x) AS n
        FROM (SELECT key, recon_series(at, x) AS series FROM stream GROUP BY key) AS keys,
            recon_bands(series, period, 3, include_current) AS b)
    SELECT count(*), count(*) FILTER (WHERE differs(s.expected, (band).expected) OR differs(s.lower, (band).lower)
        OR differs(s.upper, (band).upper)
                                         OR s.direction IS DISTINCT FROM (band).direction
                                             OR s.z IS NULL <> ((band).z IS NULL))
    FROM over_window AS w FULL JOIN of_series AS s USING (key, at, n) $$;
SELECT is(d::text, '(3000,0)', format('period %s, include_current %s', period, include))
FROM unnest('{2,20,1000}'::int[]) AS period, unnest('{f,t}'::bool[]) AS include, bands_that_differ(period, include)
    AS d;

SELECT is((SELECT count(*) FROM (SELECT recon_series(at, x) AS series FROM stream GROUP BY key) AS keys,
    recon_rolling(series, 20) AS r,
           LATERAL (SELECT * FROM unnest(r.at, r.x, r.mean, r.stddev) WITH ORDINALITY AS u(at, x, mean, stddev, n)) AS u
           FULL JOIN LATERAL (SELECT b.*, row_number() OVER () AS n FROM recon_bands(series, 20, 2) AS b) AS b USING (n)
           WHERE u.at IS DISTINCT FROM b.at OR u.x IS DISTINCT FROM b.x OR u.mean IS DISTINCT FROM b.expected
               OR b.upper IS DISTINCT FROM u.mean + 2 * u.stddev),
          0::bigint, 'arrays and rows say the same');

CREATE FUNCTION digest() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT md5(string_agg(rolled::text, ' ' ORDER BY key))
        FROM (SELECT key, recon_rolling(recon_series(at, x), 20) AS rolled FROM stream GROUP BY key) AS keys $$;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TEMPORARY TABLE truth AS SELECT digest();
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT is(digest(), (TABLE truth), 'parallel workers change nothing');
SET LOCAL enable_hashagg = off;
SELECT is(digest(), (TABLE truth), 'sorting changes nothing');
CREATE TEMPORARY TABLE shuffled AS SELECT * FROM stream ORDER BY md5(stream::text);
SELECT is((SELECT md5(string_agg(rolled::text, ' ' ORDER BY key))
    FROM (SELECT key, recon_rolling(recon_series(at, x), 20) AS rolled FROM shuffled GROUP BY key) AS keys),
          (TABLE truth), 'the order of the rows changes nothing');

SELECT ok(recon_rolling(NULL) IS NULL, 'NULL of no series');
SELECT is((SELECT recon_rolling(recon_series(at, x))::text FROM stream WHERE false), NULL,
    'the aggregate over no rows is NULL');
SELECT throws_ok($$ SELECT recon_rolling(recon_series(at, x), 1) FROM stream $$, '22023', 'the period is out of range');
SELECT throws_ok($$ SELECT recon_rolling(recon.key_series(at, false, true, 0, 2, x, x)) FROM stream $$, '22023',
    'the series has more than one measure');
SELECT * FROM finish();
ROLLBACK;
