# The extension comes, goes and comes again; it lives in any schema but its own; what it brings is
# described, and open to nobody who was not let in.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use ReconTest;
use Test::More;

my $node = start_server('life');
$node->safe_psql('postgres', "CREATE DATABASE $_") for qw(again elsewhere refused);

# CREATE, DROP and CREATE again leave no trace and give the same.
$node->safe_psql('again', 'CREATE EXTENSION recon');
my @fresh = catalog_of($node, 'again');
cmp_ok(scalar @fresh, '>', 100, 'the catalog of the extension is listed');
is($node->safe_psql('again', 'SELECT recon_version() = extversion FROM pg_extension WHERE extname = $$recon$$'),
	't', 'the library and the extension are of one version');

my $objects = q{
	SELECT 'relation ' || relname FROM pg_class WHERE relnamespace <> 'pg_toast'::regnamespace
	UNION ALL SELECT 'function ' || oid::regprocedure FROM pg_proc
	UNION ALL SELECT 'type ' || oid::regtype FROM pg_type WHERE typnamespace <> 'pg_toast'::regnamespace
	UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname !~ '^pg_'
	ORDER BY 1};
$node->safe_psql('again', 'DROP EXTENSION recon');
is_deeply(
	[ lines_of($node, $objects, 'again') ],
	[ lines_of($node, $objects, 'refused') ],
	'DROP EXTENSION leaves nothing');
$node->safe_psql('again', 'CREATE EXTENSION recon');
same_catalog([ catalog_of($node, 'again') ], \@fresh, 'CREATE EXTENSION again gives the same');

# With data in it, and partitions made on demand, it goes as well.
load_sample($node, 'again');
cmp_ok(
	$node->safe_psql('again', q{SELECT count(*) FROM pg_inherits WHERE inhparent = 'recon.break'::regclass}),
	'>', 1, 'partitions have been made');
my $after = error_of($node, 'DROP EXTENSION recon', database => 'again');
is($after->{sqlstate}, '', 'DROP EXTENSION with data needs no CASCADE') or diag("$after->{message} $after->{detail}");
is($node->safe_psql('again', q{SELECT count(*) FROM pg_namespace WHERE nspname = 'recon'}), 0, 'its schema is gone');
is($node->safe_psql('again', 'SELECT count(*) > 0 FROM cash'), 't', 'the source is untouched');
$node->safe_psql('again', 'CREATE EXTENSION recon');
same_catalog([ catalog_of($node, 'again') ], \@fresh, 'CREATE EXTENSION after that gives the same');

# A view of the user's own over the verdicts is the user's: it is not dropped unasked.
load_sample($node, 'again');
$node->safe_psql('again', q{SELECT recon_create_view('cash')});
my $depends = error_of($node, 'DROP EXTENSION recon', database => 'again');
is($depends->{sqlstate}, '2BP01', 'DROP EXTENSION names the view that depends on it');
like($depends->{detail}, qr/view cash_verdict depends on/, 'and which it is');

# In another schema.
$node->safe_psql('elsewhere', 'CREATE SCHEMA "Own Place"; CREATE EXTENSION recon SCHEMA "Own Place"');
my @elsewhere = catalog_of($node, 'elsewhere');
s/"Own Place"/public/g for @elsewhere;
same_catalog(\@elsewhere, [ map { s/^function recon_/function public.recon_/r } @fresh ],
	'in another schema it is the same');
$node->safe_psql('elsewhere', 'ALTER DATABASE elsewhere SET search_path = "$user", public, "Own Place"');
load_sample($node, 'elsewhere');
is_deeply(
	[ lines_of($node, verdicts_sql(), 'elsewhere') ],
	[ lines_of($node, verdicts_sql(), 'again') ],
	'in another schema it judges the same');
$node->safe_psql('elsewhere', 'ALTER DATABASE elsewhere RESET search_path');
my $qualified = error_of($node, q{SELECT count(*) FROM "Own Place".recon_detect('cash', persist => false);
	SELECT "Own Place".recon_create_view('cash')}, database => 'elsewhere');
is($qualified->{sqlstate}, '', 'functions work when called by their qualified name') or diag($qualified->{message});
my $move = error_of($node, 'ALTER EXTENSION recon SET SCHEMA public', database => 'elsewhere');
is($move->{sqlstate}, '0A000', 'it is not relocatable afterwards');

# In its own schema it is refused, whether that is there or not.
my %refusal = (
	sqlstate => '3F000',
	message => 'extension "recon" cannot be installed in schema "recon"',
	detail => 'Schema "recon" is reserved for the extension\'s own tables and views.',
	hint => 'Use another schema: CREATE EXTENSION recon SCHEMA public.');
my $refused = error_of($node, 'CREATE SCHEMA recon; CREATE EXTENSION recon SCHEMA recon', database => 'refused');
is_deeply({ map { $_ => $refused->{$_} } keys %refusal }, \%refusal,
	'schema recon is refused, with what to do instead');
my $taken = error_of($node, 'CREATE EXTENSION recon', database => 'refused');
is($taken->{sqlstate}, '42P06', 'a schema recon of somebody else\'s is not taken over');

