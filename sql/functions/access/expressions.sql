-- Stored expressions, checked before they are stored.

CREATE OR REPLACE FUNCTION recon.check_expression(
    relation regclass, expression text, what text, reader name, text_amounts text[]
) RETURNS text
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'recon_check_expression';
COMMENT ON FUNCTION recon.check_expression(regclass, text, text, name, text[]) IS
    'Checks that a stored expression is a boolean scalar expression over the columns of one relation (no subquery, '
    'aggregate, window or set-returning or volatile function) and gives it back with every name qualified. '
    'text_amounts (column, decimal sign, column, decimal sign ...) are text columns '
    'that the expression names as numbers.';

CREATE OR REPLACE FUNCTION recon.is_immutable(relation regclass, condition text, reader name) RETURNS boolean
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'recon_is_immutable';
COMMENT ON FUNCTION recon.is_immutable(regclass, text, name) IS
    'Whether a condition over the columns of one relation is an expression whose '
    'answer depends on the row alone: on no setting, clock or other table.';

CREATE OR REPLACE FUNCTION recon.columns_named(relation regclass, condition text, reader name) RETURNS text[]
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'recon_columns_named';
COMMENT ON FUNCTION recon.columns_named(regclass, text, name) IS
    'The columns of a relation that a stored condition names; NULL where it is no such condition.';
