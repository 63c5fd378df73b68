# recon_watch as sessions meet it: listeners are notified when rows are committed, many sessions insert at once, a
# run under way does not take for judged what it has not read, cancels and crashes leave no half of anything, and
# the trigger is dumped, restored and dropped with what it belongs to.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use IPC::Run;
use JSON::PP qw(decode_json);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use ReconTest;
use Test::More;
use Time::HiRes qw(usleep);

my $node = start_server('watch', restart_after_crash => 'on');
$node->safe_psql('postgres', q{CREATE DATABASE origin; CREATE ROLE loader LOGIN});
$node->safe_psql('origin', 'CREATE EXTENSION recon');
load_sample($node, 'origin');
$node->safe_psql('origin', q{
	GRANT INSERT ON cash TO loader;
	SELECT count(*) FROM recon_detect('cash');
	SELECT recon_watch('cash')});
my $day = q{date '2024-05-06'};

sub watch_runs
{
	my ($condition) = @_;
	return $node->safe_psql('origin', "SELECT count(*) FROM recon.run WHERE is_watch AND ($condition)");
}

# What listeners are notified of, and when.
{
	my $told = $node->safe_psql('origin', qq{
		LISTEN recon_watch;
		INSERT INTO cash (value_date, account, currency, ledger, statement) VALUES ($day, 'A01', 'EUR', 1000000, 0),
			($day, 'A02', 'EUR', 5, 5);
		BEGIN;
		INSERT INTO cash (value_date, account, currency, ledger, statement) VALUES ($day, 'A03', 'EUR', 5, 5);
		INSERT INTO cash (value_date, account, currency, ledger, statement) VALUES ($day, 'A04', 'EUR', 7, 5);
		COMMIT;
		BEGIN;
		INSERT INTO cash (value_date, account, currency, ledger, statement) VALUES ($day, 'A05', 'EUR', 7, 5);
		ROLLBACK;
		SELECT 1});
	my @payloads = map { decode_json($_) } $told =~ /"recon_watch" with payload "(\{.*?\})"/g;
	is(scalar(@payloads), 3, 'listeners are notified of every statement that is committed') or diag($told);
	is_deeply([ map { [ @$_{qw(reconciliation status rows breaks anomalies)} ] } @payloads ],
		[ [ 'cash', 'succeeded', 2, 1, 1 ], [ 'cash', 'succeeded', 1, 0, 0 ], [ 'cash', 'succeeded', 1, 1, 0 ] ],
			'with its counts');
	is($node->safe_psql('origin', "SELECT key->>'account' FROM recon.watched_break WHERE run_id = $payloads[0]{run}"),
		'A01', 'and its run');
	is(watch_runs('true'), 3, 'what is rolled back has no run');
}

# A role that may insert and nothing else, by COPY and by a prepared statement.
{
	my ($status, $output, $errors) = $node->psql('origin', qq{
		COPY cash (value_date, account, currency, ledger, statement) FROM STDIN (FORMAT csv);
2024-05-06,A10,EUR,2000000,0
2024-05-06,A07,EUR,5,5
\\.
		PREPARE one (text, numeric) AS INSERT INTO cash (value_date, account, currency, ledger, statement)
			VALUES ($day, \$1, 'EUR', \$2, 0);
		EXECUTE one('A08', 0);
		EXECUTE one('A11', 3000000)}, extra_params => [ '-U', 'loader' ]);
	is("$status $errors", '0 ', 'a role without a right on recon inserts');
	is(watch_runs(q{status = 'succeeded'}), 6, 'and its rows are judged');
	is($node->safe_psql('origin', q{SELECT string_agg(key->>'account', ' ' ORDER BY key->>'account')
		FROM recon.watched_break WHERE is_anomaly}),
		'A01 A10 A11', 'rightly');
}

# Many at once.
{
	my $script = PostgreSQL::Test::Utils::tempdir() . '/insert.sql';
	append_to_file($script, qq{INSERT INTO cash (value_date, account, currency, ledger, statement)
		VALUES ($day, 'A1' || :client_id, CASE WHEN :client_id IN (2, 5) THEN 'USD' ELSE 'EUR' END, 4000000, 0);\n});
	$node->command_ok([ 'pgbench', '-n', '-c', '8', '-t', '20', '-M', 'prepared', '-f', $script, '-U', 'loader',
		'origin' ], 'eight sessions insert');
	is(watch_runs(q{status = 'succeeded' AND breaks = 1 AND rows_read = 1}), 160 + 2, 'every statement is a run');
	is($node->safe_psql('origin', q{SELECT count(*) FROM recon.watched_break WHERE observed = 4000000 AND is_anomaly}),
		160, 'and every break is kept');
}

# A run that has read the source before a row came does not take the row's warning away.
{
	$node->safe_psql('origin', q{
		SELECT count(*) FROM recon_detect('cash', from_date => '2024-05-06');
		CREATE FUNCTION slowly(x numeric) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
			BEGIN PERFORM pg_sleep(0.02) WHERE x = 4000000; RETURN abs(x) > 0.5; END $$;
		SELECT recon_alter('cash', break_when => 'public.slowly(ledger - statement)');
		SELECT count(*) FROM recon_detect('cash', from_date => '2024-05-06')});
	is($node->safe_psql('origin', 'SELECT count(*) FROM recon.watched_break'), '0',
		'a run takes what was said of its rows');
	my $run = IPC::Run::start([ 'psql', '-XAtq', '-c',
		q{SELECT count(*) FROM recon_detect('cash', from_date => '2024-05-06')}, '-d', $node->connstr('origin') ],
		'>', \my $output, '2>', \my $errors);
	$node->poll_query_until('origin',
		q{SELECT count(*) = 1 FROM pg_stat_activity WHERE state = 'active' AND wait_event = 'PgSleep'});
	$node->safe_psql('origin', qq{INSERT INTO cash (value_date, account, currency, ledger, statement)
		VALUES ($day, 'A30', 'EUR', 5000000, 0)});
	ok($run->pumpable, 'a row comes while a run reads');
	$run->finish;
	unlike($errors, qr/ERROR/, 'the run succeeds');
	is($node->safe_psql('origin', q{SELECT string_agg(key->>'account', ' ') FROM recon.watched_break}), 'A30',
		'what was said of the row stays');
	$node->safe_psql('origin', q{SELECT count(*) FROM recon_detect('cash', from_date => '2024-05-06')});
	is($node->safe_psql('origin', 'SELECT count(*) FROM recon.watched_break'), '0', 'until a run has read it');
}

