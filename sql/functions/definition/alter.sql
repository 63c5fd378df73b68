-- Changing a definition.

CREATE OR REPLACE FUNCTION recon_alter(
    name text, source text DEFAULT NULL,
    key_columns text[] DEFAULT NULL, criteria_columns text[] DEFAULT NULL, derived_columns text[] DEFAULT NULL,
    date_column text DEFAULT NULL, comment_column text DEFAULT NULL, currency_column text DEFAULT NULL,
    loaded_at_column text DEFAULT NULL, break_when text DEFAULT NULL,
    tolerance numeric DEFAULT NULL, relative_tolerance numeric DEFAULT NULL, pool_by text[] DEFAULT NULL,
    strategy text DEFAULT NULL, time_zone text DEFAULT NULL, minimum_amount numeric DEFAULT NULL,
    date_format text DEFAULT NULL, description text DEFAULT NULL,
    new_name text DEFAULT NULL, owner name DEFAULT NULL, is_active boolean DEFAULT NULL, calendar text DEFAULT NULL,
    minimum_amounts jsonb DEFAULT NULL
) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_alter(
    text, text, text[], text[], text[], text, text, text, text, text, numeric, numeric, text[], text, text, numeric,
    text, text, text, name, boolean, text, jsonb
) IS
$$Changes what is named and keeps the rest; arguments as in recon_create. An empty text or array removes an optional
column, or the calendar; minimum_amounts are replaced as a whole, and removed by an empty object. What changes where the
source is read or which expressions run (source, columns, break_when) is for the owner alone, because it runs with the
owner's rights. A new owner must be a role the caller is a member of. Returns one sentence.$$;

CREATE OR REPLACE FUNCTION recon.recon_alter(
    name text, source text, key_columns text[], criteria_columns text[], derived_columns text[],
    date_column text, comment_column text, currency_column text, loaded_at_column text, break_when text,
    tolerance numeric, relative_tolerance numeric, pool_by text[], strategy text, time_zone text,
    minimum_amount numeric, date_format text, description text, new_name text, owner name, is_active boolean,
    calendar text,
    minimum_amounts jsonb
) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.hold_reconciliation(name, 'admin');
    relation regclass;
BEGIN
    IF num_nonnulls(source, key_columns, criteria_columns, derived_columns, date_column, comment_column,
                    currency_column, loaded_at_column, break_when, date_format) > 0 THEN
        PERFORM recon.require_ownership(d, 'its source, columns or break rule');
    END IF;
    d := recon.without_empty_texts(recon.lay_over(d, jsonb_build_object(
        'source', CASE WHEN source IS NOT NULL THEN recon.qualified_name(recon.require_relation(source, d.owner)) END,
        'key_columns', key_columns, 'criteria_columns', criteria_columns, 'derived_columns', derived_columns,
        'date_column', date_column, 'date_format', date_format, 'comment_column', comment_column,
        'currency_column', currency_column, 'loaded_at_column', loaded_at_column, 'pool_by', pool_by,
        'break_when', break_when, 'tolerance', tolerance, 'relative_tolerance', relative_tolerance,
        'strategy', strategy, 'time_zone', time_zone, 'minimum_amount', minimum_amount,
        'description', description, 'is_active', is_active, 'calendar', calendar)));
    d.break_when := nullif(d.break_when, '');
    d.minimum_amounts := nullif(coalesce(minimum_amounts, d.minimum_amounts), '{}');
    IF num_nonnulls(source, criteria_columns, derived_columns, break_when) > 0 THEN
        d.decimal_signs := NULL; -- looked for again
    END IF;
    IF new_name IS NOT NULL AND new_name <> d.reconciliation_name THEN
        PERFORM recon.check_name(new_name);
        IF EXISTS (SELECT FROM recon.reconciliation r WHERE r.reconciliation_name = new_name) THEN
            PERFORM recon.refuse_taken_name(new_name);
        END IF;
        d.reconciliation_name := new_name;
    END IF;
    IF owner IS NOT NULL AND owner <> d.owner THEN
        -- As for tables: one cannot give work to a role one could not become.
        PERFORM recon.require_ownership(d, 'its owner');
        IF NOT EXISTS (SELECT FROM pg_roles o WHERE o.rolname = recon_alter.owner
                       AND pg_has_role(recon.caller(), o.oid, recon.privilege_to_become())) THEN
            RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
                MESSAGE = format('must be able to SET ROLE "%s" to make it the owner', owner);
        END IF;
        d.owner := owner;
    END IF;
    IF source IS NULL THEN
        d.source := recon.qualified_name(recon.source_of(d));
    ELSE
        d.source_id := NULL; -- whatever it is now
    END IF;
    relation := recon.require_relation(d.source, d.owner);
    PERFORM recon.require_lasting(relation);
    d := recon.complete_definition(relation, d);
    PERFORM recon.store_definition(d);
    RETURN recon.describe_definition(d);
END
$$;
COMMENT ON FUNCTION recon.recon_alter(
    text, text, text[], text[], text[], text, text, text, text, text, numeric, numeric, text[], text, text, numeric,
    text, text, text, name, boolean, text, jsonb
) IS
    'Implementation of recon_alter.';
