-- Late rows: dated up to the newest date judged, loaded since. The default window judges them, once, and nothing else
    -- of their dates.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(67);

-- Forty accounts over sixty days from 2024-01-01; the last ten of them break from the 51st day on. Some rows are
    -- missing.
CREATE TABLE feed (account text, day date, ledger numeric, bank numeric,
    loaded_at timestamptz DEFAULT clock_timestamp());
INSERT INTO feed SELECT format('A%s', to_char(a, 'FM00')), date '2024-01-01' + d,
    1000 + (hashtextextended(a || ' ' || d, 7) % 100) / 25.0 + CASE WHEN a > 30 AND d >= 50 THEN 50 + a ELSE 0 END,
        1000,
    date '2024-01-01' + d + time '18:00' AT TIME ZONE 'UTC'
FROM generate_series(1, 40) a, generate_series(0, 59) d
WHERE (a, d) NOT IN ((7, 40), (8, 41), (35, 55), (12, 58));
SELECT left(recon_create(name, source => 'feed', key_columns => '{account}', criteria_columns => '{ledger,bank}',
    date_column => 'day',
    loaded_at_column => loaded_at, tolerance => 8), 0)
FROM (VALUES ('known', 'loaded_at'), ('whole', 'loaded_at'), ('unknown', '')) AS r (name, loaded_at) \g /dev/null
CREATE FUNCTION pg_temp.id(name text) RETURNS integer LANGUAGE sql STABLE AS
    $$ SELECT reconciliation_id FROM recon.reconciliation WHERE reconciliation_name = name $$;
CREATE FUNCTION pg_temp.last_run(name text) RETURNS recon.run LANGUAGE sql STABLE AS
    $$ SELECT u FROM recon.run u WHERE reconciliation_id = pg_temp.id(name) AND NOT is_watch
        ORDER BY run_id DESC LIMIT 1 $$;
CREATE FUNCTION pg_temp.judge(name text, from_date date DEFAULT NULL, to_date date DEFAULT NULL,
    as_of timestamptz DEFAULT NULL)
    RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(format('%s %s', to_char(break_date, 'MM-DD'), key->>'account') ORDER BY break_date,
        key->>'account')
    FROM recon_detect(name, from_date => from_date, to_date => to_date, as_of => as_of) $$;
-- What is stored of a reconciliation, but for what numbers the runs.
CREATE FUNCTION pg_temp.breaks(name text) RETURNS TABLE (key jsonb, break_date date, occurrence integer,
    observed numeric, expected numeric,
    score double precision, q_value double precision, is_anomaly boolean, pattern text, is_open boolean,
        opened_on date) LANGUAGE sql STABLE AS $$
    SELECT key, break_date, occurrence, observed, expected, score, q_value, is_anomaly, pattern, is_open, opened_on
    FROM recon.break WHERE reconciliation_id = pg_temp.id(name) $$;

-- The first runs: over ten dates, and by default.
SELECT pg_temp.judge(name, '2024-02-20') AS first FROM unnest('{known,whole,unknown}'::text[]) name \g /dev/null
SELECT ok((u).loaded_before <= now() + interval '1 hour' AND (u).late_rows IS NULL,
    'a run over certain dates says nothing of late rows')
FROM pg_temp.last_run('known') u;
SELECT is(pg_temp.judge('known'), NULL, 'there is nothing new');
SELECT is((u).late_rows, 0::bigint, 'nothing has come late') FROM pg_temp.last_run('known') u;
SELECT is(pg_temp.judge('unknown'), NULL, 'there is nothing new for a reconciliation without a loaded_at_column');
SELECT is((u).late_rows, NULL, 'where nobody knows') FROM pg_temp.last_run('unknown') u;
SELECT is((u).loaded_before, NULL, 'what had been loaded') FROM pg_temp.last_run('unknown') u;

-- Late rows alone: a spike in the history, a match, and a row of a date that was judged, in an item that stands.
CREATE TABLE before AS SELECT * FROM recon.break;
INSERT INTO feed (account, day, ledger, bank) VALUES ('A07', '2024-02-10', 5000, 1000),
    ('A08', '2024-02-11', 1001, 1000), ('A35', '2024-02-25', 1085, 1000);
