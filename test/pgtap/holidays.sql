-- Judging by a calendar: a month end that a holiday has moved is the month end, in a run over the whole history, in one
-- that continues stored baselines and for a single row; a calendar that changes is noticed by all of them.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(57);

\ir lib/complaint.sql

-- 40 accounts on the business days of a calendar, 900 more in six of them on the last of a month. Good Friday of 2024
    -- was
-- the last weekday of March, Easter Monday the first of April. Four accounts have rows on holidays, 700 lower there.
SELECT recon_add_holidays('target', '{2023-05-01,2023-12-25,2023-12-26,2024-01-01,2024-03-29,2024-04-01,2024-05-01}')
    AS added \gset
\ir lib/uniform.sql
CREATE TABLE feed AS
SELECT 'account ' || k AS account, day::date AS on_date,
       (100 + 20 * (uniform(k || '/' || day::date) + uniform(day::date || '/' || k) - 1)
        + CASE WHEN k <= 6 AND p.business_days_left = 1 AND p.is_business_day THEN 900 ELSE 0 END
        - CASE WHEN k > 36 AND p.is_holiday THEN 700 ELSE 0 END)::numeric(20,2) AS difference
FROM generate_series(1, 40) AS k, generate_series(timestamp '2023-05-01', '2024-05-02', '1 day') AS day,
     recon_calendar_profile(day::date, 'target') AS p
WHERE p.is_business_day OR k > 36 AND p.is_holiday;
CREATE TABLE arrived (LIKE feed);
CREATE FUNCTION pg_temp.define(name text, calendar text) RETURNS text LANGUAGE sql AS $$
    SELECT recon_create(name, source => 'arrived', key_columns => '{account}', derived_columns => '{difference}',
        criteria_columns => '{}',
        date_column => 'on_date', comment_column => '', currency_column => '', loaded_at_column => '', tolerance => 1,
            calendar => calendar) $$;
CREATE FUNCTION pg_temp.arrive(until date) RETURNS void LANGUAGE sql AS
    $$ INSERT INTO arrived SELECT * FROM feed WHERE on_date <= until
        AND on_date > coalesce((SELECT max(on_date) FROM arrived), '-infinity') $$;

-- Definition.
SELECT matches(complaint($$SELECT pg_temp.define('with', 'moon')$$),
    '^42704 \| calendar "moon" does not exist \| There are: "target"\. \| An administrator can make it with '
        'recon_add_holidays', 'a wrong name is refused');
SELECT alike(pg_temp.define('with', 'target'), 'reconciliation "with": %; business days are those of calendar "target"',
    'a reconciliation has a calendar');
SELECT unalike(pg_temp.define('without', NULL), '%calendar%', 'a definition without a calendar does not name one');
SELECT pg_temp.define('read', 'target') AS made \gset
SELECT matches(complaint($$SELECT recon_alter('without', calendar => 'moon')$$),
    '^42704 \| calendar "moon" does not exist', 'recon_alter refuses a calendar that does not exist');
SELECT is((SELECT calendar FROM recon.reconciliation WHERE reconciliation_name = 'without'), NULL,
    'the refused calendar is not stored');
SELECT is(recon_export_definition('with')->>'calendar', 'target', 'a definition carries it by name');
SELECT ok(NOT recon_export_definition('without') ? 'calendar', 'a definition without a calendar does not export one');
SELECT alike(recon_import_definition(recon_export_definition('with'), name => 'copy'), 'reconciliation "copy"%',
    'a definition with a calendar can be imported');
SELECT is((SELECT calendar FROM recon.reconciliation WHERE reconciliation_name = 'copy'), 'target',
    'an import takes the calendar of its text');
SELECT is(recon_import_definition(recon_export_definition('without'), name => 'copy') LIKE '%calendar%', false,
    'an import without a calendar does not name one');
SELECT is((SELECT calendar FROM recon.reconciliation WHERE reconciliation_name = 'copy'), NULL,
    'an import removes a calendar that its text does not have');
