-- Rights on reconciliations.

CREATE FUNCTION recon.level_rank(level text) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN array_position(ARRAY['viewer', 'operator', 'admin'], level);
COMMENT ON FUNCTION recon.level_rank(text) IS 'Order of the levels: viewer 1, operator 2, admin 3.';

-- In plpgsql, which keeps its plan for the session: every call of the surface asks.
CREATE FUNCTION recon.has_access(role_name name, reconciliation_id integer, level text) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM recon.reconciliation r
        JOIN pg_catalog.pg_roles owner ON owner.rolname = r.owner
        WHERE r.reconciliation_id = $2 AND pg_has_role($1, owner.oid, 'USAGE')
    ) OR EXISTS (
        SELECT FROM recon.access a
        JOIN pg_catalog.pg_roles granted ON granted.rolname = a.role_name
        WHERE (a.reconciliation_id = $2 OR a.reconciliation_id IS NULL)
          AND recon.level_rank(a.level) >= recon.level_rank($3)
          AND pg_has_role($1, granted.oid, 'USAGE')
    ) OR EXISTS (
        SELECT FROM pg_catalog.pg_namespace n
        WHERE n.nspname = 'recon' AND pg_has_role($1, n.nspowner, 'USAGE')
    );
END
$$;
COMMENT ON FUNCTION recon.has_access(name, integer, text) IS
    'Whether a role has at least this level on a reconciliation (NULL: on all): as its owner, by recon_grant, or as owner of the extension.';

CREATE FUNCTION recon.visible_to(role_name name) RETURNS SETOF integer
    LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.reconciliation_id FROM recon.reconciliation r
    WHERE recon.has_access($1, r.reconciliation_id, 'viewer')
$$;
COMMENT ON FUNCTION recon.visible_to(name) IS
    'The reconciliations which a role may see; the row-level security of every table of schema recon asks it.';

CREATE FUNCTION recon.require_access(reconciliation_id integer, level text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reconciliation_name text := (SELECT r.reconciliation_name FROM recon.reconciliation r
                                 WHERE r.reconciliation_id = require_access.reconciliation_id);
BEGIN
    IF NOT recon.has_access(recon.caller(), reconciliation_id, level) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = CASE WHEN reconciliation_id IS NULL
                THEN format('permission denied: %s rights are needed', level)
                ELSE format('permission denied for reconciliation "%s"', reconciliation_name) END,
            DETAIL = format('Role "%s" does not have level "%s".', recon.caller(), level),
            HINT = format('An administrator can give it: SELECT recon_grant(%L, %L%s).', recon.caller(), level,
                          ', ' || quote_literal(reconciliation_name));
    END IF;
END
$$;
COMMENT ON FUNCTION recon.require_access(integer, text) IS
    'Raises insufficient_privilege unless the caller has at least this level on a reconciliation (NULL: on all).';

CREATE FUNCTION recon.name_text(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN coalesce('"' || name || '"', 'NULL');
COMMENT ON FUNCTION recon.name_text(text) IS 'A name as messages say it: in quotes, or NULL.';

CREATE FUNCTION recon.find_reconciliation(name text, level text) RETURNS recon.reconciliation
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

CREATE FUNCTION recon_grant(role_name name, level text, reconciliation text DEFAULT NULL) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_grant(name, text, text) IS
    'Gives a role the level viewer (sees), operator (judges and answers) or admin (defines) on one reconciliation, or on all where none is named. To be asked by an administrator of the same scope. Returns a sentence.';

CREATE FUNCTION recon_revoke(role_name name, reconciliation text DEFAULT NULL) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_revoke(name, text) IS
    'Takes back what recon_grant gave on one reconciliation, or on all where none is named. Returns a sentence.';

-- What a role itself must be able to call: row-level security asks it, scans of a source that run as
-- the role contain it, or recon_calendar_profile does, which any query may call row by row. None of these reads or writes anything its caller could not.
CREATE FUNCTION recon.reader_functions() RETURNS oid[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT array_agg(p.oid) FROM pg_proc p
    WHERE p.pronamespace = 'recon'::regnamespace
      AND p.proname IN ('visible_to', 'key_series', 'rows_digest', 'known_rows', 'key_mark', 'parse_date', 'parse_number', 'suggest_definition',
                        'calendar_day', 'holidays_of_month', 'check_calendar')
$$;
COMMENT ON FUNCTION recon.reader_functions() IS
    'The functions of schema recon that recon_grant opens, beside the surface.';

CREATE FUNCTION recon.recon_grant(role_name name, level text, reconciliation text) RETURNS text
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
        id := (recon.find_reconciliation(reconciliation, 'admin')).reconciliation_id;
    ELSE
        PERFORM recon.require_access(NULL, 'admin');
    END IF;

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

CREATE FUNCTION recon.recon_revoke(role_name name, reconciliation text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    id integer;
BEGIN
    IF reconciliation IS NOT NULL THEN
        id := (recon.find_reconciliation(reconciliation, 'admin')).reconciliation_id;
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

ALTER TABLE recon.reconciliation ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.reconciliation FOR SELECT
    USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));
ALTER TABLE recon.access ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.access FOR SELECT
    USING (EXISTS (SELECT FROM pg_catalog.pg_roles r
                   WHERE r.rolname = role_name AND pg_catalog.pg_has_role(current_user, r.oid, 'USAGE')));