SELECT is(pg_temp.judge('known'), '{"02-10 A07","02-25 A35"}', 'late rows are judged, and no others');
SELECT results_eq($$SELECT (u).late_rows, (u).rows_judged, (u).breaks, (u).from_date, (u).to_date, (u).is_partial,
    (u).keys_absent FROM pg_temp.last_run('known') u$$,
    $$VALUES (3::bigint, 3::bigint, 2::bigint, NULL::date, NULL::date, false, 0::bigint)$$,
        'matches too; no date is judged, nor missed');
SELECT matches((u).message, 'judged too: 3 late rows of 3 dates from 2024-02-10 to 2024-02-25, loaded since',
    'the run says how many of how many dates')
FROM pg_temp.last_run('known') u;
SELECT set_eq($$SELECT b.* FROM recon.break b JOIN before o USING (break_id)$$, 'SELECT * FROM before',
    'older breaks are as they were');
SELECT is(count(*), 0::bigint, 'no verdict has changed') FROM recon.verdict_history;
SELECT is(pg_temp.judge('known'), NULL, 'the next run judges no row twice');
SELECT is((u).late_rows, 0::bigint, 'none is late any more') FROM pg_temp.last_run('known') u;
SELECT is(is_anomaly, true, 'a late spike is an anomaly') FROM recon.break
WHERE reconciliation_id = pg_temp.id('known') AND break_date = '2024-02-10';
SELECT is(judged_up_to, '2024-02-29'::date, 'what is judged reaches as far as before') FROM recon.health
    WHERE reconciliation = 'known';

-- The same verdict as that of a run over the date: another family, so another q.
CREATE FUNCTION pg_temp.verdicts(at date) RETURNS SETOF jsonb LANGUAGE sql AS $$
    SELECT to_jsonb(d) - '{q_value,break_id,reason,is_anomaly,severity,recommended_action}'::text[]
    FROM recon_detect('known', from_date => at, to_date => at, persist => false) d $$;
CREATE FUNCTION pg_temp.stored(at date) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(s) FROM (SELECT key, break_date, measure, observed, expected, lower, upper, direction, score,
        p_value, pattern, category,
        flags, contributions, basis, history_n FROM recon.break WHERE reconciliation_id = pg_temp.id('known')
            AND break_date = at AND is_open) s $$;
SELECT set_eq($$SELECT pg_temp.verdicts('2024-02-10')$$, $$SELECT pg_temp.stored('2024-02-10')$$,
    'the verdict is that of a run over the date');
SELECT set_has($$SELECT pg_temp.verdicts('2024-02-25')$$,
    $$SELECT v FROM pg_temp.stored('2024-02-25') v WHERE v->'key'->>'account' = 'A35'$$,
    'the stored verdict is among those of a run over the date');

SELECT is(count(*), 1::bigint,
    'there is one break on that date') FROM pg_temp.stored('2024-02-25') v WHERE v->'key'->>'account' = 'A35';

SELECT matches(recon_rejudge(run_id, 'conservative'), 'anomalies instead of [12];',
    'a run of late rows can be rejudged') FROM recon.break
WHERE reconciliation_id = pg_temp.id('known') AND break_date = '2024-02-10';

-- Items: the gap in one is filled, the age of the others is what it was.
CREATE FUNCTION pg_temp.items(name text, wanted text) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(concat_ws(' ', to_char(opened_on, 'MM-DD'), to_char(last_on, 'MM-DD'), closed_by,
        to_char(closed_on, 'MM-DD')) ORDER BY opened_on)
    FROM recon.item WHERE reconciliation_id = pg_temp.id(name) AND key->>'account' = wanted $$;
SELECT is(pg_temp.items('known', 'A35'), '{02-20 02-29}', 'a late break within an item belongs to it');
SELECT is(opened_on, '2024-02-20'::date, 'a late break is as old as its item') FROM recon.break
WHERE reconciliation_id = pg_temp.id('known') AND break_date = '2024-02-25' AND key->>'account' = 'A35';
SELECT is(pg_temp.items('known', 'A07'), '{02-10 02-10 corrected 02-11}',
    'one long ago is an item of its own, which the next row has closed');
SELECT is(pg_temp.items('known', 'A08'), NULL, 'a match is none');
SELECT is(pg_temp.items('known', 'A36'), '{02-20 02-29}', 'items of other keys are as they were');

