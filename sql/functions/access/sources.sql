-- The source of a reconciliation, remembered by its number and owner beside its name.

-- Under the name of a source another relation may stand one day: loads that swap tables make it so, and so may somebody
-- who wants code of his own to run as the reconciliation's owner.
CREATE OR REPLACE FUNCTION recon.trusts_owner(d recon.reconciliation, relation regclass) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.relowner = d.source_owner OR d.source_owner IS NULL
        OR coalesce(pg_has_role(c.relowner, o.oid, 'USAGE'), false)
    FROM pg_class c LEFT JOIN pg_roles o ON o.rolname = d.owner WHERE c.oid = relation
$$;
COMMENT ON FUNCTION recon.trusts_owner(recon.reconciliation, regclass) IS
    'Whether a relation belongs to the role that the source belonged to when it was named, or to one that can act as '
    'the reconciliation''s owner anyway.';

CREATE OR REPLACE FUNCTION recon.source_of(d recon.reconciliation) RETURNS regclass
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    relation regclass := to_regclass(d.source);
BEGIN
    IF relation IS NULL THEN
        -- Renamed, and nothing has come into its place.
        relation := (SELECT c.oid FROM pg_class c WHERE c.oid = d.source_id);
    END IF;
    IF relation IS NULL THEN
        RETURN d.source::regclass; -- raises the server's own error
    END IF;
    IF NOT recon.trusts_owner(d, relation) THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('the source of reconciliation "%s" belongs to somebody else than it did',
                             d.reconciliation_name),
            DETAIL = format('It is %s, which would be read as "%s".', relation, d.owner),
            HINT = format('Look at it; if it is to be trusted: SELECT recon_alter(%L, source => %L).',
                          d.reconciliation_name, relation::text);
    END IF;
    RETURN relation;
END
$$;
COMMENT ON FUNCTION recon.source_of(recon.reconciliation) IS
    'The source of a reconciliation. Raises insufficient_privilege where it has got another owner than it had.';

-- Another relation of the same owner under the name of the source: said once.
CREATE OR REPLACE FUNCTION recon.follow_source(d recon.reconciliation, relation regclass) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF d.source_id IS DISTINCT FROM relation::oid OR d.source IS DISTINCT FROM recon.qualified_name(relation) THEN
        IF d.source_id IS NOT NULL THEN
            RAISE NOTICE '%', CASE
                WHEN d.source_id <> relation::oid
                THEN format('%s is another relation than before, of an owner who is trusted: it is read in its place',
                            relation)
                ELSE format('the source %s is called %s now', d.source, recon.qualified_name(relation)) END;
        END IF;
        UPDATE recon.reconciliation r SET source = recon.qualified_name(relation), source_id = relation,
            source_owner = (SELECT c.relowner FROM pg_class c WHERE c.oid = relation)
        WHERE r.reconciliation_id = d.reconciliation_id;
    END IF;
END
$$;
COMMENT ON FUNCTION recon.follow_source(recon.reconciliation, regclass) IS
    'Remembers what source_of has found, and says so where it is another relation or has another name.';

CREATE OR REPLACE FUNCTION recon.remember_source() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Also of a row that a dump restores: its numbers are those of another database.
    IF TG_OP = 'INSERT' OR NEW.source_id IS NULL THEN
        NEW.source_id := to_regclass(NEW.source);
        NEW.source_owner := (SELECT c.relowner FROM pg_class c WHERE c.oid = NEW.source_id);
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION recon.remember_source() IS
    'Trigger: which relation the name of a source stands for, and whose it is, when it is given.';
