-- Files in: what is loaded, what is rejected and why, and what is an error that loads nothing.
BEGIN;
SET LOCAL client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT no_plan();

\ir lib/complaint.sql

-- A statement as a bank exports it: lines above, totals below, decimal comma, an account with leading zeros.
CREATE TABLE sent (name text, content bytea);
INSERT INTO sent VALUES ('statement', convert_to(E'Account statement;;;\nPrinted on 2024-05-01;;;\n\n'
    || E'Booking date;Account;Text;Amount\n29.04.2024;0010;"Rent; April";-1.200,00\n30.04.2024;0010;Fee;-3,50\n'
    || E'30.04.2024;0010;M\u00fcller;1.000,00\n31.04.2024;0010;No such day;5,00\n30.04.2024;0010;short\n'
    || (SELECT string_agg(E'30.04.2024;0020;Sale;10,00\n', '') FROM generate_series(1, 40)) || E'Total;;;196,50\n',
    'WIN1252'));

SELECT is((SELECT array_agg(format('%s: %s', part, value) ORDER BY n)
           FROM recon_sniff((SELECT content FROM sent WHERE name = 'statement')) WITH ORDINALITY
               AS s (part, value, confidence, evidence, n) WHERE part <> 'profile'),
          ARRAY['format: csv', 'encoding: WIN1252', 'delimiter: ;', 'quote: "', 'preamble: 3', 'header: 1',
                'column Booking date: date, DMY', 'column Account: text', 'column Text: text',
                'column Amount: number, decimal sign ,'],
          'recon_sniff says how the statement is read');
SELECT ok((SELECT bool_and(confidence BETWEEN 0 AND 1 AND evidence <> '')
           FROM recon_sniff((SELECT content FROM sent WHERE name = 'statement'))),
          'recon_sniff gives a confidence and the evidence of each part');

SELECT recon_import(content, 'statement', file_name => 'april.csv') AS upload FROM sent WHERE name = 'statement' \gset
SELECT is((SELECT to_jsonb(s) - 'started_at' - 'finished_at' FROM recon_upload_status(:upload) AS s),
          '{"status": "succeeded", "file_name": "april.csv", "target": "public.statement", "lines": 50, "loaded": 43,
            "rejected": 2, "skipped": 5, "skipped_as": {"preamble": 3, "header": 1, "total": 1}}'::jsonb,
          'every line of the file is loaded, rejected or skipped');
SELECT is((SELECT array_agg(format('%s %s %s %s', booking_date, account, text, amount) ORDER BY recon_line)
           FROM statement WHERE recon_line < 8),
          ARRAY['2024-04-29 0010 Rent; April -1200.00', '2024-04-30 0010 Fee -3.50',
                E'2024-04-30 0010 M\u00fcller 1000.00'],
          'dates, numbers and texts are typed; identifiers keep their zeros');
SELECT is((SELECT recon_raw FROM statement WHERE recon_line = 5), '29.04.2024;0010;"Rent; April";-1.200,00',
          'the raw text is beside the typed values');
SELECT is((SELECT array_agg(format('%s: %s -> %s', line_number, reason, proposed_fix) ORDER BY line_number)
           FROM recon.upload_reject WHERE upload_id = :upload),
          ARRAY['8: column "Booking date": "31.04.2024" is not a date in the order DMY -> ;0010;No such day;5,00',
                '9: the row has 3 fields instead of 4 -> 30.04.2024;0010;short;'],
          'rejected rows have their line, the reason and a proposed fix');
SELECT is((SELECT count(DISTINCT recon_row_id) FROM statement), 43::bigint, 'equal rows of a file have ids of their '
    'own');

-- Rejected rows come in again.
SELECT is(complaint(format($$SELECT recon_correct_row(%s, 8, '31.04.2024;0010;x;5')$$, :upload)),
          '22P03 | the corrected row cannot be loaded | In its line 1: column "Booking date": "31.04.2024" is not a '
          'date '
          'in the order DMY. | Write it as the file has its rows, with all 4 fields.',
          'a correction that does not fit is refused');
SELECT is(recon_correct_row(:upload, 8, '30.04.2024;0010;Corrected;5,00'),
          format('line 8 of upload %s is loaded into public.statement', :upload), 'a corrected row is loaded');
