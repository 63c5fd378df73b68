# What users have put into the extension's tables survives a dump and a restore, in every format, and
# an upgrade of the server; and the restored database goes on where the old one was.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use ReconTest;
use Test::More;

my $node = start_server('origin');
$node->safe_psql('postgres', q{
	CREATE ROLE "Ana Lyst" LOGIN;
	CREATE ROLE viewer LOGIN;
	CREATE DATABASE origin});
$node->safe_psql('origin', 'CREATE EXTENSION recon');
load_sample($node, 'origin');
$node->safe_psql('origin', q{
	SELECT recon_grant('Ana Lyst', 'operator', 'cash');
	SELECT recon_grant('viewer', 'viewer');
	SELECT recon_create('Nostro "EUR" ÄÖ', source => 'cash', key_columns => '{account}',
		criteria_columns => '{ledger,statement}', date_column => 'value_date', tolerance => 0.5);
	SELECT count(*) FROM recon_detect('Nostro "EUR" ÄÖ');
	INSERT INTO recon.strategy (strategy_name, alpha, detectors, description)
	VALUES ('ours', 0.1, '{"baseline": 1}', 'made here'), ('unused', 0.2, '{"baseline": 1}', '');
	SELECT recon_add_holidays('target2', '{2024-05-01,2024-12-25}', 'closed');
	SELECT recon_alter('cash', strategy => 'ours', calendar => 'target2', minimum_amounts => '{"EUR": 2.50}');
	SELECT recon_create_view('cash');
	-- A row changes after it was judged: verdicts change, and say why.
	UPDATE cash SET statement = ledger WHERE account = 'A07' AND value_date = '2024-04-05';
	SELECT count(*) FROM recon_detect('cash', from_date => '2024-04-01', to_date => '2024-04-09');
	-- A run waits for a worker, and one has lost its worker.
	SELECT recon_submit('cash', from_date => '2024-04-09');
	SELECT recon_submit('cash', from_date => '2024-04-08');
	SELECT recon_claim_run();
	-- A table of the user's own with a column of the extension's type.
	CREATE TABLE kept AS SELECT account, recon_series(value_date, (ledger - statement)::float8) AS series
	FROM cash GROUP BY account;
	CREATE TABLE kept_model AS
	SELECT recon_stats(ledger::float8) AS stats, recon_fit_iforest(f) AS iforest, recon_fit_knn(f) AS knn,
		recon_fit_lof(f) AS lof,
		recon_fit_kmeans(f, 3) AS kmeans, recon_fit_mahalanobis(f) AS mahalanobis, recon_fit_ecod(f) AS ecod,
		recon_fit_histogram(f) AS histogram, recon_fit_ensemble(f) AS ensemble,
			recon_fit_autoencoder(f, '{"epochs": 5}') AS autoencoder
	FROM cash c, recon_features(c) AS f;
	});
is($node->safe_psql('origin', 'SELECT count(*) > 0 FROM recon.verdict_history'), 't',
	'there is a history of verdicts to lose');

# Everything a user can see, one line each; baselines are a cache, rebuilt by the next run.
sub contents
{
	my ($server, $database) = @_;
	my @tables = lines_of($server, q{
		SELECT c.oid::regclass FROM pg_class c
		WHERE c.relnamespace = 'recon'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
		  AND c.relname NOT IN ('baseline', 'fit')
		ORDER BY c.relname}, $database);
	# Presets come with CREATE EXTENSION, at another time.
	my @lines = grep { !/"is_builtin": true/ } map {
		my $table = $_;
		map { "$table: $_" } lines_of($server,
			# A relation has another number in another database.
			"SELECT c FROM $table t, LATERAL (SELECT to_jsonb(t) || CASE WHEN to_jsonb(t) ? 'source_id'
				THEN jsonb_build_object('source_id', (to_jsonb(t)->>'source_id')::oid::regclass::text) ELSE '{}' END) AS u (c)
				ORDER BY c::text COLLATE \"C\"", $database)
	} @tables;
	push @lines, map { "sequence $_" } lines_of($server, q{
		SELECT c.oid::regclass || ' ' || coalesce(pg_sequence_last_value(c.oid)::text, 'not used')
		FROM pg_class c WHERE c.relnamespace = 'recon'::regnamespace AND c.relkind = 'S' ORDER BY 1}, $database);
	push @lines, map { "partition $_" } lines_of($server, q{
		SELECT concat_ws(' ', c.oid::regclass, i.inhparent::regclass, pg_get_expr(c.relpartbound, c.oid), c.relrowsecurity,
			c.relowner::regrole, coalesce(c.relacl::text, 'default'),
			(SELECT string_agg(pg_get_indexdef(x.indexrelid), ';' ORDER BY pg_get_indexdef(x.indexrelid))
				FROM pg_index x WHERE x.indrelid = c.oid),
			(SELECT string_agg(pg_get_constraintdef(k.oid), ';' ORDER BY k.conname) FROM pg_constraint k
				WHERE k.conrelid = c.oid),
			(SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ',' ORDER BY a.attnum)
				FROM pg_attribute a
			 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped))
		FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
		WHERE c.relnamespace = 'recon'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1}, $database);
	push @lines, map { "view $_" } lines_of($server, 'SELECT to_jsonb(v) FROM cash_verdict v ORDER BY 1', $database);
	push @lines, map { "series $_" } lines_of($server, 'SELECT account, series FROM kept ORDER BY account', $database);
	# What is kept of values of the extension's types, and what they say of rows.
	push @lines, map { "stats $_" } lines_of($server,
		'SELECT stats, recon_count(stats), recon_stddev(stats) FROM kept_model', $database);
	push @lines, map { "model $_" } lines_of($server, q{
		SELECT kind, md5(bytes), recon_describe(model), recon_score(model, recon_features(c)),
			recon_contributions(model, recon_features(c))
		FROM kept_model m, jsonb_each_text(to_jsonb(m) - 'stats') AS k (kind, bytes), CAST(bytes AS recon_model) AS model,
			(SELECT * FROM cash WHERE account = 'A07' ORDER BY value_date DESC LIMIT 3) AS c
		ORDER BY kind, c.value_date}, $database);
	push @lines, map { "anomaly $_" } lines_of($server, 'SELECT to_jsonb(v) FROM recon.anomaly v ORDER BY break_id',
		$database);
	return @lines;
}

