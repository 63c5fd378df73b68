-- Who may see, judge and define what.

CREATE TABLE recon.access (
    role_name         name NOT NULL,
    level             text NOT NULL CHECK (level IN ('viewer', 'operator', 'admin')),
    reconciliation_id integer,
    granted_by        name NOT NULL,
    granted_at        timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (role_name, reconciliation_id)
);
COMMENT ON TABLE recon.access IS
    'Who may see (viewer), judge and answer (operator) or define (admin) which '
    'reconciliation; a NULL reconciliation_id is all of them.';

SELECT pg_catalog.pg_extension_config_dump('recon.access', '');