SELECT is((SELECT amount FROM statement WHERE text = 'Corrected'), 5.00, 'it is read as the file is');
SELECT results_eq(format('SELECT loaded, rejected FROM recon.upload WHERE upload_id = %s', :upload),
                  'VALUES (44::bigint, 1::bigint)', 'the counts of the upload follow');
SELECT is(complaint(format($$SELECT recon_correct_row(%s, 8, '30.04.2024;0010;Corrected;5,00')$$, :upload)),
          format('42704 | upload %s has no rejected row in line 8 that is open | recon.upload_reject lists them, and '
                 'those that were corrected.', :upload), 'a row is corrected once');

-- The same file again.
SELECT alike(complaint($$SELECT recon_import(content, 'statement') FROM sent WHERE name = 'statement'$$),
            '55000 | the same file was imported into public.statement before | Upload % by % has the same bytes '
            'under the name '
            '"april.csv". | To load it once more: options => ''{"again": true}''.', 'the same file is noticed');
SELECT recon_import(content, 'statement', options => '{"again": true}') AS again FROM sent WHERE name = 'statement'
    \gset
SELECT is((SELECT same_as FROM recon.upload WHERE upload_id = :again), :upload::bigint,
          'loaded again on demand, it names the first upload');
SELECT is((SELECT count(*) FROM statement a JOIN statement b USING (recon_row_id)
           WHERE a.recon_upload_id = :upload AND b.recon_upload_id = :again), 43::bigint,
          'rows have the same ids when they are imported again');

-- What a file leaves open is asked for.
SELECT is(complaint($$SELECT recon_import(E'Date,Amount\n01/02/2024,1.5\n'::bytea, 'asked')$$),
          '55000 | the file does not say how it is to be read | It leaves open, column "Date": whether the day or '
          'the month '
          'comes first in "01/02/2024" in line 2: option "date_order", ''DMY'' or ''MDY''. | Give the answer in '
          'options, '
          'for example options => ''{"date_order": "DMY"}''.', 'an undecided order of dates is asked for');
SELECT is(complaint($$SELECT recon_import(E'Name;Amount\na;3.000\n'::bytea, 'asked')$$),
          '55000 | the file does not say how it is to be read | It leaves open, column "Amount": whether "3.000" in '
          'line 2 '
          'is in thousands or has decimals: option "decimal", ''.'' or '',''. | Give the answer in options, for '
          'example '
          'options => ''{"date_order": "DMY"}''.', 'an undecided decimal sign is asked for');
SELECT ok(recon_import(E'Date,Amount\n01/02/2024,3.000\n'::bytea, 'asked',
                       options => '{"date_order": "MDY", "decimal": ","}') > 0, 'options answer what is asked for');
SELECT results_eq('SELECT date, amount FROM asked', $$VALUES (date '2024-01-02', 3000::numeric)$$,
                  'the answers are used');

-- A pinned profile holds files to it.
SELECT replace(value, 'my_file', 'bank') AS pin
FROM recon_sniff(E'Date,Amount,Text\n2024-01-31,1.5,a\n'::bytea) WHERE part = 'profile' \gset
:pin
SELECT ok(recon_import(E'Date,Amount,Text\n2024-02-29,2,b\n'::bytea, 'pinned', profile => 'bank') > 0,
          'a file without decimals has not drifted');
SELECT is(complaint($$SELECT recon_import(E'Date,Text,Amount\n2024-02-29,b,2\n'::bytea, 'pinned', profile => 'bank')$$),
          '55000 | the file differs from profile "bank" | column 2: "Text" instead of "Amount"; column 3: "Amount" '
          'instead '
          'of "Text". | Ask who sends the file, or pin what recon_sniff finds under a new name.',
          'a file whose columns have moved is an error that shows the difference');
SELECT is(complaint($$SELECT recon_import(E'Date,Amount,Text\n29.02.2024,"2,5",b\n'::bytea, 'pinned',
                                          profile => 'bank')$$),
          '55000 | the file differs from profile "bank" | column 1: "Date" holds date, DMY, not date, YMD; column 2: '
          '"Amount" holds number, decimal sign ,, not number, decimal sign .. | Ask who sends the file, or pin what '
          'recon_sniff finds under a new name.', 'a file that writes dates and numbers otherwise is an error');
