-- Several measures of a break together: forest and distance, as a user sees them.
BEGIN;
SET LOCAL client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;

SELECT plan(22);

-- A number that looks normal, from two others and a seed.
CREATE FUNCTION pg_temp.noise(a int, b int, seed text) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
    SELECT sum((get_byte(h, i) + get_byte(h, i + 6) / 256.0) / 256 - 0.5) / sqrt(0.5)
        FROM decode(md5(concat_ws(' ', a, b, seed)), 'hex') AS h, generate_series(0, 5) i
$$;
-- Value and units of 120 accounts go together; on the last date those of four have parted, each within what is usual.
CREATE TABLE holding AS
SELECT k AS account, date '2024-01-01' + day AS value_date,
    round((1000 + 50 * CASE WHEN day = 69 AND k <= 4 THEN 1.7 ELSE c + 0.12 * pg_temp.noise(k, day, 'v') END)::numeric,
        2) AS value_difference,
    round((-300 + 5 * CASE WHEN day = 69 AND k <= 4 THEN -1.7 ELSE c + 0.12 * pg_temp.noise(k, day, 'u') END)::numeric,
        3) AS unit_difference
FROM generate_series(1, 120) k, generate_series(0, 69) day, LATERAL (SELECT pg_temp.noise(k, day, 'c') OFFSET 0)
    AS common(c);
CREATE TABLE earlier AS SELECT * FROM holding WHERE value_date < '2024-03-10';
SELECT recon_create('holding', source => 'holding', key_columns => '{account}', criteria_columns => '{}',
    derived_columns => '{value_difference,unit_difference}', date_column => 'value_date', comment_column => '',
        currency_column => '', tolerance => 0.01) AS made \gset

CREATE FUNCTION pg_temp.judged(strategy text) RETURNS TABLE (account int, is_anomaly bool, pattern text, score float8,
    contributions jsonb, reason text) LANGUAGE sql AS $$
    SELECT (key->>'account')::int, is_anomaly, pattern, score, contributions, reason
        FROM recon_detect('holding', strategy => strategy, persist => false) $$;
SELECT recon_create_strategy('apart', detectors => '{"forest": 0, "distance": 0}'),
    recon_create_strategy('forest alone', detectors => '{"distance": 0}') \gset
SELECT is_empty($$SELECT * FROM pg_temp.judged('apart') WHERE is_anomaly$$,
    'no row is out of pattern by each measure alone');
SELECT set_eq($$SELECT account FROM pg_temp.judged('balanced') WHERE is_anomaly$$, '{1,2,3,4}'::int[],
    'together the measures are');
SELECT set_eq($$SELECT pattern FROM pg_temp.judged('balanced') WHERE is_anomaly$$, '{unusual_combination}'::text[],
    'the combination has a pattern of its own');
SELECT matches(reason, '^(value|unit)_difference: .* against 6[0-9] earlier values .* is in line by itself, but so '
    'much of each measure beyond what was expected seldom comes together: a probability of [0-9.e-]+ among past rows '
    '\(judged with values typical of 120 keys\)\.$', 'the reason says that the measures seldom come together so')
FROM pg_temp.judged('balanced') WHERE account = 1;
SELECT ok((contributions->>'distance')::float8 > 0.5, 'carried by the distance') FROM pg_temp.judged('balanced')
    WHERE account = 1;
SELECT ok(bool_and(contributions ? 'forest' = contributions ? 'distance')
    AND count(*) FILTER (WHERE contributions ? 'forest') > 100, 'both speak of every break that has a shape')
    FROM pg_temp.judged('balanced');
SELECT ok(bool_or(contributions ? 'forest') AND NOT bool_or(contributions ? 'distance'), 'what is off is silent')
    FROM pg_temp.judged('forest alone');
SELECT is(recon.recommended_action('unusual_combination', 'amount_mismatch', true),
    'Look at all measures of the row: each is ordinary, together they are not.', 'what to do');

