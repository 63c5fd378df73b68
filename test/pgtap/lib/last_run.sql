-- The newest run of a reconciliation. Volatile: it sees a run that its own statement has made before.
CREATE FUNCTION last_run(name text) RETURNS recon.run LANGUAGE sql AS
    $$ SELECT u FROM recon.run u JOIN recon.reconciliation r USING (reconciliation_id)
        WHERE r.reconciliation_name = name ORDER BY run_id DESC LIMIT 1 $$;
