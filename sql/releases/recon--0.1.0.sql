\echo Use "CREATE EXTENSION recon" to load this file. \quit

-- Functions live in the schema the user chose; tables and views live in schema recon.
DO $$
BEGIN
    IF '@extschema@' = 'recon' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_schema_name',
            MESSAGE = 'extension "recon" cannot be installed in schema "recon"',
            DETAIL = 'Schema "recon" is reserved for the extension''s own tables and views.',
            HINT = 'Use another schema: CREATE EXTENSION recon SCHEMA public.';
    END IF;
END
$$;

CREATE SCHEMA recon;
COMMENT ON SCHEMA recon IS
    'tables, views and internal functions of Recon for PostgreSQL; the functions to call are named recon_*';

CREATE FUNCTION recon_version() RETURNS text
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'recon_version';
COMMENT ON FUNCTION recon_version() IS
    'Version of the library that is loaded. Differs from the extension''s version in pg_extension when ALTER EXTENSION recon UPDATE is due.';
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

CREATE FUNCTION recon.check_expression(relation regclass, expression text, what text, reader name) RETURNS text
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'recon_check_expression';
COMMENT ON FUNCTION recon.check_expression(regclass, text, text, name) IS
    'Checks that a stored expression is a boolean scalar expression over the columns of one relation (no subquery, aggregate, window or set-returning or volatile function) and gives it back with every name qualified.';

CREATE FUNCTION recon.text_as(role_name name, statement text) RETURNS text
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_text_as';
COMMENT ON FUNCTION recon.text_as(name, text) IS
    'Runs one query as another role in a security-restricted operation and gives the first value of its first row as text.';

CREATE FUNCTION recon.parse_date(date_text text, format text) RETURNS date
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_parse_date';
COMMENT ON FUNCTION recon.parse_date(text, text) IS
    'The date of a text; the to_date format says whether day, month or year comes first. NULL where the text is no date.';
-- Configuration: what is compared, how it is judged, who may see it.
--
-- No table of the extension has a foreign key to another. CREATE EXTENSION makes the constraints
-- before a restore brings the rows, and a parallel restore brings them in any order. Only internal
-- functions write here; what belongs to a reconciliation goes with it by a trigger (50-runs).

CREATE TABLE recon.strategy (
    strategy_name  text NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    alpha          double precision NOT NULL CHECK (alpha > 0 AND alpha < 1),
    detectors      jsonb NOT NULL CHECK (jsonb_typeof(detectors) = 'object'),
    minimum_amount numeric NOT NULL DEFAULT 0 CHECK (minimum_amount >= 0),
    history_rows   integer NOT NULL DEFAULT 64 CHECK (history_rows BETWEEN 4 AND 1024),
    is_builtin     boolean NOT NULL DEFAULT false,
    is_active      boolean NOT NULL DEFAULT true,
    description    text NOT NULL DEFAULT '',
    created_by     name NOT NULL DEFAULT current_user,
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (strategy_name, version)
);
COMMENT ON TABLE recon.strategy IS
    'How breaks are judged: thresholds and detector weights, named and versioned. A run keeps the copy it used.';
COMMENT ON COLUMN recon.strategy.alpha IS
    'a break is anomalous when its q-value is at most this: the share of false alarms among anomalies that is accepted';
COMMENT ON COLUMN recon.strategy.detectors IS
    'weight of each detector in the harmonic combination; 0 switches it off';
COMMENT ON COLUMN recon.strategy.minimum_amount IS
    'a break smaller than this is never anomalous, in the unit of its measure';
COMMENT ON COLUMN recon.strategy.history_rows IS
    'how many of the newest admitted rows of a key make its baseline';

INSERT INTO recon.strategy (strategy_name, alpha, detectors, is_builtin, description) VALUES
    ('conservative', 0.01, '{"baseline": 1, "frequency": 0.25, "drift": 0.25, "volatility": 0.25}', true,
     'few alarms: about 1 in 100 anomalies is false'),
    ('balanced', 0.05, '{"baseline": 1, "frequency": 0.25, "drift": 0.25, "volatility": 0.25}', true,
     'the default: about 1 in 20 anomalies is false'),
    ('sensitive', 0.20, '{"baseline": 1, "frequency": 0.25, "drift": 0.25, "volatility": 0.25}', true,
     'many alarms: about 1 in 5 anomalies is false');

