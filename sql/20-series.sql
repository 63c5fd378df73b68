-- One key's history as one value.

CREATE TYPE recon_series;

CREATE FUNCTION recon_series_in(cstring) RETURNS recon_series
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_series_in';
CREATE FUNCTION recon_series_out(recon_series) RETURNS cstring
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_series_out';
CREATE FUNCTION recon_series_recv(internal) RETURNS recon_series
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_series_receive';
CREATE FUNCTION recon_series_send(recon_series) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_series_send';

CREATE TYPE recon_series (
    INPUT = recon_series_in, OUTPUT = recon_series_out,
    RECEIVE = recon_series_recv, SEND = recon_series_send,
    STORAGE = extended
);
COMMENT ON TYPE recon_series IS
    'One key''s dated rows in the order in which they are judged; made by the aggregate recon_series(at, x).';
COMMENT ON FUNCTION recon_series_in(cstring) IS 'Reads a recon_series from text; refuses bytes that are not one.';
COMMENT ON FUNCTION recon_series_out(recon_series) IS 'Text form of a recon_series, for dumps.';
COMMENT ON FUNCTION recon_series_recv(internal) IS 'Reads a recon_series in binary; refuses bytes that are not one.';
COMMENT ON FUNCTION recon_series_send(recon_series) IS 'Binary form of a recon_series.';

CREATE FUNCTION recon.key_series_transition(internal, date, boolean, boolean, integer, integer, VARIADIC "any")
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_series_transition';
CREATE FUNCTION recon.series_transition(internal, date, double precision)
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_series_transition';
CREATE FUNCTION recon.key_series_combine(internal, internal)
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_series_combine';
CREATE FUNCTION recon.key_series_serialize(internal)
    RETURNS bytea LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_series_serialize';
CREATE FUNCTION recon.key_series_deserialize(bytea, internal)
    RETURNS internal LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_series_deserialize';
CREATE FUNCTION recon.key_series_final(internal)
    RETURNS recon_series LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_series_final';
CREATE FUNCTION recon.key_series_packed(internal)
    RETURNS recon_series LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_series_packed';
COMMENT ON FUNCTION recon.key_series_transition(internal, date, boolean, boolean, integer, integer, VARIADIC "any") IS
    'Adds one row to the state of recon.key_series.';
COMMENT ON FUNCTION recon.series_transition(internal, date, double precision) IS
    'Adds one row to the state of recon_series.';
COMMENT ON FUNCTION recon.key_series_combine(internal, internal) IS
    'Joins the states of two parallel workers or partitions.';
COMMENT ON FUNCTION recon.key_series_serialize(internal) IS 'State to bytes, for parallel plans.';
COMMENT ON FUNCTION recon.key_series_deserialize(bytea, internal) IS 'Bytes to state, for parallel plans.';
COMMENT ON FUNCTION recon.key_series_final(internal) IS 'Sorts the rows of a state and makes a recon_series.';
COMMENT ON FUNCTION recon.key_series_packed(internal) IS 'Makes a recon_series of a state, its rows in the order they were read; who reads it sorts them.';

-- SSPACE tells the planner that states are large, so that it sorts and groups where hashing would
-- not fit into memory: hash aggregation spills new groups, never growing ones.
CREATE AGGREGATE recon.key_series(at date, is_break boolean, is_target boolean, found integer, measures integer, VARIADIC "any") (
    SFUNC = recon.key_series_transition, STYPE = internal, SSPACE = 16384,
    COMBINEFUNC = recon.key_series_combine, SERIALFUNC = recon.key_series_serialize,
    DESERIALFUNC = recon.key_series_deserialize,
    FINALFUNC = recon.key_series_packed, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);
COMMENT ON AGGREGATE recon.key_series(date, boolean, boolean, integer, integer, VARIADIC "any") IS
    'Rows of one key as one recon_series: the first "measures" values of the list are judged, the others only tell duplicates of one date apart. Rows without a finite date are left out and counted; a NULL is_break counts as a break. found is the sum of 1 where a stored difference disagrees with its sides, 2 where the row was booked in another period than it is dated in, 4 where it was booked outside of working hours.';

