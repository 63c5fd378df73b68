-- What another strategy would change, and what recon.score keeps.
BEGIN;
SET LOCAL client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;

SELECT plan(33);

CREATE ROLE recon_viewer;
CREATE TABLE ledger AS
SELECT date '2024-01-01' + day AS value_date, 'account ' || k AS account, (day * 7919 + k * 104729) % 101 / 10.0 AS a,
    0.0 AS b
FROM generate_series(0, 39) AS day, generate_series(1, 50) AS k;
UPDATE ledger SET a = 12.5 + 1.5 * substr(account, 9)::int WHERE value_date = '2024-02-09'
    AND substr(account, 9)::int <= 12;
UPDATE ledger SET a = 0 WHERE value_date = '2024-02-09' AND account = 'account 50';
SELECT recon_create('cash', source => 'ledger', key_columns => '{account}', criteria_columns => '{a,b}',
    date_column => 'value_date',
    currency_column => '', comment_column => '', tolerance => 0.05) AS made \gset
SELECT throws_ok($$SELECT * FROM recon_preview('cash', 'sensitive')$$, '55000',
    'reconciliation "cash" has not been judged yet');
SELECT count(*) AS breaks, count(*) FILTER (WHERE is_anomaly) AS anomalies
    FROM recon_detect('cash', strategy => 'conservative') \gset
SELECT ok(:anomalies BETWEEN 2 AND 11, 'some are anomalous');

-- By the strategy of the run nothing changes.
SELECT is_empty($$SELECT * FROM recon_preview('cash', 'conservative')$$, 'the same strategy changes nothing');
CREATE TEMP TABLE before AS SELECT * FROM recon.break;
CREATE TEMP TABLE would AS SELECT * FROM recon_preview('cash', 'sensitive');
SELECT ok(count(*) > 0 AND bool_and(NOT was_anomaly AND is_anomaly AND was_score = score AND was_pattern = pattern),
    'sensitive: more of them') FROM would;
SELECT matches(why, '^its false-discovery rate of 0\.[0-9]+ is within alpha 0\.20?; it was 0\.[0-9]+ with alpha 0\.01$',
    'the preview says why each verdict changes') FROM would ORDER BY break_id LIMIT 1;
SELECT set_eq('TABLE before', 'SELECT * FROM recon.break', 'nothing is written');
SELECT is((SELECT count(*) FROM recon.run), 1::bigint, 'the preview stores no run');

-- It is what a run would do.
SELECT count(*) FROM recon_detect('cash', from_date => '2024-02-09', strategy => 'sensitive') \gset
SELECT set_eq('SELECT break_id, is_anomaly, severity FROM would',
    'SELECT b.break_id, b.is_anomaly, b.severity FROM recon.break b JOIN before USING (break_id) WHERE (b.is_anomaly, '
    'b.severity) <> (before.is_anomaly, before.severity)',
    'the rejudged run changes the verdicts that the preview announced');
SELECT matches(why, '^its false-discovery rate of 0\.[0-9]+ is above alpha 0\.010?; it was 0\.[0-9]+ with alpha '
    '0\.20?$', 'the way back says why each verdict changes')
FROM recon_preview('cash', 'conservative') ORDER BY break_id LIMIT 1;

-- Other reasons.
SELECT recon_create_strategy('large', based_on => 'sensitive', minimum_amount => 20) AS made \gset
SELECT ok(count(*) > 0 AND bool_and(was_anomaly AND NOT is_anomaly AND observed < 20
    AND why = 'its amount is below the minimum amount of 20; that was 0'), 'the minimum amount')
FROM recon_preview('cash', 'large') WHERE was_severity = 'medium';
SELECT recon_create_strategy('round', based_on => 'sensitive', detectors => '{"round_amount": {"unit": 0.5}}')
    AS made \gset
SELECT is(count(*), (SELECT count(*) FROM ledger WHERE value_date = '2024-02-09' AND a > 0.05 AND a % 0.5 = 0),
    'the rejudged run flags the rows at or above the minimum amount')
    FROM recon_preview('cash', 'round') WHERE why = 'flags: with round_amount';
SELECT is(count(*), 0::bigint, 'the rejudged run flags no other row') FROM recon_preview('cash', 'round')
    WHERE why <> 'flags: with round_amount';
SELECT recon_set_rules('cash', '{"round_amount": {"unit": 0.5}}') AS ruled \gset
SELECT count(*) FROM recon_detect('cash', from_date => '2024-02-09', strategy => 'sensitive') \gset
SELECT recon_set_rules('cash', '{"round_amount": null, "weekend": true}') AS ruled \gset
SELECT is(string_agg(DISTINCT why, ' ' ORDER BY why), 'flags: without round_amount', 'flags that would go (a Friday)')
    FROM recon_preview('cash', 'sensitive');
CREATE FUNCTION never(history double precision[], x double precision, options jsonb) RETURNS double precision
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT CASE WHEN x = (options->>'x')::float8 THEN -40 END $$;
SELECT recon_register_detector('never', 'never(double precision[], double precision, jsonb)',
    '{"x": {"type": "number", "required": true}}') AS r \gset
SELECT recon_create_strategy('never', based_on => 'sensitive', detectors => jsonb_build_object('never',
    jsonb_build_object('x', (SELECT a FROM ledger WHERE value_date = '2024-02-09' AND account = 'account 30'))))
    AS made \gset
SELECT is(was_anomaly || ' ' || is_anomaly || ' ' || why, 'false true its pattern is own_detector, not ' || was_pattern,
    'a pattern that is quiet no longer')
FROM recon_preview('cash', 'never') WHERE key->>'account' = 'account 30';

