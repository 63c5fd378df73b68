-- Another relation under the name of a source: one of the same owner is read in its place, one of somebody else is not.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(19);
\ir lib/complaint.sql

CREATE ROLE recon_owner;
CREATE ROLE recon_intruder;
CREATE ROLE recon_operator;
CREATE SCHEMA work;
GRANT ALL ON SCHEMA work TO PUBLIC;
CREATE TABLE witness (name text);
GRANT INSERT, SELECT ON witness TO PUBLIC;
SELECT recon_grant('recon_owner', 'admin') AS granted \gset

SET LOCAL ROLE recon_owner;
CREATE TABLE work.ledger AS SELECT date '2024-03-01' + i AS day, 'x' || k AS account, 100 + i % 3 AS a, 100 AS b
    FROM generate_series(0, 20) i, generate_series(1, 3) k;
SELECT recon_create('cash', source => 'work.ledger', key_columns => '{account}', criteria_columns => '{a,b}',
                    date_column => 'day', tolerance => 0) AS defined \gset
SELECT recon_grant('recon_operator', 'operator', 'cash') AS granted \gset
SELECT isnt_empty($$SELECT FROM recon_detect('cash', from_date => '2024-03-15')$$, 'the source is read');
SELECT results_eq('SELECT source_id, source_owner FROM recon.reconciliation',
    $$VALUES ('work.ledger'::regclass::oid, 'recon_owner'::regrole::oid)$$, 'its number and owner are remembered');

-- A load that swaps tables.
ALTER TABLE work.ledger RENAME TO ledger_old;
CREATE TABLE work.ledger AS SELECT * FROM work.ledger_old;
SET LOCAL ROLE recon_operator;
SELECT isnt_empty($$SELECT FROM recon_detect('cash', from_date => '2024-03-15')$$,
    'another table of the same owner is read in its place');
SET LOCAL ROLE recon_owner;
SELECT results_eq('SELECT source_id FROM recon.reconciliation', $$VALUES ('work.ledger'::regclass::oid)$$,
    'the number of the source is remembered');

-- Renamed.
ALTER TABLE work.ledger RENAME TO ledger_new;
SELECT isnt_empty($$SELECT FROM recon_detect('cash', from_date => '2024-03-15', persist => false)$$,
    'a source that was renamed is read under its new name');
SELECT isnt_empty($$SELECT FROM recon_detect('cash', from_date => '2024-03-15')$$, 'a stored run reads it');
SELECT results_eq('SELECT source FROM recon.reconciliation', $$VALUES ('work.ledger_new')$$,
    'the new name is written down');

-- Somebody else's relation under the name.
ALTER TABLE work.ledger_new RENAME TO ledger_out_of_the_way;
SET LOCAL ROLE recon_intruder;
CREATE FUNCTION work.spy(value integer) RETURNS integer LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO public.witness VALUES (current_user); RETURN value; END $$;
CREATE VIEW work.ledger_new AS
    SELECT date '2024-03-01' + i AS day, 'x' AS account, work.spy(100 + i % 3) AS a, 100 AS b
    FROM generate_series(0, 20) i;
GRANT SELECT ON work.ledger_new TO PUBLIC;
SET LOCAL ROLE recon_operator;
SELECT is(complaint($$SELECT FROM recon_detect('cash', from_date => '2024-03-15')$$),
    '42501 | the source of reconciliation "cash" belongs to somebody else than it did'
    ' | It is work.ledger_new, which would be read as "recon_owner".'
    ' | Look at it; if it is to be trusted: SELECT recon_alter(''cash'', source => ''work.ledger_new'').',
    'a relation of somebody else is refused');
SELECT throws_ok($$SELECT FROM recon_detect('cash', persist => false)$$, '42501', NULL, 'it is not shown either');
SELECT throws_ok($$SELECT FROM recon_score_row('cash', '{"day": "2024-04-01", "account": "x", "a": 1, "b": 1}'::json)$$,
    '42501', NULL, 'no single row is judged by it');
SELECT throws_ok($$SELECT recon_view_definition('cash')$$, '42501', NULL, 'no view of it is made');
RESET ROLE;
SELECT throws_ok($$SELECT recon_watch('cash')$$, '42501', NULL, 'it cannot be watched');
SELECT throws_ok($$SELECT recon_alter('cash', description => 'harmless')$$, '42501', NULL,
    'a harmless change does not take it over');
SELECT is_empty('SELECT FROM witness', 'nothing of it has run');
SELECT results_eq('SELECT source FROM recon.reconciliation', $$VALUES ('work.ledger_new')$$, 'nothing has changed');

-- It is the owner's to trust.
SET LOCAL ROLE recon_owner;
SELECT lives_ok($$SELECT recon_alter('cash', source => 'work.ledger_new')$$, 'the owner can name it as the source');
SELECT isnt_empty($$SELECT FROM recon_detect('cash', from_date => '2024-03-15')$$,
    'the source that the owner has named is read');
RESET ROLE;
DROP VIEW work.ledger_new;
SELECT throws_ok($$SELECT FROM recon_detect('cash')$$, '42P01', 'relation "work.ledger_new" does not exist',
    'a source that is gone is said to be');
CREATE VIEW work.ledger_new AS SELECT * FROM work.ledger_old;
GRANT SELECT ON work.ledger_new TO recon_owner;
SELECT isnt_empty($$SELECT FROM recon_detect('cash', from_date => '2024-03-15')$$,
    'who can act as the owner of the reconciliation anyway is trusted');

SELECT * FROM finish();
ROLLBACK;
