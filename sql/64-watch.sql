-- Rows are judged as they are inserted: a statement-level trigger of the source has them judged by the
-- stored baselines. What it finds waits in a table of its own until a run of recon_detect judges the
-- rows together with all others, so that no verdict depends on whether somebody watched.

CREATE TABLE recon.watched_break (
    reconciliation_id   integer NOT NULL,
    run_id              bigint NOT NULL,
    key                 jsonb NOT NULL,
    break_date          date NOT NULL,
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
    category            text NOT NULL,
    flags               text[] NOT NULL,
    contributions       jsonb NOT NULL,
    basis               text NOT NULL,
    history_n           integer NOT NULL,
    reason              text NOT NULL,
    recommended_action  text NOT NULL,
    currency            text,
    written_by          xid8 NOT NULL,
    written_at          timestamptz NOT NULL
);
CREATE INDEX watched_break_by_date ON recon.watched_break (reconciliation_id, break_date);
COMMENT ON TABLE recon.watched_break IS
    'What recon_watch says of breaks as they are inserted. A row goes when a stored run judges its date with that break in it. Not part of dumps.';
COMMENT ON COLUMN recon.watched_break.run_id IS 'the run of the watch: one for each inserting statement';
COMMENT ON COLUMN recon.watched_break.written_by IS 'the transaction that inserted the row: a run knows by it whether it has read it';

ALTER TABLE recon.watched_break ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.watched_break FOR SELECT USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

CREATE FUNCTION recon_watch(name text) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_watch(text) IS
$$Judges rows as they are inserted into the source: a trigger has those of each INSERT or COPY judged like recon_score_row. Breaks go to recon.watched_break, the statement becomes a run with is_watch in recon.run, and who listens to recon_watch is told when the transaction commits.
An error of the watch is a WARNING and a failed run; it never fails the statement. The inserting role needs no right on recon. Later runs of recon_detect judge as if nobody had watched.
Needs level admin and the TRIGGER privilege on the source, which must be a table. Returns a sentence. Errors: 55000 no stored baselines yet, 42809 the source is a view or foreign table, 42501 no right.$$;

CREATE FUNCTION recon_unwatch(name text) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_unwatch(text) IS
    'Ends what recon_watch began; what was judged stays. Needs level admin. Returns a sentence.';

CREATE FUNCTION recon.watch_rows() RETURNS trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_watch_rows';
COMMENT ON FUNCTION recon.watch_rows() IS
    'Trigger of a watched source: judges the inserted rows, relation recon_new_rows, for the reconciliation that its argument numbers.';

CREATE FUNCTION recon.new_rows_scan(d recon.reconciliation) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT recon.grouped_scan(d, relation, recon.date_expression(relation, d), 'true',
        recon.unreadable_condition(relation, d, d.decimal_signs, NULL), 'recon_new_rows AS source',
        recon.found_expression(relation, d, recon.applicable_rules(recon.current_strategy(d.strategy), d, relation)))
    FROM CAST(d.source AS regclass) AS relation
$$;
COMMENT ON FUNCTION recon.new_rows_scan(recon.reconciliation) IS
    'The statement that reads inserted rows as recon.scan_statement reads the source.';

-- The triggers that watch for a reconciliation: one, or none.
CREATE FUNCTION recon.watches(reconciliation_id integer) RETURNS TABLE (trigger_name name, relation regclass)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.tgname, t.tgrelid::regclass FROM pg_trigger t
    WHERE t.tgfoid = 'recon.watch_rows()'::regprocedure AND NOT t.tgisinternal
      AND t.tgargs = convert_to($1::text, 'UTF8') || '\x00'::bytea
$$;
COMMENT ON FUNCTION recon.watches(integer) IS 'The triggers through which rows are judged for a reconciliation, and their tables.';

CREATE FUNCTION recon.end_watch(reconciliation_id integer) RETURNS boolean
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    watch record;
    ended boolean := false;
BEGIN
    FOR watch IN SELECT * FROM recon.watches(end_watch.reconciliation_id) LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', watch.trigger_name, watch.relation);
        ended := true;
    END LOOP;
    RETURN ended;
END
$$;
COMMENT ON FUNCTION recon.end_watch(integer) IS 'Removes the trigger that watches for a reconciliation; whether there was one.';

CREATE FUNCTION recon.forget_watch() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF recon.end_watch(OLD.reconciliation_id) AND TG_OP = 'UPDATE' THEN
        RAISE NOTICE 'reconciliation "%" has another source and is not watched any more', NEW.reconciliation_name
            USING HINT = format('SELECT recon_watch(%L) after the next stored run.', NEW.reconciliation_name);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION recon.forget_watch() IS 'Trigger: a watch ends with its reconciliation, or when this gets another source.';
CREATE TRIGGER forget_watch AFTER DELETE ON recon.reconciliation
    FOR EACH ROW EXECUTE FUNCTION recon.forget_watch();
