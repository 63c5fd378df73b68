-- Who asks. Surface functions are declared in C with recon_privileged_call: the gate remembers the
-- caller and runs the implementation of the same name in schema recon as the extension's owner.

CREATE FUNCTION recon.caller() RETURNS name
    LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'recon_caller';
COMMENT ON FUNCTION recon.caller() IS
    'The role that made the privileged call under way; outside one, the current user.';

CREATE FUNCTION recon.resolve_relation(relation text) RETURNS regclass
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'recon_resolve_relation';
COMMENT ON FUNCTION recon.resolve_relation(text) IS
    'The relation which the caller means by a name, by the caller''s own search_path; NULL where there is none.';

CREATE FUNCTION recon.creation_schema() RETURNS regnamespace
    LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'recon_creation_schema';
COMMENT ON FUNCTION recon.creation_schema() IS
    'The schema in which the caller makes objects, by the caller''s own search_path; NULL where there is none.';

CREATE FUNCTION recon.check_expression(relation regclass, expression text, what text, reader name, text_amounts text[]) RETURNS text
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'recon_check_expression';
COMMENT ON FUNCTION recon.check_expression(regclass, text, text, name, text[]) IS
    'Checks that a stored expression is a boolean scalar expression over the columns of one relation (no subquery, aggregate, window or set-returning or volatile function) and gives it back with every name qualified. text_amounts (column, decimal sign, column, decimal sign ...) are text columns that the expression names as numbers.';

CREATE FUNCTION recon.is_immutable(relation regclass, condition text, reader name) RETURNS boolean
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'recon_is_immutable';
COMMENT ON FUNCTION recon.is_immutable(regclass, text, name) IS
    'Whether a condition over the columns of one relation is an expression whose answer depends on the row alone: on no setting, clock or other table.';

CREATE FUNCTION recon.text_as(role_name name, statement text) RETURNS text
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_text_as';
COMMENT ON FUNCTION recon.text_as(name, text) IS
    'Runs one query as another role in a security-restricted operation and gives the first value of its first row as text.';

CREATE FUNCTION recon.parse_date(date_text text, format text) RETURNS date
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_parse_date';
COMMENT ON FUNCTION recon.parse_date(text, text) IS
    'The date of a text; the to_date format says whether day, month or year comes first. NULL where the text is no date.';

CREATE FUNCTION recon.parse_number(number_text text, decimal_sign text) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_parse_number';
COMMENT ON FUNCTION recon.parse_number(text, text) IS
    'The number of a text: 1,234.50, (200), 12-, $5, 1''234, and 1.234,50 where the decimal sign is a comma. NULL where the text is no finite number. Errors: 22023 a decimal sign that is neither point nor comma.';
