# A cancel or a timeout inside a long computation takes effect at once and leaves nothing behind.
use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/lib";
use IPC::Run;
use PostgreSQL::Test::Utils;
use ReconTest;
use Test::More;
use Time::HiRes qw(time usleep);

# Promised are 100 ms; the tests allow ten times that, for machines that are busy, and print what
# they measured.
use constant ALLOWED_MS => 1000;

my $node = start_server('cancel');
load_border_functions($node);

# A session in the background, watched as `victim`, that runs SQL and goes on after errors. Its
# output goes to files: a pipe that nobody reads meanwhile would stop it.
my $directory = tempdir(CLEANUP => 1);

sub start_victim
{
	my ($sql) = @_;
	# Should no cancel come, the test fails rather than hangs.
	append_to_file("$directory/sql",
		"SET search_path = border;\nSET statement_timeout = '1min';\n$sql");
	return IPC::Run::start(
		[
			'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-f', "$directory/sql",
			'-d', $node->connstr('postgres') . ' application_name=victim'
		],
		'>', "$directory/stdout", '2>', "$directory/stderr");
}

# Waits for its end and gives what it wrote.
sub finish_victim
{
	my ($session) = @_;
	$session->finish;
	my @output = map { slurp_file("$directory/$_") } qw(stdout stderr);
	unlink "$directory/sql";
	return @output;
}

# Longer than anybody waits; with and without memory of its own in use.
my @computations = (
	[ 'a computation' => 'SELECT border_compute(1000000000000)' ],
	[ 'a computation that allocates' => 'SELECT border_compute(1000000000000, 1024)' ],
	[ 'a computation inside SPI inside a computation' =>
		  q{SELECT border_spi('SELECT border_compute(1000000000000)')} ]);

# statement_timeout, measured inside the server: the time beyond the timeout.
for my $case (@computations)
{
	my ($name, $statement) = @$case;
	$statement =~ s/^SELECT/PERFORM/;
	my $late = $node->safe_psql('postgres', <<"EOS");
SET search_path = border;
SET statement_timeout = '200ms';
CREATE TEMP TABLE measured (ms float8);
DO \$\$
DECLARE
    began timestamptz := clock_timestamp();
BEGIN
    BEGIN
        $statement;
    EXCEPTION WHEN query_canceled THEN
        INSERT INTO measured
        VALUES (1000 * extract(epoch FROM clock_timestamp() - began) - 200);
    END;
END
\$\$;
SELECT ms FROM measured;
EOS
	note("statement_timeout in $name: $late ms late");
	cmp_ok($late, '<', ALLOWED_MS, "statement_timeout in $name");
}

# pg_cancel_backend from another session: until the cancelled session has answered.
my $controller = $node->background_psql('postgres');
for my $case (@computations)
{
	my ($name, $statement) = @$case;
	my $session = start_victim("$statement;\n");
	$controller->query_safe(<<'EOS');
DO $$
BEGIN
    WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'victim'
                      AND state = 'active' AND query LIKE '%border_compute%') LOOP
        PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
    END LOOP;
    PERFORM pg_sleep(0.1);
END
$$;
EOS
	my $began = time;
	$controller->query_safe(
		"SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim'");
	my (undef, $stderr) = finish_victim($session);
	my $took = int(1000 * (time - $began));
	like($stderr, qr/ERROR:  57014: canceling statement due to user request/, "pg_cancel_backend in $name");
	note("pg_cancel_backend in $name: $took ms until the session had ended");
	cmp_ok($took, '<', ALLOWED_MS, "pg_cancel_backend in $name is quick");
}
$controller->quit;

# What a session holds, asked without a timeout. It ends the timeout by several statements, for each of them is under
# the timeout itself; once it has ended, it sets it again.
sub measure_memory
{
	return "SET statement_timeout = 0;\n" x 5
	  . "\\o\nSELECT resident_memory(), border_alive();\n"
	  . "SET statement_timeout = '3ms';\n";
}