# Nor is it installed where operators or functions of others would come before the server's.
for my $shadow (
	[ q{CREATE FUNCTION public.times(numeric, bigint) RETURNS numeric LANGUAGE sql RETURN 0;
		CREATE OPERATOR public.* (FUNCTION = public.times, LEFTARG = numeric, RIGHTARG = bigint)},
		'operator public\.\*\(numeric,bigint\)' ],
	[ 'CREATE FUNCTION public.round(integer, integer) RETURNS numeric LANGUAGE sql RETURN 0',
		'function public\.round\(integer,integer\)' ])
{
	my ($made, $named) = @$shadow;
	$node->safe_psql('postgres', 'DROP DATABASE IF EXISTS shadowed');
	$node->safe_psql('postgres', 'CREATE DATABASE shadowed');
	$node->safe_psql('shadowed', "GRANT CREATE ON SCHEMA public TO PUBLIC; DROP ROLE IF EXISTS shade; CREATE ROLE shade;
		SET ROLE shade; $made");
	my $beside = error_of($node, 'CREATE EXTENSION recon', database => 'shadowed');
	is($beside->{sqlstate}, '42501', "it is not installed beside $named");
	like($beside->{message}, qr/cannot be installed beside $named/, 'it says beside what');
	$node->safe_psql('shadowed', 'CREATE SCHEMA tools; CREATE EXTENSION recon SCHEMA tools; DROP EXTENSION recon;
		DROP OWNED BY shade');
}

# What holds for every object of the extension (comments, rights, search paths) is in test/pgtap/surface.sql.
my $members = q{
	FROM pg_depend d
	JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
	WHERE e.extname = 'recon'};

# A role that nobody let in can do nothing.
$node->safe_psql('again', 'CREATE ROLE stranger LOGIN');
is($node->safe_psql('again', q{SELECT has_schema_privilege('stranger', 'recon', 'USAGE, CREATE')}), 'f',
	'a stranger may not even look into schema recon');
is_deeply(
	[
		lines_of($node, qq{
			SELECT p.oid::regprocedure FROM pg_proc p
			WHERE (p.pronamespace = 'recon'::regnamespace OR p.oid IN (SELECT d.objid $members
				AND d.classid = 'pg_proc'::regclass))
			  AND has_function_privilege('stranger', p.oid, 'EXECUTE') ORDER BY 1}, 'again')
	],
	[], 'a stranger may call no function');
is_deeply(
	[
		lines_of($node, q{
			SELECT c.oid::regclass FROM pg_class c
			WHERE c.relnamespace = 'recon'::regnamespace
			  AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege('stranger', c.oid, 'USAGE, SELECT, UPDATE')
					WHEN 'i' THEN false WHEN 'I' THEN false WHEN 'c' THEN false
					ELSE has_table_privilege('stranger', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
						 OR has_any_column_privilege('stranger', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES') END
			ORDER BY 1}, 'again')
	],
	[], 'a stranger may touch no table, partitions included');
for my $sql ('SELECT recon_version()', 'SELECT * FROM recon.anomaly', q{SELECT recon_detect('cash')},
	q{SELECT recon_create('x', source => 'cash')}, 'SELECT recon_series(current_date, 1)')
{
	is(error_of($node, $sql, database => 'again', extra_params => [ '-U', 'stranger' ])->{sqlstate}, '42501',
		"a stranger: $sql");
}

# What belongs to a reconciliation goes with it.
$node->safe_psql('again', q{
	DROP VIEW cash_verdict;
	SELECT recon_create('stays', source => 'cash', key_columns => '{account}',
		criteria_columns => '{ledger,statement}', date_column => 'value_date', tolerance => 1);
	SELECT recon_grant('stranger', 'viewer', 'cash'), recon_grant('stranger', 'viewer', 'stays');
	SELECT count(*) FROM recon_detect('stays');
	UPDATE cash SET statement = ledger WHERE account = 'A07';
	SELECT count(*) FROM recon_detect('cash', from_date => '2024-04-01', to_date => '2024-04-09')});
my $per_table = q{
	SELECT c.relname, (xpath('//n/text()', query_to_xml(format(
		$$SELECT count(*) FILTER (WHERE reconciliation_id = %s) AS n FROM recon.%I$$, r.reconciliation_id, c.relname),
		false, true, '')))[1]
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'reconciliation_id'
	CROSS JOIN recon.reconciliation r
	WHERE c.relnamespace = 'recon'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
	  AND r.reconciliation_name = 'stays'
	ORDER BY 1};
my @stays = lines_of($node, $per_table, 'again');
cmp_ok(scalar(grep { !/\|0$/ } @stays), '>', 2, 'there is something that stays');
$node->safe_psql('again', q{
	CREATE TABLE gone AS SELECT reconciliation_id FROM recon.reconciliation WHERE reconciliation_name = 'cash';
	SELECT recon_drop('cash')});
(my $left = $per_table) =~ s/CROSS JOIN recon.reconciliation r/CROSS JOIN gone r/;
$left =~ s/AND r.reconciliation_name = 'stays'//;
is_deeply([ grep { !/\|0$/ } lines_of($node, $left, 'again') ], [], 'recon_drop leaves nothing behind');
is_deeply([ lines_of($node, $per_table, 'again') ], \@stays, 'and takes nothing else along');

# The library shows the server what it asks for and nothing else.
my $library = $node->safe_psql('again', q{SELECT setting FROM pg_config() WHERE name = 'PKGLIBDIR'}) . '/recon.so';
my %symbols = map { $_ => 1 } map { /^\S+ [TW] (\S+)$/ ? $1 : () } split /\n/, `nm -D --defined-only '$library'`;
my @entries = lines_of($node, qq{
	SELECT DISTINCT p.prosrc FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'c'
	WHERE p.oid IN (SELECT d.objid $members AND d.classid = 'pg_proc'::regclass) ORDER BY 1}, 'again');
# The server starts the background worker by its name.
delete @symbols{qw(_PG_init Pg_magic_func recon_progress_worker), @entries, map { "pg_finfo_$_" } @entries};
is_deeply([ sort keys %symbols ], [], 'the library exports its entry points only');

$node->stop;
done_testing();
