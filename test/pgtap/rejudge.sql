-- Other thresholds over stored scores: the verdicts are those of a run by that strategy, every change is written down.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(18);

-- 400 accounts, one in ten of which moves by 6 to 25 units on the newest date.
CREATE FUNCTION pg_temp.uniform(seed text) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    $$ SELECT ((hashtextextended(seed, 1) & 1073741823) + 0.5) / 1073741824 $$;
CREATE TABLE balance AS
SELECT 'account ' || k AS account, date '2024-03-01' + n AS on_date,
       10 * pg_temp.uniform(k || '/' || n) + CASE WHEN n = 40 AND k % 10 = 0 THEN 5 + k * 0.05 ELSE 0 END AS difference
FROM generate_series(1, 400) AS k, generate_series(0, 40) AS n;
SELECT left(recon_create(name, source => 'balance', key_columns => '{account}', derived_columns => '{difference}',
    criteria_columns => '{}', date_column => 'on_date',
    break_when => 'abs(difference) > 1'), 0) FROM unnest('{rejudged,judged}'::text[]) name \g /dev/null
CREATE FUNCTION pg_temp.verdicts(name text) RETURNS TABLE (key jsonb, is_anomaly boolean, severity text, pattern text,
    action text, score float8, q_value float8) LANGUAGE sql STABLE AS $$
    SELECT b.key, b.is_anomaly, b.severity, b.pattern, b.recommended_action, b.score, b.q_value
    FROM recon.break b JOIN recon.reconciliation r USING (reconciliation_id) WHERE r.reconciliation_name = name $$;
CREATE FUNCTION pg_temp.anomalies(name text) RETURNS bigint
    LANGUAGE sql STABLE AS $$ SELECT count(*) FROM pg_temp.verdicts(name) WHERE is_anomaly $$;
CREATE FUNCTION pg_temp.changes() RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT count(*) FROM recon.verdict_history JOIN recon.reconciliation USING (reconciliation_id)
        WHERE reconciliation_name = 'rejudged' $$;
SELECT count(*) FROM recon_detect('rejudged') \g /dev/null
SELECT run_id AS run FROM recon.run \gset
CREATE TEMP TABLE first_verdicts AS SELECT * FROM pg_temp.verdicts('rejudged');
SELECT pg_temp.anomalies('rejudged') AS before \gset

SELECT recon_create_strategy('large only', based_on => 'sensitive', minimum_amount => 18) \g /dev/null
CREATE FUNCTION pg_temp.rejudge(run bigint, strategy text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    before bigint := pg_temp.anomalies('rejudged');
    history bigint := pg_temp.changes();
    said text;
BEGIN
    said := recon_rejudge(run, strategy);
    PERFORM FROM recon_detect('judged', from_date => '2024-04-10', strategy => strategy);
    RETURN NEXT set_eq($q$SELECT * FROM pg_temp.verdicts('rejudged')$q$, $q$SELECT * FROM pg_temp.verdicts('judged')$q$,
        strategy || ': the verdicts are those of a run by it');
    RETURN NEXT is(said, format('run %s by strategy "%s": %s anomalies instead of %s; %s verdicts changed', run,
        strategy, pg_temp.anomalies('rejudged'), before, pg_temp.changes() - history),
        strategy || ': the sentence counts them');
    RETURN NEXT cmp_ok(pg_temp.changes() - history, '=', abs(pg_temp.anomalies('rejudged') - before),
        strategy || ': each change is written down once');
END
$$;
SELECT pg_temp.rejudge(:run, strategy) FROM unnest('{conservative,sensitive,large only,balanced}'::text[]) strategy;
SELECT set_eq($$SELECT * FROM pg_temp.verdicts('rejudged')$$, 'TABLE first_verdicts',
    'the strategy of the run restores its verdicts');
SELECT cmp_ok(pg_temp.changes(), '>', 10::bigint, 'many of which had changed');
SELECT is(count(DISTINCT cause), 4::bigint, 'history says by which strategy') FROM recon.verdict_history
    WHERE cause LIKE 'rejudged by strategy "%"';

-- A run by the strategy of before says why it changes verdicts back.
SELECT recon_rejudge(:run, 'large only') \g /dev/null
SELECT count(*) FROM recon_detect('rejudged', from_date => '2024-04-10') \g /dev/null
SELECT is(string_agg(DISTINCT cause, ', '), 'the strategy has changed', 'history says that the thresholds were others')
FROM recon.verdict_history JOIN recon.reconciliation USING (reconciliation_id) WHERE reconciliation_name = 'rejudged'
    AND run_id > :run;

-- Who may not.
CREATE ROLE looks;
SELECT recon_grant('looks', 'viewer', 'rejudged') \g /dev/null
SET LOCAL ROLE looks;
SELECT throws_ok(format('SELECT recon_rejudge(%s, ''sensitive'')', :run), '42501', NULL,
    'a role without the right cannot rejudge a run');
RESET ROLE;
SELECT throws_ok('SELECT recon_rejudge(-1, ''sensitive'')', '42704', 'run -1 does not exist');

SELECT * FROM finish();
ROLLBACK;
