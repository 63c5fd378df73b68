# The queue of runs as its users meet it: a worker in a session of its own, runs that are cancelled
# while they run, workers that vanish, servers that crash, progress that can be watched.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use ReconTest;
use Test::More;
use Time::HiRes qw(time usleep);

my $node = start_server('queue', restart_after_crash => 'on');
$node->safe_psql('postgres', 'CREATE EXTENSION recon');
load_sample($node, 'postgres');
$node->safe_psql('postgres', q{
	CREATE ROLE worker LOGIN;
	-- Rows are counted as they come, not when they have all been sorted.
	ALTER ROLE worker SET enable_sort = off;
	SELECT recon_grant('worker', 'operator');
	-- A source that takes its time: 20 ms a row, 300 rows.
	CREATE FUNCTION slowly(x numeric) RETURNS numeric LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.02); RETURN x; END
		$$;
	CREATE VIEW slow_cash AS SELECT value_date, account, currency, slowly(ledger - statement) AS difference FROM cash
		WHERE account IN ('A01', 'A02', 'A03') AND value_date < '2024-04-10';
	SELECT recon_create('slow', source => 'slow_cash', key_columns => '{account}', derived_columns => '{difference}',
		date_column => 'value_date', currency_column => 'currency', tolerance => 0.5);
	});

sub status_of
{
	my ($run) = @_;
	return $node->safe_psql('postgres', "SELECT status FROM recon.run WHERE run_id = $run");
}

# A worker in the background, by the role that may do nothing else.
sub start_worker
{
	my ($call, $errors) = @_;
	return IPC::Run::start([ 'psql', '-Xq', '-U', 'worker', '-c', $call, '-d', $node->connstr('postgres') ],
		'>', \my $output, '2>', $errors);
}

# Seen a tenth of a second late at most, if nothing slows the machine down.
sub no_progress_process
{
	return $node->poll_query_until('postgres',
		q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'recon progress'});
}

sub wait_until_running
{
	my ($run) = @_;
	return $node->poll_query_until('postgres', "SELECT status = 'running' FROM recon.run WHERE run_id = $run");
}

# Runs one after the other; one of them fails.
{
	my $numbers = $node->safe_psql('postgres', q{
		SELECT recon_submit('cash', from_date => '2024-04-01', to_date => '2024-04-09');
		CREATE VIEW broken AS SELECT value_date, account, currency, ledger, statement FROM cash WHERE 1 / length(account) > 5;
		SELECT recon_submit('cash', history => 'broken', from_date => '2024-04-01');
		SELECT recon_submit('cash', from_date => '2024-04-02', to_date => '2024-04-03')});
	my @runs = split /\n/, $numbers;
	$node->safe_psql('postgres', 'DROP VIEW broken');
	my ($listened) = $node->safe_psql('postgres', 'LISTEN recon_run; CALL recon_work()');
	is(status_of($runs[0]), 'succeeded', 'a worker carries out what is queued');
	is($node->safe_psql('postgres',
		"SELECT status, error_code, split_part(message, ';', 1), finished_at IS NOT NULL
			FROM recon.run WHERE run_id = $runs[1]"),
		'failed|42P01|relation "public.broken" does not exist|t', 'a run that fails is recorded with its error');
	is($node->safe_psql('postgres',
		"SELECT count(*) FROM recon.break WHERE run_id = $runs[1] OR first_run_id = $runs[1]"), '0',
		'and leaves no verdict');
	is(status_of($runs[2]), 'succeeded', 'the worker goes on with the next');
	my @told = $listened =~ /"recon_run" with payload "(\{.*?\})"/g;
	is(scalar(@told), 3, 'a session that listens is notified of the end of each') or diag($listened);
	like($told[1], qr/^\{"run": $runs[1], "status": "failed", "anomalies": 0, "reconciliation": "cash"\}$/,
		'and how it ended');
	is($node->safe_psql('postgres', 
		q{SELECT count(*) FROM pg_locks WHERE classid = 'recon.run'::regclass}), '0', 'no lock is left');
}

# While one is at work.
{
	my $run = $node->safe_psql('postgres', q{SELECT recon_submit('slow')});
	my $began = time;
	my $worker = start_worker('CALL recon_work()', \my $errors);
	ok(wait_until_running($run), 'everybody sees that a run is running');
	is(error_of($node, q{SELECT * FROM recon_detect('slow')})->{sqlstate}, '55P03',
		'its reconciliation is not judged twice at a time');
	cmp_ok(time - $began, '<', 3, 'which is said at once');
	my $second = $node->safe_psql('postgres', q{SELECT recon_submit('slow')});
	my $third = $node->safe_psql('postgres', q{SELECT recon_submit('cash', from_date => '2024-04-09')});
	$node->safe_psql('postgres', 'CALL recon_work()');
	is(join(' ', map { status_of($_) } $run, $second, $third), 'running queued succeeded',
		'another worker leaves that reconciliation alone and takes the next');
	ok($node->poll_query_until('postgres',
		"SELECT status = 'running' AND stage = 'reading the source' AND stage_done BETWEEN 1 AND 299
		AND stage_total IS NULL AND rows_read = stage_done AND progress_at > started_at FROM recon.run WHERE run_id = $run"),
		'everybody sees how far the run is');
	is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'recon progress'}),
		'1', 'one process tells it');
	$worker->finish;
	is(join(' ', map { status_of($_) } $run, $second), 'succeeded succeeded', 'the first worker carries out the rest');
	is($node->safe_psql('postgres', "SELECT rows_read, stage FROM recon.run WHERE run_id = $run"),
		'300|reading the source', 'the end counts all');
	ok(no_progress_process(), 'the process has gone with the run');
	like($errors, qr/NOTICE:  reconciliation "slow": reading the source, \d+ rows so far, \d+ a second/,
		'and tells how far it is');
}

