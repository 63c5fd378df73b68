# A database of every released version becomes, by ALTER EXTENSION UPDATE, what a fresh installation gives,
# and goes back; what users have stored in it and granted stays.
use strict;
use warnings;

use File::Copy ();
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use ReconTest;
use Test::More;
use version;

my $regenerate = "If a change of SQL is meant, run 'make updates' and commit sql/updates.";
my ($version) = slurp_file(source_file('control/recon.control')) =~ /^default_version = '(.*)'/m;
my @all_releases = sort { version->parse("v$a") <=> version->parse("v$b") }
  map { m{recon--(.*)\.sql$} } glob source_file('sql/releases/recon--*.sql');
my @releases = grep { $_ ne $version } @all_releases;
cmp_ok(scalar @releases, '>', 0, 'there is a released version before this one');

my $node = start_server('updates');
sub make_database
{
	my ($name, $of_version) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name, "CREATE EXTENSION recon VERSION '$of_version'");
	return;
}
sub update_to
{
	my ($database, $to) = @_;
	my $error = error_of($node, "ALTER EXTENSION recon UPDATE TO '$to'", database => $database);
	is($error->{sqlstate}, '', "$database: update to $to") or diag("$error->{message}\n$error->{detail}\n$regenerate");
	return;
}

# The steps are those that the modules make.
my $drafted = run_draft(source_file('scripts/draft-update'), '--check');
is($drafted->{status}, 0, 'the update steps are those that the modules make') or diag($drafted->{output});

# The library has the C functions of every release: a server loads the new one before anybody updates.
my $library = $node->safe_psql('postgres', q{SELECT setting FROM pg_config() WHERE name = 'PKGLIBDIR'}) . '/recon.so';
my %symbols = map { $_ => 1 } map { /^\S+ [TW] (\S+)$/ ? $1 : () } split /\n/, `nm -D --defined-only '$library'`;
for my $release (@releases)
{
	my %wanted = map { $_ => 1 } slurp_file(source_file("sql/releases/recon--$release.sql")) =~ /'MODULE_PATHNAME',\s*'(\w+)'/g;
	cmp_ok(scalar keys %wanted, '>', 10, "$release calls functions of the library");
	is_deeply([ grep { !$symbols{$_} } sort keys %wanted ], [], "$release: the library has all of them");
}

# The catalogs, in both directions and twice.
make_database('fresh', $version);
my @fresh = catalog_of($node, 'fresh');
for my $release (@releases)
{
	(my $name = "from_$release") =~ tr/./_/;
	make_database($name, $release);
	my @released = catalog_of($node, $name);
	isnt(join("\n", @released), join("\n", @fresh), "$release differs from $version");
	for ('', ', once more')
	{
		update_to($name, $version);
		same_catalog([ catalog_of($node, $name) ], \@fresh, "$release updated$_ is what a fresh $version is") or diag($regenerate);
		update_to($name, $release);
		same_catalog([ catalog_of($node, $name) ], \@released, "$version taken back$_ is what a fresh $release is") or diag($regenerate);
	}
	$node->safe_psql($name, 'DROP EXTENSION recon; CREATE SCHEMA "Own Place"');
	$node->safe_psql($name, qq{CREATE EXTENSION recon SCHEMA "Own Place" VERSION '$release'});
	update_to($name, $version);
	my @elsewhere = map { s/"Own Place"/public/gr } catalog_of($node, $name);
	same_catalog(\@elsewhere, [ map { s/^function recon_/function public.recon_/r } @fresh ],
		"$release updated in another schema is the same");
	update_to($name, $release);
}

# A server that has the new library and not yet the new SQL goes on working: what 0.1.0 has judged, judged anew
# under its SQL, and then a new day.
$node->safe_psql('postgres', 'CREATE ROLE clerk LOGIN');
make_database('not_yet', '0.1.0');
$node->safe_psql('not_yet', slurp_file(source_file('test/tap/lib/data_0.1.0.sql')));
$node->safe_psql('not_yet', q{
	SELECT recon_create('again', source => 'cash', key_columns => '{account,currency}', criteria_columns => '{ledger,statement}',
		date_column => 'value_date', currency_column => 'currency', tolerance => 1, strategy => 'ours')});
