-- What a run leaves for the next one: a baseline of each key, and what is usual over all keys. A cache:
-- every row of it can be made again from the source, no answer depends on whether it is there, and no
-- dump carries it.

CREATE TABLE recon.fit (
    reconciliation_id   integer PRIMARY KEY,
    run_id              bigint NOT NULL,
    fingerprint         text NOT NULL,
    through             date NOT NULL,
    rows                bigint NOT NULL,
    keys                bigint NOT NULL,
    fitted_rows         bigint NOT NULL,
    state               bytea NOT NULL,
    updated_at          timestamptz NOT NULL DEFAULT now(),
    horizon             xid8 NOT NULL,
    source              text NOT NULL,
    holidays            date[],
    keys_digest         bigint
);
COMMENT ON TABLE recon.fit IS
    'What is usual over all keys of a reconciliation, and of which rows its stored baselines are made. A cache, not part of dumps.';
COMMENT ON COLUMN recon.fit.run_id IS 'the run that wrote the baselines last';
COMMENT ON COLUMN recon.fit.fingerprint IS 'digest of the definition, as far as the baselines depend on it';
COMMENT ON COLUMN recon.fit.through IS 'the baselines know every row dated up to it';
COMMENT ON COLUMN recon.fit.rows IS 'how many rows that are';
COMMENT ON COLUMN recon.fit.keys IS 'how many keys have them';
COMMENT ON COLUMN recon.fit.fitted_rows IS 'of how many rows, the oldest, it was learned what is usual';
COMMENT ON COLUMN recon.fit.state IS 'what is usual, a digest of the rows that the baselines know, and how many keys their newest dates have';
COMMENT ON COLUMN recon.fit.source IS 'the table they were read from and its columns, by number: another one of the same name holds other rows';
COMMENT ON COLUMN recon.fit.holidays IS 'of the calendar by which they were made';
COMMENT ON COLUMN recon.fit.keys_digest IS 'exclusive or of the key_hash of all rows of recon.baseline';
COMMENT ON COLUMN recon.fit.horizon IS 'every transaction before it had ended when the rows were read';

-- States of some kilobytes stay in the row, as they are: they do not compress, and are read one by one. Pages are
-- filled by half, so that the states of the next day find room beside those of today, without a new entry in the index.
CREATE TABLE recon.baseline (
    reconciliation_id   integer NOT NULL,
    key_hash            bigint NOT NULL,
    key                 jsonb NOT NULL,
    history_n           bigint NOT NULL,
    state               bytea NOT NULL,
    PRIMARY KEY (reconciliation_id, key_hash)
) WITH (toast_tuple_target = 8160, fillfactor = 45);
ALTER TABLE recon.baseline ALTER COLUMN state SET STORAGE EXTERNAL;
COMMENT ON TABLE recon.baseline IS
    'What is remembered of each key, enough to judge its next row without its history. A cache, not part of dumps.';
COMMENT ON COLUMN recon.baseline.history_n IS 'rows of the key so far';

ALTER TABLE recon.fit ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.fit FOR SELECT USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));
ALTER TABLE recon.baseline ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON recon.baseline FOR SELECT USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

CREATE FUNCTION recon.digest_statement(d recon.reconciliation, relation regclass, through date, to_date date) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('SELECT recon.rows_digest(%L, %s, %s, %s, %s, %s, %s, %s) AS rows_seen, %s AS rows_unreadable FROM %s AS source%s',
        through, at, d.break_condition, recon.mismatch_expression(relation, d), jsonb_array_length(d.measures),
        cardinality(d.criteria_columns), array_to_string(recon.judged_values(d), ', '),
        (SELECT string_agg(format('%I', k), ', ' ORDER BY n) FROM unnest(recon.grouping_columns(d)) WITH ORDINALITY AS u(k, n)),
        coalesce('count(*) FILTER (WHERE ' || recon.unreadable_condition(relation, d, d.decimal_signs, NULL) || ')', '0::bigint'),
        recon.qualified_name(relation),
        CASE WHEN to_date IS NULL THEN '' ELSE format(' WHERE %s <= %L OR %1$s IS NULL', at, to_date) END)
    FROM recon.date_expression(relation, d) AS at
$$;
COMMENT ON FUNCTION recon.digest_statement(recon.reconciliation, regclass, date, date) IS
    'The statement that tells whether the rows up to a date are still those that the baselines are made of, and counts the others.';

CREATE FUNCTION recon.known_rows_transition(internal, date, date, tid, xid, xid8)
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_known_rows_transition';
CREATE FUNCTION recon.known_rows_combine(internal, internal)
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_known_rows_combine';
CREATE FUNCTION recon.known_rows_serialize(internal)
    RETURNS bytea LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_known_rows_serialize';
CREATE FUNCTION recon.known_rows_deserialize(bytea, internal)
    RETURNS internal LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_known_rows_deserialize';
