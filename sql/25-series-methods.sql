-- Textbook methods over the numbers of one stream, given as an array.

CREATE FUNCTION recon_grubbs(
    x double precision[], alpha double precision DEFAULT 0.05, side text DEFAULT 'both',
    OUT place integer, OUT value double precision, OUT statistic double precision, OUT critical double precision,
    OUT p_value double precision, OUT is_outlier boolean
)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_grubbs_test';
COMMENT ON FUNCTION recon_grubbs(double precision[], double precision, text) IS
    'Grubbs''s test whether the most extreme number of a sample that is otherwise normal is an outlier (NIST handbook 1.3.5.17.1): its place in the array from 1 on, its distance from the mean in standard deviations, what that must exceed at the level alpha, and the p-value. side is low, high or both. Elements that are NULL or not finite are passed over; all is NULL of fewer than three numbers. Errors: 22023 a level not between 0 and 1, a side that is none.';

CREATE FUNCTION recon_generalized_esd(x double precision[], most integer DEFAULT 10, alpha double precision DEFAULT 0.05)
    RETURNS TABLE (
        place integer, value double precision, statistic double precision, critical double precision,
        p_value double precision, is_outlier boolean
    )
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'recon_generalized_esd';
COMMENT ON FUNCTION recon_generalized_esd(double precision[], integer, double precision) IS
    'Rosner''s generalized extreme studentized deviate test for up to "most" outliers in a sample that is otherwise normal; one does not mask another (NIST handbook 1.3.5.17.3). One row for each number taken away, the most extreme first: its place in the array from 1 on, its distance from the mean of what was left in standard deviations, what that must exceed at the level alpha, and the p-value of that step. is_outlier holds up to the last step that is significant. Elements that are NULL or not finite are passed over; no rows of fewer than three numbers. Errors: 22023 most below 1, a level not between 0 and 1.';

CREATE FUNCTION recon_theil_sen(y double precision[], OUT slope double precision, OUT intercept double precision)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_theil_sen_of_array';
COMMENT ON FUNCTION recon_theil_sen(double precision[]) IS
    'The Theil-Sen line through the elements of an array over their places 1, 2 ...: the slope is the median of the slopes between any two, so that up to 29% of them may be anything, and the intercept the median of what is left. Elements that are NULL or not finite are passed over and keep their places; NULL of fewer than two numbers. Of more than 1448 numbers a fixed selection of a million pairs is looked at.';

CREATE FUNCTION recon_theil_sen(
    x double precision[], y double precision[], OUT slope double precision, OUT intercept double precision
)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_theil_sen_of_points';
COMMENT ON FUNCTION recon_theil_sen(double precision[], double precision[]) IS
    'The Theil-Sen line through points, in any order: the slope is the median of the slopes between any two of different x, the intercept the median of y - slope * x. Points with an x or y that is NULL or not finite are passed over; NULL where all x are equal. Errors: 22023 arrays of different length.';

CREATE FUNCTION recon_theil_sen(series recon_series, OUT slope double precision, OUT intercept double precision)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_theil_sen_of_series';
COMMENT ON FUNCTION recon_theil_sen(recon_series) IS
    'The Theil-Sen line through one key''s history: the slope in units of x a day, the intercept on the day of the series'' first row. NULL where there are no numbers on two dates.';

CREATE FUNCTION recon_ewma_chart(
    x double precision[], target double precision, deviation double precision, alpha double precision DEFAULT 0.2,
    width double precision DEFAULT 3
) RETURNS TABLE (
    place integer, value double precision, level double precision, lower double precision, upper double precision,
    direction smallint
)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME', 'recon_ewma_chart';
COMMENT ON FUNCTION recon_ewma_chart(double precision[], double precision, double precision, double precision, double precision) IS
    'The EWMA control chart of a stream whose target and standard deviation are known (NIST handbook 6.3.2.4): one row for each element, with the exponentially weighted mean that starts at the target, its limits target -+ width of its own standard deviations so many rows after the start, and where it lies: -1 below, 0 within, 1 above. Elements that are NULL or not finite change nothing; their direction is NULL. Errors: 22023 an option out of its range.';

CREATE FUNCTION recon_season(
    x double precision[], longest integer DEFAULT 366, alpha double precision DEFAULT 0.05,
    OUT period integer, OUT strength double precision, OUT p_value double precision, OUT is_season boolean
)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_season_of_array';
COMMENT ON FUNCTION recon_season(double precision[], integer, double precision) IS
    'Whether a stream repeats itself, and after how many elements: the strongest peak of its autocorrelation, once the Theil-Sen trend is taken away, at distances of 2 to "longest" elements and at most a third of the stream. strength is the autocorrelation there (the mean product over the variance, which may pass 1 a little), p_value how likely a peak at any of these distances would be as striking in white noise, is_season whether that is below alpha. A stream that is no white noise but wanders (each element near the one before) has such peaks without a season: give its differences. Elements that are NULL or not finite keep their places. All but is_season is NULL where nothing repeats. Errors: 22023 longest below 2, a level not between 0 and 1.';
