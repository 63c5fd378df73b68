-- The role that asks. Surface functions are declared in C with recon_privileged_call: the gate remembers the
-- caller and runs the implementation of the same name in schema recon as the extension's owner.

CREATE OR REPLACE FUNCTION recon.caller() RETURNS name
    LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'recon_caller';
COMMENT ON FUNCTION recon.caller() IS
    'The role that made the privileged call under way; outside one, the current user.';

CREATE OR REPLACE FUNCTION recon.text_as(role_name name, statement text) RETURNS text
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_text_as';
COMMENT ON FUNCTION recon.text_as(name, text) IS
    'Runs one query as another role in a security-restricted operation and gives the '
    'first value of its first row as text.';