sub same_contents
{
	my ($got, $expected, $name) = @_;
	is_deeply($got, $expected, "$name: the contents are the same");
	return;
}

my @expected = contents($node, 'origin');
my @catalog = catalog_of($node, 'origin');
cmp_ok(scalar(grep { /^partition/ } @expected), '>=', 4, 'there are partitions made on demand');
cmp_ok(scalar(grep { /^recon.break:/ } @expected), '>', 1000, 'there are breaks');
is(scalar(grep { /^model \w+\|.*\|\d/ } @expected), 27, 'nine models score three rows each');

# The restored database is asked to go on: judged again it says the same, new breaks have new numbers,
# and everybody has the rights he had.
sub goes_on
{
	my ($server, $database, $name) = @_;
	my @verdicts = lines_of($server, verdicts_sql(), $database);
	my $flips = $server->safe_psql($database, q{
		SELECT count(*) FROM recon_detect('cash', from_date => '2024-04-01', to_date => '2024-04-09');
		SELECT verdicts_changed FROM recon.run ORDER BY run_id DESC LIMIT 1});
	like($flips, qr/\n0$/, "$name: a second run flips no verdict");
	is_deeply([ lines_of($server, verdicts_sql(), $database) ], \@verdicts, "$name: it judges as before");
	is($server->safe_psql($database, q{
		CREATE TEMP TABLE before AS SELECT max(break_id) AS break_id, max(run_id) AS run_id FROM recon.break;
		INSERT INTO cash SELECT date '2024-05-02', account, currency, ledger, statement FROM cash
			WHERE value_date = '2024-04-09';
		CREATE TEMP TABLE found AS SELECT * FROM recon_detect('cash');
		SELECT count(*) > 0, bool_and(f.break_id > b.break_id) FROM found f, before b;
		SELECT r.run_id > b.run_id FROM before b, recon.run r ORDER BY r.run_id DESC LIMIT 1;
		SELECT to_regclass('recon.break_2024_05') IS NOT NULL}), "t|t\nt\nt",
		"$name: new breaks, runs and partitions go on from the old ones");
	is($server->safe_psql($database,
		q{CALL recon_work(); SELECT status, count(*) FROM recon.run WHERE arguments IS NOT NULL GROUP BY 1 ORDER BY 1}),
		"failed|1\nsucceeded|1", "$name: the queue is worked, what ran when the dump was made has failed");
	is($server->safe_psql($database, q{SELECT count(*) FROM recon_detect('cash', persist => false)},
			extra_params => [ '-U', 'Ana Lyst' ]) >= 0, 1, "$name: an operator still is one");
	is($server->safe_psql($database, 'SELECT count(*) > 0 FROM recon.anomaly', extra_params => [ '-U', 'viewer' ]), 't',
		"$name: a viewer still is one");
	is(error_of($server, q{SELECT recon_detect('cash')}, database => $database,
		extra_params => [ '-U', 'viewer' ])->{sqlstate},
		'42501', "$name: and no more than that");
	return;
}

