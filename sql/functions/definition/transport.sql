-- Definitions that are carried to another database: exported, imported.

CREATE OR REPLACE FUNCTION recon_export_definition(name text) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_export_definition(text) IS
    'The definition of a reconciliation as one jsonb value, to be carried to another database and read by '
    'recon_import_definition. Holds no data and no owner.';

CREATE OR REPLACE FUNCTION recon_import_definition(definition jsonb, name text DEFAULT NULL, source text DEFAULT NULL)
    RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_import_definition(jsonb, text, text) IS
    'Defines the reconciliation of an exported definition, under another name or over another source where these are '
    'given; replaces the definition of a reconciliation of that name which the caller owns. Returns one sentence.';

CREATE OR REPLACE FUNCTION recon.recon_export_definition(name text) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.find_reconciliation(name, 'viewer');
BEGIN
    RETURN jsonb_strip_nulls(to_jsonb(d)
        - '{reconciliation_id,owner,break_condition,measures,condition_types,source_id,source_owner,created_at,
            updated_at,is_active}'::text[])
        || '{"format": 1}';
END
$$;
COMMENT ON FUNCTION recon.recon_export_definition(text) IS 'Implementation of recon_export_definition.';

CREATE OR REPLACE FUNCTION recon.recon_import_definition(definition jsonb, name text, source text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation;
    target_name text;
    unknown text;
    relation regclass;
    existing recon.reconciliation;
BEGIN
    IF definition IS NULL OR jsonb_typeof(definition) <> 'object' OR definition->>'format' IS DISTINCT FROM '1' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'this is not an exported definition',
            DETAIL = format('Its format is %s; format 1 is read here.', coalesce(definition->>'format', 'missing')),
            HINT = 'Use what recon_export_definition gives.';
    END IF;
    SELECT string_agg(k, ', ' ORDER BY k) INTO unknown
    FROM jsonb_object_keys(definition) k
    WHERE k NOT IN ('format', 'reconciliation_name', 'source', 'key_columns', 'criteria_columns', 'derived_columns',
        'date_column', 'date_format', 'comment_column', 'currency_column', 'loaded_at_column', 'pool_by', 'break_when',
        'tolerance', 'relative_tolerance', 'strategy', 'time_zone', 'minimum_amount', 'description', 'decimal_signs',
        'rules', 'calendar', 'minimum_amounts');
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'the definition has fields that are not known here',
            DETAIL = format('Unknown: %s.', unknown);
    END IF;
    target_name := coalesce(name, definition->>'reconciliation_name');
    PERFORM recon.check_name(target_name);
    SELECT r.* INTO existing FROM recon.reconciliation r WHERE r.reconciliation_name = target_name FOR NO KEY UPDATE;
    IF existing.reconciliation_id IS NOT NULL
       AND NOT recon.has_access(recon.caller(), existing.reconciliation_id, 'viewer') THEN
        -- A name that is taken out of the caller's sight: nothing is said of it.
        PERFORM recon.refuse_taken_name(target_name);
    END IF;
    IF existing.reconciliation_id IS NULL THEN
        PERFORM recon.require_access(NULL, 'admin');
        existing.owner := recon.caller();
    ELSE
        PERFORM recon.require_ownership(existing, 'its definition');
    END IF;
    d := recon.lay_over(recon.empty_definition(existing.owner), definition - 'format');
    d.reconciliation_name := target_name;
    IF d.key_columns IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'the definition has no key_columns',
            HINT = 'Use what recon_export_definition gives.';
    END IF;
    relation := recon.require_relation(coalesce(source, d.source), existing.owner);
    PERFORM recon.require_lasting(relation);
    d.source := recon.qualified_name(relation);
    d.criteria_columns := coalesce(d.criteria_columns, '{}');
    d.derived_columns := coalesce(d.derived_columns, '{}');
    d.minimum_amounts := nullif(d.minimum_amounts, '{}');
    d := recon.complete_definition(relation, d);
    IF d.rules IS NOT NULL THEN
        d.rules := recon.check_detectors(d.rules, 'rules', true);
        PERFORM recon.require_rules(relation, d, d.rules);
    END IF;
    IF existing.reconciliation_id IS NULL THEN
        d.reconciliation_id := nextval('recon.reconciliation_reconciliation_id_seq');
        d.is_active := true;
        d.created_at := now();
        d.updated_at := now();
        PERFORM recon.add_definition(d);
    ELSE
        d.reconciliation_id := existing.reconciliation_id;
        d.is_active := existing.is_active;
        PERFORM recon.store_definition(d);
    END IF;
    RETURN recon.describe_definition(d);
END
$$;
COMMENT ON FUNCTION recon.recon_import_definition(jsonb, text, text) IS 'Implementation of recon_import_definition.';
