-- New versions of a strategy.

CREATE OR REPLACE FUNCTION recon_alter_strategy(
    name text, alpha double precision DEFAULT NULL, detectors jsonb DEFAULT NULL, minimum_amount numeric DEFAULT NULL,
    history_rows integer DEFAULT NULL, combination text DEFAULT NULL, scores text DEFAULT NULL,
    description text DEFAULT NULL, is_active boolean DEFAULT NULL
) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_alter_strategy(text, double precision, jsonb, numeric, integer, text, text, text, boolean) IS
$$Makes a new version of a strategy, with what is named changed and the rest as it was; arguments
as in recon_create_strategy. Later runs use it; runs keep the copy they used. detectors: those
named are changed, the others stay.
is_active => false takes a strategy out of use, unless a reconciliation has it. What is built in is never changed.
Needs level admin on all reconciliations. Returns one sentence. Errors: 42704 no such strategy, 55000 it is built in,
55006 a reconciliation uses it, 22023 a wrong field, which the error names.$$;

CREATE OR REPLACE FUNCTION recon.recon_alter_strategy(
    name text, alpha double precision, detectors jsonb, minimum_amount numeric, history_rows integer,
    combination text, scores text, description text, is_active boolean
) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s recon.strategy;
    users text;
BEGIN
    PERFORM recon.require_access(NULL, 'admin');
    LOCK TABLE recon.strategy IN SHARE ROW EXCLUSIVE MODE;
    s := recon.newest_strategy(name);
    IF s.is_builtin THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('strategy "%s" is built in and does not change', name),
            HINT = format('Make one of your own: SELECT recon_create_strategy(''...'', based_on => %L).', name);
    END IF;
    IF is_active = false THEN
        SELECT string_agg(format('"%s"', r.reconciliation_name), ', ' ORDER BY r.reconciliation_name) INTO users
        FROM recon.reconciliation r WHERE r.strategy = name AND r.is_active;
        IF users IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'object_in_use',
                MESSAGE = format('strategy "%s" is in use', name), DETAIL = format('It is that of %s.', users),
                HINT = 'Give them another one with recon_alter(name, strategy => ...).';
        END IF;
    END IF;
    s.version := s.version + 1;
    s.alpha := coalesce(alpha, s.alpha);
    s.minimum_amount := coalesce(minimum_amount, s.minimum_amount);
    s.history_rows := coalesce(history_rows, s.history_rows);
    s.combination := coalesce(combination, s.combination);
    s.scores := coalesce(scores, s.scores);
    s.description := coalesce(description, s.description);
    s.is_active := coalesce(is_active, s.is_active);
    s.created_by := recon.caller();
    s.created_at := now();
    s := recon.check_strategy(s, detectors);
    INSERT INTO recon.strategy SELECT s.*;
    RETURN recon.describe_strategy(s);
END
$$;
COMMENT ON FUNCTION recon.recon_alter_strategy(
    text, double precision, jsonb, numeric, integer, text, text, text, boolean
) IS
    'Implementation of recon_alter_strategy.';
