-- Custom strategies: versions, what is refused and how, what a run keeps.
BEGIN;
SET LOCAL client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;

SELECT plan(46);

CREATE ROLE recon_keeper;
CREATE ROLE recon_operator;
SELECT recon_grant('recon_keeper', 'admin') AS granted, recon_grant('recon_operator', 'operator') AS granted_too \gset
GRANT CREATE ON SCHEMA public TO recon_keeper;

\ir lib/complaint.sql

SET LOCAL ROLE recon_operator;
SELECT matches(complaint($$SELECT recon_create_strategy('mine')$$),
    '^42501 \| permission denied: admin rights are needed', 'a user without admin rights cannot create a strategy');
SELECT matches(complaint($$SELECT recon_alter_strategy('balanced', alpha => 0.5)$$),
    '^42501 \| permission denied: admin rights are needed', 'a user without admin rights cannot change a strategy');
SELECT matches(complaint($$UPDATE recon.strategy SET alpha = 0.9$$), '^42501', 'a strategy cannot be changed by hand');
SELECT matches(complaint($$DELETE FROM recon.detector$$), '^42501', 'a detector cannot be deleted by hand');

SET LOCAL ROLE recon_keeper;
SELECT is(recon_create_strategy('mine', alpha => 0.1, detectors => '{"frequency": 0.5}', description => 'ours'),
    'strategy "mine" version 1: alpha 0.1, baseline 1, drift 0.25, frequency 0.5, partners 0.25, volatility 0.25, '
        'distance 0.1, forest 0.1', 'what is not named is that of balanced');
SELECT is(recon_create_strategy('plain', based_on => 'conservative', history_rows => 128, minimum_amount => 5),
    'strategy "plain" version 1: alpha 0.01, baseline 1, drift 0.25, frequency 0.25, partners 0.25, volatility 0.25, '
        'distance 0.1, forest 0.1', 'what is not named is that of the strategy it is based on');
SELECT is(history_rows || ' ' || minimum_amount || ' ' || is_builtin || ' ' || created_by, '128 5 false recon_keeper',
    'a strategy stores its fields')
FROM recon.strategy WHERE strategy_name = 'plain';
SELECT matches(complaint($$SELECT recon_create_strategy('mine')$$),
    '^42710 \| strategy "mine" already exists \| Change it with recon_alter_strategy',
    'a strategy that exists cannot be created');
SELECT matches(complaint($$SELECT recon_create_strategy('other', based_on => 'bold')$$),
    '^42704 \| strategy "bold" does not exist \| There are: balanced, conservative, mine, plain, sensitive',
    'a strategy cannot be based on an unknown one');
SELECT matches(complaint($$SELECT recon_create_strategy(' ')$$), '^22023 \| a strategy needs a name',
    'a strategy without a name is refused');

-- Every field is checked, and named.
SELECT matches(complaint(format('SELECT recon_create_strategy(''other'', %s)', argument)), wanted,
    'recon_create_strategy refuses ' || argument)
FROM (VALUES
    ('alpha => 0', '^22023 \| alpha must be between 0 and 1 \| It is 0\. \| It is the share'),
    ('alpha => 1.5', '^22023 \| alpha must be between 0 and 1 \| It is 1\.5'),
    ('alpha => ''NaN''', '^22023 \| alpha must be between 0 and 1 \| It is NaN'),
    ('minimum_amount => -1', '^22023 \| minimum_amount must be zero or a positive number \| It is -1'),
    ('history_rows => 4', '^22023 \| history_rows must be between 12 and 1024 \| It is 4'),
    ('combination => ''median''', '^22023 \| combination "median" does not exist \| .* \| Use one of harmonic, fisher, '
        'stouffer'),
    ('scores => ''none''', '^22023 \| scores must be anomalies or all \| It is "none"'),
    ('detectors => ''[]''', '^22023 \| detectors must be an object of names \| It is \[\]'),
    ('detectors => ''{"drfit": 1}''',
        '^22023 \| detectors names "drfit", which is not a detector \| Its value is 1\. \| There are: baseline, drift, '
        'frequency, partners, volatility'),
    ('detectors => ''{"drift": -1}''',
        '^22023 \| option "weight" of detector "drift" must be at least 0 \| It is -1\. \| Options are: weight '
        '\(number, default 1\)'),
    ('detectors => ''{"drift": 1e4}''', '^22023 \| option "weight" of detector "drift" must be at most 1000'),
    ('detectors => ''{"drift": "strong"}''',
        '^22023 \| detector "drift" must be a weight, or an object of its weight and options \| It is "strong"'),
    ('detectors => ''{"drift": {"weight": "1"}}''',
        '^22023 \| option "weight" of detector "drift" must be a number \| It is "1"'),
    ('detectors => ''{"drift": {"span": 3}}''', '^22023 \| detector "drift" has no option "span" \| Its value is 3'),
    ('detectors => ''{"baseline": 0, "drift": 0, "frequency": 0, "partners": 0, "volatility": 0, "forest": 0, '
        '"distance": 0}''', '^22023 \| detectors leaves nothing to judge by')
) AS wrong (argument, wanted);

-- Versions.
SELECT is(recon_alter_strategy('mine', detectors => '{"drift": 0, "volatility": {"weight": 2}}'),
    'strategy "mine" version 2: alpha 0.1, baseline 1, frequency 0.5, partners 0.25, volatility 2, distance 0.1, '
        'forest 0.1', 'what is named changes, the rest stays');
