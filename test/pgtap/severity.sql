-- Severities: the largest tenth is that of the anomalies on the same measure in the same currency, in a run over the
    -- whole
-- history, in one that continues stored baselines, for single rows, rows that are watched, in a preview, and rejudged.
BEGIN;
SET LOCAL client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(23);

-- Accounts whose difference and number of units move a little. On the last two days those of a group are off by some
-- thousand euros or some ten thousand yen; too few to tell are off by millions of francs, and some hold other units.
CREATE TABLE feed AS
SELECT date '2024-01-01' + day AS on_date, name || ' ' || k AS account, currency,
       (day * 7919 + k * 104729 + ascii(name) * 31) % 101 / 20.0
           + off * (amount + k * amount / 100) * (-1) ^ k AS difference,
       (day * 6007 + k * 15485863 + ascii(name) * 37) % 97 / 20.0
           + off * (units + k * units / 100) * (-1) ^ k AS units
FROM generate_series(0, 60) AS day, LATERAL (SELECT CASE day WHEN 59 THEN 1 WHEN 60 THEN -3 ELSE 0 END) AS date (off),
     (VALUES ('euros', 'EUR', 20, 1000, 0), ('yen', 'JPY', 30, 40000, 0), ('none', NULL, 10, 2000, 0),
         ('francs', 'CHF', 9, 1000000, 0),
             ('units', 'EUR', 10, 0, 7000), ('quiet', 'EUR', 60, 0, 0)) AS kind (name, currency, keys, amount, units),
     generate_series(1, keys) AS k;
CREATE TABLE arrived AS SELECT * FROM feed WHERE on_date < '2024-03-01';
CREATE FUNCTION pg_temp.define(name text) RETURNS text LANGUAGE sql AS $$
    SELECT recon_create(name, source => 'arrived', key_columns => '{account}', derived_columns => '{difference,units}',
        criteria_columns => '{}',
        date_column => 'on_date', comment_column => '', loaded_at_column => '', tolerance => 1,
            currency_column => 'currency') $$;
SELECT pg_temp.define(name) AS made FROM unnest('{again,continued}'::text[]) AS name \g /dev/null
CREATE FUNCTION pg_temp.stored(name text, day date) RETURNS TABLE (key jsonb, measure text, observed numeric,
    score float8, is_anomaly boolean, severity text) LANGUAGE sql STABLE AS $$
    SELECT b.key, b.measure, b.observed, b.score, b.is_anomaly, b.severity
    FROM recon.break b JOIN recon.reconciliation r USING (reconciliation_id) WHERE r.reconciliation_name = name
        AND b.break_date = day $$;
-- By hand: which of the anomalies are large, and what follows.
CREATE FUNCTION pg_temp.steps(severity text) RETURNS integer LANGUAGE sql IMMUTABLE AS
    $$ SELECT array_position('{medium,high,critical}', severity) - 1 $$;
CREATE FUNCTION pg_temp.large_of(name text, day date) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT key->>'account' FROM pg_temp.stored(name, day) WHERE is_anomaly
        AND pg_temp.steps(severity) - (score >= 6)::integer = 1 $$;
CREATE FUNCTION pg_temp.misjudged(name text, day date) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM pg_temp.stored(name, day) WHERE CASE WHEN is_anomaly
        THEN pg_temp.steps(severity) - (score >= 6)::integer NOT IN (0, 1) ELSE severity <> 'low' END $$;
CREATE TABLE largest (account) AS VALUES ('euros 20'), ('euros 19'), ('yen 30'), ('yen 29'), ('yen 28'), ('none 10'),
    ('units 10');

-- The whole history.
SELECT count(*) FROM recon_detect('continued', from_date => '2024-02-29', to_date => '2024-02-29') \g /dev/null
SELECT set_eq($$SELECT split_part(key->>'account', ' ', 1), measure, count(*)
    FROM pg_temp.stored('continued', '2024-02-29') WHERE is_anomaly AND abs(observed) > 200 GROUP BY 1, 2$$,
    $$VALUES ('euros', 'difference', 20::bigint), ('yen', 'difference', 30), ('none', 'difference', 10),
        ('francs', 'difference', 9), ('units', 'units', 10)$$, 'all that are off are anomalies');
SELECT is((SELECT count(*) FROM pg_temp.stored('continued', '2024-02-29') WHERE is_anomaly), 79::bigint,
    'nothing else is an anomaly');
SELECT set_eq($$SELECT * FROM pg_temp.large_of('continued', '2024-02-29')$$, 'TABLE largest',
    'each currency and measure has its own largest tenth, with fewer than ten there is none');
SELECT is(pg_temp.misjudged('continued', '2024-02-29'), 0::bigint, 'the others have no such step');

-- Single rows by what that run has left: the tenth began at about 1,190 euros, 51,200 yen and 7,700 units of those in
    -- euros.
