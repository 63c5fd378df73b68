-- Window functions: each row of a key judged by the rows before it.
--
-- They go through a partition in its order whatever the frame; rows that the ORDER BY cannot tell apart
-- do not judge each other and enter together, in ascending order of their values.

CREATE OR REPLACE FUNCTION recon_bollinger(
    x double precision, period integer DEFAULT 20, width double precision DEFAULT 2,
    include_current boolean DEFAULT false
) RETURNS recon_band
    LANGUAGE c IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'recon_window_bollinger';
COMMENT ON FUNCTION recon_bollinger(double precision, integer, double precision, boolean) IS
    'The band mean -+ width standard deviations of the last "period" numbers before this row in the window''s order, '
    'and where x lies in it; with include_current, of the last "period" numbers up to this row. NULL, NaN and infinite '
    'x take no place in any band and have no z and direction. No limits where there are fewer than two numbers.';

CREATE OR REPLACE FUNCTION recon_robust_z(
    x double precision, period integer DEFAULT 20, tolerance double precision DEFAULT 0,
    include_current boolean DEFAULT false
) RETURNS double precision
    LANGUAGE c IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'recon_window_robust_z';
COMMENT ON FUNCTION recon_robust_z(double precision, integer, double precision, boolean) IS
    '(x - median) / spread of the last "period" numbers before this row in the window''s order, where the spread is '
    '1.4826 median absolute deviations, or of numbers most of which agree 1.2533 mean deviations, and never below the '
    'tolerance. NULL where x is NULL or not finite and where there are fewer than two numbers; infinite where all '
    'numbers agree, x does not, and the tolerance is 0.';

CREATE OR REPLACE FUNCTION recon_ewma(
    x double precision, alpha double precision DEFAULT 0.2, width double precision DEFAULT 3,
    include_current boolean DEFAULT false
) RETURNS recon_band
    LANGUAGE c IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'recon_window_ewma';
COMMENT ON FUNCTION recon_ewma(double precision, double precision, double precision, boolean) IS
    'The exponentially weighted mean of the numbers before this row in the window''s order, the newest with weight '
    'alpha, -+ width standard deviations of the next number, and where x lies in that band; with include_current, of '
    'the numbers up to this row. NULL, NaN and infinite x change nothing and have no z and direction.';
