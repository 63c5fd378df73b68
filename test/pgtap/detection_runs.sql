-- What a run leaves behind, and what the next one makes of it: verdicts that stay, verdicts that
-- change and why, breaks that close and come back, runs that leave nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
\ir ../data/ihub_sample.sql

SELECT plan(48);

SELECT left(recon_create('ihub', source => 'ihub_balance', key_columns => '{company,account,au,currency}',
    criteria_columns => '{gl_balance,ihub_balance}', derived_columns => '{balance_difference}',
        date_column => 'as_of_date',
    currency_column => 'currency', break_when => 'abs(balance_difference) > 1'), 0);
CREATE FUNCTION judge() RETURNS bigint LANGUAGE sql AS
$$ SELECT count(*) FROM recon_detect('ihub', from_date => '2024-05-31', to_date => '2024-05-31') $$;
-- The verdicts as they are stored, without what a run stamps on them.
CREATE VIEW verdicts AS
    SELECT break_id, key, break_date, occurrence, measure, observed, expected, lower, upper, direction, score, p_value,
        q_value,
           is_anomaly, severity, pattern, runner_up, category, flags, contributions, basis, history_n, reason,
           recommended_action, currency, is_open, first_run_id FROM recon.break;
CREATE FUNCTION cause(break bigint) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT cause FROM recon.verdict_history WHERE break_id = break ORDER BY verdict_id DESC LIMIT 1 $$;

-- The first run.
CREATE TABLE answered AS SELECT * FROM recon_detect('ihub');
SELECT is(count(*), 4::bigint, 'the first run judges the newest date') FROM answered;
SELECT results_eq('SELECT count(*), count(DISTINCT break_id), count(break_id) FROM answered',
    'VALUES (4::bigint, 4::bigint, 4::bigint)',
    'every break has a number');
SELECT results_eq(
    $$SELECT break_id, key, break_date, measure, observed, expected, lower, upper, direction, score, p_value, q_value,
        is_anomaly,
             severity, pattern, category, flags, contributions, basis, history_n, reason, recommended_action
      FROM recon.break ORDER BY break_id$$,
    'SELECT * FROM answered ORDER BY break_id', 'what is stored is what was answered');
SELECT results_eq(
    $$SELECT status, from_date, to_date, rows_read, rows_without_date, rows_judged, keys_read, keys_absent, breaks,
        anomalies,
             verdicts_changed, is_partial, message, run_by FROM recon.run$$,
    $$VALUES ('succeeded', '2024-05-31'::date, '2024-05-31'::date, 28::bigint, 0::bigint, 4::bigint, 4::bigint,
        0::bigint, 4::bigint,
              2::bigint, 0::bigint, false, NULL::text, current_user)$$, 'the run is recorded');
SELECT ok(strategy @> '{"strategy_name": "balanced", "version": 1, "alpha": 0.05}' AND started_at <= finished_at,
    'the run has a copy of the strategy that it used') FROM recon.run;
SELECT results_eq(
    $$SELECT break_id, detector FROM recon.score ORDER BY break_id, detector$$,
    $$SELECT break_id, jsonb_object_keys(contributions) AS detector FROM recon.break WHERE is_anomaly
      UNION SELECT break_id, 'frequency' FROM recon.break WHERE is_anomaly AND pattern = 'inconsistent_variation'
      ORDER BY break_id, detector$$,
    'what each detector said is kept of anomalies; of a key that has not broken lately its frequency says nothing');
SELECT is_empty('SELECT * FROM recon.verdict_history', 'a first verdict is no change');

-- Again, on unchanged data.
CREATE TABLE first_verdicts AS SELECT * FROM verdicts;
CREATE TABLE second_answer AS SELECT * FROM recon_detect('ihub', from_date => '2024-05-31', to_date => '2024-05-31');
SELECT set_eq('SELECT * FROM second_answer', 'SELECT * FROM answered',
    'a second run answers the same, numbers of the breaks included');
SELECT set_eq('SELECT * FROM verdicts', 'SELECT * FROM first_verdicts', 'it changes no verdict');
SELECT is_empty('SELECT * FROM recon.verdict_history', 'it writes no history');
SELECT results_eq('SELECT DISTINCT run_id FROM recon.break', 'SELECT min(run_id) FROM recon.run',
    'the first run remains the one that gave the verdicts');
SELECT ok(count(*) = 2 AND count(DISTINCT source_digest) = 1, 'what both runs read is the same') FROM recon.run;
SELECT is_empty($$SELECT * FROM recon_detect('ihub')$$, 'nothing is new');
CREATE TABLE same_rows AS SELECT * FROM ihub_balance;
TRUNCATE ihub_balance;
INSERT INTO ihub_balance SELECT * FROM same_rows ORDER BY md5(au || as_of_date);
SELECT judge() \gset
SELECT set_eq('SELECT * FROM verdicts', 'SELECT * FROM first_verdicts', 'reloading the same rows changes nothing');

