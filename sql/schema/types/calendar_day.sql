-- What recon_calendar_profile answers.

CREATE TYPE recon_calendar_day AS (
    weekday smallint, is_weekend boolean, is_holiday boolean, is_business_day boolean,
    business_day_of_month integer, business_days_left integer
);
COMMENT ON TYPE recon_calendar_day IS
    'Where a day stands in the business calendar: weekday 1 Monday to 7 Sunday, weekend, holiday, neither of them, '
    'business days from the first of the month up to this day and from this day to '
    'the last of the month, this day included.';
