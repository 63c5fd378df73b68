-- The holidays by which a run judges.

CREATE OR REPLACE FUNCTION recon.check_calendar(calendar text) RETURNS void
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
        MESSAGE = format('calendar %s does not exist', coalesce('"' || calendar || '"', 'NULL')),
        DETAIL = CASE WHEN known IS NULL THEN 'There is no calendar.' ELSE format('There are: %s.', known) END,
        HINT = 'An administrator can make it with recon_add_holidays(calendar, holidays).';
END
$$;
COMMENT ON FUNCTION recon.check_calendar(text) IS 'Raises undefined_object unless there is such a calendar.';

CREATE OR REPLACE FUNCTION recon.known_holidays(calendar text, as_of timestamptz) RETURNS date[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF calendar IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM recon.check_calendar(calendar);
    RETURN ARRAY(SELECT c.holiday FROM recon.calendar c
                 WHERE c.calendar_name = calendar
                   AND (as_of IS NULL OR c.added_at <= greatest(as_of, (
                       SELECT min(k.added_at) FROM recon.calendar k WHERE k.calendar_name = calendar)))
                 ORDER BY c.holiday);
END
$$;
COMMENT ON FUNCTION recon.known_holidays(text, timestamptz) IS
    'All holidays of a calendar, ascending; those that were known at a moment, or its first ones where that was before '
    'there were any. NULL without a calendar.';

-- Nothing has been learned yet of what comes after the newest date: next year's holidays may be added.
CREATE OR REPLACE FUNCTION recon.agree_through(holidays date[], others date[], through date) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ARRAY(SELECT h FROM unnest(holidays) h WHERE h < until ORDER BY h)
         = ARRAY(SELECT h FROM unnest(others) h WHERE h < until ORDER BY h)
    FROM (SELECT CASE WHEN through < '294276-12-01' THEN date_trunc('month', through::timestamp) + interval '1 month'
                      ELSE 'infinity' END) AS month (until)
$$;
COMMENT ON FUNCTION recon.agree_through(date[], date[], date) IS
    'Whether two calendars count the business days alike up to a date: have the same '
    'holidays until the end of its month. NULL has none.';