my $directory = PostgreSQL::Test::Utils::tempdir();
my %dumps = (
	plain => sub {
		$node->command_ok([ 'pg_dump', '-f', "$directory/plain.sql", 'origin' ], 'pg_dump, plain');
		return [ [ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$directory/plain.sql", '-d', 'plain' ] ];
	},
	custom => sub {
		$node->command_ok([ 'pg_dump', '-Fc', '-f', "$directory/custom", 'origin' ], 'pg_dump, custom');
		return [ [ 'pg_restore', '--exit-on-error', '-d', 'custom', "$directory/custom" ] ];
	},
	directory => sub {
		$node->command_ok([ 'pg_dump', '-Fd', '-j2', '-f', "$directory/directory", 'origin' ], 'pg_dump, directory, 2 jobs');
		return [ [ 'pg_restore', '--exit-on-error', '-j2', '-d', 'directory', "$directory/directory" ] ];
	},
	inserts => sub {
		$node->command_ok([ 'pg_dump', '--column-inserts', '-f', "$directory/inserts.sql", 'origin' ], 'pg_dump, as INSERTs');
		return [ [ 'psql', '-Xq', '-o', '/dev/null', '-v', 'ON_ERROR_STOP=1', '-f', "$directory/inserts.sql", '-d',
			'inserts' ] ];
	},
	two_parts => sub {
		$node->command_ok([ 'pg_dump', '--schema-only', '-f', "$directory/schema.sql", 'origin' ], 'pg_dump --schema-only');
		$node->command_ok([ 'pg_dump', '--data-only', '-f', "$directory/data.sql", 'origin' ], 'pg_dump --data-only');
		return [ map { [ 'psql', '-Xq', '-o', '/dev/null', '-v', 'ON_ERROR_STOP=1', '-f', "$directory/$_.sql", '-d',
			'two_parts' ] }
			  qw(schema data) ];
	});
for my $format (sort keys %dumps)
{
	my $commands = $dumps{$format}->();
	$node->safe_psql('postgres', "CREATE DATABASE $format");
	$node->command_ok($_, "$format: restored by $_->[0]") for @$commands;
	same_contents([ contents($node, $format) ], \@expected, $format);
	same_catalog([ catalog_of($node, $format) ], \@catalog, "$format: the extension is the same, rights included");
	goes_on($node, $format, $format);
}

# A second dump of a restored database is the first.
$node->safe_psql('postgres', 'CREATE DATABASE twice');
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$directory/plain.sql", '-d', 'twice' ],
	'restored once more');
$node->command_ok([ 'pg_dump', '-f', "$directory/twice.sql", 'twice' ], 'and dumped again');
my ($first, $second) = map { slurp_file("$directory/$_.sql") } qw(plain twice);
# Newer versions of pg_dump put a random word into their output.
s/^\\(un)?restrict .*$//mg for ($first, $second);
# The relation of a source has another number in each database; its owner, the last column, has not.
s/(^COPY recon\.reconciliation .*?^\\\.$)/$1 =~ s{\t\d+(?=\t\d+$)}{}mgr/ems for ($first, $second);
same_catalog([ split /\n/, $second ], [ split /\n/, $first ],
	'the dump of a restored database is the dump it came from');

# Roles may be missing where a dump goes: the data comes all the same.
my $other = start_server('other');
$other->safe_psql('postgres', 'CREATE DATABASE plain');
$other->command_ok([ 'psql', '-Xq', '-f', "$directory/plain.sql", '-d', 'plain' ], 'restored without the roles');
is_deeply(
	[ lines_of($other, verdicts_sql(), 'plain') ],
	[ lines_of($node, verdicts_sql(), 'origin') ],
	'where the roles are missing, the verdicts come all the same');
$other->stop;

# pg_upgrade: it dumps with --binary-upgrade, restores into a new cluster and takes the files over.
$node->safe_psql('postgres', "DROP DATABASE $_") for sort(keys %dumps), 'twice';
my $new = PostgreSQL::Test::Cluster->new('upgraded');
$new->init;
my $bindir = $node->safe_psql('postgres', q{SELECT setting FROM pg_config() WHERE name = 'BINDIR'});
$node->stop;
{
	# pg_upgrade writes where it stands.
	my $work = PostgreSQL::Test::Utils::tempdir();
	my $back = Cwd::getcwd();
	chdir $work or die $!;
	local $ENV{PGHOST};
	delete $ENV{PGHOST};
	command_ok(
		[
			"$bindir/pg_upgrade", '--no-sync', '-b', $bindir, '-B', $bindir, '-d', $node->data_dir, '-D', $new->data_dir,
			'-s', $node->host, '-p', $node->port, '-P', $new->port
		],
		'pg_upgrade');
	chdir $back or die $!;
}
$new->start;
same_contents([ contents($new, 'origin') ], \@expected, 'pg_upgrade');
# pg_upgrade forgets which privileges an object began with, and reads SQL bodies from their printed form.
sub without_upgrade { return grep { !/\| initial privileges \|/ && !/\| definition \|.* LANGUAGE sql .* RETURN / } @_ }
same_catalog([ without_upgrade(catalog_of($new, 'origin')) ], [ without_upgrade(@catalog) ],
	'pg_upgrade: the extension is the same, rights included');
goes_on($new, 'origin', 'pg_upgrade');
my $dropped = error_of($new, 'DROP VIEW cash_verdict; DROP TABLE kept, kept_model; DROP EXTENSION recon',
	database => 'origin');
is($dropped->{sqlstate}, '', 'and it can still be dropped') or diag("$dropped->{message} $dropped->{detail}");
is($new->safe_psql('origin', q{SELECT count(*) FROM pg_namespace WHERE nspname = 'recon'}), 0,
	'with all its partitions');
$new->stop;

done_testing();
