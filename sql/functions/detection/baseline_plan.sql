-- Whether a run can continue from the stored baselines.

-- A table that was renamed into the place of another, or columns that have changed names, leave no trace in the rows.
CREATE OR REPLACE FUNCTION recon.source_identity(relation regclass) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('%s %s', relation::oid,
                  md5(string_agg(format('%s %s %s', a.attnum, a.atttypid, a.attname), ',' ORDER BY a.attnum)))
    FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0
$$;
COMMENT ON FUNCTION recon.source_identity(regclass) IS
    'Tells a relation and its columns from others that have, or come to have, their names.';

-- The library is part of the fingerprint: another release may judge differently. What
-- rules find of a row is no part of it.
CREATE OR REPLACE FUNCTION recon.baseline_plan(
    d recon.reconciliation, s recon.strategy, from_date date, to_date date, newest_judged date, scan text, rules jsonb,
    holidays date[]
) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    relation regclass := recon.source_of(d);
    made_from text := md5(concat_ws(' ', @extschema@.recon_version(), s.history_rows, recon.forest_options(s),
                                    d.measures::text,
                                    CASE WHEN to_date IS NULL AND NOT rules ?| '{other_period,time_of_day}' THEN scan
                                         ELSE recon.scan_statement(d, relation, NULL, NULL, NULL) END));
    usual recon.strategy := recon.current_strategy(d.strategy);
    is_usual boolean := s.history_rows = usual.history_rows AND recon.forest_options(s) = recon.forest_options(usual);
    known date;
    source_now text := recon.source_identity(relation);
    known_horizon xid8;
BEGIN
    SELECT f.through, CASE WHEN f.source = source_now THEN f.horizon END INTO known, known_horizon FROM recon.fit f
    WHERE f.reconciliation_id = d.reconciliation_id AND f.fingerprint = made_from
      AND recon.agree_through(f.holidays, baseline_plan.holidays, f.through);
    -- The window must lie after what the baselines know.
    IF from_date <= known OR to_date <= known OR from_date IS NULL AND coalesce(newest_judged < known, true) THEN
        known := NULL;
    END IF;
    -- This statement's snapshot is no later than that of the scan.
    RETURN jsonb_build_object('fingerprint', made_from, 'is_kept', is_usual, 'through', known,
            'horizon', pg_snapshot_xmin(pg_current_snapshot())::text, 'source', source_now)
        || CASE WHEN known IS NULL THEN '{}' ELSE jsonb_build_object(
            'known_rows_scan', recon.known_rows_statement(d, relation, known, to_date, known_horizon),
            'digest_scan', recon.digest_statement(d, relation, known, to_date),
            'block_scan', recon.scan_statement(d, relation, NULL, NULL, to_date, known, rules,
                                               'source.ctid >= $1 AND source.ctid < $2'),
            'scan', recon.scan_statement(d, relation, NULL, NULL, to_date, known, rules)) END;
END
$$;
COMMENT ON FUNCTION recon.baseline_plan(recon.reconciliation, recon.strategy, date, date, date, text, jsonb, date[]) IS
    'How a run can continue from the stored baselines: up to which date they know the rows, how to check these and '
    'read the others; what the run''s own baselines depend on, and whether they are to be kept.';
