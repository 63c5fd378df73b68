-- Rules write flags beside the score: what each says, how it is switched on, what is refused.
BEGIN;
SET LOCAL client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;

SELECT plan(55);

\ir lib/complaint.sql

-- 2024-05-31 is a Friday. Keys x: daily; y: month ends.
CREATE TABLE posted (at timestamp, account text, currency text, difference numeric, booked timestamptz, paid date);
INSERT INTO posted SELECT day + time '10:00', 'x1', 'EUR', CASE WHEN day < '2024-05-27' THEN 0 ELSE 1200 END,
    day + time '12:00', day
FROM generate_series(timestamp '2024-04-01', '2024-06-02', '1 day') AS day WHERE extract(isodow FROM day) <= 5
    OR day > '2024-06-01';
INSERT INTO posted SELECT (date_trunc('month', timestamp '2023-01-15') + m * interval '1 month' - interval
    '1 day')::date + time '23:30', 'y1', 'USD', 5000, NULL, NULL
FROM generate_series(1, 17) AS m;
INSERT INTO posted VALUES ('2024-06-02 23:30', 'y1', 'USD', 5000, '2024-06-30 21:30Z', '2024-06-30'),
    ('2024-06-02 05:59', 'z', 'EUR', 17.5, '2024-07-01 00:30+02', '2024-07-01'),
    ('2024-06-02 06:00', 'n', 'EUR', NULL, NULL, NULL);
SELECT recon_create('posted', source => 'posted', key_columns => '{account}', derived_columns => '{difference}',
    criteria_columns => '{}', date_column => 'at',
    currency_column => 'currency', comment_column => '', loaded_at_column => '', tolerance => 1,
        time_zone => 'Europe/Berlin') AS made \gset
SELECT recon_add_holidays('target', '{2024-05-30,2024-06-02}') AS added \gset

