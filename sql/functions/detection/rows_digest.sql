-- Whether the rows that a stored baseline was made from hold what they held.

-- Whether the rows that a stored baseline was made from are still what they were.
CREATE OR REPLACE FUNCTION recon.rows_digest_transition(
    internal, date, date, boolean, boolean, integer, integer, VARIADIC "any"
)
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_rows_digest_transition';
COMMENT ON FUNCTION recon.rows_digest_transition(
    internal, date, date, boolean, boolean, integer, integer, VARIADIC "any"
) IS
    'Adds one row to the state of recon.rows_digest.';

CREATE OR REPLACE FUNCTION recon.rows_digest_combine(internal, internal)
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_rows_digest_combine';
COMMENT ON FUNCTION recon.rows_digest_combine(internal, internal) IS
    'Joins the states of two parallel workers or partitions.';

CREATE OR REPLACE FUNCTION recon.rows_digest_serialize(internal)
    RETURNS bytea LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_rows_digest_serialize';
COMMENT ON FUNCTION recon.rows_digest_serialize(internal) IS 'State to bytes, for parallel plans.';

CREATE OR REPLACE FUNCTION recon.rows_digest_deserialize(bytea, internal)
    RETURNS internal LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_rows_digest_deserialize';
COMMENT ON FUNCTION recon.rows_digest_deserialize(bytea, internal) IS 'Bytes to state, for parallel plans.';

CREATE OR REPLACE FUNCTION recon.rows_digest_final(internal)
    RETURNS bigint[] LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_rows_digest_final';
COMMENT ON FUNCTION recon.rows_digest_final(internal) IS 'The numbers of a state.';

CREATE OR REPLACE AGGREGATE recon.rows_digest(
    through date, at date, is_break boolean, is_mismatch boolean, measures integer, contents integer, VARIADIC "any"
) (
    SFUNC = recon.rows_digest_transition, STYPE = internal,
    COMBINEFUNC = recon.rows_digest_combine, SERIALFUNC = recon.rows_digest_serialize,
    DESERIALFUNC = recon.rows_digest_deserialize,
    FINALFUNC = recon.rows_digest_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);
COMMENT ON AGGREGATE recon.rows_digest(date, date, boolean, boolean, integer, integer, VARIADIC "any") IS
    'Digest (two numbers) of the rows dated up to "through", in any order, and how many are dated up to it, after it, '
    'and not at all. The list holds so many measures, so many other values, then the key columns.';

CREATE OR REPLACE FUNCTION recon.key_mark(VARIADIC "any") RETURNS bigint
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_mark';
COMMENT ON FUNCTION recon.key_mark("any") IS 'The number by which recon.rows_digest tells this key from others.';

CREATE OR REPLACE FUNCTION recon.digest_statement(
    d recon.reconciliation, relation regclass, through date, to_date date
) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('SELECT recon.rows_digest(%L, %s, %s, %s, %s, %s, %s, %s) AS '
                  'rows_seen, %s AS rows_unreadable FROM %s AS source%s',
        through, at, d.break_condition, recon.mismatch_expression(relation, d), jsonb_array_length(d.measures),
        cardinality(d.criteria_columns), array_to_string(recon.judged_values(d), ', '),
        (SELECT string_agg(format('%I', k), ', ' ORDER BY n)
         FROM unnest(recon.grouping_columns(d)) WITH ORDINALITY AS u(k, n)),
        coalesce('count(*) FILTER (WHERE ' || recon.unreadable_condition(relation, d, d.decimal_signs, NULL) || ')',
                 '0::bigint'),
        recon.qualified_name(relation),
        CASE WHEN to_date IS NULL THEN '' ELSE format(' WHERE %s <= %L OR %1$s IS NULL', at, to_date) END)
    FROM recon.date_expression(relation, d) AS at
$$;
COMMENT ON FUNCTION recon.digest_statement(recon.reconciliation, regclass, date, date) IS
    'The statement that tells whether the rows up to a date are still those that the '
    'baselines are made of, and counts the others.';
