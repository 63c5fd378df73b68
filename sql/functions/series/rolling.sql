-- Rolling bands of a whole key at once.

CREATE OR REPLACE FUNCTION recon_rolling(
    series recon_series, period integer DEFAULT 20, include_current boolean DEFAULT false
)
    RETURNS recon_rolling_values
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_series_rolling';
COMMENT ON FUNCTION recon_rolling(recon_series, integer, boolean) IS
    'For every row of one key the mean and the standard deviation of the last "period" numbers of earlier dates; with '
    'include_current, of the row''s own number and the last ones of earlier dates. '
    'As arrays: a whole key costs a few nanoseconds a row.';

CREATE OR REPLACE FUNCTION recon_bands(
    series recon_series, period integer DEFAULT 20, width double precision DEFAULT 2,
    include_current boolean DEFAULT false
) RETURNS TABLE (
    at date, x double precision, expected double precision, lower double precision, upper double precision,
    z double precision, direction smallint
)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME', 'recon_series_bands';
COMMENT ON FUNCTION recon_bands(recon_series, integer, double precision, boolean) IS
    'The rows of one key, each with the band mean -+ width standard deviations of the last "period" numbers of earlier '
    'dates and where x lies in it, as recon_bollinger(...) OVER (PARTITION BY key ORDER BY at) has it.';
