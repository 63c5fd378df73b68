-- Which library is loaded.

CREATE OR REPLACE FUNCTION recon_version() RETURNS text
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'recon_version';
COMMENT ON FUNCTION recon_version() IS
    'Version of the library that is loaded. Differs from the extension''s version in '
    'pg_extension when ALTER EXTENSION recon UPDATE is due.';