-- With a new date: one family, new rows judged as without late ones.
INSERT INTO feed SELECT account, '2024-03-01', ledger, bank FROM feed WHERE day = '2024-02-29';
INSERT INTO feed VALUES ('A12', '2024-02-28', 1000, 1500);
SELECT is(cardinality(pg_temp.judge('known')), 11, 'a new date and a late row');
SELECT is((u).rows_judged, 41::bigint, 'make one family') FROM pg_temp.last_run('known') u;
SELECT results_eq($$SELECT (u).from_date, (u).to_date, (u).late_rows FROM pg_temp.last_run('known') u$$,
    $$VALUES ('2024-03-01'::date, '2024-03-01'::date, 1::bigint)$$,
    'the window is the new date');
SELECT set_eq($$SELECT pg_temp.verdicts('2024-03-01')$$, $$SELECT pg_temp.stored('2024-03-01')$$,
    'its verdicts are those of a run over it');
SELECT is(pg_temp.items('known', 'A36'), '{02-20 03-01}', 'items go on');
SELECT is(pg_temp.items('known', 'A12'), '{02-28 02-28 corrected 02-29}', 'late items are closed by what follows');
SELECT is(fit.through, '2024-03-01'::date, 'baselines are stored with the new date') FROM recon.fit
    WHERE reconciliation_id = pg_temp.id('known');

-- The shortcut of an unchanged history says the same as the whole history does.
SELECT pg_temp.judge('whole') AS caught_up \g /dev/null
DO $$
BEGIN
    FOR n IN 2 .. 7 LOOP
        INSERT INTO feed SELECT account, date '2024-02-29' + n, ledger + n % 3, bank FROM feed WHERE day = '2024-02-29';
        IF n IN (4, 6) THEN
            INSERT INTO feed VALUES ('A0' || n, date '2024-02-01' + n, 1300, 1000);
            INSERT INTO feed VALUES ('A3' || n, '2024-02-25', 1300, 1000);
        END IF;
        PERFORM pg_temp.judge('known');
        DELETE FROM recon.fit WHERE reconciliation_id = pg_temp.id('whole');
        PERFORM pg_temp.judge('whole');
    END LOOP;
END
$$;
SELECT is(array_agg(baseline_date IS NOT NULL ORDER BY run_id), '{t,t,f,t,f,t}',
    'late rows alone have the whole history read') FROM
    (SELECT * FROM recon.run WHERE reconciliation_id = pg_temp.id('known') ORDER BY run_id DESC LIMIT 6) u;
SELECT is(count(baseline_date), 0::bigint, 'the other one reads it every time') FROM
    (SELECT * FROM recon.run WHERE reconciliation_id = pg_temp.id('whole') ORDER BY run_id DESC LIMIT 6) u;
SELECT set_eq($$SELECT * FROM pg_temp.breaks('known') WHERE break_date > '2024-03-01'
    OR key->>'account' IN ('A04', 'A06', 'A34', 'A36')$$,
    $$SELECT * FROM pg_temp.breaks('whole') WHERE break_date > '2024-03-01'
        OR key->>'account' IN ('A04', 'A06', 'A34', 'A36')$$, 'the verdicts are the same');
SELECT is(pg_temp.items('known', 'A34'), pg_temp.items('whole', 'A34'), 'the items are the same');

-- A late row beside a known break: both are judged, and the known number stays with its place.
SELECT is(count(*), 2::bigint, 'two rows of a key and date are two breaks') FROM recon.break
WHERE reconciliation_id = pg_temp.id('known') AND break_date = '2024-02-25' AND key->>'account' = 'A34' AND is_open;
SELECT is(count(*), 1::bigint, 'the known number stays') FROM recon.break b JOIN before o USING (break_id)
WHERE b.reconciliation_id = pg_temp.id('known') AND b.break_date = '2024-02-25' AND b.key->>'account' = 'A34'
    AND b.is_open AND b.occurrence = 1;

-- All rows are reloaded: late are those that were not there, or had other values.
CREATE TABLE copy AS TABLE feed;
TRUNCATE feed;
INSERT INTO feed SELECT account, day, ledger, bank, clock_timestamp() FROM copy;
SELECT is(pg_temp.judge('known'), NULL, 'a table that is reloaded has no late rows');
TRUNCATE feed;
INSERT INTO feed SELECT account, day, CASE WHEN (account, day) IN (('A33', '2024-02-24'), ('A38', '2024-03-05'))
    THEN 1000 WHEN (account, day) = ('A39', '2024-02-26') THEN 1700 ELSE ledger END,
    bank, clock_timestamp() FROM copy;
