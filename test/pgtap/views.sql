-- What people and BI tools read.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
\ir ../data/ihub_sample.sql

SELECT plan(38);

SELECT views_are('recon',
    '{anomaly,review_queue,item_summary,run_summary,daily_summary,health,feedback_summary,suppression_summary}',
    'the views there are');
SELECT is_empty(
    $$SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'recon'::regnamespace AND c.relkind = 'v'
      AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false)$$,
          'every view runs with the rights of who reads it');
SELECT is_empty(
    $$SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'recon'::regnamespace AND c.relkind = 'v'
      AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'updated_at')$$,
          'every view has updated_at');
SELECT is_empty(
    $$SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'recon'::regnamespace AND c.relkind IN ('v', 'r', 'p')
      AND NOT c.relispartition AND obj_description(c.oid, 'pg_class') IS NULL$$, 'every relation has a comment');

-- Before anything is judged.
SELECT left(recon_create('ihub', source => 'ihub_balance', key_columns => '{company,account,au,currency}',
    criteria_columns => '{gl_balance,ihub_balance}', derived_columns => '{balance_difference}',
        date_column => 'as_of_date',
    currency_column => 'currency', comment_column => 'comments', break_when => 'abs(balance_difference) > 1'),
        0) AS made \gset
SELECT results_eq('SELECT reconciliation, is_active, last_run_id, judged_up_to, state FROM recon.health',
    $$VALUES ('ihub', true, NULL::bigint, NULL::date, 'never judged')$$, 'health: never judged');
SELECT is_empty('SELECT * FROM recon.anomaly', 'there is no anomaly');
SELECT is_empty('SELECT * FROM recon.run_summary', 'there is no run');

-- The sample: every month-end judged, then the newest twice.
SELECT count(*) FROM recon_detect('ihub', from_date => '2023-11-30', to_date => '2024-04-30') \gset
SELECT count(*) FROM recon_detect('ihub') \gset
SELECT count(*) FROM recon_detect('ihub', from_date => '2024-05-31') \gset
SELECT results_eq(
    $$SELECT run_id - min(run_id) OVER (), status, strategy, from_date, to_date, rows_read, rows_judged, breaks,
        anomalies <= breaks, verdicts_changed, run_by
      FROM recon.run_summary ORDER BY run_id$$,
    $$VALUES (0::bigint, 'succeeded', 'balanced', '2023-11-30'::date, '2024-04-30'::date, 24::bigint, 24::bigint,
        15::bigint, true, 0::bigint, current_user),
             (1, 'succeeded', 'balanced', '2024-05-31', '2024-05-31', 28, 4, 4, true, 0, current_user),
             (2, 'succeeded', 'balanced', '2024-05-31', '2024-05-31', 28, 4, 4, true, 0, current_user)$$,
                 'run_summary has a row for each run');
SELECT is(anomalies_percent, 50.0,
    'run_summary has the share of anomalies') FROM recon.run_summary ORDER BY run_id DESC LIMIT 1;
SELECT ok(bool_and(duration >= '0'), 'run_summary has how long each run took') FROM recon.run_summary;
SELECT results_eq(
    $$SELECT reconciliation, key->>'au', break_date, observed, currency, pattern FROM recon.anomaly
        WHERE break_date = '2024-05-31' ORDER BY score$$,
    $$VALUES ('ihub', '4398', '2024-05-31'::date, -15000::numeric, 'USD', 'inconsistent_variation'),
        ('ihub', '62695', '2024-05-31', 50000, 'USD', 'spike')$$,
    'anomaly shows each once, with its current verdict');
SELECT set_eq('SELECT break_id FROM recon.anomaly', 'SELECT break_id FROM recon.break WHERE is_anomaly AND is_open',
    'anomaly shows no break that is closed or no anomaly');
SELECT set_eq('SELECT break_id FROM recon.review_queue', 'SELECT break_id FROM recon.anomaly',
    'review_queue shows the same');
SELECT ok(bool_and(in_order), 'review_queue is sorted by severity, then amount')
FROM (SELECT (array_position(ARRAY['critical', 'high', 'medium', 'low'], severity), -abs(observed))
             >= lag((array_position(ARRAY['critical', 'high', 'medium', 'low'], severity), -abs(observed)))
                 OVER (ORDER BY n)
                 AS in_order
      FROM (SELECT row_number() OVER () AS n, severity, observed FROM recon.review_queue) AS numbered) AS compared;
SELECT ok(bool_and(age_days = current_date - b.opened_on),
    'review_queue has the age of each item') FROM recon.review_queue
    JOIN recon.break b USING (break_id);

