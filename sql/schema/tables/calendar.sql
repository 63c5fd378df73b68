-- Business calendars.

CREATE TABLE recon.calendar (
    calendar_name text NOT NULL CHECK (calendar_name <> ''),
    holiday       date NOT NULL CHECK (isfinite(holiday)),
    holiday_name  text NOT NULL DEFAULT '',
    added_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (calendar_name, holiday)
);
COMMENT ON TABLE recon.calendar IS
    'The holidays of business calendars, one row each; a calendar is there as long as it has one. Written by '
    'recon_add_holidays and recon_remove_holidays.';
COMMENT ON COLUMN recon.calendar.added_at IS
    'since when it is known: what is judged as of an earlier moment does without it';

SELECT pg_catalog.pg_extension_config_dump('recon.calendar', '');
