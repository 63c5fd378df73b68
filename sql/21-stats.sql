-- The moments of a set of numbers as one value, exact and mergeable.

CREATE TYPE recon_stats;

CREATE FUNCTION recon_stats_in(cstring) RETURNS recon_stats
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_in';
CREATE FUNCTION recon_stats_out(recon_stats) RETURNS cstring
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_out';
CREATE FUNCTION recon_stats_recv(internal) RETURNS recon_stats
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_receive';
CREATE FUNCTION recon_stats_send(recon_stats) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_send';

CREATE TYPE recon_stats (
    INPUT = recon_stats_in, OUTPUT = recon_stats_out,
    RECEIVE = recon_stats_recv, SEND = recon_stats_send,
    STORAGE = extended
);
COMMENT ON TYPE recon_stats IS
    'Count, exact power sums and extremes of a set of numbers; made by the aggregate recon_stats(x), read by recon_mean, recon_stddev and others, put together by recon_merge. Equal sets have equal values.';
COMMENT ON FUNCTION recon_stats_in(cstring) IS 'Reads a recon_stats from text; refuses bytes that are not one.';
COMMENT ON FUNCTION recon_stats_out(recon_stats) IS 'Text form of a recon_stats, for dumps.';
COMMENT ON FUNCTION recon_stats_recv(internal) IS 'Reads a recon_stats in binary; refuses bytes that are not one.';
COMMENT ON FUNCTION recon_stats_send(recon_stats) IS 'Binary form of a recon_stats.';

CREATE FUNCTION recon.stats_transition(internal, double precision) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_transition';
CREATE FUNCTION recon.stats_merge_transition(internal, recon_stats) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_merge_transition';
CREATE FUNCTION recon.stats_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_combine';
CREATE FUNCTION recon.stats_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_serialize';
CREATE FUNCTION recon.stats_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_deserialize';
CREATE FUNCTION recon.stats_final(internal) RETURNS recon_stats
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_final';
CREATE FUNCTION recon.stats_moving_transition(internal, double precision) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_moving_transition';
CREATE FUNCTION recon.stats_moving_inverse(internal, double precision) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_moving_inverse';
CREATE FUNCTION recon.stats_moving_final(internal) RETURNS recon_stats
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_moving_final';
COMMENT ON FUNCTION recon.stats_transition(internal, double precision) IS 'Adds one number to the state of recon_stats.';
COMMENT ON FUNCTION recon.stats_merge_transition(internal, recon_stats) IS 'Adds one recon_stats to the state of recon_merge.';
COMMENT ON FUNCTION recon.stats_combine(internal, internal) IS 'Joins the states of two parallel workers or partitions.';
COMMENT ON FUNCTION recon.stats_serialize(internal) IS 'State to bytes, for parallel plans.';
COMMENT ON FUNCTION recon.stats_deserialize(bytea, internal) IS 'Bytes to state, for parallel plans.';
COMMENT ON FUNCTION recon.stats_final(internal) IS 'Makes a recon_stats of a state; NULL of no rows.';
COMMENT ON FUNCTION recon.stats_moving_transition(internal, double precision) IS 'Adds the number that enters a moving frame.';
COMMENT ON FUNCTION recon.stats_moving_inverse(internal, double precision) IS 'Takes away the number that leaves a moving frame.';
COMMENT ON FUNCTION recon.stats_moving_final(internal) IS 'Makes a recon_stats of a moving frame; NULL of no rows.';

-- SSPACE is the size of a state, for the planner.
CREATE AGGREGATE recon_stats(x double precision) (
    SFUNC = recon.stats_transition, STYPE = internal, SSPACE = 700,
    COMBINEFUNC = recon.stats_combine, SERIALFUNC = recon.stats_serialize, DESERIALFUNC = recon.stats_deserialize,
    FINALFUNC = recon.stats_final, FINALFUNC_MODIFY = READ_ONLY,
    MSFUNC = recon.stats_moving_transition, MINVFUNC = recon.stats_moving_inverse, MSTYPE = internal, MSSPACE = 2048,
    MFINALFUNC = recon.stats_moving_final, MFINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);