SELECT alike(complaint($$SELECT recon_import('x'::bytea, 'pinned', profile => 'none')$$),
            '42704 | profile "none" does not exist%', 'an unknown profile is refused');

-- What is no table is a clear error, and leaves nothing behind.
SELECT is(complaint(format('SELECT recon_import(%L::bytea, ''nothing'')', content)), message,
    format('a file is refused: %s', title))
FROM (VALUES
    ('\x', '22P03 | the file is empty | It has 0 bytes. | Ask whether the export has finished, and send the file '
        'again.',
     'an empty file'),
    ('\x610a', '22P03 | the file holds no rows | All of its 1 lines are header, blank or totals: {"header":1}. | Ask '
     'whether the export has finished, and send the file again.', 'a header alone'),
    ('\x0a0a0a', '22P03 | the file holds no table | All of its lines are blank. | Ask whether the export has '
        'finished, and '
     'send the file again.', 'blank lines alone'),
    ('\x612c620a312c000a', '22P03 | the file is not text | There is a zero byte at offset 6. | Export it as CSV, or '
        'name its '
     'real format.', 'a zero byte'),
    ('\x255044462d312e37', '22P03 | the file is not text | It looks like a PDF document. | Export it as CSV, or name '
        'its '
     'real format.', 'a PDF document')
) AS e (content, message, title);
SELECT hasnt_table('nothing', 'nothing is left of a file that is refused');
SELECT is((SELECT count(*) FROM recon.upload WHERE target = 'nothing'), 0::bigint, 'no upload either');
SELECT is(complaint($$SELECT recon_import(E'a,b\n1,2\n'::bytea, 'nothing', options => '{"colour": "red"}')$$),
          '22023 | option "colour" does not exist | How a file is read has these options: format, table, encoding, '
          'delimiter, '
          'quote, escape, preamble, header_rows, decimal, date_order, debit, types.', 'an unknown option is refused');
SELECT alike(complaint($$SELECT recon_import(into_table => 'nothing')$$), '22023 | recon_import needs one file%',
            'a call without a file is refused');

-- Tables that are there.
CREATE TABLE narrow (a numeric, recon_upload_id bigint, recon_line bigint, recon_row_id uuid, recon_raw text);
SELECT is(complaint($$SELECT recon_import(E'a,b\n1,2\n'::bytea, 'narrow')$$),
          '55000 | the file does not fit table public.narrow | Column "b" is missing. | Import it into a new table, '
          'set '
          'types with the option "types", or change the table.', 'a table without the columns of the file is refused');
SELECT is(complaint($$SELECT recon_import(E'a\nx\ny\n'::bytea, 'narrow')$$),
          '55000 | the file does not fit table public.narrow | Column "a" has another type than pg_catalog.text. | '
          'Import it '
          'into a new table, set types with the option "types", or change the table.',
              'a table of other types is refused');
CREATE VIEW shown AS SELECT 1 AS a;
SELECT alike(complaint($$SELECT recon_import(E'a\n1\n'::bytea, 'shown')$$), '42809 | "shown" is not a plain table%',
            'a view is refused');
ALTER TABLE narrow ADD CHECK (a > 0);
SELECT alike(complaint($$SELECT recon_import(E'a\n1\n-5\n'::bytea, 'narrow')$$), '23514 %',
            'constraints of the table hold, and end the import');
SELECT is((SELECT count(*) FROM narrow), 0::bigint, 'nothing is half loaded');

-- From the other places.
CREATE TABLE lines (number int GENERATED ALWAYS AS IDENTITY, line text);
INSERT INTO lines (line) VALUES ('a;b'), ('1;2,5'), (NULL), ('2;3,5');
SELECT ok(recon_import(text_rows => 'lines', into_table => 'of_lines') > 0, 'lines of a table are a file');
SELECT results_eq('SELECT a, b FROM of_lines ORDER BY recon_line', 'VALUES (1::numeric, 2.5), (2, 3.5)',
                  'they are read in their order');
