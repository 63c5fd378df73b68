-- 1,000,000 rows of 6 features, each also as a column of its own, from integer arithmetic.
SET max_parallel_workers_per_gather = 0;
DROP TABLE IF EXISTS bench_features;
CREATE TABLE bench_features AS
SELECT id, f[1] AS a, f[2] AS b, f[3] AS c, f[4] AS d, f[5] AS e, f[6] AS f, f AS features
FROM generate_series(1, 1000000) AS id,
     LATERAL (SELECT array_agg(ln(1 + (hashint8extended(id, k) & 1048575)::float8 / 1048576) ORDER BY k) AS f
              FROM generate_series(1, 6) AS k) AS made;
VACUUM ANALYZE bench_features;
