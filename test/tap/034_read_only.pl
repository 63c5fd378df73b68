# Where nothing can be written, in a read-only transaction and on a standby, verdicts are shown as they would be stored,
# and a notice says that they are not.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use ReconTest;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->start;
$primary->safe_psql('postgres', 'CREATE EXTENSION recon');
load_sample($primary, 'postgres');
$primary->safe_psql('postgres', q{SELECT count(*) FROM recon_detect('cash')});
$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->start;

# The answer to a statement of recon_detect, in a comparable form, and what was said with it.
sub answer
{
	my ($node, $detect, $before) = @_;
	my ($status, $rows, $said) = $node->psql('postgres', ($before || '') . qq{
		SELECT (d).key, (d).break_date, (d).score, (d).q_value, (d).is_anomaly, (d).reason, (d).flags FROM $detect d
			ORDER BY 1, 2, 3});
	is($status, 0, "$detect is answered");
	return ($rows, $said);
}

my $not_stored = qr/^[^\n]*NOTICE:  this transaction is read-only: the verdicts are shown, not stored$/m;
for my $window ('', ", from_date => '2024-01-05'", ", from_date => '2024-01-05', as_of => clock_timestamp()",
	", strategy => 'sensitive'")
{
	$primary->safe_psql('postgres',
		q{INSERT INTO cash SELECT (SELECT max(value_date) + 1 FROM cash), account, currency, ledger, statement + 3, remark
		FROM cash WHERE value_date = '2024-01-09'});
	$primary->wait_for_catchup($standby);
	my $runs = $primary->safe_psql('postgres', 'SELECT count(*) FROM recon.run');
	my ($wanted, $silent) = answer($primary, "recon_detect('cash'$window, persist => false)");
	cmp_ok(length $wanted, '>', 100, 'there are verdicts');
	unlike($silent, $not_stored, 'who asks for no run to be stored is not told so');
	my ($rows, $said) = answer($primary, "recon_detect('cash'$window)", 'SET default_transaction_read_only = on;');
	is($rows, $wanted, "a read-only transaction shows them$window");
	like($said, $not_stored, 'and says that they are not stored');
	is($primary->safe_psql('postgres', 'SELECT count(*) FROM recon.run'), $runs, 'nor is the run');
	($rows, $said) = answer($standby, "recon_detect('cash'$window)");
	is($rows, $wanted, "so does a standby$window");
	like($said, $not_stored, 'which says so, too');
	$primary->safe_psql('postgres', "SELECT count(*) FROM recon_detect('cash')");
}

# Late rows are told by which transactions are under way, which a standby knows of its own only.
$primary->safe_psql('postgres', q{
	CREATE TABLE feed AS SELECT account, currency, value_date, ledger, statement, value_date::timestamptz AS loaded_at
		FROM cash;
	SELECT recon_create('feed', source => 'feed', key_columns => '{account,currency}',
		criteria_columns => '{ledger,statement}',
		date_column => 'value_date', currency_column => 'currency', loaded_at_column => 'loaded_at', tolerance => 1);
	SELECT count(*) FROM recon_detect('feed', from_date => '2024-01-05');
	INSERT INTO feed SELECT account || ' new', currency, value_date, ledger + 90000, statement, now() FROM cash
		WHERE value_date = '2024-01-08' LIMIT 2});
$primary->wait_for_catchup($standby);
my ($late) = answer($primary, q{recon_detect('feed', persist => false)});
is(scalar(my @found = $late =~ /2024-01-08/g), 2, 'late rows');
is((answer($standby, q{recon_detect('feed')}))[0], $late, 'are judged on a standby, too');

# What else is asked where nothing can be written.
my $new_row = q{'{"value_date": "2024-04-30", "account": "A01", "currency": "EUR", "ledger": 900000, "statement": 0}'};
for my $question (
	"SELECT pattern, is_anomaly, q_value FROM recon_score_row('cash', $new_row)",
	q{SELECT what_changed.* FROM recon_preview('cash', 'sensitive') AS what_changed ORDER BY 1, 2},
	q{SELECT * FROM recon_evaluate('cash', rounds => 2) ORDER BY 1, 2},
	q{SELECT * FROM recon_suggest('cash') ORDER BY 1, 2},
	q{SELECT key, reason FROM recon.review_queue ORDER BY break_id},
	q{SELECT key, score FROM recon_detect(history => 'cash') ORDER BY key, score})
{
	$primary->wait_for_catchup($standby);
	my $here = $primary->safe_psql('postgres', $question);
	is($standby->safe_psql('postgres', $question), $here, $question);
}

# What must write says that it cannot.
for my $order (q{recon_submit('cash')}, q{recon_rejudge((SELECT max(run_id) FROM recon.run), 'sensitive')},
	q{recon_watch('cash')})
{
	is(error_of($standby, "SELECT $order")->{sqlstate}, '25006', "$order is refused");
}

$standby->stop;
$primary->stop;
done_testing();
