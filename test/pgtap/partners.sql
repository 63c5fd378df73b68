-- Keys that normally move together: one that does not follow is reported, by a sentence that names the other; the
-- same in a run that continues, in every plan, with two measures, and with a target of its own.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(26);

-- 12 pairs, 4 groups of four and 30 keys on their own over 130 days, two measures each; in the fee only the first
-- pairs move together.
CREATE FUNCTION pg_temp.noise(seed text) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (sum(('x' || substr(md5(seed), 7 * i + 1, 7))::bit(28)::integer / 268435456.0::float8) - 2) * 1.7320508
        FROM generate_series(0, 3) AS i
$$;
CREATE TABLE moving AS
SELECT 'desk ' || g AS desk, 'account ' || k AS account, date '2024-01-01' + day AS on_date,
       round((1000 + 100 * k + (5 + k % 4) * CASE WHEN g < 16
           THEN 0.97 * pg_temp.noise('market' || g || '/' || day) + 0.2 * own ELSE own END)::numeric, 2) AS balance,
       round((200 + 3 * CASE WHEN g < 3
           THEN pg_temp.noise('fee' || g || '/' || day) + 0.2 * pg_temp.noise('f' || k || '/' || day)
                             ELSE pg_temp.noise('f' || k || '/' || day) END)::numeric, 2) AS fee
FROM (SELECT k, CASE WHEN k < 24 THEN k / 2 WHEN k < 40 THEN 12 + (k - 24) / 4 ELSE k END AS g
    FROM generate_series(0, 69) AS k) AS keys,
     generate_series(0, 129) AS day, LATERAL (SELECT pg_temp.noise('own' || k || '/' || day)) AS u(own);
-- On the last days: account 2 alone goes up, ordinarily; account 25 of four stays behind; accounts 4 and 5 both go far;
-- account 6 goes very far; the fee of account 1 alone.
CREATE FUNCTION pg_temp.level(k integer) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT 1000 + 100 * k::numeric';
UPDATE moving SET balance = pg_temp.level(2) + 12 WHERE account = 'account 2' AND on_date = '2024-05-08';
UPDATE moving SET balance = pg_temp.level(3) + 0.5 WHERE account = 'account 3' AND on_date = '2024-05-08';
UPDATE moving SET balance = pg_temp.level(24 + i) + 1.6 * (5 + i % 4) FROM generate_series(0, 3) AS i
    WHERE account = 'account ' || 24 + i AND on_date = '2024-05-08';
UPDATE moving SET balance = pg_temp.level(25) - 0.8 WHERE account = 'account 25' AND on_date = '2024-05-08';
UPDATE moving SET balance = pg_temp.level(i) + 20 * (5 + i % 4) FROM generate_series(4, 5) AS i
    WHERE account = 'account ' || i AND on_date = '2024-05-08';
UPDATE moving SET balance = pg_temp.level(6) + 4000 WHERE account = 'account 6' AND on_date = '2024-05-08';
UPDATE moving SET balance = pg_temp.level(7) - 1 WHERE account = 'account 7' AND on_date = '2024-05-08';
UPDATE moving SET fee = 204 WHERE account = 'account 1' AND on_date = '2024-05-03';

CREATE TABLE arrived (LIKE moving);
INSERT INTO arrived SELECT * FROM moving WHERE on_date <= '2024-05-01';
SELECT left(recon_create(name, source => 'arrived', key_columns => '{desk,account}', derived_columns => '{balance,fee}',
    date_column => 'on_date',
    break_when => 'abs(balance) > 1'), 0) FROM (VALUES ('continued'), ('read'), ('lone')) AS r (name);
