# A reconciliation that is dropped while its rows are judged: an error or a warning that says so, and never a crash.
# RECON_STRESS_ROUNDS (environment): rounds of create, detect and drop.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use ReconTest;
use Test::More;

my $rounds = $ENV{RECON_STRESS_ROUNDS} || 40;
my $node = start_server('dropped_meanwhile',
	restart_after_crash => 'off', 'stress.rounds' => $rounds, log_statement => 'none');
$node->safe_psql('postgres', q{
	CREATE EXTENSION recon;
	CREATE TABLE cash AS SELECT date '2024-01-01' + d AS day, 'x' || k AS account, 100 + (d * k) % 3 AS a, 100 AS b
		FROM generate_series(0, 9) d, generate_series(1, 3) k});
my $create = q{SELECT recon_create('cash', source => 'cash', key_columns => '{account}', criteria_columns => '{a,b}',
	date_column => 'day', currency_column => '', comment_column => '', tolerance => 1)};
my $detect = q{SELECT count(*) FROM recon_detect('cash')};
my $row = q{'{"day": "2025-01-01", "account": "x1", "a": 900, "b": 1}'};

# What a session says that waits for lock 1 until another one, which holds it, has dropped the reconciliation.
sub while_dropped
{
	my ($prepare, $statement, $drop) = @_;
	$node->safe_psql('postgres', "$create; $detect");
	my $drops = $node->background_psql('postgres');
	$drops->query_safe('SELECT pg_advisory_lock(1)');
	my ($output, $errors) = ('', '');
	my $judges = IPC::Run::start(
		[ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-v', 'VERBOSITY=verbose',
			'-c', $prepare, '-c', $statement ],
		'>', \$output, '2>', \$errors);
	$node->poll_query_until('postgres',
		q{SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)}) or die 'nobody waits';
	$drops->query_safe($drop || q{SELECT recon_drop('cash')});
	$drops->query_safe('SELECT pg_advisory_unlock(1)');
	$judges->finish;
	$drops->quit;
	return "$output$errors";
}