SELECT matches(complaint(format('SELECT recon_import_definition(%L)',
    recon_export_definition('with') || '{"calendar": "moon"}')), '^42704 \| calendar "moon" does not exist',
    'an import refuses a calendar that does not exist');
SELECT alike(recon_alter('copy', calendar => 'target'), '%calendar "target"', 'recon_alter names the new calendar');
SELECT unalike(recon_alter('copy', description => 'a copy'), '%no calendar%',
    'recon_alter keeps a calendar that is not named');
SELECT is((SELECT calendar FROM recon.reconciliation WHERE reconciliation_name = 'copy'), 'target',
    'what is not named stays');
SELECT unalike(recon_alter('copy', calendar => ''), '%calendar%', 'an empty text removes it');
SELECT recon_drop('copy') AS dropped \gset

-- The month end that Good Friday has moved to a Thursday.
CREATE FUNCTION pg_temp.high(name text, from_date date) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(DISTINCT concat_ws(' ', pattern, CASE WHEN is_anomaly THEN 'anomaly' END),
        ', ') || ': ' || count(*), 'nothing')
    FROM recon_detect(name, from_date => from_date, persist => false) WHERE observed > 500 $$;
SELECT pg_temp.arrive('2024-03-28');
SELECT is(pg_temp.high('with', '2024-03-28'), 'seasonal: 6', 'the calendar makes the moved month end expected');
SELECT is(pg_temp.high('without', '2024-03-28'), 'spike anomaly: 6',
    'the moved month end is an anomaly where there is no calendar');
SELECT is(pg_temp.high('with', '2024-01-31'), 'seasonal: 18', 'where no holiday comes in between');
SELECT is(pg_temp.high('without', '2024-01-31'), 'seasonal, spike anomaly: 18', 'both know the month end');
SELECT cmp_ok(other_alarms, '=', 0::bigint, 'recon_evaluate judges by the calendar')
    FROM recon_evaluate('with', rounds => 3) WHERE slice = 'all';
SELECT cmp_ok(other_alarms, '>=', 10::bigint,
    'recon_evaluate judges by no calendar where there is none') FROM recon_evaluate('without', rounds => 3)
    WHERE slice = 'all';

-- Day by day: baselines continued, and the whole history read.
\ir lib/last_run.sql
\ir lib/differences.sql
DELETE FROM arrived WHERE on_date > '2024-03-15';
CREATE TABLE days (day date, differing bigint, continued_from date);
DO $$
DECLARE
    today date;
BEGIN
    FOR today IN SELECT DISTINCT on_date FROM feed WHERE on_date BETWEEN '2024-03-15' AND '2024-04-30' ORDER BY 1 LOOP
        PERFORM pg_temp.arrive(today);
        INSERT INTO days SELECT today, differing, (last_run('with')).baseline_date FROM differences('with')
            AS differing;
    END LOOP;
END
$$;
SELECT is(sum(differing), 0::numeric, 'on no day does a verdict differ') FROM days;
SELECT cmp_ok(count(*) FILTER (WHERE continued_from IS NULL), '<=', 2::bigint, 'though nearly all runs continue')
    FROM days;
SELECT is(string_agg(DISTINCT pattern, ' '), 'seasonal', 'month ends are') FROM recon.break
    JOIN recon.reconciliation USING (reconciliation_id)
WHERE reconciliation_name = 'with' AND break_date IN ('2024-03-28', '2024-04-30') AND observed > 500;
SELECT is((SELECT count(*) FROM recon.break b JOIN recon.reconciliation USING (reconciliation_id)
           WHERE reconciliation_name = 'with' AND break_date = '2024-04-01' AND observed < 0 AND NOT is_anomaly
               AND pattern = 'seasonal'), 4::bigint, 'holidays are expected by those before');

-- What a run says of its calendar.
SELECT is(strategy->'calendar'->>'name' || ' ' || (strategy->'calendar'->>'holidays'), 'target 7',
    'a run keeps which calendar it was') FROM last_run('with');
