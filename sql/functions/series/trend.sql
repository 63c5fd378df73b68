-- The Theil-Sen line.

CREATE OR REPLACE FUNCTION recon_theil_sen(
    y double precision[], OUT slope double precision, OUT intercept double precision
)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_theil_sen_of_array';
COMMENT ON FUNCTION recon_theil_sen(double precision[]) IS
    'The Theil-Sen line through the elements of an array over their places 1, 2 ...: the slope is the median of the '
    'slopes between any two, so that up to 29% of them may be anything, and the intercept the median of what is left. '
    'Elements that are NULL or not finite are passed over and keep their places; NULL of fewer than two numbers. Of '
    'more than 1448 numbers a fixed selection of a million pairs is looked at.';

CREATE OR REPLACE FUNCTION recon_theil_sen(
    x double precision[], y double precision[], OUT slope double precision, OUT intercept double precision
)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_theil_sen_of_points';
COMMENT ON FUNCTION recon_theil_sen(double precision[], double precision[]) IS
    'The Theil-Sen line through points, in any order: the slope is the median of the slopes between any two of '
    'different x, the intercept the median of y - slope * x. Points with an x or y that is NULL or not finite are '
    'passed over; NULL where all x are equal. Errors: 22023 arrays of different length.';

CREATE OR REPLACE FUNCTION recon_theil_sen(
    series recon_series, OUT slope double precision, OUT intercept double precision
)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_theil_sen_of_series';
COMMENT ON FUNCTION recon_theil_sen(recon_series) IS
    'The Theil-Sen line through one key''s history: the slope in units of x a day, the intercept on the day of the '
    'series'' first row. NULL where there are no numbers on two dates.';
