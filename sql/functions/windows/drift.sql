-- Window functions for what no single row shows.

CREATE OR REPLACE FUNCTION recon_cusum(
    x double precision, target double precision DEFAULT NULL, allowance double precision DEFAULT 0.5,
    threshold double precision DEFAULT 5, restarts boolean DEFAULT false
) RETURNS recon_drift
    LANGUAGE c IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'recon_window_cusum';
COMMENT ON FUNCTION recon_cusum(double precision, double precision, double precision, double precision, boolean) IS
    'Two-sided CUSUM of the rows before this one in the window''s order and of this one: a drift too slow for any '
    'single row to show. With a target, allowance and threshold are in the unit of x. Without one, every row is '
    'measured by the mean and deviation of those before it (self-starting CUSUM, Hawkins 1987), allowance and '
    'threshold are in standard deviations, and no row counts for more than three. With restarts a sum begins again at '
    '0 after its alarm. NULL, NaN and infinite x change nothing.';

CREATE OR REPLACE FUNCTION recon_break_frequency(
    is_break boolean, recent integer DEFAULT 3, prior_breaks double precision DEFAULT 0.5,
    prior_matches double precision DEFAULT 0.5
) RETURNS double precision
    LANGUAGE c IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'recon_window_break_frequency';
COMMENT ON FUNCTION recon_break_frequency(boolean, integer, double precision, double precision) IS
    'The probability of at least as many breaks as there are among the "recent" newest rows up to this one in the '
    'window''s order, at the rate of the rows before those: beta-binomial, the rate being thought of as that of '
    'prior_breaks breaks and prior_matches matches before the first row. NULL for a '
    'NULL is_break, which counts as no row.';
