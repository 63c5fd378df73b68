# Rows say when they were loaded before they can be read: those of transactions that were under way while a
# run read are late for the next one, however long ago they began, and every row is judged once.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use ReconTest;
use Test::More;

my $node = start_server('late_rows');
$node->safe_psql('postgres', q{
	CREATE EXTENSION recon;
	CREATE TABLE feed (account text, day date, ledger numeric, bank numeric, loaded_at timestamptz DEFAULT now());
	INSERT INTO feed SELECT 'A' || a, date '2024-01-01' + d, 1000 + (a * d) % 3, 1000, date '2024-01-01' + d
		FROM generate_series(1, 9) a, generate_series(0, 40) d;
	SELECT recon_create('feed', source => 'feed', key_columns => '{account}', criteria_columns => '{ledger,bank}',
		date_column => 'day', loaded_at_column => 'loaded_at', tolerance => 8)});

sub judge
{
	my (%how) = @_;
	return $node->safe_psql($how{database} || 'postgres', ($how{first} || '') . q{
		SELECT key->>'account', break_date FROM recon_detect('feed') ORDER BY 1, 2;} . ($how{last} || ''));
}

sub load
{
	my ($account, $day) = @_;
	return "INSERT INTO feed VALUES ('$account', '$day', 5000, 1000);";
}

is(judge(), '', 'nothing is out of line at first');

my $writes = $node->background_psql('postgres');
my $will_write = $node->background_psql('postgres');
$writes->query_safe('BEGIN; ' . load('A1', '2024-01-05'));
$will_write->query_safe('BEGIN; SELECT now()');
$node->safe_psql('postgres', load('A2', '2024-01-05'));
is(judge(), 'A2|2024-01-05', 'what is there is judged');
$will_write->query_safe(load('A3', '2024-01-06'));
$writes->query_safe('COMMIT');
$will_write->query_safe('COMMIT');
is(judge(), "A1|2024-01-05\nA3|2024-01-06",
	'what came of transactions under way is judged by the next run, and nothing else');
is(judge(), '', 'once');

# A transaction that reads by an old snapshot says so.
my $reads = $node->background_psql('postgres');
$reads->query_safe('SET client_min_messages = warning; BEGIN ISOLATION LEVEL REPEATABLE READ;
	SELECT count(*) FROM feed');
$node->safe_psql('postgres', load('A4', '2024-01-07'));
is($reads->query_safe(q{SELECT count(*) FROM recon_detect('feed')}), '0', 'a row that is not visible is not judged');
$reads->query_safe('COMMIT');
is(judge(), 'A4|2024-01-07', 'but by the next run');

# What is loaded and judged in one transaction has been judged.
is(judge(first => 'BEGIN; ' . load('A5', '2024-01-08'), last => 'COMMIT'), 'A5|2024-01-08',
	'a load that has itself judged');
is(judge(), '', 'is judged once');

$_->quit for $writes, $will_write, $reads;

# A dump carries what is known.
$node->safe_psql('postgres', load('A6', '2024-01-09'));
my $dump = $node->backup_dir . '/feed.sql';
mkdir $node->backup_dir;
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ], 'dumped');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, $node->connstr('restored') ], 'restored');
is(judge(database => 'restored'), 'A6|2024-01-09', 'a late row is late after a restore');
is(judge(), 'A6|2024-01-09', 'as it is here');

done_testing();