-- A row is corrected.
UPDATE ihub_balance SET gl_balance = 35000, balance_difference = 0 WHERE as_of_date = '2024-05-31' AND au = '4398';
SELECT is(judge(), 3::bigint, 'a corrected row is no break any more');
SELECT results_eq($$SELECT key->>'au', is_open, is_anomaly FROM recon.break WHERE NOT is_open$$,
    $$VALUES ('4398', false, true)$$,
    'its break closes, and keeps its verdict');
SELECT results_eq(
    $$SELECT was_anomaly, is_anomaly, was_open, is_open, cause FROM recon.verdict_history$$,
    $$VALUES (true, true, true, false, 'the row is gone or no longer a break')$$, 'history says so');
SELECT is(verdicts_changed, 1::bigint, 'the run counts it') FROM recon.run ORDER BY run_id DESC LIMIT 1;
SELECT results_eq($$SELECT key->>'au' FROM recon.anomaly$$, $$VALUES ('62695')$$,
    'it is no longer among the anomalies');
SELECT judge() \gset
SELECT is(count(*), 1::bigint, 'a closed break closes once') FROM recon.verdict_history;

-- It is back.
UPDATE ihub_balance SET gl_balance = 20000, balance_difference = -15000 WHERE as_of_date = '2024-05-31' AND au = '4398';
SELECT judge() \gset
SELECT set_eq('SELECT * FROM verdicts', 'SELECT * FROM first_verdicts', 'the break opens again, under its number');
SELECT is(cause(break_id), 'the row is back', 'history says so') FROM recon.break WHERE key->>'au' = '4398';

-- A row is gone.
CREATE TABLE gone AS SELECT * FROM ihub_balance WHERE as_of_date = '2024-05-31' AND au = '62695';
DELETE FROM ihub_balance WHERE as_of_date = '2024-05-31' AND au = '62695';
SELECT judge() \gset
SELECT ok(NOT is_open, 'the break of a row that is gone closes') FROM recon.break WHERE key->>'au' = '62695';
INSERT INTO ihub_balance SELECT * FROM gone;
SELECT judge() \gset
SELECT ok(is_open, 'the break opens again when its row is back') FROM recon.break WHERE key->>'au' = '62695';

-- A verdict flips, and history says why.
UPDATE ihub_balance SET ihub_balance = 59950, balance_difference = 50 WHERE as_of_date = '2024-05-31' AND au = '62695';
UPDATE ihub_balance SET ihub_balance = 80000 - 5000, balance_difference = -5000 WHERE as_of_date = '2024-05-31'
    AND au = '4929';
SELECT judge() \gset
SELECT results_eq($$SELECT is_anomaly, observed FROM recon.break WHERE key->>'au' = '4929'$$,
    'VALUES (true, -5000::numeric)', 'another amount, another verdict');
SELECT is(cause(break_id), 'the row has changed', 'because the row has changed') FROM recon.break
    WHERE key->>'au' = '4929';
UPDATE ihub_balance SET ihub_balance = 80000, balance_difference = -10000 WHERE as_of_date = '2024-05-31'
    AND au = '4929';
UPDATE ihub_balance SET ihub_balance = 10000, balance_difference = 50000 WHERE as_of_date = '2024-05-31'
    AND au = '62695';
SELECT judge() \gset
SELECT set_eq('SELECT * FROM verdicts', 'SELECT * FROM first_verdicts', 'the old amounts, the old verdicts');
UPDATE ihub_balance SET balance_difference = balance_difference + 50000 WHERE as_of_date < '2024-05-31'
    AND au = '62695';
SELECT judge() \gset
SELECT ok(NOT is_anomaly, 'a history of the same amount makes it ordinary') FROM recon.break WHERE key->>'au' = '62695';
SELECT is(cause(break_id), 'the history it is compared with has changed', 'because the history has changed')
    FROM recon.break WHERE key->>'au' = '62695';
UPDATE ihub_balance SET balance_difference = balance_difference - 50000 WHERE as_of_date < '2024-05-31'
    AND au = '62695';
SELECT judge() \gset
SELECT left(recon_alter('ihub', minimum_amount => 20000), 0);
SELECT judge() \gset
SELECT results_eq($$SELECT key->>'au', is_anomaly, severity, score FROM recon.break
    WHERE pattern IN ('spike', 'inconsistent_variation') ORDER BY 1$$,
    $$SELECT key->>'au', key->>'au' = '62695', CASE key->>'au' WHEN '62695' THEN 'high' ELSE 'low' END, score
        FROM first_verdicts
      WHERE is_anomaly ORDER BY 1$$, 'a floor of materiality changes the verdict and not the score');
SELECT is(cause(break_id), 'the strategy has changed', 'because how to judge has changed') FROM recon.break
    WHERE key->>'au' = '4398';
SELECT ok(NOT is_anomaly, 'no strategy makes an immaterial break an anomaly')
FROM recon_detect('ihub', from_date => '2024-05-31', strategy => 'sensitive') WHERE key->>'au' = '4398';
SELECT left(recon_alter('ihub', minimum_amount => 0), 0);

