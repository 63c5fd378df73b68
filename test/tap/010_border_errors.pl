# Every exception becomes the right error of the server, and the session goes on.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use ReconTest;
use Test::More;

my $node = start_server('border');
load_border_functions($node);

# Fails as expected, and the same session then answers and has nothing left over.
sub fails_as
{
	my ($sql, $expected, $name) = @_;
	my $error = error_of($node, <<"EOS");
SET search_path = border;
SELECT border_alive() AS before \\gset
$sql;
SELECT 'alive ' || (border_alive() - :before) || ', session goes on';
EOS
	my %got = map { $_ => $error->{$_} } keys %$expected;
	is_deeply(\%got, $expected, $name);
	like($error->{output}, qr/alive 0, session goes on$/, "$name: the session goes on, nothing is left");
	return;
}

# By kind.
my %sqlstates = (
	invalid_parameter => '22023',
	invalid_data => '22P03',
	limit_exceeded => '54000',
	not_available => '55000',
	not_found => '42704',
	busy => '55P03',
	internal => 'XX000');
for my $kind (sort keys %sqlstates)
{
	fails_as(
		"SELECT border_throw('$kind')",
		{
			sqlstate => $sqlstates{$kind},
			message => "an error of kind $kind",
			detail => "The detail of $kind.",
			hint => "The hint of $kind."
		},
		"recon::Error of kind $kind");
}
fails_as(
	"SELECT border_throw('bare')",
	{ sqlstate => '22023', message => 'neither detail nor hint', detail => '', hint => '' },
	'no empty DETAIL or HINT');
fails_as(
	"SELECT border_throw('percent')",
	{ sqlstate => '22023', message => '100%s of %n' },
	'a message is not a format');
fails_as(
	"SELECT border_throw('bad_alloc')",
	{ sqlstate => '53200', message => 'out of memory' },
	'std::bad_alloc');
fails_as(
	"SELECT border_allocate(-1)",
	{ sqlstate => '54000', message => 'a value is too large' },
	'std::length_error of a container');
fails_as(
	"SELECT border_allocate(1::bigint << 62)",
	{ sqlstate => '53200', message => 'out of memory' },
	'operator new that fails');
fails_as(
	"SELECT border_throw('length_error')",
	{ sqlstate => '54000', detail => 'vector::_M_default_append' },
	'std::length_error');
fails_as(
	"SELECT border_throw('runtime_error')",
	{ sqlstate => 'XX000', message => 'a plain runtime error' },
	'std::runtime_error');
fails_as(
	"SELECT border_throw('int')",
	{ sqlstate => 'XX000', message => 'unexpected C++ exception' },
	'something that is no std::exception');

# Places that a result does not have.
my $numbers = 'SELECT * FROM (VALUES (7, NULL::integer), (8, 9)) AS v(a, b)';
is(
	$node->safe_psql('postgres', qq{
		SELECT border.border_read('$numbers', 0, 'a', 'value'), border.border_read('$numbers', 1, 'b', 'text'),
			border.border_read('$numbers', 0, 'b', 'is_null'), border.border_read('$numbers', 0, 'b', 'text')}),
	'7|9|null|null', 'places that a result has are read');
my $rows = 'a statement gave fewer rows than were read';
for my $case (
	[ 'SELECT 1 AS a WHERE false', 0, 'a', $rows, 'It gave 0; row 1 was read.' ],
	[ $numbers, 2, 'a', $rows, 'It gave 2; row 3 was read.' ],
	[ $numbers, -1, 'a', $rows, 'It gave 2; row 0 was read.' ],
	[ $numbers, 0, 'c', 'the result of a statement has no column "c"', undef ],
	[ 'CREATE TEMP TABLE nothing ()', 0, 'a', 'the result of a statement has no column "a"', undef ])
{
	my ($statement, $row, $column, $message, $detail) = @$case;
	for my $how (qw(value text is_null))
	{
		fails_as(
			"SELECT border_read('$statement', $row, '$column', '$how')",
			{ sqlstate => 'XX000', message => $message, defined $detail ? (detail => $detail) : () },
			"$how of row $row, column $column of $statement");
	}
}
fails_as(
	"SELECT border_read('$numbers', 0, 'b', 'value')",
	{
		sqlstate => 'XX000',
		message => 'a statement gave NULL for what was read as a value',
		detail => 'It is column 2.'
	},
	'the value of a NULL');

# Texts that a client could not take.
fails_as(
	"SELECT border_throw('long')",
	{ sqlstate => '22023', message => 'x' . "\xc3\xa9" x 255 },
	'a long message is cut between characters');
fails_as(
	"SELECT border_throw('not_text')",
	{ sqlstate => '22023', message => 'bytes ?? here' },
	'bytes that are no text do not reach the client');

# Errors of the server keep what they are.
fails_as(
	"SELECT border_int4('x')",
	{ sqlstate => '22P02', message => 'invalid input syntax for type integer: "x"' },
	'an error of int4in');
