-- Window functions: each row of a key judged by the rows before it.
--
-- They go through a partition in its order whatever the frame; rows that the ORDER BY cannot tell apart
-- do not judge each other and enter together, in ascending order of their values.

CREATE FUNCTION recon_bollinger(
    x double precision, period integer DEFAULT 20, width double precision DEFAULT 2, include_current boolean DEFAULT false
) RETURNS recon_band
    LANGUAGE c IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'recon_window_bollinger';
COMMENT ON FUNCTION recon_bollinger(double precision, integer, double precision, boolean) IS
    'The band mean -+ width standard deviations of the last "period" numbers before this row in the window''s order, and where x lies in it; with include_current, of the last "period" numbers up to this row. NULL, NaN and infinite x take no place in any band and have no z and direction. No limits where there are fewer than two numbers.';

CREATE FUNCTION recon_robust_z(
    x double precision, period integer DEFAULT 20, tolerance double precision DEFAULT 0, include_current boolean DEFAULT false
) RETURNS double precision
    LANGUAGE c IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'recon_window_robust_z';
COMMENT ON FUNCTION recon_robust_z(double precision, integer, double precision, boolean) IS
    '(x - median) / spread of the last "period" numbers before this row in the window''s order, where the spread is 1.4826 median absolute deviations, or of numbers most of which agree 1.2533 mean deviations, and never below the tolerance. NULL where x is NULL or not finite and where there are fewer than two numbers; infinite where all numbers agree, x does not, and the tolerance is 0.';

CREATE FUNCTION recon_ewma(
    x double precision, alpha double precision DEFAULT 0.2, width double precision DEFAULT 3, include_current boolean DEFAULT false
) RETURNS recon_band
    LANGUAGE c IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'recon_window_ewma';
COMMENT ON FUNCTION recon_ewma(double precision, double precision, double precision, boolean) IS
    'The exponentially weighted mean of the numbers before this row in the window''s order, the newest with weight alpha, -+ width standard deviations of the next number, and where x lies in that band; with include_current, of the numbers up to this row. NULL, NaN and infinite x change nothing and have no z and direction.';

CREATE TYPE recon_drift AS (
    high double precision, low double precision, high_run bigint, low_run bigint, direction smallint
);
COMMENT ON TYPE recon_drift IS
    'The two sums of a CUSUM, for how many rows each has been above 0, and direction: 1 where the upper sum is above the threshold, -1 where the lower one is, 0 where none is, NULL of a row that is not judged.';

CREATE FUNCTION recon_cusum(
    x double precision, target double precision DEFAULT NULL, allowance double precision DEFAULT 0.5,
    threshold double precision DEFAULT 5, restarts boolean DEFAULT false
) RETURNS recon_drift
    LANGUAGE c IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'recon_window_cusum';
COMMENT ON FUNCTION recon_cusum(double precision, double precision, double precision, double precision, boolean) IS
    'Two-sided CUSUM of the rows before this one in the window''s order and of this one: a drift too slow for any single row to show. With a target, allowance and threshold are in the unit of x. Without one, every row is measured by the mean and deviation of those before it (self-starting CUSUM, Hawkins 1987), allowance and threshold are in standard deviations, and no row counts for more than three. With restarts a sum begins again at 0 after its alarm. NULL, NaN and infinite x change nothing.';

CREATE FUNCTION recon_break_frequency(
    is_break boolean, recent integer DEFAULT 3, prior_breaks double precision DEFAULT 0.5, prior_matches double precision DEFAULT 0.5
) RETURNS double precision
    LANGUAGE c IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'recon_window_break_frequency';
COMMENT ON FUNCTION recon_break_frequency(boolean, integer, double precision, double precision) IS
    'The probability of at least as many breaks as there are among the "recent" newest rows up to this one in the window''s order, at the rate of the rows before those: beta-binomial, the rate being thought of as that of prior_breaks breaks and prior_matches matches before the first row. NULL for a NULL is_break, which counts as no row.';

CREATE FUNCTION recon_isolation_score(features double precision[], options jsonb DEFAULT '{}') RETURNS double precision
    LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100 WINDOW AS 'MODULE_PATHNAME', 'recon_window_isolation_score';
COMMENT ON FUNCTION recon_isolation_score(double precision[], jsonb) IS
    'How strange a row is to an isolation forest of the rows before it in the window''s order: between 0 and 1, .5 where nothing distinguishes rows. The forest is made anew whenever there are twice as many rows as at the last time, so it knows between half of the earlier rows and all of them; beyond max_rows different ones a sample of all. Options and missing values as in recon_fit_iforest. NULL before there are 16 rows, for NULL features (which enter nothing) and for a row that holds an infinity or no value.';