-- History is not rewritten.
SELECT throws_ok('UPDATE recon.verdict_history SET cause = ''none''', '55000',
    'table recon.verdict_history is append-only');
SELECT throws_ok('DELETE FROM recon.verdict_history', '55000', 'table recon.verdict_history is append-only');

-- Runs that leave nothing behind.
SELECT judge() \gset
CREATE TABLE stored AS SELECT * FROM verdicts;
CREATE TABLE runs AS SELECT count(*) AS runs FROM recon.run;
UPDATE ihub_balance SET balance_difference = 0 WHERE as_of_date = '2024-05-31' AND au = '4929';
INSERT INTO ihub_balance (as_of_date, company, account, au, currency, balance_difference)
    VALUES ('2024-05-31', 'new', '1', '1', 'USD', 700);
CREATE TABLE shown AS SELECT * FROM recon_detect('ihub', from_date => '2024-05-31', persist => false);
SELECT results_eq($$SELECT key->>'au', break_id IS NULL FROM shown ORDER BY key->>'au' COLLATE "C"$$,
    $$VALUES ('1', true), ('4398', true), ('5701', true), ('62695', true)$$,
        'persist => false answers, without numbers');
SELECT set_eq('SELECT * FROM verdicts', 'SELECT * FROM stored', 'it writes no verdict');
SELECT set_eq('SELECT count(*) FROM recon.run', 'SELECT runs FROM runs', 'it writes no run');
SAVEPOINT read_only;
SET TRANSACTION READ ONLY;
SELECT string_agg(format('%s %s %s', key->>'au', break_id IS NULL, is_anomaly), ', ' ORDER BY key->>'au' COLLATE "C")
    AS read_only
FROM recon_detect('ihub', from_date => '2024-05-31') \gset
ROLLBACK TO read_only;
SELECT is(:'read_only', (SELECT string_agg(format('%s %s %s', key->>'au', break_id IS NULL, is_anomaly), ', '
    ORDER BY key->>'au' COLLATE "C") FROM shown),
    'a read-only transaction answers the same');
SELECT set_eq('SELECT count(*) FROM recon.run', 'SELECT runs FROM runs', 'a read-only transaction writes nothing');
SAVEPOINT failing;
SELECT throws_ok($$SELECT 1 / (count(*) - 4) FROM recon_detect('ihub', from_date => '2024-05-31')$$, '22012', NULL,
    'a statement that fails after the run raises its error');
SELECT set_eq('SELECT count(*) FROM recon.run', 'SELECT runs FROM runs', 'a statement that fails leaves no run');

-- Strategies: thresholds over the same scores.
CREATE TABLE by_strategy AS
    SELECT s.name, d.* FROM (VALUES ('conservative', 0.01), ('balanced', 0.05), ('sensitive', 0.20)) AS s (name, alpha),
         LATERAL recon_detect('ihub', from_date => '2023-11-30', strategy => s.name, persist => false) AS d;
SELECT is_empty(
    $$SELECT key, break_date FROM by_strategy GROUP BY key,
        break_date HAVING count(DISTINCT (score, q_value, pattern, reason)) <> 1$$,
    'a strategy changes no score, q-value, pattern or reason');
SELECT is_empty(
    $$SELECT * FROM by_strategy JOIN recon.strategy ON strategy_name = name WHERE is_anomaly AND q_value > alpha$$,
    'no anomaly has a q-value above the threshold of its strategy');
SELECT ok(count(*) FILTER (WHERE is_anomaly AND name = 'conservative') <= count(*) FILTER (WHERE is_anomaly
    AND name = 'balanced')
      AND count(*) FILTER (WHERE is_anomaly AND name = 'balanced') <= count(*) FILTER (WHERE is_anomaly
          AND name = 'sensitive')
      AND count(*) FILTER (WHERE is_anomaly AND name = 'conservative') > 0, 'the more sensitive, the more anomalies')
          FROM by_strategy;
INSERT INTO recon.strategy (strategy_name, alpha, detectors) VALUES ('size_only', 0.05, '{"baseline": 1}');
SELECT is_empty(
    $$SELECT * FROM recon_detect('ihub', from_date => '2023-11-30', strategy => 'size_only', persist => false)
      WHERE contributions <> '{"baseline": 1}' AND contributions <> '{}'$$,
          'a custom strategy can leave detectors out');

-- What is dropped is gone with its runs.
SELECT matches(recon_drop('ihub'), '^reconciliation "ihub" is gone, with 4 breaks; its source is untouched$',
    'recon_drop says what goes');
SELECT results_eq('SELECT (SELECT count(*) FROM recon.run), (SELECT count(*) FROM recon.break), (SELECT count(*) FROM '
    'recon.score), (SELECT count(*) FROM recon.verdict_history)',
    'VALUES (0::bigint, 0::bigint, 0::bigint, 0::bigint)', 'runs, breaks, scores and history go');
SELECT is(count(*), 29::bigint, 'the source stays') FROM ihub_balance;

SELECT * FROM finish();
ROLLBACK;
