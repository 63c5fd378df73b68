-- Columns that have changed their type since a reconciliation was defined.

CREATE OR REPLACE FUNCTION recon.rule_columns(d recon.reconciliation) RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT array_agg(DISTINCT r.value->>'column')
    FROM jsonb_each(recon.effective_rules(recon.current_strategy(d.strategy), d)) r
    WHERE jsonb_typeof(r.value) = 'object' AND r.value ? 'column'
$$;
COMMENT ON FUNCTION recon.rule_columns(recon.reconciliation) IS 'The columns that the rules of a reconciliation name.';

CREATE OR REPLACE FUNCTION recon.columns_read(d recon.reconciliation) RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    RETURN ARRAY(SELECT DISTINCT c COLLATE "C" FROM unnest(
        d.key_columns || d.criteria_columns || d.derived_columns || d.date_column || d.currency_column
        || d.loaded_at_column || ARRAY(SELECT jsonb_object_keys(d.condition_types)) || recon.rule_columns(d)) AS c
        WHERE c IS NOT NULL ORDER BY 1);
COMMENT ON FUNCTION recon.columns_read(recon.reconciliation) IS 'The columns that a run may read.';

-- A cast that is a function is one of its owner's. Domains have none: theirs are ignored.
CREATE OR REPLACE FUNCTION recon.has_own_cast(type regtype) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN type::oid >= 16384 AND EXISTS (SELECT FROM pg_cast c WHERE c.castsource = type AND c.castfunc >= 16384);
COMMENT ON FUNCTION recon.has_own_cast(regtype) IS 'Whether a user has made a cast from a type by a function.';

-- A definition is made when these columns are of the server's own types, and the break rule by the types its columns
-- have. Afterwards the source's owner can give them others, with casts that would run as the reconciliation's owner.
CREATE OR REPLACE FUNCTION recon.require_known_types(relation regclass, d recon.reconciliation) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    changed text;
BEGIN
    SELECT c INTO changed
    FROM unnest(d.derived_columns || d.loaded_at_column
        || CASE WHEN coalesce(d.relative_tolerance, 0) > 0 THEN d.criteria_columns END
        || ARRAY(SELECT unnest(ARRAY[m->>'a', m->>'b']) FROM jsonb_array_elements(d.measures) m)
        || recon.rule_columns(d)) WITH ORDINALITY AS u(c, n)
    WHERE recon.column_type(relation, c)::oid >= 16384 ORDER BY n LIMIT 1;
    IF changed IS NULL THEN
        SELECT t.key INTO changed FROM jsonb_each_text(d.condition_types) t, recon.column_type(relation, t.key) AS now
        WHERE now::oid >= 16384
          AND (now::text <> t.value OR d.break_when IS NOT NULL AND recon.has_own_cast(now))
        ORDER BY t.key COLLATE "C" LIMIT 1;
    END IF;
    IF changed IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
            MESSAGE = format('column "%s" of %s has another type than reconciliation "%s" was defined for',
                             changed, relation, d.reconciliation_name),
            DETAIL = format('Its type is %s.', recon.column_type(relation, changed)),
            HINT = 'Convert it in a view, and name the view as the source with recon_alter.';
    END IF;
END
$$;
COMMENT ON FUNCTION recon.require_known_types(regclass, recon.reconciliation) IS
    'Raises datatype_mismatch where a column that is read as a number or a moment now has a type that a user made, or '
    'one that the break rule names has another such type than it had, or one with a cast of a user''s.';

-- Values of a caller become values of these types by input functions that are the server's or a superuser's. Those of
-- rows, ranges and arrays of users' types can hold domains, whose checks are code of their owner.
CREATE OR REPLACE FUNCTION recon.populated_columns(relation regclass, d recon.reconciliation) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    refused record;
BEGIN
    SELECT c AS name, type INTO refused
    FROM unnest(recon.columns_read(d)) AS c, recon.column_type(relation, c) AS type
    WHERE type::oid >= 16384 AND (SELECT t.typtype FROM pg_type t WHERE t.oid = type) <> 'e'
    ORDER BY c COLLATE "C" LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('a single row of reconciliation "%s" cannot be read', d.reconciliation_name),
            DETAIL = format('Column "%s" of %s has type %s.', refused.name, relation, refused.type),
            HINT = 'Convert it to text in a view, and name the view as the source with recon_alter.';
    END IF;
    RETURN (SELECT string_agg(format('%I %s', c, format_type(recon.column_type(relation, c), NULL)), ', ')
            FROM unnest(recon.columns_read(d)) AS c WHERE recon.column_type(relation, c) IS NOT NULL);
END
$$;
COMMENT ON FUNCTION recon.populated_columns(regclass, recon.reconciliation) IS
    'The columns that a run may read, with types in which values of a caller can be given: domains are what they are '
    'over.';
