-- The reconciliation of a name.

CREATE OR REPLACE FUNCTION recon.name_text(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN coalesce('"' || name || '"', 'NULL');
COMMENT ON FUNCTION recon.name_text(text) IS 'A name as messages say it: in quotes, or NULL.';

CREATE OR REPLACE FUNCTION recon.find_reconciliation(name text, level text) RETURNS recon.reconciliation
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_row recon.reconciliation;
    known text;
BEGIN
    SELECT r.* INTO found_row FROM recon.reconciliation r
    WHERE r.reconciliation_name = find_reconciliation.name;
    -- What a caller may not see does not exist for him.
    IF found_row.reconciliation_id IS NULL
       OR NOT recon.has_access(recon.caller(), found_row.reconciliation_id, 'viewer') THEN
        SELECT string_agg(format('"%s"', r.reconciliation_name), ', ' ORDER BY r.reconciliation_name) INTO known
        FROM recon.reconciliation r WHERE recon.has_access(recon.caller(), r.reconciliation_id, 'viewer');
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = format('reconciliation %s does not exist', recon.name_text(name)),
            DETAIL = CASE WHEN known IS NULL THEN 'No reconciliation is defined that you may see.'
                          ELSE format('You may see: %s.', known) END,
            HINT = 'Define it with recon_create(name, source => ''table'').';
    END IF;
    PERFORM recon.require_access(found_row.reconciliation_id, level);
    RETURN found_row;
END
$$;
COMMENT ON FUNCTION recon.find_reconciliation(text, text) IS
    'The reconciliation of a name, if the caller has at least this level on it.';
