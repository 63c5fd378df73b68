-- Runs in the background: recon_submit puts them into recon.run, CALL recon_work() carries them out.
--
-- What a worker does is spread over transactions. It claims a run (committed: everybody sees that it
-- runs), carries it out within one transaction (all of it, or nothing), and records how it ended. A
-- session lock per reconciliation says that the worker lives; the server takes it away with the
-- session, so that a run whose worker vanished is known by its lock being free.

CREATE FUNCTION recon_submit(
    name text, history text DEFAULT NULL, target text DEFAULT NULL,
    from_date date DEFAULT NULL, to_date date DEFAULT NULL, strategy text DEFAULT NULL,
    as_of timestamptz DEFAULT NULL
) RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_submit(text, text, text, date, date, text, timestamptz) IS
$$Puts a run of a reconciliation into the queue, with the arguments of recon_detect, and returns its number in recon.run. A worker (CALL recon_work()) carries it out with the submitter's rights, which are checked now and then. Needs level operator.
Who listens to recon_run is told when it has ended. Errors: those of recon_detect for wrong arguments.$$;

CREATE FUNCTION recon_retry(run bigint) RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_retry(bigint) IS
    'Puts a failed or cancelled run into the queue again, as a new run of the caller with the same arguments, and returns its number. Needs level operator.';

CREATE FUNCTION recon_cancel(run bigint) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_cancel(bigint) IS
    'Ends a queued or running run of the queue; it leaves no verdict. Takes effect when the calling transaction commits: within a fraction of a second, or of two seconds where the extension''s owner may not signal the worker. Needs level operator. Returns a sentence. Errors: 42704 no such run, 55000 it has ended or is not of the queue.';

CREATE FUNCTION recon_claim_run() RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_claim_run() IS
    'Part of recon_work: takes the oldest queued run which the caller may operate and whose reconciliation nobody is judging, marks it as running and returns its number; NULL where there is none. The session holds the reconciliation''s lock until recon_end_run. Runs whose worker vanished are marked as failed.';

CREATE FUNCTION recon_carry_out_run(run bigint) RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_carry_out_run(bigint) IS
    'Part of recon_work: carries out the run that this session has claimed and returns the number of its anomalies.';

CREATE FUNCTION recon_fail_run(run bigint, error_code text, message text, detail text, hint text) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_fail_run(bigint, text, text, text, text) IS
    'Part of recon_work: records that the run which this session has claimed failed, and why; as cancelled, where somebody asked for that. Returns its status.';

CREATE FUNCTION recon_end_run(run bigint) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_end_run(bigint) IS
    'Part of recon_work: lets go of the reconciliation of a run whose end is committed.';

CREATE FUNCTION recon.find_run(run bigint, level text) RETURNS recon.run
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_row recon.run;
BEGIN
    SELECT u.* INTO found_row FROM recon.run u WHERE u.run_id = run FOR UPDATE;
    IF found_row.run_id IS NULL OR NOT recon.has_access(recon.caller(), found_row.reconciliation_id, 'viewer') THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('run %s does not exist', coalesce(run::text, 'NULL')),
            HINT = 'See recon.run_summary for the runs there are.';
    END IF;
    PERFORM recon.require_access(found_row.reconciliation_id, level);
    RETURN found_row;
END
$$;
COMMENT ON FUNCTION recon.find_run(bigint, text) IS
    'A run, locked, if the caller has at least this level on its reconciliation.';