SELECT results_eq(
    $$SELECT break_date, currency, breaks, anomalies, severe_anomalies, net_amount, gross_amount
        FROM recon.daily_summary
      WHERE break_date >= '2024-04-30' ORDER BY 1, 2$$,
    $$VALUES ('2024-04-30'::date, 'EUR', 1::bigint, 0::bigint, 0::bigint, -10000::numeric, 10000::numeric),
             ('2024-04-30', 'USD', 2, (SELECT count(*) FROM recon.anomaly WHERE break_date = '2024-04-30'),
              (SELECT count(*) FROM recon.anomaly WHERE break_date = '2024-04-30' AND severity IN ('critical', 'high')),
                  40000, 120000),
             ('2024-05-31', 'EUR', 1, 0, 0, -10000, 10000),
             ('2024-05-31', 'USD', 3, 2, 1, 125000, 155000)$$,
                 'daily_summary adds amounts of one currency, net and gross');
SELECT results_eq('SELECT sum(breaks) FROM recon.daily_summary',
    'SELECT count(*)::numeric FROM recon.break WHERE is_open', 'every break is counted once');
SELECT results_eq('SELECT state, judged_up_to, last_status, is_partial FROM recon.health',
    $$VALUES ('ok', '2024-05-31'::date, 'succeeded', false)$$,
    'health says that a judged reconciliation is ok');
SELECT count(*) FROM recon_detect('ihub') \gset
SELECT results_eq('SELECT state, judged_up_to, message FROM recon.health',
    $$VALUES ('ok', '2024-05-31'::date,
        'nothing new: no row is dated after 2024-05-31, the newest date judged; pass from_date and to_date to judge '
        'again')$$,
    'health: ok after a run that found nothing new');
UPDATE recon.run SET finished_at = now() - interval '8 days';
SELECT is(state, 'not judged for a week',
    'health says that a reconciliation was not judged for a week') FROM recon.health;
UPDATE recon.run SET finished_at = now();

-- A closed break leaves the views.
UPDATE ihub_balance SET balance_difference = 0 WHERE as_of_date = '2024-05-31' AND au = '62695';
SELECT count(*) FROM recon_detect('ihub', from_date => '2024-05-31') \gset
SELECT is_empty($$SELECT * FROM recon.anomaly WHERE key->>'au' = '62695'$$, 'a corrected break is no anomaly any more');
SELECT is(breaks, 2::bigint,
    'a corrected break is not counted in the summary of its day')
FROM recon.daily_summary WHERE break_date = '2024-05-31' AND currency = 'USD';
UPDATE ihub_balance SET balance_difference = 50000 WHERE as_of_date = '2024-05-31' AND au = '62695';
SELECT count(*) FROM recon_detect('ihub', from_date => '2024-05-31') \gset

-- The original columns beside the verdict.
SELECT is(recon_create_view('ihub'),
    'view "ihub_verdict" shows the columns of the source with Anomaly, Reason and Recommended Action',
    'recon_create_view says what it made');
SELECT is((SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'ihub_verdict'::regclass
    AND attnum > 0),
    (SELECT string_agg(attname, ',' ORDER BY attnum) || ',Anomaly,Reason,Recommended Action,break_id' FROM pg_attribute
        WHERE attrelid = 'ihub_balance'::regclass AND attnum > 0),
    'the columns of the source, then the verdict');
SELECT results_eq('SELECT count(*), count(break_id) FROM ihub_verdict',
    'SELECT (SELECT count(*) FROM ihub_balance), (SELECT count(*) FROM recon.break)',
    'every row of the source once, every break beside its row');
SELECT results_eq(
    $$SELECT v.au, v.balance_difference, v."Anomaly", v."Reason", v."Recommended Action" FROM ihub_verdict v
        WHERE v.as_of_date = '2024-05-31' ORDER BY v.au COLLATE "C"$$,
    $$SELECT b.key->>'au', b.observed, b.is_anomaly, b.reason, b.recommended_action FROM recon.break b
        WHERE b.break_date = '2024-05-31' ORDER BY b.key->>'au' COLLATE "C"$$,
    'Anomaly, Reason and Recommended Action are those of the row');
SELECT ok(bool_and("Anomaly" IS NULL AND "Reason" IS NULL), 'matches have none') FROM ihub_verdict
    WHERE match_status = 'Match';
