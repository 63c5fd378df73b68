-- Runs in the background: what is put into the queue, who may work it, and how runs end. What commits
-- (CALL recon_work, cancelling a run under way, workers that vanish) is in test/tap/030_queue.pl.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;

SELECT plan(49);

CREATE ROLE recon_owner;
CREATE ROLE recon_operator;
CREATE ROLE recon_other_operator;
CREATE ROLE recon_viewer;
CREATE ROLE recon_worker;
CREATE ROLE recon_stranger;
CREATE SCHEMA work;
GRANT CREATE, USAGE ON SCHEMA work TO recon_owner;
GRANT USAGE ON SCHEMA work TO recon_operator;
SELECT recon_grant('recon_owner', 'admin') AS granted \gset
SET LOCAL ROLE recon_owner;
CREATE TABLE work.ledger (value_date date, account text, difference numeric);
INSERT INTO work.ledger SELECT '2024-01-01'::date + day, 'x', CASE day WHEN 9 THEN 500 ELSE day % 2 END
    FROM generate_series(0, 9) AS day;
CREATE FUNCTION work.define(name text) RETURNS text LANGUAGE sql AS
$$ SELECT recon_create(name, source => 'work.ledger', key_columns => '{account}', derived_columns => '{difference}',
                       date_column => 'value_date', currency_column => '', comment_column => '', tolerance => 2) $$;
SELECT work.define('cash'), work.define('stock') \gset made_
SELECT recon_grant('recon_operator', 'operator', 'cash'), recon_grant('recon_other_operator', 'operator', 'stock'),
       recon_grant('recon_viewer', 'viewer', 'cash'), recon_grant('recon_worker', 'operator') \gset granted_

-- Who may submit, and what.
SET LOCAL ROLE recon_viewer;
SELECT throws_ok($$SELECT recon_submit('cash')$$, '42501', 'permission denied for reconciliation "cash"');
SELECT throws_ok($$SELECT recon_submit('stock')$$, '42704', 'reconciliation "stock" does not exist');
SET LOCAL ROLE recon_operator;
SELECT throws_ok($$SELECT recon_submit('stock')$$, '42704', 'reconciliation "stock" does not exist');
SELECT throws_ok($$SELECT recon_submit(NULL)$$, '22023', 'the name of a reconciliation is missing');
SELECT throws_ok($$SELECT recon_submit('cash', from_date => '2024-02-01', to_date => '2024-01-01')$$, '22023',
    'from_date must not be after to_date');
SELECT throws_ok($$SELECT recon_submit('cash', strategy => 'wild')$$, '42704', 'strategy "wild" does not exist');
SELECT throws_ok($$SELECT recon_submit('cash', history => 'work.nothing')$$, '42P01',
    'relation "work.nothing" does not exist');
SELECT throws_ok($$SELECT recon_submit('cash', history => 'work.ledger')$$, '42501', NULL,
    'what is read is for the owner to choose');
