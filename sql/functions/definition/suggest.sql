-- Guessing what a relation is made of.

CREATE OR REPLACE FUNCTION recon_suggest(
    relation text,
    OUT column_name text, OUT role text, OUT partner text, OUT confidence numeric, OUT reason text
) RETURNS SETOF record
    LANGUAGE c STABLE STRICT PARALLEL UNSAFE ROWS 20 AS 'MODULE_PATHNAME', 'recon_suggest';
COMMENT ON FUNCTION recon_suggest(text) IS
$$Guesses the role of every column of a table, view or foreign table, each with its reason in one sentence: one
row for each column, in their order.
role is one of key, criteria, derived, date, loaded_at, currency, comment, tolerance, status, label, identity,
attribute, dimension, ignored. partner is the other side of a compared pair, or for a derived column what it is
computed from. confidence is 0 to 1.
What is doubtful is said in notices, and how to define the reconciliation so. Reads at most 10,000 rows, with the
caller's own rights; columns the caller may not read are passed over.
Errors: 42P01 no such relation, 42809 not a relation with rows, 42501 no right to read it.$$;

CREATE OR REPLACE FUNCTION recon.suggest_definition(relation regclass) RETURNS jsonb
    LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_suggest_definition';
COMMENT ON FUNCTION recon.suggest_definition(regclass) IS
$$The whole definition that recon_suggest's roles amount to, as one object: columns (as recon_suggest gives them),
key_columns, criteria_columns (a, b, a, b ...), derived_columns, date_column, date_format and date_expression, measures
(name, expression, tolerance, break_when ...), tolerance, break_when, comment_column, currency_column, status_column,
label_column, loaded_at_column, identity_column, dimension_columns, attributes, a reason for each, notes on what is
doubtful. What is not known is null. Reads with the caller's own rights.$$;

CREATE OR REPLACE FUNCTION recon.guess_definition(relation regclass, reader name) RETURNS jsonb
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT recon.text_as(reader,
                         format('SELECT recon.suggest_definition(%L::regclass)', recon.qualified_name(relation)))::jsonb
$$;
COMMENT ON FUNCTION recon.guess_definition(regclass, name) IS
    'The answer of recon.suggest_definition, read as the given role.';

-- What is not given is taken from recon_suggest's whole-definition answer, which runs as the reader.
CREATE OR REPLACE FUNCTION recon.guess_missing(relation regclass, d recon.reconciliation, reader name)
    RETURNS recon.reconciliation
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    guess jsonb;
BEGIN
    IF d.key_columns IS NOT NULL AND (d.criteria_columns IS NOT NULL OR d.derived_columns IS NOT NULL)
       AND d.date_column IS NOT NULL
       AND (d.date_column = '' OR d.date_format IS NOT NULL
            OR recon.column_type(relation, d.date_column) IN ('date'::regtype, 'timestamp'::regtype,
                                                              'timestamptz'::regtype))
       AND NOT recon.has_text_amounts(relation, d)
       AND (d.break_when IS NOT NULL OR d.tolerance IS NOT NULL OR d.relative_tolerance IS NOT NULL) THEN
        d.criteria_columns := coalesce(d.criteria_columns, '{}');
        d.derived_columns := coalesce(d.derived_columns, '{}');
        RETURN d;
    END IF;
    guess := recon.guess_definition(relation, reader);
    d.key_columns := coalesce(d.key_columns, ARRAY(SELECT jsonb_array_elements_text(guess->'key_columns')));
    IF d.criteria_columns IS NULL AND d.derived_columns IS NULL THEN
        d.criteria_columns := ARRAY(SELECT jsonb_array_elements_text(guess->'criteria_columns'));
        d.derived_columns := ARRAY(SELECT jsonb_array_elements_text(guess->'derived_columns'));
    END IF;
    d.criteria_columns := coalesce(d.criteria_columns, '{}');
    d.derived_columns := coalesce(d.derived_columns, '{}');
    d.decimal_signs := recon.amount_signs(guess, d);
    d.date_column := coalesce(d.date_column, guess->>'date_column');
    IF d.date_column = guess->>'date_column' THEN
        d.date_format := coalesce(d.date_format, guess->>'date_format');
    END IF;
    d.comment_column := coalesce(d.comment_column, guess->>'comment_column');
    d.currency_column := coalesce(d.currency_column, guess->>'currency_column');
    IF d.break_when IS NULL AND d.tolerance IS NULL AND d.relative_tolerance IS NULL
       AND d.derived_columns = ARRAY(SELECT jsonb_array_elements_text(guess->'derived_columns')) THEN
        d.break_when := guess->>'break_when';
    END IF;
    RETURN d;
END
$$;
COMMENT ON FUNCTION recon.guess_missing(regclass, recon.reconciliation, name) IS
    'Fills what a definition does not say from the data, read as the given role.';
