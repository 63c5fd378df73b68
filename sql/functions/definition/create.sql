-- Defining a reconciliation.

CREATE OR REPLACE FUNCTION recon_create(
    name text, source text,
    key_columns text[] DEFAULT NULL, criteria_columns text[] DEFAULT NULL, derived_columns text[] DEFAULT NULL,
    date_column text DEFAULT NULL, comment_column text DEFAULT NULL, currency_column text DEFAULT NULL,
    loaded_at_column text DEFAULT NULL, break_when text DEFAULT NULL,
    tolerance numeric DEFAULT NULL, relative_tolerance numeric DEFAULT NULL, pool_by text[] DEFAULT NULL,
    strategy text DEFAULT NULL, time_zone text DEFAULT NULL, minimum_amount numeric DEFAULT NULL,
    date_format text DEFAULT NULL, description text DEFAULT NULL, calendar text DEFAULT NULL,
    minimum_amounts jsonb DEFAULT NULL
) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_create(
    text, text, text[], text[], text[], text, text, text, text, text, numeric, numeric, text[], text, text, numeric,
    text, text, text, jsonb
) IS
$$Defines a reconciliation over a table, view or foreign table. What is not given is
guessed from the data (see recon_suggest).
key_columns identify what is compared; criteria_columns are the two sides, pair after pair; derived_columns are stored
differences, each judged as a measure (without them the differences of the pairs are).
break_when is a condition over the source's columns; without it a row is a break where a measure exceeds the tolerance
(absolute) and relative_tolerance (share of the larger side). A row for which it is unknown is a break too.
pool_by names key columns that make groups of peers; minimum_amount is the materiality floor: a smaller break is never
anomalous; minimum_amounts has one of their own for some currencies, as the currency column writes them ({"EUR": 100,
"JPY": 15000}), which needs a currency column. date_format is the to_date format of a date kept as text; calendar is one
of recon_add_holidays, whose holidays are no business days (without it weekends alone are none). The caller becomes the
owner: reads of the source run as the owner.
Returns one sentence. Errors: 42P01 no such relation, 42703 no such column, 42704 no such strategy or calendar, 22023 a
wrong value, 42710 the name is taken.$$;

CREATE OR REPLACE FUNCTION recon.recon_create(
    name text, source text, key_columns text[], criteria_columns text[], derived_columns text[],
    date_column text, comment_column text, currency_column text, loaded_at_column text, break_when text,
    tolerance numeric, relative_tolerance numeric, pool_by text[], strategy text, time_zone text,
    minimum_amount numeric, date_format text, description text, calendar text, minimum_amounts jsonb
) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation;
    relation regclass;
BEGIN
    PERFORM recon.check_name(name);
    IF EXISTS (SELECT FROM recon.reconciliation r WHERE r.reconciliation_name = name) THEN
        PERFORM recon.refuse_taken_name(name);
    END IF;
    -- Only who may define at all gets here: EXECUTE is granted by recon_grant.
    PERFORM recon.require_access(NULL, 'admin');
    relation := recon.require_relation(source, recon.caller());
    PERFORM recon.require_lasting(relation);
    d := recon.lay_over(recon.empty_definition(recon.caller()), jsonb_build_object(
        'reconciliation_name', name, 'source', recon.qualified_name(relation),
        'key_columns', key_columns, 'criteria_columns', criteria_columns, 'derived_columns', derived_columns,
        'date_column', date_column, 'date_format', date_format, 'comment_column', comment_column,
        'currency_column', currency_column, 'loaded_at_column', loaded_at_column, 'pool_by', pool_by,
        'break_when', break_when, 'tolerance', tolerance, 'relative_tolerance', relative_tolerance,
        'strategy', strategy, 'time_zone', time_zone, 'minimum_amount', minimum_amount,
        'description', description, 'calendar', calendar));
    d.minimum_amounts := nullif(minimum_amounts, '{}');
    -- Until here an empty text says that there is no such column, so that none is guessed.
    d := recon.without_empty_texts(recon.guess_missing(relation, d, recon.caller()));
    d := recon.complete_definition(relation, d);
    d.reconciliation_id := nextval('recon.reconciliation_reconciliation_id_seq');
    d.is_active := true;
    d.created_at := now();
    d.updated_at := now();
    PERFORM recon.add_definition(d);
    RETURN recon.describe_definition(d);
END
$$;
COMMENT ON FUNCTION recon.recon_create(
    text, text, text[], text[], text[], text, text, text, text, text, numeric, numeric, text[], text, text, numeric,
    text, text, text, jsonb
) IS
    'Implementation of recon_create.';
