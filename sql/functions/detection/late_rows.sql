-- Late rows: dated up to the newest date judged, loaded since.

-- Of a date all that is known is that the row was there when the day was over.
CREATE OR REPLACE FUNCTION recon.loaded_at_expression(relation regclass, d recon.reconciliation) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE recon.column_type(relation, d.loaded_at_column)
        WHEN 'timestamptz'::regtype THEN format('%I', d.loaded_at_column)
        WHEN 'timestamp'::regtype THEN recon.moment_of(format('%I', d.loaded_at_column), d.time_zone)
        WHEN 'date'::regtype
            THEN recon.moment_of(recon.timestamp_of(format('%I', d.loaded_at_column), 1), d.time_zone) END
$$;
COMMENT ON FUNCTION recon.loaded_at_expression(regclass, recon.reconciliation) IS
    'The expression that gives the moment at which a row was loaded; NULL where no '
    'column says so, or in another type than a date or a moment.';

-- A row is visible once its transaction commits, and says at what time it was loaded before that: rows of
-- transactions that are under way when a run reads are late for it, however long ago these began.
CREATE OR REPLACE FUNCTION recon.all_loaded_before() RETURNS timestamptz
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_stat_clear_snapshot();
    RETURN least(
        CASE WHEN current_setting('transaction_isolation') IN ('read committed', 'read uncommitted')
             THEN statement_timestamp() ELSE transaction_timestamp() END,
        (SELECT min(a.xact_start) FROM pg_stat_get_activity(NULL) a
         WHERE a.datid = (SELECT b.oid FROM pg_database b WHERE b.datname = current_database())
           AND a.pid <> pg_backend_pid() AND a.backend_type <> 'autovacuum worker'));
END
$$;
COMMENT ON FUNCTION recon.all_loaded_before() IS
    'A moment before which no row was loaded that this statement does not see: it, '
    'or the oldest transaction under way, began then.';

-- A run over certain dates tells of these only: rows of other dates that were loaded before it are late still.
CREATE OR REPLACE FUNCTION recon.late_plan(
    d recon.reconciliation, relation regclass, newest_judged date, OUT since_run bigint, OUT through date,
    OUT condition text
)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    at text := recon.date_expression(relation, d);
    loaded_at text := recon.loaded_at_expression(relation, d);
    since timestamptz;
    judged_later text;
BEGIN
    IF newest_judged IS NULL OR at IS NULL OR loaded_at IS NULL THEN
        RETURN;
    END IF;
    -- The last run that would have judged late rows; where there was none, the first run of all. What was
    -- judged while the reconciliation had no loaded_at_column counts from its start.
    SELECT r.run_id, coalesce(r.loaded_before, r.started_at) INTO since_run, since
    FROM recon.run r
    WHERE r.reconciliation_id = d.reconciliation_id AND r.status = 'succeeded' AND NOT r.is_watch
    ORDER BY r.late_rows IS NOT NULL OR r.loaded_before IS NULL DESC,
             CASE WHEN r.late_rows IS NOT NULL OR r.loaded_before IS NULL
                  THEN coalesce(r.loaded_before, r.started_at) END DESC,
             r.started_at, r.run_id DESC
    LIMIT 1;
    SELECT max(r.judged_through) INTO through FROM recon.run r JOIN recon.run last ON last.run_id = since_run
    WHERE r.reconciliation_id = d.reconciliation_id AND r.status = 'succeeded' AND NOT r.is_watch
      AND r.started_at <= last.started_at;
    SELECT string_agg(format('WHEN %s BETWEEN %L AND %L THEN %L::timestamptz', at, u.from_date, u.to_date, u.moment),
                      ' ' ORDER BY u.moment DESC, u.from_date, u.to_date)
    INTO judged_later
    FROM (SELECT r.from_date, r.to_date, max(r.loaded_before) AS moment FROM recon.run r
          WHERE r.reconciliation_id = d.reconciliation_id AND r.status = 'succeeded' AND NOT r.is_watch
            AND r.to_date IS NOT NULL AND r.loaded_before > since
          GROUP BY r.from_date, r.to_date) AS u;
    condition := format('(%s > %L OR %s >= %L::timestamptz', at, newest_judged, loaded_at, since)
        || CASE WHEN judged_later IS NULL THEN ''
                ELSE format(' AND %s >= CASE %s ELSE %L::timestamptz END', loaded_at, judged_later, since) END || ')';
END
$$;
COMMENT ON FUNCTION recon.late_plan(recon.reconciliation, regclass, date) IS
    'Which rows a run judges by default where it is known when rows were loaded: the condition, the run since which '
    'late ones were loaded, and the newest date that had been judged then; NULL where late rows are not known.';
