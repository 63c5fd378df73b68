-- The EWMA control chart.

CREATE OR REPLACE FUNCTION recon_ewma_chart(
    x double precision[], target double precision, deviation double precision, alpha double precision DEFAULT 0.2,
    width double precision DEFAULT 3
) RETURNS TABLE (
    place integer, value double precision, level double precision, lower double precision, upper double precision,
    direction smallint
)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME', 'recon_ewma_chart';
COMMENT ON FUNCTION recon_ewma_chart(
    double precision[], double precision, double precision, double precision, double precision
) IS
    'The EWMA control chart of a stream whose target and standard deviation are known (NIST handbook 6.3.2.4): one row '
    'for each element, with the exponentially weighted mean that starts at the target, its limits target -+ width of '
    'its own standard deviations so many rows after the start, and where it lies: -1 below, 0 within, 1 above. '
    'Elements that are NULL or not finite change nothing; their direction is NULL. '
    'Errors: 22023 an option out of its range.';