SELECT ok((SELECT holidays FROM recon.fit JOIN recon.reconciliation USING (reconciliation_id)
    WHERE reconciliation_name = 'with')
    = '{2023-05-01,2023-12-25,2023-12-26,2024-01-01,2024-03-29,2024-04-01,2024-05-01}'::date[],
    'the baselines of the run keep its holidays');

-- A calendar that changes.
SELECT recon_add_holidays('target', '{2025-01-01,2024-12-25}') AS added \gset
INSERT INTO arrived SELECT * FROM feed WHERE on_date = '2024-05-01';
SELECT is(differences('with'), 0::bigint, 'holidays of days to come');
SELECT is((last_run('with')).baseline_date, '2024-04-30'::date, 'change nothing of what was learned');
SELECT recon_add_holidays('target', '{2024-05-31}') AS added \gset
INSERT INTO arrived SELECT * FROM feed WHERE on_date = '2024-05-02';
SELECT is(differences('with'), 0::bigint, 'one of this month, though it is to come');
SELECT is((last_run('with')).baseline_date, NULL, 'moves the end of the month: the run learns again');
SELECT is(differences('with', '2024-05-02'), 0::bigint, 'the run that learns again has the verdicts of a full read');
SELECT recon_remove_holidays('target', '{2024-03-29}') AS removed \gset
SELECT is(differences('with', '2024-03-28'), 0::bigint, 'one of the past');
SELECT is((last_run('with')).baseline_date, NULL, 'a new holiday in the past makes the run learn again');
SELECT is(count(*) || ' ' || string_agg(DISTINCT cause, ', '), '6 the calendar has changed',
    'a verdict that changes by it says so')
FROM recon.verdict_history JOIN recon.reconciliation USING (reconciliation_id) JOIN recon.break USING (break_id)
WHERE reconciliation_name = 'with' AND break.break_date = '2024-03-28' AND verdict_history.is_anomaly
    AND NOT was_anomaly;
SELECT recon_add_holidays('target', '{2024-03-29}') AS added \gset
SELECT is(string_agg(was_pattern || ' ' || pattern || ' ' || why, ', '),
    'spike seasonal its pattern is seasonal, not spike', 'recon_preview judges by it')
FROM (SELECT DISTINCT was_pattern, pattern, why FROM recon_preview('with', NULL) WHERE break_date = '2024-03-28'
    AND observed > 500) AS p;
SELECT is(differences('with', '2024-03-28'), 0::bigint, 'the run after the preview has the verdicts of a full read');
SELECT recon_alter('with', calendar => '') AS altered \gset
SELECT count(*) FROM recon_detect('with') \gset
SELECT is((last_run('with')).baseline_date, NULL, 'no calendar is another one');
SELECT recon_alter('with', calendar => 'target') AS altered \gset

-- Single rows. The stored baselines end with February.
DELETE FROM arrived WHERE on_date > '2024-02-29';
DELETE FROM recon.fit;
SELECT count(*) FROM recon_detect('with', from_date => '2024-02-29') \gset
CREATE FUNCTION pg_temp.verdict() RETURNS text LANGUAGE sql AS
    $$ SELECT pattern || ' ' || is_anomaly
        FROM recon_score_row('with', '{"account": "account 1", "on_date": "2024-03-28", "difference": 1000}'::jsonb) $$;
SELECT is(pg_temp.verdict(), 'seasonal false', 'a row of the month end');
SELECT recon_remove_holidays('target', '{2024-03-29}') AS removed \gset
SELECT is(pg_temp.verdict(), 'spike true', 'is none any more');
SELECT recon_add_holidays('target', '{2024-03-29}') AS added \gset
SELECT is(pg_temp.verdict(), 'seasonal false', 'the day is a holiday again once it is added');
DELETE FROM recon.calendar WHERE holiday = '2024-03-29';
SELECT is(pg_temp.verdict(), 'spike true', 'whichever role wrote it');
SAVEPOINT before;
INSERT INTO recon.calendar VALUES ('target', '2024-03-29');
SELECT is(pg_temp.verdict(), 'seasonal false', 'the stored calendar decides about the verdict');
ROLLBACK TO before;
SELECT is(pg_temp.verdict(), 'spike true', 'a holiday of a transaction that rolled back does not count');
INSERT INTO recon.calendar VALUES ('target', '2024-03-29');
SELECT recon_add_holidays('target', '{2024-02-28}') AS added \gset
SELECT throws_ok('SELECT pg_temp.verdict()', '55000', 'reconciliation "with" has no stored baselines',
    'another past needs other baselines');
