-- Files are often loaded as text: amounts and dates that are kept as text are judged like numbers and
-- dates, and a text that is none sinks nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
\ir ../data/ihub_sample.sql

SELECT plan(47);

-- Numbers as they are written.
SELECT is(recon.parse_number(written, '.'), number, format('%L, decimal point', written))
FROM (VALUES ('1,234.50', 1234.50), (' -3 ', -3), ('(200)', -200), ('12-', -12), ('$5', 5), ('1''234', 1234),
    ('1 234.5', 1234.5),
             ('0.10000000000000000000001', 0.10000000000000000000001), ('1e3', 1000),
             ('abc', NULL), ('n/a', NULL), ('', NULL), ('1,2', NULL), ('NaN', NULL),
                 ('12,345 678', NULL)) AS texts (written, number);
SELECT is(recon.parse_number(written, ','), number, format('%L, decimal comma', written))
FROM (VALUES ('-15 000,00', -15000.00), ('1.234,5', 1234.5), ('7', 7), ('1,234.50', NULL)) AS texts (written, number);
SELECT throws_ok($$SELECT recon.parse_number('1', ';')$$, '22023', 'a decimal sign is a point or a comma');

-- The sample, every column of it text, written in several ways: the verdicts of the sample with real types.
CREATE FUNCTION verdicts(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT concat_ws('' '', key->>''account'', key->>''currency'', observed, is_anomaly, '
        'pattern)
                                 FROM %s ORDER BY key->>''account'', key->>''currency''', query);
END
$$;
CREATE TABLE expected AS SELECT verdicts('recon_detect(history => ''ihub_balance'')') AS verdict;
CREATE FUNCTION written(amount numeric, style text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE style WHEN 'plain' THEN amount::text
        WHEN 'english' THEN ltrim(to_char(amount, 'FM999,999,990.00'))
        WHEN 'brackets' THEN CASE WHEN amount < 0 THEN format('(%s)', to_char(-amount, 'FM999,999,990.00'))
            ELSE to_char(amount, 'FM999,999,990.00') END
        WHEN 'comma' THEN translate(to_char(amount, 'FM999,999,990.00'), ',.', ' ,') END
$$;
CREATE FUNCTION write_as(relation text, style text, date_format text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I AS SELECT to_char(as_of_date, %L) AS as_of_date, company, account, au, currency,
        written(gl_balance, %3$L) AS gl_balance, written(ihub_balance, %3$L) AS ihub_balance,
        written(balance_difference, %3$L)::varchar AS balance_difference, comments FROM ihub_balance', relation,
            date_format, style);
END
$$;
SELECT write_as('as_plain', 'plain', 'DD-MM-YYYY');
SELECT write_as('as_english', 'english', 'MM/DD/YYYY');
SELECT write_as('as_brackets', 'brackets', 'YYYYMMDD');
SELECT write_as('as_comma', 'comma', 'DD.MM.YYYY');
SELECT count(recon_create(name, source => name)) AS made
    FROM unnest('{as_plain,as_english,as_brackets,as_comma}'::text[]) AS name \gset
SELECT results_eq(format('SELECT verdicts(%L)', format('recon_detect(%L)', name)), 'SELECT verdict FROM expected',
                  name || ': as with real types') FROM unnest('{as_plain,as_english,as_brackets,as_comma}'::text[])
                      AS name;
SELECT results_eq($$SELECT verdicts('recon_detect(history => ''as_comma'')')$$, 'SELECT verdict FROM expected',
    'a run without a definition gives the same verdicts');

-- A pair without a stored difference is judged by its difference, not by whether it differs.
ALTER TABLE as_comma DROP balance_difference;
SELECT recon_create('pair', source => 'as_comma') AS made \gset
SELECT results_eq($$SELECT verdicts('recon_detect(''pair'')')$$, 'SELECT verdict FROM expected',
    'no stored difference: that of the sides');
SELECT is(measures->0->>'name', 'gl_balance - ihub_balance', 'is the measure')
FROM recon.reconciliation WHERE reconciliation_name = 'pair';

-- Columns and rule named by the user, as over numbers.
SELECT recon_create('named', source => 'as_english', key_columns => '{company,account,au,currency}',
    criteria_columns => '{gl_balance,ihub_balance}', derived_columns => '{balance_difference}',
        date_column => 'as_of_date',
    date_format => 'MM/DD/YYYY', comment_column => 'comments', currency_column => 'currency',
    break_when => 'abs(balance_difference) > 1') AS made \gset
SELECT results_eq($$SELECT verdicts('recon_detect(''named'')')$$, 'SELECT verdict FROM expected',
    'columns and rule named as over numbers');
SELECT is((measures->0->>'tolerance')::numeric, 1::numeric, 'the tolerance of the rule is found')
FROM recon.reconciliation WHERE reconciliation_name = 'named';
SELECT recon_create('by_text', source => 'as_plain',
    break_when => 'abs(nullif(btrim(balance_difference), '''')::numeric) > 1', tolerance => 1) AS made \gset
SELECT results_eq($$SELECT verdicts('recon_detect(''by_text'')')$$, 'SELECT verdict FROM expected',
    'a rule that converts by itself is taken as it is');
SELECT recon_alter('named', break_when => '', tolerance => 1, relative_tolerance => 0.00001) AS made \gset
SELECT lives_ok($$SELECT * FROM recon_detect('named', from_date => '2024-05-31')$$,
    'a relative tolerance reads the sides as numbers too');
SELECT recon_import_definition(recon_export_definition('pair'), name => 'imported') AS made \gset
SELECT is(a.measures, b.measures, 'a definition that is carried elsewhere knows how its amounts are written')
FROM recon.reconciliation a, recon.reconciliation b WHERE a.reconciliation_name = 'pair'
    AND b.reconciliation_name = 'imported';
SELECT throws_ok($$SELECT recon_create('names', source => 'as_plain', derived_columns => '{comments}')$$, '42804',
                 'derived column "comments" is not a number');

-- History and target, one of them text.
CREATE TABLE typed_history AS SELECT * FROM ihub_balance WHERE as_of_date < '2024-05-31';
CREATE TABLE typed_today AS SELECT * FROM ihub_balance WHERE as_of_date = '2024-05-31';
CREATE TABLE text_history AS SELECT * FROM as_english WHERE as_of_date <> '05/31/2024';
CREATE TABLE text_today AS SELECT * FROM as_english WHERE as_of_date = '05/31/2024';
SELECT results_eq(format('SELECT verdicts(%L)', format('recon_detect(history => %L, target => %L)', history, target)),
    'SELECT verdict FROM expected',
                  history || ' and ' || target)
FROM (VALUES ('typed_history', 'typed_today'), ('text_history', 'text_today'), ('text_history', 'typed_today'),
    ('typed_history', 'text_today'))
     AS relations (history, target);

-- Texts that are no numbers, and no dates.
CREATE TABLE spoilt AS
    SELECT to_char('2024-01-01'::date + day, 'DD-MM-YYYY') AS value_date, account, (100 + day % 2)::text AS ledger,
        '100' AS statement
    FROM generate_series(0, 9) AS day, (VALUES ('a'), ('b'), ('c'), ('d')) AS accounts (account);
INSERT INTO spoilt VALUES ('11-01-2024', 'a', 'n/a', '100'), ('11-01-2024', 'b', 'abc', '100'),
    ('11-01-2024', 'c', '', '100'),
                          ('11-01-2024', 'd', '900', '100'), ('soon', 'd', '900', '100'),
                              ('31-02-2024', 'd', '900', '100');
SELECT recon_create('spoilt', source => 'spoilt', key_columns => '{account}', criteria_columns => '{ledger,statement}',
                    date_column => 'value_date', date_format => 'DD-MM-YYYY', tolerance => 0.5) AS made \gset
SELECT results_eq($$SELECT key->>'account', observed, is_anomaly, 'missing_side' = ANY (flags), category
    FROM recon_detect('spoilt') ORDER BY 1$$,
    $$VALUES ('a', NULL::numeric, false, true, 'one_sided'), ('b', NULL, false, true, 'one_sided'),
        ('c', NULL, false, true, 'one_sided'),
             ('d', 800, true, false, 'amount_mismatch')$$, 'a text that is no number is a missing side, and a break');
SELECT results_eq($$SELECT rows_read, rows_without_date, message FROM recon.run
    JOIN recon.reconciliation USING (reconciliation_id)
                    WHERE reconciliation_name = 'spoilt'$$,
    $$VALUES (46::bigint, 2::bigint,
        '2 of 46 rows have no finite date and were not judged; 2 of 46 rows have amounts that are not numbers; they '
        'count as missing')$$,
    'the run counts them, and says so');

-- The scan of numbers calls nothing for any of this.
SELECT recon_create('typed', source => 'ihub_balance') AS made \gset
SELECT unalike(recon.scan_statement(r, 'ihub_balance', NULL, NULL, NULL), '%parse_%',
    'numbers are not looked at as text')
FROM recon.reconciliation r WHERE reconciliation_name = 'typed';
-- Nor does a target of text sink a history of numbers.
CREATE TABLE spoilt_history AS SELECT recon.parse_date(value_date, 'DD-MM-YYYY') AS value_date, account,
    recon.parse_number(ledger, '.') AS ledger, recon.parse_number(statement, '.') AS statement FROM spoilt
        WHERE value_date < '11';
CREATE TABLE spoilt_today AS SELECT * FROM spoilt WHERE value_date LIKE '11%';
SELECT recon_create('spoilt_history', source => 'spoilt_history', key_columns => '{account}',
    criteria_columns => '{ledger,statement}',
                    date_column => 'value_date', tolerance => 0.5) AS made \gset
SELECT results_eq($$SELECT key->>'account', observed, is_anomaly
    FROM recon_detect('spoilt_history', target => 'spoilt_today') ORDER BY 1$$,
    $$VALUES ('a', NULL::numeric, false), ('b', NULL, false), ('c', NULL, false), ('d', 800, true)$$,
        'a target of text against numbers');
SELECT matches(message, '^2 of [0-9]+ rows have amounts that are not numbers', 'is counted as well')
FROM recon.run JOIN recon.reconciliation USING (reconciliation_id) WHERE reconciliation_name = 'spoilt_history';

-- A file that is not there yet.
CREATE TABLE nothing_yet (value_date text, account text, ledger_amount text, statement_amount text, difference text);
SELECT lives_ok($$SELECT recon_create('nothing_yet', source => 'nothing_yet', key_columns => '{account}',
    derived_columns => '{difference}',
    date_column => 'value_date', date_format => 'YYYY-MM-DD', tolerance => 1)$$,
        'a difference is a number before there is a row');
CREATE TABLE letters (a text, b text);
SELECT is_empty($$SELECT * FROM recon_suggest('letters') WHERE role = 'criteria'$$,
    'a and b without a row are no sides of anything');

-- A date kept as a number.
CREATE TABLE by_day AS SELECT to_char(as_of_date, 'YYYYMMDD')::integer AS as_of_date, company, account, au, currency,
    gl_balance, ihub_balance FROM ihub_balance;
SELECT results_eq($$SELECT verdicts('recon_detect(history => ''by_day'')')$$, 'SELECT verdict FROM expected',
    '20240531 is a date');

-- A user who may define reconciliations may do so over text.
CREATE ROLE recon_text_owner;
SELECT recon_grant('recon_text_owner', 'admin') AS granted \gset
GRANT SELECT ON as_english TO recon_text_owner;
GRANT SELECT ON expected TO recon_text_owner;
SET ROLE recon_text_owner;
SELECT results_eq($$SELECT count(recon_create('owned', source => 'as_english',
    break_when => 'abs(balance_difference) > 1'))$$, 'VALUES (1::bigint)', 'an ordinary role defines');
SELECT results_eq($$SELECT verdicts('recon_detect(''owned'')')$$, 'SELECT verdict FROM expected',
    'an ordinary role judges by its definition');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