CREATE TABLE recon.reconciliation (
    reconciliation_id   integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    reconciliation_name text NOT NULL UNIQUE CHECK (reconciliation_name <> ''),
    owner               name NOT NULL,
    source              text NOT NULL,
    key_columns         text[] NOT NULL,
    criteria_columns    text[] NOT NULL DEFAULT '{}',
    derived_columns     text[] NOT NULL DEFAULT '{}',
    date_column         text,
    date_format         text,
    comment_column      text,
    currency_column     text,
    loaded_at_column    text,
    pool_by             text[] NOT NULL DEFAULT '{}',
    break_when          text,
    tolerance           numeric CHECK (tolerance >= 0),
    relative_tolerance  numeric CHECK (relative_tolerance >= 0),
    strategy            text NOT NULL DEFAULT 'balanced',
    time_zone           text NOT NULL DEFAULT 'UTC',
    minimum_amount      numeric CHECK (minimum_amount >= 0),
    break_condition     text NOT NULL,
    measures            jsonb NOT NULL,
    description         text NOT NULL DEFAULT '',
    is_active           boolean NOT NULL DEFAULT true,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE recon.reconciliation IS
    'A named comparison of two sources: where its rows are, what each column means, when a row is a break, how breaks are judged.';
COMMENT ON COLUMN recon.reconciliation.owner IS
    'the role as which the source is read and stored expressions run';
COMMENT ON COLUMN recon.reconciliation.source IS
    'qualified name of the table, view or foreign table that is read';
COMMENT ON COLUMN recon.reconciliation.break_when IS
    'the break rule as its author wrote it; NULL where the tolerance makes it';
COMMENT ON COLUMN recon.reconciliation.break_condition IS
    'the break rule as it runs: checked, every name qualified; a row is a break where it is true or unknown';
COMMENT ON COLUMN recon.reconciliation.measures IS
    'array of {name, expression, tolerance}: what is judged, each with a history of its own';
COMMENT ON COLUMN recon.reconciliation.minimum_amount IS
    'a break smaller than this is never anomalous, in the unit of its measure; overrides the strategy''s';

CREATE TABLE recon.access (
    role_name         name NOT NULL,
    level             text NOT NULL CHECK (level IN ('viewer', 'operator', 'admin')),
    reconciliation_id integer,
    granted_by        name NOT NULL,
    granted_at        timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (role_name, reconciliation_id)
);
COMMENT ON TABLE recon.access IS
    'Who may see (viewer), judge and answer (operator) or define (admin) which reconciliation; a NULL reconciliation_id is all of them.';

SELECT pg_catalog.pg_extension_config_dump('recon.strategy', 'WHERE NOT is_builtin');
SELECT pg_catalog.pg_extension_config_dump('recon.reconciliation', '');
SELECT pg_catalog.pg_extension_config_dump('recon.reconciliation_reconciliation_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('recon.access', '');
-- One key's history as one value.

CREATE TYPE recon_series;

CREATE FUNCTION recon_series_in(cstring) RETURNS recon_series
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_series_in';
CREATE FUNCTION recon_series_out(recon_series) RETURNS cstring
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_series_out';
CREATE FUNCTION recon_series_recv(internal) RETURNS recon_series
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_series_receive';
CREATE FUNCTION recon_series_send(recon_series) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_series_send';

CREATE TYPE recon_series (
    INPUT = recon_series_in, OUTPUT = recon_series_out,
    RECEIVE = recon_series_recv, SEND = recon_series_send,
    STORAGE = extended
);
COMMENT ON TYPE recon_series IS
    'One key''s dated rows in the order in which they are judged; made by the aggregate recon_series(at, x).';
COMMENT ON FUNCTION recon_series_in(cstring) IS 'Reads a recon_series from text; refuses bytes that are not one.';
COMMENT ON FUNCTION recon_series_out(recon_series) IS 'Text form of a recon_series, for dumps.';
COMMENT ON FUNCTION recon_series_recv(internal) IS 'Reads a recon_series in binary; refuses bytes that are not one.';
COMMENT ON FUNCTION recon_series_send(recon_series) IS 'Binary form of a recon_series.';

CREATE FUNCTION recon.key_series_transition(internal, date, boolean, boolean, boolean, integer, VARIADIC "any")
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_series_transition';
CREATE FUNCTION recon.series_transition(internal, date, double precision)
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_series_transition';
CREATE FUNCTION recon.key_series_combine(internal, internal)
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_series_combine';
CREATE FUNCTION recon.key_series_serialize(internal)
    RETURNS bytea LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_series_serialize';
CREATE FUNCTION recon.key_series_deserialize(bytea, internal)
    RETURNS internal LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_series_deserialize';
CREATE FUNCTION recon.key_series_final(internal)
    RETURNS recon_series LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_series_final';
COMMENT ON FUNCTION recon.key_series_transition(internal, date, boolean, boolean, boolean, integer, VARIADIC "any") IS
    'Adds one row to the state of recon.key_series.';
COMMENT ON FUNCTION recon.series_transition(internal, date, double precision) IS
    'Adds one row to the state of recon_series.';
COMMENT ON FUNCTION recon.key_series_combine(internal, internal) IS
    'Joins the states of two parallel workers or partitions.';
COMMENT ON FUNCTION recon.key_series_serialize(internal) IS 'State to bytes, for parallel plans.';
COMMENT ON FUNCTION recon.key_series_deserialize(bytea, internal) IS 'Bytes to state, for parallel plans.';
COMMENT ON FUNCTION recon.key_series_final(internal) IS 'Sorts the rows of a state and makes a recon_series.';

-- SSPACE tells the planner that states are large, so that it sorts and groups where hashing would
-- not fit into memory: hash aggregation spills new groups, never growing ones.
CREATE AGGREGATE recon.key_series(at date, is_break boolean, is_target boolean, is_mismatch boolean, measures integer, VARIADIC "any") (
    SFUNC = recon.key_series_transition, STYPE = internal, SSPACE = 16384,
    COMBINEFUNC = recon.key_series_combine, SERIALFUNC = recon.key_series_serialize,
    DESERIALFUNC = recon.key_series_deserialize,
    FINALFUNC = recon.key_series_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);
COMMENT ON AGGREGATE recon.key_series(date, boolean, boolean, boolean, integer, VARIADIC "any") IS
    'Rows of one key as one recon_series: the first "measures" values of the list are judged, the others only tell duplicates of one date apart. Rows with a NULL date are left out; a NULL is_break counts as a break; is_mismatch says that a stored difference disagrees with its sides.';

CREATE AGGREGATE recon_series(at date, x double precision) (
    SFUNC = recon.series_transition, STYPE = internal, SSPACE = 16384,
    COMBINEFUNC = recon.key_series_combine, SERIALFUNC = recon.key_series_serialize,
    DESERIALFUNC = recon.key_series_deserialize,
    FINALFUNC = recon.key_series_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);
COMMENT ON AGGREGATE recon_series(date, double precision) IS
    'One key''s history as one compact value, whatever the order of its rows. A NULL x is a missing side; rows with a NULL date are left out. Read it with recon_score_series.';

CREATE FUNCTION recon_score_series(
    series recon_series, from_date date DEFAULT NULL, to_date date DEFAULT NULL, tolerance double precision DEFAULT 0
) RETURNS TABLE (
    at date, occurrence integer, observed double precision, expected double precision,
    lower double precision, upper double precision, direction smallint, score double precision,
    p_value double precision, pattern text, history_n integer, reason text
)
    LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME', 'recon_score_series';
COMMENT ON FUNCTION recon_score_series(recon_series, date, date, double precision) IS
    'Judges every row of one key, or those of from_date to to_date, by the key''s own rows of earlier dates. tolerance is the difference that does not matter, in the unit of the values. One row for each row judged; p_value is NULL where there is nothing to compare with; no row for a NULL series.';
-- Rights on reconciliations.

CREATE FUNCTION recon.level_rank(level text) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN array_position(ARRAY['viewer', 'operator', 'admin'], level);
COMMENT ON FUNCTION recon.level_rank(text) IS 'Order of the levels: viewer 1, operator 2, admin 3.';

CREATE FUNCTION recon.has_access(role_name name, reconciliation_id integer, level text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM recon.reconciliation r
        JOIN pg_catalog.pg_roles owner ON owner.rolname = r.owner
        WHERE r.reconciliation_id = $2 AND pg_has_role($1, owner.oid, 'USAGE')
    ) OR EXISTS (
        SELECT FROM recon.access a
        JOIN pg_catalog.pg_roles granted ON granted.rolname = a.role_name
        WHERE (a.reconciliation_id = $2 OR a.reconciliation_id IS NULL)
          AND recon.level_rank(a.level) >= recon.level_rank($3)
          AND pg_has_role($1, granted.oid, 'USAGE')
    ) OR EXISTS (
        SELECT FROM pg_catalog.pg_namespace n
        WHERE n.nspname = 'recon' AND pg_has_role($1, n.nspowner, 'USAGE')
    )
$$;
COMMENT ON FUNCTION recon.has_access(name, integer, text) IS
    'Whether a role has at least this level on a reconciliation (NULL: on all): as its owner, by recon_grant, or as owner of the extension.';

CREATE FUNCTION recon.visible_to(role_name name) RETURNS SETOF integer
    LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.reconciliation_id FROM recon.reconciliation r
    WHERE recon.has_access($1, r.reconciliation_id, 'viewer')
$$;
COMMENT ON FUNCTION recon.visible_to(name) IS
    'The reconciliations which a role may see; the row-level security of every table of schema recon asks it.';

CREATE FUNCTION recon.require_access(reconciliation_id integer, level text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reconciliation_name text := (SELECT r.reconciliation_name FROM recon.reconciliation r
                                 WHERE r.reconciliation_id = require_access.reconciliation_id);
BEGIN
    IF NOT recon.has_access(recon.caller(), reconciliation_id, level) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = CASE WHEN reconciliation_id IS NULL
                THEN format('permission denied: %s rights are needed', level)
                ELSE format('permission denied for reconciliation "%s"', reconciliation_name) END,
            DETAIL = format('Role "%s" does not have level "%s".', recon.caller(), level),
            HINT = format('An administrator can give it: SELECT recon_grant(%L, %L%s).', recon.caller(), level,
                          ', ' || quote_literal(reconciliation_name));
    END IF;
END
$$;
COMMENT ON FUNCTION recon.require_access(integer, text) IS
    'Raises insufficient_privilege unless the caller has at least this level on a reconciliation (NULL: on all).';

CREATE FUNCTION recon.find_reconciliation(name text, level text) RETURNS recon.reconciliation
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_row recon.reconciliation;
    known text;
BEGIN
    SELECT r.* INTO found_row FROM recon.reconciliation r
    WHERE r.reconciliation_name = find_reconciliation.name;
    -- What a caller may not see does not exist for him.
    IF found_row.reconciliation_id IS NULL
       OR NOT recon.has_access(recon.caller(), found_row.reconciliation_id, 'viewer') THEN
        SELECT string_agg(format('"%s"', r.reconciliation_name), ', ' ORDER BY r.reconciliation_name) INTO known
        FROM recon.reconciliation r WHERE recon.has_access(recon.caller(), r.reconciliation_id, 'viewer');
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = format('reconciliation "%s" does not exist', name),
            DETAIL = CASE WHEN known IS NULL THEN 'No reconciliation is defined that you may see.'
                          ELSE format('You may see: %s.', known) END,
            HINT = 'Define it with recon_create(name, source => ''table'').';
    END IF;
    PERFORM recon.require_access(found_row.reconciliation_id, level);
    RETURN found_row;
END
$$;
COMMENT ON FUNCTION recon.find_reconciliation(text, text) IS
    'The reconciliation of a name, if the caller has at least this level on it.';

CREATE FUNCTION recon_grant(role_name name, level text, reconciliation text DEFAULT NULL) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_grant(name, text, text) IS
    'Gives a role the level viewer (sees), operator (judges and answers) or admin (defines) on one reconciliation, or on all where none is named. To be asked by an administrator of the same scope. Returns a sentence.';

CREATE FUNCTION recon_revoke(role_name name, reconciliation text DEFAULT NULL) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_revoke(name, text) IS
    'Takes back what recon_grant gave on one reconciliation, or on all where none is named. Returns a sentence.';

-- What a role itself must be able to call: row-level security asks it, or scans of a source that run
-- as the role contain it. None of these reads or writes anything its caller could not.
CREATE FUNCTION recon.reader_functions() RETURNS oid[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT array_agg(p.oid) FROM pg_proc p
    WHERE p.pronamespace = 'recon'::regnamespace
      AND p.proname IN ('visible_to', 'key_series', 'parse_date', 'suggest_definition')
$$;
COMMENT ON FUNCTION recon.reader_functions() IS
    'The functions of schema recon that recon_grant opens, beside the surface.';

CREATE FUNCTION recon.recon_grant(role_name name, level text, reconciliation text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    id integer;
    surface record;
BEGIN
    IF level IS NULL OR recon.level_rank(level) IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('level "%s" does not exist', coalesce(level, 'NULL')),
            HINT = 'Use one of viewer, operator, admin.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('role "%s" does not exist', coalesce(role_name, 'NULL'));
    END IF;
    IF reconciliation IS NOT NULL THEN
        id := (recon.find_reconciliation(reconciliation, 'admin')).reconciliation_id;
    ELSE
        PERFORM recon.require_access(NULL, 'admin');
    END IF;

    INSERT INTO recon.access (role_name, level, reconciliation_id, granted_by)
    VALUES (recon_grant.role_name, recon_grant.level, id, recon.caller())
    ON CONFLICT ON CONSTRAINT access_role_name_reconciliation_id_key
    DO UPDATE SET level = excluded.level, granted_by = excluded.granted_by, granted_at = now();

    -- The surface checks the level itself; what is granted here is only the way in.
    EXECUTE format('GRANT USAGE ON SCHEMA recon TO %I', role_name);
    FOR surface IN
        SELECT p.oid::regprocedure AS signature, p.prokind
        FROM pg_proc p
        JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
        JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
        WHERE p.pronamespace = e.extnamespace OR p.oid = ANY (recon.reader_functions())
    LOOP
        EXECUTE format('GRANT EXECUTE ON %s %s TO %I',
                       CASE surface.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
                       surface.signature, role_name);
    END LOOP;
    FOR surface IN
        SELECT c.oid::regclass AS relation
        FROM pg_class c
        JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
        JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
        WHERE c.relkind IN ('r', 'p', 'v')
    LOOP
        EXECUTE format('GRANT SELECT ON %s TO %I', surface.relation, role_name);
    END LOOP;
    RETURN format('%s is %s of %s', role_name, level,
                  CASE WHEN reconciliation IS NULL THEN 'all reconciliations'
                       ELSE format('reconciliation "%s"', reconciliation) END);
END
$$;
COMMENT ON FUNCTION recon.recon_grant(name, text, text) IS 'Implementation of recon_grant.';

CREATE FUNCTION recon.recon_revoke(role_name name, reconciliation text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    id integer;
BEGIN
    IF reconciliation IS NOT NULL THEN
        id := (recon.find_reconciliation(reconciliation, 'admin')).reconciliation_id;
    ELSE
        PERFORM recon.require_access(NULL, 'admin');
    END IF;
    DELETE FROM recon.access a
    WHERE a.role_name = recon_revoke.role_name AND a.reconciliation_id IS NOT DISTINCT FROM id;
    RETURN CASE WHEN FOUND THEN format('%s has no longer a right on %s', role_name,
                    CASE WHEN reconciliation IS NULL THEN 'all reconciliations'
                         ELSE format('reconciliation "%s"', reconciliation) END)
                ELSE format('%s had no such right', role_name) END;
END
$$;
COMMENT ON FUNCTION recon.recon_revoke(name, text) IS 'Implementation of recon_revoke.';

ALTER TABLE recon.reconciliation ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.reconciliation FOR SELECT
    USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));
ALTER TABLE recon.access ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.access FOR SELECT
    USING (EXISTS (SELECT FROM pg_catalog.pg_roles r
                   WHERE r.rolname = role_name AND pg_catalog.pg_has_role(current_user, r.oid, 'USAGE')));
-- Defining reconciliations.

CREATE FUNCTION recon_create(
    name text, source text,
    key_columns text[] DEFAULT NULL, criteria_columns text[] DEFAULT NULL, derived_columns text[] DEFAULT NULL,
    date_column text DEFAULT NULL, comment_column text DEFAULT NULL, currency_column text DEFAULT NULL,
    loaded_at_column text DEFAULT NULL, break_when text DEFAULT NULL,
    tolerance numeric DEFAULT NULL, relative_tolerance numeric DEFAULT NULL, pool_by text[] DEFAULT NULL,
    strategy text DEFAULT NULL, time_zone text DEFAULT NULL, minimum_amount numeric DEFAULT NULL,
    date_format text DEFAULT NULL, description text DEFAULT NULL
) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_create(text, text, text[], text[], text[], text, text, text, text, text, numeric, numeric, text[], text, text, numeric, text, text) IS
$$Defines a reconciliation over a table, view or foreign table. What is not given is guessed from the data (see recon_suggest).
key_columns identify what is compared; criteria_columns are the two sides, pair after pair; derived_columns are stored differences, each judged as a measure (without them the differences of the pairs are).
break_when is a condition over the source's columns; without it a row is a break where a measure exceeds the tolerance (absolute) and relative_tolerance (share of the larger side). A row for which it is unknown is a break too.
pool_by names key columns that make groups of peers; minimum_amount is the materiality floor; date_format is the to_date format of a date kept as text. The caller becomes the owner: reads of the source run as the owner.
Returns one sentence. Errors: 42P01 no such relation, 42703 no such column, 22023 a wrong value, 42710 the name is taken.$$;

CREATE FUNCTION recon_alter(
    name text, source text DEFAULT NULL,
    key_columns text[] DEFAULT NULL, criteria_columns text[] DEFAULT NULL, derived_columns text[] DEFAULT NULL,
    date_column text DEFAULT NULL, comment_column text DEFAULT NULL, currency_column text DEFAULT NULL,
    loaded_at_column text DEFAULT NULL, break_when text DEFAULT NULL,
    tolerance numeric DEFAULT NULL, relative_tolerance numeric DEFAULT NULL, pool_by text[] DEFAULT NULL,
    strategy text DEFAULT NULL, time_zone text DEFAULT NULL, minimum_amount numeric DEFAULT NULL,
    date_format text DEFAULT NULL, description text DEFAULT NULL,
    new_name text DEFAULT NULL, owner name DEFAULT NULL, is_active boolean DEFAULT NULL
) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_alter(text, text, text[], text[], text[], text, text, text, text, text, numeric, numeric, text[], text, text, numeric, text, text, text, name, boolean) IS
$$Changes what is named and keeps the rest; arguments as in recon_create. An empty text or array removes an optional column. What changes where the source is read or which expressions run (source, columns, break_when) is for the owner alone, because it runs with the owner's rights. A new owner must be a role the caller is a member of. Returns one sentence.$$;

CREATE FUNCTION recon_drop(name text, if_exists boolean DEFAULT false) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_drop(text, boolean) IS
    'Drops a reconciliation with its runs, breaks and verdicts. Only its owner or an administrator may. Returns one sentence.';

CREATE FUNCTION recon_export_definition(name text) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_export_definition(text) IS
    'The definition of a reconciliation as one jsonb value, to be carried to another database and read by recon_import_definition. Holds no data and no owner.';

CREATE FUNCTION recon_import_definition(definition jsonb, name text DEFAULT NULL, source text DEFAULT NULL) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_import_definition(jsonb, text, text) IS
    'Defines the reconciliation of an exported definition, under another name or over another source where these are given; replaces the definition of a reconciliation of that name which the caller owns. Returns one sentence.';

-- The columns of a relation that matter here, by name.
CREATE FUNCTION recon.column_type(relation regclass, column_name text) RETURNS regtype
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END::regtype
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = relation AND a.attname = column_name AND a.attnum > 0 AND NOT a.attisdropped
$$;
COMMENT ON FUNCTION recon.column_type(regclass, text) IS 'Type of a column, of its base type for a domain; NULL where there is no such column.';

CREATE FUNCTION recon.is_number(type regtype) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN type IN ('numeric'::regtype, 'float8'::regtype, 'float4'::regtype, 'int2'::regtype, 'int4'::regtype, 'int8'::regtype);
COMMENT ON FUNCTION recon.is_number(regtype) IS 'Whether values of a type can be a measure.';

CREATE FUNCTION recon.require_columns(relation regclass, columns text[], what text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted text;
    present text;
BEGIN
    FOREACH wanted IN ARRAY coalesce(columns, '{}') LOOP
        IF recon.column_type(relation, wanted) IS NULL THEN
            SELECT string_agg(a.attname, ', ' ORDER BY a.attnum) INTO present
            FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped;
            RAISE EXCEPTION USING
                ERRCODE = 'undefined_column',
                MESSAGE = format('column "%s" named in %s does not exist in %s', wanted, what, relation),
                DETAIL = format('Its columns are: %s.', present),
                HINT = 'Names are compared exactly as they are stored, upper and lower case included.';
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION recon.require_columns(regclass, text[], text) IS
    'Raises undefined_column, with the columns there are, unless the relation has all of these.';

-- A tolerance which the break rule itself states: abs("column") > number, as it is deparsed.
CREATE FUNCTION recon.tolerance_in(condition text, expression text) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT (regexp_match(condition, format('abs\(\(?%s\)?\) >=? \(*''?([0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?)',
                regexp_replace(expression, '([.^$*+?()\[\]{}\\|])', '\\\1', 'g'))))[1]::numeric
$$;
COMMENT ON FUNCTION recon.tolerance_in(text, text) IS
    'The number n where a break rule says abs(expression) > n; NULL where it does not.';

CREATE FUNCTION recon.measures_of(relation regclass, d recon.reconciliation) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    measures jsonb := '[]';
    a text;
    b text;
    a_type regtype;
    b_type regtype;
    derived text;
BEGIN
    FOREACH derived IN ARRAY d.derived_columns LOOP
        IF NOT recon.is_number(recon.column_type(relation, derived)) THEN
            RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
                MESSAGE = format('derived column "%s" is not a number', derived),
                DETAIL = format('Its type is %s.', recon.column_type(relation, derived)),
                HINT = 'Convert it in a view and use the view as the source.';
        END IF;
        measures := measures || jsonb_build_object('name', derived, 'expression', format('%I', derived));
    END LOOP;
    IF jsonb_array_length(measures) > 0 THEN
        RETURN measures;
    END IF;
    IF cardinality(d.criteria_columns) = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'nothing to compare: neither criteria columns nor derived columns are known',
            DETAIL = format('The source is %s.', relation),
            HINT = 'Name the two sides in criteria_columns, or a stored difference in derived_columns.';
    END IF;
    IF cardinality(d.criteria_columns) % 2 = 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'criteria_columns must hold pairs: the same value on one side and on the other',
            DETAIL = format('%s columns are named.', cardinality(d.criteria_columns));
    END IF;
    FOR i IN 1 .. cardinality(d.criteria_columns) BY 2 LOOP
        a := d.criteria_columns[i];
        b := d.criteria_columns[i + 1];
        a_type := recon.column_type(relation, a);
        b_type := recon.column_type(relation, b);
        IF recon.is_number(a_type) AND recon.is_number(b_type) THEN
            measures := measures || jsonb_build_object('name', format('%s - %s', a, b),
                'expression', format('(%I - %I)', a, b), 'a', a, 'b', b);
        ELSE
            measures := measures || jsonb_build_object('name', format('%s <> %s', a, b),
                'expression', format('(CASE WHEN %1$I IS NULL AND %2$I IS NULL THEN 0 ELSE (%1$I::text <> %2$I::text)::integer END)', a, b),
                'tolerance', 0);
        END IF;
    END LOOP;
    RETURN measures;
END
$$;
COMMENT ON FUNCTION recon.measures_of(regclass, recon.reconciliation) IS
    'What is judged: the derived columns, or else the differences of the criteria pairs (for pairs that are not numbers: 1 where they differ).';

CREATE FUNCTION recon.require_amount(amount numeric, what text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF amount < 0 OR amount IN ('NaN', 'Infinity') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s must be zero or a positive number', what),
            DETAIL = format('It is %s.', amount);
    END IF;
END
$$;
COMMENT ON FUNCTION recon.require_amount(numeric, text) IS
    'Raises invalid_parameter_value for a negative or infinite amount, or one that is not a number.';

-- Fills in measures and break condition of a definition whose columns are all named, and checks it.
CREATE FUNCTION recon.complete_definition(relation regclass, d recon.reconciliation) RETURNS recon.reconciliation
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    date_type regtype;
    measure jsonb;
    parts text[] := '{}';
    completed jsonb := '[]';
    threshold text;
BEGIN
    PERFORM recon.require_columns(relation, d.key_columns, 'key_columns');
    PERFORM recon.require_columns(relation, d.criteria_columns, 'criteria_columns');
    PERFORM recon.require_columns(relation, d.derived_columns, 'derived_columns');
    PERFORM recon.require_columns(relation, array_remove(ARRAY[d.date_column], NULL), 'date_column');
    PERFORM recon.require_columns(relation, array_remove(ARRAY[d.comment_column], NULL), 'comment_column');
    PERFORM recon.require_columns(relation, array_remove(ARRAY[d.currency_column], NULL), 'currency_column');
    PERFORM recon.require_columns(relation, array_remove(ARRAY[d.loaded_at_column], NULL), 'loaded_at_column');
    IF cardinality(d.key_columns) = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'a reconciliation needs at least one key column',
            HINT = 'Key columns identify what is compared; look at recon_suggest(''' || relation || ''').';
    END IF;
    IF NOT d.pool_by <@ d.key_columns THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'pool_by must name key columns',
            DETAIL = format('Key columns are %s; pool_by is %s.', d.key_columns, d.pool_by);
    END IF;

    IF d.date_column IS NOT NULL THEN
        date_type := recon.column_type(relation, d.date_column);
        IF date_type IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype) THEN
            IF d.date_format IS NULL THEN
                RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                    MESSAGE = format('date column "%s" is text and its format is not known', d.date_column),
                    HINT = 'Give it as date_format, for example ''DD-MM-YYYY''.';
            END IF;
        ELSIF date_type NOT IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) THEN
            RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
                MESSAGE = format('date column "%s" has type %s', d.date_column, date_type),
                HINT = 'A date column is a date, a timestamp, or text with a date_format.';
        END IF;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_timezone_names z WHERE z.name = d.time_zone) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('time zone "%s" does not exist', d.time_zone),
            HINT = 'See pg_timezone_names for what exists, such as ''Europe/London''.';
    END IF;
    PERFORM recon.current_strategy(d.strategy);
    PERFORM recon.require_amount(d.tolerance, 'tolerance');
    PERFORM recon.require_amount(d.relative_tolerance, 'relative_tolerance');
    PERFORM recon.require_amount(d.minimum_amount, 'minimum_amount');

    d.measures := recon.measures_of(relation, d);
    IF jsonb_array_length(d.measures) > 16 THEN
        RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded',
            MESSAGE = 'a reconciliation has at most 16 measures',
            DETAIL = format('%s follow from its columns.', jsonb_array_length(d.measures));
    END IF;

    IF d.break_when IS NOT NULL THEN
        d.break_condition := recon.check_expression(relation, d.break_when, 'break_when', d.owner);
    END IF;
    FOR measure IN SELECT * FROM jsonb_array_elements(d.measures) LOOP
        IF NOT measure ? 'tolerance' THEN
            measure := measure || jsonb_build_object('tolerance', coalesce(d.tolerance,
                recon.tolerance_in(d.break_condition, measure->>'expression'), 0));
        END IF;
        completed := completed || measure;
        threshold := format('%L::numeric', (measure->>'tolerance')::numeric);
        IF coalesce(d.relative_tolerance, 0) > 0 THEN
            IF measure ? 'a' THEN
                threshold := format('greatest(%s, %L::numeric * greatest(abs(%I), abs(%I))::numeric)',
                    threshold, d.relative_tolerance, measure->>'a', measure->>'b');
            ELSIF cardinality(d.criteria_columns) >= 2 * jsonb_array_length(completed) THEN
                threshold := format('greatest(%s, %L::numeric * greatest(abs(%I), abs(%I))::numeric)',
                    threshold, d.relative_tolerance,
                    d.criteria_columns[2 * jsonb_array_length(completed) - 1],
                    d.criteria_columns[2 * jsonb_array_length(completed)]);
            ELSE
                RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                    MESSAGE = 'a relative tolerance needs the two sides of every measure',
                    DETAIL = format('Measure "%s" has none.', measure->>'name'),
                    HINT = 'Name them in criteria_columns, pair after pair, in the order of the derived columns.';
            END IF;
        END IF;
        parts := parts || format('abs(%s) > %s', measure->>'expression', threshold);
    END LOOP;
    d.measures := completed;
    IF d.break_when IS NULL THEN
        d.break_condition := recon.check_expression(relation, array_to_string(parts, ' OR '), 'the tolerance', d.owner);
    END IF;
    RETURN d;
END
$$;
COMMENT ON FUNCTION recon.complete_definition(regclass, recon.reconciliation) IS
    'Checks every column and expression of a definition and derives its measures and break condition.';

CREATE FUNCTION recon.current_strategy(name text) RETURNS recon.strategy
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_row recon.strategy;
BEGIN
    SELECT s.* INTO found_row FROM recon.strategy s
    WHERE s.strategy_name = name AND s.is_active
    ORDER BY s.version DESC LIMIT 1;
    IF found_row.strategy_name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('strategy "%s" does not exist', name),
            DETAIL = format('There are: %s.', (SELECT string_agg(DISTINCT s.strategy_name, ', ') FROM recon.strategy s WHERE s.is_active)),
            HINT = 'Use conservative, balanced or sensitive.';
    END IF;
    RETURN found_row;
END
$$;
COMMENT ON FUNCTION recon.current_strategy(text) IS 'The newest active version of a strategy.';

-- Resolves and permission-checks the name of a source for the caller.
CREATE FUNCTION recon.require_relation(relation text, reader name) RETURNS regclass
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    id regclass;
BEGIN
    IF relation IS NULL OR relation = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'no source relation was given',
            HINT = 'Name a table, view or foreign table.';
    END IF;
    id := recon.resolve_relation(relation);
    IF id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table',
            MESSAGE = format('relation "%s" does not exist', relation),
            HINT = 'Qualify the name with its schema, or put the schema into search_path.';
    END IF;
    IF (SELECT c.relkind FROM pg_class c WHERE c.oid = id) NOT IN ('r', 'p', 'v', 'm', 'f') THEN
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
            MESSAGE = format('"%s" is not a table, view or foreign table', relation);
    END IF;
    IF NOT has_table_privilege(reader, id, 'SELECT') AND NOT has_any_column_privilege(reader, id, 'SELECT') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('permission denied for relation %s', id),
            DETAIL = format('The source is read as role "%s".', reader);
    END IF;
    RETURN id;
END
$$;
COMMENT ON FUNCTION recon.require_relation(text, name) IS
    'The relation of a name by the caller''s search_path, if it can be a source and the reader may select from it.';

-- A definition outlives the session.
CREATE FUNCTION recon.require_lasting(relation regclass) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (SELECT c.relpersistence = 't' FROM pg_class c WHERE c.oid = relation) THEN
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
            MESSAGE = format('the source of a reconciliation must not be temporary, as %s is', relation),
            HINT = format('To judge it without a definition: SELECT * FROM recon_detect(history => %L).', relation::text);
    END IF;
END
$$;
COMMENT ON FUNCTION recon.require_lasting(regclass) IS 'Raises wrong_object_type for a temporary relation.';

CREATE FUNCTION recon.qualified_name(relation regclass) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('%I.%I', n.nspname, c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation
$$;
COMMENT ON FUNCTION recon.qualified_name(regclass) IS 'Schema and name of a relation, quoted.';

-- What is not given is taken from recon_suggest's whole-definition answer, which runs as the reader.
CREATE FUNCTION recon.guess_missing(relation regclass, d recon.reconciliation, reader name) RETURNS recon.reconciliation
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    guess jsonb;
BEGIN
    IF d.key_columns IS NOT NULL AND (d.criteria_columns IS NOT NULL OR d.derived_columns IS NOT NULL)
       AND d.date_column IS NOT NULL
       AND (d.date_column = '' OR d.date_format IS NOT NULL OR recon.column_type(relation, d.date_column) NOT IN ('text'::regtype, 'varchar'::regtype))
       AND (d.break_when IS NOT NULL OR d.tolerance IS NOT NULL OR d.relative_tolerance IS NOT NULL) THEN
        d.criteria_columns := coalesce(d.criteria_columns, '{}');
        d.derived_columns := coalesce(d.derived_columns, '{}');
        RETURN d;
    END IF;
    guess := recon.text_as(reader, format('SELECT recon.suggest_definition(%L::regclass)', recon.qualified_name(relation)))::jsonb;
    d.key_columns := coalesce(d.key_columns, ARRAY(SELECT jsonb_array_elements_text(guess->'key_columns')));
    IF d.criteria_columns IS NULL AND d.derived_columns IS NULL THEN
        d.criteria_columns := ARRAY(SELECT jsonb_array_elements_text(guess->'criteria_columns'));
        d.derived_columns := ARRAY(SELECT jsonb_array_elements_text(guess->'derived_columns'));
    END IF;
    d.criteria_columns := coalesce(d.criteria_columns, '{}');
    d.derived_columns := coalesce(d.derived_columns, '{}');
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

CREATE FUNCTION recon.describe_definition(d recon.reconciliation) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('reconciliation "%s": %s %s judged for each %s%s; a row is a break where %s',
        d.reconciliation_name,
        (SELECT string_agg(m->>'name', ', ') FROM jsonb_array_elements(d.measures) m),
        CASE jsonb_array_length(d.measures) WHEN 1 THEN 'is' ELSE 'are' END,
        array_to_string(d.key_columns, ', '),
        CASE WHEN d.date_column IS NULL THEN '' ELSE format(' over %s', d.date_column) END,
        coalesce(btrim(d.break_when, E' \n\t'), format('%s is more than %s%s away from zero',
            CASE jsonb_array_length(d.measures) WHEN 1 THEN 'it' ELSE 'one of them' END, coalesce(d.tolerance, 0),
            CASE WHEN d.relative_tolerance > 0
                 THEN format(', and more than %s percent of the larger side,', trim_scale(d.relative_tolerance * 100)) ELSE '' END)))
$$;
COMMENT ON FUNCTION recon.describe_definition(recon.reconciliation) IS 'A definition in one sentence.';

CREATE FUNCTION recon.recon_create(
    name text, source text, key_columns text[], criteria_columns text[], derived_columns text[],
    date_column text, comment_column text, currency_column text, loaded_at_column text, break_when text,
    tolerance numeric, relative_tolerance numeric, pool_by text[], strategy text, time_zone text,
    minimum_amount numeric, date_format text, description text
) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation;
    relation regclass;
BEGIN
    IF name IS NULL OR btrim(name) = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a reconciliation needs a name';
    END IF;
    IF EXISTS (SELECT FROM recon.reconciliation r WHERE r.reconciliation_name = name) THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
            MESSAGE = format('reconciliation "%s" already exists', name),
            HINT = 'Change it with recon_alter, or drop it with recon_drop.';
    END IF;
    -- Only who may define at all gets here: EXECUTE is granted by recon_grant.
    PERFORM recon.require_access(NULL, 'admin');
    relation := recon.require_relation(source, recon.caller());
    PERFORM recon.require_lasting(relation);
    d.reconciliation_name := name;
    d.owner := recon.caller();
    d.source := recon.qualified_name(relation);
    d.key_columns := key_columns;
    d.criteria_columns := criteria_columns;
    d.derived_columns := derived_columns;
    d.date_column := date_column;
    d.date_format := date_format;
    d.comment_column := comment_column;
    d.currency_column := currency_column;
    d.loaded_at_column := loaded_at_column;
    d.pool_by := coalesce(pool_by, '{}');
    d.break_when := break_when;
    d.tolerance := tolerance;
    d.relative_tolerance := relative_tolerance;
    d.strategy := coalesce(strategy, 'balanced');
    d.time_zone := coalesce(time_zone, 'UTC');
    d.minimum_amount := minimum_amount;
    d.description := coalesce(description, '');
    d := recon.guess_missing(relation, d, recon.caller());
    -- As in recon_alter, an empty text says that there is no such column.
    d.date_column := nullif(d.date_column, '');
    d.comment_column := nullif(d.comment_column, '');
    d.currency_column := nullif(d.currency_column, '');
    d.loaded_at_column := nullif(d.loaded_at_column, '');
    d := recon.complete_definition(relation, d);
    d.reconciliation_id := nextval('recon.reconciliation_reconciliation_id_seq');
    d.is_active := true;
    d.created_at := now();
    d.updated_at := now();
    INSERT INTO recon.reconciliation SELECT d.*;
    RETURN recon.describe_definition(d);
END
$$;
COMMENT ON FUNCTION recon.recon_create(text, text, text[], text[], text[], text, text, text, text, text, numeric, numeric, text[], text, text, numeric, text, text) IS 'Implementation of recon_create.';

CREATE FUNCTION recon.require_ownership(d recon.reconciliation, what text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles o WHERE o.rolname = d.owner AND pg_has_role(recon.caller(), o.oid, 'USAGE')) THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('must be owner of reconciliation "%s" to change %s', d.reconciliation_name, what),
            DETAIL = format('It runs with the rights of its owner, "%s".', d.owner),
            HINT = 'Ask the owner, or define a reconciliation of your own over the same source.';
    END IF;
END
$$;
COMMENT ON FUNCTION recon.require_ownership(recon.reconciliation, text) IS
    'Raises insufficient_privilege unless the caller is the owner: what runs as the owner is the owner''s to write.';

-- From PostgreSQL 16 on a member of a role may have been denied to become it.
CREATE FUNCTION recon.privilege_to_become() RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    RETURN CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END;
COMMENT ON FUNCTION recon.privilege_to_become() IS 'The privilege, as pg_has_role knows it, to become another role.';

CREATE FUNCTION recon.recon_alter(
    name text, source text, key_columns text[], criteria_columns text[], derived_columns text[],
    date_column text, comment_column text, currency_column text, loaded_at_column text, break_when text,
    tolerance numeric, relative_tolerance numeric, pool_by text[], strategy text, time_zone text,
    minimum_amount numeric, date_format text, description text, new_name text, owner name, is_active boolean
) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.find_reconciliation(name, 'admin');
    relation regclass;
BEGIN
    IF num_nonnulls(source, key_columns, criteria_columns, derived_columns, date_column, comment_column,
                    currency_column, loaded_at_column, break_when, date_format) > 0 THEN
        PERFORM recon.require_ownership(d, 'its source, columns or break rule');
    END IF;
    IF source IS NOT NULL THEN
        d.source := recon.qualified_name(recon.require_relation(source, d.owner));
    END IF;
    d.key_columns := coalesce(key_columns, d.key_columns);
    d.criteria_columns := coalesce(criteria_columns, d.criteria_columns);
    d.derived_columns := coalesce(derived_columns, d.derived_columns);
    d.date_column := nullif(coalesce(date_column, d.date_column), '');
    d.date_format := nullif(coalesce(date_format, d.date_format), '');
    d.comment_column := nullif(coalesce(comment_column, d.comment_column), '');
    d.currency_column := nullif(coalesce(currency_column, d.currency_column), '');
    d.loaded_at_column := nullif(coalesce(loaded_at_column, d.loaded_at_column), '');
    d.break_when := nullif(coalesce(break_when, d.break_when), '');
    d.tolerance := coalesce(tolerance, d.tolerance);
    d.relative_tolerance := coalesce(relative_tolerance, d.relative_tolerance);
    d.pool_by := coalesce(pool_by, d.pool_by);
    d.strategy := coalesce(strategy, d.strategy);
    d.time_zone := coalesce(time_zone, d.time_zone);
    d.minimum_amount := coalesce(minimum_amount, d.minimum_amount);
    d.description := coalesce(description, d.description);
    d.is_active := coalesce(is_active, d.is_active);
    IF new_name IS NOT NULL AND new_name <> d.reconciliation_name THEN
        IF EXISTS (SELECT FROM recon.reconciliation r WHERE r.reconciliation_name = new_name) THEN
            RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
                MESSAGE = format('reconciliation "%s" already exists', new_name);
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
    relation := recon.require_relation(d.source, d.owner);
    PERFORM recon.require_lasting(relation);
    d := recon.complete_definition(relation, d);
    d.updated_at := now();
    UPDATE recon.reconciliation r SET
        (reconciliation_name, owner, source, key_columns, criteria_columns, derived_columns, date_column, date_format,
         comment_column, currency_column, loaded_at_column, pool_by, break_when, tolerance, relative_tolerance,
         strategy, time_zone, minimum_amount, break_condition, measures, description, is_active, updated_at) =
        (d.reconciliation_name, d.owner, d.source, d.key_columns, d.criteria_columns, d.derived_columns, d.date_column, d.date_format,
         d.comment_column, d.currency_column, d.loaded_at_column, d.pool_by, d.break_when, d.tolerance, d.relative_tolerance,
         d.strategy, d.time_zone, d.minimum_amount, d.break_condition, d.measures, d.description, d.is_active, d.updated_at)
    WHERE r.reconciliation_id = d.reconciliation_id;
    RETURN recon.describe_definition(d);
END
$$;
COMMENT ON FUNCTION recon.recon_alter(text, text, text[], text[], text[], text, text, text, text, text, numeric, numeric, text[], text, text, numeric, text, text, text, name, boolean) IS 'Implementation of recon_alter.';

CREATE FUNCTION recon.recon_export_definition(name text) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.find_reconciliation(name, 'viewer');
BEGIN
    RETURN jsonb_strip_nulls(to_jsonb(d)
        - '{reconciliation_id,owner,break_condition,measures,created_at,updated_at,is_active}'::text[])
        || '{"format": 1}';
END
$$;
COMMENT ON FUNCTION recon.recon_export_definition(text) IS 'Implementation of recon_export_definition.';

CREATE FUNCTION recon.recon_import_definition(definition jsonb, name text, source text) RETURNS text
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
        'tolerance', 'relative_tolerance', 'strategy', 'time_zone', 'minimum_amount', 'description');
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'the definition has fields that are not known here',
            DETAIL = format('Unknown: %s.', unknown);
    END IF;
    target_name := coalesce(name, definition->>'reconciliation_name');
    SELECT r.* INTO existing FROM recon.reconciliation r WHERE r.reconciliation_name = target_name;
    IF existing.reconciliation_id IS NULL THEN
        PERFORM recon.require_access(NULL, 'admin');
        existing.owner := recon.caller();
    ELSE
        PERFORM recon.require_ownership(existing, 'its definition');
    END IF;
    d := jsonb_populate_record(NULL::recon.reconciliation, definition - 'format');
    d.reconciliation_name := target_name;
    relation := recon.require_relation(coalesce(source, d.source), existing.owner);
    PERFORM recon.require_lasting(relation);
    d.source := recon.qualified_name(relation);
    d.owner := existing.owner;
    d.pool_by := coalesce(d.pool_by, '{}');
    d.strategy := coalesce(d.strategy, 'balanced');
    d.time_zone := coalesce(d.time_zone, 'UTC');
    d.description := coalesce(d.description, '');
    d.criteria_columns := coalesce(d.criteria_columns, '{}');
    d.derived_columns := coalesce(d.derived_columns, '{}');
    d := recon.complete_definition(relation, d);
    d.reconciliation_id := coalesce(existing.reconciliation_id, nextval('recon.reconciliation_reconciliation_id_seq'));
    d.is_active := true;
    d.created_at := coalesce(existing.created_at, now());
    d.updated_at := now();
    INSERT INTO recon.reconciliation SELECT d.*
    ON CONFLICT (reconciliation_id) DO UPDATE SET
        (source, key_columns, criteria_columns, derived_columns, date_column, date_format,
         comment_column, currency_column, loaded_at_column, pool_by, break_when, tolerance, relative_tolerance,
         strategy, time_zone, minimum_amount, break_condition, measures, description, updated_at) =
        (excluded.source, excluded.key_columns, excluded.criteria_columns, excluded.derived_columns, excluded.date_column, excluded.date_format,
         excluded.comment_column, excluded.currency_column, excluded.loaded_at_column, excluded.pool_by, excluded.break_when, excluded.tolerance, excluded.relative_tolerance,
         excluded.strategy, excluded.time_zone, excluded.minimum_amount, excluded.break_condition, excluded.measures, excluded.description, excluded.updated_at);
    RETURN recon.describe_definition(d);
END
$$;
COMMENT ON FUNCTION recon.recon_import_definition(jsonb, text, text) IS 'Implementation of recon_import_definition.';
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
-- What detection writes: runs, breaks with their current verdict, scores, and how verdicts changed.

CREATE TABLE recon.run (
    run_id              bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    reconciliation_id   integer NOT NULL,
    status              text NOT NULL CHECK (status IN ('running', 'succeeded', 'failed')),
    strategy            jsonb NOT NULL,
    from_date           date,
    to_date             date,
    as_of               timestamptz,
    rows_read           bigint NOT NULL DEFAULT 0,
    rows_without_date   bigint NOT NULL DEFAULT 0,
    rows_judged         bigint NOT NULL DEFAULT 0,
    keys_read           bigint NOT NULL DEFAULT 0,
    keys_absent         bigint NOT NULL DEFAULT 0,
    breaks              bigint NOT NULL DEFAULT 0,
    anomalies           bigint NOT NULL DEFAULT 0,
    verdicts_changed    bigint NOT NULL DEFAULT 0,
    is_partial          boolean NOT NULL DEFAULT false,
    source_digest       text,
    message             text,
    run_by              name NOT NULL,
    started_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at         timestamptz
);
CREATE INDEX run_by_reconciliation ON recon.run (reconciliation_id, run_id DESC);
COMMENT ON TABLE recon.run IS 'One row for each stored detection: what was read, judged and found, and with which strategy.';
COMMENT ON COLUMN recon.run.strategy IS 'copy of the strategy the run used';
COMMENT ON COLUMN recon.run.rows_judged IS 'rows of the target window, matches included: the family over which the false-discovery rate is controlled';
COMMENT ON COLUMN recon.run.keys_absent IS 'keys of the previous date which are missing on the newest target date';
COMMENT ON COLUMN recon.run.is_partial IS 'a target date had fewer than half of its usual keys: perhaps a feed is late';
COMMENT ON COLUMN recon.run.source_digest IS 'digest of everything that was read, in an order-independent way';
COMMENT ON COLUMN recon.run.message IS 'what the run has to say, or why it failed';

-- Partitioned by month; partitions are made on demand. Indexes are made on each partition and not
-- here: the table belongs to the extension, its partitions are data, and a dump restores both.
CREATE TABLE recon.break (
    break_id            bigint NOT NULL,
    reconciliation_id   integer NOT NULL,
    key_hash            bigint NOT NULL,
    key                 jsonb NOT NULL,
    break_date          date NOT NULL,
    occurrence          integer NOT NULL,
    measure             text NOT NULL,
    observed            numeric,
    expected            numeric,
    lower               numeric,
    upper               numeric,
    direction           smallint NOT NULL,
    score               double precision,
    p_value             double precision,
    q_value             double precision,
    is_anomaly          boolean NOT NULL,
    severity            text NOT NULL,
    pattern             text NOT NULL,
    runner_up           text,
    category            text NOT NULL,
    flags               text[] NOT NULL,
    contributions       jsonb NOT NULL,
    basis               text NOT NULL,
    history_n           integer NOT NULL,
    reason              text NOT NULL,
    recommended_action  text NOT NULL,
    currency            text,
    is_open             boolean NOT NULL DEFAULT true,
    first_run_id        bigint NOT NULL,
    run_id              bigint NOT NULL,
    updated_at          timestamptz NOT NULL DEFAULT now()
) PARTITION BY RANGE (break_date);
COMMENT ON TABLE recon.break IS
    'Every judged break with its current verdict. A break is (reconciliation, key, date, n-th duplicate); its break_id never changes.';
COMMENT ON COLUMN recon.break.key IS 'key columns and their values as canonical text';
COMMENT ON COLUMN recon.break.occurrence IS '1, 2, ... among the rows of the same key and date, in the order of their content';
COMMENT ON COLUMN recon.break.is_open IS 'false once a later run found the row gone or no longer a break';
COMMENT ON COLUMN recon.break.first_run_id IS 'the run that saw the break first';
COMMENT ON COLUMN recon.break.run_id IS 'the run that gave the current verdict';

CREATE SEQUENCE recon.break_id_seq AS bigint CACHE 1;
COMMENT ON SEQUENCE recon.break_id_seq IS 'Numbers breaks.';

CREATE TABLE recon.score (
    break_id            bigint NOT NULL,
    break_date          date NOT NULL,
    reconciliation_id   integer NOT NULL,
    run_id              bigint NOT NULL,
    detector            text NOT NULL,
    ln_p                double precision,
    share               double precision NOT NULL
) PARTITION BY RANGE (break_date);
COMMENT ON TABLE recon.score IS 'What each detector said of each anomaly: natural logarithm of its p-value and its share of the verdict.';

CREATE TABLE recon.verdict_history (
    verdict_id          bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    reconciliation_id   integer NOT NULL,
    break_id            bigint NOT NULL,
    break_date          date NOT NULL,
    run_id              bigint NOT NULL,
    changed_at          timestamptz NOT NULL DEFAULT now(),
    was_anomaly         boolean NOT NULL,
    is_anomaly          boolean NOT NULL,
    was_pattern         text NOT NULL,
    pattern             text NOT NULL,
    was_open            boolean NOT NULL,
    is_open             boolean NOT NULL,
    cause               text NOT NULL
);
CREATE INDEX verdict_history_by_break ON recon.verdict_history (break_id);
COMMENT ON TABLE recon.verdict_history IS
    'Every change of a verdict after the first, with its cause: the row itself changed, the strategy did, the history did, or the row is gone.';

CREATE FUNCTION recon.refuse_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Rows may go with the reconciliation they belong to, never by themselves.
    IF TG_OP = 'DELETE' AND NOT EXISTS
        (SELECT FROM recon.reconciliation r WHERE r.reconciliation_id = OLD.reconciliation_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
        MESSAGE = format('table recon.%s is append-only', TG_TABLE_NAME),
        HINT = 'What happened stays written; add a new row instead.';
END
$$;
COMMENT ON FUNCTION recon.refuse_change() IS 'Trigger of append-only tables: refuses UPDATE and DELETE.';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON recon.verdict_history
    FOR EACH ROW EXECUTE FUNCTION recon.refuse_change();

CREATE FUNCTION recon.forget_reconciliation() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    belonging regclass;
BEGIN
    FOR belonging IN
        SELECT c.oid FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'reconciliation_id' AND NOT a.attisdropped
        WHERE c.relnamespace = 'recon'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND c.oid <> TG_RELID
        ORDER BY c.relname
    LOOP
        EXECUTE format('DELETE FROM %s WHERE reconciliation_id = $1', belonging) USING OLD.reconciliation_id;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION recon.forget_reconciliation() IS
    'Trigger: what belongs to a reconciliation, in every table of schema recon that says so, goes with it.';
CREATE TRIGGER forget AFTER DELETE ON recon.reconciliation
    FOR EACH ROW EXECUTE FUNCTION recon.forget_reconciliation();

SELECT pg_catalog.pg_extension_config_dump('recon.run', '');
SELECT pg_catalog.pg_extension_config_dump('recon.run_run_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('recon.break_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('recon.verdict_history', '');
SELECT pg_catalog.pg_extension_config_dump('recon.verdict_history_verdict_id_seq', '');

-- Makes the monthly partitions which a run is about to write into.
CREATE FUNCTION recon.make_partitions(months date[]) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    month date;
    parent text;
    partition text;
BEGIN
    FOREACH month IN ARRAY months LOOP
        FOREACH parent IN ARRAY ARRAY['break', 'score'] LOOP
            partition := format('%s_%s', parent, to_char(month, 'YYYY_MM'));
            CONTINUE WHEN to_regclass(format('recon.%I', partition)) IS NOT NULL;
            EXECUTE format('CREATE TABLE recon.%I PARTITION OF recon.%I FOR VALUES FROM (%L) TO (%L)',
                           partition, parent, month, (month + interval '1 month')::date);
            EXECUTE format('ALTER TABLE recon.%I ENABLE ROW LEVEL SECURITY', partition);
            IF parent = 'break' THEN
                EXECUTE format('ALTER TABLE recon.%I ADD PRIMARY KEY (break_id)', partition);
                EXECUTE format('CREATE UNIQUE INDEX ON recon.%I (reconciliation_id, break_date, key_hash, occurrence)', partition);
                EXECUTE format('CREATE INDEX ON recon.%I (reconciliation_id, break_date) WHERE is_anomaly AND is_open', partition);
            ELSE
                EXECUTE format('CREATE INDEX ON recon.%I (break_id)', partition);
            END IF;
        END LOOP;
    END LOOP;
END
$$;
COMMENT ON FUNCTION recon.make_partitions(date[]) IS
    'Makes the partitions of recon.break and recon.score for the months that begin on these dates, where missing.';

DO $$
DECLARE
    relation text;
BEGIN
    FOREACH relation IN ARRAY ARRAY['run', 'break', 'score', 'verdict_history'] LOOP
        EXECUTE format('ALTER TABLE recon.%I ENABLE ROW LEVEL SECURITY', relation);
        EXECUTE format('CREATE POLICY visible ON recon.%I FOR SELECT USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))))', relation);
    END LOOP;
END
$$;

CREATE FUNCTION recon.recon_drop(name text, if_exists boolean) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation;
    breaks bigint;
BEGIN
    IF if_exists AND NOT EXISTS (SELECT FROM recon.reconciliation r WHERE r.reconciliation_name = name) THEN
        RETURN format('there is no reconciliation "%s"', name);
    END IF;
    d := recon.find_reconciliation(name, 'admin');
    DELETE FROM recon.break b WHERE b.reconciliation_id = d.reconciliation_id;
    GET DIAGNOSTICS breaks = ROW_COUNT;
    DELETE FROM recon.reconciliation r WHERE r.reconciliation_id = d.reconciliation_id;
    RETURN format('reconciliation "%s" is gone, with %s breaks; its source is untouched', name, breaks);
END
$$;
COMMENT ON FUNCTION recon.recon_drop(text, boolean) IS 'Implementation of recon_drop.';
-- Detection: what to read and how to judge it is decided here, in SQL; reading and judging happen in
-- recon_detect (src/functions/detect.cpp).

CREATE FUNCTION recon_detect(
    name text DEFAULT NULL, history text DEFAULT NULL, target text DEFAULT NULL,
    from_date date DEFAULT NULL, to_date date DEFAULT NULL, strategy text DEFAULT NULL,
    as_of timestamptz DEFAULT NULL, persist boolean DEFAULT true
) RETURNS TABLE (
    break_id bigint, key jsonb, break_date date, measure text,
    observed numeric, expected numeric, lower numeric, upper numeric, direction smallint,
    score double precision, p_value double precision, q_value double precision,
    is_anomaly boolean, severity text, pattern text, category text, flags text[], contributions jsonb,
    basis text, history_n integer, reason text, recommended_action text
)
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 1000 AS 'MODULE_PATHNAME', 'recon_detect';
COMMENT ON FUNCTION recon_detect(text, text, text, date, date, text, timestamptz, boolean) IS
$$Judges the breaks of a reconciliation: one row for each break of the target window, in order of date and key.
name: a reconciliation of recon_create. history and target: relations to compare instead (without a name the columns' roles are guessed and nothing is stored).
from_date, to_date: the target window; by default the dates after the newest one judged, on the first run the newest date. Rows before it are the history.
strategy: conservative, balanced, sensitive or one's own, instead of the reconciliation's. as_of: judge as if it were then (rows loaded later are left out where a loaded_at_column is known).
persist: store the run and its breaks (needs level operator); otherwise, and in a read-only transaction, break_id is NULL for breaks never stored.
score is -log10(p_value); a break is anomalous when its q_value is at most the strategy's alpha, it is material, and its pattern is not quiet. No row is a valid answer.$$;

-- What one call of recon_detect is to do.
CREATE TYPE recon.run_plan AS (
    reconciliation_id   integer,
    reconciliation_name text,
    reader              name,
    scan                text,
    measures            text[],
    tolerances          float8[],
    decimals            integer,
    strategy            jsonb,
    alpha               float8,
    weights             float8[],
    minimum_amount      float8,
    history_rows        integer,
    from_date           date,
    to_date             date,
    newest_judged       date,
    separate_target     boolean,
    persist             boolean,
    advice              text
);
COMMENT ON TYPE recon.run_plan IS 'What one call of recon_detect reads, and how it judges.';

-- Text of the value of a column that does not depend on session settings: scans fix them, but the
-- views of recon_create_view run under those of whoever reads. JSON has dates in ISO 8601.
CREATE FUNCTION recon.canonical_text(relation regclass, column_name text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN type = 'numeric'::regtype THEN format('pg_catalog.trim_scale(%I)::text', column_name)
        WHEN type IN ('date'::regtype, 'timestamp'::regtype)
            THEN format('pg_catalog.to_jsonb(%I) OPERATOR(pg_catalog.#>>) ''{}''', column_name)
        WHEN type = 'timestamptz'::regtype
            THEN format('pg_catalog.to_jsonb(%I AT TIME ZONE ''UTC'') OPERATOR(pg_catalog.#>>) ''{}''', column_name)
        ELSE format('%I::text', column_name) END
    FROM recon.column_type(relation, column_name) AS type
$$;
COMMENT ON FUNCTION recon.canonical_text(regclass, text) IS
    'The expression that renders a key column: trimmed numerics, dates and moments in ISO 8601 and UTC, others as their text.';

CREATE FUNCTION recon.date_expression(relation regclass, d recon.reconciliation) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN d.date_column IS NULL THEN NULL
        ELSE CASE recon.column_type(relation, d.date_column)
            WHEN 'date'::regtype THEN format('%I', d.date_column)
            WHEN 'timestamp'::regtype THEN format('%I::date', d.date_column)
            WHEN 'timestamptz'::regtype THEN format('(%I AT TIME ZONE %L)::date', d.date_column, d.time_zone)
            ELSE format('recon.parse_date(%I, %L)', d.date_column, d.date_format) END END
$$;
COMMENT ON FUNCTION recon.date_expression(regclass, recon.reconciliation) IS
    'The expression that gives a row''s date in the reconciliation''s time zone; NULL where there is no date column.';

-- Derived columns and criteria pairs go together where there are as many of one as of the other.
CREATE FUNCTION recon.mismatch_expression(relation regclass, d recon.reconciliation) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN cardinality(d.derived_columns) > 0
                 AND cardinality(d.criteria_columns) = 2 * cardinality(d.derived_columns)
                 AND (SELECT bool_and(recon.is_number(recon.column_type(relation, c))) FROM unnest(d.criteria_columns) c)
        THEN (SELECT string_agg(format('(abs(%1$I) - abs(%2$I - %3$I)) NOT BETWEEN -%4$L::numeric AND %4$L::numeric',
                         d.derived_columns[i], d.criteria_columns[2 * i - 1], d.criteria_columns[2 * i],
                         coalesce((d.measures->(i::integer - 1)->>'tolerance')::numeric, 0)), ' OR ')
              FROM generate_subscripts(d.derived_columns, 1) i)
        ELSE 'false' END
$$;
COMMENT ON FUNCTION recon.mismatch_expression(regclass, recon.reconciliation) IS
    'The condition under which a stored difference disagrees with its two sides by more than the tolerance, whichever side is subtracted; false where they are not both known.';

-- One scan, grouped by key: each key's rows as a recon_series.
CREATE FUNCTION recon.scan_statement(
    d recon.reconciliation, relation regclass, target regclass, as_of timestamptz, to_date date
) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    needed text[];
    source text;
    is_target text := 'true';
    at text := recon.date_expression(relation, d);
    today date := (coalesce(as_of, now()) AT TIME ZONE d.time_zone)::date;
    filters text[] := '{}';
    keys text;
    key_json text;
    content text[];
BEGIN
    IF target IS NULL THEN
        source := format('%s AS source', recon.qualified_name(relation));
    ELSE
        -- The columns both have, the target's in the types of the history.
        SELECT array_agg(a.attname ORDER BY a.attnum) INTO needed
        FROM pg_attribute a JOIN pg_attribute b ON b.attrelid = target AND b.attname = a.attname
             AND b.attnum > 0 AND NOT b.attisdropped
        WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped;
        is_target := 'recon_is_target';
        WHILE is_target = ANY (needed) LOOP
            is_target := is_target || '_';
        END LOOP;
        source := format('(SELECT %s, false AS %I FROM %s UNION ALL SELECT %s, true FROM %s) AS source',
            (SELECT string_agg(format('%I', c), ', ') FROM unnest(needed) c), is_target, recon.qualified_name(relation),
            (SELECT string_agg(format('%I::%s', c, (SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
                                                    WHERE a.attrelid = relation AND a.attname = c)), ', ')
             FROM unnest(needed) c), recon.qualified_name(target));
    END IF;
    IF at IS NULL THEN
        at := CASE WHEN target IS NULL THEN format('%L::date', today)
                   ELSE format('(CASE WHEN %s THEN %L::date ELSE %L::date END)', is_target, today, today - 1) END;
    END IF;
    IF to_date IS NOT NULL AND d.date_column IS NOT NULL THEN
        filters := filters || format('(%s <= %L OR %1$s IS NULL)', at, to_date);
    END IF;
    IF as_of IS NOT NULL AND d.loaded_at_column IS NOT NULL THEN
        filters := filters || format('%I <= %L::timestamptz', d.loaded_at_column, as_of);
    END IF;
    SELECT string_agg(format('%I', k), ', ' ORDER BY n),
           string_agg(format('%L, %s', k, recon.canonical_text(relation, k)), ', ' ORDER BY n)
    INTO keys, key_json
    -- Amounts of different currencies are never in one history.
    FROM unnest(d.key_columns || CASE WHEN d.currency_column IS NULL OR d.currency_column = ANY (d.key_columns)
                                      THEN '{}'::text[] ELSE ARRAY[d.currency_column] END)
         WITH ORDINALITY AS u(k, n);
    content := ARRAY(SELECT format('%I', c) FROM unnest(d.criteria_columns) c);
    RETURN format(
        'SELECT jsonb_build_object(%s) AS key, %s AS currency, '
        'recon.key_series(%s, %s, %s, %s, %s, %s) AS series, '
        'count(*) AS rows_read, count(*) FILTER (WHERE isfinite(%s) IS NOT TRUE) AS rows_without_date '
        'FROM %s%s GROUP BY %s',
        key_json,
        CASE WHEN d.currency_column IS NULL THEN 'NULL::text'
             ELSE format('%I::text', d.currency_column) END,
        at, d.break_condition, is_target, recon.mismatch_expression(relation, d), jsonb_array_length(d.measures),
        array_to_string(ARRAY(SELECT m->>'expression' FROM jsonb_array_elements(d.measures) m) || content, ', '),
        at, source,
        CASE WHEN cardinality(filters) > 0 THEN ' WHERE ' || array_to_string(filters, ' AND ') ELSE '' END,
        keys);
END
$$;
COMMENT ON FUNCTION recon.scan_statement(recon.reconciliation, regclass, regclass, timestamptz, date) IS
    'The one statement that reads the source: key, currency, rows as a recon_series, and row counts, grouped by key.';

CREATE FUNCTION recon.plan_run(
    name text, history text, target text, from_date date, to_date date,
    strategy text, as_of timestamptz, persist boolean
) RETURNS recon.run_plan
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation;
    s recon.strategy;
    relation regclass;
    target_relation regclass;
    result recon.run_plan;
BEGIN
    IF from_date > to_date THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'from_date must not be after to_date',
            DETAIL = format('From %s to %s.', from_date, to_date);
    END IF;
    IF name IS NOT NULL THEN
        d := recon.find_reconciliation(name, 'viewer');
        IF coalesce(persist, true) THEN
            PERFORM recon.require_access(d.reconciliation_id, 'operator');
        END IF;
        IF NOT d.is_active THEN
            RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
                MESSAGE = format('reconciliation "%s" is not active', name),
                HINT = 'Activate it with recon_alter(name, is_active => true).';
        END IF;
        IF history IS NOT NULL OR target IS NOT NULL THEN
            -- Relations of the caller's choice are read with the owner's rights: only the owner may choose.
            PERFORM recon.require_ownership(d, 'what is read');
        END IF;
        relation := CASE WHEN history IS NULL THEN d.source::regclass ELSE recon.require_relation(history, d.owner) END;
    ELSE
        IF history IS NULL AND target IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = 'nothing to judge: neither a reconciliation nor a relation was named',
                HINT = 'Use recon_detect(''name''), or recon_detect(history => ''table'', target => ''table'').';
        END IF;
        relation := recon.require_relation(coalesce(history, target), recon.caller());
        d.reconciliation_name := NULL;
        d.owner := recon.caller();
        d.pool_by := '{}';
        d.strategy := 'balanced';
        d.time_zone := 'UTC';
        d := recon.guess_missing(relation, d, recon.caller());
        d := recon.complete_definition(relation, d);
        result.advice := format('nothing is stored without a name; to keep verdicts: SELECT recon_create(''...'', source => %L)',
                                relation::text);
    END IF;
    IF target IS NOT NULL AND (history IS NOT NULL OR name IS NOT NULL) THEN
        target_relation := recon.require_relation(target, d.owner);
        PERFORM recon.require_columns(target_relation, d.key_columns || d.derived_columns || d.criteria_columns
            || array_remove(ARRAY[d.date_column, d.currency_column], NULL), 'the definition');
    END IF;
    s := recon.current_strategy(coalesce(strategy, d.strategy));

    result.reconciliation_id := d.reconciliation_id;
    result.reconciliation_name := d.reconciliation_name;
    result.reader := d.owner;
    result.scan := recon.scan_statement(d, relation, target_relation, as_of, to_date);
    result.measures := ARRAY(SELECT m->>'name' FROM jsonb_array_elements(d.measures) m);
    result.tolerances := ARRAY(SELECT (m->>'tolerance')::float8 FROM jsonb_array_elements(d.measures) m);
    result.strategy := jsonb_build_object('strategy_name', s.strategy_name, 'version', s.version, 'alpha', s.alpha,
        'detectors', s.detectors, 'history_rows', s.history_rows,
        'minimum_amount', coalesce(d.minimum_amount, s.minimum_amount));
    result.alpha := s.alpha;
    result.weights := ARRAY(SELECT coalesce((s.detectors->>detector_name)::float8, 0)
                            FROM unnest(ARRAY['baseline', 'frequency', 'drift', 'volatility']) detector_name);
    result.minimum_amount := coalesce(d.minimum_amount, s.minimum_amount);
    result.history_rows := s.history_rows;
    result.from_date := from_date;
    result.to_date := to_date;
    result.newest_judged := (SELECT max(r.to_date) FROM recon.run r
        WHERE r.reconciliation_id = d.reconciliation_id AND r.status = 'succeeded');
    result.separate_target := target_relation IS NOT NULL;
    result.persist := coalesce(persist, true) AND d.reconciliation_id IS NOT NULL;
    RETURN result;
END
$$;
COMMENT ON FUNCTION recon.plan_run(text, text, text, date, date, text, timestamptz, boolean) IS
    'Checks the arguments and rights of a call of recon_detect and says what it reads and how it judges.';
-- What people and BI tools read. Every view runs with the rights of who reads it, so that row-level
-- security shows each reader what he may see.

CREATE VIEW recon.anomaly WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, b.break_id, b.break_date, b.key, b.measure, b.currency,
           b.observed, b.expected, b.lower, b.upper, b.direction, b.score, b.p_value, b.q_value,
           b.severity, b.pattern, b.category, b.flags, b.contributions, b.basis, b.history_n,
           b.reason, b.recommended_action, b.run_id, b.updated_at
    FROM recon.break b JOIN recon.reconciliation r USING (reconciliation_id)
    WHERE b.is_anomaly AND b.is_open;
COMMENT ON VIEW recon.anomaly IS 'Open breaks that are out of pattern, by their current verdict.';

CREATE VIEW recon.review_queue WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, b.break_id, b.severity, b.break_date, b.key, b.measure,
           b.observed, b.expected, b.score, b.pattern, b.category, b.reason, b.recommended_action,
           current_date - b.break_date AS age_days, b.updated_at
    FROM recon.break b JOIN recon.reconciliation r USING (reconciliation_id)
    WHERE b.is_anomaly AND b.is_open
    ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low'], b.severity), b.score DESC NULLS LAST, b.break_id;
COMMENT ON VIEW recon.review_queue IS 'Open anomalies in the order in which to look at them: severity, then score.';

CREATE VIEW recon.run_summary WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, u.run_id, u.status, u.strategy->>'strategy_name' AS strategy,
           u.from_date, u.to_date, u.rows_read, u.rows_without_date, u.rows_judged, u.keys_read, u.keys_absent,
           u.breaks, u.anomalies,
           CASE WHEN u.breaks > 0 THEN round(100.0 * u.anomalies / u.breaks, 1) END AS anomalies_percent,
           u.verdicts_changed, u.is_partial, u.message, u.run_by, u.started_at,
           u.finished_at - u.started_at AS duration, u.finished_at AS updated_at
    FROM recon.run u JOIN recon.reconciliation r USING (reconciliation_id);
COMMENT ON VIEW recon.run_summary IS 'One row for each stored run.';

CREATE VIEW recon.daily_summary WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, b.break_date, b.currency,
           count(*) AS breaks,
           count(*) FILTER (WHERE b.is_anomaly) AS anomalies,
           count(*) FILTER (WHERE b.is_anomaly AND b.severity IN ('high', 'critical')) AS severe_anomalies,
           sum(b.observed) AS net_amount,
           sum(abs(b.observed)) AS gross_amount,
           max(b.updated_at) AS updated_at
    FROM recon.break b JOIN recon.reconciliation r USING (reconciliation_id)
    WHERE b.is_open
    GROUP BY r.reconciliation_name, b.break_date, b.currency;
COMMENT ON VIEW recon.daily_summary IS
    'Open breaks and anomalies for each reconciliation, date and currency; net lets signs cancel, gross does not. Amounts of different currencies are never added.';

CREATE VIEW recon.health WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, r.is_active,
           last.run_id AS last_run_id, last.status AS last_status, last.finished_at AS last_run_at,
           judged.to_date AS judged_up_to, judged.is_partial, last.rows_without_date, last.message,
           CASE WHEN last.run_id IS NULL THEN 'never judged'
                WHEN last.status = 'failed' THEN 'the last run failed'
                WHEN judged.is_partial THEN 'a date was partial'
                WHEN last.rows_without_date > 0 THEN 'rows without date'
                WHEN last.finished_at < now() - interval '7 days' THEN 'not judged for a week'
                ELSE 'ok' END AS state,
           coalesce(last.finished_at, r.updated_at) AS updated_at
    FROM recon.reconciliation r
    LEFT JOIN LATERAL (SELECT u.* FROM recon.run u WHERE u.reconciliation_id = r.reconciliation_id
                       ORDER BY u.run_id DESC LIMIT 1) last ON true
    -- The last run that found rows to judge.
    LEFT JOIN LATERAL (SELECT u.* FROM recon.run u
                       WHERE u.reconciliation_id = r.reconciliation_id AND u.status = 'succeeded' AND u.to_date IS NOT NULL
                       ORDER BY u.run_id DESC LIMIT 1) judged ON true;
COMMENT ON VIEW recon.health IS 'One row for each reconciliation: when it was last judged and whether something is wrong with that.';

-- The original columns beside the verdict, in a view of the caller's own.
CREATE FUNCTION recon_view_definition(name text, view_name text DEFAULT NULL, view_schema text DEFAULT NULL) RETURNS text
    LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_view_definition(text, text, text) IS
    'The CREATE VIEW statement which recon_create_view runs, for those who want to change it first.';

CREATE FUNCTION recon.recon_view_definition(name text, view_name text, view_schema text) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.find_reconciliation(name, 'viewer');
    relation regclass := d.source::regclass;
    keys text[] := d.key_columns || CASE WHEN d.currency_column IS NULL OR d.currency_column = ANY (d.key_columns)
                                         THEN '{}'::text[] ELSE ARRAY[d.currency_column] END;
    key_json text;
    original text;
BEGIN
    IF d.date_column IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('reconciliation "%s" has no date column', name),
            DETAIL = 'Its rows cannot be told apart from one run to the next.',
            HINT = 'Add a date to the source, and name it with recon_alter(name, date_column => ...).';
    END IF;
    SELECT string_agg(format('%L, %s', k, recon.canonical_text(relation, k)), ', ' ORDER BY n) INTO key_json
    FROM unnest(keys) WITH ORDINALITY AS u(k, n);
    SELECT string_agg(format('source.%I', a.attname), ', ' ORDER BY a.attnum) INTO original
    FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped;
    -- Duplicates of a key and date are counted in the order in which they are judged.
    RETURN format($view$CREATE VIEW %s WITH (security_invoker = true) AS
SELECT %s,
       verdict.is_anomaly AS "Anomaly", verdict.reason AS "Reason", verdict.recommended_action AS "Recommended Action",
       verdict.break_id
FROM (SELECT *, pg_catalog.jsonb_build_object(%s) AS recon_key, %s AS recon_date,
             pg_catalog.row_number() OVER (PARTITION BY %s, %s ORDER BY %s, (%s) IS NOT FALSE) AS recon_occurrence
      FROM %s) AS source
LEFT JOIN recon.break AS verdict
       ON verdict.reconciliation_id = %s AND verdict.is_open AND verdict.break_date = source.recon_date
      AND verdict.key = source.recon_key AND verdict.occurrence = source.recon_occurrence$view$,
        CASE WHEN view_schema IS NULL THEN '' ELSE format('%I.', view_schema) END
            || format('%I', coalesce(view_name, d.reconciliation_name || '_verdict')),
        original, key_json, recon.date_expression(relation, d),
        (SELECT string_agg(format('%I', k), ', ') FROM unnest(keys) k), recon.date_expression(relation, d),
        (SELECT string_agg(format('%s NULLS LAST', m->>'expression'), ', ') FROM jsonb_array_elements(d.measures) m),
        d.break_condition, d.source, d.reconciliation_id);
END
$$;
COMMENT ON FUNCTION recon.recon_view_definition(text, text, text) IS 'Implementation of recon_view_definition.';

CREATE FUNCTION recon_create_view(name text, view_name text DEFAULT NULL, view_schema text DEFAULT NULL) RETURNS text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
AS $$
-- Runs as the caller, with the caller's search_path: the view is the caller's.
BEGIN
    EXECUTE @extschema@.recon_view_definition(name, view_name, view_schema);
    RETURN pg_catalog.format('view "%s" shows the columns of the source with Anomaly, Reason and Recommended Action',
                             coalesce(view_name, pg_catalog.concat(name, '_verdict')));
END
$$;
COMMENT ON FUNCTION recon_create_view(text, text, text) IS
    'Makes a view of the source''s own columns plus Anomaly, Reason, Recommended Action and break_id, named NAME_verdict where no other name is given, in a schema of the caller''s choice, owned by the caller. Returns a sentence.';
-- Nothing is open to everybody; recon_grant opens what a role needs.
REVOKE ALL ON SCHEMA recon FROM PUBLIC;

-- The last statement of the script, and of every update step too: it settles what is new and leaves the
-- rest alone. What a script of the extension grants or revokes, the server takes for the extension's own,
-- together with all that users have granted on that object by then; no dump would carry that any more.
DO $$
DECLARE
    object record;
BEGIN
    FOR object IN
        SELECT p.oid::regprocedure AS signature, p.prokind
        FROM pg_catalog.pg_proc p
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
        JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
        WHERE EXISTS (SELECT FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
                      WHERE a.grantee = 0)
    LOOP
        EXECUTE format('REVOKE ALL ON %s %s FROM PUBLIC',
                       CASE object.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, object.signature);
    END LOOP;
    -- Tables, views and sequences are open to everybody only where default privileges make them so.
    FOR object IN
        SELECT c.oid::regclass AS relation
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
        JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
        WHERE EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) a WHERE a.grantee = 0)
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', object.relation);
    END LOOP;
    FOR object IN
        SELECT t.oid::regtype AS type
        FROM pg_catalog.pg_type t
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
        JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
        WHERE t.typtype = 'b' AND t.typelem = 0 AND t.typacl IS NULL
    LOOP
        EXECUTE format('GRANT USAGE ON TYPE %s TO PUBLIC', object.type);
    END LOOP;
END
$$;