SELECT recon_remove_holidays('target', '{2024-02-28}') AS removed \gset
SELECT is(pg_temp.verdict(), 'seasonal false', 'the same past needs no other baselines');
-- As they are inserted.
SELECT recon_watch('with') AS watched \gset
INSERT INTO arrived VALUES ('account 1', '2024-03-28', 1000), ('account 7', '2024-03-28', 1000);
SELECT is(string_agg(key->>'account' || ' ' || pattern, ', ' ORDER BY 1), 'account 7 spike', 'recon_watch judges by it')
    FROM recon.watched_break WHERE is_anomaly;
SELECT recon_unwatch('with') AS unwatched \gset

-- As of then.
UPDATE recon.calendar SET added_at = '2024-01-01' WHERE holiday <> '2024-03-29';
UPDATE recon.calendar SET added_at = '2024-03-01' WHERE holiday = '2024-03-29';
CREATE FUNCTION pg_temp.as_of(moment timestamptz) RETURNS text LANGUAGE sql AS $$
    SELECT pattern FROM recon_detect('with', from_date => '2024-03-28', as_of => moment, persist => false)
        WHERE key->>'account' = 'account 1' $$;
SELECT is(pg_temp.as_of('2024-03-02'), 'seasonal', 'a run as of a day on which the holiday was known expects it');
SELECT is(pg_temp.as_of('2024-02-02'), 'spike',
    'a run as of a day on which the holiday was unknown does not expect it');
UPDATE recon.calendar SET added_at = '2024-03-01';
SELECT is(pg_temp.as_of('2024-02-02'), 'seasonal', 'a calendar that was not there yet is taken as it began');

-- Rules.
CREATE FUNCTION pg_temp.flagged(name text) RETURNS text LANGUAGE sql AS
    $$ SELECT string_agg(DISTINCT f, ' ') FROM recon_detect(name, from_date => '2024-01-01', to_date => '2024-01-01',
        persist => false), unnest(flags) f WHERE f IN ('weekend', 'holiday') $$;
SELECT matches(complaint($$SELECT recon_set_rules('without', '{"holiday": true}')$$),
    '^22023 \| rule "holiday" needs a calendar \| Reconciliation "without" has none of its own\. \| Name one in its '
    'option "calendar", or give', 'recon_set_rules refuses the rule "holiday" without a calendar');
SELECT is(recon_set_rules('with', '{"holiday": true}'), 'rules of "with": holiday',
    'recon_set_rules takes the rule "holiday" with a calendar');
SELECT is(pg_temp.flagged('with'), 'holiday', 'the rule asks the reconciliation''s calendar');
SELECT recon_create_strategy('festive', detectors => '{"holiday": true}') AS made \gset
SELECT recon_alter('without', strategy => 'festive') AS altered \gset
SELECT is(pg_temp.flagged('without'), NULL, 'where there is none, a strategy''s rule is silent');

-- A calendar in use stays; every user who may judge with it reads it.
SELECT matches(complaint($$SELECT recon_remove_holidays('target', ARRAY(SELECT holiday FROM recon.calendar))$$),
    '^55006 \| calendar "target" is in use and needs a holiday \| It is that of "read", "with"',
    'recon_remove_holidays keeps a holiday of a calendar in use');
CREATE ROLE recon_looks;
SELECT recon_grant('recon_looks', 'viewer', 'with') AS granted \gset
SET LOCAL ROLE recon_looks;
SELECT is(pg_temp.high('with', '2024-03-28'), 'seasonal, spike anomaly: 2', 'a viewer judges by the calendar');
SELECT * FROM finish();
ROLLBACK;
