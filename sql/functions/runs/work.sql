-- What a worker does is spread over transactions. It claims a run (committed: everybody sees that it
-- runs), carries it out within one transaction (all of it, or nothing), and records how it ended. A
-- session lock per reconciliation says that the worker lives; the server takes it away with the
-- session, so that a run whose worker vanished is known by its lock being free.

CREATE OR REPLACE FUNCTION recon_claim_run() RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_claim_run() IS
    'Part of recon_work: takes the oldest queued run which the caller may operate and whose reconciliation nobody is '
    'judging, marks it as running and returns its number; NULL where there is none. The session holds the '
    'reconciliation''s lock until recon_end_run. Runs whose worker vanished are marked as failed.';

CREATE OR REPLACE FUNCTION recon_carry_out_run(run bigint) RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_carry_out_run(bigint) IS
    'Part of recon_work: carries out the run that this session has claimed and returns the number of its anomalies.';

CREATE OR REPLACE FUNCTION recon_fail_run(run bigint, error_code text, message text, detail text, hint text)
    RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_fail_run(bigint, text, text, text, text) IS
    'Part of recon_work: records that the run which this session has claimed failed, and why; as cancelled, where '
    'somebody asked for that. Returns its status; NULL where the reconciliation was dropped meanwhile.';

CREATE OR REPLACE FUNCTION recon_end_run(run bigint) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_end_run(bigint) IS
    'Part of recon_work: lets go of the reconciliation of a run whose end is committed.';

CREATE OR REPLACE FUNCTION recon.recon_claim_run() RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u recon.run;
    candidate record;
BEGIN
    -- What this session still holds from a run that it has not ended goes first.
    PERFORM recon.release_locks();

    FOR u IN SELECT r.* FROM recon.run r WHERE r.status = 'running' AND r.arguments IS NOT NULL ORDER BY r.run_id LOOP
        PERFORM recon.fail_abandoned(u);
    END LOOP;

    FOR candidate IN SELECT r.run_id, r.reconciliation_id FROM recon.run r WHERE r.status = 'queued'
        ORDER BY r.run_id LOOP
        CONTINUE WHEN NOT recon.has_access(recon.caller(), candidate.reconciliation_id, 'operator');
        PERFORM FROM recon.run r WHERE r.run_id = candidate.run_id AND r.status = 'queued' FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND OR NOT recon.try_lock(candidate.reconciliation_id, true);
        UPDATE recon.run r SET status = 'running', started_at = clock_timestamp(), worker_pid = pg_backend_pid()
        WHERE r.run_id = candidate.run_id;
        RETURN candidate.run_id;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION recon.recon_claim_run() IS 'Implementation of recon_claim_run.';

CREATE OR REPLACE FUNCTION recon.claimed_run(run bigint) RETURNS recon.run
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u recon.run;
BEGIN
    SELECT r.* INTO u FROM recon.run r WHERE r.run_id = run;
    IF u.worker_pid IS DISTINCT FROM pg_backend_pid() OR u.arguments IS NULL
       OR NOT recon.has_access(recon.caller(), u.reconciliation_id, 'operator')
       OR NOT recon.holds_lock(u.reconciliation_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('run %s is not claimed by this session', coalesce(run::text, 'NULL')),
            HINT = 'Use CALL recon_work().';
    END IF;
    RETURN u;
END
$$;
COMMENT ON FUNCTION recon.claimed_run(bigint) IS
    'The run, if this session claimed it with recon_claim_run and has not let go of it.';

CREATE OR REPLACE FUNCTION recon.carry_out_run(
    run bigint, submitter name, name text, history text, target text,
    from_date date, to_date date, strategy text, as_of timestamptz
) RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_carry_out_run';
COMMENT ON FUNCTION recon.carry_out_run(bigint, name, text, text, text, date, date, text, timestamptz) IS
    'Detection into a run that exists, on behalf of another role; arguments as in '
    'recon_detect. Returns the number of anomalies.';

CREATE OR REPLACE FUNCTION recon.recon_carry_out_run(run bigint) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u recon.run := recon.claimed_run(run);
BEGIN
    IF u.status <> 'running' THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('run %s has ended', run), DETAIL = format('Its status is %s.', u.status);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = u.run_by) THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('role "%s", which submitted the run, does not exist', u.run_by),
            HINT = 'Put the run into the queue again as somebody else: SELECT recon_retry(' || run || ').';
    END IF;
    RETURN recon.carry_out_run(run, u.run_by,
        (SELECT r.reconciliation_name FROM recon.reconciliation r WHERE r.reconciliation_id = u.reconciliation_id),
        u.arguments->>'history', u.arguments->>'target', (u.arguments->>'from_date')::date,
        (u.arguments->>'to_date')::date, u.arguments->>'strategy', (u.arguments->>'as_of')::timestamptz);
END
$$;
COMMENT ON FUNCTION recon.recon_carry_out_run(bigint) IS 'Implementation of recon_carry_out_run.';

CREATE OR REPLACE FUNCTION recon.recon_fail_run(run bigint, error_code text, message text, detail text, hint text)
    RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ended text;
BEGIN
    IF NOT EXISTS (SELECT FROM recon.run u WHERE u.run_id = run) THEN
        RETURN NULL;
    END IF;
    PERFORM recon.claimed_run(run);
    -- Waits for a recon_cancel that has sent its signal and not committed yet.
    UPDATE recon.run u SET
        status = CASE WHEN u.cancelled_by IS NULL THEN 'failed' ELSE 'cancelled' END,
        error_code = CASE WHEN u.cancelled_by IS NULL THEN recon_fail_run.error_code END,
        message = CASE WHEN u.cancelled_by IS NULL
                       THEN concat_ws('; ', recon_fail_run.message, nullif(detail, ''), nullif(hint, ''))
                       ELSE format('cancelled by %s', u.cancelled_by) END,
        finished_at = clock_timestamp()
    WHERE u.run_id = run AND u.status = 'running'
    RETURNING u.status INTO ended;
    PERFORM recon.announce_run(run);
    RETURN ended;
END
$$;
COMMENT ON FUNCTION recon.recon_fail_run(bigint, text, text, text, text) IS 'Implementation of recon_fail_run.';

CREATE OR REPLACE FUNCTION recon.recon_end_run(run bigint) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- A run that was dropped with its reconciliation is not claimed by any session.
    IF EXISTS (SELECT FROM recon.run u WHERE u.run_id = run) THEN
        PERFORM recon.claimed_run(run);
    END IF;
    PERFORM recon.release_locks();
END
$$;
COMMENT ON FUNCTION recon.recon_end_run(bigint) IS 'Implementation of recon_end_run.';