SELECT recon_submit('cash', from_date => '2024-01-10', strategy => 'sensitive') AS run \gset
SELECT results_eq(format('SELECT status, arguments, run_by, started_at IS NULL, submitted_at IS NOT NULL, '
    'strategy->>''strategy_name''
                          FROM recon.run WHERE run_id = %s', :run),
    $$VALUES ('queued', '{"from_date": "2024-01-10", "strategy": "sensitive"}'::jsonb, 'recon_operator'::name, true,
        true, 'sensitive')$$,
    'a run is put into the queue with its arguments, in the name of who submitted it');
SELECT results_eq('SELECT reconciliation, status, duration FROM recon.run_summary',
    $$VALUES ('cash', 'queued', NULL::interval)$$, 'run_summary shows it');
SET LOCAL ROLE recon_owner;
SET LOCAL search_path = work, public;
CREATE TEMPORARY TABLE passing (LIKE work.ledger);
SELECT throws_ok($$SELECT recon_submit('cash', target => 'passing')$$, '42809', NULL,
    'a temporary table is not there for a worker');
SELECT recon_submit('cash', target => 'ledger') AS owners_run \gset
SELECT is(arguments->>'target', 'work.ledger', 'names are kept as the submitter means them') FROM recon.run
    WHERE run_id = :owners_run;
RESET search_path;

-- Who may cancel and retry.
SET LOCAL ROLE recon_viewer;
SELECT throws_ok(format('SELECT recon_cancel(%s)', :run), '42501', 'permission denied for reconciliation "cash"');
SELECT throws_ok(format('SELECT recon_retry(%s)', :run), '42501', 'permission denied for reconciliation "cash"');
SET LOCAL ROLE recon_other_operator;
SELECT throws_ok(format('SELECT recon_cancel(%s)', :run), '42704', format('run %s does not exist', :run));
SELECT throws_ok('SELECT recon_cancel(NULL)', '42704', 'run NULL does not exist');
SET LOCAL ROLE recon_operator;
SELECT throws_ok(format('SELECT recon_retry(%s)', :run), '55000', format('run %s has not failed', :run));
SELECT is(recon_cancel(:owners_run), format('run %s will not be carried out', :owners_run),
    'an operator may cancel a run of the queue');
SELECT results_eq(format('SELECT status, cancelled_by, message, finished_at IS NOT NULL FROM recon.run WHERE run_id = '
    '%s', :owners_run),
    $$VALUES ('cancelled', 'recon_operator'::name, 'cancelled by recon_operator before it began', true)$$,
        'it is recorded as cancelled, by whom');
SELECT throws_ok(format('SELECT recon_cancel(%s)', :owners_run), '55000', format('run %s has ended', :owners_run));

-- A worker carries out a run only if its role could detect by itself.
SET LOCAL ROLE recon_stranger;
SELECT throws_ok('CALL recon_work()', '42501', 'permission denied for procedure recon_work');
SELECT throws_ok('SELECT recon_claim_run()', '42501', 'permission denied for function recon_claim_run');
SET LOCAL ROLE recon_viewer;
SELECT is(recon_claim_run(), NULL, 'a viewer is given no run');
SET LOCAL ROLE recon_other_operator;
SELECT is(recon_claim_run(), NULL, 'the operator of another reconciliation is given no run');
SELECT throws_ok(format('SELECT recon_carry_out_run(%s)', :run), '55000',
    format('run %s is not claimed by this session', :run));
SET LOCAL ROLE recon_operator;
SELECT throws_ok(format('SELECT recon_carry_out_run(%s)', :run), '55000',
    format('run %s is not claimed by this session', :run));
SELECT throws_ok(format('SELECT recon_fail_run(%s, ''P0001'', ''made up'', NULL, NULL)', :run), '55000',
    format('run %s is not claimed by this session', :run));
SELECT throws_ok(format('SELECT recon_end_run(%s)', :run), '55000', format('run %s is not claimed by this session',
    :run));
SET LOCAL ROLE recon_worker;
SELECT is(recon_claim_run(), :run::bigint, 'a worker who may operate everything is given it');
SELECT results_eq(format('SELECT status, worker_pid, started_at IS NOT NULL FROM recon.run WHERE run_id = %s', :run),
    $$VALUES ('running', pg_backend_pid(), true)$$, 'the claimed run is running');
SELECT throws_ok(format('SELECT recon_retry(%s)', :run), '55000', format('run %s has not failed', :run));
SELECT is(recon_carry_out_run(:run), 1::bigint, 'the worker carries the run out');
SELECT results_eq(format('SELECT status, run_by, breaks, anomalies, finished_at >= started_at FROM recon.run WHERE '
    'run_id = %s', :run),
    $$VALUES ('succeeded', 'recon_operator'::name, 1::bigint, 1::bigint, true)$$,
        'the run is that of who submitted it');
SELECT results_eq('SELECT run_id, first_run_id, observed, is_anomaly FROM recon.break',
    format('VALUES (%s::bigint, %1$s::bigint, 500::numeric, true)', :run), 'its verdicts are stored');
SELECT throws_ok(format('SELECT recon_carry_out_run(%s)', :run), '55000', format('run %s has ended', :run));
SELECT lives_ok(format('SELECT recon_end_run(%s)', :run), 'the worker lets go');
RESET ROLE;
SELECT ok(NOT recon.holds_lock(reconciliation_id), 'the worker lets go of the reconciliation')
FROM recon.run WHERE run_id = :run;
SET LOCAL ROLE recon_worker;
SELECT is(recon_claim_run(), NULL, 'nothing is left to do');

-- A run has the rights of its submitter at the time it runs, and fails with what was wrong.
SET LOCAL ROLE recon_operator;
SELECT recon_submit('cash') AS run \gset
SET LOCAL ROLE recon_owner;
SELECT recon_revoke('recon_operator', 'cash') AS revoked \gset
SET LOCAL ROLE recon_worker;
SELECT recon_claim_run() AS claimed \gset
SELECT throws_ok(format('SELECT recon_carry_out_run(%s)', :run), '42704', 'reconciliation "cash" does not exist',
    'a right that was lost in the meantime is lost');
SELECT is(recon_fail_run(:run, '42704', 'lost', 'a detail', ''), 'failed', 'the failure is recorded');
SELECT results_eq(format('SELECT status, error_code, message, breaks, finished_at IS NOT NULL FROM recon.run WHERE '
    'run_id = %s', :run),
    $$VALUES ('failed', '42704', 'lost; a detail', 0::bigint, true)$$, 'the failure is recorded with its reason');
SELECT results_eq($$SELECT last_run_id, state FROM recon.health WHERE reconciliation = 'cash'$$,
    format($$VALUES (%s::bigint, 'the last run failed')$$, :run),
    'recon.health tells of it');
SELECT recon_end_run(:run) AS ended \gset
SELECT recon_retry(:run) AS retried \gset
SELECT results_eq(format('SELECT status, run_by, arguments FROM recon.run WHERE run_id = %s', :retried),
    $$VALUES ('queued', 'recon_worker'::name, '{}'::jsonb)$$,
        'a failed run is put into the queue again, in the name of who did so');
SELECT is(recon_claim_run(), :retried::bigint, 'the retried run is taken');
SELECT is(recon_carry_out_run(:retried), 0::bigint, 'the retried run is carried out');
SELECT recon_end_run(:retried) AS ended \gset

-- A submitter who is gone.
RESET ROLE;
SELECT recon_grant('recon_stranger', 'operator', 'cash') AS granted \gset
SET LOCAL ROLE recon_stranger;
SELECT recon_submit('cash') AS run \gset
RESET ROLE;
DROP OWNED BY recon_stranger;
DROP ROLE recon_stranger;
SET LOCAL ROLE recon_worker;
SELECT recon_claim_run() AS claimed \gset
SELECT throws_ok(format('SELECT recon_carry_out_run(%s)', :run), '42704',
    'role "recon_stranger", which submitted the run, does not exist');
SELECT recon_end_run(:run) AS ended \gset
SELECT is(recon_claim_run(), NULL, 'a claimed run that was never ended is taken for abandoned');
SELECT results_eq(format('SELECT status, error_code, message FROM recon.run WHERE run_id = %s', :run),
    $$VALUES ('failed', NULL::text, 'the session of its worker ended before the run did')$$,
    'an abandoned run is recorded as failed');
RESET ROLE;

-- Dropped with its reconciliation.
SELECT recon_submit('stock') AS run \gset
SELECT recon_drop('stock') AS dropped \gset
SELECT is_empty(format('SELECT FROM recon.run WHERE run_id = %s', :run),
    'what waits for a dropped reconciliation goes with it');

SELECT * FROM finish();
ROLLBACK;
