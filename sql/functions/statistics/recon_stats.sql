-- The moments of a set of numbers as one value, exact and mergeable.

CREATE OR REPLACE FUNCTION recon.stats_transition(internal, double precision) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_transition';
COMMENT ON FUNCTION recon.stats_transition(internal, double precision) IS
    'Adds one number to the state of recon_stats.';

CREATE OR REPLACE FUNCTION recon.stats_merge_transition(internal, recon_stats) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_merge_transition';
COMMENT ON FUNCTION recon.stats_merge_transition(internal, recon_stats) IS
    'Adds one recon_stats to the state of recon_merge.';

CREATE OR REPLACE FUNCTION recon.stats_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_combine';
COMMENT ON FUNCTION recon.stats_combine(internal, internal) IS
    'Joins the states of two parallel workers or partitions.';

CREATE OR REPLACE FUNCTION recon.stats_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_serialize';
COMMENT ON FUNCTION recon.stats_serialize(internal) IS 'State to bytes, for parallel plans.';

CREATE OR REPLACE FUNCTION recon.stats_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_deserialize';
COMMENT ON FUNCTION recon.stats_deserialize(bytea, internal) IS 'Bytes to state, for parallel plans.';

CREATE OR REPLACE FUNCTION recon.stats_final(internal) RETURNS recon_stats
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_final';
COMMENT ON FUNCTION recon.stats_final(internal) IS 'Makes a recon_stats of a state; NULL of no rows.';

CREATE OR REPLACE FUNCTION recon.stats_moving_transition(internal, double precision) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_moving_transition';
COMMENT ON FUNCTION recon.stats_moving_transition(internal, double precision) IS
    'Adds the number that enters a moving frame.';

CREATE OR REPLACE FUNCTION recon.stats_moving_inverse(internal, double precision) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_moving_inverse';
COMMENT ON FUNCTION recon.stats_moving_inverse(internal, double precision) IS
    'Takes away the number that leaves a moving frame.';

CREATE OR REPLACE FUNCTION recon.stats_moving_final(internal) RETURNS recon_stats
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_moving_final';
COMMENT ON FUNCTION recon.stats_moving_final(internal) IS 'Makes a recon_stats of a moving frame; NULL of no rows.';

-- SSPACE is the size of a state, for the planner.
CREATE OR REPLACE AGGREGATE recon_stats(x double precision) (
    SFUNC = recon.stats_transition, STYPE = internal, SSPACE = 700,
    COMBINEFUNC = recon.stats_combine, SERIALFUNC = recon.stats_serialize, DESERIALFUNC = recon.stats_deserialize,
    FINALFUNC = recon.stats_final, FINALFUNC_MODIFY = READ_ONLY,
    MSFUNC = recon.stats_moving_transition, MINVFUNC = recon.stats_moving_inverse, MSTYPE = internal, MSSPACE = 2048,
    MFINALFUNC = recon.stats_moving_final, MFINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);
COMMENT ON AGGREGATE recon_stats(double precision) IS
    'Moments of a set of numbers as one value. NULL, NaN, infinite numbers and those beyond 2^1000 are counted and '
    'enter nothing else. The sums are exact: no order of the rows, no parallel plan, '
    'no moving frame changes a bit. NULL of no rows.';

CREATE OR REPLACE AGGREGATE recon_merge(stats recon_stats) (
    SFUNC = recon.stats_merge_transition, STYPE = internal, SSPACE = 700,
    COMBINEFUNC = recon.stats_combine, SERIALFUNC = recon.stats_serialize, DESERIALFUNC = recon.stats_deserialize,
    FINALFUNC = recon.stats_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);
COMMENT ON AGGREGATE recon_merge(recon_stats) IS
    'The recon_stats of all rows together, from those of parts: the same value to '
    'the last bit. NULL values are passed over.';
