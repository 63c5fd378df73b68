-- The worker.

-- Runs as its caller, with his search_path: every name is qualified. It must be called outside a
-- transaction block, because it commits.
CREATE OR REPLACE PROCEDURE recon_work(
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
            EXIT WHEN until_idle
                OR pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) began)
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
        -- A cancel that reaches a run which has just failed by itself interrupts what records its end.
        FOR attempt IN 1 .. CASE WHEN code IS NULL THEN 0 ELSE 3 END LOOP
            BEGIN
                code := pg_catalog.concat_ws(' ', @extschema@.recon_fail_run(run, code, message, detail, hint), code);
                EXIT;
            EXCEPTION WHEN query_canceled THEN
                CONTINUE;
            END;
        END LOOP;
        COMMIT;
        PERFORM @extschema@.recon_end_run(run);
        -- A cancel of the worker itself, or a timeout that it runs into, is meant to end it.
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
$$The worker: carries out queued runs, oldest first, each in a transaction of its own, and returns when the queue
is empty. Several may work side by side; runs of one reconciliation never overlap. A run that fails is recorded
with its error, and the next is taken.
detect: a reconciliation of which a run is put into the queue first, for a scheduled job. max_seconds: take no further
run after so long. until_idle => false: wait for runs instead of returning.
Works on what the caller may operate. Call it outside a transaction block.$$;
