-- What is given of a definition, laid over what there is.

-- What recon_create, recon_alter and recon_import_definition have in common: arguments laid over a row.
CREATE OR REPLACE FUNCTION recon.empty_definition(owner name) RETURNS recon.reconciliation
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation;
BEGIN
    d.owner := owner;
    d.pool_by := '{}';
    d.strategy := 'balanced';
    d.time_zone := 'UTC';
    d.description := '';
    RETURN d;
END
$$;
COMMENT ON FUNCTION recon.empty_definition(name) IS 'A definition of which nothing is said yet but whose it is.';

CREATE OR REPLACE FUNCTION recon.lay_over(d recon.reconciliation, given jsonb) RETURNS recon.reconciliation
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.* FROM jsonb_populate_record(d, (SELECT coalesce(jsonb_object_agg(g.key, g.value), '{}')
                                              FROM jsonb_each(given) g WHERE g.value <> 'null')) AS r
$$;
COMMENT ON FUNCTION recon.lay_over(recon.reconciliation, jsonb) IS
    'A definition with the columns changed that are given by name; null leaves a column as it is.';

CREATE OR REPLACE FUNCTION recon.without_empty_texts(d recon.reconciliation) RETURNS recon.reconciliation
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    d.date_column := nullif(d.date_column, '');
    d.date_format := nullif(d.date_format, '');
    d.comment_column := nullif(d.comment_column, '');
    d.currency_column := nullif(d.currency_column, '');
    d.loaded_at_column := nullif(d.loaded_at_column, '');
    d.calendar := nullif(d.calendar, '');
    RETURN d;
END
$$;
COMMENT ON FUNCTION recon.without_empty_texts(recon.reconciliation) IS
    'A definition in which an empty text, which says that there is no such column or calendar, has become NULL.';

CREATE OR REPLACE FUNCTION recon.add_definition(d recon.reconciliation) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO recon.reconciliation SELECT d.*;
EXCEPTION WHEN unique_violation THEN
    PERFORM recon.refuse_taken_name(d.reconciliation_name);
END
$$;
COMMENT ON FUNCTION recon.add_definition(recon.reconciliation) IS 'Writes a definition that is new.';

CREATE OR REPLACE FUNCTION recon.store_definition(d recon.reconciliation) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE recon.reconciliation r SET
        (reconciliation_name, owner, source, key_columns, criteria_columns, derived_columns, date_column, date_format,
         comment_column, currency_column, loaded_at_column, pool_by, break_when, tolerance, relative_tolerance,
         strategy, time_zone, minimum_amount, break_condition, measures, description, is_active, updated_at,
         decimal_signs, rules, calendar, minimum_amounts, condition_types,
         source_id, source_owner) =
        (d.reconciliation_name, d.owner, d.source, d.key_columns, d.criteria_columns, d.derived_columns,
         d.date_column, d.date_format,
         d.comment_column, d.currency_column, d.loaded_at_column, d.pool_by, d.break_when,
         d.tolerance, d.relative_tolerance,
         d.strategy, d.time_zone, d.minimum_amount, d.break_condition, d.measures, d.description, d.is_active, now(),
         d.decimal_signs, d.rules, d.calendar, d.minimum_amounts, d.condition_types,
         d.source_id, d.source_owner)
    WHERE r.reconciliation_id = d.reconciliation_id;
EXCEPTION WHEN unique_violation THEN
    PERFORM recon.refuse_taken_name(d.reconciliation_name);
END
$$;
COMMENT ON FUNCTION recon.store_definition(recon.reconciliation) IS 'Writes a definition that has changed.';
