-- Floors of materiality by currency: the same verdicts in a run over the whole history, in one that continues stored
-- baselines, for a single row, for rows that are watched, in a preview, rejudged, and with custom detectors.
BEGIN;
SET LOCAL client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(63);

\ir lib/complaint.sql

-- Accounts that move by a few units, in several currencies and in none. On the last day each is off by its own amount.
CREATE TABLE feed AS
SELECT date '2024-01-01' + day AS on_date, account, currency,
       CASE WHEN day = 59 THEN amount ELSE (day * 7919 + row * 104729) % 101 / 20.0 END AS difference
FROM generate_series(0, 59) AS day,
     (VALUES (1, 'Bern', 'EUR', 99.99), (2, 'Bonn', 'EUR', 100), (3, 'Cork', 'EUR', -99.99), (4, 'Oslo', 'EUR', -100),
             (5, 'Bern', 'JPY', 14999), (6, 'Bonn', 'JPY', 15000), (7, 'Cork', 'JPY', 900), (8, 'Oslo', 'JPY', -16000),
             (9, 'Bern', 'USD', 999.99), (10, 'Bonn', 'USD', 1000), (11, 'Cork', 'USD', 200),
                 (12, 'Oslo', 'USD', -2000),
             (13, 'Bern', NULL, 999), (14, 'Bonn', NULL, 1000), (15, 'Cork', NULL, 200), (16, 'Oslo', 'eur', 500),
             (17, 'Riga', 'CHF', 100), (18, 'Riga', 'EUR', NULL)) AS k (row, account, currency, amount);
