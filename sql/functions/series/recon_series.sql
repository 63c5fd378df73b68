-- One key's history as one value.

CREATE OR REPLACE FUNCTION recon.key_series_transition(
    internal, date, boolean, boolean, integer, integer, VARIADIC "any"
)
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_series_transition';
COMMENT ON FUNCTION recon.key_series_transition(internal, date, boolean, boolean, integer, integer, VARIADIC "any") IS
    'Adds one row to the state of recon.key_series.';

CREATE OR REPLACE FUNCTION recon.series_transition(internal, date, double precision)
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_series_transition';
COMMENT ON FUNCTION recon.series_transition(internal, date, double precision) IS
    'Adds one row to the state of recon_series.';

CREATE OR REPLACE FUNCTION recon.key_series_combine(internal, internal)
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_series_combine';
COMMENT ON FUNCTION recon.key_series_combine(internal, internal) IS
    'Joins the states of two parallel workers or partitions.';

CREATE OR REPLACE FUNCTION recon.key_series_serialize(internal)
    RETURNS bytea LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_series_serialize';
COMMENT ON FUNCTION recon.key_series_serialize(internal) IS 'State to bytes, for parallel plans.';

CREATE OR REPLACE FUNCTION recon.key_series_deserialize(bytea, internal)
    RETURNS internal LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_series_deserialize';
COMMENT ON FUNCTION recon.key_series_deserialize(bytea, internal) IS 'Bytes to state, for parallel plans.';

CREATE OR REPLACE FUNCTION recon.key_series_final(internal)
    RETURNS recon_series LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_series_final';
COMMENT ON FUNCTION recon.key_series_final(internal) IS 'Sorts the rows of a state and makes a recon_series.';

CREATE OR REPLACE FUNCTION recon.key_series_packed(internal)
    RETURNS recon_series LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_series_packed';
COMMENT ON FUNCTION recon.key_series_packed(internal) IS
    'Makes a recon_series of a state, its rows in the order they were read; who reads it sorts them.';

-- SSPACE tells the planner that states are large, so that it sorts and groups where hashing would
-- not fit into memory: hash aggregation spills new groups, never growing ones.
CREATE OR REPLACE AGGREGATE recon.key_series(at date, is_break boolean, is_target boolean, found integer,
                                             measures integer, VARIADIC "any") (
    SFUNC = recon.key_series_transition, STYPE = internal, SSPACE = 16384,
    COMBINEFUNC = recon.key_series_combine, SERIALFUNC = recon.key_series_serialize,
    DESERIALFUNC = recon.key_series_deserialize,
    FINALFUNC = recon.key_series_packed, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);
COMMENT ON AGGREGATE recon.key_series(date, boolean, boolean, integer, integer, VARIADIC "any") IS
    'Rows of one key as one recon_series: the first "measures" values of the list are judged, the others only tell '
    'duplicates of one date apart. Rows without a finite date are left out and counted; a NULL is_break counts as a '
    'break. found is the sum of 1 where a stored difference disagrees with its sides, 2 where the row was booked in '
    'another period than it is dated in, 4 where it was booked outside of working hours.';

CREATE OR REPLACE AGGREGATE recon_series(at date, x double precision) (
    SFUNC = recon.series_transition, STYPE = internal, SSPACE = 16384,
    COMBINEFUNC = recon.key_series_combine, SERIALFUNC = recon.key_series_serialize,
    DESERIALFUNC = recon.key_series_deserialize,
    FINALFUNC = recon.key_series_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);
COMMENT ON AGGREGATE recon_series(date, double precision) IS
    'One key''s history as one compact value, whatever the order of its rows. A NULL x is a missing side; rows with a '
    'NULL date are left out. Read it with recon_score_series.';