# Cancelled while it runs: at once, and the worker goes on.
{
	my $run = $node->safe_psql('postgres', q{SELECT recon_submit('slow', from_date => '2024-04-01')});
	my $next = $node->safe_psql('postgres', q{SELECT recon_submit('cash', from_date => '2024-04-09')});
	my $worker = start_worker('CALL recon_work()', \my $errors);
	wait_until_running($run);
	usleep(300_000);
	my $began = time;
	is($node->safe_psql('postgres', "SELECT recon_cancel($run)", extra_params => [ '-U', 'worker' ]),
		"run $run is being ended",
		'recon_cancel ends a run under way');
	ok($node->poll_query_until('postgres', "SELECT status = 'cancelled' FROM recon.run WHERE run_id = $run"),
		'which is cancelled');
	my $took = int(1000 * (time - $began));
	note("$took ms from recon_cancel to the run's end");
	cmp_ok($took, '<', 1500, 'quickly');
	$worker->finish;
	is(status_of($next), 'succeeded', 'the worker goes on with the next');
	is($node->safe_psql('postgres', "SELECT message, error_code IS NULL, cancelled_by FROM recon.run WHERE run_id = $run"),
		'cancelled by worker|t|worker', 'the run says by whom');
	my $again = $node->safe_psql('postgres', "SELECT recon_retry($run)");
	$node->safe_psql('postgres', 'CALL recon_work()');
	is(status_of($again), 'succeeded', 'and can be tried again');
}

# Cancelled where the extension's owner has no right to signal the worker: the run's progress process passes it
# on; and a
# run too short for one finds out by itself.
{
	$node->safe_psql('postgres', 'CREATE ROLE boss SUPERUSER; CREATE DATABASE owned OWNER boss');
	$node->safe_psql('owned', q{
		SET ROLE boss;
		CREATE EXTENSION recon;
		CREATE TABLE cash (value_date date, account text, difference numeric);
		INSERT INTO cash SELECT '2024-01-01'::date + d, 'A' || a, 1 FROM generate_series(0, 99) d, generate_series(1, 3) a;
		CREATE FUNCTION slowly(x numeric) RETURNS numeric LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.02); RETURN x;
			END $$;
		CREATE VIEW slow_cash AS SELECT value_date, account, slowly(difference) AS difference FROM cash;
		CREATE VIEW brief_cash AS SELECT * FROM slow_cash WHERE value_date < '2024-01-08';
		SELECT recon_create(name, source => name || '_cash', key_columns => '{account}', derived_columns => '{difference}',
			date_column => 'value_date') FROM (VALUES ('slow'), ('brief')) AS sources (name);
		SELECT recon_grant('worker', 'operator');
		RESET ROLE;
		ALTER ROLE boss NOSUPERUSER});
	is($node->safe_psql('owned', q{SELECT rolsuper OR pg_has_role(oid, 'worker', 'usage')
		OR pg_has_role(oid, 'pg_signal_backend', 'usage')
		FROM pg_roles WHERE rolname = 'boss'}), 'f', 'the owner of the extension may not signal the worker');
	my $end = sub {
		my ($name) = @_;
		my $run = $node->safe_psql('owned', "SELECT recon_submit('$name')", extra_params => [ '-U', 'worker' ]);
		my $worker = IPC::Run::start([ 'psql', '-Xq', '-U', 'worker', '-c', 'CALL recon_work()', '-d',
			$node->connstr('owned') ],
			'>', \my $output, '2>', \my $errors);
		$node->poll_query_until('owned', "SELECT status = 'running' FROM recon.run WHERE run_id = $run");
		my $began = time;
		is($node->safe_psql('owned', "SELECT recon_cancel($run)", extra_params => [ '-U', 'worker' ]),
			"run $run is being ended",
			"$name: recon_cancel works");
		$worker->finish;
		my $took = int(1000 * (time - $began));
		note("$name: $took ms from recon_cancel to the run's end");
		is($node->safe_psql('owned', "SELECT status, message, error_code IS NULL FROM recon.run WHERE run_id = $run"),
			'cancelled|cancelled by worker|t', "$name: the run is cancelled");
		is($node->safe_psql('owned', 'SELECT count(*) FROM recon.break'), '0', "$name: it leaves no verdict");
		return $took;
	};
	cmp_ok($end->('slow'), '<', 4000, 'long before its six seconds are over');
	$end->('brief');
	my $next = $node->safe_psql('owned', q{SELECT recon_submit('brief')}, extra_params => [ '-U', 'worker' ]);
	$node->safe_psql('owned', 'CALL recon_work()', extra_params => [ '-U', 'worker' ]);
	is($node->safe_psql('owned', "SELECT status FROM recon.run WHERE run_id = $next"), 'succeeded',
		'nothing of it reaches the next run');
}

