-- Runs as of an earlier moment.

CREATE OR REPLACE FUNCTION recon.source_fingerprint(d recon.reconciliation) RETURNS text
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    RETURN md5(recon.scan_statement(d, to_regclass(d.source), NULL, NULL, NULL));
COMMENT ON FUNCTION recon.source_fingerprint(recon.reconciliation) IS
    'Digest of the statement that reads the source of a reconciliation: its columns, measures and break rule.';

CREATE OR REPLACE FUNCTION recon.replayed_run(
    reconciliation integer, from_date date, to_date date, as_of timestamptz,
    OUT run_id bigint, OUT is_of_this_definition boolean, OUT dated_rows bigint, OUT rows_sketch bytea
) RETURNS SETOF record
    LANGUAGE sql VOLATILE ROWS 1 SET search_path = pg_catalog, pg_temp
AS $$
    SELECT u.run_id, u.source_fingerprint = recon.source_fingerprint(r),
           u.rows_read - u.rows_without_date - coalesce(u.rows_in_future, 0), u.rows_sketch
    FROM recon.run u JOIN recon.reconciliation r USING (reconciliation_id)
    WHERE u.reconciliation_id = replayed_run.reconciliation AND u.status = 'succeeded' AND NOT u.is_watch
      AND u.rows_sketch IS NOT NULL AND u.started_at <= replayed_run.as_of
      AND u.from_date >= coalesce(replayed_run.from_date, u.to_date)
      AND u.to_date <= coalesce(replayed_run.to_date, u.to_date)
      AND num_nonnulls(replayed_run.from_date, replayed_run.to_date) > 0
    ORDER BY u.to_date DESC, u.run_id DESC LIMIT 1
$$;
COMMENT ON FUNCTION recon.replayed_run(integer, date, date, timestamptz) IS
    'The newest run that had judged dates within a window by a moment, and what it '
    'remembers of the rows it read; no row where there is none.';