-- Thresholds that recon_rejudge has drawn since are what others are compared with.
SELECT recon_create('rejudged', source => 'ledger', key_columns => '{account}', criteria_columns => '{a,b}',
    date_column => 'value_date',
    currency_column => '', comment_column => '', tolerance => 0.05) AS made \gset
SELECT count(*) FROM recon_detect('rejudged', strategy => 'sensitive') \gset
SELECT max(run_id) AS run FROM recon.run \gset
SELECT recon_rejudge(:run, 'large') AS rejudged \gset
SELECT is_empty($$SELECT * FROM recon_preview('rejudged', 'large')$$, 'what is in force changes nothing');
SELECT ok(count(*) > 0 AND bool_and(why = 'its amount is not below the minimum amount of 0; that was 20'),
    'the floor that is in force')
FROM recon_preview('rejudged', 'sensitive') WHERE NOT was_anomaly AND is_anomaly;
SELECT recon_rejudge(:run, 'conservative') AS rejudged \gset
SELECT ok(count(*) > 0 AND bool_and(why ~
    '^its false-discovery rate of 0\.[0-9]+ is within alpha 0\.20?; it was 0\.[0-9]+ with alpha 0\.010?$'),
    'the reason names the alpha that is in force')
FROM recon_preview('rejudged', 'sensitive') WHERE NOT was_anomaly AND is_anomaly;
SELECT recon_rejudge(:run, 'large') AS rejudged \gset
SELECT count(*) FROM recon_detect('rejudged', from_date => '2024-02-09', strategy => 'conservative') \gset
SELECT ok(count(*) > 0 AND bool_and(why ~ 'it was 0\.[0-9]+ with alpha 0\.010?$'), 'until another run judges')
FROM recon_preview('rejudged', 'sensitive') WHERE NOT was_anomaly AND is_anomaly;
SELECT recon_drop('rejudged', true) AS dropped \gset

-- The source has moved on.
UPDATE ledger SET a = 500 WHERE value_date = '2024-02-09' AND account = 'account 40';
UPDATE ledger SET a = 7 WHERE value_date = '2024-02-09' AND account = 'account 50';
DELETE FROM ledger WHERE value_date = '2024-02-09' AND account = 'account 41';
INSERT INTO ledger SELECT * FROM ledger WHERE value_date = '2024-02-09' AND account = 'account 42';
SELECT is(string_agg(key->>'account' || ': ' || why || CASE WHEN break_id IS NULL THEN ', new' ELSE '' END || CASE
    WHEN pattern IS NULL THEN ', gone' ELSE '' END, E'\n' ORDER BY key->>'account'),
    E'account 40: the row has changed since\naccount 41: the row is gone, or no longer a break, gone\naccount 42: the '
        'row is a break since, new\naccount 50: the row is a break since, new',
    'a preview says which rows are new, changed or gone')
FROM recon_preview('cash', 'sensitive') WHERE key->>'account' IN ('account 40', 'account 41', 'account 42',
    'account 50');

SELECT throws_ok($$SELECT * FROM recon_preview('cash', 'bold')$$, '42704', 'strategy "bold" does not exist');
SELECT throws_ok($$SELECT * FROM recon_preview('chas', 'sensitive')$$, '42704', 'reconciliation "chas" does not exist');
SELECT recon_grant('recon_viewer', 'viewer', 'cash') AS granted \gset
SET LOCAL ROLE recon_viewer;
SELECT ok(count(*) > 0, 'a viewer may look') FROM recon_preview('cash', 'conservative');
RESET ROLE;
SELECT recon_revoke('recon_viewer', 'cash') AS revoked \gset
SET LOCAL ROLE recon_viewer;
SELECT throws_ok($$SELECT * FROM recon_preview('cash', 'conservative')$$, '42704',
    'reconciliation "cash" does not exist');
RESET ROLE;

-- What each detector said.
SELECT ok(bool_and(b.is_anomaly),
    'the details are those of anomalies only') FROM recon.score s JOIN recon.break b USING (break_id);
SELECT ok(bool_and(s.confidence BETWEEN 0 AND 1) AND bool_and((s.metadata->>'weight')::numeric > 0),
    'confidence and weight') FROM recon.score s;
SELECT ok(bool_and((metadata->>'history_n')::int = 39 AND metadata->>'basis' LIKE 'own history%'
    AND (metadata->>'lower')::float8 < (metadata->>'upper')::float8), 'the baseline''s numbers') FROM recon.score
    WHERE detector = 'baseline';
SELECT ok(bool_and(abs(s.confidence - (1 - b.q_value)) < 0.2),
    'where one detector decides, its confidence is near 1 - q')
FROM recon.score s JOIN recon.break b USING (break_id, run_id) WHERE s.share > 0.95;
SELECT recon_create_strategy('full', based_on => 'never', scores => 'all') AS made \gset
SELECT count(*) AS breaks FROM recon_detect('cash', from_date => '2024-02-09', strategy => 'full') \gset
SELECT ok(count(DISTINCT break_id) > :breaks / 2,
    'the details are those of all breaks where asked for') FROM recon.score
    WHERE run_id = (SELECT max(run_id) FROM recon.run);
SELECT is(metadata->>'weight' || ' ' || (metadata->'options'->>'x'), '1 ' || (SELECT a FROM ledger
    WHERE value_date = '2024-02-09' AND account = 'account 30'), 'options of a custom detector')
FROM recon.score WHERE detector = 'never';

SELECT is(recon.rate_text(0.0123456), '0.012', 'a small rate has two digits');
SELECT is(recon.rate_text(0.5), '0.5', 'a large rate has its digits');
SELECT is(recon.rate_text(0.0000123), '1.2e-05', 'a tiny rate is written with an exponent');
SELECT is(recon.rate_text(NULL), NULL, 'the text of no rate is NULL');

SELECT * FROM finish();
ROLLBACK;
