-- Business calendars: which days are holidays, and where a day stands in its month.

-- What a session keeps to judge single rows is good until a row that says how to judge is another one.
CREATE FUNCTION recon.renew_reconciliations() RETURNS trigger
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
    'Trigger of recon.calendar: makes a new version of the reconciliations that are judged by a calendar, with nothing changed.';

CREATE TABLE recon.calendar (
    calendar_name text NOT NULL CHECK (calendar_name <> ''),
    holiday       date NOT NULL CHECK (isfinite(holiday)),
    holiday_name  text NOT NULL DEFAULT '',
    added_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (calendar_name, holiday)
);
COMMENT ON TABLE recon.calendar IS
    'The holidays of business calendars, one row each; a calendar is there as long as it has one. Written by recon_add_holidays and recon_remove_holidays.';
COMMENT ON COLUMN recon.calendar.added_at IS 'since when it is known: what is judged as of an earlier moment does without it';

SELECT pg_catalog.pg_extension_config_dump('recon.calendar', '');

CREATE TRIGGER renew AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON recon.calendar
    FOR EACH STATEMENT EXECUTE FUNCTION recon.renew_reconciliations();

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
    'Takes holidays out of a business calendar and returns a sentence; a calendar without holidays is gone. Needs level admin on all reconciliations. Errors: 42704 no such calendar, 55006 none would be left of one that a reconciliation uses.';

CREATE FUNCTION recon.recon_remove_holidays(calendar text, holidays date[]) RETURNS text
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
            MESSAGE = format('calendar "%s" is in use and needs a holiday', calendar), DETAIL = format('It is that of %s.', users),
            HINT = 'Give them another one with recon_alter(name, calendar => ...) or recon_set_rules.';
    END IF;
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
        MESSAGE = format('calendar %s does not exist', coalesce('"' || calendar || '"', 'NULL')),
        DETAIL = CASE WHEN known IS NULL THEN 'There is no calendar.' ELSE format('There are: %s.', known) END,
        HINT = 'An administrator can make it with recon_add_holidays(calendar, holidays).';
END
$$;
COMMENT ON FUNCTION recon.check_calendar(text) IS 'Raises undefined_object unless there is such a calendar.';

CREATE FUNCTION recon.known_holidays(calendar text, as_of timestamptz) RETURNS date[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF calendar IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM recon.check_calendar(calendar);
    RETURN ARRAY(SELECT c.holiday FROM recon.calendar c
                 WHERE c.calendar_name = calendar
                   AND (as_of IS NULL OR c.added_at <= greatest(as_of, (SELECT min(k.added_at) FROM recon.calendar k WHERE k.calendar_name = calendar)))
                 ORDER BY c.holiday);
END
$$;
COMMENT ON FUNCTION recon.known_holidays(text, timestamptz) IS
    'All holidays of a calendar, ascending; those that were known at a moment, or its first ones where that was before there were any. NULL without a calendar.';

-- Nothing has been learned yet of what comes after the newest date: next year's holidays may be added.
CREATE FUNCTION recon.agree_through(holidays date[], others date[], through date) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ARRAY(SELECT h FROM unnest(holidays) h WHERE h < until ORDER BY h) = ARRAY(SELECT h FROM unnest(others) h WHERE h < until ORDER BY h)
    FROM (SELECT CASE WHEN through < '294276-12-01' THEN date_trunc('month', through::timestamp) + interval '1 month'
                      ELSE 'infinity' END) AS month (until)
$$;
COMMENT ON FUNCTION recon.agree_through(date[], date[], date) IS
    'Whether two calendars count the business days alike up to a date: have the same holidays until the end of its month. NULL has none.';

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
                 WHERE c.calendar_name = calendar AND isfinite(day) AND abs(c.holiday - day) <= 31);
END
$$;
COMMENT ON FUNCTION recon.holidays_of_month(text, date) IS
    'The holidays of a calendar in the month of a day, and a few before and after it.';

CREATE FUNCTION recon_calendar_profile(day date, calendar text DEFAULT NULL) RETURNS recon_calendar_day
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN recon.calendar_day(day, CASE WHEN calendar IS NULL THEN '{}' ELSE recon.holidays_of_month(calendar, day) END);
COMMENT ON FUNCTION recon_calendar_profile(date, text) IS
    'Where a day stands in the business calendar: weekday 1 Monday to 7 Sunday, whether it is a Saturday or Sunday, a holiday of that calendar, a business day, and how many business days there are from the first of the month up to it and from it to the last of the month, itself included. Without a calendar there are no holidays. NULL of a NULL or infinite day. Errors: 42704 no such calendar.';
