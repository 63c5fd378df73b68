-- Levels of access, given and taken back.

CREATE OR REPLACE FUNCTION recon_grant(role_name name, level text, reconciliation text DEFAULT NULL) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_grant(name, text, text) IS
    'Gives a role the level viewer (sees), operator (judges and answers) or admin (defines) on one reconciliation, or '
    'on all where none is named. To be asked by an administrator of the same scope. Returns a sentence.';

CREATE OR REPLACE FUNCTION recon_revoke(role_name name, reconciliation text DEFAULT NULL) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_revoke(name, text) IS
    'Takes back what recon_grant gave on one reconciliation, or on all where none is named. Returns a sentence.';

-- What a role itself must be able to call: row-level security asks it, scans of a source that run as
-- the role contain it, or recon_calendar_profile does, which any query may call row by row. None of these reads or
-- writes anything its caller could not.
CREATE OR REPLACE FUNCTION recon.reader_functions() RETURNS oid[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT array_agg(p.oid) FROM pg_proc p
    WHERE p.pronamespace = 'recon'::regnamespace
      AND p.proname IN ('visible_to', 'uploaders_seen_by', 'key_series', 'rows_digest', 'known_rows', 'key_mark',
                        'parse_date', 'parse_number', 'difference', 'share', 'suggest_definition',
                        'calendar_day', 'holidays_of_month', 'check_calendar')
$$;
COMMENT ON FUNCTION recon.reader_functions() IS
    'The functions of schema recon that recon_grant opens, beside the surface.';

CREATE OR REPLACE FUNCTION recon.recon_grant(role_name name, level text, reconciliation text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    id integer;
    surface record;
BEGIN
    IF level IS NULL OR recon.level_rank(level) IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('level %s does not exist', recon.name_text(level)),
            HINT = 'Use one of viewer, operator, admin.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('role %s does not exist', recon.name_text(role_name));
    END IF;
    IF reconciliation IS NOT NULL THEN
        id := (recon.hold_reconciliation(reconciliation, 'admin')).reconciliation_id;
    ELSE
        PERFORM recon.require_access(NULL, 'admin');
    END IF;

    -- Rights of one object that two transactions give at the same time fail in the server's catalog.
    LOCK TABLE recon.access IN SHARE ROW EXCLUSIVE MODE;
    INSERT INTO recon.access (role_name, level, reconciliation_id, granted_by)
    VALUES (recon_grant.role_name, recon_grant.level, id, recon.caller())
    ON CONFLICT ON CONSTRAINT access_role_name_reconciliation_id_key
    DO UPDATE SET level = excluded.level, granted_by = excluded.granted_by, granted_at = now();

    -- The surface checks the level itself; what is granted here is only the way in.
    EXECUTE format('GRANT USAGE ON SCHEMA recon TO %I', role_name);
    FOR surface IN
        SELECT p.oid::regprocedure AS signature, p.prokind
        FROM pg_proc p
        JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
        JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
        WHERE p.pronamespace = e.extnamespace OR p.oid = ANY (recon.reader_functions())
    LOOP
        EXECUTE format('GRANT EXECUTE ON %s %s TO %I',
                       CASE surface.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
                       surface.signature, role_name);
    END LOOP;
    FOR surface IN
        SELECT c.oid::regclass AS relation
        FROM pg_class c
        JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
        JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
        WHERE c.relkind IN ('r', 'p', 'v')
    LOOP
        EXECUTE format('GRANT SELECT ON %s TO %I', surface.relation, role_name);
    END LOOP;
    RETURN format('%s is %s of %s', role_name, level,
                  CASE WHEN reconciliation IS NULL THEN 'all reconciliations'
                       ELSE format('reconciliation "%s"', reconciliation) END);
END
$$;
COMMENT ON FUNCTION recon.recon_grant(name, text, text) IS 'Implementation of recon_grant.';

CREATE OR REPLACE FUNCTION recon.recon_revoke(role_name name, reconciliation text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    id integer;
BEGIN
    IF reconciliation IS NOT NULL THEN
        id := (recon.hold_reconciliation(reconciliation, 'admin')).reconciliation_id;
    ELSE
        PERFORM recon.require_access(NULL, 'admin');
    END IF;
    DELETE FROM recon.access a
    WHERE a.role_name = recon_revoke.role_name AND a.reconciliation_id IS NOT DISTINCT FROM id;
    RETURN CASE WHEN FOUND THEN format('%s has no longer a right on %s', role_name,
                    CASE WHEN reconciliation IS NULL THEN 'all reconciliations'
                         ELSE format('reconciliation "%s"', reconciliation) END)
                ELSE format('%s had no such right', role_name) END;
END
$$;
COMMENT ON FUNCTION recon.recon_revoke(name, text) IS 'Implementation of recon_revoke.';
