-- The original columns beside the verdict, in a view of the caller's own.

CREATE OR REPLACE FUNCTION recon_view_definition(name text, view_name text DEFAULT NULL, view_schema text DEFAULT NULL)
    RETURNS text
    LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_view_definition(text, text, text) IS
$$The CREATE VIEW statement which recon_create_view runs, for those who want to change it first.
Names in it are those of pg_catalog: run it under SET search_path = pg_catalog, pg_temp, as recon_create_view does.$$;

CREATE OR REPLACE FUNCTION recon.free_column(relation regclass, wanted text) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    WHILE recon.column_type(relation, wanted) IS NOT NULL LOOP
        wanted := wanted || '_';
    END LOOP;
    RETURN wanted;
END
$$;
COMMENT ON FUNCTION recon.free_column(regclass, text) IS 'A name like the wanted one that no column of a relation has.';

-- The rows of the source (AS source, with recon_key, recon_date and recon_occurrence, as free_column names them)
-- beside the verdict on each (AS verdict), from FROM on.
CREATE OR REPLACE FUNCTION recon.rows_with_verdicts(d recon.reconciliation) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    relation regclass := recon.source_of(d);
    keys text[] := d.key_columns || CASE WHEN d.currency_column IS NULL OR d.currency_column = ANY (d.key_columns)
                                         THEN '{}'::text[] ELSE ARRAY[d.currency_column] END;
    key_json text;
    inner_key text := recon.free_column(relation, 'recon_key');
    inner_date text := recon.free_column(relation, 'recon_date');
    inner_occurrence text := recon.free_column(relation, 'recon_occurrence');
BEGIN
    SELECT string_agg(format('%L, %s', k, recon.canonical_text(relation, k)), ', ' ORDER BY n) INTO key_json
    FROM unnest(keys) WITH ORDINALITY AS u(k, n);
    -- Duplicates of a key and date are counted in the order in which they are judged.
    RETURN format($from$FROM (SELECT *, pg_catalog.jsonb_build_object(%s) AS %s, %s AS %s,
             pg_catalog.row_number() OVER (PARTITION BY %s, %s ORDER BY %s, (%s) IS NOT FALSE) AS %s
      FROM %s) AS source
LEFT JOIN recon.break AS verdict
       ON verdict.reconciliation_id = %s AND verdict.is_open AND verdict.break_date = source.%s
      AND verdict.key = source.%s AND verdict.occurrence = source.%s$from$,
        key_json, inner_key, recon.date_expression(relation, d), inner_date,
        (SELECT string_agg(format('%I', k), ', ') FROM unnest(keys) k), recon.date_expression(relation, d),
        (SELECT string_agg(format('%s NULLS LAST', m->>'expression'), ', ') FROM jsonb_array_elements(d.measures) m),
        d.break_condition, inner_occurrence, recon.qualified_name(relation), d.reconciliation_id, inner_date,
        inner_key, inner_occurrence);
END
$$;
COMMENT ON FUNCTION recon.rows_with_verdicts(recon.reconciliation) IS
    'SQL from FROM on: the rows of the source (source, with recon_key, recon_date and recon_occurrence under free '
    'names) beside the verdict on each (verdict).';

CREATE OR REPLACE FUNCTION recon.recon_view_definition(name text, view_name text, view_schema text) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.find_reconciliation(name, 'viewer');
    relation regclass := recon.source_of(d);
    place text := coalesce(view_schema, (SELECT n.nspname FROM pg_namespace n WHERE n.oid = recon.creation_schema()));
    original text;
    taken text;
BEGIN
    IF place IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name',
            MESSAGE = 'no schema has been selected to create the view in',
            HINT = 'Name one in view_schema, or put one into search_path.';
    END IF;
    IF d.date_column IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('reconciliation "%s" has no date column', name),
            DETAIL = 'Its rows cannot be told apart from one run to the next.',
            HINT = 'Add a date to the source, and name it with recon_alter(name, date_column => ...).';
    END IF;
    SELECT c INTO taken FROM unnest(ARRAY['Anomaly', 'Reason', 'Recommended Action', 'break_id']) AS c
    WHERE recon.column_type(relation, c) IS NOT NULL LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_column',
            MESSAGE = format('the source of reconciliation "%s" has a column "%s" of its own', name, taken),
            DETAIL = 'The view adds a column of this name.',
            HINT = 'Rename the column in a view, and name that view as the source with recon_alter.';
    END IF;
    SELECT string_agg(format('source.%I', a.attname), ', ' ORDER BY a.attnum) INTO original
    FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped;
    RETURN format($view$-- Names are those of pg_catalog: SET search_path = pg_catalog, pg_temp before you run this.
CREATE VIEW %I.%I WITH (security_invoker = true) AS
SELECT %s,
       verdict.is_anomaly AS "Anomaly", verdict.reason AS "Reason", verdict.recommended_action AS "Recommended Action",
       verdict.break_id
%s$view$,
        place, coalesce(view_name, d.reconciliation_name || '_verdict'),
        original, recon.rows_with_verdicts(d));
END
$$;
COMMENT ON FUNCTION recon.recon_view_definition(text, text, text) IS 'Implementation of recon_view_definition.';

CREATE OR REPLACE FUNCTION recon_create_view(name text, view_name text DEFAULT NULL, view_schema text DEFAULT NULL)
    RETURNS text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
AS $$
-- Runs as the caller, and the view is the caller's; but what the statement names must not be found where somebody
-- else may create operators and functions.
DECLARE
    definition pg_catalog.text := @extschema@.recon_view_definition(name, view_name, view_schema);
    path pg_catalog.text := pg_catalog.current_setting('search_path');
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    EXECUTE definition;
    PERFORM pg_catalog.set_config('search_path', path, true);
    RETURN pg_catalog.format('view "%s" shows the columns of the source with Anomaly, Reason and Recommended Action',
                             coalesce(view_name, pg_catalog.concat(name, '_verdict')));
END
$$;
COMMENT ON FUNCTION recon_create_view(text, text, text) IS
    'Makes a view of the source''s own columns plus Anomaly, Reason, Recommended Action and break_id, named '
    'NAME_verdict where no other name is given, in a schema of the caller''s choice, '
    'owned by the caller. Returns a sentence.';
