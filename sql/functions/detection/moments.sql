-- Dates and moments of a source as expressions, none of which raises for any value that the server can hold: dates
-- reach further than timestamps, and a time zone leads out of both ends of these.

CREATE OR REPLACE FUNCTION recon.local_time(moment text, time_zone text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN format('(CASE WHEN %1$s OPERATOR(pg_catalog.>) ''4712-01-01 00:00:00+00 BC''::timestamptz '
                  'AND %1$s OPERATOR(pg_catalog.<) ''294276-12-30 00:00:00+00''::timestamptz '
                  'THEN %1$s AT TIME ZONE %2$L ELSE %1$s AT TIME ZONE ''UTC'' END)', moment, time_zone);
COMMENT ON FUNCTION recon.local_time(text, text) IS
    'The expression of a moment as a clock in a time zone shows it; in UTC at either end of what a timestamp can hold.';

CREATE OR REPLACE FUNCTION recon.moment_of(clock text, time_zone text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN format('(CASE WHEN %1$s > ''4712-01-01 BC''::timestamp AND %1$s < ''294276-12-30''::timestamp '
                  'THEN %1$s AT TIME ZONE %2$L ELSE %1$s AT TIME ZONE ''UTC'' END)', clock, time_zone);
COMMENT ON FUNCTION recon.moment_of(text, text) IS
    'The expression of the moment at which a clock in a time zone shows a timestamp; in UTC at either end of those.';

CREATE OR REPLACE FUNCTION recon.timestamp_of(day text, days_later integer DEFAULT 0) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN format('(CASE WHEN %1$s < ''4712-01-01 BC''::date THEN ''-infinity'' '
                  'WHEN %1$s > ''294276-12-29''::date THEN ''infinity'' '
                  'ELSE (%1$s + %2$s)::timestamp END)', day, days_later);
COMMENT ON FUNCTION recon.timestamp_of(text, integer) IS
    'The expression of the moment at which a day begins, or one so many days later; infinite where no timestamp is.';

CREATE OR REPLACE FUNCTION recon.period_of(unit text, clock text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN format('pg_catalog.date_trunc(%1$L, CASE WHEN %2$s < ''4712-01-01 BC''::timestamp '
                  'THEN ''-infinity'' ELSE %2$s END)', unit, clock);
COMMENT ON FUNCTION recon.period_of(text, text) IS
    'The expression of the beginning of the month, or other unit, that holds a timestamp; -infinity before 4712 BC.';
