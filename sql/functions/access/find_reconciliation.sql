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

-- To be changed: another change waits until this one's transaction ends, and then begins with what it has left.
CREATE OR REPLACE FUNCTION recon.hold_reconciliation(name text, level text) RETURNS recon.reconciliation
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.find_reconciliation(name, level);
BEGIN
    -- Not so strong that it waits for runs that write their verdicts.
    SELECT r.* INTO d FROM recon.reconciliation r
    WHERE r.reconciliation_id = d.reconciliation_id AND r.reconciliation_name = hold_reconciliation.name
    FOR NO KEY UPDATE;
    -- It may have been renamed, dropped or taken out of the caller's sight meanwhile.
    RETURN recon.find_reconciliation(name, level);
END
$$;
COMMENT ON FUNCTION recon.hold_reconciliation(text, text) IS
    'The reconciliation of a name as find_reconciliation finds it, locked against other changes.';

-- Two sessions may give one name at the same time: the index on it decides.
CREATE OR REPLACE FUNCTION recon.refuse_taken_name(name text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
        MESSAGE = format('reconciliation %s already exists', recon.name_text(name)),
        HINT = 'Change it with recon_alter, or drop it with recon_drop.';
END
$$;
COMMENT ON FUNCTION recon.refuse_taken_name(text) IS 'Raises duplicate_object: a reconciliation has this name.';

CREATE OR REPLACE FUNCTION recon.check_name(name text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF name IS NULL OR btrim(name) = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a reconciliation needs a name';
    ELSIF length(name) > 200 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'the name of a reconciliation must have at most 200 characters',
            DETAIL = format('It has %s.', length(name));
    END IF;
END
$$;
COMMENT ON FUNCTION recon.check_name(text) IS
    'Raises invalid_parameter_value for a name that no reconciliation can have.';
