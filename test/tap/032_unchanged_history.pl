# A run continues from the stored baselines only while the history is what it was. Of a plain table the
# transactions that wrote its rows tell; where they do not, the contents of the rows do. Whichever of
# them decides, the answer is that of the whole history.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use ReconTest;
use Test::More;

my $node = start_server('unchanged');
$node->safe_psql('postgres', 'CREATE EXTENSION recon');
load_sample($node, 'postgres');
# The same source read by a second reconciliation, which never has baselines to continue from.
$node->safe_psql('postgres', q{
	SELECT recon_create('whole', source => 'cash', key_columns => '{account,currency}',
		criteria_columns => '{ledger,statement}',
		date_column => 'value_date', currency_column => 'currency', comment_column => 'remark', tolerance => 1,
		description => 'Ledger against statement');
	SELECT count(*) FROM recon_detect('cash', from_date => '2024-04-01');
	});

my $next_day = '2024-04-10';

# Loads another day, does what the test is about, then judges what is new.
sub told_by
{
	my ($what, $expected, @sql) = @_;
	$node->safe_psql('postgres', qq{INSERT INTO cash SELECT '$next_day', account, currency, ledger, statement + 3, remark
		FROM cash WHERE value_date = '2024-01-09'});
	$node->safe_psql('postgres', $_) for @sql;
	recognizes($what, $expected);
	$next_day = $node->safe_psql('postgres', "SELECT date '$next_day' + 1");
}

sub recognizes
{
	my ($what, $expected) = @_;
	my $errors;
	$node->psql('postgres', q{SET client_min_messages = debug1; CREATE TABLE one AS SELECT (d).*
		FROM recon_detect('cash') d},
		on_error_die => 1, stderr => \$errors);
	my $how = $errors =~ /no transaction has written it since/ ? 'by its writers'
	  : $errors =~ /its contents are the same/ ? 'by its contents'
	  : 'changed';
	is($how, $expected, $what);
	$node->safe_psql('postgres', 'DELETE FROM recon.fit USING recon.reconciliation r
		WHERE r.reconciliation_id = fit.reconciliation_id AND reconciliation_name = $$whole$$');
	my $newest = $node->safe_psql('postgres', 'SELECT max(value_date) FROM cash');
	is($node->safe_psql('postgres',
		qq{CREATE TABLE other AS SELECT * FROM recon_detect('whole', from_date => '$newest', to_date => '$newest');
		ALTER TABLE one DROP COLUMN break_id;
		ALTER TABLE other DROP COLUMN break_id;
		SELECT count(*), (SELECT count(*)
			FROM ((TABLE one EXCEPT ALL TABLE other) UNION ALL (TABLE other EXCEPT ALL TABLE one)) AS both_ways) FROM one;
		DROP TABLE one, other}), '39|0', "$what: the answer of the whole history");
}

told_by('nothing but a new day', 'by its writers');
told_by('another day', 'by its writers');
told_by('rows rewritten and frozen', 'by its writers', 'VACUUM (FULL, FREEZE) cash');
told_by('the same rows written by a later transaction', 'by its contents',
	'UPDATE cash SET remark = remark WHERE value_date = $$2024-02-01$$');
told_by('after that', 'by its writers');
told_by('a changed amount', 'changed',
	'UPDATE cash SET ledger = ledger + 1 WHERE account = $$A03$$ AND value_date = $$2024-02-02$$');
told_by('after the change', 'by its writers');
told_by('a deleted row', 'changed', 'DELETE FROM cash WHERE account = $$A05$$ AND value_date = $$2024-02-02$$');
told_by('a late row', 'changed', 'INSERT INTO cash VALUES ($$2024-02-02$$, $$A05$$, $$EUR$$, 5, 7)');
told_by('everything loaded again', 'by its contents',
	'CREATE TABLE kept AS TABLE cash',
		'BEGIN; TRUNCATE cash; INSERT INTO cash SELECT * FROM kept ORDER BY random(); COMMIT', 'DROP TABLE kept');
told_by('a day that is loaded in the middle of the table', 'by its writers',
	'DELETE FROM cash WHERE value_date = (SELECT max(value_date) FROM cash)',
	'VACUUM cash', "INSERT INTO cash SELECT '$next_day', account, currency, ledger, statement + 3, remark
		FROM cash WHERE value_date = '2024-01-09'");

# Other rows, as many, none of them new: another table takes the name, or two columns exchange theirs.
$node->safe_psql('postgres', q{CREATE TABLE spare (LIKE cash); INSERT INTO spare SELECT value_date, account, currency,
	ledger,
	statement + CASE WHEN account = 'A08' THEN 2 ELSE 0 END, remark FROM cash});
told_by('while a spare table is filled', 'by its writers',
	"INSERT INTO spare SELECT * FROM cash WHERE value_date = (SELECT max(value_date) FROM cash)");
told_by('the spare table in its place', 'changed',
	'CREATE TABLE next_day AS SELECT * FROM cash WHERE value_date = (SELECT max(value_date) FROM cash)',
	'ALTER TABLE cash RENAME TO worn', 'ALTER TABLE spare RENAME TO cash', 'INSERT INTO cash SELECT * FROM next_day');
told_by('when it has come to stay', 'by its writers');
told_by('two columns with exchanged names', 'changed',
	'ALTER TABLE cash RENAME ledger TO other', 'ALTER TABLE cash RENAME statement TO ledger',
		'ALTER TABLE cash RENAME other TO statement');

# A transaction that was under way when the baselines were read, and writes in a subtransaction: a row
# gone and another come, so that none is missing.
{
	my $session = $node->background_psql('postgres');
	$session->query_safe(q{BEGIN; SELECT pg_current_xact_id(); SAVEPOINT one;
		UPDATE cash SET ledger = ledger + 4 WHERE account = 'A06' AND value_date = '2024-02-07'; RELEASE one});
	told_by('while somebody is writing', 'by its writers');
	$session->query_safe('COMMIT');
	$session->quit;
	told_by('when that is visible', 'changed');
}

# What a row is taken for must depend on the row alone.
$node->safe_psql('postgres', q{
	SELECT recon_alter('cash', break_when => 'abs(ledger - statement) > 1 AND value_date < current_date + 3650');
	SELECT recon_alter('whole', break_when => 'abs(ledger - statement) > 1 AND value_date < current_date + 3650')});
told_by('another rule, which asks the clock', 'changed');
told_by('a rule that asks the clock', 'by its contents');
$node->safe_psql('postgres', q{
	ALTER TABLE cash RENAME TO cash_table;
	CREATE VIEW cash AS SELECT * FROM cash_table;
	SELECT recon_alter('cash', break_when => 'abs(ledger - statement) > 1');
	SELECT recon_alter('whole', break_when => 'abs(ledger - statement) > 1')});
told_by('a view', 'changed');
told_by('a view again', 'by its contents');

done_testing();
