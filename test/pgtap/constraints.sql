-- What an administrator asks of recon.break is asked of every row that a run writes: a violated constraint is the
-- server's
-- own error, whichever way the row is written, and leaves nothing of the run.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(16);

\ir lib/complaint.sql
CREATE TABLE ledger (day date, k text, d numeric);
INSERT INTO ledger SELECT date '2024-01-01' + i, 'x' || k, (i * k) % 7 + 5 FROM generate_series(0, 40) i,
    generate_series(1, 5) k;
SELECT recon_create('ledger', source => 'ledger', key_columns => '{k}', derived_columns => '{d}', date_column => 'day',
    tolerance => 1) \g /dev/null
CREATE FUNCTION pg_temp.judge(from_date text DEFAULT '2024-01-01',
    to_date text DEFAULT '2024-02-10') RETURNS text LANGUAGE sql AS
    $$ SELECT complaint(format('SELECT * FROM recon_detect(''ledger'', from_date => %L, to_date => %L)', from_date,
        to_date)) $$;
CREATE FUNCTION pg_temp.stored() RETURNS bigint LANGUAGE sql
    AS $$ SELECT count(*) FROM recon.break JOIN recon.reconciliation USING (reconciliation_id)
          WHERE reconciliation_name = 'ledger' $$;

ALTER TABLE recon.break ADD CONSTRAINT small CHECK (observed < 10);
SELECT matches(pg_temp.judge(),
    '^23514 \| new row for relation "break_2024_01" violates check constraint "small" \| Failing row contains \(',
    'a CHECK of all breaks');
SELECT is(pg_temp.stored(), 0::bigint, 'no break is left');
SELECT is((SELECT count(*) FROM recon.run_summary WHERE reconciliation = 'ledger'), 0::bigint, 'no run is left');
ALTER TABLE recon.break DROP CONSTRAINT small;
SELECT is(pg_temp.judge(), 'none', 'there is no error without the constraint');
SELECT cmp_ok(pg_temp.stored(), '>', 100::bigint, 'there are breaks without the constraint');
DELETE FROM recon.break;
ALTER TABLE recon.break_2024_02 ADD CONSTRAINT of_month CHECK (observed < 10);
SELECT matches(pg_temp.judge(), '^23514 \| new row for relation "break_2024_02" violates check constraint "of_month"',
    'a CHECK of one month');
ALTER TABLE recon.break_2024_02 DROP CONSTRAINT of_month;
ALTER TABLE recon.break ADD CONSTRAINT certain CHECK (observed < 10) NOT VALID;
SELECT matches(pg_temp.judge(), '^23514 ', 'one that is not valid for older rows');
ALTER TABLE recon.break DROP CONSTRAINT certain;
ALTER TABLE recon.break ALTER currency SET NOT NULL;
SELECT matches(pg_temp.judge(),
    '^23502 \| null value in column "currency" of relation "break_2024_01" violates not-null constraint',
    'a NOT NULL constraint of the user fails the run with its own error');
ALTER TABLE recon.break ALTER currency DROP NOT NULL;

-- A table that has the name of a month and holds another.
DROP TABLE recon.break_2024_01;
ALTER TABLE recon.break_2024_02 RENAME TO break_2024_01;
SELECT matches(pg_temp.judge('2024-01-01', '2024-01-31'),
    '^23514 \| new row for relation "break_2024_01" violates partition constraint', 'the bounds of a partition');
ALTER TABLE recon.break_2024_01 RENAME TO break_2024_02;
SELECT is(pg_temp.judge(), 'none', 'where months have their names');
SELECT cmp_ok(pg_temp.stored(), '>', 100::bigint, 'there are breaks again');

-- Anomalies and changed breaks are written in other ways.
INSERT INTO ledger SELECT '2024-02-11', 'x' || k, 9000 FROM generate_series(1, 5) k;
ALTER TABLE recon.break ADD CONSTRAINT calm CHECK (NOT is_anomaly) NOT VALID;
SELECT matches(pg_temp.judge('2024-02-11', '2024-02-11'),
    '^23514 \| new row for relation "break_2024_02" violates check constraint "calm"',
    'a constraint that an anomaly violates fails the run');
ALTER TABLE recon.break DROP CONSTRAINT calm;
SELECT is(pg_temp.judge('2024-02-11', '2024-02-11'), 'none', 'anomalies are stored once the constraint is gone');
UPDATE ledger SET d = 12000 WHERE day = '2024-02-11';
ALTER TABLE recon.break ADD CONSTRAINT bounded CHECK (observed < 10000) NOT VALID;
SELECT matches(pg_temp.judge('2024-02-11', '2024-02-11'),
    '^23514 \| new row for relation "break_2024_02" violates check constraint "bounded"', 'breaks that have changed');
SELECT is((SELECT max(observed) FROM recon.break JOIN recon.reconciliation USING (reconciliation_id)
    WHERE reconciliation_name = 'ledger'), 9000::numeric, 'they are as they were');
ALTER TABLE recon.break DROP CONSTRAINT bounded;

-- Row triggers of an administrator are called for each row.
CREATE TABLE seen (n bigint);
CREATE FUNCTION pg_temp.note() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN INSERT INTO seen VALUES (NEW.break_id); RETURN NULL; END';
CREATE TRIGGER note AFTER INSERT ON recon.break FOR EACH ROW EXECUTE FUNCTION pg_temp.note();
DELETE FROM recon.break;
SELECT pg_temp.judge() \g /dev/null
SELECT is((SELECT count(*) FROM seen), pg_temp.stored(), 'row triggers see every break');

SELECT * FROM finish();
ROLLBACK;