INSERT INTO feed SELECT date '2024-01-01' + day, 'quiet ' || k, 'EUR', (day * 7919 + k * 611953) % 101 / 20.0
FROM generate_series(0, 59) AS day, generate_series(1, 30) AS k;
CREATE TABLE arrived AS SELECT * FROM feed;
CREATE FUNCTION pg_temp.define(name text, more text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    EXECUTE format($s$SELECT recon_create(%L, source => 'arrived', key_columns => '{account}',
        derived_columns => '{difference}', criteria_columns => '{}',
        date_column => 'on_date', comment_column => '', loaded_at_column => '', tolerance => 1,
            currency_column => 'currency' %s)$s$, name, more) INTO said;
    RETURN said;
END
$$;
CREATE FUNCTION pg_temp.floors(name text) RETURNS jsonb LANGUAGE sql AS
    $$ SELECT minimum_amounts FROM recon.reconciliation WHERE reconciliation_name = name $$;

-- Definition.
SELECT matches(complaint(format('SELECT pg_temp.define(%L, %L)', 'x', format(', minimum_amounts => %L', given))),
    '^22023 \| ' || wanted, 'recon_create refuses minimum amounts ' || given)
FROM (VALUES
    ('[100]', 'minimum_amounts must be an object of currencies and amounts \| It is \[100\]\. \| For example: \{"EUR": '
        '100'),
    ('100', 'minimum_amounts must be an object of currencies and amounts \| It is 100\.'),
    ('null', 'minimum_amounts must be an object of currencies and amounts \| It is null\.'),
    ('{"EUR": "100"}', 'minimum_amounts of "EUR" must be zero or a positive number \| It is "100"\.'),
    ('{"EUR": 1, "JPY": null}', 'minimum_amounts of "JPY" must be zero or a positive number \| It is null\.'),
    ('{"EUR": 1, "JPY": {"a": 1}}', 'minimum_amounts of "JPY" must be zero or a positive number \| It is \{"a": 1\}\.'),
    ('{"EUR": -0.01}', 'minimum_amounts of "EUR" must be zero or a positive number \| It is -0\.01\.'),
    ('{"": 5}', 'minimum_amounts names no currency \| "" is to have 5\. \| Where there is no currency, minimum_amount '
        'counts\.'),
    ('{"  ": 5}', 'minimum_amounts names no currency \| "  " is to have 5\.')
) AS wrong (given, wanted);
SELECT matches(complaint($$SELECT pg_temp.define('x', ', minimum_amounts => ''{"EUR": 1e400}''')$$),
    '^22023 \| minimum_amounts of "EUR" must be zero or a positive number', 'more than a double holds');
SELECT matches(complaint($$SELECT pg_temp.define('x', ', minimum_amount => 1e400')$$),
    '^22023 \| minimum_amount must be zero or a positive number',
    'a minimum_amount beyond a double is refused in a definition, too');
SELECT is((SELECT count(*) FROM recon.reconciliation), 0::bigint, 'nothing of this is kept');
SELECT matches(complaint($$SELECT recon_create('x', source => 'arrived', key_columns => '{account}',
    derived_columns => '{difference}', criteria_columns => '{}',
    date_column => 'on_date', comment_column => '', currency_column => '', tolerance => 1,
        minimum_amounts => '{"EUR": 100}')$$),
    '^22023 \| minimum_amounts needs a currency column \| It is \{"EUR": 100\}, and reconciliation "x" has no currency '
        'column\. \| Name the column in currency_column',
    'recon_create refuses minimum_amounts without a currency column');
SELECT pg_temp.define('none') AS made \gset
SELECT is(pg_temp.floors('none'), NULL, 'none by default');
SELECT pg_temp.define('with', $$, minimum_amount => 1000, minimum_amounts => '{"EUR": 100, "JPY": 15000}'$$)
    AS made \gset
SELECT is(pg_temp.floors('with'), '{"EUR": 100, "JPY": 15000}'::jsonb, 'recon_alter stores the minimum amounts');
SELECT recon_alter('with', description => 'floors') AS altered \gset
SELECT is(pg_temp.floors('with'), '{"EUR": 100, "JPY": 15000}'::jsonb, 'what is not named stays');
SELECT matches(complaint($$SELECT recon_alter('with', currency_column => '')$$),
    '^22023 \| minimum_amounts needs a currency column',
    'recon_alter keeps the currency column that minimum_amounts needs');
SELECT matches(complaint($$SELECT recon_alter('with', minimum_amounts => '{"SEK": -1}')$$),
    '^22023 \| minimum_amounts of "SEK" must be zero or a positive number \| It is -1\.',
    'recon_alter refuses a negative minimum amount');
SELECT recon_alter('with', minimum_amounts => '{"SEK": 0}') AS altered \gset
SELECT is(pg_temp.floors('with'), '{"SEK": 0}'::jsonb, 'replaced as a whole');
SELECT recon_alter('with', minimum_amounts => '{}', currency_column => '') AS altered \gset
SELECT is(pg_temp.floors('with'), NULL, 'an empty object removes them');
SELECT recon_alter('with', currency_column => 'currency', minimum_amounts => '{"EUR": 100, "JPY": 15000}')
    AS altered \gset
SELECT pg_temp.define('empty', $$, minimum_amounts => '{}'$$) AS made \gset
SELECT is(pg_temp.floors('empty'), NULL, 'none is none');
SELECT recon_drop('empty') AS dropped \gset

-- Carried elsewhere.
SELECT is(recon_export_definition('with')->'minimum_amounts', '{"EUR": 100, "JPY": 15000}'::jsonb,
    'a definition carries them');
SELECT ok(NOT recon_export_definition('none') ? 'minimum_amounts',
    'a definition without minimum amounts does not export them');
SELECT recon_import_definition(recon_export_definition('with'), name => 'copy') AS made \gset
SELECT is(pg_temp.floors('copy'), '{"EUR": 100, "JPY": 15000}'::jsonb,
    'an import takes the minimum amounts of its text');
SELECT recon_import_definition(recon_export_definition('none'), name => 'copy') AS made \gset
SELECT is(pg_temp.floors('copy'), NULL, 'an import removes minimum amounts that its text sets to null');
SELECT recon_import_definition(recon_export_definition('none') || '{"minimum_amounts": {}}', name => 'copy')
    AS made \gset
SELECT is(pg_temp.floors('copy'), NULL, 'an import removes minimum amounts that its text does not have');
SELECT matches(complaint(format('SELECT recon_import_definition(%L)',
    recon_export_definition('with') || '{"minimum_amounts": {"EUR": "ten"}}')),
    '^22023 \| minimum_amounts of "EUR" .* \| It is "ten"', 'an import refuses a minimum amount that is no number');
SELECT matches(complaint(format('SELECT recon_import_definition(%L)',
    recon_export_definition('with') - 'currency_column')), '^22023 \| minimum_amounts needs a currency column',
    'an import refuses minimum_amounts without a currency column');
SELECT recon_drop('copy') AS dropped \gset

-- What is anomalous without a floor, and how much of that is material.
CREATE FUNCTION pg_temp.floor_of(currency text) RETURNS numeric
    LANGUAGE sql AS $$ SELECT CASE currency WHEN 'EUR' THEN 100 WHEN 'JPY' THEN 15000 ELSE 1000 END $$;
CREATE FUNCTION pg_temp.verdicts(name text, from_date date DEFAULT '2024-02-29')
    RETURNS TABLE (key jsonb, observed numeric, is_anomaly boolean) LANGUAGE sql AS
    $$ SELECT key, observed, is_anomaly FROM recon_detect(name, from_date => from_date, persist => false) $$;
CREATE TABLE without_floors AS SELECT * FROM pg_temp.verdicts('none');
SELECT ok(count(*) = 17 AND bool_and(is_anomaly), 'all of them') FROM without_floors
    WHERE key->>'account' NOT LIKE 'quiet%' AND observed IS NOT NULL;
CREATE TABLE wanted AS
SELECT key, observed, is_anomaly AND coalesce(abs(observed) >= pg_temp.floor_of(key->>'currency'), true) AS is_anomaly
    FROM without_floors;
SELECT is(string_agg(concat_ws(' ', key->>'account', coalesce(key->>'currency', 'none'), observed), ', '
    ORDER BY key->>'currency', observed),
    'Oslo EUR -100, Bonn EUR 100, Oslo JPY -16000, Bonn JPY 15000, Oslo USD -2000, Bonn USD 1000, Bonn none 1000',
        'those that are material')
FROM wanted WHERE is_anomaly AND observed IS NOT NULL;
SELECT set_eq($$SELECT * FROM pg_temp.verdicts('with')$$, 'TABLE wanted', 'a run tells the others apart');
SELECT recon_alter('with', strategy => 'sensitive') AS altered \gset
SELECT ok(bool_and(is_anomaly <= coalesce(abs(observed) >= pg_temp.floor_of(key->>'currency'), true)),
    'another strategy goes by the minimum amounts, too') FROM pg_temp.verdicts('with');
SELECT recon_alter('with', strategy => 'balanced') AS altered \gset

-- Where a currency is not listed and the reconciliation has no floor of its own, the strategy's counts.
SELECT recon_create_strategy('large', based_on => 'balanced', minimum_amount => 1000) AS made \gset
SELECT pg_temp.define('strategy', $$, strategy => 'large', minimum_amounts => '{"EUR": 100, "JPY": 15000}'$$)
    AS made \gset
SELECT set_eq($$SELECT * FROM pg_temp.verdicts('strategy')$$, 'TABLE wanted', 'the floor of the strategy');
SELECT recon_alter('strategy', minimum_amounts => '{"USD": 0}') AS altered \gset
SELECT is(string_agg(DISTINCT key->>'currency', ' '), 'JPY USD', 'a floor of zero is one')
    FROM pg_temp.verdicts('strategy') WHERE is_anomaly AND observed IS NOT NULL AND key ? 'currency';
SELECT recon_drop('strategy') AS dropped \gset

-- The currency as part of the key, in a column of a fixed length.
ALTER TABLE arrived ADD COLUMN code character(5);
UPDATE arrived SET code = currency;
SELECT recon_create('code', source => 'arrived', key_columns => '{account,code}', derived_columns => '{difference}',
    criteria_columns => '{}', comment_column => '',
    date_column => 'on_date', tolerance => 1, currency_column => 'code', minimum_amount => 1000,
        minimum_amounts => '{"EUR": 100, "JPY": 15000}') AS made \gset
SELECT set_eq($$SELECT key->>'account' AS account, rtrim(key->>'code') AS code, observed, is_anomaly
    FROM pg_temp.verdicts('code')$$,
    $$SELECT key->>'account' AS account, key->>'currency' AS code, observed, is_anomaly FROM wanted$$,
        'a currency that is part of the key');
SELECT recon_drop('code') AS dropped \gset
ALTER TABLE arrived DROP COLUMN code;

-- Single rows, and rows that are watched, by the baselines of the day before.
DELETE FROM arrived WHERE on_date = '2024-02-29';
SELECT count(*) FROM recon_detect('with', from_date => '2024-02-01') \gset
SELECT count(*) FROM recon_detect('none', from_date => '2024-02-01') \gset
CREATE FUNCTION pg_temp.one_by_one(name text) RETURNS TABLE (key jsonb, observed numeric, is_anomaly boolean)
    LANGUAGE sql AS
    $$ SELECT v.key, v.observed, v.is_anomaly FROM feed f, recon_score_row(name, f) v WHERE f.on_date = '2024-02-29' $$;
SELECT ok(bool_and(is_anomaly), 'single rows without floors') FROM pg_temp.one_by_one('none')
    WHERE key->>'account' NOT LIKE 'quiet%' AND observed IS NOT NULL;
SELECT set_eq($$SELECT key, observed, is_anomaly FROM pg_temp.one_by_one('with')$$,
    $$SELECT key, observed, is_anomaly AND coalesce(abs(observed) >= pg_temp.floor_of(key->>'currency'), true)
        FROM pg_temp.one_by_one('none')$$, 'single rows are judged by the minimum amounts');
SELECT recon_alter('with', minimum_amounts => '{"EUR": 1e6, "JPY": 0}') AS altered \gset
SELECT is(string_agg(DISTINCT key->>'currency', ' '), 'JPY USD', 'a change is noticed at once')
    FROM pg_temp.one_by_one('with') WHERE is_anomaly AND observed IS NOT NULL AND key ? 'currency';
SELECT recon_alter('with', minimum_amounts => '{"EUR": 100, "JPY": 15000}') AS altered \gset
SELECT set_eq($$SELECT key, is_anomaly FROM pg_temp.one_by_one('with')$$, $$SELECT key, is_anomaly FROM wanted$$,
    'a change back to the former amounts is noticed at once');
SELECT recon_watch('with') AS watched \gset
INSERT INTO arrived SELECT * FROM feed WHERE on_date = '2024-02-29';
SELECT set_eq($$SELECT key, observed, is_anomaly FROM recon.watched_break$$, $$TABLE wanted$$, 'rows that are watched');
SELECT is(u.anomalies, (SELECT count(*) FROM wanted WHERE is_anomaly), 'their run counts as many') FROM recon.run u
    WHERE u.is_watch;
SELECT recon_unwatch('with') AS unwatched \gset

-- A run that continues; what it keeps.
SELECT count(*) FROM recon_detect('with') \gset
SELECT is(baseline_date, date '2024-02-28', 'a run that continues') FROM recon.run ORDER BY run_id DESC LIMIT 1;
SELECT set_eq($$SELECT key, observed, is_anomaly FROM recon.break JOIN recon.reconciliation USING (reconciliation_id)
    WHERE reconciliation_name = 'with' AND break_date = '2024-02-29'$$,
    'TABLE wanted', 'stores the same');
SELECT is(anomalies, (SELECT count(*) FROM wanted WHERE is_anomaly),
    'the rejudged run counts as many anomalies') FROM recon.run
    ORDER BY run_id DESC LIMIT 1;
SELECT is(strategy->'minimum_amounts', '{"EUR": 100, "JPY": 15000}'::jsonb, 'it keeps by what it judged') FROM recon.run
    ORDER BY run_id DESC LIMIT 1;
SELECT is((strategy->>'minimum_amount')::numeric, 1000::numeric,
    'the rejudged run records the minimum amount that it used') FROM recon.run ORDER BY run_id DESC LIMIT 1;
SELECT count(*) FROM recon_detect('none') \gset
SELECT ok(NOT strategy ? 'minimum_amounts', 'where there are none, none') FROM recon.run ORDER BY run_id DESC LIMIT 1;
SELECT is((SELECT count(*) FROM recon.score s JOIN recon.break b USING (break_id)
    JOIN recon.reconciliation r ON r.reconciliation_id = b.reconciliation_id
           WHERE reconciliation_name = 'with' AND b.break_date = '2024-02-29'
               AND NOT b.is_anomaly), 0::bigint, 'scores are those of anomalies');

-- What other floors would change, and what they do.
SELECT recon_alter('none', minimum_amount => 1000, minimum_amounts => '{"EUR": 100, "JPY": 15000}') AS altered \gset
-- (Severities of those that remain may change with them.)
CREATE TABLE announced AS SELECT * FROM recon_preview('none', NULL) WHERE was_anomaly <> is_anomaly;
SELECT set_eq('SELECT key, is_anomaly FROM announced',
    $$SELECT key, w.is_anomaly FROM wanted w JOIN without_floors f USING (key) WHERE w.is_anomaly <> f.is_anomaly$$,
    'recon_preview announces it');
SELECT is(why, wanted, 'the preview says that ' || wanted)
FROM announced, (VALUES ('EUR', 'its amount is below the minimum amount of 100; that was 0'),
    ('JPY', 'its amount is below the minimum amount of 15000; that was 0'),
                        ('USD', 'its amount is below the minimum amount of 1000; that was 0')) AS w (currency, wanted)
WHERE key->>'account' = 'Bern' AND key->>'currency' = currency ORDER BY currency;
SELECT max(run_id) AS run FROM recon.run \gset
SELECT is(recon_rejudge(:run, 'balanced'),
    format('run %s by strategy "balanced": %s anomalies instead of %s; %s verdicts changed', :run,
    (SELECT count(*) FROM wanted WHERE is_anomaly), (SELECT count(*) FROM without_floors WHERE is_anomaly),
        (SELECT count(*) FROM announced)), 'recon_rejudge does it');
SELECT set_eq($$SELECT key, observed, is_anomaly FROM recon.break JOIN recon.reconciliation USING (reconciliation_id)
    WHERE reconciliation_name = 'none' AND break_date = '2024-02-29'$$, 'TABLE wanted', 'over stored scores');
SELECT is((SELECT count(*) FROM recon_preview('none', NULL)), 0::bigint,
    'a preview finds nothing to change after the rejudged run');
SELECT recon_alter('none', minimum_amount => 0, minimum_amounts => '{"EUR": 100, "JPY": 15000, "USD": 5000}')
    AS altered \gset
SELECT is(recon_rejudge(:run, 'conservative') LIKE '% 6 verdicts changed', true,
    'a rejudged run goes by the floors of now');
SELECT is(string_agg(concat_ws(' ', key->>'account', coalesce(key->>'currency', 'none')), ', '
    ORDER BY key->>'currency', observed),
    'Riga CHF, Oslo EUR, Bonn EUR, Oslo JPY, Bonn JPY, Oslo eur, Cork none, Bern none, Bonn none',
    'the anomalies are those at or above the minimum amount of their currency')
FROM recon.break JOIN recon.reconciliation USING (reconciliation_id) WHERE reconciliation_name = 'none'
    AND break_date = '2024-02-29' AND is_anomaly AND observed IS NOT NULL;
SELECT recon_alter('with', minimum_amounts => '{}') AS altered \gset
SELECT set_eq($$SELECT concat_ws(' ', key->>'account', key->>'currency', why) FROM recon_preview('with', NULL)
    WHERE was_anomaly <> is_anomaly$$,
    $$VALUES ('Bonn EUR its amount is below the minimum amount of 1000; that was 100'),
        ('Oslo EUR its amount is below the minimum amount of 1000; that was 100'),
             ('Bern JPY its amount is not below the minimum amount of 1000; that was 15000')$$,
                 'the single minimum amount counts for all where none is by currency');
SELECT recon_alter('with', minimum_amounts => '{"EUR": 100, "JPY": 15000, "USD": 1000.01}') AS altered \gset
SELECT set_eq($$SELECT concat_ws(' ', key->>'account', key->>'currency', why) FROM recon_preview('with', NULL)
    WHERE was_anomaly <> is_anomaly$$,
    $$VALUES ('Bonn USD its amount is below the minimum amount of 1000.01; that was 1000')$$, 'one that is new');
SELECT recon_alter('with', minimum_amounts => '{"EUR": 100, "JPY": 15000}') AS altered \gset

-- recon_evaluate: plants are in many currencies.
CREATE FUNCTION pg_temp.share_found(floors jsonb) RETURNS numeric LANGUAGE sql AS $$
    SELECT recon_alter('none', minimum_amount => 0, minimum_amounts => floors);
    SELECT recall FROM recon_evaluate('none', rounds => 30, planted => 0.1) WHERE slice = 'all' $$;
SELECT cmp_ok(pg_temp.share_found('{}'), '>', 0.8, 'most injected anomalies are found without minimum amounts');
SELECT is(pg_temp.share_found('{"EUR": 1e9, "JPY": 1e9, "USD": 1e9, "eur": 1e9, "CHF": 1e9}') BETWEEN 0.01
    AND 0.3, true, 'minimum amounts leave only injected anomalies without a currency to be found');
SELECT recon_alter('none', minimum_amounts => '{}') AS altered \gset

-- Custom detectors are judged by the same floors.
CREATE FUNCTION fixed(history double precision[], x double precision, options jsonb) RETURNS double precision
    LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN abs(x) > 50 THEN -60 END $$;
CREATE FUNCTION is_alarm(break jsonb, options jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
    AS $$ SELECT (break->>'is_anomaly')::boolean $$;
SELECT recon_register_detector('fixed', 'fixed(double precision[], double precision, jsonb)') AS made \gset
SELECT recon_register_detector('is_alarm', 'is_alarm(jsonb, jsonb)') AS made \gset
SELECT recon_create_strategy('own', based_on => 'balanced',
    detectors => '{"fixed": 1, "is_alarm": true, "baseline": 0, "frequency": 0, "drift": 0, "volatility": 0}')
    AS made \gset
SELECT recon_alter('with', strategy => 'own') AS altered \gset
SELECT set_eq($$SELECT * FROM pg_temp.verdicts('with') WHERE observed IS NOT NULL$$,
    'SELECT * FROM wanted WHERE observed IS NOT NULL', 'custom detectors give the same verdicts');
SELECT ok(bool_and(('is_alarm' = ANY (flags)) = is_anomaly),
    'custom detectors receive the verdict of the minimum amounts')
    FROM recon_detect('with', from_date => '2024-02-29', persist => false);

SELECT * FROM finish();
ROLLBACK;