SELECT left(recon_create_strategy('lone', detectors => '{"partners": 0}', scores => 'all'), 0);
SELECT left(recon_create_strategy('all', scores => 'all'), 0);
CREATE FUNCTION pg_temp.verdicts(name text, strategy text DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_object_agg(key->>'account' || ' ' || break_date, to_jsonb(d) - 'break_id')
        FROM recon_detect(name, strategy => verdicts.strategy) d
$$;
\ir lib/last_run.sql

SELECT is(description, 'does the key still move with those that it normally moves with', 'the detector is registered')
    FROM recon.detector WHERE detector_name = 'partners';
SELECT ok(bool_and((detectors->>'partners')::numeric = 0.25),
    'every preset has the detector') FROM recon.strategy WHERE is_builtin;

-- Day by day, in 'read' by the whole history.
CREATE TEMPORARY TABLE seen (day date, one jsonb, other jsonb);
DO $$
DECLARE
    day date;
BEGIN
    PERFORM pg_temp.verdicts('continued', 'all'), pg_temp.verdicts('read', 'all');
    FOR day IN SELECT date '2024-05-02' + i FROM generate_series(0, 7) AS i LOOP
        INSERT INTO arrived SELECT * FROM moving WHERE on_date = day;
        DELETE FROM recon.fit f USING recon.reconciliation r WHERE r.reconciliation_id = f.reconciliation_id
            AND reconciliation_name = 'read';
        INSERT INTO seen SELECT day, pg_temp.verdicts('continued', 'all'), pg_temp.verdicts('read', 'all');
    END LOOP;
END
$$;
SELECT is(count(*) FILTER (WHERE one IS DISTINCT FROM other), 0::bigint,
    'continuing and reading everything say the same') FROM seen;
SELECT is((last_run('continued')).baseline_date, '2024-05-08', 'the first run did continue');
SELECT is((last_run('read')).baseline_date, NULL, 'the other run did not continue');
CREATE TEMPORARY TABLE told AS SELECT v.key, v.value AS d FROM seen, jsonb_each(one) AS v;
CREATE FUNCTION pg_temp.told(account integer, day date, what text) RETURNS text LANGUAGE sql AS
    $$ SELECT d->>what FROM told WHERE key = format('account %s %s', account, day) $$;
CREATE FUNCTION pg_temp.share(account integer, day date) RETURNS numeric LANGUAGE sql AS
    $$ SELECT (d->'contributions'->>'partners')::numeric FROM told WHERE key = format('account %s %s', account, day) $$;

SELECT is(pg_temp.told(2, '2024-05-08', 'is_anomaly') || ' ' || pg_temp.told(2, '2024-05-08', 'pattern'),
    'true decoupled', 'one of two went its own way');
SELECT cmp_ok(pg_temp.share(2, '2024-05-08'), '>', 0.9, 'its partner carries most of the verdict');
SELECT matches(pg_temp.told(2, '2024-05-08', 'reason'),
    '^balance: 1,212 is not unusual by itself, but the key normally moves with desk desk 1, account account 3 '
    '\(correlation 0\.9\d over \d+ dates\): desk desk 1, account account 3 is off its level by -?[0-9.]+, this key by '
    '1[0-9.]+ where -?[0-9.]+ goes with it',
    'the reason has the numbers of the partner');
SELECT ok(abs((pg_temp.told(2, '2024-05-08', 'expected'))::numeric - 1200) < 4
    AND (pg_temp.told(2, '2024-05-08', 'upper'))::numeric < 1212, 'expected is what goes with the partner');
SELECT matches(pg_temp.told(2, '2024-05-08', 'recommended_action'), '^Compare', 'the advice says what to compare');
SELECT isnt(pg_temp.told(3, '2024-05-08', 'pattern'), 'decoupled', 'the other is not told of a second time');
SELECT is(pg_temp.told(25, '2024-05-08', 'is_anomaly') || ' ' || pg_temp.told(25, '2024-05-08', 'pattern'),
    'true decoupled', 'one of four stayed behind');
SELECT is(count(*) FILTER (WHERE pg_temp.told(k, '2024-05-08', 'is_anomaly') = 'true'), 0::bigint,
    'the others, which moved, are no anomalies') FROM unnest('{24,26,27}'::integer[]) AS k;
SELECT ok(pg_temp.told(k, '2024-05-08', 'is_anomaly') = 'true' AND coalesce(pg_temp.share(k, '2024-05-08'), 0) < 0.01,
    'both went far: their own history says so, not account ' || k || '''s partner')
FROM unnest('{4,5}'::integer[]) AS k;
SELECT is(pg_temp.told(6, '2024-05-08', 'is_anomaly') || ' ' || pg_temp.told(6, '2024-05-08',
    'pattern') || ' ' || pg_temp.told(7, '2024-05-08',
    'is_anomaly'), 'true spike false', 'nobody has to follow an error');
SELECT is(pg_temp.told(1, '2024-05-03', 'pattern') || ' ' || pg_temp.told(1, '2024-05-03',
    'measure') || ' ' || pg_temp.told(1, '2024-05-03',
    'observed'), 'decoupled fee 204', 'the one of two measures that parted is reported');
SELECT is(count(*) FILTER (WHERE (d->'contributions') ? 'partners' AND split_part(key, ' ', 2)::integer >= 40),
    0::bigint, 'keys on their own have no partners') FROM told;
SELECT cmp_ok(count(*) FILTER (WHERE (d->'contributions') ? 'partners'), '>', 200::bigint, 'others mostly have')
    FROM told WHERE split_part(key, ' ', 2)::integer < 40;
SELECT is(count(*) FILTER (WHERE (d->>'is_anomaly')::boolean AND d->>'pattern' = 'decoupled'), 3::bigint,
    'nobody else was said to have parted') FROM told;
SELECT is(s.metadata->>'weight' || ' ' || (s.ln_p < -10), '0.25 true', 'what it said is kept')
FROM recon.score s JOIN recon.break b USING (break_id) WHERE s.detector = 'partners' AND b.key->>'account' = 'account 2'
    AND b.break_date = '2024-05-08'
ORDER BY s.run_id LIMIT 1;

-- Switched off, nobody is asked; asked again, the partners are learned, whatever is stored.
SELECT ok(bool_and(NOT contributions ? 'partners'), 'weight 0 asks nobody')
    FROM recon_detect('lone', from_date => '2024-05-08', strategy => 'lone');
INSERT INTO arrived SELECT desk, account, on_date + 1, balance, fee FROM moving WHERE on_date = '2024-04-20';
INSERT INTO arrived SELECT desk, account, date '2024-05-10', balance, fee FROM moving WHERE on_date = '2024-04-21';
DO $$ BEGIN PERFORM pg_temp.verdicts('lone', 'lone'); END $$;
INSERT INTO arrived SELECT desk, account, date '2024-05-11', balance, fee FROM moving WHERE on_date = '2024-04-22';
SELECT ok(bool_or(contributions ? 'partners'), 'a fit without partners is not continued by who asks them')
    FROM recon_detect('lone');

-- In every plan.
CREATE TABLE shuffled AS SELECT * FROM moving ORDER BY md5(account || on_date);
CREATE TABLE parted (LIKE moving) PARTITION BY HASH (account);
CREATE TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parted SELECT * FROM moving;
SELECT left(recon_create(name, source => name, key_columns => '{desk,account}', derived_columns => '{balance,fee}',
    date_column => 'on_date',
    break_when => 'abs(balance) > 1'), 0) FROM (VALUES ('moving'), ('shuffled'), ('parted')) AS r (name);
CREATE FUNCTION pg_temp.window(name text) RETURNS text LANGUAGE sql AS $$
    SELECT md5(string_agg((to_jsonb(d) - 'break_id')::text, ' ' ORDER BY break_date, key))
        FROM recon_detect(name, from_date => '2024-05-01', persist => false) d
$$;
SELECT is(pg_temp.window(name), pg_temp.window('moving'), 'the same: ' || name) FROM (VALUES ('shuffled'), ('parted'))
    AS r (name);

-- A target of its own.
CREATE TABLE today AS SELECT * FROM moving WHERE on_date = '2024-05-08';
CREATE TABLE yesterday AS SELECT * FROM moving WHERE on_date < '2024-05-08';
SELECT is((SELECT pattern FROM recon_detect('moving', history => 'yesterday', target => 'today')
    WHERE key->>'account' = 'account 2'), 'decoupled', 'rows of a target of its own are asked about, too');

SELECT * FROM finish();
ROLLBACK;
