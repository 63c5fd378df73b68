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

CREATE SCHEMA recon;
COMMENT ON SCHEMA recon IS
    'tables, views and internal functions of Recon for PostgreSQL; the functions to call are named recon_*';
REVOKE ALL ON SCHEMA recon FROM PUBLIC;
