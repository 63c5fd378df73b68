-- What happened stays written.

CREATE OR REPLACE FUNCTION recon.refuse_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Rows may go with the reconciliation they belong to, never by themselves.
    IF TG_OP = 'DELETE' AND NOT EXISTS
        (SELECT FROM recon.reconciliation r WHERE r.reconciliation_id = OLD.reconciliation_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
        MESSAGE = format('table recon.%s is append-only', TG_TABLE_NAME),
        HINT = 'What happened stays written; add a new row instead.';
END
$$;
COMMENT ON FUNCTION recon.refuse_change() IS 'Trigger of append-only tables: refuses UPDATE and DELETE.';
