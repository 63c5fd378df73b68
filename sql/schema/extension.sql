-- Functions live in the schema the user chose; tables and views live in schema recon.

DO $$
BEGIN
    IF '@extschema@' = 'recon' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_schema_name',
            MESSAGE = 'extension "recon" cannot be installed in schema "recon"',
            DETAIL = 'Schema "recon" is reserved for the extension''s own tables and views.',
            HINT = 'Use another schema: CREATE EXTENSION recon SCHEMA public.';
    END IF;
END
$$;

-- Views and functions find the server's operators and functions by name, and by types. One in the target schema that
-- fits the types better would come first, and run as each user of the extension.
DO $$
DECLARE
    shadow record;
    search_path text := pg_catalog.current_setting('search_path');
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    SELECT kind, name, owner::regrole AS owner INTO shadow
    FROM (SELECT 'operator' AS kind, o.oid::regoperator::text AS name, o.oprowner AS owner, o.oprnamespace AS namespace
          FROM pg_operator o
          UNION ALL
          SELECT 'function', p.oid::regprocedure::text, p.proowner, p.pronamespace FROM pg_proc p
          WHERE EXISTS (SELECT FROM pg_proc b WHERE b.pronamespace = 'pg_catalog'::regnamespace
                        AND b.proname = p.proname)) AS shadows
    WHERE namespace = '@extschema@'::regnamespace AND namespace <> 'pg_catalog'::regnamespace
      AND owner <> (SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user)
      AND NOT (SELECT r.rolsuper FROM pg_roles r WHERE r.oid = owner)
    ORDER BY kind, name COLLATE "C" LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = format('extension "recon" cannot be installed beside %s %s', shadow.kind, shadow.name),
            DETAIL = format('It has the name of one of the server''s own and belongs to %s, whose code would run as '
                            'the users of the extension.', shadow.owner),
            HINT = 'Install it in a schema in which nobody else may create: CREATE SCHEMA tools; '
                   'CREATE EXTENSION recon SCHEMA tools.';
    END IF;
    PERFORM set_config('search_path', search_path, true);
END
$$;

CREATE SCHEMA recon;
COMMENT ON SCHEMA recon IS
    'tables, views and internal functions of Recon for PostgreSQL; the functions to call are named recon_*';
REVOKE ALL ON SCHEMA recon FROM PUBLIC;