my $gone = qr/ERROR:  42704: reconciliation "cash" does not exist any more\nDETAIL:  It was dropped while/;
like(
	while_dropped(
		"SELECT count(*) FROM recon_score_row('cash', ${row}::jsonb)",
		"WITH waited AS MATERIALIZED (SELECT pg_advisory_lock(1))
		SELECT s.* FROM waited, (SELECT date '2025-01-01' AS day, 'x1' AS account, 900 AS a, 1 AS b) r,
			recon_score_row('cash', r) s"),
	qr/$gone a row was being judged\./,
	'dropped after the plan of its rows was made, before a row of another type came');

# The plan of a run looks at the break condition, and so at a literal of this type, which waits.
$node->safe_psql('postgres', q{
	CREATE FUNCTION waits(x integer) RETURNS boolean LANGUAGE plpgsql AS $$
		BEGIN
			IF current_setting('application_name') = 'waits' THEN PERFORM pg_advisory_lock(1); END IF;
			RETURN true;
		END $$;
	CREATE DOMAIN slow AS integer CHECK (waits(VALUE))});
$create =~ s/tolerance => 1/break_when => 'abs(a - b) > (''{1}''::public.slow[])[1]'/;
my $wait = q{SET application_name = 'waits'};
like(while_dropped($wait, "SELECT * FROM recon_score_row('cash', $row)"),
	qr/$gone a row was being judged\./, 'dropped while the plan of its rows was made');
like(while_dropped($wait, $detect), qr/$gone it was being judged\./, 'dropped while a run was planned');

# A rule that gave a text when the run was planned; one that gives true would be read as the place of a text. With
# as_of a plan does not look at stored baselines, nor at the break condition: the scan does, and waits.
my $function = 'CREATE FUNCTION public.rule(jsonb, jsonb) RETURNS';
$node->safe_psql('postgres', qq{
	$function text LANGUAGE sql IMMUTABLE AS 'SELECT ''a_flag''';
	SELECT recon_register_detector('mine', 'public.rule(jsonb, jsonb)');
	SELECT recon_create_strategy('ruled', detectors => '{"mine": true}')});
$create =~ s/break_when/strategy => 'ruled', break_when/;
like(
	while_dropped(
		$wait,
		"INSERT INTO cash VALUES ('2024-01-11', 'x1', 900, 1);
		SELECT count(*) FROM recon_detect('cash', as_of => now())",
		"DROP FUNCTION public.rule(jsonb, jsonb); $function boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'"),
	qr/55000: the function of detector "mine" has changed during the run\nDETAIL:  It returns boolean now, not text\./,
	'a function that was replaced by one of another type between the plan of a run and its scan');
$node->safe_psql('postgres', q{SELECT recon_drop('cash')});
$create =~ s/strategy => 'ruled', //;

# The trigger outlives a reconciliation that was not dropped by recon_drop.
$node->safe_psql('postgres', "$create; $detect; SELECT recon_watch('cash')");
$node->safe_psql('postgres', q{SET session_replication_role = replica; DELETE FROM recon.reconciliation});
my ($status, $output, $errors) =
	$node->psql('postgres', q{INSERT INTO cash VALUES ('2025-01-01', 'x1', 900, 1)});
is($status, 0, 'an insert into a table that is watched for nothing succeeds');
like(
	$errors,
	qr/WARNING:  rows inserted into "cash" were not judged: the table is not the source of a reconciliation/,
	'the warning says that the reconciliation is gone');

# Three sessions at once, as fast as they can: one makes and drops what the others use.
$node->safe_psql('postgres', q{
	CREATE TABLE watched (LIKE cash);
	INSERT INTO watched SELECT * FROM cash WHERE day < '2025-01-01';
	CREATE TABLE ended (session text, code text, message text);
	CREATE SEQUENCE round;
	CREATE FUNCTION tried(session text, statement text) RETURNS void LANGUAGE plpgsql AS $$
		BEGIN
			EXECUTE statement;
			INSERT INTO ended VALUES (session, 'OK', NULL);
		EXCEPTION WHEN OTHERS THEN
			INSERT INTO ended VALUES (session, SQLSTATE, SQLERRM);
		END $$;
	-- Each statement is a transaction of its own, in one of two isolation levels.
	CREATE PROCEDURE repeat(session text, VARIADIC statements text[]) LANGUAGE plpgsql AS $$
		DECLARE
			n integer := 0;
		BEGIN
			WHILE (SELECT NOT is_called OR last_value < current_setting('stress.rounds')::integer FROM round) LOOP
				n := n + 1;
				PERFORM set_config('default_transaction_isolation',
					CASE n % 3 WHEN 0 THEN 'repeatable read' ELSE 'read committed' END, false);
				COMMIT;
				PERFORM tried(session, statements[1 + n % cardinality(statements)]);
			END LOOP;
		END $$;
	CREATE PROCEDURE drop_again() LANGUAGE plpgsql AS $$
		DECLARE
			statement text;
		BEGIN
			FOR i IN 1 .. current_setting('stress.rounds')::integer LOOP
				FOREACH statement IN ARRAY ARRAY[
					$q$SELECT recon_create('s', source => 'watched', key_columns => '{account}',
						criteria_columns => '{a,b}', date_column => 'day', currency_column => '',
						comment_column => '', tolerance => 1)$q$,
					$q$SELECT count(*) FROM recon_detect('s')$q$,
					$q$SELECT recon_watch('s')$q$,
					$q$SELECT count(*) FROM recon_detect('s', from_date => '2024-01-10')$q$,
					$q$INSERT INTO ended SELECT 'watch', coalesce(error_code, 'OK'), message FROM recon.run
						WHERE is_watch$q$,
					$q$SELECT recon_drop('s')$q$] LOOP
					PERFORM tried('drops', statement);
					COMMIT;
				END LOOP;
				PERFORM nextval('round');
			END LOOP;
		END $$});

my @sessions;

sub begin_session
{
	my ($call) = @_;
	my ($out, $said) = ('', '');
	my $run = IPC::Run::start(
		[ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-v', 'VERBOSITY=verbose',
			'-c', 'SET client_min_messages = warning', '-c', $call ],
		'>', \$out, '2>', \$said);
	push @sessions, { run => $run, said => \$said };
	return;
}

my $score = q{$q$SELECT count(*) FROM recon_score_row('s', %s)$q$};
begin_session('CALL drop_again()');
begin_session(sprintf("CALL repeat('scores', $score, $score, $score)",
	$row, "${row}::jsonb", '(SELECT w FROM watched w LIMIT 1)'));
begin_session(q{CALL repeat('inserts',
	$q$INSERT INTO watched SELECT date '2024-02-01' + (random() * 300)::integer, 'x' || g % 3, 900 * random(), 1
		FROM generate_series(1, 3) g$q$,
	$q$DELETE FROM watched WHERE day >= '2024-02-01'$q$)});
$_->{run}->finish for @sessions;

my @said = map { split /\n/, ${ $_->{said} } } @sessions;
my $expected = qr/^(WARNING:  (?!XX)|DETAIL:|HINT:|CONTEXT:|LOCATION:|SQL statement|PL\/pgSQL function)/;
is_deeply([ grep { !/$expected/ } @said ], [], "$rounds rounds: no session is lost, and no watch ends in a defect");
is($node->safe_psql('postgres', 'SELECT last_value FROM round'), $rounds, "$rounds rounds have run");
is(
	$node->safe_psql('postgres', q{
		SELECT DISTINCT session || ' ' || code || ' ' || message FROM ended WHERE code LIKE 'XX%'}),
	'', 'no statement ends in a defect');
note($node->safe_psql('postgres', q{
	SELECT session, code, left(message, 100), count(*) FROM ended GROUP BY 1, 2, 3 ORDER BY 1, 4 DESC}));
note(scalar(grep { /^WARNING/ } @said) . ' warnings, such as: ' . ((grep { /^WARNING/ } @said)[0] || ''));
for my $session (qw(drops scores inserts watch))
{
	cmp_ok(
		$node->safe_psql('postgres', "SELECT count(*) FROM ended WHERE session = '$session' AND code = 'OK'"),
		'>', $rounds / 10, "$session: the other statements are answered");
}

done_testing();
