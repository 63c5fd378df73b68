-- recon_watch: rows are judged as they are inserted, nothing that happens there fails the statement, and a
-- later run judges as if nobody had watched. What takes a commit (notifications, other sessions, dumps) is
-- in test/tap/031_watch.pl.
BEGIN;
SET LOCAL client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(52);

CREATE ROLE recon_owner;
CREATE ROLE recon_admin;
CREATE ROLE recon_operator;
CREATE ROLE recon_viewer;
CREATE ROLE loader;
CREATE SCHEMA work;
GRANT CREATE, USAGE ON SCHEMA work TO recon_owner;
GRANT USAGE ON SCHEMA work TO loader, recon_admin;
SELECT recon_grant('recon_owner', 'admin') \g /dev/null

\ir lib/uniform.sql
-- 60 keys over 60 days, duplicates of a date among them; spikes on the newest days.
CREATE TABLE work.feed AS
SELECT 'desk ' || k % 3 AS desk, 'account ' || k AS account, 'EUR' AS currency, date '2024-01-01' + day AS on_date,
       (CASE k % 4 WHEN 0 THEN 1000 WHEN 1 THEN 20 * day WHEN 2 THEN 12345678901234567.89 ELSE 0 END
        + 30 * (uniform('a' || k || '/' || day || '/' || twin) - 0.5)
        + CASE WHEN day > 56 AND k % 10 = day % 10 THEN 50000 ELSE 0 END)::numeric(20,2) AS ledger,
       CASE WHEN uniform('missing' || k || '/' || day) < 0.02 THEN NULL ELSE 0.00 END AS bank
FROM generate_series(1, 60) AS k, generate_series(0, 60) AS day, generate_series(1, 2) AS twin
WHERE (twin = 1 OR uniform('twin' || k || '/' || day) < 0.1) AND (k <> 60 OR day > 57);
SET LOCAL ROLE recon_owner;
CREATE TABLE work.seen (desk text, account text, currency text, on_date date, ledger numeric(20,2), bank numeric(20,2));
CREATE TABLE work.unseen (LIKE work.seen);
RESET ROLE;
INSERT INTO work.seen SELECT * FROM work.feed WHERE on_date < '2024-02-27';
INSERT INTO work.unseen SELECT * FROM work.seen;
GRANT INSERT ON work.seen, work.unseen TO loader;
SET LOCAL ROLE recon_owner;
SELECT recon_create(name, source => 'work.' || name, key_columns => '{desk,account}',
    criteria_columns => '{ledger,bank}',
    date_column => 'on_date', currency_column => 'currency', tolerance => 1, pool_by => '{desk}') FROM (VALUES ('seen'),
        ('unseen')) AS r (name) \g /dev/null

-- Who may watch what.
SELECT throws_ok($$SELECT recon_watch('seen')$$, '55000', 'reconciliation "seen" has no stored baselines');
SELECT count(*) FROM recon_detect('seen') \g /dev/null
SELECT count(*) FROM recon_detect('unseen') \g /dev/null
SELECT recon_grant('recon_admin', 'admin', 'seen'), recon_grant('recon_operator', 'operator', 'seen'),
    recon_grant('recon_viewer', 'viewer', 'seen') \g /dev/null
SET LOCAL ROLE recon_operator;
SELECT throws_ok($$SELECT recon_watch('seen')$$, '42501', 'permission denied for reconciliation "seen"');
SELECT throws_ok($$SELECT recon_unwatch('seen')$$, '42501', 'permission denied for reconciliation "seen"');
SET LOCAL ROLE recon_admin;
SELECT throws_ok($$SELECT recon_watch('seen')$$, '42501', 'permission denied for table work.seen',
    'an administrator needs the right to make triggers, too');
SET LOCAL ROLE recon_owner;
GRANT TRIGGER ON work.seen TO recon_admin;
SET LOCAL ROLE recon_admin;
SELECT is(recon_watch('seen'),
    'rows inserted into work.seen are judged for reconciliation "seen"; LISTEN recon_watch tells of them');
SELECT is(recon_watch('seen'), 'work.seen is already watched for reconciliation "seen"');
SELECT throws_ok($$CREATE TRIGGER mine AFTER INSERT ON work.seen REFERENCING NEW TABLE
    AS recon_new_rows FOR EACH STATEMENT EXECUTE FUNCTION recon.watch_rows('1')$$,
    '42501', NULL, 'nobody makes such a trigger himself');
RESET ROLE;
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'work.seen'::regclass AND tgname LIKE 'recon\_watch\_%'),
    1::bigint, 'there is one trigger');

-- Rows come in statements of all sizes, from a role without a right on recon.
CREATE FUNCTION pg_temp.last() RETURNS recon.run
    LANGUAGE sql AS $$ SELECT u FROM recon.run u ORDER BY run_id DESC LIMIT 1 $$;