SELECT is(count(*)::text || ' ' || string_agg(detectors::text, ' ' ORDER BY version),
    '2 {"drift": 0.25, "forest": 0.1, "baseline": 1, "distance": 0.1, "partners": 0.25, "frequency": 0.5, '
        '"volatility": 0.25} {"drift": 0, "forest": 0.1, "baseline": 1, "distance": 0.1, "partners": 0.25, '
        '"frequency": 0.5, "volatility": 2}', 'the version before is as it was')
FROM recon.strategy WHERE strategy_name = 'mine';
SELECT matches(complaint($$SELECT recon_alter_strategy('balanced', alpha => 0.5)$$),
    '^55000 \| strategy "balanced" is built in and does not change \| Make one of your own: SELECT '
        'recon_create_strategy\(''...'', based_on => ''balanced''\)', 'a built-in strategy cannot be changed');
SELECT matches(complaint($$SELECT recon_alter_strategy('mnie', alpha => 0.5)$$),
    '^42704 \| strategy "mnie" does not exist', 'an unknown strategy cannot be changed');
SELECT matches(complaint($$SELECT recon_alter_strategy('mine', alpha => 5)$$),
    '^22023 \| alpha must be between 0 and 1', 'an alpha outside its range is refused');

-- A run keeps the copy it used.
CREATE TABLE ledger AS
SELECT date '2024-01-01' + day AS value_date, 'x' AS account, 100 + CASE day WHEN 20 THEN 500 ELSE day * 7 % 3 END AS a,
    100 AS b
FROM generate_series(0, 20) AS day;
SELECT recon_create('kept', source => 'ledger', key_columns => '{account}', criteria_columns => '{a,b}',
    date_column => 'value_date',
    currency_column => '', comment_column => '', tolerance => 1, strategy => 'mine') AS made \gset
SELECT count(*) FILTER (WHERE is_anomaly) AS anomalies FROM recon_detect('kept') \gset
SELECT is(:anomalies, 1, 'it is used');
SELECT recon_alter_strategy('mine', alpha => 0.2) AS altered \gset
SELECT is(strategy->>'version' || ' ' || (strategy->>'alpha') || ' ' || (strategy->'detectors'->>'volatility'),
    '2 0.1 2', 'the run keeps version 2')
FROM recon.run WHERE status = 'succeeded';
SELECT count(*) FROM recon_detect('kept', from_date => '2024-01-21') \gset
SELECT is(max(strategy->>'version'), '3', 'the next run uses version 3') FROM recon.run;

-- As of a moment: the version of then.
RESET ROLE;
UPDATE recon.strategy SET created_at = '2024-01-01'::timestamptz + version * interval '1 day'
    WHERE strategy_name = 'mine';
CREATE FUNCTION version_as_of(moment timestamptz) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM recon_detect('kept', from_date => '2024-01-21', as_of => moment);
    RETURN (SELECT u.strategy->>'version' FROM recon.run u ORDER BY run_id DESC LIMIT 1);
END
$$;
SELECT is(version_as_of(moment::timestamptz), wanted, format('the version as of %s is the one of then', moment))
    FROM (VALUES ('2024-01-10', '3'), ('2024-01-03 12:00', '2'), ('2024-01-03', '2'), ('2023-12-31', '1'))
    AS m (moment, wanted);
SET LOCAL ROLE recon_keeper;

-- Out of use.
SELECT matches(complaint($$SELECT recon_alter_strategy('mine', is_active => false)$$),
    '^55006 \| strategy "mine" is in use \| It is that of "kept"', 'a strategy in use stays active');
SELECT recon_alter('kept', strategy => 'balanced') AS altered \gset
SELECT matches(recon_alter_strategy('mine', is_active => false), '; not active$',
    'a strategy that is not in use can be switched off');
SELECT matches(complaint($$SELECT count(*) FROM recon_detect('kept', from_date => '2024-01-21', strategy => 'mine')$$),
    '^55000 \| strategy "mine" is not active', 'no older version takes its place');
SELECT matches(complaint($$SELECT recon_alter('kept', strategy => 'mine')$$),
    '^55000 \| strategy "mine" is not active', 'a strategy that is not active cannot be chosen');

-- Combinations.
SELECT recon_create_strategy('independent', combination => 'fisher', scores => 'all') AS a,
    recon_create_strategy('weighted', combination => 'stouffer') AS b \gset
SELECT is(sum(share)::numeric(9,6), 1::numeric(9,6), 'shares of ' || strategy || ' add up to 1')
FROM (VALUES ('balanced'), ('independent'), ('weighted')) AS s (strategy),
     LATERAL (SELECT value::float8 AS share FROM recon_detect('kept', from_date => '2024-01-21', strategy => s.strategy,
         persist => false) d, jsonb_each_text(d.contributions)) AS c
GROUP BY strategy;

-- Options alone leave the weight as it is; what was off is on with them.
SELECT recon_create_strategy('taller', detectors => '{"forest": {"trees": 50}}') AS made \gset
SELECT is(detectors->'forest', '{"trees": 50, "weight": 0.1}',
    'options without a weight keep the one of the strategy it is based on')
FROM recon.strategy WHERE strategy_name = 'taller';
SELECT recon_alter_strategy('taller', detectors => '{"forest": 0}') AS off,
    recon_alter_strategy('taller', detectors => '{"forest": {"trees": 60}}') AS made \gset
SELECT is(detectors->'forest', '{"trees": 60, "weight": 1}',
    'a detector that was off has the weight 1 when it is switched on')
FROM recon.strategy WHERE strategy_name = 'taller' AND version = 3;

SELECT * FROM finish();
ROLLBACK;
