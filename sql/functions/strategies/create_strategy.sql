-- A version of a strategy is never changed: a run keeps what it used.

CREATE OR REPLACE FUNCTION recon_create_strategy(
    name text, alpha double precision DEFAULT NULL, detectors jsonb DEFAULT NULL, minimum_amount numeric DEFAULT NULL,
    history_rows integer DEFAULT NULL, combination text DEFAULT NULL, scores text DEFAULT NULL,
    based_on text DEFAULT 'balanced', description text DEFAULT NULL
) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_create_strategy(text, double precision, jsonb, numeric, integer, text, text, text, text) IS
$$Makes a strategy: what is not named is that of the strategy it is based on.
alpha: the share of false alarms among anomalies that is accepted, between 0 and 1. minimum_amount: smaller breaks are
never anomalous. history_rows: how many of the newest rows of a key make its baseline, 12 to 1024.
detectors: {"name": ...}, see recon.detector. Of a statistical detector its weight (0 switches it off) or {"weight": 1,
option ...}; of a rule true, false or {option ...}.
combination: harmonic; fisher and stouffer assume that detectors are independent of each other, which they are not.
scores: what recon.score keeps, anomalies or all breaks.
Needs level admin on all reconciliations. Returns one sentence. Errors: 42710 the name is taken, 42704 no such strategy
to be based on, 22023 a wrong field, which the error names.$$;

CREATE OR REPLACE FUNCTION recon.recon_create_strategy(
    name text, alpha double precision, detectors jsonb, minimum_amount numeric, history_rows integer,
    combination text, scores text, based_on text, description text
) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s recon.strategy;
BEGIN
    PERFORM recon.require_access(NULL, 'admin');
    IF name IS NULL OR btrim(name) = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a strategy needs a name';
    END IF;
    LOCK TABLE recon.strategy IN SHARE ROW EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM recon.strategy k WHERE k.strategy_name = name) THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
            MESSAGE = format('strategy "%s" already exists', name), HINT = 'Change it with recon_alter_strategy.';
    END IF;
    s := recon.current_strategy(coalesce(based_on, 'balanced'));
    s.strategy_name := name;
    s.version := 1;
    s.alpha := coalesce(alpha, s.alpha);
    s.minimum_amount := coalesce(minimum_amount, s.minimum_amount);
    s.history_rows := coalesce(history_rows, s.history_rows);
    s.combination := coalesce(combination, s.combination);
    s.scores := coalesce(scores, s.scores);
    s.is_builtin := false;
    s.is_active := true;
    s.description := coalesce(description, '');
    s.created_by := recon.caller();
    s.created_at := now();
    s := recon.check_strategy(s, detectors);
    INSERT INTO recon.strategy SELECT s.*;
    RETURN recon.describe_strategy(s);
END
$$;
COMMENT ON FUNCTION recon.recon_create_strategy(
    text, double precision, jsonb, numeric, integer, text, text, text, text
) IS
    'Implementation of recon_create_strategy.';