-- The same whatever way leads there.
CREATE TEMP TABLE whole AS SELECT * FROM pg_temp.judged('balanced');
CREATE TABLE shuffled AS SELECT * FROM holding ORDER BY md5(holding::text);
SELECT recon_alter('holding', source => 'shuffled') AS altered \gset
SELECT set_eq($$SELECT * FROM pg_temp.judged('balanced')$$, 'TABLE whole', 'another order of rows gives the same');
SET LOCAL max_parallel_workers_per_gather = 4; SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET
    LOCAL min_parallel_table_scan_size = 0;
SELECT set_eq($$SELECT * FROM pg_temp.judged('balanced')$$, 'TABLE whole', 'a parallel plan gives the same');
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT set_eq($$SELECT * FROM pg_temp.judged('balanced')$$, 'TABLE whole', 'a single process gives the same');
SELECT recon_create_strategy('large trees', detectors => '{"forest": {"weight": 0.1, "trees": 150, "sample_size": 64}}')
    AS made \gset
SELECT isnt(a.contributions->'forest', b.contributions->'forest', 'another forest says something else')
    FROM pg_temp.judged('large trees') a, pg_temp.judged('balanced') b WHERE a.account = 5 AND b.account = 5;
SELECT recon_alter('holding', source => 'earlier') AS altered \gset
SELECT count(*) FROM recon_detect('holding') \g /dev/null
INSERT INTO earlier SELECT * FROM holding WHERE value_date = '2024-03-10';
-- A single row, by what that run has left.
SELECT is(s.score, w.score, 'a single row has the same score') FROM holding h, recon_score_row('holding', h) s, whole w
    WHERE h.account = 2 AND value_date = '2024-03-10' AND w.account = 2;
CREATE TEMP TABLE continued AS SELECT (key->>'account')::int AS account, is_anomaly, pattern, score, contributions,
    reason FROM recon_detect('holding');
SELECT is((SELECT baseline_date FROM recon.run_summary ORDER BY run_id DESC LIMIT 1), date '2024-03-09',
    'a run that continues');
SELECT set_eq('TABLE continued', 'TABLE whole', 'says the same');
SELECT set_eq($$SELECT detector FROM recon.score JOIN recon.break USING (break_id) WHERE is_anomaly AND share > 0
    AND detector IN ('forest', 'distance')$$, '{forest,distance}'::text[], 'what each said is kept');

-- One measure comes together with nothing.
SELECT recon_create('value', source => 'holding', key_columns => '{account}', criteria_columns => '{}',
    derived_columns => '{value_difference}', date_column => 'value_date', comment_column => '', currency_column => '',
        tolerance => 0.01) AS made \gset
SELECT is_empty($$SELECT FROM recon_detect('value', persist => false) WHERE contributions ?| '{forest,distance}'$$,
    'a single measure has no shape');

-- The forest's options.
SELECT throws_ok($$SELECT recon_create_strategy('none', detectors => '{"forest": {"trees": 0}}')$$, '22023',
    'option "trees" of detector "forest" must be at least 1');
SELECT throws_ok($$SELECT recon_create_strategy('none', detectors => '{"forest": {"sample_size": 5000}}')$$, '22023',
    'option "sample_size" of detector "forest" must be at most 4096');
SELECT throws_ok($$SELECT recon_create_strategy('none', detectors => '{"distance": {"trees": 5}}')$$, '22023',
    'detector "distance" has no option "trees"');
-- Baselines of one forest are of no use to another.
INSERT INTO earlier SELECT account, '2024-03-11', value_difference, unit_difference FROM holding
    WHERE value_date = '2024-03-08';
SELECT count(*) FROM recon_detect('holding', strategy => 'large trees') \g /dev/null
SELECT is((SELECT baseline_date FROM recon.run_summary ORDER BY run_id DESC LIMIT 1), NULL,
    'a run with another forest reads the whole history');
INSERT INTO earlier SELECT account, '2024-03-12', value_difference, unit_difference FROM holding
    WHERE value_date = '2024-03-07';
SELECT count(*) FROM recon_detect('holding') \g /dev/null
SELECT is((SELECT baseline_date FROM recon.run_summary ORDER BY run_id DESC LIMIT 1), date '2024-03-10',
    'another forest leaves the baselines of the default one alone');

SELECT * FROM finish();
ROLLBACK;
