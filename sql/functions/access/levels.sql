-- Levels of access: who has which on a reconciliation.

CREATE OR REPLACE FUNCTION recon.level_rank(level text) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN array_position(ARRAY['viewer', 'operator', 'admin'], level);
COMMENT ON FUNCTION recon.level_rank(text) IS 'Order of the levels: viewer 1, operator 2, admin 3.';

-- In plpgsql, which keeps its plan for the session: every call of the surface asks.
CREATE OR REPLACE FUNCTION recon.has_access(role_name name, reconciliation_id integer, level text) RETURNS boolean
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
    'Whether a role has at least this level on a reconciliation (NULL: on all): as '
    'its owner, by recon_grant, or as owner of the extension.';

CREATE OR REPLACE FUNCTION recon.visible_to(role_name name) RETURNS SETOF integer
    LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.reconciliation_id FROM recon.reconciliation r
    WHERE recon.has_access($1, r.reconciliation_id, 'viewer')
$$;
COMMENT ON FUNCTION recon.visible_to(name) IS
    'The reconciliations which a role may see; the row-level security of every table of schema recon asks it.';

CREATE OR REPLACE FUNCTION recon.require_access(reconciliation_id integer, level text) RETURNS void
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