SELECT alike(complaint($$SELECT recon_import(text_rows => 'statement', into_table => 'x')$$),
            '22023 | relation "statement" does not hold the lines of a file%', 'a table of other things is refused');
SELECT lo_from_bytea(0, E'x,y\n1,2\n3,4\n'::bytea) AS object \gset
SELECT ok(recon_import(large_object => :object, into_table => 'of_object') > 0, 'a large object is a file');
SELECT results_eq('SELECT x, y FROM of_object ORDER BY recon_line', 'VALUES (1::numeric, 2::numeric), (3, 4)',
                  'it is read to its end');

-- Limits.
SELECT is(recon_upload_setting('most_bytes', '10'), 'most_bytes is 10', 'an administrator sets limits');
SELECT alike(complaint($$SELECT recon_import(E'a,b\n1,2\n3,4\n'::bytea, 'large')$$),
            '54000 | the file is larger than 10 bytes | It has 12 bytes.%', 'a larger file is refused');
SELECT recon_upload_setting('most_bytes', '1000000'), recon_upload_setting('most_rejects', '1') \g /dev/null
SELECT alike(complaint(format('SELECT recon_import(%L::bytea, ''large'')',
                             E'a,b\n' || repeat(E'1,2\n', 50) || E'1,2,3\n1\n')),
            '54000 | more than 1 rows of the file do not fit its columns%', 'more rejected rows are an error');
SELECT alike(complaint($$SELECT recon_upload_setting('colour', '1')$$), '42704 | setting "colour" does not exist%',
            'an unknown setting is refused');
SELECT is((SELECT content FROM recon.upload WHERE upload_id = :upload), NULL::bytea, 'bytes are not kept by default');
SELECT recon_upload_setting('keep_content_for', '1 day') \g /dev/null
SELECT recon_import(E'a\n1\n'::bytea, 'kept') AS kept \gset
SELECT is((SELECT content FROM recon.upload WHERE upload_id = :kept), E'a\n1\n'::bytea, 'they are where a setting '
    'says so');

-- Others see nothing of it.
CREATE ROLE import_clerk;
GRANT CREATE, USAGE ON SCHEMA public TO import_clerk;
SELECT recon_grant('import_clerk', 'viewer') \g /dev/null
SELECT lo_from_bytea(0, E'x,y\n1,2\n'::bytea) AS secret \gset
SET LOCAL ROLE import_clerk;
SELECT is((SELECT count(*) FROM recon.upload), 0::bigint, 'uploads of others are not seen');
SELECT is((SELECT count(*) FROM recon.upload_reject), 0::bigint, 'rejected rows of others are not seen');
SELECT alike(complaint(format('SELECT recon_upload_status(%s)', :upload)), '42704 | upload % does not exist%',
            'the status of an upload of others is not seen');
SELECT alike(complaint(format($$SELECT recon_correct_row(%s, 9, '30.04.2024;0010;x;1,00')$$, :upload)),
            '42704 | upload % does not exist%', 'rows of others cannot be corrected');
SELECT alike(complaint($$SELECT recon_import(E'a\n1\n'::bytea, 'narrow')$$),
            '42501 | must be owner of table narrow to import files into it%', 'tables of others are refused');
SELECT alike(complaint($$SELECT recon_import(server_file => '/etc/hostname', into_table => 'x')$$),
            '42501 | permission denied to import a file of the server%', 'files of the server are refused');
SELECT alike(complaint(format($$SELECT recon_import(large_object => %s, into_table => 'x')$$, :secret)), '42501 %',
            'large objects of others are refused');
SELECT alike(complaint($$SELECT recon_upload_setting('most_bytes', '10')$$), '42501 %', 'settings are for '
    'administrators');
SELECT alike(complaint($$SELECT recon_pin_profile('bank', profile) FROM recon.file_profile WHERE profile_name =
    'bank'$$),
            '42501 | profile "bank" belongs to %', 'profiles of others are not replaced');
SELECT ok(recon_import(E'a,b\n1,2\n'::bytea, 'own') > 0, 'a file of their own goes into a table of their own');
SELECT is((SELECT tableowner FROM pg_tables WHERE tablename = 'own'), 'import_clerk',
    'the table belongs to the one who imports');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
