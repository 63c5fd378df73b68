# recon_suggest on reconciliations that others made: the role of every column, and a definition of no more
# than the source that judges. The files are not part of this tree; see RECON_DATA in CONTRIBUTING.md.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use ReconTest;
use Test::More;

my $data = shared_data();
plan skip_all => 'the shared data folder is absent (RECON_DATA)' unless $data;

my $balance = <<'EOS';
date: As of Date
dimension: Primary Account, Secondary Account
key: AU, Account, Company, Currency
EOS
my %expected = (
	'ihub/ihub_history_24' => $balance . <<'EOS',
comment: Comments
criteria: GL Balance (Ihub Balance), Ihub Balance (GL Balance)
derived: Balance Difference ("GL Balance" - "Ihub Balance")
status: Match Status
EOS
	'ihub/ihub_daily_history_20000' => $balance . <<'EOS',
criteria: GL Balance (iHub Balance), iHub Balance (GL Balance)
EOS
	'ihub/ihub_visionpro_6064' => $balance . <<'EOS',
criteria: GL Balance (IHub Balance), IHub Balance (GL Balance)
derived: Balance Difference ("GL Balance" - "IHub Balance")
status: Match Status
EOS
	'catalyst/catalyst_history_20' => join('', map { "$_\n" }
		'attribute: ' . join(', ', (map { "Catalyst_$_ (Impact_$_)" } qw(BUYSELL CUSIP INVENTORY RECONDATE SETTLEDATE
			TRADEDATE TRADEID)),
			map { "Impact_$_ (Catalyst_$_)" } qw(BUYSELL CUSIP INVENTORY RECONDATE SETTLEDATE TRADEDATE TRADEID)),
		'comment: COMMENT',
		'criteria: ' . join(', ', (map { "Catalyst_$_ (Impact_$_)" } qw(ORIGINALFACE PRICE QUANTITY)),
			map { "Impact_$_ (Catalyst_$_)" } qw(ORIGINALFACE PRICE QUANTITY)),
		'date: RECONDATE',
		'derived: ' . join(', ', map { qq{${_}DIFFERENCE ("Catalyst_$_" - "Impact_$_")} } qw(ORIGINALFACE PRICE QUANTITY)),
		'dimension: BUY_SELL, CUSIP, Catalyst_ACTION, Catalyst_ACTIONSUBTYPE, Catalyst_ETID, Catalyst_Id, DESKNAME, '
		  . 'INVENTORY, Impact_BLOTTER_CODE, TRADING_UNIT_NAME',
		'ignored: Catalyst_ENTRYDATETIME, Catalyst_EXECUTIONTIME, Catalyst_PRINICIPAL, Impact_BUSINESS_DT, '
		  . 'Impact_CRNT_POOL_FCTR_RT, ORIGINAL_FACE, PRICE, QUANTITY, RISKDATE, SETTLE_DATE, TRADE_DATE',
		'key: TRADEID',
		'status: MatchStatus',
		'tolerance: Catalyst_PRICE_TOLERANCE, Catalyst_QUANTITY_TOLERANCE, Impact_PRICE_TOLERANCE, '
		. 'Impact_QUANTITY_TOLERANCE, '
		  . 'PRICE_TOLERANCE (PRICEDIFFERENCE), QUANTITY_TOLERANCE (QUANTITYDIFFERENCE)'));
my %columns = ('ihub/ihub_history_24' => 12, 'ihub/ihub_daily_history_20000' => 9, 'ihub/ihub_visionpro_6064' => 11,
	'catalyst/catalyst_history_20' => 54);

my $node = start_server('suggest');
$node->safe_psql('postgres', 'CREATE EXTENSION recon');
# As text, the way files are often loaded, and with the numbers as numbers.
my $is_number = qr/(?:Balance|DIFFERENCE|PRICE|QUANTITY|ORIGINAL_?FACE|TOLERANCE)$/i;
for my $file (sort keys %expected)
{
	my ($name) = $file =~ m{/(.*)};
	my ($header) = slurp_file("$data/$file.csv") =~ /^(.*?)\r?\n/;
	for my $kind (qw(text typed))
	{
		my $table = "${name}_$kind";
		my $columns = join ', ', map { qq{"$_" } . ($kind eq 'typed' && /$is_number/ ? 'numeric' : 'text') } split /,/,
			$header;
		$node->safe_psql('postgres', "CREATE TABLE $table ($columns);\n"
			. "\\copy $table FROM '$data/$file.csv' (FORMAT csv, HEADER)");
		is(join("\n", lines_of($node, qq{
			SELECT role || ': ' || string_agg(concat(column_name, ' (' || partner || ')'), ', ' ORDER BY column_name COLLATE "C")
			FROM recon_suggest('$table') GROUP BY role ORDER BY role COLLATE "C"})),
			join("\n", sort split /\n/, $expected{$file}), "$table: the role of every column");
		is($node->safe_psql('postgres', qq{
			SELECT count(*), bool_and(reason ~ '^[A-Z].*\\.\$'), bool_and(confidence BETWEEN 0.5 AND 1)
				FROM recon_suggest('$table')}),
			"$columns{$file}|t|t", "$table: each with its reason and confidence");
	}
	my $judged = error_of($node, "SELECT recon_create('$name', source => '${name}_typed') <> '';
		SELECT count(*) FROM recon_detect('$name')");
	is($judged->{sqlstate}, '', "$file: a reconciliation of no more than the source is judged")
		or diag("$judged->{message}\n$judged->{detail}");
}

$node->stop;
done_testing();