# The worker itself is cancelled, or runs into a timeout: it ends, the run has failed.
{
	my $run = $node->safe_psql('postgres', q{SELECT recon_submit('slow', from_date => '2024-04-02')});
	my $error = error_of($node, q{SET statement_timeout = '1s'; CALL recon_work()});
	is($error->{sqlstate}, '57014', 'a worker runs into a timeout');
	is($node->safe_psql('postgres', "SELECT status, error_code, message FROM recon.run WHERE run_id = $run"),
		'failed|57014|canceling statement due to statement timeout', 'the run is recorded as failed');
}

# The worker's session is ended, and the whole server crashes.
for my $case ([ 'TERM', 'a worker whose session is terminated' ],
	[ 'KILL', 'a worker that is killed, the server with it' ])
{
	my ($signal, $name) = @$case;
	my $run = $node->safe_psql('postgres', q{SELECT recon_submit('slow', from_date => '2024-04-03')});
	my $worker = start_worker('CALL recon_work()', \my $errors);
	wait_until_running($run);
	usleep(300_000);
	kill $signal, $node->safe_psql('postgres', "SELECT worker_pid FROM recon.run WHERE run_id = $run");
	$worker->finish;
	ok($node->poll_query_until('postgres', 'SELECT true', 't'), "$name: the server is there");
	is(status_of($run), 'running', "$name: nobody could record it");
	$node->safe_psql('postgres', 'CALL recon_work()');
	is($node->safe_psql('postgres', "SELECT status, message FROM recon.run WHERE run_id = $run"),
		'failed|the session of its worker ended before the run did', "$name: the next worker does");
	is($node->safe_psql('postgres', "SELECT count(*) FROM recon.break WHERE run_id = $run"), '0',
		"$name: nothing is half-written");
	my $again = $node->safe_psql('postgres', "SELECT recon_retry($run)");
	$node->safe_psql('postgres', 'CALL recon_work()');
	is(status_of($again), 'succeeded', "$name: tried again, it succeeds");
}

# Whatever the session's default isolation level is.
{
	my $run = $node->safe_psql('postgres', q{SELECT recon_submit('cash', from_date => '2024-04-09')});
	$node->safe_psql('postgres', q{SET default_transaction_isolation = 'serializable'; CALL recon_work()});
	is(status_of($run), 'succeeded', 'a worker of a session whose transactions are serializable');
	is(error_of($node, 'BEGIN; CALL recon_work()')->{sqlstate}, '2D000',
		'in a transaction block it cannot commit, and says so');
}

# A worker that waits for work, and ends in its time.
{
	my $worker = start_worker('CALL recon_work(until_idle => false, max_seconds => 4)', \my $errors);
	my $run = $node->safe_psql('postgres', q{SELECT pg_sleep(1); SELECT recon_submit('cash', from_date => '2024-04-09')});
	$run =~ s/\s//g;
	ok($node->poll_query_until('postgres', "SELECT status = 'succeeded' FROM recon.run WHERE run_id = $run"),
		'a waiting worker takes what comes');
	$worker->finish;
	ok(1, 'and ends');
}

# One call for a scheduled job.
$node->safe_psql('postgres', q{CALL recon_work(detect => 'cash')}, extra_params => [ '-U', 'worker' ]);
is($node->safe_psql('postgres', 'SELECT status, run_by, arguments FROM recon.run ORDER BY run_id DESC LIMIT 1'),
	'succeeded|worker|{}',
	'CALL recon_work(detect => ...) submits a run and carries it out');

$node->stop;
done_testing();
