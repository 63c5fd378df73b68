-- A run that continues from the stored baselines answers what the whole history would answer, to the
-- last bit; it does so only while the rows they were made of are the same.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(46);

-- 70 keys over 160 days: levels, trends, month ends, quiet keys, steps, spikes, missing sides, duplicates of
-- a date, a NULL in the key, keys that begin late, pause or end; days without rows; two measures.
\ir lib/uniform.sql
CREATE TABLE feed AS
SELECT nullif('desk ' || k % 3, 'desk 2') AS desk, 'account ' || k AS account, 'EUR' AS currency,
    date '2024-01-01' + day AS on_date,
       (CASE k % 5 WHEN 0 THEN 1000 WHEN 1 THEN 20 * day WHEN 2 THEN CASE WHEN day < 70 THEN 300 ELSE 4000 END
            WHEN 3 THEN CASE WHEN extract(day FROM date '2024-01-01' + day + 1) = 1 THEN 900 ELSE 0 END ELSE 0 END
        + CASE WHEN k % 7 = 6 AND uniform('quiet' || k || '/' || day) < 0.8 THEN 0
               ELSE 30 * (uniform('a' || k || '/' || day || '/' || twin) - 0.5) END
        + CASE WHEN uniform('spike' || k || '/' || day) < 0.01 THEN 50000 ELSE 0 END)::numeric(20,2) AS ledger,
       CASE WHEN uniform('missing' || k || '/' || day) < 0.01 THEN NULL ELSE 0.00 END AS bank,
       (5 * uniform('fee' || k || '/' || day || '/' || twin))::numeric(14,2) AS fee, 0.00 AS fee_paid, NULL::text
           AS remark
FROM generate_series(1, 70) AS k, generate_series(0, 159) AS day, generate_series(1, 2) AS twin
WHERE day % 7 <> 6 AND (twin = 1 OR uniform('twin' || k || '/' || day) < 0.03)
  AND day >= CASE WHEN k % 11 = 0 THEN 2 * k ELSE 0 END AND (k % 13 <> 0 OR day < 100)
      AND (k % 17 <> 0 OR day NOT BETWEEN 50 AND 60)
  AND (day <> 101 OR k % 3 = 0);
UPDATE feed SET ledger = 12345678901234567.89 WHERE account = 'account 5' AND on_date = '2024-04-20';

CREATE TABLE arrived (LIKE feed);
SELECT left(recon_create(name, source => 'arrived', key_columns => '{desk,account}',
    criteria_columns => '{ledger,bank,fee,fee_paid}',
    date_column => 'on_date', currency_column => 'currency', tolerance => 1, pool_by => '{desk}'), 0)
