-- Guessing what a relation is made of.

CREATE FUNCTION recon_suggest(
    relation text,
    OUT column_name text, OUT role text, OUT partner text, OUT confidence numeric, OUT reason text
) RETURNS SETOF record
    LANGUAGE c STABLE STRICT PARALLEL UNSAFE ROWS 20 AS 'MODULE_PATHNAME', 'recon_suggest';
COMMENT ON FUNCTION recon_suggest(text) IS
$$Guesses the role of every column of a table, view or foreign table, each with its reason in one sentence: one row for each column, in their order.
role is one of key, criteria, derived, date, loaded_at, currency, comment, tolerance, status, label, identity, attribute, dimension, ignored. partner is the other side of a compared pair, or for a derived column what it is computed from. confidence is 0 to 1.
What is doubtful is said in notices, and how to define the reconciliation so. Reads at most 10,000 rows, with the caller's own rights; columns the caller may not read are passed over.
Errors: 42P01 no such relation, 42809 not a relation with rows, 42501 no right to read it.$$;

CREATE FUNCTION recon.suggest_definition(relation regclass) RETURNS jsonb
    LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_suggest_definition';
COMMENT ON FUNCTION recon.suggest_definition(regclass) IS
$$The whole definition that recon_suggest's roles amount to, as one object: columns (as recon_suggest gives them), key_columns, criteria_columns (a, b, a, b ...), derived_columns, date_column, date_format and date_expression, measures (name, expression, tolerance, break_when ...), tolerance, break_when, comment_column, currency_column, status_column, label_column, loaded_at_column, identity_column, dimension_columns, attributes, a reason for each, notes on what is doubtful. What is not known is null. Reads with the caller's own rights.$$;
