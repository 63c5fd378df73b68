-- What the trigger of a watch does.

CREATE OR REPLACE FUNCTION recon.watch_rows() RETURNS trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_watch_rows';
COMMENT ON FUNCTION recon.watch_rows() IS
    'Trigger of a watched source: judges the inserted rows, relation recon_new_rows, '
    'for the reconciliation that its argument numbers.';

CREATE OR REPLACE FUNCTION recon.new_rows_scan(d recon.reconciliation) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT recon.grouped_scan(d, relation, recon.date_expression(relation, d), 'true',
        recon.unreadable_condition(relation, d, d.decimal_signs, NULL), 'recon_new_rows AS source',
        recon.found_expression(relation, d, recon.applicable_rules(recon.current_strategy(d.strategy), d, relation)))
    FROM recon.source_of(d) AS relation
$$;
COMMENT ON FUNCTION recon.new_rows_scan(recon.reconciliation) IS
    'The statement that reads inserted rows as recon.scan_statement reads the source.';

CREATE OR REPLACE FUNCTION recon.add_watch_run(
    reconciliation_id integer, strategy jsonb, from_date date, to_date date, rows_read bigint, rows_without_date bigint,
    rows_judged bigint, keys_read bigint, breaks bigint, anomalies bigint, baseline_date date,
    message text, error_code text
) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    added recon.run;
BEGIN
    INSERT INTO recon.run (reconciliation_id, status, strategy, from_date, to_date, rows_read, rows_without_date,
        rows_judged, keys_read, breaks, anomalies, baseline_date, message, error_code, run_by, started_at, finished_at,
        is_watch)
    SELECT r.reconciliation_id, CASE WHEN $13 IS NULL THEN 'succeeded' ELSE 'failed' END, $2, $3, $4, $5, $6, $7, $8,
           $9, $10, $11, $12, $13, r.owner, statement_timestamp(), clock_timestamp(), true
    FROM (SELECT * FROM recon.reconciliation WHERE recon.reconciliation.reconciliation_id = $1 FOR KEY SHARE) AS r
    RETURNING * INTO added;
    PERFORM recon.notify('recon_watch', jsonb_build_object(
        'run', added.run_id, 'reconciliation', r.reconciliation_name, 'status', added.status,
        'rows', added.rows_read, 'breaks', added.breaks, 'anomalies', added.anomalies))
    FROM recon.reconciliation r WHERE r.reconciliation_id = $1;
    RETURN added.run_id;
END
$$;
COMMENT ON FUNCTION recon.add_watch_run(
    integer, jsonb, date, date, bigint, bigint, bigint, bigint, bigint, bigint, date, text, text
) IS
    'Records what a watch judged of one statement, or its error, tells who listens '
    'to recon_watch, and returns the number of the run.';
