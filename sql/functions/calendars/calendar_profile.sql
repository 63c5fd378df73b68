-- Where a day stands in its month.

CREATE OR REPLACE FUNCTION recon.calendar_day(day date, holidays date[]) RETURNS recon_calendar_day
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_calendar_day';
COMMENT ON FUNCTION recon.calendar_day(date, date[]) IS
    'What recon_calendar_profile says, for the holidays of that month.';

CREATE OR REPLACE FUNCTION recon.holidays_of_month(calendar text, day date) RETURNS date[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM recon.check_calendar(calendar);
    RETURN ARRAY(SELECT c.holiday FROM recon.calendar c
                 WHERE c.calendar_name = calendar AND isfinite(day) AND abs(c.holiday - day) <= 31);
END
$$;
COMMENT ON FUNCTION recon.holidays_of_month(text, date) IS
    'The holidays of a calendar in the month of a day, and a few before and after it.';

CREATE OR REPLACE FUNCTION recon_calendar_profile(day date, calendar text DEFAULT NULL) RETURNS recon_calendar_day
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN recon.calendar_day(
        day, CASE WHEN calendar IS NULL THEN '{}' ELSE recon.holidays_of_month(calendar, day) END);
COMMENT ON FUNCTION recon_calendar_profile(date, text) IS
    'Where a day stands in the business calendar: weekday 1 Monday to 7 Sunday, whether it is a Saturday or Sunday, a '
    'holiday of that calendar, a business day, and how many business days there are from the first of the month up to '
    'it and from it to the last of the month, itself included. Without a calendar there are no holidays. NULL of a '
    'NULL or infinite day. Errors: 42704 no such calendar.';
