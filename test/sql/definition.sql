-- Defining reconciliations: what is stored, what is refused, and how it is said.
\set VERBOSITY default
CREATE TABLE cash (
    value_date date, account text, ccy text, ledger numeric, statement numeric, difference numeric, remark text
);
INSERT INTO cash
SELECT '2024-01-01'::date + d, 'A' || a, 'EUR', 100 + d, 100, d, NULL
FROM generate_series(0, 4) d, generate_series(1, 3) a;

SELECT recon_create('cash', source => 'cash', key_columns => '{account,ccy}',
    criteria_columns => '{ledger,statement}', derived_columns => '{difference}', date_column => 'value_date',
    currency_column => 'ccy', break_when => 'abs(difference) > 1');
SELECT break_condition, measures FROM recon.reconciliation WHERE reconciliation_name = 'cash';

-- Without a derived column or rule, differences and a tolerance make them.
SELECT recon_create('cash_pairs', source => 'cash', key_columns => '{account}',
    criteria_columns => '{ledger,statement}', date_column => 'value_date', tolerance => 1);
SELECT break_condition, measures FROM recon.reconciliation WHERE reconciliation_name = 'cash_pairs';
SELECT recon_create('cash_relative', source => 'cash', key_columns => '{account}',
    criteria_columns => '{ledger,statement}', date_column => 'value_date', tolerance => 1, relative_tolerance => 0.01);
SELECT break_condition FROM recon.reconciliation WHERE reconciliation_name = 'cash_relative';

-- Refusals name the value and say what to do.
SELECT recon_create('cash', source => 'cash', key_columns => '{account}', derived_columns => '{difference}',
    date_column => 'value_date', tolerance => 1);
SELECT recon_create('x', source => 'no_such_table');
SELECT recon_create('x', source => 'cash', key_columns => '{acount}', derived_columns => '{difference}',
    date_column => 'value_date', tolerance => 1);
SELECT recon_create('x', source => 'cash', key_columns => '{account}', derived_columns => '{remark}',
    date_column => 'value_date', tolerance => 1);
SELECT recon_create('x', source => 'cash', key_columns => '{account}', criteria_columns => '{ledger}',
    date_column => 'value_date', tolerance => 1);
SELECT recon_create('x', source => 'cash', key_columns => '{account}', derived_columns => '{difference}',
    date_column => 'ledger', tolerance => 1);
SELECT recon_create('x', source => 'cash', key_columns => '{account}', derived_columns => '{difference}',
    date_column => 'value_date', tolerance => 1, time_zone => 'Mars/Olympus');
SELECT recon_create('x', source => 'cash', key_columns => '{account}', derived_columns => '{difference}',
    date_column => 'value_date', tolerance => 1, strategy => 'bold');
SELECT recon_create('x', source => 'cash', key_columns => '{account}', derived_columns => '{difference}',
    date_column => 'value_date', tolerance => 1, pool_by => '{ccy}');
SELECT recon_create('x', source => 'cash', key_columns => '{account}', derived_columns => '{difference}',
    date_column => 'value_date', relative_tolerance => 0.01);

-- A break rule is one scalar expression over the source's columns.
CREATE FUNCTION try_rule(rule text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    detail text;
    hint text;
BEGIN
    PERFORM recon_create('rule', source => 'cash', key_columns => '{account}', derived_columns => '{difference}',
        date_column => 'value_date', break_when => rule);
    PERFORM recon_drop('rule');
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN format('%s: %s', SQLSTATE, message);
END $$;
SELECT rule, try_rule(rule) FROM (VALUES
    ('difference <> 0'), ('ledger - statement NOT BETWEEN -1 AND 1'), ('NULL'),
    ('difference'), ('max(difference) > 1'), ('row_number() OVER () > 1'), ('generate_series(1, 2) > 1'),
    ('(SELECT true)'), ('EXISTS (SELECT FROM pg_authid)'), ('random() < 0.5'),
    ('true; DROP TABLE cash'), ('true FROM pg_authid'), ('true) FROM pg_authid WHERE (true'),
    ('true AS x'), ('no_such_column > 1'), ('$1'), ('public.try_rule(''x'') = ''y'''), ('')
) AS rules (rule);

-- Altering keeps what is not named.
SELECT recon_alter('cash', tolerance => 5, break_when => '', new_name => 'cash_daily');
SELECT break_when, break_condition, measures->0->>'tolerance' AS tolerance FROM recon.reconciliation
WHERE reconciliation_name = 'cash_daily';
SELECT recon_alter('cash_daily', key_columns => '{}');
SELECT recon_alter('cash_daily', new_name => 'cash_pairs');

-- From test to production.
SELECT recon_export_definition('cash_daily');
SELECT recon_import_definition(recon_export_definition('cash_daily'), name => 'cash_copy');
SELECT recon_export_definition('cash_copy') - 'reconciliation_name' = recon_export_definition('cash_daily') -
    'reconciliation_name' AS same;
SELECT recon_import_definition(recon_export_definition('cash_daily'));
SELECT recon_import_definition('{"format": 2}');
SELECT recon_import_definition('{"format": 1, "sauce": "cash"}');

SELECT recon_drop('cash_copy');
SELECT recon_drop('cash_copy');
SELECT recon_drop('cash_copy', if_exists => true);
SELECT recon_drop(reconciliation_name) FROM recon.reconciliation ORDER BY 1;
DROP FUNCTION try_rule;
DROP TABLE cash;