SELECT throws_ok($$SELECT recon_create_view('ihub')$$, '42P07', 'relation "ihub_verdict" already exists');
CREATE SCHEMA reports;
SELECT recon_create_view('ihub', view_name => 'Ihub "daily"', view_schema => 'reports') \gset
SELECT has_view('reports', 'Ihub "daily"', 'under another name, in another schema');
SELECT results_eq('SELECT * FROM reports."Ihub ""daily""" ORDER BY as_of_date, au',
    'SELECT * FROM ihub_verdict ORDER BY as_of_date, au', 'it shows the same');
SELECT matches(recon_view_definition('ihub', 'mine'),
    '\nCREATE VIEW public.mine WITH \(security_invoker = true\) AS\nSELECT source.as_of_date, ',
    'its definition can be had, and changed');

-- Duplicates and keys that a session renders in its own way.
CREATE TABLE ledger (value_date timestamptz, trade_date date, entered timestamp, moment timestamptz, rate numeric,
    status text, a numeric, b numeric);
INSERT INTO ledger SELECT '2024-01-01 12:00+00'::timestamptz + day * interval '1 day', '2024-02-29',
    '2024-02-29 10:11:12', '2024-02-29 10:11:12+00', 1.50, 'ok', 100, 100
FROM generate_series(0, 9) AS day;
INSERT INTO ledger VALUES ('2024-01-11 12:00+00', '2024-02-29', '2024-02-29 10:11:12', '2024-02-29 10:11:12+00', 1.5,
    'break', 100, 95),
                          ('2024-01-11 12:00+00', '2024-02-29', '2024-02-29 10:11:12', '2024-02-29 10:11:12+00', 1.5,
                              'ok', 105, 100),
                          ('2024-01-11 12:00+00', '2024-02-29', '2024-02-29 10:11:12', '2024-02-29 10:11:12+00', 1.5,
                              'break', 900, 100),
                          ('2024-01-11 12:00+00', NULL, NULL, NULL, NULL, 'break', 900, 100),
                          (NULL, NULL, NULL, NULL, NULL, 'break', 7, 100);
SELECT recon_create('ledger', source => 'ledger', key_columns => '{trade_date,entered,moment,rate}',
    criteria_columns => '{a,b}',
    date_column => 'value_date', break_when => 'status <> ''ok''') AS made \gset
SELECT count(*) FROM recon_detect('ledger') \gset
SELECT recon_create_view('ledger') AS made \gset
SET LOCAL "DateStyle" = 'German, DMY';
SET LOCAL "TimeZone" = 'Pacific/Auckland';
CREATE TABLE elsewhere AS SELECT a, b, status, "Anomaly", "Reason", break_id FROM ledger_verdict;
RESET "DateStyle";
RESET "TimeZone";
SELECT results_eq('SELECT a, b, status, "Anomaly" IS NOT NULL FROM ledger_verdict WHERE value_date IS NULL OR '
    'value_date > ''2024-01-11'' ORDER BY a, b',
    $$VALUES (7::numeric, 100::numeric, 'break', false), (100, 95, 'break', true), (105, 100, 'ok', false),
        (900, 100, 'break', true), (900, 100, 'break', true)$$,
    'among rows of one key, date and difference the breaks have the verdicts; a row without date has none');
SELECT results_eq('SELECT v.break_id, v.a - v.b FROM ledger_verdict v WHERE v.break_id IS NOT NULL ORDER BY 1',
    $$SELECT break_id, observed FROM recon.break JOIN recon.reconciliation USING (reconciliation_id)
        WHERE reconciliation_name = 'ledger' ORDER BY 1$$,
    'each its own');
SELECT set_eq('SELECT a, b, status, "Anomaly", "Reason", break_id FROM ledger_verdict', 'SELECT * FROM elsewhere',
    'under any session settings');

-- Sources that have no place for it.
SELECT throws_ok($$SELECT recon_create_view('nobody')$$, '42704', 'reconciliation "nobody" does not exist');
CREATE TABLE undated (account text, a numeric, b numeric);
SELECT recon_create('undated', source => 'undated', key_columns => '{account}', criteria_columns => '{a,b}',
    date_column => '', tolerance => 1) AS made \gset
SELECT throws_ok($$SELECT recon_create_view('undated')$$, '55000', 'reconciliation "undated" has no date column');
DROP VIEW ihub_verdict;
SELECT lives_ok($$SELECT recon_drop('ledger')$$, 'a reconciliation can go before its view');
SELECT results_eq('SELECT count(*), count(break_id) FROM ledger_verdict', 'VALUES (15::bigint, 0::bigint)',
    'the view then shows the source without verdicts');

SELECT * FROM finish();
ROLLBACK;