SELECT count(*) AS runs_before FROM recon.run \gset
GRANT SELECT ON work.feed TO loader, recon_owner;
SET LOCAL ROLE loader;
SELECT throws_ok('SELECT count(*) FROM recon.run', '42501');
INSERT INTO work.seen SELECT * FROM work.feed WHERE on_date = '2024-02-27' AND account = 'account 7';
INSERT INTO work.seen SELECT * FROM work.feed WHERE on_date = '2024-02-27' AND account <> 'account 7'
    AND account <> 'account 17' ;
INSERT INTO work.seen SELECT * FROM work.feed WHERE false;
INSERT INTO work.seen SELECT * FROM work.feed WHERE on_date = '2024-02-27' AND account = 'account 17';
RESET ROLE;
SELECT results_eq(format('SELECT status, is_watch, run_by, from_date, to_date, baseline_date, rows_read = rows_judged, '
    'message FROM recon.run ORDER BY run_id OFFSET %s', :runs_before),
    $$SELECT 'succeeded', true, 'recon_owner'::name, date '2024-02-27', date '2024-02-27', date '2024-02-26', true, NULL
        FROM generate_series(1, 3)$$,
    'every statement that inserts rows is a run');
SELECT results_eq(format('SELECT sum(rows_read), sum(breaks) FROM recon.run WHERE run_id IN (SELECT run_id FROM '
    'recon.run ORDER BY run_id OFFSET %s)', :runs_before),
    $$SELECT count(*)::numeric, count(*) FILTER (WHERE abs(ledger - bank) > 1 OR bank IS NULL)::numeric FROM work.feed
        WHERE on_date = '2024-02-27'$$, 'of all of its rows and breaks');
SELECT results_eq('SELECT sum(breaks), sum(anomalies) FROM recon.run WHERE is_watch',
    'SELECT count(*)::numeric, count(*) FILTER (WHERE is_anomaly)::numeric FROM recon.watched_break', 'which are kept');
SELECT cmp_ok((SELECT count(*) FROM recon.watched_break WHERE is_anomaly), '>=', 5::bigint, 'anomalies among them');
\set verdict 'key, break_date, measure, observed, expected, lower, upper, direction, score, p_value, '
\set verdict :verdict 'q_value, is_anomaly, severity, pattern, category, flags, contributions, basis, '
\set verdict :verdict 'history_n, reason, recommended_action'
SELECT bag_eq('SELECT ' || :'verdict' || ' FROM recon.watched_break',
    'SELECT ' || :'verdict' || $$ FROM work.feed f, recon_score_row('seen', f) WHERE f.on_date = '2024-02-27'$$,
        'with the verdict of recon_score_row');
SELECT results_eq('SELECT DISTINCT currency FROM recon.watched_break', $$VALUES ('EUR')$$, 'and their currency');
SELECT is_empty($$SELECT FROM recon.break b JOIN recon.reconciliation r USING (reconciliation_id)
    WHERE r.reconciliation_name = 'seen' AND b.break_date > '2024-02-26'$$, 'no lasting break is made');

-- The roles that see them.
SET LOCAL ROLE recon_viewer;
SELECT cmp_ok((SELECT count(*) FROM recon.watched_break), '>', 0::bigint, 'a viewer of the reconciliation sees them');
RESET ROLE;
SELECT recon_revoke('recon_viewer', 'seen') \g /dev/null
SET LOCAL ROLE recon_viewer;
SELECT is((SELECT count(*) FROM recon.watched_break), 0::bigint, 'others do not');
RESET ROLE;

-- The run that follows judges as if nobody had watched.
INSERT INTO work.unseen SELECT * FROM work.feed WHERE on_date = '2024-02-27';
CREATE TEMPORARY TABLE verdicts AS SELECT 'seen' AS name, d.* FROM recon_detect('seen') d;
SELECT is((pg_temp.last()).baseline_date, '2024-02-26', 'which goes on from the baselines');
INSERT INTO verdicts SELECT 'unseen', d.* FROM recon_detect('unseen') d;
SELECT bag_eq('SELECT ' || :'verdict' || $$ FROM verdicts WHERE name = 'seen'$$,
    'SELECT ' || :'verdict' || $$ FROM verdicts WHERE name = 'unseen'$$,
    'the next run finds the same with and without a watch');
SELECT is((SELECT count(DISTINCT break_date) FROM verdicts), 1::bigint, 'of the date that is new since the last run');
SELECT is((SELECT count(*) FROM recon.watched_break), 0::bigint, 'what was said before is not needed any more');
SELECT is_empty('SELECT * FROM recon.verdict_history', 'and no verdict has changed');