FROM (VALUES ('continued'), ('read')) AS r (name);
-- Every rule that a row can break, on columns that no history holds too.
ALTER TABLE feed ADD COLUMN booked timestamp;
ALTER TABLE arrived ADD COLUMN booked timestamp;
UPDATE feed SET booked = on_date + time '03:00' + uniform('booked' || account || on_date) * interval '4 days';
SELECT left(recon_set_rules(name,
    '{"weekend": true, "stale": {"days": 20}, "unusual_period": true, "round_amount": {"unit": 10}, "other_period": '
    '{"column": "booked"},
    "time_of_day": {"column": "booked"}, "amount_threshold": {"limits": [{"column": "account", "like": "%5", "amount": '
        '1000}, {"amount": 5000}]}}'), 0)
FROM (VALUES ('continued'), ('read')) AS r (name);

\ir lib/differences.sql
\ir lib/last_run.sql
CREATE FUNCTION pg_temp.arrive(day date) RETURNS void
    LANGUAGE sql AS $$ INSERT INTO arrived SELECT * FROM feed WHERE on_date = day $$;
CREATE FUNCTION pg_temp.fit() RETURNS recon.fit LANGUAGE sql AS
    $$ SELECT f FROM recon.fit f JOIN recon.reconciliation USING (reconciliation_id)
        WHERE reconciliation_name = 'continued' $$;
-- What a run says of what it read and judged, besides when and how.
CREATE FUNCTION pg_temp.facts(u recon.run) RETURNS text LANGUAGE sql AS
    $$ SELECT (u.status, u.from_date, u.to_date, u.rows_read, u.rows_without_date, u.rows_judged, u.keys_read,
        u.keys_absent, u.breaks,
               u.anomalies, u.verdicts_changed, u.is_partial, u.source_digest)::text $$;

-- Day by day.
CREATE TABLE days (day date, differing bigint, continued_from date, facts text, facts_read text, anomalies bigint,
    absent bigint, is_partial boolean);
DO $$
DECLARE
    today date;
BEGIN
    FOR today IN SELECT DISTINCT on_date FROM feed WHERE on_date < '2024-05-01' ORDER BY 1 LOOP
        PERFORM pg_temp.arrive(today);
        INSERT INTO days
        SELECT today, differing, one.baseline_date, pg_temp.facts(one), pg_temp.facts(other), one.anomalies,
            one.keys_absent, one.is_partial
        FROM differences('continued') AS differing, last_run('continued') AS one, last_run('read') AS other;
    END LOOP;
END
$$;
SELECT is(sum(differing), 0::numeric, 'on no day does a verdict differ') FROM days;
SELECT is_empty('SELECT * FROM days WHERE facts <> facts_read',
    'on no day does what is said of the source differ, its digest included');
SELECT ok(count(*) > 100 AND sum(anomalies) BETWEEN 50 AND 1500 AND sum(absent) > 10
    AND count(*) FILTER (WHERE is_partial) = 1,
    'anomalies, absent keys and a partial date were among what was compared') FROM days;
SELECT ok(count(*) FILTER (WHERE continued_from IS NULL) BETWEEN 10
    AND 40, 'what is usual was learned again now and then, ever more rarely')
FROM days;
SELECT is_empty($$SELECT * FROM days WHERE continued_from >= day OR continued_from < (SELECT max(on_date) FROM feed
    WHERE on_date < day)$$,
    'the other days continued from the day before');
SELECT results_eq($$SELECT count(*), count(DISTINCT key_hash), min(history_n) > 0 FROM recon.baseline
    JOIN recon.reconciliation USING (reconciliation_id) WHERE reconciliation_name = 'continued'$$,
    $$SELECT count(DISTINCT account), count(DISTINCT account), true FROM arrived$$, 'every key has one baseline');

-- The parts of a run that can go wrong, one by one.
CREATE FUNCTION pg_temp.continues(from_date date DEFAULT NULL, to_date date DEFAULT NULL) RETURNS text
    LANGUAGE sql AS $$
    SELECT concat_ws(', ', CASE WHEN differing > 0 THEN differing || ' differ' ELSE 'same' END,
                     CASE WHEN one.baseline_date IS NULL THEN 'read' ELSE 'continued' END,
                     CASE WHEN pg_temp.facts(one) <> pg_temp.facts(other) THEN 'other facts' END)
    FROM differences('continued', from_date, to_date) AS differing, last_run('continued') AS one, last_run('read')
        AS other $$;
SELECT pg_temp.arrive('2024-05-01');
SELECT is(pg_temp.continues(), 'same, continued', 'a usual day');
SELECT is(pg_temp.continues(), 'same, continued', 'a run without a new date has the verdicts of a full read');
SELECT matches((last_run('continued')).message, 'nothing new: no row is dated after 2024-05-01',
    'a run without a new date says that nothing is new');

SELECT pg_temp.arrive(day) FROM unnest('{2024-05-02,2024-05-03}'::date[]) AS day;
SELECT is(pg_temp.continues('2024-05-03'), 'same, continued', 'a window that leaves a new date out: that is history');
SELECT pg_temp.arrive(day) FROM unnest('{2024-05-04,2024-05-06}'::date[]) AS day;
SELECT is(pg_temp.continues(), 'same, continued', 'several dates at once');
SELECT pg_temp.arrive(day) FROM unnest('{2024-05-07,2024-05-08}'::date[]) AS day;
SELECT is(pg_temp.continues(NULL, '2024-05-07'), 'same, continued', 'one date, which is not the newest');
SELECT is(pg_temp.continues(NULL, '2024-05-06'), 'same, read',
    'a date that the baselines know is judged by the history before it');
SELECT is((pg_temp.fit()).through, '2024-05-07', 'judging such a date leaves the baselines as they are');
INSERT INTO arrived SELECT desk, account, currency, d, 5, 0, 0, 0 FROM feed, unnest('{NULL,infinity,-infinity}'::date[])
    AS d
WHERE account IN ('account 20', 'account 21') AND on_date = '2024-01-01';
SELECT is(pg_temp.continues(), 'same, continued', 'rows without a date are in nobody''s history');
SELECT is((last_run('continued')).message, format('6 of %s rows have no finite date and were not judged', count(*)),
    'rows without a date are counted') FROM arrived;
SELECT pg_temp.arrive('2024-05-09');
UPDATE arrived SET remark = 'seen', currency = rtrim(currency) || '';
SELECT is(pg_temp.continues(), 'same, continued', 'what is not judged may change');
CREATE TABLE sorted AS SELECT * FROM arrived ORDER BY ledger;
TRUNCATE arrived;
INSERT INTO arrived SELECT * FROM sorted;
SELECT pg_temp.arrive('2024-05-10');
SELECT is(pg_temp.continues(), 'same, continued', 'the order of the rows may change');

-- Runs that store nothing use what is stored, and leave it.
SELECT pg_temp.arrive('2024-05-11');
CREATE TABLE stored AS SELECT (pg_temp.fit()).*;
CREATE TABLE shown AS SELECT * FROM recon_detect('continued', persist => false);
SELECT results_eq('SELECT (pg_temp.fit()).*', 'SELECT * FROM stored', 'a run that is not stored writes no baseline');
SELECT is(pg_temp.continues(), 'same, continued', 'the next one continues');
SELECT bag_eq('SELECT key, break_date, score, reason FROM shown',
    $$SELECT key, break_date, score, reason FROM recon_detect('continued', from_date => '2024-05-11',
    persist => false)$$,
    'what was shown is what is judged by the whole history');
TRUNCATE stored;
INSERT INTO stored SELECT (pg_temp.fit()).*;
SELECT count(*) FROM recon_detect('continued', from_date => '2024-01-01') \gset
SELECT results_eq('SELECT (pg_temp.fit()).*', 'SELECT * FROM stored',
    'judging every date again writes no baseline where none has changed');

-- How it is judged.
SELECT pg_temp.arrive('2024-05-13');
SELECT is((SELECT count(*) > 0 FROM recon_detect('continued', strategy => 'sensitive')), true,
    'a run with another strategy');
SELECT is((last_run('continued')).baseline_date, '2024-05-11', 'continues: thresholds are no part of a baseline');
INSERT INTO recon.strategy (strategy_name, alpha, detectors, history_rows)
    VALUES ('short', 0.05, '{"baseline": 1, "frequency": 0.25, "drift": 0.25, "volatility": 0.25}', 32);
SELECT pg_temp.arrive('2024-05-14');
SELECT count(*) FROM recon_detect('continued', strategy => 'short') \gset
SELECT is((last_run('continued')).baseline_date, NULL, 'another length of history makes the run read all of it');
SELECT is((pg_temp.fit()).through, '2024-05-13', 'another length of history leaves the default baselines alone');
SELECT pg_temp.arrive('2024-05-15');
SELECT count(*) FROM recon_detect('continued', as_of => now()) \gset
SELECT is((last_run('continued')).baseline_date, NULL, 'a run as of a moment reads the whole history');
SELECT is((SELECT count(*) FROM recon_detect('continued', from_date => '2024-05-14', to_date => '2024-05-14')),
    (SELECT count(*) FROM feed WHERE on_date = '2024-05-14' AND (abs(ledger - bank) > 1 OR fee > 1 OR bank IS NULL)),
    'dates that were judged otherwise can be judged again');
SELECT is((last_run('continued')).baseline_date, '2024-05-13',
    'dates judged otherwise are judged again by the default baselines');
SELECT left(recon_alter(name, tolerance => 2), 0) FROM (VALUES ('continued'), ('read')) AS r (name);
SELECT pg_temp.arrive('2024-05-16');
SELECT is(pg_temp.continues('2024-05-16'), 'same, read', 'another tolerance makes other baselines');
SELECT pg_temp.arrive('2024-05-17');
SELECT is(pg_temp.continues(), 'same, continued', 'the next run continues from the other baselines');

-- Bytes that are no baseline, for instance of another library, are none.
UPDATE recon.baseline SET state = '\x00';
SELECT pg_temp.arrive('2024-05-18');
SELECT is(pg_temp.continues(), 'same, read', 'states that cannot be read');
SELECT pg_temp.arrive('2024-05-20');
SELECT is(pg_temp.continues(), 'same, continued', 'states that cannot be read are replaced');
UPDATE recon.fit SET state = substr(state, 1, length(state) - 3);
SELECT pg_temp.arrive('2024-05-21');
SELECT is(pg_temp.continues(), 'same, read', 'a fit that cannot be read');
DELETE FROM recon.baseline WHERE key_hash % 2 = 0;
SELECT pg_temp.arrive('2024-05-22');
SELECT is(pg_temp.continues(), 'same, read', 'states that somebody has deleted');

-- What must make the whole history be read.
CREATE TABLE changes (what text, change text, number int GENERATED ALWAYS AS IDENTITY);
INSERT INTO changes (what, change) VALUES
    ('a late row', $$INSERT INTO arrived SELECT desk, account, currency, '2024-03-02', 77, 0, 0, 0 FROM feed
        WHERE account = 'account 1' LIMIT 1$$),
    ('a late row of the last date',
        $$INSERT INTO arrived SELECT desk, account, currency, '2024-05-23', 78, 0, 0, 0 FROM feed
        WHERE account = 'account 2' LIMIT 1$$),
    ('a changed amount', $$UPDATE arrived SET ledger = ledger + 0.01 WHERE account = 'account 3'
        AND on_date = '2024-02-02'$$),
    ('a changed side', $$UPDATE arrived SET bank = bank + 0.01, ledger = ledger + 0.01 WHERE account = 'account 3'
        AND on_date = '2024-02-03'$$),
    ('a side that went missing', $$UPDATE arrived SET bank = NULL WHERE account = 'account 4'
        AND on_date = '2024-02-05'$$),
    ('a deleted row', $$DELETE FROM arrived WHERE account = 'account 8' AND on_date = '2024-02-06'$$),
    ('a row of another key', $$UPDATE arrived SET account = 'account 1' WHERE account = 'account 9'
        AND on_date = '2024-02-08'$$),
    ('two rows of two keys exchanged',
        $$UPDATE arrived a SET account = CASE a.account WHEN 'account 10' THEN 'account 14' ELSE 'account 10' END
        WHERE account IN ('account 10', 'account 14') AND on_date = '2024-02-09'$$),
    ('a NULL in the key', $$UPDATE arrived SET desk = NULL WHERE account = 'account 15' AND on_date = '2024-02-12'$$),
    ('a row moved in time', $$UPDATE arrived SET on_date = '2024-02-14' WHERE account = 'account 16'
        AND on_date = '2024-02-13'$$),
    ('one row twice, another gone', $$UPDATE arrived a SET (ledger, bank, fee) = (SELECT ledger, bank, fee FROM feed b
        WHERE b.account = a.account AND b.on_date = '2024-02-16' LIMIT 1) WHERE account = 'account 18'
            AND on_date = '2024-02-15'$$);
CREATE TABLE changed (what text, day date, outcome text, message text, number int);
DO $$
DECLARE
    today date := '2024-05-23';
    c record;
BEGIN
    FOR c IN SELECT * FROM changes ORDER BY number LOOP
        PERFORM pg_temp.arrive(today);
        EXECUTE c.change;
        INSERT INTO changed SELECT c.what, today, pg_temp.continues(), NULL, c.number;
        UPDATE changed SET message = (last_run('continued')).message WHERE number = c.number;
        today := (SELECT min(on_date) FROM feed WHERE on_date > today);
    END LOOP;
END
$$;
SELECT results_eq('SELECT what, outcome FROM changed ORDER BY number',
    $$SELECT what, 'same, read' FROM changes ORDER BY number$$,
    'every change of the history makes it be read');
SELECT is_empty($$SELECT * FROM changed
    WHERE message NOT LIKE 'rows up to 2024-%-% have changed since they were read last: the whole history was read '
    'again%'$$, 'each run says that the history has changed');

SELECT is(string_agg(DISTINCT f, ' ' ORDER BY f),
    'amount_threshold other_period round_amount stale time_of_day unusual_period weekend',
    'every rule was broken by some')
FROM recon.break, unnest(flags) AS f JOIN recon.detector ON detector_name = f;

-- An owner who may read some columns, and so no system column.
CREATE ROLE recon_clerk;
SELECT left(recon_grant('recon_clerk', 'admin'), 0);
GRANT SELECT (desk, account, on_date, ledger, bank, fee, fee_paid) ON arrived TO recon_clerk;
GRANT USAGE ON SCHEMA public TO recon_clerk;
SET LOCAL ROLE recon_clerk;
SELECT left(recon_create('clerk', source => 'arrived', key_columns => '{desk,account}',
    criteria_columns => '{ledger,bank,fee,fee_paid}',
    date_column => 'on_date', tolerance => 1), 0);
SELECT count(*) FROM recon_detect('clerk') \g /dev/null
RESET ROLE;
INSERT INTO arrived SELECT desk, account, currency, on_date + 1, ledger, bank, fee, fee_paid FROM arrived
    WHERE on_date = (SELECT max(on_date) FROM arrived);
SET LOCAL ROLE recon_clerk;
SELECT lives_ok($$SELECT count(*) FROM recon_detect('clerk')$$, 'an owner who may read some columns only');
RESET ROLE;
SELECT isnt((last_run('clerk')).baseline_date, NULL, 'continues by the contents of the rows');
SELECT left(recon_drop('clerk'), 0);

-- A reconciliation that is dropped takes its baselines along.
SELECT left(recon_drop('read'), 0);
SELECT is((SELECT count(DISTINCT reconciliation_id) FROM recon.baseline) + (SELECT count(*) FROM recon.fit), 2::bigint,
    'baselines go with their reconciliation');

-- A user who calls it by hand gets an error where there is no place or number.
SELECT is(recon.known_rows('2024-03-01', NULL, '(3,1)', '5', '7'), '{0,0,0,1,4294967295,0}'::bigint[],
    'a row without a date is at no known place');
SELECT throws_ok(format('SELECT recon.known_rows(%s)', arguments), '22023', 'only the date of a row may be NULL',
    'recon.known_rows refuses ' || arguments)
FROM unnest(ARRAY[$$NULL, '2024-03-01', '(3,1)', '5', '7'$$, $$'2024-03-01', '2024-03-02', NULL, '5', '7'$$,
                  $$'2024-03-01', '2024-03-01', '(3,1)', NULL, '7'$$,
                      $$'2024-03-01', '2024-03-01', '(3,1)', '5', NULL$$]) AS arguments;

SELECT * FROM finish();
ROLLBACK;