CREATE AGGREGATE recon_series(at date, x double precision) (
    SFUNC = recon.series_transition, STYPE = internal, SSPACE = 16384,
    COMBINEFUNC = recon.key_series_combine, SERIALFUNC = recon.key_series_serialize,
    DESERIALFUNC = recon.key_series_deserialize,
    FINALFUNC = recon.key_series_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);
COMMENT ON AGGREGATE recon_series(date, double precision) IS
    'One key''s history as one compact value, whatever the order of its rows. A NULL x is a missing side; rows with a NULL date are left out. Read it with recon_score_series.';

CREATE FUNCTION recon_score_series(
    series recon_series, from_date date DEFAULT NULL, to_date date DEFAULT NULL, tolerance double precision DEFAULT 0
) RETURNS TABLE (
    at date, occurrence integer, observed double precision, expected double precision,
    lower double precision, upper double precision, direction smallint, score double precision,
    p_value double precision, pattern text, history_n integer, reason text
)
    LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME', 'recon_score_series';
COMMENT ON FUNCTION recon_score_series(recon_series, date, date, double precision) IS
    'Judges every row of one key, or those of from_date to to_date, by the key''s own rows of earlier dates. tolerance is the difference that does not matter, in the unit of the values. One row for each row judged; p_value is NULL where there is nothing to compare with; no row for a NULL series.';

-- Whether the rows that a stored baseline was made from are still what they were.

CREATE FUNCTION recon.rows_digest_transition(internal, date, date, boolean, boolean, integer, integer, VARIADIC "any")
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_rows_digest_transition';
CREATE FUNCTION recon.rows_digest_combine(internal, internal)
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_rows_digest_combine';
CREATE FUNCTION recon.rows_digest_serialize(internal)
    RETURNS bytea LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_rows_digest_serialize';
CREATE FUNCTION recon.rows_digest_deserialize(bytea, internal)
    RETURNS internal LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_rows_digest_deserialize';
CREATE FUNCTION recon.rows_digest_final(internal)
    RETURNS bigint[] LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_rows_digest_final';
COMMENT ON FUNCTION recon.rows_digest_transition(internal, date, date, boolean, boolean, integer, integer, VARIADIC "any") IS
    'Adds one row to the state of recon.rows_digest.';
COMMENT ON FUNCTION recon.rows_digest_combine(internal, internal) IS 'Joins the states of two parallel workers or partitions.';
COMMENT ON FUNCTION recon.rows_digest_serialize(internal) IS 'State to bytes, for parallel plans.';
COMMENT ON FUNCTION recon.rows_digest_deserialize(bytea, internal) IS 'Bytes to state, for parallel plans.';
COMMENT ON FUNCTION recon.rows_digest_final(internal) IS 'The numbers of a state.';

CREATE AGGREGATE recon.rows_digest(
    through date, at date, is_break boolean, is_mismatch boolean, measures integer, contents integer, VARIADIC "any"
) (
    SFUNC = recon.rows_digest_transition, STYPE = internal,
    COMBINEFUNC = recon.rows_digest_combine, SERIALFUNC = recon.rows_digest_serialize,
    DESERIALFUNC = recon.rows_digest_deserialize,
    FINALFUNC = recon.rows_digest_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);
COMMENT ON AGGREGATE recon.rows_digest(date, date, boolean, boolean, integer, integer, VARIADIC "any") IS
    'Digest (two numbers) of the rows dated up to "through", in any order, and how many are dated up to it, after it, and not at all. The list holds so many measures, so many other values, then the key columns.';

CREATE FUNCTION recon.key_mark(VARIADIC "any") RETURNS bigint
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_mark';
COMMENT ON FUNCTION recon.key_mark("any") IS 'The number by which recon.rows_digest tells this key from others.';
