-- Dropping a reconciliation.

CREATE OR REPLACE FUNCTION recon_drop(name text, if_exists boolean DEFAULT false) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_drop(text, boolean) IS
    'Drops a reconciliation with its runs, breaks and verdicts. Only its owner or an '
    'administrator may. Returns one sentence.';

CREATE OR REPLACE FUNCTION recon.recon_drop(name text, if_exists boolean) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation;
    breaks bigint;
BEGIN
    -- One that the caller may not see is answered like one that is not there.
    IF if_exists AND NOT EXISTS (SELECT FROM recon.reconciliation r WHERE r.reconciliation_name = name
                                 AND recon.has_access(recon.caller(), r.reconciliation_id, 'viewer')) THEN
        RETURN format('there is no reconciliation "%s"', name);
    END IF;
    d := recon.hold_reconciliation(name, 'admin');
    -- A run that is writing ends first.
    PERFORM FROM recon.reconciliation r WHERE r.reconciliation_id = d.reconciliation_id FOR UPDATE;
    PERFORM recon.require_current_snapshot(d.reconciliation_id);
    DELETE FROM recon.break b WHERE b.reconciliation_id = d.reconciliation_id;
    GET DIAGNOSTICS breaks = ROW_COUNT;
    DELETE FROM recon.reconciliation r WHERE r.reconciliation_id = d.reconciliation_id;
    RETURN format('reconciliation "%s" is gone, with %s breaks; its source is untouched', name, breaks);
END
$$;
COMMENT ON FUNCTION recon.recon_drop(text, boolean) IS 'Implementation of recon_drop.';

CREATE OR REPLACE FUNCTION recon.forget_reconciliation() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    belonging regclass;
BEGIN
    FOR belonging IN
        SELECT c.oid FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'reconciliation_id' AND NOT a.attisdropped
        WHERE c.relnamespace = 'recon'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND c.oid <> TG_RELID
        ORDER BY c.relname
    LOOP
        EXECUTE format('DELETE FROM %s WHERE reconciliation_id = $1', belonging) USING OLD.reconciliation_id;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION recon.forget_reconciliation() IS
    'Trigger: what belongs to a reconciliation, in every table of schema recon that says so, goes with it.';