# 1,000 timeouts in one session. What one computation holds itself, about a megabyte, is allowed to
# come and go; a leak would add up to hundreds.
for my $case (@computations[1, 2])
{
	my ($name, $statement) = @$case;
	my $sql =
	  "SET search_path = border;\nSET statement_timeout = '3ms';\n\\o /dev/null\n"
	  . "$statement;\n" x 50
	  . measure_memory()
	  . "\\o /dev/null\n"
	  . "$statement;\n" x 1000
	  . measure_memory();
	my (undef, $stdout, $stderr) = $node->psql('postgres', $sql, on_error_stop => 0, timeout => 120);
	my ($before, $after, $alive) = $stdout =~ /^(\d+)\|\d+\n(\d+)\|(\d+)$/;
	# psql names the line. A busy machine may take 3 ms for a statement of the measuring too.
	my @lines = ('', split /\n/, $sql);
	my $cancelled = grep { $lines[$_] =~ /border_compute/ }
	  $stderr =~ /:(\d+): ERROR:  canceling statement due to statement timeout/g;
	is($cancelled, 1050, "1,000 timeouts in $name: each was cancelled");
	is($alive, 0, "1,000 timeouts in $name: no object is left");
	cmp_ok($after - $before, '<=', 2048, "1,000 timeouts in $name: memory is flat");
	note("resident memory grew by ", $after - $before, " kB from $before kB");
}

# 1,000 cancels from another session, which come whenever they come.
{
	my $statement = $computations[1][1];
	my $session = start_victim(
		"\\o /dev/null\nSELECT resident_memory(), border_alive();\n"
		  . "$statement;\n" x 50
		  . "\\o\nSELECT resident_memory();\n\\o /dev/null\n"
		  . "$statement;\n" x 1000
		  # A cancel that comes too late may still hit the sleeping.
		  . "\\o\nSET application_name = 'done';\n"
		  . "SELECT pg_sleep(0.2);\n" x 3
		  . "SELECT resident_memory(), border_alive();\n");
	$node->safe_psql('postgres', <<'EOS');
DO $$
DECLARE
    victim integer;
BEGIN
    WHILE victim IS NULL LOOP
        PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
        SELECT pid INTO victim FROM pg_stat_activity WHERE application_name = 'victim';
    END LOOP;
    WHILE EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'victim') LOOP
        PERFORM pg_cancel_backend(victim) FROM pg_stat_activity
        WHERE pid = victim AND query LIKE '%border_compute%' AND state = 'active';
        PERFORM pg_sleep(0.005), pg_stat_clear_snapshot();
    END LOOP;
END
$$;
EOS
	my ($stdout, $stderr) = finish_victim($session);
	my ($before, $after, $alive) = $stdout =~ /^(\d+)\n(?:.*\n)*?(\d+)\|(\d+)$/m;
	my $cancelled = () = $stderr =~ /canceling statement due to user request/g;
	cmp_ok($cancelled, '>=', 1050, "1,000 cancels: each was cancelled");
	is($alive, 0, "1,000 cancels: no object is left");
	cmp_ok($after - $before, '<=', 2048, "1,000 cancels: memory is flat");
	note("resident memory grew by ", $after - $before, " kB from $before kB");
}

# A backend that is terminated ends, and takes nobody with it.
{
	my $session = start_victim("$computations[2][1];\n");
	ok($node->poll_query_until('postgres',
		"SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity
			WHERE application_name = 'victim' AND query LIKE '%border_compute%'"),
		'a session in a computation is terminated');
	my (undef, $stderr) = finish_victim($session);
	like($stderr, qr/FATAL:  57P01: terminating connection/, 'it says so');
	is($node->safe_psql('postgres', 'SELECT 1'), 1, 'the server goes on');
}

# In parallel workers, too.
{
	my $error = error_of($node, <<'EOS');
CREATE TABLE border.many AS SELECT g FROM generate_series(1, 20000) g;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET statement_timeout = '300ms';
SELECT count(border.border_compute(100000 + g)) FROM border.many;
EOS
	is($error->{sqlstate}, '57014', 'a timeout in a query with parallel workers');
	ok($node->poll_query_until('postgres',
		"SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'parallel worker'"),
		'the workers have ended');
}

$node->stop;
unlike(slurp_file($node->logfile), qr/was terminated by signal|PANIC/, 'no process of the server ended badly');

done_testing();