my $judged_by = sub {
	my ($name) = @_;
	return [ lines_of($node, qq{SELECT key, break_date, occurrence, measure, observed, is_anomaly
		FROM recon.break JOIN recon.reconciliation USING (reconciliation_id)
		WHERE reconciliation_name = '$name' AND is_open AND break_date BETWEEN '2024-02-20' AND '2024-03-09' ORDER BY 2, 1, 3}, 'not_yet') ];
};
cmp_ok(scalar @{ $judged_by->('cash') }, '>', 10, '0.1.0 has left breaks');
for my $time (qw(first second))
{
	my $error = error_of($node, q{
		SELECT count(*) FROM recon_detect('again', from_date => '2024-02-20', to_date => '2024-03-05');
		SELECT count(*) FROM recon_detect('again', from_date => '2024-03-06', to_date => '2024-03-09')}, database => 'not_yet');
	is($error->{sqlstate}, '', "SQL of 0.1.0 runs with this library, for the $time time") or diag($error->{message});
	is($error->{output}, "12\n3", 'all breaks are given');
	is_deeply($judged_by->('again'), $judged_by->('cash'), 'and what is stored is what 0.1.0 has found');
}
is($node->safe_psql('not_yet', q{
	INSERT INTO cash VALUES ('2024-04-02', 'A2', 'USD', 99000, 1040), ('2024-04-02', 'A3', 'EUR', 1040, 1042);
	SELECT key->>'account', break_id IS NOT NULL, is_anomaly FROM recon_detect('again') ORDER BY 1;
	SELECT count(*), count(*) FILTER (WHERE is_anomaly) FROM recon.break_2024_04;
	SELECT count(*), count(DISTINCT detector) > 0 FROM recon.score WHERE break_date = '2024-04-02';
	SELECT count(*) FROM recon.verdict_history v JOIN recon.reconciliation r USING (reconciliation_id) WHERE reconciliation_name = 'again'}),
	"A2|t|t\nA3|t|f\n2|1\n1|t\n0", 'a new day is judged and stored, and nothing has flipped');
update_to('not_yet', $version);
is($node->safe_psql('not_yet', q{SELECT key->>'account', is_anomaly FROM recon_detect('again', from_date => '2024-04-02') ORDER BY 1}),
	"A2|t\nA3|f", 'after the update it is the same');

# Data that 0.1.0 has left.
make_database('used', '0.1.0');
$node->safe_psql('used', slurp_file(source_file('test/tap/lib/data_0.1.0.sql')));
# Presets are what the version has, like functions; strategies of one's own are data.
my @columns = lines_of($node, q{
	SELECT format('SELECT %L, %s FROM %s %s ORDER BY 2, 3', c.oid::regclass,
		string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum), c.oid::regclass,
		CASE c.relname WHEN 'strategy' THEN 'WHERE NOT is_builtin' END)
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND a.attname <> 'granted_at'
	WHERE c.relnamespace = 'recon'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
	GROUP BY c.oid ORDER BY c.relname}, 'used');
