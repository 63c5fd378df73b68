-- Business calendars: which days are holidays, and where a day stands in its month.

CREATE TABLE recon.calendar (
    calendar_name text NOT NULL CHECK (calendar_name <> ''),
    holiday       date NOT NULL CHECK (isfinite(holiday)),
    holiday_name  text NOT NULL DEFAULT '',
    PRIMARY KEY (calendar_name, holiday)
);
COMMENT ON TABLE recon.calendar IS
    'The holidays of business calendars, one row each; a calendar is there as long as it has one. Written by recon_add_holidays and recon_remove_holidays.';

SELECT pg_catalog.pg_extension_config_dump('recon.calendar', '');

CREATE FUNCTION recon_add_holidays(calendar text, holidays date[], name text DEFAULT '') RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_add_holidays(text, date[], text) IS
    'Adds holidays to a business calendar, which is made by its first ones, and returns a sentence. A name that is given is that of all of these days, also of those which the calendar has already. Needs level admin on all reconciliations. Errors: 22023 no calendar name, a holiday that is NULL or infinite.';

CREATE FUNCTION recon.recon_add_holidays(calendar text, holidays date[], name text) RETURNS text
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
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a holiday is no date',
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

CREATE FUNCTION recon_remove_holidays(calendar text, holidays date[]) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_remove_holidays(text, date[]) IS
    'Takes holidays out of a business calendar and returns a sentence; a calendar without holidays is gone. Needs level admin on all reconciliations. Errors: 42704 no such calendar.';

CREATE FUNCTION recon.recon_remove_holidays(calendar text, holidays date[]) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    removed bigint;
BEGIN
    PERFORM recon.require_access(NULL, 'admin');
    PERFORM recon.check_calendar(calendar);
    DELETE FROM recon.calendar c WHERE c.calendar_name = calendar AND c.holiday = ANY (holidays);
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN format('calendar "%s": %s removed, %s left', calendar, removed,
                  (SELECT count(*) FROM recon.calendar c WHERE c.calendar_name = calendar));
END
$$;
COMMENT ON FUNCTION recon.recon_remove_holidays(text, date[]) IS 'Implementation of recon_remove_holidays.';

CREATE FUNCTION recon.check_calendar(calendar text) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known text;
BEGIN
    IF EXISTS (SELECT FROM recon.calendar c WHERE c.calendar_name = calendar) THEN
        RETURN;
    END IF;
    SELECT string_agg(DISTINCT format('"%s"', c.calendar_name), ', ') INTO known FROM recon.calendar c;
    RAISE EXCEPTION USING ERRCODE = 'undefined_object',
        MESSAGE = format('calendar "%s" does not exist', calendar),
        DETAIL = CASE WHEN known IS NULL THEN 'There is no calendar.' ELSE format('There are: %s.', known) END,
        HINT = 'An administrator can make it with recon_add_holidays(calendar, holidays).';
END
$$;
COMMENT ON FUNCTION recon.check_calendar(text) IS 'Raises undefined_object unless there is such a calendar.';

CREATE TYPE recon_calendar_day AS (
    weekday smallint, is_weekend boolean, is_holiday boolean, is_business_day boolean,
    business_day_of_month integer, business_days_left integer
);
COMMENT ON TYPE recon_calendar_day IS
    'Where a day stands in the business calendar: weekday 1 Monday to 7 Sunday, weekend, holiday, neither of them, business days from the first of the month up to this day and from this day to the last of the month, this day included.';

CREATE FUNCTION recon.calendar_day(day date, holidays date[]) RETURNS recon_calendar_day
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_calendar_day';
COMMENT ON FUNCTION recon.calendar_day(date, date[]) IS
    'What recon_calendar_profile says, for the holidays of that month.';

CREATE FUNCTION recon.holidays_of_month(calendar text, day date) RETURNS date[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM recon.check_calendar(calendar);
    RETURN ARRAY(SELECT c.holiday FROM recon.calendar c
                 WHERE c.calendar_name = calendar AND isfinite(day) AND c.holiday BETWEEN day - 31 AND day + 31);
END
$$;
COMMENT ON FUNCTION recon.holidays_of_month(text, date) IS
    'The holidays of a calendar in the month of a day, and a few before and after it.';

CREATE FUNCTION recon_calendar_profile(day date, calendar text DEFAULT NULL) RETURNS recon_calendar_day
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN recon.calendar_day(day, CASE WHEN calendar IS NULL THEN '{}' ELSE recon.holidays_of_month(calendar, day) END);
COMMENT ON FUNCTION recon_calendar_profile(date, text) IS
    'Where a day stands in the business calendar: weekday 1 Monday to 7 Sunday, whether it is a Saturday or Sunday, a holiday of that calendar, a business day, and how many business days there are from the first of the month up to it and from it to the last of the month, itself included. Without a calendar there are no holidays. NULL of a NULL or infinite day. Errors: 42704 no such calendar.';