CREATE FUNCTION recon.recon_submit(
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
    INSERT INTO recon.run (reconciliation_id, status, strategy, arguments, run_by, submitted_at)
    VALUES (d.reconciliation_id, 'queued', recon.strategy_copy(s, d),
            jsonb_strip_nulls(jsonb_build_object('history', history, 'target', target, 'from_date', from_date,
                'to_date', to_date, 'strategy', strategy, 'as_of', as_of)),
            recon.caller(), clock_timestamp())
    RETURNING run_id INTO submitted;
    RETURN submitted;
END
$$;
COMMENT ON FUNCTION recon.recon_submit(text, text, text, date, date, text, timestamptz) IS 'Implementation of recon_submit.';

CREATE FUNCTION recon.recon_retry(run bigint) RETURNS bigint
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

CREATE FUNCTION recon.recon_cancel(run bigint) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- The row stays locked until the caller commits: a worker that is about to record the end of the
    -- run waits, and the signal cannot reach it when it is already at another.
    u recon.run := recon.find_run(run, 'operator');
BEGIN
    IF u.status = 'queued' THEN
        UPDATE recon.run r SET status = 'cancelled', finished_at = clock_timestamp(), cancelled_by = recon.caller(),
            message = format('cancelled by %s before it began', recon.caller())
        WHERE r.run_id = u.run_id;
        PERFORM recon.announce_run(run);
        RETURN format('run %s will not be carried out', run);
    END IF;
    IF u.status <> 'running' THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('run %s has ended', run), DETAIL = format('Its status is %s.', u.status);
    END IF;
    IF recon.fail_abandoned(u) THEN
        RETURN format('run %s had lost its worker and is recorded as failed', run);
    END IF;
    UPDATE recon.run r SET cancelled_by = recon.caller() WHERE r.run_id = u.run_id;
    BEGIN
        PERFORM pg_cancel_backend(u.worker_pid);
    EXCEPTION WHEN insufficient_privilege THEN
        NULL; -- The run's progress process sees cancelled_by and ends it; at the latest the run does itself.
    END;
    RETURN format('run %s is being ended', run);
END
$$;
COMMENT ON FUNCTION recon.recon_cancel(bigint) IS 'Implementation of recon_cancel.';

CREATE FUNCTION recon.fail_abandoned(u recon.run) RETURNS boolean
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT pg_try_advisory_lock(recon.lock_class(), u.reconciliation_id) THEN
        RETURN false;
    END IF;
    UPDATE recon.run r SET status = 'failed', finished_at = clock_timestamp(),
        message = 'the session of its worker ended before the run did'
    WHERE r.run_id = u.run_id AND r.status = 'running';
    PERFORM recon.announce_run(u.run_id);
    PERFORM pg_advisory_unlock(recon.lock_class(), u.reconciliation_id);
    RETURN true;
END
$$;
COMMENT ON FUNCTION recon.fail_abandoned(recon.run) IS
    'Records a running run as failed if nobody works on it any more; whether that was so.';

CREATE FUNCTION recon.recon_claim_run() RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u recon.run;
    candidate record;
BEGIN
    -- A session lock outlives an error that ended recon_work: what this session still holds goes first.
    PERFORM pg_advisory_unlock(recon.lock_class(), l.objid::integer)
    FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.pid = pg_backend_pid() AND l.classid::integer = recon.lock_class()
      AND l.objsubid = 2 AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database());

    FOR u IN SELECT r.* FROM recon.run r WHERE r.status = 'running' AND r.arguments IS NOT NULL ORDER BY r.run_id LOOP
        PERFORM recon.fail_abandoned(u);
    END LOOP;

    FOR candidate IN SELECT r.run_id, r.reconciliation_id FROM recon.run r WHERE r.status = 'queued' ORDER BY r.run_id LOOP
        CONTINUE WHEN NOT recon.has_access(recon.caller(), candidate.reconciliation_id, 'operator');
        PERFORM FROM recon.run r WHERE r.run_id = candidate.run_id AND r.status = 'queued' FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND OR NOT pg_try_advisory_lock(recon.lock_class(), candidate.reconciliation_id);
        UPDATE recon.run r SET status = 'running', started_at = clock_timestamp(), worker_pid = pg_backend_pid()
        WHERE r.run_id = candidate.run_id;
        RETURN candidate.run_id;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION recon.recon_claim_run() IS 'Implementation of recon_claim_run.';