fails_as(
	"SELECT border_int4('99999999999')",
	{ sqlstate => '22003', message => 'value "99999999999" is out of range for type integer' },
	'another SQLSTATE of int4in');
fails_as(
	"SELECT border_scoped_error('y')",
	{ sqlstate => '22P02', message => 'invalid input syntax for type integer: "y"' },
	'an error outlives the memory context its scope deletes');
fails_as(
	"SELECT border_spi('SELECT 1 / 0')",
	{ sqlstate => '22012', message => 'division by zero' },
	'an error inside SPI');
fails_as(
	"SELECT border_spi('SELECT * FROM nowhere')",
	{ sqlstate => '42P01', message => 'relation "nowhere" does not exist' },
	'a parse error inside SPI');
fails_as(
	q{SELECT border_spi($$DO 'BEGIN RAISE EXCEPTION USING ERRCODE = ''U0001'', MESSAGE = ''m'',
		DETAIL = ''d'', HINT = ''h''; END'$$)},
	{ sqlstate => 'U0001', message => 'm', detail => 'd', hint => 'h' },
	'DETAIL and HINT of an error inside SPI');
fails_as(
	q{SELECT border_spi($$SELECT border_spi('SELECT border_throw(''not_available'')')$$)},
	{
		sqlstate => '55000',
		message => 'an error of kind not_available',
		hint => 'The hint of not_available.'
	},
	'through C++, SPI, C++, SPI and C++');
fails_as(
	"SELECT border_swallow('invalid_data')",
	{ sqlstate => '22P03', message => 'an error of kind invalid_data' },
	'an exception that leaves a guard puts the handler back');

# Values.
fails_as(
	q{SELECT border_text('\xff00')},
	{ sqlstate => '22021', message => 'invalid byte sequence for encoding "UTF8": 0xff' },
	'bytes that are no text do not become one');
fails_as(
	q{SELECT border_text('\x6100')},
	{ sqlstate => '22021', message => 'invalid byte sequence for encoding "UTF8": 0x00' },
	'nor does a zero byte');
fails_as(
	q{SELECT border_float8_array('{{1,2},{3,4}}')},
	{ sqlstate => '22023', message => 'array has more than one dimension' },
	'a matrix is not a row');
fails_as(
	q{SELECT border_text_array('{{a},{b}}')},
	{ sqlstate => '22023', message => 'array has more than one dimension' },
	'nor of texts');
fails_as(
	q{SELECT border_step_by_hand(NULL, 1, 1)},
	{ sqlstate => '22023', message => 'this function can only be called as part of an aggregate' },
	'a transition function called by hand');

is($node->safe_psql('postgres', q{
	SET search_path = border;
	SELECT border_float8_array('{1,NULL,-2.5,NULL,Infinity,3,4,5,NULL,7}');
	SELECT border_float8_array('[5:6]={1,2}');
	SELECT border_float8_array('{}');
	SELECT border_text_array(ARRAY['a', NULL, 'ü, "x"']);
	SELECT border_text_array('{}');
	SELECT border_text('\xc3bc');
	SELECT border_text('');
	SELECT string_agg(border_numeric(x)::text, ' ')
	FROM unnest('{0,-0.1,1e300,12345678901234567890,1e400,-1e400,NaN,Infinity,-Infinity,1e-320}'::numeric[]) x;
	}), join("\n",
	'{1,NULL,-2.5,NULL,Infinity,3,4,5,NULL,7}', '{1,2}', '{}', '{a,(null),"ü, \\"x\\""}', '{}', 'ü', '',
	'0 -0.1 1' . '0' x 300 . ' 12345678901234567000 Infinity -Infinity NaN Infinity -Infinity 0.'
	  . '0' x 319 . '1'),
	'values come back as they went');

# Numerics are read without the server's help; the answer is the server's, to the last bit: numbers of
# 1 to 40 digits with 0 to 30 of them behind the point, and those around what a double holds exactly.
is($node->safe_psql('postgres', q{
	SET search_path = border;
	CREATE TABLE numbers AS
	SELECT setseed(0.5) IS NULL AS seeded, round(s * x, scale) AS x
	FROM (SELECT (random() * 10 ^ (random() * 20))::numeric * (10 ^ (random() * 20 - 10))::numeric
				 + (random() * 1e15)::bigint / 1e12 AS x,
				 (random() * 30)::int AS scale, CASE WHEN random() < 0.5 THEN -1 ELSE 1 END AS s
		  FROM generate_series(1, 50000)) r
	UNION ALL
	SELECT true, s * x
	FROM unnest(ARRAY[0, 9007199254740991, 9007199254740992, 9007199254740993, 9007199254740995,
		9223372036854775807, 9223372036854775808, 12345678901234567890, 18446744073709551616, 99999999999999999999,
		1e22, 1e23, 9007199254740991e22, 9007199254740993e22, 1e-22, 1e-23, 9007199254740991e-22, 0.1, 0.3, 1e300, 1e-300,
		1e308, 1.7976931348623157e308, 1e309, 4.9e-324, 1e-325, 123456.7890, 1e-7, 922337203685477.5808]) x,
		 unnest(ARRAY[1, -1]) s;
	SELECT count(*) > 50000, count(*) FILTER (WHERE abs(x) <= 1e308 AND (x = 0 OR abs(x) > 1e-307)
											  AND border_double(x) IS DISTINCT FROM x::float8)
	FROM numbers;
	SELECT string_agg(border_double(x)::text, ' ')
	FROM unnest('{1.7976931348623157e308,1e309,-1e309,4.9e-324,1e-325,NaN}'::numeric[]) x;
	CREATE TABLE stored (x numeric);
	ALTER TABLE stored ALTER x SET STORAGE EXTERNAL;
	INSERT INTO stored VALUES (repeat('1234567890', 3000)::numeric / 10::numeric ^ 29990);
	SELECT border_double(x) = x::float8 FROM stored;
	}), "t|0
1.7976931348623157e+308 Infinity -Infinity 5e-324 0 NaN
t",
	'numerics are read as the server reads them');

# plpgsql's exception blocks, subtransactions and aggregates.
my $output = $node->safe_psql('postgres', <<'EOS');
SET search_path = border;
SELECT border_alive() AS before \gset
CREATE TABLE caught (at integer GENERATED ALWAYS AS IDENTITY, what text);
DO $$
DECLARE
    statement text;
    said text;
    hint text;
BEGIN
    FOREACH statement IN ARRAY ARRAY[
        'SELECT border_throw(''limit_exceeded'')', 'SELECT border_throw(''int'')',
        'SELECT border_int4(''z'')', 'SELECT border_spi(''SELECT 1/0'')',
        'SELECT border_sum(x, 3) FROM generate_series(1, 10) x']
    LOOP
        BEGIN
            INSERT INTO caught (what) VALUES ('rolled back');
            EXECUTE statement;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
            INSERT INTO caught (what) VALUES (concat_ws('|', SQLSTATE, said, NULLIF(hint, '')));
        END;
    END LOOP;
END
$$;
SELECT what FROM caught ORDER BY at;
BEGIN;
SAVEPOINT here;
\set ON_ERROR_STOP 0
SELECT border_throw('invalid_data');
\set ON_ERROR_STOP 1
ROLLBACK TO here;
SELECT border_recover('SELECT 1/0');
SELECT border_recover('SELECT border_throw(''not_available'')');
SELECT border_recover('SELECT count(*) FROM caught');
COMMIT;
SELECT border_sum(x, 100) FROM generate_series(1, 10) x;
SELECT x % 3, border_sum(x, 100) FROM generate_series(1, 10) x GROUP BY 1 ORDER BY 1;
SELECT sum(s) FROM (SELECT border_sum(x, 100) OVER (ORDER BY x ROWS 2 PRECEDING) AS s FROM generate_series(1, 10) x) w;
SELECT border_alive() - :before;
EOS
is($output, join("\n",
	'54000|an error of kind limit_exceeded|The hint of limit_exceeded.',
	'XX000|unexpected C++ exception',
	'22P02|invalid input syntax for type integer: "z"',
	'22012|division by zero',
	'54000|more than 3 rows',
	'error 22012 division by zero',
	'error 55000 an error of kind not_available',
	'value 5',
	'55', '0|18', '1|22', '2|15', '136', '0'),
	'exception blocks, savepoints, subtransactions of C++, and aggregates');

# 1,000 of each in one session: memory stays flat.
my @statements = (
	"SELECT border_throw('limit_exceeded')",
	"SELECT border_throw('int')",
	"SELECT border_int4('x')",
	"SELECT border_scoped_error('x')",
	"SELECT border_spi('SELECT 1/0')",
	'SELECT border_sum(x, 3000) FROM generate_series(1, 4000) x',
	'SELECT x % 3, border_sum(x, 900) FROM generate_series(1, 3000) x GROUP BY 1',
	"SELECT border_recover('SELECT 1/0') FROM generate_series(1, 3)",
	'SELECT border_allocate(1::bigint << 62)');
for my $statement (@statements)
{
	my (undef, $stdout) = $node->psql(
		'postgres',
		"SET search_path = border;\n\\o /dev/null\nSELECT resident_memory(), border_alive();\n"
		  . "$statement;\n" x 300
		  . "\\o\nSELECT resident_memory();\n\\o /dev/null\n"
		  . "$statement;\n" x 1000
		  . "\\o\nSELECT resident_memory(), border_alive();\n",
		on_error_stop => 0);
	my ($before, $after, $alive) = $stdout =~ /^(\d+)\n(\d+)\|(\d+)$/;
	is($alive, 0, "1,000 times: $statement: no object is left");
	cmp_ok($after - $before, '<=', 64, "1,000 times: $statement: memory is flat");
	note("resident memory grew by ", $after - $before, " kB from $before kB");
}

$node->stop;
unlike(slurp_file($node->logfile), qr/was terminated|PANIC/, 'no process of the server ended badly');

done_testing();
