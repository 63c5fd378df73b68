# Detection on reconciliations that others made, loaded as text, the way files often are, and with real
# types: by name, without a definition, and a target against its history. The files are not part of this
# tree; see RECON_DATA in CONTRIBUTING.md.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use ReconTest;
use Test::More;

my $data = shared_data();
plan skip_all => 'the shared data folder is absent (RECON_DATA)' unless $data;

my $node = start_server('foreign');
$node->safe_psql('postgres', 'CREATE EXTENSION recon');
my %dates = (
	'As of Date' => { ihub_daily_history_20000 => 'DD-MM-YYYY', ihub_daily_current_100 => 'DD-MM-YYYY',
		ihub_visionpro_6064 => 'YYYY-MM-DD', ihub_visionpro_ragged_865 => 'DD-MM-YYYY' },
	RECONDATE => {});
my $is_number = qr/(?:Balance|DIFFERENCE|PRICE|QUANTITY|ORIGINAL_?FACE|TOLERANCE)$/i;

# A file as a table of text, and, as NAME_typed, with numbers and the date as what they are. A ragged
# file has more fields than its header.
sub load_file
{
	my ($folder, $name, @more) = @_;
	my ($header) = slurp_file("$data/$folder/$name.csv") =~ /^(.*?)\r?\n/;
	my @columns = (split(/,/, $header), @more);
	my $list = join ', ', map { qq{"$_" text} } @columns;
	$node->safe_psql('postgres', "CREATE TABLE ${name}_text ($list);\n"
		. "\\copy ${name}_text FROM '$data/$folder/$name.csv' (FORMAT csv, HEADER)");
	my $typed = join ', ', map {
		/$is_number/ ? qq{"$_"::numeric}
		  : exists $dates{$_} ? qq{to_date("$_", '} .
		  	($dates{$_}{$name} || ($_ eq 'RECONDATE' ? 'DD-MM-YYYY' : 'MM/DD/YYYY')) . qq{') AS "$_"}
		  : qq{"$_"}
	} @columns;
	$node->safe_psql('postgres', "CREATE TABLE ${name}_typed AS SELECT $typed FROM ${name}_text");
	return;
}

# The rows of a query, and what a failure says.
sub judged
{
	my ($sql) = @_;
	my $result = error_of($node, $sql);
	return $result->{sqlstate} ? "$result->{sqlstate} $result->{message}: $result->{detail}" : $result->{output};
}

load_file('ihub', $_) for qw(ihub_history_24 ihub_live_4_labelled ihub_daily_history_20000 ihub_daily_current_100
	ihub_visionpro_6064);
load_file('ihub', 'ihub_visionpro_ragged_865', 'extra');
load_file('catalyst', $_) for qw(catalyst_history_20 catalyst_current_10_labelled);

# The brief. What the labels say, in this product's words, is read off the live rows.
my %pattern = (
	'Inconsistent variations in outstanding balances' => 'inconsistent_variation',
	'Consistent increase or decrease in outstanding balances' => 'consistent_change',
	'Huge spike in outstanding balances' => 'spike',
	'Outstanding balances are in line with previous months' => 'in_line');
my $labels = join "\n", map { my @f = split /\|/; join '|', @f[0, 1, 2], $pattern{ $f[3] } || "unknown: $f[3]" }
  lines_of($node, q{SELECT "Account", "Currency", CASE "Anomaly" WHEN 'Yes' THEN 't' ELSE 'f' END,
  	btrim("Comments", ' .')
	FROM ihub_live_4_labelled_text ORDER BY 1, 2});
my $verdicts = q{SELECT key->>'Account', key->>'Currency', is_anomaly, pattern FROM %s ORDER BY 1, 2};
for my $kind (qw(text typed))
{
	# With the keys as they were typed: the fourth is new, judged by its peers, and quiet.
	my ($history, $live) = ("ihub_history_24_$kind", "ihub_live_4_labelled_$kind");
	is(judged(qq{SELECT key->>'Currency', is_anomaly, pattern, basis, history_n FROM recon_detect(history => '$history',
		target => '$live')
		WHERE key->>'AU' = '4929'}), 'EUR|f|new_key|peers|0', "$kind: keys as typed, the fourth is new");
	$node->safe_psql('postgres', qq{
		UPDATE $history SET "AU" = '4929', "Currency" = 'EUR' WHERE "Account" = '1618005' AND "AU" = '62695';
		UPDATE $history SET "Account" = '1619205' WHERE "Account" = '1618005';
		CREATE TABLE brief_$kind AS SELECT * FROM $history UNION ALL SELECT } . join(', ', map { qq{"$_"} }
		lines_of($node, "SELECT attname FROM pg_attribute WHERE attrelid = '$history'::regclass
			AND attnum > 0 ORDER BY attnum")) . qq{ FROM $live});
	is(judged(sprintf($verdicts, "recon_detect(history => '$history', target => '$live')")), $labels,
		"$kind: the brief, history and target");
	is(judged(sprintf($verdicts, "recon_detect(history => 'brief_$kind')")), $labels,
		"$kind: the brief, without a definition");
	is(judged("SELECT recon_create('brief_$kind', source => 'brief_$kind') <> ''; " . sprintf($verdicts,
		"recon_detect('brief_$kind')")),
		"t\n$labels", "$kind: the brief, by name");
	is(judged("SELECT recon_create('past_$kind', source => '$history') <> ''; " . sprintf($verdicts,
		"recon_detect('past_$kind', target => '$live')")),
		"t\n$labels", "$kind: the brief, by name with a target");
}
is(judged(sprintf($verdicts, "recon_detect(history => 'ihub_history_24_typed',
	target => 'ihub_live_4_labelled_text')")), $labels,
	'the brief, a target of text against a history with types');
is(judged(sprintf($verdicts, "recon_detect(history => 'ihub_history_24_text',
	target => 'ihub_live_4_labelled_typed')")), $labels,
	'the brief, a target with types against a history of text');

# Trades, judged on three differences at once; analysts called all ten not anomalous.
for my $kind (qw(text typed))
{
	my $history = "catalyst_history_20_$kind";
	my $current = "catalyst_current_10_labelled_$kind";
	is(judged(qq{SELECT count(*) > 0, count(*) FILTER (WHERE is_anomaly) FROM recon_detect(history => '$history',
		target => '$current')}), 't|0',
		"$kind: no trade is anomalous");
	is(judged(qq{SELECT recon_create('trades_$kind', source => '$history') <> ''; SELECT count(*) > 0,
		count(*) FILTER (WHERE is_anomaly)
		FROM recon_detect('trades_$kind', target => '$current')}), "t\nt|0", "$kind: nor by name");
	is(judged(qq{SELECT string_agg(m->>'name', ' ' ORDER BY m->>'name') FROM recon.reconciliation,
		jsonb_array_elements(measures) m
		WHERE reconciliation_name = 'trades_$kind'}), 'ORIGINALFACEDIFFERENCE PRICEDIFFERENCE QUANTITYDIFFERENCE',
			"$kind: three measures");
	is(judged(qq{SELECT rows_judged FROM recon.run JOIN recon.reconciliation USING (reconciliation_id)
		WHERE reconciliation_name = 'trades_$kind'}), 10,
		"$kind: ten trades were judged");
}

# Random numbers: size and parsing. Text and types give the same verdicts, to the last bit.
my $same = q{SELECT count(*) FROM (
	(SELECT key, break_date, observed, score, q_value, is_anomaly, pattern, reason FROM %1$s EXCEPT ALL
	 SELECT key, break_date, observed, score, q_value, is_anomaly, pattern, reason FROM %2$s) UNION ALL
	(SELECT key, break_date, observed, score, q_value, is_anomaly, pattern, reason FROM %2$s EXCEPT ALL
	 SELECT key, break_date, observed, score, q_value, is_anomaly, pattern, reason FROM %1$s)) AS d};
for my $file (qw(ihub_daily_history_20000 ihub_visionpro_6064 ihub_visionpro_ragged_865))
{
	for my $kind (qw(text typed))
	{
		my $table = "${file}_$kind";
		is(judged(qq{SELECT recon_create('$table', source => '$table') <> '';
			CREATE TABLE found_$table AS SELECT * FROM recon_detect('$table', from_date => '2000-01-01');
			SELECT (SELECT count(*) FROM found_$table) > 0, rows_read - (SELECT count(*) FROM $table), rows_without_date
			FROM recon.run JOIN recon.reconciliation USING (reconciliation_id) WHERE reconciliation_name = '$table'}),
			"t\nt|0|0", "$table: every row is read and judged");
		is(judged("SELECT count(*) FROM recon_detect('$table', from_date => '2000-01-01');
			SELECT verdicts_changed FROM recon.run ORDER BY run_id DESC LIMIT 1")
			=~ s/.*\n//sr, 0, "$table: a second run flips nothing");
	}
	is(judged(sprintf $same, "found_${file}_text", "found_${file}_typed"), 0,
		"$file: text and types give the same verdicts");
	is(judged(qq{SELECT count(*) FROM found_${file}_text WHERE measure LIKE '%<>%' OR measure IS NULL}), 0,
		"$file: differences are judged");
}
is(judged(qq{SELECT count(*) > 0, count(*) FILTER (WHERE abs(observed) <= 1)
	FROM recon_detect(history => 'ihub_daily_history_20000_$_',
	target => 'ihub_daily_current_100_$_')}), 't|0',
		"$_: a day of random numbers against its history, in units of money") for qw(text typed);

# 234 rows repeat key and date of another: each is a row of its own.
for my $kind (qw(text typed))
{
	my $repeated = q{SELECT sum(n - 1) FROM (SELECT count(*) AS n FROM %s GROUP BY %s) AS g};
	is(judged(sprintf $repeated, "ihub_visionpro_6064_$kind", '"As of Date", "Company", "Account", "AU", "Currency"'),
		234, "$kind: 234 repetitions");
	is(judged(qq{SELECT rows_judged FROM recon.run JOIN recon.reconciliation USING (reconciliation_id)
		WHERE reconciliation_name = 'ihub_visionpro_6064_$kind' ORDER BY run_id DESC LIMIT 1}), 6064,
			"$kind: all rows are judged");
	is(judged(qq{SELECT count(*) - count(DISTINCT break_id), count(*) = (SELECT count(*) FROM ihub_visionpro_6064_$kind
		WHERE abs("Balance Difference"::numeric) > 1)
		FROM found_ihub_visionpro_6064_$kind}), '0|t', "$kind: every break has a number of its own");
	is(judged(qq{SELECT max(occurrence) > 1, count(*) = count(DISTINCT (key_hash, break_date, occurrence))
		FROM recon.break JOIN recon.reconciliation USING (reconciliation_id)
		WHERE reconciliation_name = 'ihub_visionpro_6064_$kind'}), 't|t', "$kind: repetitions are told apart");
}

$node->stop;
done_testing();
