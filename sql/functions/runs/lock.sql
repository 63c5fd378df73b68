-- Runs: their lock, their row, the news of their end.

-- recon_detect takes it for its transaction, a worker of the queue for its session.
CREATE OR REPLACE FUNCTION recon.lock_class() RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN 'recon.run'::regclass::oid::integer;
COMMENT ON FUNCTION recon.lock_class() IS
    'First number of the advisory locks on reconciliations that are being judged; the second is the reconciliation''s.';

CREATE OR REPLACE FUNCTION recon.announce_run(run bigint) RETURNS void
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pg_notify('recon_run', jsonb_build_object('run', u.run_id, 'reconciliation', r.reconciliation_name,
                                                     'status', u.status, 'anomalies', u.anomalies)::text)
    FROM recon.run u JOIN recon.reconciliation r USING (reconciliation_id) WHERE u.run_id = run
$$;
COMMENT ON FUNCTION recon.announce_run(bigint) IS
    'Tells who listens to recon_run, once the transaction commits, how a run ended.';

CREATE OR REPLACE FUNCTION recon.find_run(run bigint, level text) RETURNS recon.run
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_row recon.run;
BEGIN
    SELECT u.* INTO found_row FROM recon.run u WHERE u.run_id = run FOR UPDATE;
    IF found_row.run_id IS NULL OR NOT recon.has_access(recon.caller(), found_row.reconciliation_id, 'viewer') THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('run %s does not exist', coalesce(run::text, 'NULL')),
            HINT = 'See recon.run_summary for the runs there are.';
    END IF;
    PERFORM recon.require_access(found_row.reconciliation_id, level);
    RETURN found_row;
END
$$;
COMMENT ON FUNCTION recon.find_run(bigint, text) IS
    'A run, locked, if the caller has at least this level on its reconciliation.';
