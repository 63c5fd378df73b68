-- Dates that no reconciliation expects: of the future, before the year 1, beyond what a timestamp holds, infinite. One
-- of
-- them must not end a run, and none may move the window of the runs that follow.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL timezone = 'UTC';
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(97);

\ir lib/last_run.sql
\ir lib/complaint.sql
CREATE FUNCTION pg_temp.feed(relation text, from_day integer, to_day integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO %I (day, k, d) SELECT date ''2024-01-01'' + i, ''x'' || k, (i * k) %% 7 + 5
                    FROM generate_series(%s, %s) i, generate_series(1, 5) k', relation, from_day, to_day);
END $$;
CREATE FUNCTION pg_temp.define(name text, loaded_at text DEFAULT '',
    zone text DEFAULT 'UTC') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM recon_create(name, source => name, key_columns => '{k}', derived_columns => '{d}', date_column => 'day',
                         loaded_at_column => loaded_at, tolerance => 1, time_zone => zone);
END $$;
-- What a run answers, shortly: dates and keys with amounts above those of a usual day.
CREATE FUNCTION pg_temp.striking(name text, from_date date DEFAULT NULL, to_date date DEFAULT NULL,
    persist boolean DEFAULT true)
    RETURNS text[] LANGUAGE sql AS $$
    SELECT coalesce(array_agg(format('%s %s', break_date, key->>'k')
        ORDER BY break_date, key->>'k') FILTER (WHERE abs(observed) > 50), '{}')
    FROM recon_detect(name, from_date => from_date, to_date => to_date, persist => persist) $$;

-- A date in the future on the first run, and on every later one.
CREATE TABLE sentinel (day date, k text, d numeric);
CREATE TABLE clean (LIKE sentinel);
SELECT pg_temp.feed('sentinel', 0, 40), pg_temp.feed('clean', 0, 40) \g /dev/null
INSERT INTO sentinel VALUES ('9999-12-31', 'x1', 5000);
SELECT pg_temp.define('sentinel'), pg_temp.define('clean') \g /dev/null
SELECT is(pg_temp.striking('sentinel'), '{}', 'the first run does not judge a date of the future');
SELECT results_eq($$SELECT from_date, to_date, judged_through, rows_read, rows_judged, rows_in_future, is_partial
    FROM last_run('sentinel')$$,
    $$VALUES ('2024-02-10'::date, '2024-02-10'::date, '2024-02-10'::date, 206::bigint, 5::bigint, 1::bigint, false)$$,
    'it judges the newest date up to today, and counts the row');
SELECT matches((last_run('sentinel')).message,
    '1 of 206 rows is dated after today, \d{4}-\d\d-\d\d \(the newest 9999-12-31\) '
    'and was not judged; pass from_date and to_date to judge it', 'it says how many rows, and the newest date');
SELECT results_eq($$SELECT state, judged_up_to, rows_in_future FROM recon.health WHERE reconciliation = 'sentinel'$$,
    $$VALUES ('rows dated in the future', '2024-02-10'::date, 1::bigint)$$, 'recon.health says so');
SELECT count(*) FROM recon_detect('clean') \g /dev/null
SELECT set_eq($$SELECT key_hash, break_date, observed, expected, score, q_value, pattern, opened_on FROM recon.break b
    JOIN recon.reconciliation r USING (reconciliation_id) WHERE reconciliation_name = 'sentinel'$$,
    $$SELECT key_hash, break_date, observed, expected, score, q_value, pattern, opened_on FROM recon.break b
    JOIN recon.reconciliation r USING (reconciliation_id) WHERE reconciliation_name = 'clean'$$,
        'no other verdict depends on it');
SELECT results_eq($$SELECT through, rows, keys FROM recon.fit JOIN recon.reconciliation USING (reconciliation_id)
    WHERE reconciliation_name = 'sentinel'$$,
    $$VALUES ('2024-02-10'::date, 205::bigint, 5::bigint)$$, 'the baselines do not know it');
INSERT INTO sentinel VALUES ('2024-02-11', 'x1', 9000), ('2024-02-11', 'x2', 100);
INSERT INTO clean VALUES ('2024-02-11', 'x1', 9000), ('2024-02-11', 'x2', 100);
SELECT is(pg_temp.striking('sentinel'), '{"2024-02-11 x1","2024-02-11 x2"}', 'the next date is judged when it comes');
SELECT is((last_run('sentinel')).baseline_date, '2024-02-10'::date, 'by the stored baselines');
SELECT is((last_run('sentinel')).rows_in_future, 1::bigint, 'the row is counted again');
SELECT is((last_run('sentinel')).keys_read, 5::bigint, 'and its key is no new one');
SELECT count(*) FROM recon_detect('clean') \g /dev/null
SELECT is(f.digest, c.digest, 'the runs have judged the same rows')
FROM (SELECT (last_run('sentinel')).source_digest AS digest) f, (SELECT (last_run('clean')).source_digest AS digest) c;
SELECT is(pg_temp.striking('sentinel'), '{}', 'nothing is new then');
SELECT matches((last_run('sentinel')).message,
    'nothing new: no row is dated after 2024-02-11, the newest date judged, up to today; .*; 1 of 208 rows is',
    'which the run says, with the row that it left out');
SELECT is((last_run('sentinel')).baseline_date, '2024-02-11'::date, 'and it has not read the history for that');
INSERT INTO sentinel VALUES ('9999-12-30', 'new', 5000), ('infinity', 'x1', 5000);
SELECT is(pg_temp.striking('sentinel'), '{}', 'a key that the future alone has');
SELECT is((last_run('sentinel')).keys_read, 5::bigint, 'is not counted yet');
SELECT matches((last_run('sentinel')).message,
    '1 of 210 rows has no finite date and was not judged; 2 of 210 rows are dated after today',
    'and an infinite date is none');
SELECT is((SELECT rows_without_date FROM recon.health WHERE reconciliation = 'sentinel'), 1::bigint,
    'which is counted where there is no date');

-- What was asked for is judged, and moves nothing either.
SELECT is(pg_temp.striking('sentinel', from_date => '9999-12-31', persist => false), '{"9999-12-31 x1"}',
    'a window that begins in the future is judged');
SELECT is(pg_temp.striking('sentinel', to_date => '9999-12-31'), '{"9999-12-31 x1"}', 'and one that ends there');
SELECT results_eq($$SELECT from_date, to_date, judged_through, rows_in_future FROM last_run('sentinel')$$,
    $$VALUES ('9999-12-31'::date, '9999-12-31'::date, NULL::date, NULL::bigint)$$,
        'the run says what it was asked for');
SELECT is(pg_temp.striking('sentinel', '2024-02-11', '9999-12-31'),
    '{"2024-02-11 x1","2024-02-11 x2","9999-12-30 new","9999-12-31 x1"}',
    'a window from the past into the future is judged as a whole');
SELECT is((last_run('sentinel')).judged_through, '2024-02-11'::date, 'it has judged the past up to its newest date');
SELECT is((SELECT judged_up_to FROM recon.health WHERE reconciliation = 'sentinel'), '2024-02-11'::date,
    'which recon.health gives');
SELECT is(pg_temp.striking('sentinel', from_date => '2024-02-11'), '{"2024-02-11 x1","2024-02-11 x2"}',
    'a window that begins in the past, without an end, ends today');
INSERT INTO sentinel VALUES ('2024-02-12', 'x3', 7000);
SELECT is(pg_temp.striking('sentinel'), '{"2024-02-12 x3"}', 'and later runs judge what comes next, as ever');
SELECT is((SELECT through FROM recon.fit JOIN recon.reconciliation USING (reconciliation_id)
    WHERE reconciliation_name = 'sentinel'),
    '2024-02-12'::date, 'no run has left baselines that know the future');
SELECT is((SELECT count(*) FROM recon_score_row('sentinel', '{"day": "2024-02-13", "k": "x1", "d": 300}'::jsonb)),
    1::bigint,
    'single rows are judged by them');
SELECT is((SELECT break_date FROM recon_score_row('sentinel', jsonb_build_object('day', day, 'k', 'x1', 'd', 300))),
    day::date,
    'recon_score_row judges the row that it is given, of ' || day)
FROM unnest('{9999-12-31,300000-01-01,5874897-12-31}'::text[]) day;
SELECT matches(complaint(format($$SELECT * FROM recon_score_row('sentinel',
    '{"day": "%s", "k": "x1", "d": 300}'::jsonb)$$, day)),
    '^22023 \| the row has no date', 'and none of ' || day) FROM unnest('{infinity,-infinity}'::text[]) day;
SELECT matches(complaint($$SELECT * FROM recon_score_row('sentinel',
    '{"day": "4713-01-01 BC", "k": "x1", "d": 300}'::jsonb)$$),
    '^55000 \| the row is dated before the newest one .* \| It is dated 4713-01-01 BC, the other 2024-',
        'an error names a year before the first');
SELECT is((SELECT count(*) FROM recon_score_row('sentinel',
    '{"day": "4713-01-01 BC", "k": "unknown", "d": 300}'::jsonb)), 1::bigint,
    'which a key without a baseline may have');

-- What else looks at the newest date.
DELETE FROM sentinel WHERE day = '2024-02-12';
SELECT set_eq($$SELECT * FROM recon_evaluate('sentinel', rounds => 2, planted => 0.5)$$, $$SELECT *
    FROM recon_evaluate('clean', rounds => 2, planted => 0.5)$$,
    'recon_evaluate does not depend on rows of the future');
SELECT lives_ok($$SELECT * FROM recon_preview('sentinel', 'sensitive')$$,
    'recon_preview judges the window of the last run again');
CREATE TABLE unnamed AS SELECT day AS value_date, k AS account, d AS difference FROM sentinel;
SELECT is((SELECT max(break_date) FROM recon_detect(history => 'unnamed')), '2024-02-11'::date,
    'without a name the newest date up to today is judged');
SELECT is((SELECT max(break_date) FROM recon_detect(history => 'unnamed', target => 'unnamed')), '9999-12-31'::date,
    'the rows of a target are what is asked for');

-- Today is that of the time zone, and of the moment as of which is judged.
CREATE FUNCTION pg_temp.today(zone text) RETURNS date LANGUAGE sql STABLE AS $$ SELECT (now() AT TIME ZONE zone)::date
    $$;
CREATE TABLE zones (day date, k text, d numeric);
INSERT INTO zones SELECT pg_temp.today('UTC') - i, 'x' || k, 5 FROM generate_series(2, 30) i, generate_series(1, 3) k;
INSERT INTO zones SELECT pg_temp.today(zone), 'x1', 700 FROM unnest('{Pacific/Kiritimati,Etc/GMT+12}'::text[]) zone;
SELECT recon_create(name, source => 'zones', key_columns => '{k}', derived_columns => '{d}', date_column => 'day',
    tolerance => 1, time_zone => zone)
FROM (VALUES ('east', 'Pacific/Kiritimati'), ('west', 'Etc/GMT+12')) AS zones (name, zone) \g /dev/null
SELECT is((SELECT max(break_date) FROM recon_detect('east')), pg_temp.today('Pacific/Kiritimati'),
    'in the east it is a later day');
SELECT is((SELECT max(break_date) FROM recon_detect('west')), pg_temp.today('Etc/GMT+12'), 'than in the west');
SELECT is((last_run('east')).rows_in_future, 0::bigint, 'where no row is in the future');
SELECT is((last_run('west')).rows_in_future, 1::bigint, 'here, one is');
CREATE TABLE replayed (LIKE sentinel);
SELECT pg_temp.feed('replayed', 0, 40) \g /dev/null
SELECT pg_temp.define('replayed') \g /dev/null
SELECT is((SELECT max(break_date) FROM recon_detect('replayed', as_of => '2024-01-20 12:00+00')), '2024-01-20'::date,
    'as of a day the newest date is that day');
SELECT results_eq($$SELECT judged_through, rows_in_future FROM last_run('replayed')$$, $$VALUES ('2024-01-20'::date,
    NULL::bigint)$$,
    'what was later then is not counted as a fault of the source');
SELECT matches((last_run('replayed')).message,
    '105 of 205 rows are dated after 2024-01-20 \(the newest 2024-02-10\) and were not judged',
    'the run says what it left out');
SELECT is((SELECT max(break_date) FROM recon_detect('replayed', as_of => 'infinity')), '2024-02-10'::date,
    'as of the end of time none is left out');

-- Where it is known when rows were loaded.
CREATE TABLE late (day date, k text, d numeric, loaded_at timestamptz DEFAULT clock_timestamp());
SELECT pg_temp.feed('late', 0, 20) \g /dev/null
INSERT INTO late (day, k, d) VALUES ('9999-12-31', 'x1', 5000);
SELECT pg_temp.define('late', 'loaded_at') \g /dev/null
SELECT is(pg_temp.striking('late'), '{}', 'the first run');
INSERT INTO late (day, k, d) VALUES ('2024-01-10 BC', 'x1', 99), ('2024-01-05', 'x2', 800), ('9999-12-31', 'x2', 800),
    ('300000-01-01', 'x3', 800),
    ('5874897-12-31', 'x3', 800), ('4713-01-01 BC', 'x3', 98), ('infinity', 'x4', 800), ('-infinity', 'x4', 800),
        ('0001-01-01', 'x5', 97);
SELECT is(pg_temp.striking('late'), '{"4713-01-01 BC x3","2024-01-10 BC x1","0001-01-01 x5","2024-01-05 x2"}',
    'late rows are judged, however old they are, and none of the future');
SELECT results_eq($$SELECT late_rows, rows_in_future, rows_without_date FROM last_run('late')$$, $$VALUES (4::bigint,
    4::bigint, 2::bigint)$$,
    'all others are counted');
SELECT matches((last_run('late')).message,
    '4 late rows of 4 dates from 4713-01-01 BC to 2024-01-05, .*; 2 of 115 rows have no finite date .*'
    '; 4 of 115 rows are dated after today, .* \(the newest 5874897-12-31\)', 'and the run says so');
SELECT is(pg_temp.striking('late'), '{}', 'once');
INSERT INTO late (day, k, d) VALUES ('2024-01-22', 'x1', 900);
SELECT is(pg_temp.striking('late'), '{"2024-01-22 x1"}', 'and the next date is judged');

-- Dates that nothing else reaches: stored, judged again, closed, purged.
CREATE TABLE ancient (LIKE sentinel);
SELECT pg_temp.feed('ancient', 0, 20) \g /dev/null
INSERT INTO ancient SELECT day, k, CASE n WHEN 8 THEN 90000 ELSE 600 + n END
    FROM unnest(('{2024-01-10 BC,4713-01-01 BC,4714-11-24 BC,0001-01-01,'
        '9999-12-31,10000-01-01,300000-01-01,5874897-12-31}')::date[]) WITH ORDINALITY AS odd (day, n),
    unnest('{x1,x2}'::text[]) k;
SELECT pg_temp.define('ancient') \g /dev/null
SELECT is(cardinality(pg_temp.striking('ancient', '-infinity', 'infinity')), 16,
    'a run over all dates that there are judges all of them');
SELECT is((SELECT count(*) FROM recon.break b JOIN recon.reconciliation r USING (reconciliation_id)
    WHERE reconciliation_name = 'ancient' AND observed > 600), 16::bigint,
    'and stores them');
SELECT is((last_run('ancient')).judged_through, '2024-01-21'::date, 'it has judged the past up to its newest date');
SELECT results_eq($$SELECT tableoid::regclass::text, array_agg(DISTINCT break_date::text ORDER BY break_date::text)
    FROM recon.break
    WHERE observed > 600 AND reconciliation_id = (SELECT reconciliation_id FROM recon.reconciliation
        WHERE reconciliation_name = 'ancient') GROUP BY 1 ORDER BY 1$$,
    $$VALUES ('recon.break_0001_01', '{0001-01-01}'::text[]), ('recon.break_9999_12', '{9999-12-31}'),
             ('recon.break_after_9999', '{10000-01-01,300000-01-01,5874897-12-31}'),
             ('recon.break_before_0001', '{"2024-01-10 BC","4713-01-01 BC","4714-11-24 BC"}')$$,
                 'years before the first have a partition of their own, and those after 9999');
SELECT is((SELECT count(*) FROM recon.score s JOIN recon.break b USING (break_id, break_date) WHERE b.observed > 600
    AND s.tableoid::regclass::text ~ '_(before_0001|after_9999)$') > 0, true, 'so have the scores');
SELECT is(cardinality(pg_temp.striking('ancient', '-infinity', 'infinity')), 16, 'a second run judges them again');
SELECT is((last_run('ancient')).verdicts_changed, 0::bigint, 'and changes no verdict');
UPDATE ancient SET d = 0 WHERE day IN ('4713-01-01 BC', '300000-01-01') AND k = 'x1';
SELECT is(cardinality(pg_temp.striking('ancient', '-infinity', 'infinity')), 14, 'what was corrected');
SELECT is((SELECT count(*) FROM recon.break b JOIN recon.reconciliation r USING (reconciliation_id)
    WHERE reconciliation_name = 'ancient' AND NOT is_open), 2::bigint, 'is closed');
SELECT is((SELECT count(*) FROM recon.review_queue WHERE reconciliation = 'ancient' AND age_days IS NULL)
        + (SELECT count(*) FROM recon.item_summary WHERE reconciliation = 'ancient' AND age_days IS NULL)
        + (SELECT count(*) FROM recon.daily_summary WHERE reconciliation = 'ancient' AND breaks = 0), 0::bigint,
            'views have an age for them');
SELECT is(cardinality(pg_temp.striking('ancient')), 0, 'the default window is where it was');
SELECT matches(recon_rejudge((SELECT max(run_id) FROM recon.run_summary
    WHERE reconciliation = 'ancient' AND breaks > 0), 'conservative'), 'verdicts changed', 'they can be rejudged');
SELECT is(complaint($$SELECT * FROM recon_preview('ancient', 'sensitive')$$), 'none', 'and previewed');
SELECT recon_create_view('ancient') \g /dev/null
SELECT is((SELECT count("Reason") FROM ancient_verdict WHERE day > '9999-12-31'), 5::bigint,
    'the view of the source shows their verdicts');
SELECT recon_purge('ancient', '0001-01-01') \g /dev/null
SELECT is((SELECT count(*) FROM recon.break b JOIN recon.reconciliation r USING (reconciliation_id)
    WHERE reconciliation_name = 'ancient' AND break_date < '0001-01-01'), 0::bigint,
    'what is older than a day can be purged');
SELECT isnt(to_regclass('recon.break_after_9999'), NULL, 'what is later stays');
SELECT is(complaint($$SELECT recon_purge('ancient', '5874897-12-31')$$), 'none',
    'also up to the last day that there is');
SELECT is((SELECT array_agg(break_date::text) FROM recon.break b JOIN recon.reconciliation r USING (reconciliation_id)
    WHERE reconciliation_name = 'ancient'),
    '{5874897-12-31,5874897-12-31}', 'which is not before itself');

-- In every type that has a date, with every rule that looks at it.
CREATE TABLE moments (day timestamptz, k text, difference numeric, booked timestamptz, loaded_at date);
INSERT INTO moments SELECT date '2024-01-01' + i, 'x' || k, 5, date '2024-01-01' + i, date '2024-01-01' + i
    FROM generate_series(0, 20) i, generate_series(1, 3) k;
INSERT INTO moments SELECT m, 'x1', 500 + n, m, d
    FROM unnest(('{4714-11-24 00:00:00+00 BC,4713-01-01 00:00:00+00 BC,'
        '294276-12-31 23:59:59+00,infinity,-infinity,NULL}')::timestamptz[],
    '{4714-11-24 BC,300000-01-01,5874897-12-31,infinity,-infinity,NULL}'::date[]) WITH ORDINALITY AS odd (m, d, n);
CREATE TABLE clocks AS SELECT day AT TIME ZONE 'UTC' AS day, k, difference, booked AT TIME ZONE 'UTC' AS booked,
    loaded_at::timestamp AS loaded_at
    FROM moments WHERE loaded_at < '294276-01-01' OR loaded_at IS NULL;
CREATE TABLE dates AS SELECT loaded_at AS day, k, difference, loaded_at AS booked, booked AS loaded_at FROM moments;
CREATE TABLE texts AS SELECT day::text, k, difference, booked, loaded_at FROM dates;
SELECT lives_ok(format($$SELECT recon_create(%L, source => %L, key_columns => '{k}', derived_columns => '{difference}',
    date_column => 'day', loaded_at_column => 'loaded_at',
    tolerance => 1, time_zone => %L, date_format => %L)$$, kind || zone, kind, zone,
        CASE WHEN kind = 'texts' THEN 'YYYY-MM-DD' END), kind || ' in ' || zone)
FROM unnest('{moments,clocks,dates,texts}'::text[]) kind, unnest('{Pacific/Kiritimati,Etc/GMT+12}'::text[]) zone;
SELECT recon_set_rules(kind || zone,
    ('{"weekend": true, "stale": {"days": 20}, "unusual_period": true, "other_period": {"column": "booked", "unit": "'
    || unit || '"}}')::jsonb
    || CASE WHEN kind IN ('moments', 'clocks') THEN '{"time_of_day": {"column": "booked"}}'::jsonb ELSE '{}' END)
FROM (VALUES ('moments', 'month'), ('clocks', 'quarter'), ('dates', 'year'), ('texts', 'month')) AS kinds (kind, unit),
    unnest('{Pacific/Kiritimati,Etc/GMT+12}'::text[]) zone \g /dev/null
SELECT is(complaint(format('SELECT * FROM recon_detect(%L)',
    kind || zone)) || ' ' || complaint(format($$SELECT * FROM
        recon_detect(%L, from_date => '-infinity', to_date => 'infinity')$$, kind || zone))
    || ' ' || complaint(format('SELECT * FROM recon_detect(%L)', kind || zone)), 'none none none',
        kind || ' in ' || zone || ' are judged')
FROM unnest('{moments,clocks,dates,texts}'::text[]) kind, unnest('{Pacific/Kiritimati,Etc/GMT+12}'::text[]) zone;
SELECT is(complaint(format('SELECT recon_suggest(%L)',
    kind)) || complaint(format('SELECT * FROM recon_detect(history => %L)', kind)), 'nonenone',
    'roles of ' || kind || ' are guessed')
FROM unnest('{moments,clocks,dates,texts,unnamed}'::text[]) kind;

-- Watched.
SELECT recon_watch('sentinel') \g /dev/null
INSERT INTO sentinel VALUES ('9999-12-31', 'x1', 5000), ('5874897-12-31', 'x2', 5000), ('4713-01-01 BC', 'x3', 5000),
    ('infinity', 'x4', 5000);
SELECT results_eq($$SELECT status, rows_read, rows_without_date, rows_judged, breaks FROM last_run('sentinel')$$,
    $$VALUES ('succeeded', 4::bigint, 1::bigint, 2::bigint, 2::bigint)$$,
    'what is inserted is judged at once, of the future too');
SELECT matches((last_run('sentinel')).message,
    '^1 row is dated before what .*; 2 rows are dated after today \(the newest 5874897-12-31\)',
    'and the watch says so');
INSERT INTO sentinel VALUES ('2024-02-14', 'x1', 5000);
SELECT is(pg_temp.striking('sentinel'), '{"2024-02-14 x1"}', 'the window of later runs is where it was');

-- Nor does a day that the caller names.
SELECT count(*) FROM recon_detect('sentinel', as_of => '9999-12-31') \gset
SELECT cmp_ok((SELECT max(judged_through) FROM recon.run), '<=', current_date,
    'a run as of a day of the far future has judged no later than today');
INSERT INTO sentinel VALUES ('2024-02-15', 'x1', 5000);
SELECT is(pg_temp.striking('sentinel'), '{"2024-02-15 x1"}', 'later runs judge what comes then');

SELECT * FROM finish();
ROLLBACK;