-- Rows of several dates in one statement, COPY, the same date again, late rows, rows without a date.
INSERT INTO work.seen SELECT * FROM work.feed WHERE on_date BETWEEN '2024-02-28' AND '2024-02-29';
SELECT is((SELECT count(DISTINCT break_date) FROM recon.watched_break), 2::bigint, 'several dates in one statement');
SELECT bag_eq($$SELECT key, observed, score, reason FROM recon.watched_break WHERE break_date = '2024-02-28'$$,
    $$SELECT key, observed, score, reason FROM work.feed f, recon_score_row('seen', f) WHERE f.on_date = '2024-02-28'$$,
        'the first by the stored baselines');
SELECT is((pg_temp.last()).from_date, '2024-02-28', 'and the run says which');
INSERT INTO work.seen VALUES ('desk 1', 'account 1', 'EUR', '2024-02-10', 5, 0),
    ('desk 1', 'account 1', 'EUR', NULL, 5, 0), ('desk 1', 'new', 'EUR', '2024-02-10', 5, 0);
SELECT results_eq('SELECT rows_read, rows_judged, rows_without_date, breaks, message FROM pg_temp.last()',
    $$VALUES (3::bigint, 1::bigint, 1::bigint, 1::bigint,
        '1 row is dated before what the baseline of their key knows: a run over their dates judges them')$$,
    'rows that cannot be judged are counted');
SELECT count(*) FROM recon_detect('seen', from_date => '2024-02-29') \g /dev/null
SELECT results_eq('SELECT break_date, count(*) > 0 FROM recon.watched_break GROUP BY 1 ORDER BY 1',
    $$VALUES (date '2024-02-10', true), (date '2024-02-28', true)$$,
    'a run over one date leaves what was said of others');
DELETE FROM work.seen WHERE on_date = '2024-02-10' AND (account = 'new' OR ledger = 5) OR on_date IS NULL;
INSERT INTO work.unseen SELECT * FROM work.feed WHERE on_date BETWEEN '2024-02-28' AND '2024-02-29';
TRUNCATE verdicts;
INSERT INTO verdicts SELECT 'seen', d.* FROM recon_detect('seen', from_date => '2024-02-28') d;
INSERT INTO verdicts SELECT 'unseen', d.* FROM recon_detect('unseen', from_date => '2024-02-28') d;
SELECT bag_eq('SELECT ' || :'verdict' || $$ FROM verdicts WHERE name = 'seen'$$,
    'SELECT ' || :'verdict' || $$ FROM verdicts WHERE name = 'unseen'$$,
    'later runs find the same, too');

-- Nothing fails the statement.
SET LOCAL ROLE recon_owner;
CREATE FUNCTION work.bad(amount numeric) RETURNS boolean LANGUAGE plpgsql STABLE
    AS $$ BEGIN RETURN (1 / (amount - 13)) IS NOT NULL; END $$;
SELECT recon_alter('seen', break_when => 'work.bad(ledger)') \g /dev/null
SELECT lives_ok($$INSERT INTO work.seen VALUES ('desk 1', 'account 1', 'EUR', '2024-03-01', 13, 0)$$,
    'where there are no baselines for the definition, rows are inserted all the same');
SELECT results_eq('SELECT status, is_watch, error_code, rows_read, message FROM pg_temp.last()',
    $$VALUES ('failed', true, '55000', 1::bigint,
        'reconciliation "seen" has no stored baselines; A run of recon_detect stores them; a change of the definition '
        'makes them useless.')$$, 'and the run says why they were not judged');
DELETE FROM work.seen WHERE ledger = 13;
SELECT count(*) FROM recon_detect('seen', from_date => '2024-02-28') \g /dev/null
SELECT lives_ok($$INSERT INTO work.seen VALUES ('desk 1', 'account 1', 'EUR', '2024-03-01', 13, 0)$$,
    'nor does an error of the break rule stop them');
SELECT results_eq('SELECT status, error_code, message FROM pg_temp.last()',
    $$VALUES ('failed', '22012', 'division by zero')$$, 'which is recorded, too');
SELECT is((SELECT state FROM recon.health WHERE reconciliation = 'seen'), 'the watch failed',
    'and to be seen in recon.health');
SELECT is((SELECT count(*) FROM work.seen WHERE ledger = 13), 1::bigint, 'the row is there');
INSERT INTO work.seen VALUES ('desk 1', 'account 1', 'EUR', '2024-03-01', 14, 0);
SELECT is((pg_temp.last()).status, 'succeeded', 'the next rows are judged');
CREATE OR REPLACE FUNCTION work.bad(amount numeric) RETURNS boolean LANGUAGE plpgsql STABLE
    AS $$ BEGIN PERFORM set_config('role', 'none', true); RETURN true; END $$;
