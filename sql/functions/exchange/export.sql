-- Files out: the processed file of a run.

CREATE OR REPLACE FUNCTION recon_export(run bigint, format text DEFAULT 'xlsx') RETURNS bytea
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_export';
COMMENT ON FUNCTION recon_export(bigint, text) IS
$$The rows that a run has judged, as a file: the columns of the source in their order and, where recon_import brought
them, in the spelling of their file; then Anomaly, Severity, Score, Pattern, Category, Reason, Recommended Action and
Break ID, and Verdict and Comment to be filled in. format: xlsx (typed cells, header frozen, filters, anomalies
    highlighted, a list of
verdicts to choose from), csv or json. Texts that a spreadsheet would take for formulas begin with an apostrophe in
csv; recon_import takes it off again.
Reads the source with the rights of the caller. Needs level viewer. Errors: 42704 no such run.$$;

CREATE OR REPLACE FUNCTION recon.export_plan(run bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    r recon.run;
    d recon.reconciliation;
    relation regclass;
    original jsonb;
    added jsonb := '[
        {"header": "Anomaly", "expression": "CASE WHEN verdict.is_anomaly THEN ''Yes'' ELSE ''No'' END"},
        {"header": "Severity", "expression": "verdict.severity"},
        {"header": "Score", "expression": "pg_catalog.round(verdict.score::numeric, 2)", "type": "number"},
        {"header": "Pattern", "expression": "verdict.pattern"},
        {"header": "Category", "expression": "verdict.category"},
        {"header": "Reason", "expression": "verdict.reason"},
        {"header": "Recommended Action", "expression": "verdict.recommended_action"},
        {"header": "Break ID", "expression": "verdict.break_id", "type": "number"},
        {"header": "Verdict", "expression": "NULL", "choices": ["confirmed", "false positive", "explained"]},
        {"header": "Comment", "expression": "NULL"}]';
BEGIN
    SELECT u.* INTO r FROM recon.run u
    WHERE u.run_id = run AND recon.has_access(recon.caller(), u.reconciliation_id, 'viewer');
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('run %s does not exist', coalesce(run::text, 'NULL')),
            HINT = 'recon.run_summary lists the runs.';
    END IF;
    IF r.status <> 'succeeded' THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('run %s has no verdicts to export', run), DETAIL = format('It is %s.', r.status);
    END IF;
    SELECT c.* INTO STRICT d FROM recon.reconciliation c WHERE c.reconciliation_id = r.reconciliation_id;
    IF d.date_column IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('reconciliation "%s" has no date column', d.reconciliation_name),
            DETAIL = 'Its rows cannot be told apart from one run to the next.',
            HINT = 'Add a date to the source, and name it with recon_alter(name, date_column => ...).';
    END IF;
    relation := recon.source_of(d);
    -- What recon_import added is no part of the file; what it renamed has its header as the comment.
    SELECT jsonb_agg(jsonb_build_object(
               'header', CASE WHEN is_import THEN coalesce(col_description(relation, a.attnum), a.attname)
                              ELSE a.attname END,
               'expression', format('source.%I', a.attname),
               'type', CASE WHEN a.atttypid IN ('numeric'::regtype, 'bigint'::regtype, 'integer'::regtype,
                                                'smallint'::regtype, 'double precision'::regtype, 'real'::regtype)
                            THEN 'number'
                            WHEN a.atttypid = 'date'::regtype THEN 'date'
                            WHEN a.atttypid IN ('timestamp'::regtype, 'timestamptz'::regtype) THEN 'timestamp'
                            ELSE 'text' END)
               ORDER BY a.attnum) INTO original
    FROM pg_attribute a,
         (SELECT EXISTS (SELECT FROM pg_attribute i WHERE i.attrelid = relation AND i.attname = 'recon_upload_id')) AS
             e (is_import)
    WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
      AND NOT (is_import AND a.attname IN ('recon_upload_id', 'recon_line', 'recon_row_id', 'recon_raw'));
    RETURN jsonb_build_object(
        'sheet', d.reconciliation_name,
        'columns', (SELECT jsonb_agg(jsonb_build_object('header', c->'header', 'type', coalesce(c->>'type', 'text'),
                                                        'choices', coalesce(c->'choices', '[]')) ORDER BY n)
                    FROM jsonb_array_elements(original || added) WITH ORDINALITY AS e (c, n)),
        'statement', format('SELECT (verdict.is_anomaly)::text, %1$s %2$s WHERE source.%5$I BETWEEN %3$L AND %4$L '
                            'ORDER BY %8$s source.%5$I, source.%6$I::text, source.%7$I',
                            (SELECT string_agg(format('(%s)::text', c->>'expression'), ', ' ORDER BY n)
                             FROM jsonb_array_elements(original || added) WITH ORDINALITY AS e (c, n)),
                            recon.rows_with_verdicts(d), r.from_date, r.to_date,
                            recon.free_column(relation, 'recon_date'), recon.free_column(relation, 'recon_key'),
                            recon.free_column(relation, 'recon_occurrence'),
                            -- As the file had them.
                            CASE WHEN EXISTS (SELECT FROM pg_attribute i
                                              WHERE i.attrelid = relation AND i.attname = 'recon_upload_id')
                                 THEN 'source.recon_upload_id, source.recon_line,' END));
END
$$;
COMMENT ON FUNCTION recon.export_plan(bigint) IS
    'What the file of a run holds: its columns, and the statement that gives its rows as texts.';