CREATE FUNCTION recon.known_rows_final(internal)
    RETURNS bigint[] LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_known_rows_final';
COMMENT ON FUNCTION recon.known_rows_transition(internal, date, date, tid, xid, xid8) IS 'Adds one row to the state of recon.known_rows.';
COMMENT ON FUNCTION recon.known_rows_combine(internal, internal) IS 'Joins the states of two parallel workers or partitions.';
COMMENT ON FUNCTION recon.known_rows_serialize(internal) IS 'State to bytes, for parallel plans.';
COMMENT ON FUNCTION recon.known_rows_deserialize(bytea, internal) IS 'Bytes to state, for parallel plans.';
COMMENT ON FUNCTION recon.known_rows_final(internal) IS 'The numbers of a state.';

CREATE AGGREGATE recon.known_rows(through date, at date, place tid, written_by xid, horizon xid8) (
    SFUNC = recon.known_rows_transition, STYPE = internal,
    COMBINEFUNC = recon.known_rows_combine, SERIALFUNC = recon.known_rows_serialize,
    DESERIALFUNC = recon.known_rows_deserialize,
    FINALFUNC = recon.known_rows_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);
COMMENT ON AGGREGATE recon.known_rows(date, date, tid, xid, xid8) IS
    'How many rows are dated up to "through", how many of these were written since the horizon, how many are dated later and not at all, and between which blocks of the table the later ones lie (the last not included). Errors: 22023 an argument other than "at" is NULL.';

-- A table that was renamed into the place of another, or columns that have changed names, leave no trace in the rows.
CREATE FUNCTION recon.source_identity(relation regclass) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('%s %s', relation::oid, md5(string_agg(format('%s %s %s', a.attnum, a.atttypid, a.attname), ',' ORDER BY a.attnum)))
    FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0
$$;
COMMENT ON FUNCTION recon.source_identity(regclass) IS
    'Tells a relation and its columns from others that have, or come to have, their names.';

-- By the transactions that wrote the rows of a plain table, which see nothing but the rows: what is made of a row must depend on
-- the row alone, and every row be there for everybody. Transaction numbers are compared over at most 2^31 of them.
CREATE FUNCTION recon.known_rows_statement(
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
    'The statement that tells by the transactions that wrote the rows whether those up to a date are still what the baselines are made of; NULL where they do not tell.';

-- The library is part of the fingerprint: another release may judge differently. What rules find of a row is no part of it.
CREATE FUNCTION recon.baseline_plan(
    d recon.reconciliation, s recon.strategy, from_date date, to_date date, newest_judged date, scan text, rules jsonb, holidays date[]
) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    relation regclass := d.source::regclass;
    made_from text := md5(concat_ws(' ', @extschema@.recon_version(), s.history_rows, recon.forest_options(s), d.measures::text,
                                      CASE WHEN to_date IS NULL AND NOT rules ?| '{other_period,time_of_day}' THEN scan
                                           ELSE recon.scan_statement(d, relation, NULL, NULL, NULL) END));
    usual recon.strategy := recon.current_strategy(d.strategy);
    is_usual boolean := s.history_rows = usual.history_rows AND recon.forest_options(s) = recon.forest_options(usual);
    known date;
    source_now text := recon.source_identity(relation);
    known_horizon xid8;
BEGIN
    SELECT f.through, CASE WHEN f.source = source_now THEN f.horizon END INTO known, known_horizon FROM recon.fit f
    WHERE f.reconciliation_id = d.reconciliation_id AND f.fingerprint = made_from
      AND recon.agree_through(f.holidays, baseline_plan.holidays, f.through);
    -- The window must lie after what the baselines know.
    IF from_date <= known OR to_date <= known OR from_date IS NULL AND coalesce(newest_judged < known, true) THEN
        known := NULL;
    END IF;
    -- This statement's snapshot is no later than that of the scan.
    RETURN jsonb_build_object('fingerprint', made_from, 'is_kept', is_usual, 'through', known,
            'horizon', pg_snapshot_xmin(pg_current_snapshot())::text, 'source', source_now)
        || CASE WHEN known IS NULL THEN '{}' ELSE jsonb_build_object(
            'known_rows_scan', recon.known_rows_statement(d, relation, known, to_date, known_horizon),
            'digest_scan', recon.digest_statement(d, relation, known, to_date),
            'block_scan', recon.scan_statement(d, relation, NULL, NULL, to_date, known, rules,
                                               'source.ctid >= $1 AND source.ctid < $2'),
            'scan', recon.scan_statement(d, relation, NULL, NULL, to_date, known, rules)) END;
END
$$;
COMMENT ON FUNCTION recon.baseline_plan(recon.reconciliation, recon.strategy, date, date, date, text, jsonb, date[]) IS
    'How a run can continue from the stored baselines: up to which date they know the rows, how to check these and read the others; what the run''s own baselines depend on, and whether they are to be kept.';