CREATE TRIGGER move_watch AFTER UPDATE OF source ON recon.reconciliation
    FOR EACH ROW WHEN (OLD.source IS DISTINCT FROM NEW.source) EXECUTE FUNCTION recon.forget_watch();

CREATE FUNCTION recon.recon_watch(name text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.find_reconciliation(name, 'admin');
    relation regclass := d.source::regclass;
    kind "char" := (SELECT c.relkind FROM pg_class c WHERE c.oid = relation);
    trigger_name text := format('recon_watch_%s', d.reconciliation_id);
BEGIN
    IF kind NOT IN ('r', 'p') THEN
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
            MESSAGE = format('%s cannot be watched: it is %s', relation,
                             CASE kind WHEN 'f' THEN 'a foreign table' WHEN 'm' THEN 'a materialized view' ELSE 'a view' END),
            DETAIL = 'Rows are watched by a trigger of the table into which they are inserted.',
            HINT = 'Judge them by a scheduled CALL recon_work(detect => ...), or one by one with recon_score_row.';
    END IF;
    IF NOT has_table_privilege(recon.caller(), relation, 'TRIGGER') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('permission denied for table %s', relation),
            DETAIL = format('Role "%s" does not have the TRIGGER privilege on it.', recon.caller());
    END IF;
    IF NOT EXISTS (SELECT FROM recon.fit f WHERE f.reconciliation_id = d.reconciliation_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('reconciliation "%s" has no stored baselines', d.reconciliation_name),
            DETAIL = 'New rows are judged by what a run of recon_detect has stored.',
            HINT = format('Run SELECT * FROM recon_detect(%L) first.', d.reconciliation_name);
    END IF;
    IF EXISTS (SELECT FROM recon.watches(d.reconciliation_id)) THEN
        RETURN format('%s is already watched for reconciliation "%s"', relation, d.reconciliation_name);
    END IF;
    BEGIN
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %s REFERENCING NEW TABLE AS recon_new_rows '
                       'FOR EACH STATEMENT EXECUTE FUNCTION recon.watch_rows(%L)', trigger_name, relation, d.reconciliation_id);
        -- Goes with the extension, without CASCADE.
        EXECUTE format('ALTER TRIGGER %I ON %s DEPENDS ON EXTENSION recon', trigger_name, relation);
    EXCEPTION WHEN insufficient_privilege THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = SQLERRM,
            DETAIL = format('The trigger is made by "%s", who owns the extension.', current_user),
            HINT = format('The owner of %s can make "%s" a member of its role.', relation, current_user);
    END;
    RETURN format('rows inserted into %s are judged for reconciliation "%s"; LISTEN recon_watch tells of them',
                  relation, d.reconciliation_name);
END
$$;
COMMENT ON FUNCTION recon.recon_watch(text) IS 'Implementation of recon_watch.';

CREATE FUNCTION recon.recon_unwatch(name text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.find_reconciliation(name, 'admin');
BEGIN
    RETURN format(CASE WHEN recon.end_watch(d.reconciliation_id) THEN 'reconciliation "%s" is not watched any more'
                       ELSE 'reconciliation "%s" was not watched' END, d.reconciliation_name);
END
$$;
COMMENT ON FUNCTION recon.recon_unwatch(text) IS 'Implementation of recon_unwatch.';

CREATE FUNCTION recon.add_watch_run(
    reconciliation_id integer, strategy jsonb, from_date date, to_date date, rows_read bigint, rows_without_date bigint,
    rows_judged bigint, keys_read bigint, breaks bigint, anomalies bigint, baseline_date date,
    message text, error_code text
) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    added recon.run;
BEGIN
    INSERT INTO recon.run (reconciliation_id, status, strategy, from_date, to_date, rows_read, rows_without_date,
        rows_judged, keys_read, breaks, anomalies, baseline_date, message, error_code, run_by, started_at, finished_at, is_watch)
    SELECT r.reconciliation_id, CASE WHEN $13 IS NULL THEN 'succeeded' ELSE 'failed' END, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
           r.owner, statement_timestamp(), clock_timestamp(), true
    FROM recon.reconciliation r WHERE r.reconciliation_id = $1
    RETURNING * INTO added;
    PERFORM pg_notify('recon_watch', jsonb_build_object('run', added.run_id, 'reconciliation', r.reconciliation_name, 'status', added.status,
        'rows', added.rows_read, 'breaks', added.breaks, 'anomalies', added.anomalies)::text)
    FROM recon.reconciliation r WHERE r.reconciliation_id = $1;
    RETURN added.run_id;
END
$$;
COMMENT ON FUNCTION recon.add_watch_run(integer, jsonb, date, date, bigint, bigint, bigint, bigint, bigint, bigint, date, text, text) IS
    'Records what a watch judged of one statement, or its error, tells who listens to recon_watch, and returns the number of the run.';
