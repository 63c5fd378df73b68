-- What the evidence is worth, seen from SQL: explanations compete within one detector, p-values mean what they say
-- whatever the length of the history, other keys lend what a short history lacks, and q is that of every judged row.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(34);

CREATE FUNCTION pg_temp.uniform(seed text) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    $$ SELECT ((hashtextextended(seed, 1) & 1073741823) + 0.5) / 1073741824 $$;
CREATE FUNCTION pg_temp.normal(seed text) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    $$ SELECT sqrt(-2 * ln(pg_temp.uniform(seed))) * cos(2 * pi() * pg_temp.uniform(seed || ' angle')) $$;
CREATE FUNCTION pg_temp.define(relation text, tolerance numeric DEFAULT 0.1, name text DEFAULT NULL,
    measures text[] DEFAULT '{difference}', pool_by text[] DEFAULT '{}',
                               rule text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT left(recon_create(coalesce(name, relation), source => relation,
        key_columns => pool_by || '{account}'::text[], derived_columns => measures, criteria_columns => '{}',
        date_column => 'on_date', comment_column => '', currency_column => '', pool_by => pool_by,
        break_when => coalesce(rule, format('abs(difference) > %s', tolerance))), 0) $$;
-- The verdicts on one key.
CREATE FUNCTION pg_temp.verdict(reconciliation text, account text, wanted date, strategy text DEFAULT 'plain',
    OUT pattern text, OUT is_anomaly boolean,
                                OUT expected numeric, OUT p_value float8, OUT q_value float8, OUT basis text,
                                    OUT history_n integer, OUT flags text[], OUT reason text, OUT contributions jsonb)
    LANGUAGE sql AS $$
    SELECT d.pattern, d.is_anomaly, d.expected, d.p_value, d.q_value, d.basis, d.history_n, d.flags, d.reason,
        d.contributions
    FROM recon_detect(reconciliation, from_date => wanted, to_date => wanted, strategy => verdict.strategy,
        persist => false) d WHERE d.key->>'account' = verdict.account $$;
-- Detectors of a single key; the first of them alone; all of them, with what each says.
SELECT recon_create_strategy('plain', based_on => 'balanced'),
    recon_create_strategy('baseline only',
    detectors => '{"frequency": 0, "drift": 0, "volatility": 0, "partners": 0, "forest": 0, "distance": 0}'),
    recon_create_strategy('told', scores => 'all') \g /dev/null

-- Sixty accounts around levels of their own on business days, thirty that match but for a day in thirty, and what else
    -- there is.
CREATE FUNCTION pg_temp.business_day(n integer) RETURNS date LANGUAGE sql IMMUTABLE
    AS $$ SELECT date '2023-05-01' + n / 5 * 7 + n % 5 $$;
CREATE TABLE shape AS
SELECT 'level ' || k AS account, pg_temp.business_day(n) AS on_date,
    20 * pg_temp.normal('level' || k) + pg_temp.normal(k || ' ' || n) AS difference
FROM generate_series(1, 60) AS k, generate_series(0, 197) AS n;
INSERT INTO shape SELECT 'matches ' || k, pg_temp.business_day(n), CASE
    WHEN pg_temp.uniform(k || ' breaks ' || n) < 0.03 THEN 20 * pg_temp.normal(k || ' ' || n) ELSE 0 END
FROM generate_series(1, 30) AS k, generate_series(0, 197) AS n;
CREATE FUNCTION pg_temp.shaped(account text, difference text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($insert$
        INSERT INTO shape SELECT %1$L, pg_temp.business_day(n), %2$s
        FROM generate_series(0, 197) AS n,
             LATERAL (SELECT pg_temp.normal(%1$L || n) AS noise,
                             extract(month FROM pg_temp.business_day(n)) <> extract(month
                                 FROM pg_temp.business_day(n + 1)) AS is_month_end) AS day
        $insert$, account, difference);
END
$$;
SELECT pg_temp.shaped(account, difference) FROM (VALUES
    ('rises', '2 * n + noise'),
    ('rose', '2 * least(n, 187) + noise'),
    ('rose, until today', '2 * CASE n WHEN 197 THEN 187 ELSE n END + noise'),
    ('month ends', '100 + noise + CASE WHEN is_month_end THEN 900 ELSE 0 END'),
    ('this month end', '100 + noise + CASE n WHEN 197 THEN 900 ELSE 0 END'),
    ('step', '100 + noise + CASE WHEN n >= 150 THEN 50 ELSE 0 END'),
    ('step and spike', '100 + noise + CASE WHEN n >= 150 THEN 50 ELSE 0 END + CASE n WHEN 197 THEN 50 ELSE 0 END'),
    ('episodes', 'CASE WHEN n / 3 IN (10, 24, 40, 55) THEN 300 + 20 * noise WHEN n = 197 THEN 280 ELSE 0 END'),
    ('episodes, larger', 'CASE WHEN n / 3 IN (10, 24, 40, 55) THEN 300 + 20 * noise WHEN n = 197 THEN 28000 ELSE 0 '
        'END'),
    ('quiet', 'CASE n WHEN 197 THEN 280 ELSE 0 END'),
    ('more often', 'CASE WHEN n IN (20, 61, 90, 133) OR n >= 184 AND n % 2 = 1 THEN 20 + noise ELSE 0 END'),
    ('as often', 'CASE WHEN n % 2 = 1 THEN 20 + noise ELSE 0 END'),
    ('drifts', '100 + noise + greatest(0.1 * (n - 150), 0)'),
    ('widens', '100 + noise * CASE WHEN n >= 170 THEN 3.5 ELSE 1 END')) AS s (account, difference) \g /dev/null
SELECT pg_temp.define('shape');

-- One baseline detector. 2024-01-31 is the last of the dates, and of its month.
CREATE FUNCTION pg_temp.shape(account text, wanted date DEFAULT '2024-01-31') RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', v.pattern, CASE WHEN v.is_anomaly THEN 'anomaly' END, 'near', round(v.expected, -1))
        FROM pg_temp.verdict('shape', account, wanted, 'baseline only') v $$;
SELECT matches(pg_temp.shape(account), '^' || wanted || '$', 'the verdict of a series: ' || account) FROM (VALUES
    ('rises', 'consistent_change near 390'),
    ('rose, until today', 'sudden_drop anomaly near 390'),
    ('month ends', 'seasonal near 1000'),
    ('this month end', 'spike anomaly near 100'),
    ('step and spike', 'spike anomaly near 150'),
    ('episodes', 'in_line near 2..'),
    ('episodes, larger', 'spike anomaly near 2..'),
    ('quiet', 'spike anomaly near .*')) AS s (account, wanted);
CREATE TEMP TABLE days AS SELECT * FROM recon_detect('shape', from_date => pg_temp.business_day(140),
    strategy => 'baseline only', persist => false);
SELECT is_empty('SELECT FROM days WHERE contributions <> ''{"baseline": 1}''', 'whatever explains a row, it has one p');
SELECT results_eq($$SELECT break_date FROM days WHERE key->>'account' = 'step' AND is_anomaly$$,
    $$VALUES (pg_temp.business_day(150))$$, 'a step alarms once');
SELECT is(string_agg(flag, ' ' ORDER BY break_date), 'ongoing ongoing new_level new_level',
    'it is an item that ages, then a new level') FROM days, unnest(flags) flag
WHERE key->>'account' = 'step' AND break_date <= pg_temp.business_day(154);
SELECT ok(bool_and(round(expected, -1) = 150), 'the new level is expected from then on') FROM days
    WHERE key->>'account' = 'step' AND break_date > pg_temp.business_day(152);
SELECT is(count(*), 0::bigint, 'nothing that goes on as before is an anomaly') FROM days WHERE is_anomaly
    AND (key->>'account' ~ 'level' OR key->>'account' IN ('rises', 'month ends', 'as often'));

-- More than single rows show.
CREATE FUNCTION pg_temp.told(wanted_account text, wanted_pattern text, strategy text DEFAULT 'plain') RETURNS text
    LANGUAGE sql AS $$
    SELECT count(*) FILTER (WHERE d.is_anomaly) || ' of ' || count(*) ||
        coalesce(': ' || min(round((d.contributions->>CASE wanted_pattern WHEN 'gradual_deviation' THEN 'drift'
        WHEN 'high_volatility' THEN 'volatility' ELSE wanted_pattern END)::numeric, 1)) FILTER (WHERE d.is_anomaly), '')
    FROM recon_detect('shape', from_date => pg_temp.business_day(140), strategy => told.strategy, persist => false) d
        WHERE d.key->>'account' = wanted_account AND d.pattern = wanted_pattern $$;
SELECT matches(pg_temp.told('more often', 'frequency'), '^[2-7] of [2-7]: (0.9|1.0)$',
    'a key that breaks more often than it did');
SELECT is(pg_temp.told('more often', 'frequency', 'baseline only'), '0 of 0',
    'is reported by the frequency of breaks alone');
SELECT is(pg_temp.told('as often', 'frequency'), '0 of 0', 'one that always did so is not');
SELECT is(pg_temp.told('drifts', 'gradual_deviation'), '1 of 1: 1.0',
    'a drift in steps too small for any row is reported once');
SELECT is(pg_temp.told('drifts', 'gradual_deviation', 'baseline only'), '0 of 0',
    'the baseline alone does not report the drift');
SELECT is(pg_temp.told('widens', 'high_volatility'), '1 of 1: 1.0', 'a spread that has grown is reported once');
SELECT is(pg_temp.told('widens', 'high_volatility', 'baseline only'), '0 of 0',
    'the baseline alone does not report the spread');

-- The weighted harmonic mean of what they say.
SELECT count(*) FROM recon_detect('shape', from_date => pg_temp.business_day(140), strategy => 'told') \g /dev/null
CREATE TEMP TABLE said AS
SELECT b.break_id, b.p_value, s.detector, s.share, s.share - weight / exp(s.ln_p) / sum(weight / exp(s.ln_p)) OVER one
    AS share_off, ln(b.p_value) - ln(sum(weight) OVER one / sum(weight / exp(s.ln_p)) OVER one) AS ln_p_off
FROM recon.break b JOIN recon.score s USING (break_id), LATERAL (SELECT (s.metadata->>'weight')::float8 AS weight) w
WHERE s.ln_p > -600 WINDOW one AS (PARTITION BY b.break_id);
SELECT cmp_ok(count(DISTINCT break_id), '>', 50::bigint, 'verdicts of several detectors')
    FROM (SELECT break_id FROM said GROUP BY 1 HAVING count(*) > 1) several;
SELECT is_empty('SELECT * FROM said WHERE abs(ln_p_off) > 1e-5 AND p_value < 1',
    'p is the weighted harmonic mean of what each says');
SELECT is_empty('SELECT * FROM said WHERE abs(share_off) > 1e-5', 'the share of each is what it adds');
SELECT is_empty('SELECT break_id, sum(share) FROM said GROUP BY 1 HAVING abs(sum(share) - 1) > 1e-5',
    'the shares of a break add up to one');

-- Calibrated for each length of history: of rows that are as usual, one in ten has a p of .1, one in a hundred of .01.
CREATE TABLE lengths AS
SELECT past || ' rows ' || k AS account, date '2024-01-01' + n AS on_date,
       50 * pg_temp.normal('level' || past || ' ' || k) + exp(pg_temp.normal('noise' || past || ' ' || k) / 2) *
           pg_temp.normal(format('%s %s %s', past, k, n)) AS difference
FROM unnest('{3,5,8,12,20,40}'::integer[]) AS past, generate_series(1, 300) AS k, generate_series(40 - past, 43) AS n;
SELECT pg_temp.define('lengths', 0.0001);
CREATE TEMP TABLE usual AS
SELECT split_part(key->>'account', ' ', 1) AS past, count(*) AS judged, avg((p_value <= 0.1)::integer) AS tenth,
    avg((p_value <= 0.01)::integer) AS hundredth, sum(is_anomaly::integer) AS anomalies
FROM recon_detect('lengths', from_date => '2024-02-10', persist => false, strategy => 'baseline only') GROUP BY 1;
SELECT ok(count(*) = 6 AND min(judged) > 1100, '1,200 rows of each length') FROM usual;
SELECT is_empty('SELECT * FROM usual WHERE tenth NOT BETWEEN 0.07 AND 0.13 OR hundredth NOT BETWEEN 0.002 AND 0.02',
    'p-values mean what they say from the fourth row on');
SELECT is(sum(anomalies), 0::numeric, 'none of these rows is an anomaly') FROM usual;

-- What a short history lacks, other keys lend: those of its pool.
CREATE TABLE desks AS
SELECT desk, desk || ' ' || k AS account, date '2024-01-01' + n AS on_date,
    size * pg_temp.normal(format('%s %s %s', desk, k, n)) AS difference
FROM (VALUES ('retail', 1), ('markets', 100)) AS d (desk, size), generate_series(1, 40) AS k, generate_series(0, 30)
    AS n;
INSERT INTO desks SELECT desk, desk || ' young', date '2024-01-27' + n, (ARRAY[1, -1, 0.5, 40])[n + 1]
    FROM unnest('{retail,markets}'::text[]) AS desk, generate_series(0, 3) AS n;
SELECT pg_temp.define('desks', 0.01, 'all desks'), pg_temp.define('desks', 0.01, 'each desk', pool_by => '{desk}')
    \g /dev/null
SELECT is(string_agg(format('%s: %s', name, v.is_anomaly), ', ' ORDER BY name), wanted,
    'the fourth row of a key of desk ' || desk || ', by its own three and what is usual')
FROM unnest('{all desks,each desk}'::text[]) name, (VALUES ('retail', 'all desks: t, each desk: t'),
    ('markets', 'all desks: t, each desk: f')) d (desk, wanted), pg_temp.verdict(name, desk || ' young', '2024-01-30') v
GROUP BY desk, wanted ORDER BY desk;

-- The family is every judged row: 230 of which 5 are breaks.
CREATE TABLE family AS
SELECT 'key ' || k AS account, date '2024-01-01' + n AS on_date, CASE WHEN n = 40 AND k <= 3
    THEN 100 + (ARRAY[9, 6, 20])[k] ELSE 100 + pg_temp.normal(k || ' ' || n) END AS difference, n = 40
    AND k IN (1, 2, 4, 5, 6) AS is_break
FROM generate_series(1, 30) AS k, generate_series(0, 40) AS n;
INSERT INTO family SELECT 'still ' || k, date '2024-01-01' + n, 0, false FROM generate_series(1, 200) AS k,
    generate_series(0, 40) AS n;
SELECT pg_temp.define('family', rule => 'is_break');
SELECT count(*) FROM recon_detect('family', strategy => 'baseline only') \g /dev/null
SELECT is(rows_judged || ' ' || breaks, '230 5', 'matches are judged') FROM recon.run ORDER BY run_id DESC LIMIT 1;
SELECT results_eq($$SELECT key->>'account', round((q_value / p_value)::numeric, 6) FROM recon.break
    JOIN recon.reconciliation USING (reconciliation_id)
    WHERE reconciliation_name = 'family' AND key->>'account' IN ('key 1', 'key 2') ORDER BY 1$$,
    $$VALUES ('key 1', 115::numeric), ('key 2', 76.666667)$$,
        'the strongest break comes after a match that is stronger: q is p times 230 / 2, that of the next p times 230 '
        '/ 3');
CREATE TEMP TABLE judged AS SELECT b.* FROM recon.break b JOIN recon.reconciliation USING (reconciliation_id)
    WHERE reconciliation_name = 'family';
SELECT recon_alter('family', minimum_amount => 107) \g /dev/null
SELECT results_eq($$SELECT key->>'account', is_anomaly, q_value FROM recon_detect('family', from_date => '2024-02-10',
    strategy => 'baseline only') ORDER BY 1$$,
    $$SELECT key->>'account', is_anomaly AND key->>'account' = 'key 1', q_value FROM judged ORDER BY 1$$,
        'a floor of materiality takes no row out of the family');

-- Several measures: p times their number.
ALTER TABLE family ADD COLUMN other numeric DEFAULT 0;
SELECT pg_temp.define('family', 1, 'one measure', rule => 'abs(difference) > 1'),
    pg_temp.define('family', 1, 'two measures', '{difference,other}', rule => 'abs(difference) > 1 OR abs(other) > 1')
    \g /dev/null
SELECT is(round((log(v2.p_value) - log(v1.p_value))::numeric, 9), round(log(2.0), 9),
    'the p-value of two measures is twice that of one')
FROM pg_temp.verdict('one measure', 'key 1', '2024-02-10', 'baseline only') v1, pg_temp.verdict('two measures', 'key 1',
    '2024-02-10', 'baseline only') v2;

-- Only what came before counts: what comes later changes no verdict.
CREATE TEMP TABLE told_before AS SELECT * FROM recon_detect('shape', from_date => '2024-01-31', persist => false);
INSERT INTO shape SELECT account, on_date + 1, 1e6 FROM shape WHERE on_date = '2024-01-31';
SELECT set_eq($$SELECT * FROM recon_detect('shape', from_date => '2024-01-31', to_date => '2024-01-31',
    persist => false)$$, 'TABLE told_before', 'later rows change no verdict');

SELECT * FROM finish();
ROLLBACK;