INSERT INTO work.seen VALUES ('desk 1', 'account 1', 'EUR', '2024-03-01', 15, 0);
SELECT is((pg_temp.last()).error_code, '42501', 'the break rule runs as the owner, in a restricted operation');
CREATE OR REPLACE FUNCTION work.bad(amount numeric) RETURNS boolean
    LANGUAGE sql STABLE AS $$ SELECT current_user = 'recon_owner' $$;
RESET ROLE;
SET LOCAL ROLE loader;
INSERT INTO work.seen VALUES ('desk 1', 'account 1', 'EUR', '2024-03-01', 16, 0);
RESET ROLE;
SELECT results_eq('SELECT status, breaks FROM pg_temp.last()', $$VALUES ('succeeded', 1::bigint)$$,
    'also where another inserts');
SET LOCAL ROLE recon_owner;
SELECT recon_alter('seen', break_when => '', is_active => false) \g /dev/null
SELECT count(*) AS runs FROM recon.run \gset
INSERT INTO work.seen VALUES ('desk 1', 'account 1', 'EUR', '2024-03-01', 17, 0);
SELECT is((SELECT count(*) FROM recon.run), :runs::bigint, 'what is not active is not judged');
SELECT recon_alter('seen', is_active => true) \g /dev/null
RESET ROLE;

-- Where it ends.
SET LOCAL ROLE recon_owner;
CREATE VIEW work.a_view AS SELECT * FROM work.seen;
CREATE MATERIALIZED VIEW work.a_copy AS SELECT * FROM work.seen WHERE on_date IS NOT NULL;
CREATE TABLE work.parts (LIKE work.seen) PARTITION BY RANGE (on_date);
CREATE TABLE work.part PARTITION OF work.parts DEFAULT;
SELECT recon_alter('seen', source => 'work.a_view') \g /dev/null
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'work.seen'::regclass), 0::bigint,
    'another source is not watched, nor the old one any more');
SELECT throws_ok($$SELECT recon_watch('seen')$$, '42809', 'work.a_view cannot be watched: it is a view');
SELECT recon_alter('seen', source => 'work.a_copy') \g /dev/null
SELECT throws_ok($$SELECT recon_watch('seen')$$, '42809', 'work.a_copy cannot be watched: it is a materialized view');
INSERT INTO work.parts SELECT * FROM work.feed WHERE on_date < '2024-02-28';
SELECT recon_alter('seen', source => 'work.parts') \g /dev/null
SELECT count(*) FROM recon_detect('seen', from_date => '2024-02-27') \g /dev/null
SELECT recon_watch('seen') \g /dev/null
INSERT INTO work.parts SELECT * FROM work.feed WHERE on_date = '2024-02-28';
SELECT results_eq('SELECT status, rows_judged FROM pg_temp.last()',
    $$SELECT 'succeeded', count(*) FROM work.feed WHERE on_date = '2024-02-28'$$, 'a partitioned table');
ALTER TABLE work.parts RENAME TO renamed;
INSERT INTO work.renamed SELECT * FROM work.feed WHERE on_date = '2024-02-29';
SELECT is((pg_temp.last()).message,
    format('the table is not the source of a reconciliation that watches it; The trigger is for reconciliation number '
    '%s.', (pg_temp.last()).reconciliation_id), 'a table that was renamed');
ALTER TABLE work.renamed RENAME TO parts;
SELECT is(recon_unwatch('seen'), 'reconciliation "seen" is not watched any more');
SELECT is(recon_unwatch('seen'), 'reconciliation "seen" was not watched');
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'work.parts'::regclass), 0::bigint, 'the trigger is gone');
SELECT recon_watch('seen') \g /dev/null
SELECT count(*) AS runs FROM recon.run WHERE is_watch \gset
SELECT matches(recon_purge('seen', '2024-02-29'), 'breaks of "seen" dated before 2024-02-29 are gone');
SELECT is((SELECT count(*) FROM recon.run WHERE is_watch), :runs::bigint, 'runs of a watch that are younger stay');
SELECT recon_purge('seen', current_date + 2) \g /dev/null
SELECT is((SELECT count(*) FROM recon.run WHERE is_watch), 0::bigint, 'older ones go');
SELECT recon_drop('seen') \g /dev/null
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'work.parts'::regclass) + (SELECT count(*)
    FROM recon.watched_break), 0::bigint, 'a watch goes with its reconciliation');
RESET ROLE;
CREATE TRIGGER recon_watch_5 AFTER INSERT ON work.parts FOR EACH STATEMENT EXECUTE FUNCTION recon.watch_rows('5');
SELECT throws_ok($$INSERT INTO work.parts SELECT * FROM work.feed WHERE on_date = '2024-02-29'$$, '55000',
    'recon.watch_rows() is the trigger of recon_watch', 'what is made by hand is refused');
DROP TRIGGER recon_watch_5 ON work.parts;

SELECT * FROM finish();
ROLLBACK;
