-- What a recon_stats says.

CREATE OR REPLACE FUNCTION recon_count(stats recon_stats) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_count';
COMMENT ON FUNCTION recon_count(recon_stats) IS 'How many numbers entered: finite ones.';

CREATE OR REPLACE FUNCTION recon_null_count(stats recon_stats) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_null_count';
COMMENT ON FUNCTION recon_null_count(recon_stats) IS 'How many NULLs were met.';

CREATE OR REPLACE FUNCTION recon_non_finite_count(stats recon_stats) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_non_finite_count';
COMMENT ON FUNCTION recon_non_finite_count(recon_stats) IS
    'How many NaN, infinite numbers and numbers beyond 2^1000 were met.';

CREATE OR REPLACE FUNCTION recon_sum(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_sum';
COMMENT ON FUNCTION recon_sum(recon_stats) IS 'Sum of the numbers, exact but for one rounding; NULL of none.';

CREATE OR REPLACE FUNCTION recon_mean(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_mean';
COMMENT ON FUNCTION recon_mean(recon_stats) IS 'Arithmetic mean, exact but for one rounding; NULL of no numbers.';

CREATE OR REPLACE FUNCTION recon_variance(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_variance';
COMMENT ON FUNCTION recon_variance(recon_stats) IS
    'Sample variance (divisor n - 1), exact but for one rounding; NULL of fewer than two numbers.';

CREATE OR REPLACE FUNCTION recon_stddev(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_stddev';
COMMENT ON FUNCTION recon_stddev(recon_stats) IS
    'Sample standard deviation (divisor n - 1); NULL of fewer than two numbers.';

CREATE OR REPLACE FUNCTION recon_skewness(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_skewness';
COMMENT ON FUNCTION recon_skewness(recon_stats) IS
    'Skewness g1, the third standardized moment: above 0 for a longer tail upwards. '
    'NULL of fewer than two numbers and of a constant.';

CREATE OR REPLACE FUNCTION recon_kurtosis(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_kurtosis';
COMMENT ON FUNCTION recon_kurtosis(recon_stats) IS
    'Excess kurtosis g2, the fourth standardized moment less 3: 0 for a normal '
    'distribution. NULL of fewer than two numbers and of a constant.';

CREATE OR REPLACE FUNCTION recon_min(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_minimum';
COMMENT ON FUNCTION recon_min(recon_stats) IS 'The smallest number; NULL of none.';

CREATE OR REPLACE FUNCTION recon_max(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_maximum';
COMMENT ON FUNCTION recon_max(recon_stats) IS 'The largest number; NULL of none.';

CREATE OR REPLACE FUNCTION recon_zscore(stats recon_stats, x double precision) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_zscore';
COMMENT ON FUNCTION recon_zscore(recon_stats, double precision) IS
    '(x - mean) / standard deviation. NULL where x is NULL or not finite, or of fewer than two numbers; of a constant, '
    '0 for the constant and infinite for everything else.';

CREATE OR REPLACE FUNCTION recon_bollinger(stats recon_stats, x double precision, width double precision DEFAULT 2)
    RETURNS recon_band
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_bollinger';
COMMENT ON FUNCTION recon_bollinger(recon_stats, double precision, double precision) IS
    'The band mean -+ width standard deviations, and where x lies in it. NULL for NULL statistics; z and direction are '
    'NULL where x is NULL or not finite, or where there are fewer than two numbers.';
