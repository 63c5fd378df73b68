-- The relations that callers name.

CREATE OR REPLACE FUNCTION recon.resolve_relation(relation text) RETURNS regclass
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'recon_resolve_relation';
COMMENT ON FUNCTION recon.resolve_relation(text) IS
    'The relation which the caller means by a name, by the caller''s own search_path; NULL where there is none.';

CREATE OR REPLACE FUNCTION recon.creation_schema() RETURNS regnamespace
    LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'recon_creation_schema';
COMMENT ON FUNCTION recon.creation_schema() IS
    'The schema in which the caller makes objects, by the caller''s own search_path; NULL where there is none.';

-- Resolves and permission-checks the name of a source for the caller.
CREATE OR REPLACE FUNCTION recon.require_relation(relation text, reader name) RETURNS regclass
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    id regclass;
BEGIN
    IF relation IS NULL OR relation = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'no source relation was given',
            HINT = 'Name a table, view or foreign table.';
    END IF;
    id := recon.resolve_relation(relation);
    IF id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table',
            MESSAGE = format('relation "%s" does not exist', relation),
            HINT = 'Qualify the name with its schema, or put the schema into search_path.';
    END IF;
    IF (SELECT c.relkind FROM pg_class c WHERE c.oid = id) NOT IN ('r', 'p', 'v', 'm', 'f') THEN
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
            MESSAGE = format('"%s" is not a table, view or foreign table', relation);
    END IF;
    IF NOT has_table_privilege(reader, id, 'SELECT') AND NOT has_any_column_privilege(reader, id, 'SELECT') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('permission denied for relation %s', id),
            DETAIL = format('The source is read as role "%s".', reader);
    END IF;
    RETURN id;
END
$$;
COMMENT ON FUNCTION recon.require_relation(text, name) IS
    'The relation of a name by the caller''s search_path, if it can be a source and the reader may select from it.';

-- A definition outlives the session.
CREATE OR REPLACE FUNCTION recon.require_lasting(relation regclass) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (SELECT c.relpersistence = 't' FROM pg_class c WHERE c.oid = relation) THEN
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
            MESSAGE = format('the source of a reconciliation must not be temporary, as %s is', relation),
            HINT = format('To judge it without a definition: SELECT * FROM recon_detect(history => %L).',
                          relation::text);
    END IF;
END
$$;
COMMENT ON FUNCTION recon.require_lasting(regclass) IS 'Raises wrong_object_type for a temporary relation.';

CREATE OR REPLACE FUNCTION recon.qualified_name(relation regclass) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('%I.%I', n.nspname, c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation
$$;
COMMENT ON FUNCTION recon.qualified_name(regclass) IS 'Schema and name of a relation, quoted.';
