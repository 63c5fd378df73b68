-- Holidays, added and removed.

CREATE OR REPLACE FUNCTION recon_add_holidays(calendar text, holidays date[], name text DEFAULT '') RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_add_holidays(text, date[], text) IS
    'Adds holidays to a business calendar, which is made by its first ones, and returns a sentence. A name that is '
    'given is that of all of these days, also of those which the calendar has already. Needs level admin on all '
    'reconciliations. Errors: 22023 no calendar name, a holiday that is NULL or infinite.';

CREATE OR REPLACE FUNCTION recon.recon_add_holidays(calendar text, holidays date[], name text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    added bigint;
    known bigint;
BEGIN
    PERFORM recon.require_access(NULL, 'admin');
    IF coalesce(calendar, '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a calendar needs a name';
    END IF;
    IF holidays IS NULL OR EXISTS (SELECT FROM unnest(holidays) AS day WHERE day IS NULL OR NOT isfinite(day)) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a holiday is not a date',
            DETAIL = format('The holidays are %s.', coalesce(holidays::text, 'NULL'));
    END IF;
    SELECT count(*) INTO known FROM recon.calendar c WHERE c.calendar_name = calendar;
    INSERT INTO recon.calendar (calendar_name, holiday, holiday_name)
    SELECT DISTINCT calendar, day, coalesce(name, '') FROM unnest(holidays) AS day
    ON CONFLICT ON CONSTRAINT calendar_pkey
    DO UPDATE SET holiday_name = excluded.holiday_name WHERE excluded.holiday_name <> '';
    SELECT count(*) - known INTO added FROM recon.calendar c WHERE c.calendar_name = calendar;
    RETURN format('calendar "%s": %s added, %s in all', calendar, added, known + added);
END
$$;
COMMENT ON FUNCTION recon.recon_add_holidays(text, date[], text) IS 'Implementation of recon_add_holidays.';

CREATE OR REPLACE FUNCTION recon_remove_holidays(calendar text, holidays date[]) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_remove_holidays(text, date[]) IS
    'Takes holidays out of a business calendar and returns a sentence; a calendar without holidays is gone. Needs '
    'level admin on all reconciliations. Errors: 42704 no such calendar, 55006 none '
    'would be left of one that a reconciliation uses.';

CREATE OR REPLACE FUNCTION recon.recon_remove_holidays(calendar text, holidays date[]) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    removed bigint;
    users text;
BEGIN
    PERFORM recon.require_access(NULL, 'admin');
    PERFORM recon.check_calendar(calendar);
    DELETE FROM recon.calendar c WHERE c.calendar_name = calendar AND c.holiday = ANY (holidays);
    GET DIAGNOSTICS removed = ROW_COUNT;
    SELECT string_agg(format('"%s"', r.reconciliation_name), ', ' ORDER BY r.reconciliation_name) INTO users
    FROM recon.reconciliation r
    WHERE recon_remove_holidays.calendar IN (r.calendar, r.rules->'holiday'->>'calendar')
      AND NOT EXISTS (SELECT FROM recon.calendar c WHERE c.calendar_name = recon_remove_holidays.calendar);
    IF users IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_in_use',
            MESSAGE = format('calendar "%s" is in use and needs a holiday', calendar),
            DETAIL = format('It is that of %s.', users),
            HINT = 'Give them another one with recon_alter(name, calendar => ...) or recon_set_rules.';
    END IF;
    RETURN format('calendar "%s": %s removed, %s left', calendar, removed,
                  (SELECT count(*) FROM recon.calendar c WHERE c.calendar_name = calendar));
END
$$;
COMMENT ON FUNCTION recon.recon_remove_holidays(text, date[]) IS 'Implementation of recon_remove_holidays.';
