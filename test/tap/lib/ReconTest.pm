# What the server tests share. Each test file starts servers of its own with PostgreSQL's test
# modules, so nothing here touches a server that exists.
package ReconTest;

use strict;
use warnings;

use Exporter 'import';
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(
  border_library
  catalog_of
  error_of
  lines_of
  load_border_functions
  load_sample
  same_catalog
  shared_data
  source_file
  start_server
  verdicts_sql
);

# PostgreSQL's modules send STDERR to a log of their own, and a program that dies ends with the number that the
# last system call left behind. So what ended a test is shown among its results, too.
$SIG{__DIE__} = sub {
	diag("the test ended: $_[0]") if defined $^S && !$^S;
	return;
};

# The absolute path of a file of the source tree.
sub source_file
{
	my ($path) = @_;
	my $root = "$FindBin::RealBin/../..";
	return "$root/$path";
}

# The folder of data that is not part of the tree: RECON_DATA, else shared/data beside the tree; undef
# where there is none.
sub shared_data
{
	my $path = $ENV{RECON_DATA} || source_file('../shared/data');
	return -d $path ? $path : undef;
}

# A server with fsync off and an own log; %settings are lines of postgresql.conf.
sub start_server
{
	my ($name, %settings) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init;
	$node->append_conf('postgresql.conf', "$_ = '$settings{$_}'") for sort keys %settings;
	$node->start;
	return $node;
}

# The path of the border's test library, as the server loads it.
sub border_library
{
	my $path = source_file('test/border/recon_border_test.so');
	die "$path is missing: run 'make border-test' first\n" unless -e $path;
	return $path;
}

sub load_border_functions
{
	my ($node, $database) = @_;
	$node->psql(
		$database || 'postgres',
		slurp_file(source_file('test/border/border_test_functions.sql')),
		extra_params => [ '-v', 'library=' . border_library() ],
		on_error_die => 1);
	return;
}

# Runs SQL that should fail. Gives its last error as a hash of sqlstate, message, detail and hint;
# the sqlstate is '' when nothing failed.
sub error_of
{
	my ($node, $sql, %options) = @_;
	my ($status, $stdout, $stderr) = $node->psql(
		$options{database} || 'postgres',
		"\\set VERBOSITY verbose\n$sql",
		on_error_stop => 0,
		extra_params => $options{extra_params} || []);
	my %error = (sqlstate => '', message => '', detail => '', hint => '', output => $stdout);
	my $field = '';
	for my $line (split /\n/, $stderr)
	{
		if ($line =~ /ERROR:  ([0-9A-Z]{5}): (.*)$/)
		{
			@error{qw(sqlstate message detail hint)} = ($1, $2, '', '');
			$field = 'message';
		}
		elsif ($line =~ /^(DETAIL|HINT):  (.*)$/)
		{
			$field = lc $1;
			$error{$field} = $2;
		}
		elsif ($line =~ /^(?:LOCATION|CONTEXT|LINE \d+|STATEMENT|QUERY|NOTICE|WARNING)\b/)
		{
			$field = '';
		}
		elsif ($field ne '')
		{
			$error{$field} .= "\n$line";
		}
	}
	return \%error;
}

# Everything that makes up the extension in a database, one fact a line.
sub catalog_of
{
	my ($node, $database) = @_;
	return split /\n/,
	  $node->safe_psql($database, slurp_file(source_file('test/tap/lib/extension_catalog.sql')));
}

# Compares two such listings and prints what only one of them has.
sub same_catalog
{
	my ($got, $expected, $name) = @_;
	my (%got, %expected);
	$got{$_}++ for @$got;
	$expected{$_}++ for @$expected;
	my @more = grep { !$expected{$_} } @$got;
	my @less = grep { !$got{$_} } @$expected;
	return ok(!@more && !@less && @$got == @$expected, $name)
	  || diag(join "\n", (map { "only here:    $_" } @more), (map { "only there:   $_" } @less),
		@$got . ' and ' . @$expected . ' lines');
}

# A source of 40 keys over 100 days with some anomalies in it, defined and judged twice.
sub load_sample
{
	my ($node, $database) = @_;
	$node->safe_psql($database, slurp_file(source_file('test/tap/lib/sample.sql')));
	return;
}

# The verdicts that are stored, in the words of a user, whatever their numbers are.
sub verdicts_sql
{
	return <<'EOS';
SELECT r.reconciliation_name, b.key, b.break_date, b.occurrence, b.measure, b.observed, b.expected,
       b.score, b.p_value, b.q_value, b.is_anomaly, b.severity, b.pattern, b.category, b.reason, b.is_open
FROM recon.break b JOIN recon.reconciliation r USING (reconciliation_id)
ORDER BY r.reconciliation_name, b.break_date, b.key::text COLLATE "C", b.occurrence
EOS
}

# The rows of a query, one string each, columns separated by |.
sub lines_of
{
	my ($node, $sql, $database) = @_;
	return split /\n/, $node->safe_psql($database || 'postgres', $sql);
}

1;