CREATE FUNCTION recon.claimed_run(run bigint) RETURNS recon.run
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u recon.run;
BEGIN
    SELECT r.* INTO u FROM recon.run r WHERE r.run_id = run;
    IF u.worker_pid IS DISTINCT FROM pg_backend_pid() OR u.arguments IS NULL
       OR NOT recon.has_access(recon.caller(), u.reconciliation_id, 'operator')
       OR NOT EXISTS (SELECT FROM pg_locks l
                      WHERE l.locktype = 'advisory' AND l.pid = pg_backend_pid() AND l.objsubid = 2
                        AND l.classid::integer = recon.lock_class() AND l.objid::integer = u.reconciliation_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('run %s is not claimed by this session', coalesce(run::text, 'NULL')),
            HINT = 'Use CALL recon_work().';
    END IF;
    RETURN u;
END
$$;
COMMENT ON FUNCTION recon.claimed_run(bigint) IS 'The run, if this session claimed it with recon_claim_run and has not let go of it.';

CREATE FUNCTION recon.carry_out_run(
    run bigint, submitter name, name text, history text, target text,
    from_date date, to_date date, strategy text, as_of timestamptz
) RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_carry_out_run';
COMMENT ON FUNCTION recon.carry_out_run(bigint, name, text, text, text, date, date, text, timestamptz) IS
    'Detection into a run that exists, on behalf of another role; arguments as in recon_detect. Returns the number of anomalies.';

CREATE FUNCTION recon.recon_carry_out_run(run bigint) RETURNS bigint
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

CREATE FUNCTION recon.recon_fail_run(run bigint, error_code text, message text, detail text, hint text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ended text;
BEGIN
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

CREATE FUNCTION recon.recon_end_run(run bigint) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u recon.run := recon.claimed_run(run);
BEGIN
    PERFORM pg_advisory_unlock(recon.lock_class(), u.reconciliation_id);
END
$$;
COMMENT ON FUNCTION recon.recon_end_run(bigint) IS 'Implementation of recon_end_run.';

-- Runs as its caller, with his search_path: every name is qualified. It must be called outside a
-- transaction block, because it commits.
CREATE PROCEDURE recon_work(
    detect text DEFAULT NULL, max_seconds double precision DEFAULT NULL, until_idle boolean DEFAULT true
)
    LANGUAGE plpgsql
AS $$
DECLARE
    began pg_catalog.timestamptz := pg_catalog.clock_timestamp();
    run bigint;
    code pg_catalog.text;
    message pg_catalog.text;
    detail pg_catalog.text;
    hint pg_catalog.text;
BEGIN
    IF detect IS NOT NULL THEN
        PERFORM @extschema@.recon_submit(detect);
    END IF;
    LOOP
        -- Progress and cancellation are seen as they are committed, whatever the session's default.
        COMMIT;
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        run := @extschema@.recon_claim_run();
        COMMIT;
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        IF run IS NULL THEN
            EXIT WHEN until_idle OR pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) began)
                OPERATOR(pg_catalog.>=) max_seconds;
            PERFORM pg_catalog.pg_sleep(1);
            CONTINUE;
        END IF;
        code := NULL;
        BEGIN
            PERFORM @extschema@.recon_carry_out_run(run);
        EXCEPTION WHEN OTHERS OR query_canceled THEN
            GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
                detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
        END;
        IF code IS NOT NULL THEN
            code := pg_catalog.concat_ws(' ', @extschema@.recon_fail_run(run, code, message, detail, hint), code);
        END IF;
        COMMIT;
        PERFORM @extschema@.recon_end_run(run);
        -- Who cancels the worker itself, or lets it run into a timeout, wants it to end.
        IF code OPERATOR(pg_catalog.=) 'failed 57014' THEN
            COMMIT;
            RAISE EXCEPTION USING ERRCODE = 'query_canceled', MESSAGE = message;
        END IF;
        EXIT WHEN pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) began)
            OPERATOR(pg_catalog.>=) max_seconds;
    END LOOP;
END
$$;
COMMENT ON PROCEDURE recon_work(text, double precision, boolean) IS
$$The worker: carries out queued runs, oldest first, each in a transaction of its own, and returns when the queue is empty. Several may work side by side; runs of one reconciliation never overlap. A run that fails is recorded with its error, and the next is taken.
detect: a reconciliation of which a run is put into the queue first, for a scheduled job. max_seconds: take no further run after so long. until_idle => false: wait for runs instead of returning.
Works on what the caller may operate. Call it outside a transaction block.$$;
