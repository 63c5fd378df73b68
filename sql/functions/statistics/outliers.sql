-- Tests of outliers in a sample.

CREATE OR REPLACE FUNCTION recon_grubbs(
    x double precision[], alpha double precision DEFAULT 0.05, side text DEFAULT 'both',
    OUT place integer, OUT value double precision, OUT statistic double precision, OUT critical double precision,
    OUT p_value double precision, OUT is_outlier boolean
)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_grubbs_test';
COMMENT ON FUNCTION recon_grubbs(double precision[], double precision, text) IS
    'Grubbs''s test whether the most extreme number of a sample that is otherwise normal is an outlier (NIST handbook '
    '1.3.5.17.1): its place in the array from 1 on, its distance from the mean in standard deviations, what that must '
    'exceed at the level alpha, and the p-value. side is low, high or both. Elements that are NULL or not finite are '
    'passed over; all is NULL of fewer than three numbers. Errors: 22023 a level not '
    'between 0 and 1, a side that is none.';

CREATE OR REPLACE FUNCTION recon_generalized_esd(
    x double precision[], most integer DEFAULT 10, alpha double precision DEFAULT 0.05
)
    RETURNS TABLE (
        place integer, value double precision, statistic double precision, critical double precision,
        p_value double precision, is_outlier boolean
    )
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'recon_generalized_esd';
COMMENT ON FUNCTION recon_generalized_esd(double precision[], integer, double precision) IS
    'Rosner''s generalized extreme studentized deviate test for up to "most" outliers in a sample that is otherwise '
    'normal; one does not mask another (NIST handbook 1.3.5.17.3). One row for each number taken away, the most '
    'extreme first: its place in the array from 1 on, its distance from the mean of what was left in standard '
    'deviations, what that must exceed at the level alpha, and the p-value of that step. is_outlier holds up to the '
    'last step that is significant. Elements that are NULL or not finite are passed over; no rows of fewer than three '
    'numbers. Errors: 22023 most below 1, a level not between 0 and 1.';
