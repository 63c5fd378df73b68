-- What window functions and bands answer.

CREATE TYPE recon_band AS (
    expected double precision, lower double precision, upper double precision,
    z double precision, direction smallint
);
COMMENT ON TYPE recon_band IS
    'Where a value lies: what was expected, the limits of the expected range, z, the distance from what was expected '
    'in standard deviations, and direction, which is -1 below the limits, 0 within, 1 above. '
    'NULL is what is not known.';

CREATE TYPE recon_drift AS (
    high double precision, low double precision, high_run bigint, low_run bigint, direction smallint
);
COMMENT ON TYPE recon_drift IS
    'The two sums of a CUSUM, for how many rows each has been above 0, and direction: 1 where the upper sum is above '
    'the threshold, -1 where the lower one is, 0 where none is, NULL of a row that is not judged.';

CREATE TYPE recon_rolling_values AS (
    at date[], x double precision[], mean double precision[], stddev double precision[]
);
COMMENT ON TYPE recon_rolling_values IS
    'The rows of one key by date, and by value within a date, and what each is '
    'judged by; NULL elements are what is missing or not defined.';