COMMENT ON AGGREGATE recon_stats(double precision) IS
    'Moments of a set of numbers as one value. NULL, NaN, infinite numbers and those beyond 2^1000 are counted and enter nothing else. The sums are exact: no order of the rows, no parallel plan, no moving frame changes a bit. NULL of no rows.';

CREATE AGGREGATE recon_merge(stats recon_stats) (
    SFUNC = recon.stats_merge_transition, STYPE = internal, SSPACE = 700,
    COMBINEFUNC = recon.stats_combine, SERIALFUNC = recon.stats_serialize, DESERIALFUNC = recon.stats_deserialize,
    FINALFUNC = recon.stats_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);
COMMENT ON AGGREGATE recon_merge(recon_stats) IS
    'The recon_stats of all rows together, from those of parts: the same value to the last bit. NULL values are passed over.';

CREATE FUNCTION recon_count(stats recon_stats) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_count';
CREATE FUNCTION recon_null_count(stats recon_stats) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_null_count';
CREATE FUNCTION recon_non_finite_count(stats recon_stats) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_non_finite_count';
CREATE FUNCTION recon_sum(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_sum';
CREATE FUNCTION recon_mean(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_mean';
CREATE FUNCTION recon_variance(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_variance';
CREATE FUNCTION recon_stddev(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_stddev';
CREATE FUNCTION recon_skewness(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_skewness';
CREATE FUNCTION recon_kurtosis(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_kurtosis';
CREATE FUNCTION recon_min(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_minimum';
CREATE FUNCTION recon_max(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_maximum';
COMMENT ON FUNCTION recon_count(recon_stats) IS 'How many numbers entered: finite ones.';
COMMENT ON FUNCTION recon_null_count(recon_stats) IS 'How many NULLs were met.';
COMMENT ON FUNCTION recon_non_finite_count(recon_stats) IS 'How many NaN, infinite numbers and numbers beyond 2^1000 were met.';
COMMENT ON FUNCTION recon_sum(recon_stats) IS 'Sum of the numbers, exact but for one rounding; NULL of none.';
COMMENT ON FUNCTION recon_mean(recon_stats) IS 'Arithmetic mean, exact but for one rounding; NULL of no numbers.';
COMMENT ON FUNCTION recon_variance(recon_stats) IS 'Sample variance (divisor n - 1), exact but for one rounding; NULL of fewer than two numbers.';
COMMENT ON FUNCTION recon_stddev(recon_stats) IS 'Sample standard deviation (divisor n - 1); NULL of fewer than two numbers.';
COMMENT ON FUNCTION recon_skewness(recon_stats) IS
    'Skewness g1, the third standardized moment: above 0 for a longer tail upwards. NULL of fewer than two numbers and of a constant.';
COMMENT ON FUNCTION recon_kurtosis(recon_stats) IS
    'Excess kurtosis g2, the fourth standardized moment less 3: 0 for a normal distribution. NULL of fewer than two numbers and of a constant.';
COMMENT ON FUNCTION recon_min(recon_stats) IS 'The smallest number; NULL of none.';
COMMENT ON FUNCTION recon_max(recon_stats) IS 'The largest number; NULL of none.';

CREATE FUNCTION recon_zscore(stats recon_stats, x double precision) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_zscore';
COMMENT ON FUNCTION recon_zscore(recon_stats, double precision) IS
    '(x - mean) / standard deviation. NULL where x is NULL or not finite, or of fewer than two numbers; of a constant, 0 for the constant and infinite for everything else.';

CREATE TYPE recon_band AS (
    expected double precision, lower double precision, upper double precision,
    z double precision, direction smallint
);
COMMENT ON TYPE recon_band IS
    'Where a value lies: what was expected, the limits of what is usual, z, the distance from what was expected in standard deviations, and direction, which is -1 below the limits, 0 within, 1 above. NULL is what is not known.';

CREATE FUNCTION recon_bollinger(stats recon_stats, x double precision, width double precision DEFAULT 2) RETURNS recon_band
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_bollinger';
COMMENT ON FUNCTION recon_bollinger(recon_stats, double precision, double precision) IS
    'The band mean -+ width standard deviations, and where x lies in it. NULL for NULL statistics; z and direction are NULL where x is NULL or not finite, or where there are fewer than two numbers.';