CREATE FUNCTION flagged(rules jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    PERFORM recon_set_rules('posted', (SELECT jsonb_object_agg(detector_name, NULL::text) FROM recon.detector
        WHERE type = 'rule') || rules);
    SELECT coalesce(string_agg(d.key->>'account' || ':' || array_to_string(ours, '+'), ' '
        ORDER BY d.key->>'account' COLLATE "C"), 'none') INTO found
    FROM recon_detect('posted', from_date => '2024-06-02', persist => false) d,
         LATERAL (SELECT ARRAY(SELECT f FROM unnest(d.flags) f JOIN recon.detector k ON k.detector_name = f))
             AS o (ours)
    WHERE ours <> '{}';
    RETURN found;
END
$$;
SELECT is(flagged(rules), wanted, 'flags by the rules ' || rules::text)
FROM (VALUES
    ('{}'::jsonb, 'none'),
    ('{"weekend": true}', 'n:weekend x1:weekend y1:weekend z:weekend'),
    ('{"weekend": {"days": [5, 6]}}', 'none'),
    ('{"weekend": false}', 'none'),
    ('{"holiday": {"calendar": "target"}}', 'n:holiday x1:holiday y1:holiday z:holiday'),
    ('{"round_amount": true}', 'y1:round_amount'),
    ('{"round_amount": {"unit": 100}}', 'x1:round_amount y1:round_amount'),
    ('{"round_amount": {"unit": 0.5}}', 'x1:round_amount y1:round_amount z:round_amount'),
    ('{"stale": true}', 'y1:stale'),
    ('{"stale": {"days": 6}}', 'x1:stale y1:stale'),
    ('{"stale": {"days": 7}}', 'y1:stale'),
    ('{"unusual_period": true}', 'y1:unusual_period'),
    ('{"unusual_period": {"factor": 15}}', 'none'),
    ('{"other_period": {"column": "booked"}}', 'z:other_period'),
    ('{"other_period": {"column": "paid"}}', 'z:other_period'),
    ('{"other_period": {"column": "paid", "unit": "quarter"}}', 'z:other_period'),
    ('{"other_period": {"column": "paid", "unit": "year"}}', 'none'),
    ('{"time_of_day": true}', 'y1:time_of_day z:time_of_day'),
    ('{"time_of_day": {"from": "05:00"}}', 'y1:time_of_day'),
    ('{"time_of_day": {"from": "22:00", "to": "05:00"}}', 'n:time_of_day x1:time_of_day z:time_of_day'),
    ('{"time_of_day": {"column": "booked", "from": "01:00", "to": "23:59"}}', 'z:time_of_day'),
    ('{"amount_threshold": {"limits": [{"column": "account", "like": "x%", "amount": 1000}, {"column": "account", '
        '"like": "_1", "amount": 6000}, {"amount": 10}]}}', 'x1:amount_threshold z:amount_threshold'),
    ('{"amount_threshold": {"limits": [{"currency": "USD", "amount": 5000}]}}', 'y1:amount_threshold'),
    ('{"weekend": true, "stale": true, "amount_threshold": {"limits": [{"amount": 17.5}]}}',
        'n:weekend x1:weekend+amount_threshold y1:weekend+amount_threshold+stale z:weekend+amount_threshold')
) AS given (rules, wanted);

-- A strategy brings rules; the reconciliation has the last word.
SELECT recon_create_strategy('ruled',
    detectors => '{"weekend": true, "stale": {"days": 2}, "time_of_day": true, "round_amount": false}') AS made \gset
SELECT recon_alter('posted', strategy => 'ruled') AS altered \gset
SELECT is(flagged('{}'), 'n:weekend x1:weekend+stale y1:weekend+time_of_day+stale z:weekend+time_of_day',
    'those of the strategy');
SELECT is(flagged('{"weekend": false, "stale": true}'), 'y1:time_of_day+stale z:time_of_day',
    'the rules of the reconciliation change those of the strategy');
SELECT is(recon_set_rules('posted', '{"weekend": null}'), 'rules of "posted": stale, time_of_day, weekend',
    'null: as the strategy says');
SELECT is(rules, '{"stale": {}}'::jsonb, 'the others stay') FROM recon.reconciliation
    WHERE reconciliation_name = 'posted';
SELECT count(*) FROM recon_detect('posted', from_date => '2024-06-02') \gset
SELECT is(strategy->'rules', '{"stale": {"days": 30}, "weekend": {"days": [6, 7]}, "time_of_day": {"to": "20:00", '
    '"from": "06:00"}}'::jsonb, 'a run keeps the rules it used')
FROM recon.run ORDER BY run_id DESC LIMIT 1;
SELECT is(recon_export_definition('posted')->'rules', '{"stale": {}}'::jsonb, 'a definition carries its rules');
SELECT is(recon_import_definition(recon_export_definition('posted'), name => 'copy') LIKE 'reconciliation "copy"%',
    true, 'a definition with rules can be imported');
SELECT is(rules, '{"stale": {}}'::jsonb,
    'an import takes the rules of its text') FROM recon.reconciliation WHERE reconciliation_name = 'copy';

-- Flags are stored, follow the rules, and change no verdict.
SELECT is(string_agg(key->>'account' || ':' || array_to_string(flags, '+'), ' ' ORDER BY key->>'account' COLLATE "C"),
    'n:missing_side+weekend z:weekend+time_of_day', 'flags are stored in recon.break')
FROM recon.break WHERE key->>'account' IN ('n', 'z');
CREATE TEMP TABLE before AS SELECT break_id, is_anomaly, score, pattern, severity FROM recon.break;
SELECT recon_set_rules('posted', '{"weekend": false}') AS said \gset
SELECT count(*) FROM recon_detect('posted', from_date => '2024-06-02') \gset
SELECT is(string_agg(DISTINCT array_to_string(flags, '+'), ' ') FILTER (WHERE key->>'account' = 'z'), 'time_of_day',
    'judged again, flags follow') FROM recon.break;
SELECT is((SELECT count(*) FROM recon.break b JOIN before USING (break_id)
    WHERE (b.is_anomaly, b.score, b.pattern, b.severity) IS NOT DISTINCT
    FROM (before.is_anomaly, before.score, before.pattern, before.severity)),
    (SELECT count(*) FROM before), 'verdicts are what they were');
SELECT is((SELECT count(*) FROM recon.verdict_history), 0::bigint, 'rules change no verdict');

-- A single row is flagged as a run would.
SELECT recon_set_rules('posted',
    '{"weekend": true, "stale": {"days": 3}, "time_of_day": true, "other_period": {"column": "booked"}, '
    '"amount_threshold": {"limits": [{"column": "account", "like": "x%", "amount": 1000}]}}') AS said \gset
SELECT count(*) FROM recon_detect('posted', from_date => '2024-05-25') \gset
SELECT is((SELECT ARRAY(SELECT f FROM unnest(flags) f JOIN recon.detector k ON k.detector_name = f)
           FROM recon_score_row('posted',
               '{"at": "2024-06-08 23:00", "account": "x1", "currency": "EUR", "difference": 1234, "booked": '
               '"2024-07-09Z"}'::jsonb)),
    '{weekend,amount_threshold,other_period,time_of_day,stale}'::text[],
    'recon_score_row gives the flags that a run would');

-- What is refused.
SELECT matches(complaint(format('SELECT recon_set_rules(''posted'', %L)', rules)), wanted,
    'recon_set_rules refuses ' || rules)
FROM (VALUES
    ('{"baseline": 1}', '^22023 \| rules names "baseline", which is not a rule \| Its value is 1\. \| There are: '
        'amount_threshold, holiday, other_period, round_amount, stale, time_of_day, unusual_period, weekend'),
    ('[1]', '^22023 \| rules must be an object of names'),
    ('{"weekend": 1}', '^22023 \| rule "weekend" must be true, false or an object of options \| It is 1\. \| Options '
        'are: days \(weekdays, default \[6, 7\]\)'),
    ('{"weekend": {"days": [0]}}', '^22023 \| option "days" of rule "weekend" must be one to six days of the week'),
    ('{"stale": {"days": 1.5}}', '^22023 \| option "days" of rule "stale" must be a whole number \| It is 1\.5'),
    ('{"stale": {"age": 3}}', '^22023 \| rule "stale" has no option "age" \| Its value is 3\. \| Options are: days '
        '\(integer, default 30\)'),
    ('{"round_amount": {"unit": 0}}', '^22023 \| option "unit" of rule "round_amount" must be at least'),
    ('{"holiday": true}', '^22023 \| rule "holiday" needs a calendar \| Reconciliation "posted" has none of its own'),
    ('{"holiday": {"calendar": "moon"}}', '^42704 \| calendar "moon" does not exist'),
    ('{"time_of_day": {"from": "25:00"}}', '^22023 \| option "from" of rule "time_of_day" must be a time of day'),
    ('{"time_of_day": {"column": "account"}}', '^42804 \| column "account" of rule "time_of_day" has type text'),
    ('{"other_period": {"column": "bokked"}}', '^42703 \| column "bokked" named in rule "other_period" does not exist'),
    ('{"other_period": {"column": "paid", "unit": "week"}}',
        '^22023 \| option "unit" of rule "other_period" must be one of month, quarter, year'),
    ('{"amount_threshold": {"limits": []}}',
        '^22023 \| option "limits" of rule "amount_threshold" must be a list of objects'),
    ('{"amount_threshold": {"limits": [{"like": "x"}]}}',
        '^22023 \| "limits" of rule "amount_threshold" needs the option "amount"'),
    ('{"amount_threshold": {"limits": [{"column": "account", "like": "x\\", "amount": 1}]}}',
        '^22023 \| option "like" of "limits" of rule "amount_threshold" must be a pattern'),
    ('{"amount_threshold": {"limits": [{"column": "difference", "like": "1", "amount": 1}]}}',
        '^42703 \| rule "amount_threshold" names "difference", which is not a key column')
) AS wrong (rules, wanted);
CREATE ROLE recon_operator;
SELECT recon_grant('recon_operator', 'operator', 'posted') AS granted \gset
SET LOCAL ROLE recon_operator;
SELECT matches(complaint($$SELECT recon_set_rules('posted', '{}')$$), '^42501',
    'a role without the right cannot set rules');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
