-- Runs: their lock, their row, the news of their end.

-- A run takes it for its transaction, a worker of the queue for its session. It is no advisory lock, which anybody who
-- may connect could hold.
CREATE OR REPLACE FUNCTION recon.try_lock(reconciliation_id integer, for_session boolean) RETURNS boolean
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_try_lock';
COMMENT ON FUNCTION recon.try_lock(integer, boolean) IS
    'Takes the lock of a reconciliation that is being judged, until the transaction or the session ends; false where '
    'another session has it.';

CREATE OR REPLACE FUNCTION recon.holds_lock(reconciliation_id integer) RETURNS boolean
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_holds_lock';
COMMENT ON FUNCTION recon.holds_lock(integer) IS
    'Whether this session, not only its transaction, holds the lock of a reconciliation.';

CREATE OR REPLACE FUNCTION recon.release_locks() RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_release_locks';
COMMENT ON FUNCTION recon.release_locks() IS 'Lets go of the locks of reconciliations that this session holds.';

-- In REPEATABLE READ a transaction that waited for a lock, or came after its holder, does not see what that one wrote.
CREATE OR REPLACE FUNCTION recon.has_old_snapshot(reconciliation_id integer) RETURNS boolean
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_has_old_snapshot';
COMMENT ON FUNCTION recon.has_old_snapshot(integer) IS
    'Whether another session has stored something of a reconciliation that this transaction will never see.';

CREATE OR REPLACE FUNCTION recon.stored_state(reconciliation_id integer) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT concat_ws(' ',
        (SELECT r.updated_at FROM recon.reconciliation r WHERE r.reconciliation_id = $1),
        (SELECT concat_ws(' ', count(*), max(u.run_id), count(*) FILTER (WHERE u.status = 'succeeded'),
                          max(u.finished_at), max(u.rejudged_at))
         FROM recon.run u WHERE u.reconciliation_id = $1),
        (SELECT concat_ws(' ', count(*), max(a.granted_at)) FROM recon.access a WHERE a.reconciliation_id = $1),
        (SELECT string_agg(w.relation::oid::text, ' ' ORDER BY w.relation) FROM recon.watches($1) w))
$$;
COMMENT ON FUNCTION recon.stored_state(integer) IS
    'Differs where something was added to what is stored of a reconciliation: a run, a right, a watch.';

CREATE OR REPLACE FUNCTION recon.require_current_snapshot(reconciliation_id integer) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF recon.has_old_snapshot(reconciliation_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'serialization_failure',
            MESSAGE = 'could not serialize access due to concurrent update',
            DETAIL = 'Another session has changed what is stored of this reconciliation since the transaction began.',
            HINT = 'The transaction might succeed if retried.';
    END IF;
END
$$;
COMMENT ON FUNCTION recon.require_current_snapshot(integer) IS
    'Raises serialization_failure where has_old_snapshot: what is read would not be what is there.';

CREATE OR REPLACE FUNCTION recon.lock_for_run(reconciliation_id integer) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT recon.try_lock(reconciliation_id, false) THEN
        RAISE EXCEPTION USING ERRCODE = 'lock_not_available',
            MESSAGE = 'this reconciliation is being judged by another session',
            HINT = 'Wait for that run to finish; runs of one reconciliation do not overlap.';
    END IF;
    PERFORM recon.require_current_snapshot(reconciliation_id);
END
$$;
COMMENT ON FUNCTION recon.lock_for_run(integer) IS
    'Refuses (55P03) to overlap with another run of a reconciliation, or (40001) to judge by what it has left before.';

-- The news are a courtesy: what cannot be sent fails nothing.
CREATE OR REPLACE FUNCTION recon.notify(channel text, news jsonb) RETURNS void
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pg_notify(channel, news::text)
    WHERE octet_length(convert_to(news::text, getdatabaseencoding())) < 8000 AND pg_notification_queue_usage() < 0.9
$$;
COMMENT ON FUNCTION recon.notify(text, jsonb) IS
    'Notifies who listens, unless the news are longer than the server sends or its queue of news is almost full.';

CREATE OR REPLACE FUNCTION recon.announce_run(run bigint) RETURNS void
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT recon.notify('recon_run', jsonb_build_object('run', u.run_id, 'reconciliation', r.reconciliation_name,
                                                        'status', u.status, 'anomalies', u.anomalies))
    FROM recon.run u JOIN recon.reconciliation r USING (reconciliation_id) WHERE u.run_id = run
$$;
COMMENT ON FUNCTION recon.announce_run(bigint) IS
    'Tells who listens to recon_run, once the transaction commits, how a run ended.';

CREATE OR REPLACE FUNCTION recon.find_run(run bigint, level text) RETURNS recon.run
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
