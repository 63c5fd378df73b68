-- 1,000,000 rows in 2,000 keys of 500 dates each, stored date by date as they arrive.
CREATE TABLE bench_stream AS
SELECT (i % 2000)::integer AS key, date '2020-01-01' + (i / 2000)::integer AS on_date,
       100 * sin(i) + (hashint8(i) % 1000) / 100.0::float8 AS x
FROM generate_series(0, 999999) AS i;
VACUUM ANALYZE bench_stream;