CREATE FUNCTION pg_temp.single(account text, currency text, difference numeric, units numeric) RETURNS integer
    LANGUAGE sql AS $$
    SELECT pg_temp.steps(severity) - (score >= 6)::integer FROM recon_score_row('continued',
        jsonb_build_object('on_date', '2024-03-01', 'account', account, 'currency', currency, 'difference', difference,
            'units', units)) $$;
SELECT is(pg_temp.single('quiet 1', 'EUR', 1150, 1), 0, 'a single row below the largest tenth of its currency');
SELECT is(pg_temp.single('quiet 1', 'EUR', 1250, 1), 1, 'one within it');
SELECT is(pg_temp.single('quiet 1', 'EUR', -1250, 1), 1, 'whatever its sign');
SELECT is(pg_temp.single('quiet 1', 'JPY', 49000, 1), 0,
    'an amount is compared with those of its own currency: 49,000 yen are not large');
SELECT is(pg_temp.single('quiet 1', 'JPY', 52000, 1), 1, 'an amount that is large within its currency is large');
SELECT is(pg_temp.single('quiet 1', 'EUR', 1, 7600), 0,
    'an amount is compared with those of its own measure: 7,600 units are not large');
SELECT is(pg_temp.single('quiet 1', 'EUR', 1, 7800), 1, 'an amount that is large within its measure is large');
SELECT is(pg_temp.single('quiet 1', 'CHF', 1e9, 1), 0, 'a currency of which there were too few to tell');
SELECT is(pg_temp.single('quiet 1', 'SEK', 1e9, 1), 0, 'one of which there were none');

-- Rows that are watched, by the same.
SELECT recon_watch('continued') \g /dev/null
INSERT INTO arrived VALUES ('2024-03-01', 'quiet 1', 'EUR', 1250, 1), ('2024-03-01', 'quiet 2', 'JPY', 1250, 1),
    ('2024-03-01', 'quiet 3', 'CHF', 1e7, 1);
SELECT results_eq($$SELECT key->>'account', pg_temp.steps(severity) - (score >= 6)::integer FROM recon.watched_break
    ORDER BY 1$$, $$VALUES ('quiet 1', 1), ('quiet 2', 0), ('quiet 3', 0)$$, 'rows that are watched');
SELECT recon_unwatch('continued') \g /dev/null
DELETE FROM arrived WHERE on_date = '2024-03-01';

-- A run that continues.
INSERT INTO arrived SELECT * FROM feed WHERE on_date = '2024-03-01';
SELECT count(*) FROM recon_detect('continued') \g /dev/null
SELECT is(baseline_date, date '2024-02-29', 'a run that continues') FROM recon.run ORDER BY run_id DESC LIMIT 1;
SELECT set_eq($$SELECT * FROM pg_temp.large_of('continued', '2024-03-01')$$, 'TABLE largest',
    'tells the same accounts apart');
SELECT count(*) FROM recon_detect('again', from_date => '2024-03-01') \g /dev/null
SELECT set_eq($$SELECT * FROM pg_temp.stored('continued', '2024-03-01')$$,
    $$SELECT * FROM pg_temp.stored('again', '2024-03-01')$$,
    'a run that reads everything tells the same accounts apart');
SELECT is(pg_temp.single('quiet 1', 'EUR', 3500, 1), 0, 'single rows are now judged by it');
SELECT is(pg_temp.single('quiet 1', 'EUR', 3700, 1), 1, 'single rows are large within the new limit');

-- Other thresholds over the same scores.
SELECT run_id AS run FROM recon.run ORDER BY run_id DESC LIMIT 1 \gset
CREATE TABLE before AS SELECT * FROM pg_temp.stored('again', '2024-03-01');
SELECT is((SELECT count(*) FROM recon_preview('again', 'balanced')), 0::bigint,
    'a preview by the same strategy announces nothing');
SELECT recon_create_strategy('large', based_on => 'balanced', minimum_amount => 3165) \g /dev/null
CREATE TABLE announced AS SELECT key, is_anomaly, severity FROM recon_preview('again', 'large');
SELECT recon_rejudge(:run, 'large') \g /dev/null
SELECT set_eq('TABLE announced',
    'SELECT n.key, n.is_anomaly, n.severity FROM pg_temp.stored(''again'', ''2024-03-01'') n JOIN before b USING (key, '
    'measure) WHERE (n.is_anomaly, n.severity) <> (b.is_anomaly, b.severity)',
    'what a preview announces a rejudged run has');
SELECT set_eq($$SELECT * FROM pg_temp.large_of('again', '2024-03-01')$$,
    $$SELECT * FROM largest WHERE account <> 'euros 19'$$,
    'one amount is large where there are fewer than twenty euros');
SELECT recon_rejudge(:run, 'balanced') \g /dev/null
SELECT set_eq($$SELECT * FROM pg_temp.stored('again', '2024-03-01')$$, 'TABLE before',
    'the strategy of the run restores its severities');

SELECT * FROM finish();
ROLLBACK;
