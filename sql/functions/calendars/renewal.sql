-- What a session keeps to judge single rows is good until a row that says how to judge is another one.

CREATE OR REPLACE FUNCTION recon.renew_reconciliations() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE recon.reconciliation r SET calendar = r.calendar
    WHERE r.calendar IS NOT NULL OR r.rules ? 'holiday'
       OR EXISTS (SELECT FROM recon.strategy s WHERE s.strategy_name = r.strategy AND s.detectors ? 'holiday');
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION recon.renew_reconciliations() IS
    'Trigger of recon.calendar: makes a new version of the reconciliations that are '
    'judged by a calendar, with nothing changed.';
