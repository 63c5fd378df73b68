-- One row, judged by what the last stored run left behind.

CREATE OR REPLACE FUNCTION recon_score_row(name text, source_row "any") RETURNS SETOF recon.verdict
    LANGUAGE c STABLE PARALLEL UNSAFE ROWS 1 AS 'MODULE_PATHNAME', 'recon_score_row';
COMMENT ON FUNCTION recon_score_row(text, "any") IS
$$Judges one row of a reconciliation by the baselines that the last stored run of recon_detect left
behind, without reading the source; the row need not be in it. Columns are those of recon_detect, break_id
always NULL. No row where it is no break.
source_row: a row of the source, or another record, json or jsonb with columns or keys of these names. What keys,
criteria, derived values, date and currency are read from must be there; what else is missing is NULL.
A key without a baseline is judged by its peers. q_value is what the row would have in the place of a row of that run,
or more. Nothing is stored. Needs level viewer.
Errors: 55000 there are no stored baselines (run recon_detect), or the row is dated before the newest one of its key;
22023 the name, the row or its date is NULL, or a column is missing.$$;

CREATE OR REPLACE FUNCTION recon.row_statement(d recon.reconciliation, row_type regtype) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    relation regclass := recon.source_of(d);
    is_whole boolean := row_type = (SELECT c.reltype FROM pg_class c WHERE c.oid = relation);
    fields text := CASE WHEN row_type = 'jsonb'::regtype THEN '$1' ELSE 'to_jsonb($1)' END;
    needed text[] := d.key_columns || d.criteria_columns || d.derived_columns
        || array_remove(ARRAY[d.date_column, d.currency_column], NULL);
BEGIN
    RETURN format('SELECT scanned.*, %s AS missing FROM (%s) AS scanned',
        CASE WHEN is_whole THEN 'NULL::text'
             ELSE format('(SELECT string_agg(c, '', '') FROM unnest(%L::text[]) AS c WHERE NOT %s ? c)', needed,
                         fields) END,
        recon.grouped_scan(d, relation, recon.date_expression(relation, d), 'true', NULL,
            CASE WHEN is_whole THEN '(SELECT ($1).*) AS source'
                 ELSE format('jsonb_to_record(%s) AS source(%s)', fields, recon.populated_columns(relation, d)) END,
            recon.found_expression(relation, d,
                                   recon.applicable_rules(recon.current_strategy(d.strategy), d, relation))));
END
$$;
COMMENT ON FUNCTION recon.row_statement(recon.reconciliation, regtype) IS
$$The statement that reads one row, its parameter, as recon.scan_statement reads the source; its last column names the
columns that the row lacks.
It runs as the owner: the parameter is jsonb, or a row of built-in types.$$;