my $contents = sub {
	return [ map { lines_of($node, $_, 'used') } @columns, 'SELECT * FROM cash_verdict ORDER BY 1, 2',
		'SELECT account, series FROM kept ORDER BY 1' ];
};
my $dump = sub {
	my ($stdout) = run_command([ 'pg_dump', '-d', $node->connstr('used') ]);
	# Newer versions of pg_dump put a random word into their output; granting again is later.
	return [ map { s/^(clerk\toperator\t.*\t).*/$1/r } grep { !/^\\(?:un)?restrict / } split /\n/, $stdout ];
};
# As docs/operations.md has it.
my ($grant_again) = slurp_file(source_file('docs/operations.md')) =~ /^(SELECT recon_grant\(a\.role_name.*?;)$/ms;
ok($grant_again, 'docs/operations.md says how roles come by what is new');
my $stored = $contents->();
my $before = $dump->();
cmp_ok(scalar @$stored, '>', 100, 'there are data of 0.1.0');
cmp_ok(scalar(grep { /^GRANT .* TO clerk/ } @$before), '>', 20, 'and rights');

update_to('used', $version);
is_deeply($contents->(), $stored, 'the data survive the update');
is($node->safe_psql('used', 'SELECT recon_version() = extversion FROM pg_extension WHERE extname = $$recon$$'), 't',
	'library and extension are of one version again');
$node->safe_psql('used', $grant_again);
is($node->safe_psql('used', q{SELECT count(*) > 0, count(*) = count(to_regclass(format('recon.%I', c.relname || '_review')))
	FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'recon.break'::regclass}), 't|t',
	'every partition has the index of the review queue');

update_to('used', '0.1.0');
$node->safe_psql('used', $grant_again);
is_deeply($contents->(), $stored, 'the data survive the way back');
same_catalog($dump->(), $before, 'a dump of it is the dump before the update, rights included');

# Forth again, and the main job goes on where it was, whatever columns have come and gone meanwhile.
update_to('used', $version);
$node->safe_psql('used', "ALTER TABLE recon.$_ ADD COLUMN gone text; ALTER TABLE recon.$_ DROP COLUMN gone")
  for qw(break score run verdict_history reconciliation strategy access);
$node->safe_psql('used', $grant_again);
is($node->safe_psql('used', q{
	INSERT INTO cash VALUES ('2024-03-20', 'A1', 'EUR', 1040, 1040), ('2024-03-20', 'A2', 'USD', 99000, 1040),
		('2024-03-20', 'A3', 'EUR', 1040, 1042), ('2024-03-20', 'A4', 'USD', 1040, 1040);
	GRANT SELECT ON cash TO clerk}), '', 'a new day arrives');
my $judged = error_of($node, q{
	SELECT key->>'account', observed, is_anomaly FROM recon_detect('cash') WHERE is_anomaly;
	SELECT status, rows_read, breaks FROM recon.run ORDER BY run_id DESC LIMIT 1;
	SELECT count(*), count(DISTINCT break_id) FROM recon.break;
	SELECT recon_rejudge((SELECT max(run_id) FROM recon.run), 'conservative') <> ''},
	database => 'used', extra_params => [ '-U', 'clerk' ]);
is($judged->{sqlstate}, '', 'an operator judges the new day, and calls what is new in this version')
  or diag("$judged->{message}\n$judged->{detail}");
is($judged->{output}, "A2|97960|t\nsucceeded|120|2\n18|18\nt", 'the main job goes on where it was');

# What a forgotten step looks like, and a change that has to be written by hand.
my $tree = PostgreSQL::Test::Utils::tempdir();
mkdir "$tree/$_" or die $! for qw(scripts control sql sql/releases sql/updates);
for my $path ('scripts/draft-update', 'control/recon.control', map { s{^.*/(?=sql/)}{}r } glob source_file('sql/{,releases/,updates/}*.sql'))
{
	File::Copy::copy(source_file($path), "$tree/$path") or die "$path: $!";
}
chmod 0755, "$tree/scripts/draft-update";
# Where this version is released already, somebody begins the next.
my ($last, $next) = ($all_releases[-1], $all_releases[-1] eq $version ? '999.0.0' : $version);
write_file("$tree/control/recon.control", "default_version = '$next'\n");
my @steps = map { "$tree/sql/updates/recon--$_.sql" } "$last--$next", "$next--$last";
append_to_file("$tree/sql/65-rejudge.sql", <<'EOS');
-- A function that somebody adds.
CREATE FUNCTION recon_added(at timestamp with time zone, VARIADIC more numeric(5,2)[] DEFAULT '{1,2}') RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 'a; b';
COMMENT ON FUNCTION recon_added(timestamp with time zone, numeric[]) IS 'Is new; "quoted" here, isn''t it.';
CREATE TABLE recon.added (added_id bigint GENERATED BY DEFAULT AS IDENTITY, -- it's a number
    amount numeric CHECK (amount IN (1, 2)));
CREATE INDEX added_by_amount ON recon.added (amount);
CREATE POLICY visible ON recon.added FOR SELECT USING (true);
SELECT pg_catalog.pg_extension_config_dump('recon.added', '');
SELECT pg_catalog.pg_extension_config_dump('recon.added_added_id_seq', '');
EOS
my $forgotten = run_draft("$tree/scripts/draft-update", '--check');
is($forgotten->{status}, 1, 'a step that was forgotten is found');
like($forgotten->{output}, qr/recon--$last--$next\.sql is not what the modules make: run 'make updates'/, 'and says what to run');
is(run_draft("$tree/scripts/draft-update")->{status}, 0, 'that drafts it');
is(run_draft("$tree/scripts/draft-update", '--check')->{status}, 0, 'which is then found to be right');
my ($forth, $back) = map { slurp_file($_) } @steps;
like($forth, qr/^-- A function that somebody adds\.\nCREATE FUNCTION recon_added\(.*RETURN 'a; b';$/ms, 'a new function is in the step');
like($back, qr/^ALTER EXTENSION recon DROP SEQUENCE recon\.added_added_id_seq;
ALTER EXTENSION recon DROP TABLE recon\.added;
(?:.*\n)*DROP TABLE recon\.added;
DROP FUNCTION recon_added\(at timestamp with time zone, VARIADIC more numeric\(5,2\)\[\]\);$/m, 'and goes on the way back');

my $configuration = slurp_file("$tree/sql/10-configuration.sql");
$configuration =~ s/(^CREATE TABLE recon\.reconciliation \((?:\n    .*)+)\n\);/$1,\n    added integer, -- at the end\n    more text DEFAULT ','\n);/m or die;
write_file("$tree/sql/10-configuration.sql", $configuration);
is(run_draft("$tree/scripts/draft-update")->{status}, 0, 'columns added at the end of a table are drafted');
($forth, $back) = map { slurp_file($_) } @steps;
like($forth, qr/^ALTER TABLE recon\.reconciliation ADD COLUMN added integer;\nALTER TABLE recon\.reconciliation ADD COLUMN more text DEFAULT ',';$/m, 'as such');
like($back, qr/^ALTER TABLE recon\.reconciliation DROP COLUMN more;\nALTER TABLE recon\.reconciliation DROP COLUMN added;$/m, 'and back');
$configuration =~ s/^    is_active           boolean NOT NULL.*\n//m or die;
write_file("$tree/sql/10-configuration.sql", $configuration);
my $by_hand = run_draft("$tree/scripts/draft-update");
is($by_hand->{status}, 1, 'a column that goes is not drafted');
like($by_hand->{output}, qr/write by hand .* below a line "-- by hand: TABLE recon\.reconciliation":\n    CREATE TABLE/, 'and says where to write it');
for my $step (@steps)
{
	my $text = slurp_file($step);
	$text =~ s/(?<=^-- By hand, first\. Kept when this file is drafted anew\.\n)/-- by hand: TABLE recon.reconciliation\nSELECT 'ours';\n/m or die;
	write_file($step, $text);
}
is(run_draft("$tree/scripts/draft-update")->{status}, 0, 'what is written by hand is accepted');
like(slurp_file($_), qr/^SELECT 'ours';$/m, 'and kept') for @steps;

$node->stop;
done_testing();

sub run_draft
{
	my @command = @_;
	my $output = '';
	my $is_ok = IPC::Run::run(\@command, '>', \$output, '2>&1');
	return { status => $is_ok ? 0 : 1, output => $output };
}

sub write_file
{
	my ($path, $text) = @_;
	unlink $path;
	append_to_file($path, $text);
	return;
}
