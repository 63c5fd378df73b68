-- Ending a run before it is done.

CREATE OR REPLACE FUNCTION recon_cancel(run bigint) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_cancel(bigint) IS
    'Ends a queued or running run of the queue; it leaves no verdict. Takes effect when the calling transaction '
    'commits: within a fraction of a second, or of two seconds where the extension''s owner may not signal the worker. '
    'Needs level operator. Returns a sentence. Errors: 42704 no such run, 55000 it has ended or is not of the queue.';

CREATE OR REPLACE FUNCTION recon.recon_cancel(run bigint) RETURNS text
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
    -- One signal a run: a second one could reach the worker where it records the end, or at other work.
    IF u.cancelled_by IS NOT NULL THEN
        RETURN format('run %s is being ended', run);
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

CREATE OR REPLACE FUNCTION recon.fail_abandoned(u recon.run) RETURNS boolean
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT recon.try_lock(u.reconciliation_id, false) THEN
        RETURN false;
    END IF;
    UPDATE recon.run r SET status = 'failed', finished_at = clock_timestamp(),
        message = 'the session of its worker ended before the run did'
    WHERE r.run_id = u.run_id AND r.status = 'running';
    PERFORM recon.announce_run(u.run_id);
    RETURN true;
END
$$;
COMMENT ON FUNCTION recon.fail_abandoned(recon.run) IS
    'Records a running run as failed if nobody works on it any more; whether that was so.';
