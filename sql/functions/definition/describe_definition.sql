-- A definition in words.

CREATE OR REPLACE FUNCTION recon.describe_definition(d recon.reconciliation) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('reconciliation "%s": %s %s judged for each %s%s; a row is a break where %s%s',
        d.reconciliation_name,
        (SELECT string_agg(m->>'name', ', ') FROM jsonb_array_elements(d.measures) m),
        CASE jsonb_array_length(d.measures) WHEN 1 THEN 'is' ELSE 'are' END,
        array_to_string(d.key_columns, ', '),
        CASE WHEN d.date_column IS NULL THEN '' ELSE format(' over %s', d.date_column) END,
        coalesce(btrim(d.break_when, E' \n\t'), format('%s is more than %s%s away from zero',
            CASE jsonb_array_length(d.measures) WHEN 1 THEN 'it' ELSE 'one of them' END, coalesce(d.tolerance, 0),
            CASE WHEN d.relative_tolerance > 0
                 THEN format(', and more than %s percent of the larger side,', trim_scale(d.relative_tolerance * 100))
                     ELSE '' END)),
        CASE WHEN d.calendar IS NULL THEN '' ELSE format('; business days are those of calendar "%s"', d.calendar) END)
$$;
COMMENT ON FUNCTION recon.describe_definition(recon.reconciliation) IS 'A definition in one sentence.';
