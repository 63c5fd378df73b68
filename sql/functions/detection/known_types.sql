-- Columns that have changed their type since a reconciliation was defined.

-- A definition is made when these columns are of the server's own types. Afterwards the source's owner can give them
-- others, with implicit casts that would run as the reconciliation's owner.
CREATE OR REPLACE FUNCTION recon.require_known_types(relation regclass, d recon.reconciliation) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    changed text;
BEGIN
    SELECT c INTO changed
    FROM unnest(d.derived_columns || d.loaded_at_column
        || CASE WHEN coalesce(d.relative_tolerance, 0) > 0 THEN d.criteria_columns END
        || ARRAY(SELECT unnest(ARRAY[m->>'a', m->>'b']) FROM jsonb_array_elements(d.measures) m))
        WITH ORDINALITY AS u(c, n)
    WHERE recon.column_type(relation, c)::oid >= 16384 ORDER BY n LIMIT 1;
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
    'Raises datatype_mismatch where a column that is read as a number or a moment now has a type that a user made.';
