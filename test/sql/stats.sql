-- recon_stats: published values, what enters, moving frames, merging, storing, hostile bytes.

-- NIST StRD, univariate summary statistics.
CREATE TEMPORARY TABLE nist (name text, x double precision);
INSERT INTO nist SELECT 'NumAcc1', unnest('{10000001,10000003,10000002}'::float8[]);
INSERT INTO nist VALUES ('NumAcc4', 10000000.2);
INSERT INTO nist SELECT 'NumAcc4', 10000000.1 + 0.2 * (i % 2) FROM generate_series(1, 1000) AS i;
-- Michelson's measurements of the speed of light, 1879, in 1,000 km/s.
INSERT INTO nist SELECT 'Michelso', 299 + hundredth / 100.0 FROM unnest('{
    85,74,90,107,93,85,95,98,98,88,100,98,93,65,76,81,100,100,96,96,96,94,96,94,88,80,85,88,90,84,83,79,81,88,88,
    83,80,79,76,80,88,88,88,86,72,72,62,86,97,95,88,91,85,87,84,84,85,84,84,84,89,81,81,82,80,77,76,74,75,76,91,92,
    89,86,88,72,84,85,85,78,89,84,78,81,76,81,79,81,82,85,87,87,81,74,81,94,95,80,81,87}'::int[]) AS hundredth;
SELECT name, recon_count(s), recon_mean(s), recon_stddev(s), recon_min(s), recon_max(s)
FROM (SELECT name, recon_stats(x) AS s FROM nist GROUP BY name) AS by_name ORDER BY name;

-- What is counted, and what enters.
CREATE TEMPORARY TABLE mixed (at int, x double precision);
INSERT INTO mixed VALUES (1, 1), (2, NULL), (3, 2), (4, 'NaN'), (5, 3), (6, 'Infinity'), (7, 10), (8, '-Infinity'),
    (9, 1e305);
SELECT recon_count(s), recon_null_count(s), recon_non_finite_count(s), recon_sum(s), recon_mean(s), recon_variance(s),
       recon_skewness(s), recon_kurtosis(s), recon_min(s), recon_max(s)
FROM (SELECT recon_stats(x) AS s FROM mixed) AS of_all;

-- Of nothing, of NULL only, of one number, of a constant.
SELECT recon_stats(x) IS NULL AS is_null FROM mixed WHERE false;
SELECT recon_count(s), recon_null_count(s), recon_mean(s), recon_min(s), recon_stddev(s)
FROM (SELECT recon_stats(x) AS s FROM mixed WHERE x IS NULL) AS of_null;
SELECT recon_mean(s), recon_variance(s), recon_skewness(s), recon_zscore(s, 1), recon_bollinger(s, 1)
FROM (SELECT recon_stats(x) AS s FROM mixed WHERE at = 1) AS of_one;
SELECT recon_stddev(s), recon_kurtosis(s), recon_zscore(s, 7), recon_zscore(s, 8), recon_bollinger(s, 8)
FROM (SELECT recon_stats(7) AS s FROM generate_series(1, 5)) AS of_a_constant;

-- Where a value lies.
SELECT x, recon_zscore(s, x), recon_bollinger(s, x, 1.5)
FROM (SELECT recon_stats(x) AS s FROM unnest('{1,2,3}'::float8[]) AS x) AS of_three,
     unnest('{3,4,-1,NaN,NULL}'::float8[]) AS x;
SELECT recon_bollinger(NULL::recon_stats, 1) IS NULL AS of_no_statistics;
SELECT recon_bollinger(recon_stats(1), 1, 0);
SELECT recon_bollinger(recon_stats(1), 1, 'NaN');

-- A moving frame forgets what has left it: the same bytes as those of the rows of the frame alone.
SELECT at, recon_count(s), recon_null_count(s), recon_non_finite_count(s), recon_min(s), recon_max(s),
       s::text = (SELECT recon_stats(f.x)::text FROM mixed f WHERE f.at BETWEEN o.at - 2 AND o.at) AS is_the_same
FROM (SELECT at, recon_stats(x) OVER (ORDER BY at ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS s FROM mixed) AS o
ORDER BY at;

-- A spike passes through a window of 20.
SELECT count(*), bool_and(s::text = (SELECT recon_stats(CASE i WHEN 500 THEN 1e9 ELSE 100 + 0.01 * sin(i) END)::text
                                     FROM generate_series(at - 19, at) AS i)) AS are_the_same
FROM (SELECT at, recon_stats(CASE at WHEN 500 THEN 1e9 ELSE 100 + 0.01 * sin(at) END)
                     OVER (ORDER BY at ROWS BETWEEN 19 PRECEDING AND CURRENT ROW) AS s
      FROM generate_series(1, 600) AS at) AS moving
WHERE at >= 20;
SELECT count(s) FILTER (WHERE at <= 3) AS of_empty_frames, count(s)
FROM (SELECT at, recon_stats(x) OVER (ORDER BY at ROWS BETWEEN 5 PRECEDING AND 3 PRECEDING) AS s FROM mixed) AS behind;

-- Parts, in any cut and order, are the whole.
SELECT cut, merged::text = whole::text AS is_the_whole
FROM (SELECT recon_stats(x) AS whole FROM nist) AS one,
     (SELECT cut, (SELECT recon_merge(part) FROM (SELECT recon_stats(x ORDER BY x DESC) AS part FROM nist
         GROUP BY mod((x * 1000)::bigint, cut)) AS parts) AS merged
      FROM unnest('{1,2,7,100}'::int[]) AS cut) AS many;
SELECT recon_merge(s) IS NULL AS of_nothing, recon_count(recon_merge(s)) FROM (VALUES (NULL::recon_stats)) AS v(s);

-- Stored, written out and read back.
CREATE TEMPORARY TABLE kept (name text, s recon_stats);
INSERT INTO kept SELECT name, recon_stats(x) FROM nist GROUP BY name;
SELECT name, s::text::recon_stats::text = s::text AS survives, recon_mean(s::text::recon_stats) FROM kept ORDER BY name;
SELECT recon_stats(x) AS one_number FROM mixed WHERE at = 7;

-- Bytes that are none, that end too early, that go on, of another version, with impossible sums.
SELECT 'x'::recon_stats;
SELECT '\x'::recon_stats;
SELECT '\x02'::recon_stats;
SELECT (substr(s::text, 1, 60))::recon_stats FROM kept WHERE name = 'NumAcc1';
SELECT (s::text || '00')::recon_stats FROM kept WHERE name = 'NumAcc1';
SELECT overlay(s::text PLACING '0500000000000000' FROM 5 FOR 16)::recon_stats FROM kept WHERE name = 'NumAcc1';
SELECT overlay(s::text PLACING 'ffffffffffffffff' FROM 5 FOR 16)::recon_stats FROM kept WHERE name = 'NumAcc1';
