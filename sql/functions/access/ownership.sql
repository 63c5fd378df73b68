-- What is for the owner of a reconciliation alone.

CREATE OR REPLACE FUNCTION recon.require_ownership(d recon.reconciliation, what text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles o
                   WHERE o.rolname = d.owner AND pg_has_role(recon.caller(), o.oid, 'USAGE')) THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('must be owner of reconciliation "%s" to change %s', d.reconciliation_name, what),
            DETAIL = format('It runs with the rights of its owner, "%s".', d.owner),
            HINT = 'Ask the owner, or define a reconciliation of your own over the same source.';
    END IF;
END
$$;
COMMENT ON FUNCTION recon.require_ownership(recon.reconciliation, text) IS
    'Raises insufficient_privilege unless the caller is the owner: what runs as the owner is the owner''s to write.';

-- From PostgreSQL 16 on a member of a role may have been denied to become it.
CREATE OR REPLACE FUNCTION recon.privilege_to_become() RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    RETURN CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END;
COMMENT ON FUNCTION recon.privilege_to_become() IS 'The privilege, as pg_has_role knows it, to become another role.';