SELECT is(pg_temp.judge('known'), '{"02-26 A39"}', 'a reloaded table has the rows that have changed as its late ones');
SELECT is((u).late_rows, 3::bigint, 'all three of them') FROM pg_temp.last_run('known') u;
SELECT is(array_agg(is_open::text || ' ' || round(observed) ORDER BY key->>'account'), '{"false 83","true 700"}',
    'a break that was corrected is closed, one with another amount goes on')
FROM recon.break WHERE reconciliation_id = pg_temp.id('known') AND break_date IN ('2024-02-24', '2024-02-26')
    AND key->>'account' IN ('A33', 'A39')
    AND (key->>'account', break_date) IN (('A33', '2024-02-24'), ('A39', '2024-02-26'));
SELECT is(count(*), 9::bigint, 'other breaks of the date stay open') FROM recon.break
WHERE reconciliation_id = pg_temp.id('known') AND break_date = '2024-02-24' AND is_open;
SELECT is(pg_temp.items('known', 'A33'), '{"02-20 02-23 corrected 02-24","02-25 03-07"}',
    'a match in its middle makes two items of one');
SELECT is(count(*), 0::bigint, 'the breaks of both items are as old as their item') FROM recon.break b
WHERE reconciliation_id = pg_temp.id('known') AND key->>'account' = 'A33' AND is_open
    AND opened_on <> CASE WHEN break_date < '2024-02-24' THEN '2024-02-20'::date ELSE '2024-02-25' END;
INSERT INTO feed SELECT account, day, 1083, bank, clock_timestamp() FROM copy
    WHERE (account, day) = ('A33', '2024-02-24');
SELECT is(pg_temp.judge('known'), '{"02-24 A33"}', 'a break beside a match');
SELECT is(pg_temp.items('known', 'A33'), '{"02-20 03-07"}', 'joins them again');

-- Runs over certain dates judge late rows of these.
SELECT count(*) FROM pg_temp.judge('whole') \g /dev/null
INSERT INTO feed VALUES ('A01', '2024-02-01', 1900, 1000), ('A02', '2024-02-02', 1900, 1000);
SELECT pg_temp.judge('known', '2024-02-01', '2024-02-01') AS one_date \g /dev/null
SELECT is(pg_temp.judge('known'), '{"02-02 A02"}',
    'a run over a date leaves the late rows of others to the next one, and none of its own');

-- As of a moment: what was loaded later is not there.
INSERT INTO feed VALUES ('A03', '2024-02-03', 1900, 1000);
SELECT clock_timestamp() AS moment \gset
INSERT INTO feed VALUES ('A05', '2024-02-05', 1900, 1000);
SELECT is(pg_temp.judge('known', as_of => :'moment'), '{"02-03 A03"}',
    'a run as of a moment judges the rows loaded before it');
SELECT is(pg_temp.judge('known'), '{"02-05 A05"}', 'what was loaded after that moment is late for the next run');
SELECT is(pg_temp.judge('known', as_of => '2024-01-20'), NULL, 'nothing is late as of a moment before all runs');

-- Runs that are not stored, and those of a watch.
INSERT INTO feed VALUES ('A09', '2024-02-09', 1900, 1000);
SELECT is(count(*), 1::bigint, 'a run that is not stored judges late rows')
    FROM recon_detect('known', persist => false);
SELECT recon_watch('known') \g /dev/null
INSERT INTO feed VALUES ('A10', '2024-03-07', 1900, 1000);
SELECT is(count(*), 1::bigint, 'what a watch has seen') FROM recon.watched_break;
SELECT is(pg_temp.judge('known'), '{"02-09 A09","03-07 A10"}', 'is judged by the next one, which is stored');
SELECT is(count(*), 0::bigint, 'no late row waits after the stored run') FROM recon.watched_break;
SELECT recon_unwatch('known') \g /dev/null

-- A break before an item makes it older; one after the last is no longer gone, until the date after.
INSERT INTO feed VALUES ('A40', '2024-02-19', 1090, 1000);
SELECT is(pg_temp.judge('known'), '{"02-19 A40"}', 'a late break before an item');
SELECT is(pg_temp.items('known', 'A40'), '{"02-19 03-07"}', 'is where it has opened');
SELECT is(count(*) FILTER (WHERE opened_on = '2024-02-19'), count(*), 'its breaks are as old') FROM recon.break
WHERE reconciliation_id = pg_temp.id('known') AND key->>'account' = 'A40' AND break_date >= '2024-02-19';
INSERT INTO feed SELECT account, date '2024-03-07' + n, ledger, bank FROM feed, generate_series(1, 2) n
    WHERE day = '2024-03-07' AND (account, n) <> ('A38', 2) AND ledger < 1900;