# A cancel is the statement's own.
{
	my $before = watch_runs('true');
	my $error = error_of($node, qq{
		SET statement_timeout = '300ms';
		INSERT INTO cash (value_date, account, currency, ledger, statement) SELECT $day, 'A31', 'EUR', 4000000,
			0 FROM generate_series(1, 200)}, database => 'origin');
	is($error->{sqlstate}, '57014', 'a timeout within the watch ends the statement');
	is($node->safe_psql('origin', q{SELECT count(*) FROM cash WHERE account = 'A31' AND ledger = 4000000}), '0',
		'which leaves no row');
	is(watch_runs('true'), $before, 'and no run');
}

# A crash.
{
	my $before = watch_runs('true');
	my $session = IPC::Run::start([ 'psql', '-XAtq', '-c',
		qq{INSERT INTO cash (value_date, account, currency, ledger, statement)
		SELECT $day, 'A32', 'EUR', 4000000, 0 FROM generate_series(1, 500)}, '-d',
			$node->connstr('origin') ], '>', \my $output, '2>', \my $errors);
	$node->poll_query_until('origin',
		q{SELECT count(*) = 1 FROM pg_stat_activity WHERE state = 'active' AND wait_event = 'PgSleep'});
	kill 'KILL', $node->safe_psql('origin',
		q{SELECT pid FROM pg_stat_activity WHERE state = 'active' AND wait_event = 'PgSleep'});
	$session->finish;
	$node->poll_query_until('postgres', 'SELECT true') or die 'the server does not come back';
	is($node->safe_psql('origin', q{SELECT count(*) FROM cash WHERE account = 'A32' AND ledger = 4000000}), '0',
		'a crash takes the statement and its watch');
	is(watch_runs('true'), $before, 'both');
	$node->safe_psql('origin', qq{INSERT INTO cash (value_date, account, currency, ledger, statement)
		VALUES ($day, 'A33', 'EUR', 6000000, 0)});
	is(watch_runs(q{status = 'succeeded'}), $before + 1, 'afterwards rows are judged as before');
}

# Dumped and restored.
my $directory = PostgreSQL::Test::Utils::tempdir();
for my $format (qw(plain custom))
{
	$node->safe_psql('postgres', "CREATE DATABASE $format");
	$node->command_ok([ 'pg_dump', '-F', $format, '-f', "$directory/$format", 'origin' ], "pg_dump, $format");
	$node->command_ok($format eq 'plain'
		? [ 'psql', '-Xq', '-o', '/dev/null', '-v', 'ON_ERROR_STOP=1', '-f', "$directory/plain", '-d', 'plain' ]
		: [ 'pg_restore', '--exit-on-error', '-j2', '-d', $format, "$directory/$format" ], "$format: restored");
	is($node->safe_psql($format, q{SELECT count(*) FROM recon.run WHERE is_watch}), watch_runs('true'),
		"$format: a restore is no insert");
	my $insert = qq{INSERT INTO cash (value_date, account, currency, ledger, statement) VALUES ($day, 'A34', 'EUR',
		7000000, 0)};
	my ($status, $output, $warning) = $node->psql($format, $insert);
	is($status, 0, "$format: rows can be inserted");
	my $not_judged = 'rows inserted into "cash" were not judged: reconciliation "cash" has no stored baselines';
	like($warning, qr/WARNING:  \Q$not_judged\E\n.*HINT:  Run SELECT \* FROM recon_detect\('cash'\) first/,
		"$format: baselines are no part of a dump, which is said");
	$node->safe_psql($format, q{SELECT count(*) FROM recon_detect('cash', from_date => '2024-05-06')});
	$node->safe_psql($format, $insert);
	is($node->safe_psql($format, q{SELECT status, anomalies FROM recon.run ORDER BY run_id DESC LIMIT 1}),
		'succeeded|1', "$format: after a run they are judged again");
	is($node->safe_psql($format, q{SELECT recon_watch('cash')}),
		'public.cash is already watched for reconciliation "cash"', "$format: by the same trigger");
}

# Dropped.
$node->safe_psql('plain', 'DROP EXTENSION recon');
is($node->safe_psql('plain', q{SELECT count(*) FROM pg_trigger WHERE tgrelid = 'cash'::regclass}), '0',
	'the trigger goes with the extension');
$node->safe_psql('plain', qq{INSERT INTO cash (value_date, account, currency, ledger, statement)
	VALUES ($day, 'A35', 'EUR', 1, 0)});
$node->safe_psql('custom', 'DROP TABLE cash CASCADE');
is($node->safe_psql('custom', q{SELECT recon_drop('cash') LIKE 'reconciliation "cash" is gone%'}), 't',
	'where the table goes first, the reconciliation can');

done_testing();
