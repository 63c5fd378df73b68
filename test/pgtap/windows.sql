-- The window functions against twins that look at every earlier row again, on rows of random keys with ties,
-- NULL, NaN, infinite and huge numbers among them.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;

SELECT plan(37);

SELECT setseed(0.25);
CREATE TABLE stream AS
SELECT i AS id, i % 3 AS key, (random() * 25)::int AS at,
       CASE WHEN i % 17 = 3 THEN NULL WHEN i % 17 = 5 THEN 'NaN' WHEN i % 34 = 7 THEN 'Infinity' WHEN i % 34 = 9
           THEN '-Infinity'
            WHEN i % 51 = 11 THEN 1e305 WHEN i % 5 = 0 THEN 7 ELSE round((100 * random())::numeric, 1) END::float8 AS x
FROM generate_series(1, 120) AS i;
CREATE VIEW usable AS SELECT * FROM stream WHERE abs(x) < 1e300;

CREATE FUNCTION differs(a float8, b float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS
    $$ SELECT CASE WHEN a IS NULL OR b IS NULL THEN a IS DISTINCT FROM b WHEN abs(a) = 'Infinity' OR abs(b) = 'Infinity'
        THEN a <> b
                   ELSE abs(a - b) > 1e-9 * (1 + abs(a) + abs(b)) END $$;

-- Of each row the numbers that it is judged by, the newest first.
CREATE FUNCTION before_row(of_id int, period int, include_current boolean) RETURNS float8[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(n.x ORDER BY n.at DESC, n.x DESC)
    FROM (SELECT u.at, u.x FROM stream AS o JOIN usable AS u ON u.key = o.key AND u.at < o.at WHERE o.id = of_id
          ORDER BY u.at DESC, u.x DESC
          LIMIT period - (include_current AND EXISTS (SELECT FROM usable WHERE id = of_id))::int) AS n $$;
CREATE FUNCTION judged_by(of_id int, period int, include_current boolean) RETURNS float8[] LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN include_current AND x IS NOT NULL THEN x || before_row(of_id, period, true)
        ELSE before_row(of_id, period, include_current) END
    FROM (SELECT (SELECT x FROM usable WHERE id = of_id) AS x) AS own $$;

CREATE FUNCTION bands_that_differ(period int, include_current boolean) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM (
        SELECT o.*, t.mean, t.deviation, u.x AS own
        FROM (SELECT id, recon_bollinger(x, period, 2.5, include_current) OVER (PARTITION BY key ORDER BY at) AS band
            FROM stream) AS o
        LEFT JOIN usable AS u USING (id),
        LATERAL (SELECT avg(n) AS mean, stddev_samp(n) AS deviation
            FROM unnest(judged_by(o.id, period, include_current)) AS n) AS t) AS c
    WHERE differs((band).expected, mean) OR differs((band).lower, mean - 2.5 * deviation)
        OR differs((band).upper, mean + 2.5 * deviation)
       OR (deviation > 1e-6 AND differs((band).z, (own - mean) / deviation))
       OR (deviation > 1e-6 AND (band).direction IS DISTINCT FROM CASE WHEN own < mean - 2.5 * deviation THEN -1
           WHEN own > mean + 2.5 * deviation THEN 1 ELSE own * 0 END) $$;
SELECT is(bands_that_differ(period, include), 0::bigint, format('recon_bollinger, period %s, include_current %s',
    period, include))
FROM unnest('{2,3,20,1000}'::int[]) AS period, unnest('{f,t}'::bool[]) AS include;

CREATE FUNCTION median(numbers float8[]) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    $$ SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FROM unnest(numbers) AS n $$;
CREATE FUNCTION robust_that_differ(period int, tolerance float8, include_current boolean) RETURNS bigint
    LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM (
        SELECT o.z, u.x AS own, n.numbers, median(n.numbers) AS center
        FROM (SELECT id, recon_robust_z(x, period, tolerance, include_current) OVER (PARTITION BY key ORDER BY at) AS z
            FROM stream) AS o
        LEFT JOIN usable AS u USING (id), LATERAL (SELECT judged_by(o.id, period, include_current)) AS n(numbers)) AS c,
        LATERAL (SELECT median(array_agg(abs(n - center))) AS mad, avg(abs(n - center)) AS mean_deviation
            FROM unnest(numbers) AS n) AS d,
        LATERAL (SELECT greatest(tolerance, CASE WHEN mad > 0 THEN mad * 1.482602218505602
            ELSE mean_deviation * sqrt(pi() / 2) END) AS spread) AS s
    WHERE differs(z, CASE WHEN cardinality(numbers) < 2 OR own IS NULL THEN NULL WHEN own = center THEN 0
                          WHEN spread = 0 THEN sign(own - center) * float8 'Infinity'
                              ELSE (own - center) / spread END) $$;
SELECT is(robust_that_differ(period, tolerance, include), 0::bigint,
    format('recon_robust_z, period %s, tolerance %s, include_current %s', period, tolerance, include))
FROM (VALUES (2, 0), (5, 0), (20, 0), (1000, 3)) AS v(period, tolerance), unnest('{f,t}'::bool[]) AS include;

CREATE FUNCTION ewma_that_differ(alpha float8, include_current boolean) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM (
        SELECT o.band, t.*
        FROM (SELECT id, recon_ewma(x, alpha, 2, include_current) OVER (PARTITION BY key ORDER BY at) AS band
            FROM stream) AS o,
        LATERAL (SELECT judged_by(o.id, 100000, include_current)) AS n(numbers),
        LATERAL (SELECT sum(w * x) / sum(w) AS level, sum(w) AS weights, sum(w * w) AS squared, count(*) AS n
                 FROM (SELECT x, power(1 - alpha, at - 1) AS w FROM unnest(numbers) WITH ORDINALITY AS e(x, at))
                     AS e) AS l,
        LATERAL (SELECT level, n, sqrt(sum(power(1 - alpha, at - 1) * (x - level) ^ 2) /
            nullif(weights - squared / weights, 0) * (1 + squared / weights ^ 2)) AS deviation
                 FROM unnest(numbers) WITH ORDINALITY AS e(x, at)) AS t) AS c
    WHERE differs((band).expected, level) OR differs((band).upper, CASE WHEN n > 1 THEN level + 2 * deviation END) $$;
SELECT is(ewma_that_differ(alpha, include), 0::bigint, format('recon_ewma, alpha %s, include_current %s', alpha,
    include))
FROM unnest('{0.2,0.7}'::float8[]) AS alpha, unnest('{f,t}'::bool[]) AS include;

-- A sum that starts again at 0 is the largest sum of the newest rows, however many.
SELECT is((
    SELECT count(*) FROM (
        SELECT o.c, t.*
        FROM (SELECT id, recon_cusum(x, 50, 5, 60) OVER (PARTITION BY key ORDER BY at) AS c FROM stream) AS o,
        LATERAL (SELECT greatest(0, max(high)) AS high, greatest(0, max(low)) AS low
                 FROM (SELECT sum(x - 55) OVER newest AS high, sum(45 - x) OVER newest AS low
                       FROM unnest(judged_by(o.id, 100000, true)) WITH ORDINALITY AS e(x, at) WINDOW newest
                           AS (ORDER BY at)) AS s) AS t) AS compared
    WHERE differs((c).high, high) OR differs((c).low, low)), 0::bigint,
    'recon_cusum has the largest sum of the newest rows');
SELECT is((SELECT count(*) FROM (SELECT x, recon_cusum(x, 50, 5, 60) OVER (PARTITION BY key ORDER BY at) AS c
    FROM stream) AS o
           WHERE (c).direction IS DISTINCT FROM CASE WHEN x IS NULL OR NOT abs(x) < 1e300 THEN NULL
                WHEN (c).high > 60 AND (c).high >= (c).low THEN 1 WHEN (c).low > 60 THEN -1
                    ELSE 0 END), 0::bigint, 'recon_cusum gives an alarm for each sum beyond the threshold');

CREATE FUNCTION beta_binomial(events bigint, trials bigint, a float8, b float8) RETURNS float8 LANGUAGE sql IMMUTABLE
    AS $$
    SELECT sum(chance) FROM generate_series(events, trials) AS k,
    LATERAL (SELECT factorial(trials)::float8 / factorial(k)::float8 / factorial(trials - k)::float8
                    * coalesce((SELECT exp(sum(ln(a + i))) FROM generate_series(0, k - 1) AS i), 1)
                    * coalesce((SELECT exp(sum(ln(b + i))) FROM generate_series(0, trials - k - 1) AS i), 1)
                    / (SELECT exp(sum(ln(a + b + i))) FROM generate_series(0, trials - 1) AS i) AS chance) AS c $$;
SELECT is((
    SELECT count(*) FROM (
        SELECT id, key, at, x, recon_break_frequency(x > 50, recent, 0.3, 2) OVER (PARTITION BY key ORDER BY at) AS p
            FROM stream) AS o,
        LATERAL (SELECT array_agg(s.x > 50 ORDER BY s.at DESC, (s.x > 50) DESC) AS newest FROM stream AS s
                 WHERE s.key = o.key AND s.at < o.at AND s.x IS NOT NULL) AS b,
        LATERAL (SELECT count(*) FILTER (WHERE n AND at < recent) + (o.x > 50)::int AS events,
            count(*) FILTER (WHERE at < recent) + 1 AS trials,
                        count(*) FILTER (WHERE n AND at >= recent) AS past_events, count(*) FILTER (WHERE NOT n
                            AND at >= recent) AS past_matches
                 FROM unnest(newest) WITH ORDINALITY AS e(n, at)) AS t
    WHERE differs(p, CASE WHEN x IS NOT NULL THEN beta_binomial(events, trials, 0.3 + past_events,
        2.0 + past_matches) END)), 0::bigint,
    format('recon_break_frequency, recent %s', recent))
FROM unnest('{1,3,10}'::int[]) AS recent;

-- The order of the rows changes no bit; nor does another window beside.
CREATE FUNCTION answers(of_table text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format($q$ SELECT string_agg(a::text, '|' ORDER BY a::text COLLATE "C") FROM (
        SELECT key, at, x, recon_bollinger(x, 5) OVER w, recon_robust_z(x, 5) OVER w, recon_ewma(x) OVER w,
            recon_cusum(x) OVER w,
               recon_cusum(x, 50, 5, 60) OVER w, recon_break_frequency(x > 50) OVER w
        FROM %I WINDOW w AS (PARTITION BY key ORDER BY at)) AS a $q$, of_table) INTO answer;
    RETURN answer;
END
$$;
CREATE TABLE shuffled AS SELECT * FROM stream ORDER BY md5(id::text);
SELECT is(answers('shuffled'), answers('stream'), 'no order of the rows changes a bit');
CREATE TABLE reversed AS SELECT * FROM stream ORDER BY at DESC, x DESC;
SELECT is(answers('reversed'), answers('stream'), 'the reverse order of the rows changes no bit');
SELECT is((SELECT count(*) FROM (SELECT recon_bollinger(x, 5) OVER () AS b FROM stream) AS s
    WHERE (b).expected IS NOT NULL), 0::bigint,
          'no row comes before another where there is no order');
SELECT is((SELECT count(*) FROM (SELECT recon_bollinger(x, 5) OVER (ORDER BY id) AS a,
    recon_bollinger(x, 5) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS b FROM stream) AS s
           WHERE a IS DISTINCT FROM b), 0::bigint, 'the frame is of no importance');

SELECT throws_ok($$ SELECT recon_bollinger(x, id) OVER (ORDER BY id) FROM stream WHERE id > 5 $$, '22023',
                 'options of a window function cannot differ within a partition');
-- Each option out of its range is named as in the call, with its value.
SELECT throws_ok($$ SELECT recon_ewma(x, alpha => 1.5) OVER () FROM stream $$, '22023',
    'alpha of an EWMA is out of range');
SELECT throws_ok($$ SELECT recon_cusum(x, target => 'NaN') OVER () FROM stream $$, '22023',
    'target of a CUSUM is out of range');
SELECT throws_ok($$ SELECT recon_cusum(x, allowance => -1) OVER () FROM stream $$, '22023',
    'allowance of a CUSUM is out of range');
SELECT throws_ok($$ SELECT recon_cusum(x, threshold => 0) OVER () FROM stream $$, '22023',
    'threshold of a CUSUM is out of range');
SELECT throws_ok($$ SELECT recon_robust_z(x, tolerance => -1e-12) OVER () FROM stream $$, '22023',
    'tolerance of a robust z is out of range');
SELECT throws_ok($$ SELECT recon_robust_z(x, period => 2000000) OVER () FROM stream $$, '22023',
    'the period is out of range');
SELECT throws_ok($$ SELECT recon_bollinger(x, period => 1) OVER () FROM stream $$, '22023',
    'the period is out of range');
SELECT * FROM finish();
ROLLBACK;
