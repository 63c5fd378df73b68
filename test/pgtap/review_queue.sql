-- What stands in the review queue: anomalies, what the rule amount_threshold lifts, what could not be judged.
BEGIN;
SET LOCAL client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(12);

-- Accounts that are always off by about the same; on the last day one jumps, and one amount is not a number.
CREATE TABLE cash AS
SELECT date '2024-01-01' + day AS on_date, account,
       CASE WHEN account = 'jump' AND day = 59 THEN 3000
            WHEN account = 'not a number' AND day = 59 THEN 'NaN'
            WHEN account = 'large' THEN 8000 + (day * 7919) % 101 / 20.0
            ELSE 20 + (day * 7919 + k * 104729) % 101 / 20.0 END::numeric AS difference
FROM generate_series(0, 59) AS day,
     (SELECT 'quiet ' || k, k FROM generate_series(1, 30) AS k
      UNION ALL VALUES ('jump', 31), ('not a number', 32), ('large', 33)) AS a (account, k);
SELECT recon_create('cash', source => 'cash', key_columns => '{account}', derived_columns => '{difference}',
    criteria_columns => '{}', date_column => 'on_date', comment_column => '', loaded_at_column => '',
    currency_column => '', tolerance => 1) AS made \gset
CREATE FUNCTION pg_temp.judge() RETURNS bigint LANGUAGE sql AS
    $$ SELECT count(*) FROM recon_detect('cash', from_date => '2024-02-29') $$;
CREATE FUNCTION pg_temp.queued() RETURNS TABLE (account text, because text) LANGUAGE sql AS
    $$ SELECT key->>'account', queued_because FROM recon.review_queue $$;
SELECT pg_temp.judge() AS judged \gset
SELECT set_eq('SELECT * FROM pg_temp.queued()',
    $$VALUES ('jump', 'out of pattern'), ('not a number', 'could not be judged')$$,
    'an anomaly and a break that could not be judged stand in the queue where no rule lifts any');
SELECT is((SELECT is_anomaly FROM recon.break WHERE key->>'account' = 'large'), false, 'a large break in line is none');
SELECT recon_set_rules('cash',
    '{"amount_threshold": {"limits": [{"column": "account", "like": "l%", "amount": 5000}]}}')
    AS said \gset
SELECT pg_temp.judge() AS judged \gset
SELECT is((SELECT is_anomaly FROM recon.break WHERE key->>'account' = 'large'), false, 'the rule changes no verdict');
SELECT results_eq('SELECT * FROM pg_temp.queued() OFFSET 0', $$SELECT key->>'account', queued_because
    FROM recon.review_queue
    ORDER BY array_position('{critical,high,medium,low}', severity), abs(observed) DESC NULLS LAST, break_id$$,
    'the queue is in the order of severity, then amount');
SELECT set_eq('SELECT * FROM pg_temp.queued()',
    $$VALUES ('jump', 'out of pattern'), ('not a number', 'could not be judged'),
             ('large', 'as large as the limit of its account')$$,
    'amount_threshold lifts a large break into the queue');
SELECT is((SELECT count(*) FROM recon.anomaly), 1::bigint, 'recon.anomaly lists anomalies alone');

-- What was lifted can be answered, and the same thing is hidden; what could not be judged makes no rule.
SELECT breaks, suppressions FROM recon_feedback(
    ARRAY(SELECT break_id FROM recon.review_queue WHERE key->>'account' = 'large'), 'expected') \gset
SELECT is(:suppressions, 1, 'an expected break that was lifted makes a rule');
SELECT suppressions FROM recon_feedback(
    ARRAY(SELECT break_id FROM recon.review_queue WHERE key->>'account' = 'not a number'), 'expected') \gset
SELECT is(:suppressions, 0, 'an amount that is not a number makes none: nothing tells whether another one is larger');
SELECT set_eq('SELECT account FROM pg_temp.queued()', ARRAY['jump'], 'both are answered');
INSERT INTO cash SELECT date '2024-03-01', account, CASE account WHEN 'large' THEN least(difference, 8000) ELSE 21 END
FROM cash WHERE on_date = '2024-02-28' AND account NOT IN ('jump', 'not a number');
SELECT count(*) AS judged FROM recon_detect('cash', from_date => '2024-03-01') \gset
SELECT ok('amount_threshold' = ANY (flags), 'the next day it is as large') FROM recon.break
WHERE key->>'account' = 'large' AND break_date = '2024-03-01';
SELECT set_eq('SELECT account FROM pg_temp.queued()', ARRAY['jump'], 'the lifted break is hidden');
SELECT results_eq($$SELECT change FROM recon_feedback_effect((SELECT max(run_id) FROM recon.run))$$,
    $$VALUES ('hidden')$$, 'because of the answer');
SELECT * FROM finish();
ROLLBACK;
