# What aggregates hold: many groups are hashed within the memory of a hash table, whatever the planner expected; a
# group, or the samples of all groups, beyond their bounds are refused with a hint.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use ReconTest;
use Test::More;

my $node = start_server('memory', shared_buffers => '16MB', max_parallel_workers_per_gather => 0, jit => 'off',
	work_mem => '4MB', hash_mem_multiplier => 2);

# The planner has never looked at the table: it expects 200 groups.
$node->safe_psql('postgres', q{
	CREATE EXTENSION recon;
	CREATE TABLE many (k int, at date, x float8, features float8[]) WITH (autovacuum_enabled = off);
	INSERT INTO many
		SELECT k, date '2020-01-01' + d, hashint4(k * 1000 + d) / 1e6,
			ARRAY[hashint4(k * 7 + d), hashint4(k * 13 + d)]
		FROM generate_series(1, 100000) k, generate_series(1, 10) d});

# A digest of what the aggregate says of every group, and the most megabytes that the session has held (where
# the system tells).
sub digest_and_memory
{
	my ($aggregate, $plan) = @_;
	my $memory = -e '/proc/self/status'
	  ? q{SELECT substring(pg_read_file('/proc/' || pg_backend_pid() || '/status') FROM 'VmHWM:\s*(\d+)')::int / 1024}
	  : '';
	return lines_of($node, qq{
		SET $plan = off;
		SELECT count(*), sum(hashtext(left(r::text, 4000))) FROM (SELECT $aggregate AS r FROM many GROUP BY k) s;
		$memory});
}

# Every fit has the same state.
for my $aggregate ('recon_series(at, x)', 'recon_stats(x)', q(recon_fit_iforest(features, '{"trees": 1}')))
{
	my ($hashed, $megabytes) = digest_and_memory($aggregate, 'enable_sort');
	my ($sorted) = digest_and_memory($aggregate, 'enable_hashagg');
	like($hashed, qr/^100000\|/, "$aggregate: 100,000 groups of 10 rows");
	is($hashed, $sorted, "$aggregate: hashed and spilled the same as sorted");
	# 8 MB of the hash table beside 16 of shared buffers, what a session takes, and what spills at once.
	cmp_ok($megabytes, '<', 72, "$aggregate: little memory") if defined $megabytes;
}

# A value of the server ends at 1 GB.
my $measures = join(', ', ('1.0::float8') x 16);
my $error = error_of($node, qq{
	SELECT recon.key_series(date '2000-01-01' + i % 20000, true, false, 0, 16, $measures)
	FROM generate_series(1, 7100000) i});
is("$error->{sqlstate}|$error->{message}|$error->{detail}|$error->{hint}",
	'54000|a key has too many rows to be judged at once|'
	  . 'Its first 7064090 rows take 1 GB, the most that a key may.|'
	  . 'Add key columns, or read a view that leaves old rows out.',
	'a key beyond its bound is refused');

# Samples of wide rows, of which fewer fit than the size that the planner knows of promises.
my $wide = q{
	SELECT count(model) FROM (SELECT recon_fit_iforest(array_fill(i::float8, '{1024}'),
		'{"trees": 1, "max_rows": 4000}') AS model
		FROM generate_series(1, 25200) i GROUP BY i % 6) s};
$error = error_of($node, "SET enable_sort = off; $wide");
is("$error->{sqlstate}|$error->{message}|$error->{hint}",
	'54000|the samples of all groups hold too much memory|'
	  . 'SET enable_hashagg = off, so that one group is fitted after the other, or give a lower max_rows.',
	'samples of many wide groups are refused');
is($node->safe_psql('postgres', "SET enable_hashagg = off; $wide"), '6', 'and fitted as the hint says');
is($node->safe_psql('postgres', 'SET enable_sort = off; ' . ($wide =~ s/4000/400/r)), '6', 'or with smaller samples');

done_testing();