SELECT count(*) FROM pg_temp.judge('known') \g /dev/null
SELECT is(pg_temp.items('known', 'A38'), '{"02-20 03-04 corrected 03-05","03-06 03-08 gone 03-09"}',
    'an item that is gone');
INSERT INTO feed VALUES ('A38', '2024-03-09', 1090, 1000);
SELECT is(pg_temp.judge('known'), '{"03-09 A38"}', 'its row comes late');
SELECT is(pg_temp.items('known', 'A38'), '{"02-20 03-04 corrected 03-05","03-06 03-09"}',
    'the item of the late row stands');

-- Nobody else is concerned.
SELECT is(pg_temp.judge('unknown', '2024-03-09', '2024-03-09') IS NOT NULL, true,
    'a reconciliation without a loaded_at_column judges the date');
INSERT INTO feed VALUES ('A11', '2024-02-11', 1900, 1000);
SELECT is(pg_temp.judge('unknown'), NULL, 'late rows are history');
SELECT set_eq($$SELECT * FROM recon_evaluate('known', rounds => 2)$$,
    $$SELECT * FROM recon_evaluate('unknown', rounds => 2)$$, 'an evaluation is over the newest date');
SELECT count(*) FROM pg_temp.judge('known') \g /dev/null

-- More than can be told from what is known by their contents: what was loaded since is late.
INSERT INTO feed SELECT 'N' || n, '2024-02-15', 1000, 1000 FROM generate_series(1, 600) n;
SELECT count(*) FROM pg_temp.judge('known') \g /dev/null
SELECT is((u).late_rows, 600::bigint, 'hundreds of late rows') FROM pg_temp.last_run('known') u;

-- A moment without a zone is of the reconciliation's; a date may be any moment of its day.
CREATE TABLE zoned (account text, day date, ledger numeric, bank numeric, loaded_at timestamp, loaded_on date);
INSERT INTO zoned SELECT 'Z' || a, date '2024-01-01' + d, 1000 + (a * d) % 3, 1000, '2024-01-01', '2024-01-01'
    FROM generate_series(1, 5) a, generate_series(0, 30) d;
SELECT left(recon_create(column_name, source => 'zoned', key_columns => '{account}',
    criteria_columns => '{ledger,bank}', date_column => 'day',
    loaded_at_column => column_name, tolerance => 8,
        time_zone => 'Pacific/Kiritimati'), 0) FROM unnest('{loaded_at,loaded_on}'::text[]) column_name \g /dev/null
SELECT pg_temp.judge(column_name) AS first FROM unnest('{loaded_at,loaded_on}'::text[]) column_name \g /dev/null
INSERT INTO zoned VALUES ('Z1', '2024-01-10', 5000, 1000, clock_timestamp() AT TIME ZONE 'Pacific/Kiritimati',
    (clock_timestamp() AT TIME ZONE 'Pacific/Kiritimati')::date),
    ('Z2', '2024-01-10', 5000, 1000, (clock_timestamp() - interval '1 hour') AT TIME ZONE 'Pacific/Kiritimati',
        (clock_timestamp() - interval '2 days') AT TIME ZONE 'Pacific/Kiritimati');
SELECT is(pg_temp.judge('loaded_at'), '{"01-10 Z1"}', 'a moment without a zone');
SELECT is(pg_temp.judge('loaded_on'), '{"01-10 Z1"}', 'rows whose loading has a date alone come late');

-- Runs from before the reconciliation had a loaded_at_column say nothing of late rows: what was loaded since the last
-- one began is late.
SELECT left(recon_alter('unknown', loaded_at_column => 'loaded_at'), 0) \g /dev/null
INSERT INTO feed (account, day, ledger, bank) VALUES ('A12', '2024-02-12', 1900, 1000);
SELECT is(pg_temp.judge('unknown'), '{"02-12 A12"}', 'a loaded_at_column that is named later counts from the last run');

SELECT * FROM finish();
ROLLBACK;
