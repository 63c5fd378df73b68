-- Files out: what a run's file holds, that nothing in it is a formula, and that it comes back as it went.
BEGIN;
SET LOCAL client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT no_plan();
\ir lib/complaint.sql

-- A file of balances: leading zeros, texts that would be formulas, long numbers.
CREATE TABLE sent AS SELECT convert_to('As of Date,Account No,Desk,Ledger (EUR),Bank (EUR)' || E'\n' ||
    string_agg(format('%s,%s,"%s",%s,%s', date '2024-01-31' + (m || ' months')::interval, lpad(a::text, 6, '0'),
        (ARRAY['=1+1', '-desk', '@SUM(A1)', 'plain', '''=quoted', '+1', '"" in it'])[a],
        1234567890.25 + a, 1234567890.25 + a + CASE WHEN m = 11 AND a = 3 THEN -50000 WHEN m % 4 = a % 4 THEN 0.5
                                                    ELSE 0 END), E'\n' ORDER BY m, a) || E'\n', 'UTF8') AS content
FROM generate_series(0, 11) AS m, generate_series(1, 7) AS a;
UPDATE sent SET content = convert_to(replace(convert_from(content, 'UTF8'), ' 00:00:00', ''), 'UTF8');
SELECT recon_import(content, 'balances', file_name => 'balances.csv') AS upload FROM sent \gset
SELECT recon_create('balances', source => 'balances', key_columns => '{account_no}',
                    criteria_columns => '{ledger_eur,bank_eur}', date_column => 'as_of_date',
                    tolerance => 1) \g /dev/null
SELECT count(*) AS breaks FROM recon_detect('balances') \gset
SELECT max(run_id) AS run FROM recon.run \gset

SELECT is(split_part(convert_from(recon_export(:run, 'csv'), 'UTF8'), E'\r\n', 1),
    'As of Date,Account No,Desk,Ledger (EUR),Bank (EUR),Anomaly,Severity,Score,Pattern,Category,Reason,'
    'Recommended Action,Break ID,Verdict,Comment',
    'the columns are those of the file in its spelling, then the verdict, then what is to be filled in');
SELECT is((SELECT count(*) FROM regexp_matches(convert_from(recon_export(:run, 'csv'), 'UTF8'), E'\r\n', 'g')),
    8::bigint,
    'every row of the window is there, matches included');
SELECT is((SELECT array_agg(line) FROM regexp_split_to_table(convert_from(recon_export(:run, 'csv'), 'UTF8'), E'\r\n')
           AS l (line) WHERE line ~ '^[^,]*,[^,]*,"?[=@+-]'), NULL::text[], 'no text of it is a formula');
SELECT matches(convert_from(recon_export(:run, 'csv'), 'UTF8'),
    '2024-12-31,000003,''@SUM\(A1\),1234567893.25,1234517893.25,Yes,', 'numbers, dates and zeros stay as they are');

-- Back again, from each format.
CREATE FUNCTION differences(back text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT to_jsonb(a)::text FROM (
        (SELECT as_of_date, account_no, desk, ledger_eur, bank_eur FROM balances WHERE as_of_date = ''2024-12-31''
         EXCEPT ALL SELECT as_of_date, account_no, desk, ledger_eur, bank_eur FROM %1$I)
        UNION ALL (SELECT as_of_date, account_no, desk, ledger_eur, bank_eur FROM %1$I
         EXCEPT ALL SELECT as_of_date, account_no, desk, ledger_eur, bank_eur FROM balances
                    WHERE as_of_date = ''2024-12-31'')) a', back);
END
$$;
SELECT ok(recon_import(recon_export(:run, f), 'back_' || f) > 0, f || ' is imported again')
FROM unnest(ARRAY['csv', 'json', 'xlsx']) AS f;
SELECT is_empty(format('SELECT differences(%L)', 'back_' || f), f || ' comes back as it went out')
FROM unnest(ARRAY['csv', 'json', 'xlsx']) AS f;
SELECT is((SELECT array_agg(DISTINCT format) FROM recon.upload), ARRAY['csv', 'json', 'xlsx'],
    'the formats are recognized by their bytes');
SELECT is((SELECT array_agg(anomaly ORDER BY account_no) FROM back_xlsx),
    (SELECT array_agg(CASE WHEN a = 3 THEN 'Yes' ELSE 'No' END ORDER BY a) FROM generate_series(1, 7) AS a),
    'the verdicts are in the workbook');

-- Any text and number survives the way out and back.
CREATE TABLE odd AS SELECT date '2024-01-31' + n AS on_date, 'k' AS k,
    (ARRAY['=', '''', '''''=', '+', '-', '@x', E'tab\tin', E'line\nfeed', '"', '""', ' blank ', 'a,b', 'Ä€😀',
           '''@',
        '-5-'])
        [n % 15 + 1] || '.' || n AS words,
    (ARRAY[-5, 0.1, 12345678901234567890.5, -0.000001, 1e15, 100])[n % 6 + 1] AS a, 0::numeric AS b
FROM generate_series(0, 29) AS n;
SELECT recon_create('odd', source => 'odd', key_columns => '{k}', criteria_columns => '{a,b}',
                    date_column => 'on_date', comment_column => '', tolerance => 0.01) \g /dev/null
SELECT count(*) FROM recon_detect('odd', from_date => '2024-01-31', to_date => '2024-02-29') \g /dev/null
SELECT max(run_id) AS odd_run FROM recon.run \gset
SELECT recon_import(recon_export(:odd_run, f), 'odd_' || f) FROM unnest(ARRAY['csv', 'json']) AS f \g /dev/null
SELECT results_eq('SELECT on_date, words, a FROM odd_' || f || ' ORDER BY on_date',
                  'SELECT on_date, words, a FROM odd ORDER BY on_date', 'odd texts and numbers survive ' || f)
FROM unnest(ARRAY['csv', 'json']) AS f;

-- Errors and rights.
SELECT alike(complaint(format($$SELECT recon_export(%s, 'pdf')$$, :run)),
    '22023 | format "pdf" does not exist | Use one of csv, json, xlsx.', 'another format is refused');
SELECT alike(complaint('SELECT recon_export(0)'), '42704 | run 0 does not exist%', 'an unknown run is refused');
CREATE ROLE export_clerk;
SELECT recon_create('other', source => 'odd', key_columns => '{k}', criteria_columns => '{a,b}', date_column =>
    'on_date',
                    comment_column => '') \g /dev/null
SELECT recon_grant('export_clerk', 'viewer', 'other') \g /dev/null
SET LOCAL ROLE export_clerk;
SELECT alike(complaint(format('SELECT recon_export(%s)', :run)), '42704 | run % does not exist%',
    'runs of other reconciliations are not exported');
RESET ROLE;
SELECT recon_grant('export_clerk', 'viewer', 'balances') \g /dev/null
SET LOCAL ROLE export_clerk;
SELECT alike(complaint(format('SELECT recon_export(%s)', :run)), '42501 | permission denied for table balances%',
    'the source is read with the rights of the caller');
RESET ROLE;

-- JSON: lines, paths, and what is in rows.
SELECT ok(recon_import(convert_to(E'{"a":1,"b":{"c":"2024-01-02","d":[1,"x",{"y":null}]}}\n{"a":2.50,"e":"é"}\n',
    'UTF8'),
                       'lines') > 0, 'JSON line by line');
SELECT results_eq('SELECT a::text, b_c, b_d::text, e FROM lines ORDER BY recon_line',
    $$VALUES ('1', date '2024-01-02', '[1,"x",{"y":null}]', NULL), ('2.50', NULL, NULL, 'é')$$,
    'objects within become columns, arrays stay JSON, decimals keep their zeros');
SELECT ok(recon_import(convert_to('{"meta":{"n":1},"data":{"rows":[{"a":1},{"a":3}]}}', 'UTF8'), 'nested') > 0,
    'the array of objects is found');
SELECT is((SELECT profile->>'table' FROM recon.upload WHERE target = 'public.nested'), 'data.rows',
    'the path of the objects is part of the profile');
SELECT is(complaint($$SELECT recon_import(convert_to('{"x":[{"a":1}],"y":[{"a":3}]}', 'UTF8'), 'two')$$),
    '55000 | the file holds several tables | They are 1 "x" (2 rows), 2 "y" (2 rows). | Name one of them in options, '
    'for '
    'example options => ''{"table": "1"}''.', 'several tables are asked for');
SELECT ok(recon_import(convert_to('{"x":[{"a":1}],"y":[{"a":3}]}', 'UTF8'), 'two', options => '{"table": "y"}') > 0,
    'an option names one');
SELECT alike(complaint($$SELECT recon_import(convert_to('[{"a":1},{"a"', 'UTF8'), 'two')$$),
    '22P03 | the file is not JSON | At byte %', 'JSON that is cut off is refused');
SELECT alike(complaint(format($$SELECT recon_import(convert_to('[{"a":%s', 'UTF8'), 'two')$$, repeat('[', 1000))),
    '54000 | the file nests deeper than 100 levels%', 'JSON without end is refused');
SELECT alike(complaint($$SELECT recon_import('\x504b0304'::bytea || convert_to('no archive', 'UTF8'), 'two')$$),
    '22P03 | the workbook cannot be read | Its archive is damaged or cut off%', 'a damaged workbook is refused');
SELECT alike(complaint(format($$SELECT recon_import(substr(recon_export(%s, 'xlsx'), 1, 5000), 'two')$$, :run)),
    '22P03 | the workbook cannot be read%', 'a workbook that is cut off is refused');

SELECT * FROM finish();
ROLLBACK;
