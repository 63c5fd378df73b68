-- What would fail in every run is refused when it is defined.

CREATE OR REPLACE FUNCTION recon.require_scan(relation regclass, d recon.reconciliation) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    why text;
BEGIN
    -- A function has at most 100 arguments, and keys are an object of names and values.
    IF cardinality(recon.grouping_columns(d)) > 50 THEN
        RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded',
            MESSAGE = 'a reconciliation has at most 50 key columns, the currency included',
            DETAIL = format('It would have %s.', cardinality(recon.grouping_columns(d)));
    END IF;
    -- The statement is understood by the server, and reads nothing.
    BEGIN
        PERFORM recon.text_as(d.owner, format('SELECT count(*)::text FROM (%s) AS scan WHERE false',
                                              recon.scan_statement(d, relation, NULL, NULL, NULL)));
        RETURN;
    EXCEPTION WHEN undefined_function OR ambiguous_function OR collation_mismatch OR indeterminate_collation
        OR cannot_coerce THEN
        why := SQLERRM;
    END;
    RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
        MESSAGE = format('%s cannot be read by this definition', relation),
        DETAIL = format('The server says: %s.', why),
        HINT = 'Key and currency columns must be of types that can be compared, such as text; convert them in a view.';
END
$$;
COMMENT ON FUNCTION recon.require_scan(regclass, recon.reconciliation) IS
    'Raises datatype_mismatch unless the server understands the statement that reads the source.';
