-- Rows are judged as they are inserted: a statement-level trigger of the source has them judged by the
-- stored baselines.

CREATE OR REPLACE FUNCTION recon_watch(name text) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_watch(text) IS
$$Judges rows as they are inserted into the source: a trigger has those of each INSERT or COPY judged like
recon_score_row. Breaks go to recon.watched_break, the statement becomes a run with is_watch in recon.run, and a
session that listens to recon_watch is notified when the transaction commits.
An error of the watch is a WARNING and a failed run; it never fails the statement. The inserting role needs no right on
recon. Later runs of recon_detect judge as if nobody had watched.
Needs level admin and the TRIGGER privilege on the source, which must be a table. Returns a sentence. Errors: 55000 no
stored baselines yet, 42809 the source is a view or foreign table, 42501 no right.$$;

CREATE OR REPLACE FUNCTION recon_unwatch(name text) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_unwatch(text) IS
    'Ends what recon_watch began; what was judged stays. Needs level admin. Returns a sentence.';

CREATE OR REPLACE FUNCTION recon.recon_watch(name text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.hold_reconciliation(name, 'admin');
    relation regclass := recon.source_of(d);
    kind "char" := (SELECT c.relkind FROM pg_class c WHERE c.oid = relation);
    trigger_name text := format('recon_watch_%s', d.reconciliation_id);
BEGIN
    IF kind NOT IN ('r', 'p') THEN
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
            MESSAGE = format('%s cannot be watched: it is %s', relation,
                             CASE kind WHEN 'f' THEN 'a foreign table' WHEN 'm' THEN 'a materialized view'
                                  ELSE 'a view' END),
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
                       'FOR EACH STATEMENT EXECUTE FUNCTION recon.watch_rows(%L)', trigger_name, relation,
                           d.reconciliation_id);
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

CREATE OR REPLACE FUNCTION recon.recon_unwatch(name text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.hold_reconciliation(name, 'admin');
BEGIN
    RETURN format(CASE WHEN recon.end_watch(d.reconciliation_id) THEN 'reconciliation "%s" is not watched any more'
                       ELSE 'reconciliation "%s" was not watched' END, d.reconciliation_name);
END
$$;
COMMENT ON FUNCTION recon.recon_unwatch(text) IS 'Implementation of recon_unwatch.';

-- The triggers that watch for a reconciliation: one, or none.
CREATE OR REPLACE FUNCTION recon.watches(reconciliation_id integer) RETURNS TABLE (trigger_name name, relation regclass)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.tgname, t.tgrelid::regclass FROM pg_trigger t
    WHERE t.tgfoid = 'recon.watch_rows()'::regprocedure AND NOT t.tgisinternal
      AND t.tgargs = convert_to($1::text, 'UTF8') || '\x00'::bytea
$$;
COMMENT ON FUNCTION recon.watches(integer) IS
    'The triggers through which rows are judged for a reconciliation, and their tables.';

CREATE OR REPLACE FUNCTION recon.end_watch(reconciliation_id integer) RETURNS boolean
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
COMMENT ON FUNCTION recon.end_watch(integer) IS
    'Removes the trigger that watches for a reconciliation; whether there was one.';

CREATE OR REPLACE FUNCTION recon.forget_watch() RETURNS trigger
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
COMMENT ON FUNCTION recon.forget_watch() IS
    'Trigger: a watch ends with its reconciliation, or when this gets another source.';
