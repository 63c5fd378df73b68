-- Runs in the background: recon_submit puts them into recon.run, CALL recon_work() carries them out.

CREATE OR REPLACE FUNCTION recon_submit(
    name text, history text DEFAULT NULL, target text DEFAULT NULL,
    from_date date DEFAULT NULL, to_date date DEFAULT NULL, strategy text DEFAULT NULL,
    as_of timestamptz DEFAULT NULL
) RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_submit(text, text, text, date, date, text, timestamptz) IS
$$Puts a run of a reconciliation into the queue, with the arguments of recon_detect, and returns its number
in recon.run. A worker (CALL recon_work()) carries it out with the submitter's rights, which are checked
now and then. Needs level operator.
A session that listens to recon_run is notified when the run has ended.
Errors: those of recon_detect for wrong arguments.$$;

CREATE OR REPLACE FUNCTION recon_retry(run bigint) RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_retry(bigint) IS
    'Puts a failed or cancelled run into the queue again, as a new run of the caller with the same arguments, and '
    'returns its number. Needs level operator.';

CREATE OR REPLACE FUNCTION recon.recon_submit(
    name text, history text, target text, from_date date, to_date date, strategy text, as_of timestamptz
) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation;
    s recon.strategy;
    relation regclass;
    submitted bigint;
BEGIN
    IF name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'the name of a reconciliation is missing',
            HINT = 'What has no name is not stored: use recon_detect(history => ..., target => ...).';
    END IF;
    -- The worker has another search_path and no temporary tables of this session.
    IF history IS NOT NULL THEN
        relation := recon.require_relation(history, recon.caller());
        PERFORM recon.require_lasting(relation);
        history := recon.qualified_name(relation);
    END IF;
    IF target IS NOT NULL THEN
        relation := recon.require_relation(target, recon.caller());
        PERFORM recon.require_lasting(relation);
        target := recon.qualified_name(relation);
    END IF;
    d := recon.check_run(name, history, target, from_date, to_date, persist => true);
    s := recon.strategy_as_of(coalesce(strategy, d.strategy), as_of);
    -- One that is dropped now keeps no run.
    PERFORM FROM recon.reconciliation r WHERE r.reconciliation_id = d.reconciliation_id FOR KEY SHARE;
    IF NOT FOUND THEN
        PERFORM recon.find_reconciliation(name, 'operator');
    END IF;
    INSERT INTO recon.run (reconciliation_id, status, strategy, arguments, run_by, submitted_at)
    VALUES (d.reconciliation_id, 'queued', recon.strategy_copy(s, d),
            jsonb_strip_nulls(jsonb_build_object('history', history, 'target', target, 'from_date', from_date,
                'to_date', to_date, 'strategy', strategy, 'as_of', as_of)),
            recon.caller(), clock_timestamp())
    RETURNING run_id INTO submitted;
    RETURN submitted;
END
$$;
COMMENT ON FUNCTION recon.recon_submit(text, text, text, date, date, text, timestamptz) IS
    'Implementation of recon_submit.';

CREATE OR REPLACE FUNCTION recon.recon_retry(run bigint) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u recon.run := recon.find_run(run, 'operator');
BEGIN
    IF u.arguments IS NULL OR u.status NOT IN ('failed', 'cancelled') THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('run %s has not failed', run),
            DETAIL = format('Its status is %s.', u.status),
            HINT = 'Put a new run into the queue with recon_submit.';
    END IF;
    RETURN recon.recon_submit(
        (SELECT r.reconciliation_name FROM recon.reconciliation r WHERE r.reconciliation_id = u.reconciliation_id),
        u.arguments->>'history', u.arguments->>'target', (u.arguments->>'from_date')::date,
        (u.arguments->>'to_date')::date, u.arguments->>'strategy', (u.arguments->>'as_of')::timestamptz);
END
$$;
COMMENT ON FUNCTION recon.recon_retry(bigint) IS 'Implementation of recon_retry.';
