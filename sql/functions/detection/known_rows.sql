-- Whether the rows that a stored baseline was made from were written since.

CREATE OR REPLACE FUNCTION recon.known_rows_transition(internal, date, date, tid, xid, xid8)
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_known_rows_transition';
COMMENT ON FUNCTION recon.known_rows_transition(internal, date, date, tid, xid, xid8) IS
    'Adds one row to the state of recon.known_rows.';

CREATE OR REPLACE FUNCTION recon.known_rows_combine(internal, internal)
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_known_rows_combine';
COMMENT ON FUNCTION recon.known_rows_combine(internal, internal) IS
    'Joins the states of two parallel workers or partitions.';

CREATE OR REPLACE FUNCTION recon.known_rows_serialize(internal)
    RETURNS bytea LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_known_rows_serialize';
COMMENT ON FUNCTION recon.known_rows_serialize(internal) IS 'State to bytes, for parallel plans.';

CREATE OR REPLACE FUNCTION recon.known_rows_deserialize(bytea, internal)
    RETURNS internal LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_known_rows_deserialize';
COMMENT ON FUNCTION recon.known_rows_deserialize(bytea, internal) IS 'Bytes to state, for parallel plans.';

CREATE OR REPLACE FUNCTION recon.known_rows_final(internal)
    RETURNS bigint[] LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_known_rows_final';
COMMENT ON FUNCTION recon.known_rows_final(internal) IS 'The numbers of a state.';

CREATE OR REPLACE AGGREGATE recon.known_rows(through date, at date, place tid, written_by xid, horizon xid8) (
    SFUNC = recon.known_rows_transition, STYPE = internal,
    COMBINEFUNC = recon.known_rows_combine, SERIALFUNC = recon.known_rows_serialize,
    DESERIALFUNC = recon.known_rows_deserialize,
    FINALFUNC = recon.known_rows_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);
COMMENT ON AGGREGATE recon.known_rows(date, date, tid, xid, xid8) IS
    'How many rows are dated up to "through", how many of these were written since the horizon, how many are dated '
    'later and not at all, and between which blocks of the table the later ones lie (the last not included). Errors: '
    '22023 an argument other than "at" is NULL.';

-- By the transactions that wrote the rows of a plain table, which see nothing but the rows: what is made of a row
-- must depend on the row alone, and every row be there for everybody. Transaction numbers are compared over at most
-- 2^31 of them.
CREATE OR REPLACE FUNCTION recon.known_rows_statement(
    d recon.reconciliation, relation regclass, through date, to_date date, horizon xid8
) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('SELECT recon.known_rows(%L, %s, source.ctid, source.xmin, %L) AS rows_seen FROM ONLY %s AS source%s',
        through, at, horizon, recon.qualified_name(relation),
        CASE WHEN to_date IS NULL THEN '' ELSE format(' WHERE %s <= %L OR %1$s IS NULL', at, to_date) END)
    FROM recon.date_expression(relation, d) AS at, pg_class c
    WHERE c.oid = relation AND c.relkind = 'r' AND c.relam = (SELECT oid FROM pg_am WHERE amname = 'heap')
        AND NOT c.relrowsecurity AND NOT c.relhassubclass
        -- System columns are read by who may read the whole table.
        AND has_table_privilege(d.owner, relation, 'SELECT')
        AND recon.unreadable_condition(relation, d, d.decimal_signs, NULL) IS NULL
        AND pg_snapshot_xmax(pg_current_snapshot())::text::bigint - horizon::text::bigint < 2000000000
        AND recon.is_immutable(relation, format('ROW(%s, %s, %s, %s) IS NULL', at, d.break_condition,
            recon.mismatch_expression(relation, d), array_to_string(recon.judged_values(d), ', ')), d.owner)
$$;
COMMENT ON FUNCTION recon.known_rows_statement(recon.reconciliation, regclass, date, date, xid8) IS
    'The statement that tells by the transactions that wrote the rows whether those up to a date are still what the '
    'baselines are made of; NULL where they do not tell.';
