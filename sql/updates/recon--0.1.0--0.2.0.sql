\echo Use "ALTER EXTENSION recon UPDATE TO '0.2.0'" to load this file. \quit

-- Drafted by scripts/draft-update (make updates) from version 0.1.0 and version 0.2.0 of the script.

-- By hand, first. Kept when this file is drafted anew.
-- by hand: TABLE recon.run
ALTER TABLE recon.run
    DROP CONSTRAINT run_status_check,
    ADD CONSTRAINT run_status_check CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    ALTER started_at DROP NOT NULL, ALTER started_at DROP DEFAULT,
    ADD arguments jsonb,
    ADD submitted_at timestamptz,
    ADD worker_pid integer,
    ADD error_code text,
    ADD cancelled_by name;
-- End of what is by hand.

-- By hand, between. Kept when this file is drafted anew.
-- End of what is by hand.

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

-- Multivariate models: fit aggregates make a recon_model, functions read it.

CREATE TYPE recon_model;

CREATE FUNCTION recon_model_in(cstring) RETURNS recon_model
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_model_in';

CREATE FUNCTION recon_model_out(recon_model) RETURNS cstring
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_model_out';

CREATE FUNCTION recon_model_recv(internal) RETURNS recon_model
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_model_receive';

CREATE FUNCTION recon_model_send(recon_model) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_model_send';

-- Stored out of line: a query that joins a model to many rows then knows it by its place.
CREATE TYPE recon_model (
    INPUT = recon_model_in, OUTPUT = recon_model_out,
    RECEIVE = recon_model_recv, SEND = recon_model_send,
    STORAGE = extended
);

COMMENT ON TYPE recon_model IS
    'A fitted multivariate model of any method; made by recon_fit_*, read by recon_score, recon_contributions and recon_describe.';

COMMENT ON FUNCTION recon_model_in(cstring) IS 'Reads a recon_model from text; refuses bytes that are not one.';

COMMENT ON FUNCTION recon_model_out(recon_model) IS 'Text form of a recon_model, for dumps.';

COMMENT ON FUNCTION recon_model_recv(internal) IS 'Reads a recon_model in binary; refuses bytes that are not one.';

COMMENT ON FUNCTION recon_model_send(recon_model) IS 'Binary form of a recon_model.';

CREATE FUNCTION recon_score(model recon_model, features double precision[]) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'recon_score';

COMMENT ON FUNCTION recon_score(recon_model, double precision[]) IS
    'How strange a row is to a model: larger is stranger; recon_describe says what the number means. A NULL or NaN feature is a missing value; NULL for a row that holds an infinity or no value at all.';

CREATE FUNCTION recon_contributions(model recon_model, features double precision[]) RETURNS double precision[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'recon_contributions';

COMMENT ON FUNCTION recon_contributions(recon_model, double precision[]) IS
    'How much each feature has to do with a row''s score, in their order: the larger the magnitude the more, positive where the value lies above the feature''s median, negative below. NULL for a row without a score.';

CREATE FUNCTION recon_describe(model recon_model) RETURNS jsonb
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_describe';

COMMENT ON FUNCTION recon_describe(recon_model) IS
    'What a model is: its method and options, the rows it was fitted on, median, spread and missing share of each feature, the meaning of its score.';

CREATE FUNCTION recon.fit_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_combine';

CREATE FUNCTION recon.fit_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_serialize';

CREATE FUNCTION recon.fit_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_deserialize';

CREATE FUNCTION recon.fit_final(internal) RETURNS recon_model
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_final';

COMMENT ON FUNCTION recon.fit_combine(internal, internal) IS 'Joins the samples of two parallel workers or partitions.';

COMMENT ON FUNCTION recon.fit_serialize(internal) IS 'State to bytes, for parallel plans.';

COMMENT ON FUNCTION recon.fit_deserialize(bytea, internal) IS 'Bytes to state, for parallel plans.';

COMMENT ON FUNCTION recon.fit_final(internal) IS 'Fits the model on the sample.';

-- Every method has the same three aggregates: of features, with options, and with an identity that tells
-- equal rows apart. Their state is a sample of bounded size; SSPACE is what it usually takes. The same
-- rows, options and seed give the same model in every plan.

CREATE FUNCTION recon.fit_iforest_transition(internal, double precision[]) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_iforest_transition';

CREATE FUNCTION recon.fit_iforest_transition(internal, double precision[], jsonb) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_iforest_transition';

CREATE FUNCTION recon.fit_iforest_transition(internal, double precision[], jsonb, "any") RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_iforest_transition';

COMMENT ON FUNCTION recon.fit_iforest_transition(internal, double precision[]) IS 'Adds one row to the state of recon_fit_iforest.';

COMMENT ON FUNCTION recon.fit_iforest_transition(internal, double precision[], jsonb) IS 'Adds one row to the state of recon_fit_iforest.';

COMMENT ON FUNCTION recon.fit_iforest_transition(internal, double precision[], jsonb, "any") IS 'Adds one row to the state of recon_fit_iforest.';

CREATE AGGREGATE recon_fit_iforest(features double precision[]) (
    SFUNC = recon.fit_iforest_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

CREATE AGGREGATE recon_fit_iforest(features double precision[], options jsonb) (
    SFUNC = recon.fit_iforest_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

CREATE AGGREGATE recon_fit_iforest(features double precision[], options jsonb, identity "any") (
    SFUNC = recon.fit_iforest_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

COMMENT ON AGGREGATE recon_fit_iforest(double precision[]) IS
    'Isolation forest (Liu, Ting and Zhou 2008) over rows of features. Options: trees (100), sample_size (256 rows for each tree), columns_per_split (1; more makes splits hyperplanes, the extended forest), seed (0), max_rows (16384 distinct rows are kept to draw from). Rows of NULL features are left out; NULL and NaN features are missing values, infinite ones are counted and taken as missing. NULL without a row that holds a value.';

COMMENT ON AGGREGATE recon_fit_iforest(double precision[], jsonb) IS
    'As recon_fit_iforest(double precision[]), with options as a JSON object.';

COMMENT ON AGGREGATE recon_fit_iforest(double precision[], jsonb, "any") IS
    'As recon_fit_iforest(double precision[], jsonb), with an identity (a primary key) that tells equal rows apart; a NULL one does not.';

CREATE INDEX run_under_way ON recon.run (run_id) WHERE status IN ('queued', 'running');

COMMENT ON TABLE recon.run IS 'One row for each stored detection: what was read, judged and found, and with which strategy. Also the queue of those which recon_submit asked for.';

COMMENT ON COLUMN recon.run.status IS
    'queued: waits for a worker; running; succeeded; failed: left no verdict, error_code and message say why; cancelled: by recon_cancel';

COMMENT ON COLUMN recon.run.arguments IS 'what recon_submit was asked for; NULL for a run of recon_detect';

COMMENT ON COLUMN recon.run.error_code IS 'SQLSTATE of the error with which a run failed; NULL where its worker vanished';

COMMENT ON COLUMN recon.run.run_by IS 'the role whose rights the run needs: who called recon_detect or recon_submit';

COMMENT ON COLUMN recon.run.worker_pid IS 'the server process that works on a running run';

COMMENT ON COLUMN recon.run.cancelled_by IS 'who asked for its end with recon_cancel';

-- recon_detect takes it for its transaction, a worker of the queue for its session.
CREATE FUNCTION recon.lock_class() RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN 'recon.run'::regclass::oid::integer;

COMMENT ON FUNCTION recon.lock_class() IS
    'First number of the advisory locks on reconciliations that are being judged; the second is the reconciliation''s.';

CREATE FUNCTION recon.announce_run(run bigint) RETURNS void
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pg_notify('recon_run', jsonb_build_object('run', u.run_id, 'reconciliation', r.reconciliation_name,
                                                     'status', u.status, 'anomalies', u.anomalies)::text)
    FROM recon.run u JOIN recon.reconciliation r USING (reconciliation_id) WHERE u.run_id = run
$$;

COMMENT ON FUNCTION recon.announce_run(bigint) IS
    'Tells who listens to recon_run, once the transaction commits, how a run ended.';

-- One scan, grouped by key: each key's rows as a recon_series.
CREATE OR REPLACE FUNCTION recon.scan_statement(
    d recon.reconciliation, relation regclass, target regclass, as_of timestamptz, to_date date
) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    needed text[];
    source text;
    is_target text := 'true';
    at text := recon.date_expression(relation, d);
    today date := (coalesce(as_of, now()) AT TIME ZONE d.time_zone)::date;
    filters text[] := '{}';
    keys text;
    key_json text;
    pool_json text;
    content text[];
BEGIN
    IF target IS NULL THEN
        source := format('%s AS source', recon.qualified_name(relation));
    ELSE
        -- The columns both have, the target's in the types of the history.
        SELECT array_agg(a.attname ORDER BY a.attnum) INTO needed
        FROM pg_attribute a JOIN pg_attribute b ON b.attrelid = target AND b.attname = a.attname
             AND b.attnum > 0 AND NOT b.attisdropped
        WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped;
        is_target := 'recon_is_target';
        WHILE is_target = ANY (needed) LOOP
            is_target := is_target || '_';
        END LOOP;
        source := format('(SELECT %s, false AS %I FROM %s UNION ALL SELECT %s, true FROM %s) AS source',
            (SELECT string_agg(format('%I', c), ', ') FROM unnest(needed) c), is_target, recon.qualified_name(relation),
            (SELECT string_agg(format('%I::%s', c, (SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
                                                    WHERE a.attrelid = relation AND a.attname = c)), ', ')
             FROM unnest(needed) c), recon.qualified_name(target));
    END IF;
    IF at IS NULL THEN
        at := CASE WHEN target IS NULL THEN format('%L::date', today)
                   ELSE format('(CASE WHEN %s THEN %L::date ELSE %L::date END)', is_target, today, today - 1) END;
    END IF;
    IF to_date IS NOT NULL AND d.date_column IS NOT NULL THEN
        filters := filters || format('(%s <= %L OR %1$s IS NULL)', at, to_date);
    END IF;
    IF as_of IS NOT NULL AND d.loaded_at_column IS NOT NULL THEN
        filters := filters || format('%I <= %L::timestamptz', d.loaded_at_column, as_of);
    END IF;
    SELECT string_agg(format('%I', k), ', ' ORDER BY n),
           string_agg(format('%L, %s', k, recon.canonical_text(relation, k)), ', ' ORDER BY n)
    INTO keys, key_json
    -- Amounts of different currencies are never in one history.
    FROM unnest(d.key_columns || CASE WHEN d.currency_column IS NULL OR d.currency_column = ANY (d.key_columns)
                                      THEN '{}'::text[] ELSE ARRAY[d.currency_column] END)
         WITH ORDINALITY AS u(k, n);
    SELECT string_agg(format('%L, %s', k, recon.canonical_text(relation, k)), ', ' ORDER BY n) INTO pool_json
    FROM unnest(d.pool_by) WITH ORDINALITY AS u(k, n);
    content := ARRAY(SELECT format('%I', c) FROM unnest(d.criteria_columns) c);
    RETURN format(
        'SELECT jsonb_build_object(%s) AS key, %s AS pool, %s AS currency, '
        'recon.key_series(%s, %s, %s, %s, %s, %s) AS series, '
        'count(*) AS rows_read, count(*) FILTER (WHERE isfinite(%s) IS NOT TRUE) AS rows_without_date '
        'FROM %s%s GROUP BY %s',
        key_json,
        coalesce('jsonb_build_object(' || pool_json || ')::text', 'NULL::text'),
        CASE WHEN d.currency_column IS NULL THEN 'NULL::text'
             ELSE format('%I::text', d.currency_column) END,
        at, d.break_condition, is_target, recon.mismatch_expression(relation, d), jsonb_array_length(d.measures),
        array_to_string(ARRAY(SELECT m->>'expression' FROM jsonb_array_elements(d.measures) m) || content, ', '),
        at, source,
        CASE WHEN cardinality(filters) > 0 THEN ' WHERE ' || array_to_string(filters, ' AND ') ELSE '' END,
        keys);
END
$$;

COMMENT ON FUNCTION recon.scan_statement(recon.reconciliation, regclass, regclass, timestamptz, date) IS
    'The one statement that reads the source: key, pool of peers, currency, rows as a recon_series, and row counts, grouped by key.';

CREATE FUNCTION recon.check_run(
    name text, history text, target text, from_date date, to_date date, persist boolean
) RETURNS recon.reconciliation
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation;
BEGIN
    IF from_date > to_date THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'from_date must not be after to_date',
            DETAIL = format('From %s to %s.', from_date, to_date);
    END IF;
    IF name IS NULL THEN
        RETURN d;
    END IF;
    d := recon.find_reconciliation(name, 'viewer');
    IF coalesce(persist, true) THEN
        PERFORM recon.require_access(d.reconciliation_id, 'operator');
    END IF;
    IF NOT d.is_active THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('reconciliation "%s" is not active', name),
            HINT = 'Activate it with recon_alter(name, is_active => true).';
    END IF;
    IF history IS NOT NULL OR target IS NOT NULL THEN
        -- Relations of the caller's choice are read with the owner's rights: only the owner may choose.
        PERFORM recon.require_ownership(d, 'what is read');
    END IF;
    RETURN d;
END
$$;

COMMENT ON FUNCTION recon.check_run(text, text, text, date, date, boolean) IS
    'The reconciliation of a name (NULL without a name), if the caller may have it judged like this.';

CREATE FUNCTION recon.strategy_copy(s recon.strategy, d recon.reconciliation) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN jsonb_build_object('strategy_name', s.strategy_name, 'version', s.version, 'alpha', s.alpha,
        'detectors', s.detectors, 'history_rows', s.history_rows,
        'minimum_amount', coalesce(d.minimum_amount, s.minimum_amount));

COMMENT ON FUNCTION recon.strategy_copy(recon.strategy, recon.reconciliation) IS
    'What a run keeps of the strategy it uses, with the reconciliation''s own floor of materiality.';

CREATE OR REPLACE FUNCTION recon.plan_run(
    name text, history text, target text, from_date date, to_date date,
    strategy text, as_of timestamptz, persist boolean
) RETURNS recon.run_plan
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation;
    s recon.strategy;
    relation regclass;
    target_relation regclass;
    result recon.run_plan;
BEGIN
    d := recon.check_run(name, history, target, from_date, to_date, persist);
    IF name IS NOT NULL THEN
        relation := CASE WHEN history IS NULL THEN d.source::regclass ELSE recon.require_relation(history, d.owner) END;
    ELSE
        IF history IS NULL AND target IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = 'nothing to judge: neither a reconciliation nor a relation was named',
                HINT = 'Use recon_detect(''name''), or recon_detect(history => ''table'', target => ''table'').';
        END IF;
        relation := recon.require_relation(coalesce(history, target), recon.caller());
        d.reconciliation_name := NULL;
        d.owner := recon.caller();
        d.pool_by := '{}';
        d.strategy := 'balanced';
        d.time_zone := 'UTC';
        d := recon.guess_missing(relation, d, recon.caller());
        d := recon.complete_definition(relation, d);
        result.advice := format('nothing is stored without a name; to keep verdicts: SELECT recon_create(''...'', source => %L)',
                                relation::text);
    END IF;
    IF target IS NOT NULL AND (history IS NOT NULL OR name IS NOT NULL) THEN
        target_relation := recon.require_relation(target, d.owner);
        PERFORM recon.require_columns(target_relation, d.key_columns || d.derived_columns || d.criteria_columns
            || array_remove(ARRAY[d.date_column, d.currency_column], NULL), 'the definition');
    END IF;
    s := recon.current_strategy(coalesce(strategy, d.strategy));

    result.reconciliation_id := d.reconciliation_id;
    result.reconciliation_name := d.reconciliation_name;
    result.reader := d.owner;
    result.scan := recon.scan_statement(d, relation, target_relation, as_of, to_date);
    result.measures := ARRAY(SELECT m->>'name' FROM jsonb_array_elements(d.measures) m);
    result.tolerances := ARRAY(SELECT (m->>'tolerance')::float8 FROM jsonb_array_elements(d.measures) m);
    result.strategy := recon.strategy_copy(s, d);
    result.alpha := s.alpha;
    result.weights := ARRAY(SELECT coalesce((s.detectors->>detector_name)::float8, 0)
                            FROM unnest(ARRAY['baseline', 'frequency', 'drift', 'volatility']) detector_name);
    result.minimum_amount := coalesce(d.minimum_amount, s.minimum_amount);
    result.history_rows := s.history_rows;
    result.from_date := from_date;
    result.to_date := to_date;
    result.newest_judged := (SELECT max(r.to_date) FROM recon.run r
        WHERE r.reconciliation_id = d.reconciliation_id AND r.status = 'succeeded');
    result.separate_target := target_relation IS NOT NULL;
    result.persist := coalesce(persist, true) AND d.reconciliation_id IS NOT NULL;
    RETURN result;
END
$$;

-- Runs in the background: recon_submit puts them into recon.run, CALL recon_work() carries them out.
--
-- What a worker does is spread over transactions. It claims a run (committed: everybody sees that it
-- runs), carries it out within one transaction (all of it, or nothing), and records how it ended. A
-- session lock per reconciliation says that the worker lives; the server takes it away with the
-- session, so that a run whose worker vanished is known by its lock being free.

CREATE FUNCTION recon_submit(
    name text, history text DEFAULT NULL, target text DEFAULT NULL,
    from_date date DEFAULT NULL, to_date date DEFAULT NULL, strategy text DEFAULT NULL,
    as_of timestamptz DEFAULT NULL
) RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_submit(text, text, text, date, date, text, timestamptz) IS
$$Puts a run of a reconciliation into the queue, with the arguments of recon_detect, and returns its number in recon.run. A worker (CALL recon_work()) carries it out with the submitter's rights, which are checked now and then. Needs level operator.
Who listens to recon_run is told when it has ended. Errors: those of recon_detect for wrong arguments.$$;

CREATE FUNCTION recon_retry(run bigint) RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_retry(bigint) IS
    'Puts a failed or cancelled run into the queue again, as a new run of the caller with the same arguments, and returns its number. Needs level operator.';

CREATE FUNCTION recon_cancel(run bigint) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_cancel(bigint) IS
    'Ends a queued or running run of the queue; it leaves no verdict. Takes effect when the calling transaction commits, within a fraction of a second. Needs level operator. Returns a sentence. Errors: 42704 no such run, 55000 it has ended or is not of the queue.';

CREATE FUNCTION recon_claim_run() RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_claim_run() IS
    'Part of recon_work: takes the oldest queued run which the caller may operate and whose reconciliation nobody is judging, marks it as running and returns its number; NULL where there is none. The session holds the reconciliation''s lock until recon_end_run. Runs whose worker vanished are marked as failed.';

CREATE FUNCTION recon_carry_out_run(run bigint) RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_carry_out_run(bigint) IS
    'Part of recon_work: carries out the run that this session has claimed and returns the number of its anomalies.';

CREATE FUNCTION recon_fail_run(run bigint, error_code text, message text, detail text, hint text) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_fail_run(bigint, text, text, text, text) IS
    'Part of recon_work: records that the run which this session has claimed failed, and why; as cancelled, where somebody asked for that. Returns its status.';

CREATE FUNCTION recon_end_run(run bigint) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_end_run(bigint) IS
    'Part of recon_work: lets go of the reconciliation of a run whose end is committed.';

CREATE FUNCTION recon.find_run(run bigint, level text) RETURNS recon.run
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_row recon.run;
BEGIN
    SELECT u.* INTO found_row FROM recon.run u WHERE u.run_id = run FOR UPDATE;
    IF found_row.run_id IS NULL OR NOT recon.has_access(recon.caller(), found_row.reconciliation_id, 'viewer') THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('run %s does not exist', coalesce(run::text, 'NULL')),
            HINT = 'See recon.run_summary for the runs there are.';
    END IF;
    PERFORM recon.require_access(found_row.reconciliation_id, level);
    RETURN found_row;
END
$$;

COMMENT ON FUNCTION recon.find_run(bigint, text) IS
    'A run, locked, if the caller has at least this level on its reconciliation.';

CREATE FUNCTION recon.recon_submit(
    name text, history text, target text, from_date date, to_date date, strategy text, as_of timestamptz
) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation;
    s recon.strategy;
    relation regclass;
    submitted bigint;
BEGIN
    IF name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'the name of a reconciliation is missing',
            HINT = 'What has no name is not stored: use recon_detect(history => ..., target => ...).';
    END IF;
    -- The worker has another search_path and no temporary tables of this session.
    IF history IS NOT NULL THEN
        relation := recon.require_relation(history, recon.caller());
        PERFORM recon.require_lasting(relation);
        history := recon.qualified_name(relation);
    END IF;
    IF target IS NOT NULL THEN
        relation := recon.require_relation(target, recon.caller());
        PERFORM recon.require_lasting(relation);
        target := recon.qualified_name(relation);
    END IF;
    d := recon.check_run(name, history, target, from_date, to_date, persist => true);
    s := recon.current_strategy(coalesce(strategy, d.strategy));
    INSERT INTO recon.run (reconciliation_id, status, strategy, arguments, run_by, submitted_at)
    VALUES (d.reconciliation_id, 'queued', recon.strategy_copy(s, d),
            jsonb_strip_nulls(jsonb_build_object('history', history, 'target', target, 'from_date', from_date,
                'to_date', to_date, 'strategy', strategy, 'as_of', as_of)),
            recon.caller(), clock_timestamp())
    RETURNING run_id INTO submitted;
    RETURN submitted;
END
$$;

COMMENT ON FUNCTION recon.recon_submit(text, text, text, date, date, text, timestamptz) IS 'Implementation of recon_submit.';

CREATE FUNCTION recon.recon_retry(run bigint) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u recon.run := recon.find_run(run, 'operator');
BEGIN
    IF u.arguments IS NULL OR u.status NOT IN ('failed', 'cancelled') THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('run %s has not failed', run),
            DETAIL = format('Its status is %s.', u.status),
            HINT = 'Put a new run into the queue with recon_submit.';
    END IF;
    RETURN recon.recon_submit(
        (SELECT r.reconciliation_name FROM recon.reconciliation r WHERE r.reconciliation_id = u.reconciliation_id),
        u.arguments->>'history', u.arguments->>'target', (u.arguments->>'from_date')::date,
        (u.arguments->>'to_date')::date, u.arguments->>'strategy', (u.arguments->>'as_of')::timestamptz);
END
$$;

COMMENT ON FUNCTION recon.recon_retry(bigint) IS 'Implementation of recon_retry.';

CREATE FUNCTION recon.recon_cancel(run bigint) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- The row stays locked until the caller commits: a worker that is about to record the end of the
    -- run waits, and the signal cannot reach it when it is already at another.
    u recon.run := recon.find_run(run, 'operator');
BEGIN
    IF u.status = 'queued' THEN
        UPDATE recon.run r SET status = 'cancelled', finished_at = clock_timestamp(), cancelled_by = recon.caller(),
            message = format('cancelled by %s before it began', recon.caller())
        WHERE r.run_id = u.run_id;
        PERFORM recon.announce_run(run);
        RETURN format('run %s will not be carried out', run);
    END IF;
    IF u.status <> 'running' THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('run %s has ended', run), DETAIL = format('Its status is %s.', u.status);
    END IF;
    IF recon.fail_abandoned(u) THEN
        RETURN format('run %s had lost its worker and is recorded as failed', run);
    END IF;
    UPDATE recon.run r SET cancelled_by = recon.caller() WHERE r.run_id = u.run_id;
    PERFORM pg_cancel_backend(u.worker_pid);
    RETURN format('run %s is being ended', run);
END
$$;

COMMENT ON FUNCTION recon.recon_cancel(bigint) IS 'Implementation of recon_cancel.';

CREATE FUNCTION recon.fail_abandoned(u recon.run) RETURNS boolean
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT pg_try_advisory_lock(recon.lock_class(), u.reconciliation_id) THEN
        RETURN false;
    END IF;
    UPDATE recon.run r SET status = 'failed', finished_at = clock_timestamp(),
        message = 'the session of its worker ended before the run did'
    WHERE r.run_id = u.run_id AND r.status = 'running';
    PERFORM recon.announce_run(u.run_id);
    PERFORM pg_advisory_unlock(recon.lock_class(), u.reconciliation_id);
    RETURN true;
END
$$;

COMMENT ON FUNCTION recon.fail_abandoned(recon.run) IS
    'Records a running run as failed if nobody works on it any more; whether that was so.';

CREATE FUNCTION recon.recon_claim_run() RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u recon.run;
    candidate record;
BEGIN
    -- A session lock outlives an error that ended recon_work: what this session still holds goes first.
    PERFORM pg_advisory_unlock(recon.lock_class(), l.objid::integer)
    FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.pid = pg_backend_pid() AND l.classid::integer = recon.lock_class()
      AND l.objsubid = 2 AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database());

    FOR u IN SELECT r.* FROM recon.run r WHERE r.status = 'running' AND r.arguments IS NOT NULL ORDER BY r.run_id LOOP
        PERFORM recon.fail_abandoned(u);
    END LOOP;

    FOR candidate IN SELECT r.run_id, r.reconciliation_id FROM recon.run r WHERE r.status = 'queued' ORDER BY r.run_id LOOP
        CONTINUE WHEN NOT recon.has_access(recon.caller(), candidate.reconciliation_id, 'operator');
        PERFORM FROM recon.run r WHERE r.run_id = candidate.run_id AND r.status = 'queued' FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND OR NOT pg_try_advisory_lock(recon.lock_class(), candidate.reconciliation_id);
        UPDATE recon.run r SET status = 'running', started_at = clock_timestamp(), worker_pid = pg_backend_pid()
        WHERE r.run_id = candidate.run_id;
        RETURN candidate.run_id;
    END LOOP;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION recon.recon_claim_run() IS 'Implementation of recon_claim_run.';

CREATE FUNCTION recon.claimed_run(run bigint) RETURNS recon.run
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u recon.run;
BEGIN
    SELECT r.* INTO u FROM recon.run r WHERE r.run_id = run;
    IF u.worker_pid IS DISTINCT FROM pg_backend_pid() OR u.arguments IS NULL
       OR NOT recon.has_access(recon.caller(), u.reconciliation_id, 'operator')
       OR NOT EXISTS (SELECT FROM pg_locks l
                      WHERE l.locktype = 'advisory' AND l.pid = pg_backend_pid() AND l.objsubid = 2
                        AND l.classid::integer = recon.lock_class() AND l.objid::integer = u.reconciliation_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('run %s is not claimed by this session', coalesce(run::text, 'NULL')),
            HINT = 'Use CALL recon_work().';
    END IF;
    RETURN u;
END
$$;

COMMENT ON FUNCTION recon.claimed_run(bigint) IS 'The run, if this session claimed it with recon_claim_run and has not let go of it.';

CREATE FUNCTION recon.carry_out_run(
    run bigint, submitter name, name text, history text, target text,
    from_date date, to_date date, strategy text, as_of timestamptz
) RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_carry_out_run';

COMMENT ON FUNCTION recon.carry_out_run(bigint, name, text, text, text, date, date, text, timestamptz) IS
    'Detection into a run that exists, on behalf of another role; arguments as in recon_detect. Returns the number of anomalies.';

CREATE FUNCTION recon.recon_carry_out_run(run bigint) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u recon.run := recon.claimed_run(run);
BEGIN
    IF u.status <> 'running' THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('run %s has ended', run), DETAIL = format('Its status is %s.', u.status);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = u.run_by) THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('role "%s", which submitted the run, does not exist', u.run_by),
            HINT = 'Put the run into the queue again as somebody else: SELECT recon_retry(' || run || ').';
    END IF;
    RETURN recon.carry_out_run(run, u.run_by,
        (SELECT r.reconciliation_name FROM recon.reconciliation r WHERE r.reconciliation_id = u.reconciliation_id),
        u.arguments->>'history', u.arguments->>'target', (u.arguments->>'from_date')::date,
        (u.arguments->>'to_date')::date, u.arguments->>'strategy', (u.arguments->>'as_of')::timestamptz);
END
$$;

COMMENT ON FUNCTION recon.recon_carry_out_run(bigint) IS 'Implementation of recon_carry_out_run.';

CREATE FUNCTION recon.recon_fail_run(run bigint, error_code text, message text, detail text, hint text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ended text;
BEGIN
    PERFORM recon.claimed_run(run);
    -- Waits for a recon_cancel that has sent its signal and not committed yet.
    UPDATE recon.run u SET
        status = CASE WHEN u.cancelled_by IS NULL THEN 'failed' ELSE 'cancelled' END,
        error_code = CASE WHEN u.cancelled_by IS NULL THEN recon_fail_run.error_code END,
        message = CASE WHEN u.cancelled_by IS NULL
                       THEN concat_ws('; ', recon_fail_run.message, nullif(detail, ''), nullif(hint, ''))
                       ELSE format('cancelled by %s', u.cancelled_by) END,
        finished_at = clock_timestamp()
    WHERE u.run_id = run AND u.status = 'running'
    RETURNING u.status INTO ended;
    PERFORM recon.announce_run(run);
    RETURN ended;
END
$$;

COMMENT ON FUNCTION recon.recon_fail_run(bigint, text, text, text, text) IS 'Implementation of recon_fail_run.';

CREATE FUNCTION recon.recon_end_run(run bigint) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u recon.run := recon.claimed_run(run);
BEGIN
    PERFORM pg_advisory_unlock(recon.lock_class(), u.reconciliation_id);
END
$$;

COMMENT ON FUNCTION recon.recon_end_run(bigint) IS 'Implementation of recon_end_run.';

-- Runs as its caller, with his search_path: every name is qualified. It must be called outside a
-- transaction block, because it commits.
CREATE PROCEDURE recon_work(
    detect text DEFAULT NULL, max_seconds double precision DEFAULT NULL, until_idle boolean DEFAULT true
)
    LANGUAGE plpgsql
AS $$
DECLARE
    began pg_catalog.timestamptz := pg_catalog.clock_timestamp();
    run bigint;
    code pg_catalog.text;
    message pg_catalog.text;
    detail pg_catalog.text;
    hint pg_catalog.text;
BEGIN
    IF detect IS NOT NULL THEN
        PERFORM @extschema@.recon_submit(detect);
    END IF;
    LOOP
        -- Progress and cancellation are seen as they are committed, whatever the session's default.
        COMMIT;
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        run := @extschema@.recon_claim_run();
        COMMIT;
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        IF run IS NULL THEN
            EXIT WHEN until_idle OR pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) began)
                OPERATOR(pg_catalog.>=) max_seconds;
            PERFORM pg_catalog.pg_sleep(1);
            CONTINUE;
        END IF;
        code := NULL;
        BEGIN
            PERFORM @extschema@.recon_carry_out_run(run);
        EXCEPTION WHEN OTHERS OR query_canceled THEN
            GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
                detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
        END;
        IF code IS NOT NULL THEN
            code := pg_catalog.concat_ws(' ', @extschema@.recon_fail_run(run, code, message, detail, hint), code);
        END IF;
        COMMIT;
        PERFORM @extschema@.recon_end_run(run);
        -- Who cancels the worker itself, or lets it run into a timeout, wants it to end.
        IF code OPERATOR(pg_catalog.=) 'failed 57014' THEN
            COMMIT;
            RAISE EXCEPTION USING ERRCODE = 'query_canceled', MESSAGE = message;
        END IF;
        EXIT WHEN pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) began)
            OPERATOR(pg_catalog.>=) max_seconds;
    END LOOP;
END
$$;

COMMENT ON PROCEDURE recon_work(text, double precision, boolean) IS
$$The worker: carries out queued runs, oldest first, each in a transaction of its own, and returns when the queue is empty. Several may work side by side; runs of one reconciliation never overlap. A run that fails is recorded with its error, and the next is taken.
detect: a reconciliation of which a run is put into the queue first, for a scheduled job. max_seconds: take no further run after so long. until_idle => false: wait for runs instead of returning.
Works on what the caller may operate. Call it outside a transaction block.$$;

-- Other thresholds over stored scores, and the end of old verdicts.

CREATE FUNCTION recon.is_quiet(pattern text) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_is_quiet';

COMMENT ON FUNCTION recon.is_quiet(text) IS 'Whether breaks of a pattern are never anomalies, whatever their score.';

CREATE FUNCTION recon.severity(
    score double precision, observed double precision, is_anomaly boolean, large_amount double precision
) RETURNS text
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_severity';

COMMENT ON FUNCTION recon.severity(double precision, double precision, boolean, double precision) IS
    'Severity of a break: low for what is no anomaly; for an anomaly medium, one step up for a score of 6 and more, one for an amount of at least large_amount (NULL: no telling).';

CREATE FUNCTION recon.recommended_action(pattern text, category text, is_anomaly boolean) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_recommended_action';

COMMENT ON FUNCTION recon.recommended_action(text, text, boolean) IS 'What to do about a break, in one sentence.';

CREATE FUNCTION recon_rejudge(run bigint, strategy text) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_rejudge(bigint, text) IS
    'Draws the thresholds of another strategy (its alpha and minimum amount) over the stored scores of a run, without reading the source again; detector weights are the run''s. Changes the current verdicts of that run''s breaks, writes every change into recon.verdict_history, and returns a sentence. Needs level operator.';

CREATE FUNCTION recon.recon_rejudge(run bigint, strategy text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u recon.run;
    s recon.strategy;
    floor_amount numeric;
    large double precision;
    before bigint;
    after bigint;
    changed bigint;
BEGIN
    SELECT r.* INTO u FROM recon.run r WHERE r.run_id = run;
    IF u.run_id IS NULL OR NOT recon.has_access(recon.caller(), u.reconciliation_id, 'viewer') THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('run %s does not exist', run), HINT = 'See recon.run_summary for the runs there are.';
    END IF;
    PERFORM recon.require_access(u.reconciliation_id, 'operator');
    s := recon.current_strategy(strategy);
    floor_amount := coalesce((SELECT r.minimum_amount FROM recon.reconciliation r
                              WHERE r.reconciliation_id = u.reconciliation_id), s.minimum_amount);

    CREATE TEMPORARY TABLE rejudged ON COMMIT DROP AS
    SELECT b.break_id, b.break_date, b.is_anomaly AS was_anomaly,
           coalesce(b.q_value <= s.alpha, false) AND NOT recon.is_quiet(b.pattern)
               AND coalesce(abs(b.observed) >= floor_amount, true) AS is_anomaly,
           b.score, abs(b.observed)::double precision AS amount, b.pattern, b.category
    FROM recon.break b
    WHERE b.reconciliation_id = u.reconciliation_id AND b.run_id = u.run_id
      AND b.break_date BETWEEN u.from_date AND u.to_date AND b.is_open;
    -- Where the largest tenth of the anomalies begins, as detection counts it.
    SELECT CASE WHEN count(*) >= 10
                THEN (array_agg(r.amount ORDER BY r.amount DESC))[(count(*) / 10)::integer] END
    INTO large FROM rejudged r WHERE r.is_anomaly AND r.amount IS NOT NULL;
    SELECT count(*) FILTER (WHERE r.was_anomaly), count(*) FILTER (WHERE r.is_anomaly),
           count(*) FILTER (WHERE r.was_anomaly <> r.is_anomaly)
    INTO before, after, changed FROM rejudged r;

    INSERT INTO recon.verdict_history (reconciliation_id, break_id, break_date, run_id, was_anomaly, is_anomaly,
        was_pattern, pattern, was_open, is_open, cause)
    SELECT u.reconciliation_id, r.break_id, r.break_date, u.run_id, r.was_anomaly, r.is_anomaly,
           r.pattern, r.pattern, true, true, format('rejudged by strategy "%s"', s.strategy_name)
    FROM rejudged r WHERE r.was_anomaly <> r.is_anomaly;
    UPDATE recon.break b SET is_anomaly = r.is_anomaly,
        severity = recon.severity(r.score, r.amount, r.is_anomaly, large),
        recommended_action = recon.recommended_action(r.pattern, r.category, r.is_anomaly),
        updated_at = now()
    FROM rejudged r WHERE b.break_id = r.break_id AND b.break_date = r.break_date;
    DROP TABLE rejudged;
    RETURN format('run %s by strategy "%s": %s anomalies instead of %s; %s verdicts changed',
                  run, s.strategy_name, after, before, changed);
END
$$;

COMMENT ON FUNCTION recon.recon_rejudge(bigint, text) IS 'Implementation of recon_rejudge.';

CREATE FUNCTION recon_purge(name text, before date) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_purge(text, date) IS
    'Deletes the breaks and scores of a reconciliation that are dated before a day, and the monthly partitions that are empty then. What happened to their verdicts stays written in recon.verdict_history; the source, and so what later runs learn from it, is untouched. Needs level admin. Returns a sentence.';

CREATE FUNCTION recon.recon_purge(name text, before date) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.find_reconciliation(name, 'admin');
    breaks bigint;
    partition regclass;
    is_used boolean;
    dropped integer := 0;
BEGIN
    IF before IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'the date before which to purge is missing',
            HINT = 'For example: SELECT recon_purge(''cash'', current_date - 730).';
    END IF;
    DELETE FROM recon.score s WHERE s.reconciliation_id = d.reconciliation_id AND s.break_date < before;
    DELETE FROM recon.break b WHERE b.reconciliation_id = d.reconciliation_id AND b.break_date < before;
    GET DIAGNOSTICS breaks = ROW_COUNT;
    FOR partition IN
        SELECT i.inhrelid::regclass FROM pg_inherits i
        WHERE i.inhparent IN ('recon.break'::regclass, 'recon.score'::regclass)
          AND right(i.inhrelid::regclass::text, 7) < to_char(before, 'YYYY_MM')
        ORDER BY 1
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', partition) INTO is_used;
        IF NOT is_used THEN
            EXECUTE format('DROP TABLE %s', partition);
            dropped := dropped + 1;
        END IF;
    END LOOP;
    RETURN format('%s breaks of "%s" dated before %s are gone, and %s empty partitions', breaks, name, before, dropped);
END
$$;

COMMENT ON FUNCTION recon.recon_purge(text, date) IS 'Implementation of recon_purge.';

-- What would be found: recon_evaluate (src/functions/evaluate.cpp).

CREATE FUNCTION recon_evaluate(
    name text, strategy text DEFAULT NULL, rounds integer DEFAULT 20, planted double precision DEFAULT 0.02,
    seed bigint DEFAULT 1
) RETURNS TABLE (slice text, "group" text, planted_rows bigint, found bigint, recall numeric, other_alarms bigint)
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 13 AS 'MODULE_PATHNAME', 'recon_evaluate';

COMMENT ON FUNCTION recon_evaluate(text, text, integer, double precision, bigint) IS
$$Plants anomalies in copies of a reconciliation's newest rows and counts how many would be found, by length of history, kind of plant and size; nothing is stored.
name: a reconciliation. strategy: instead of its own. rounds: how often keys are drawn and judged anew (1 to 1000). planted: share of the rows that carry a plant (up to 0.5). seed: the same seed draws the same keys.
A plant is 8 to 20 units large, one unit being the usual distance of the key's values from what was expected of them, and no less than the tolerance. Kinds: spike, drop, drift, burst.
recall is found / planted_rows, NULL where nothing was planted. other_alarms counts anomalies in rows where nothing was planted, over all rounds: true ones of the data, and false ones.$$;

CREATE OR REPLACE VIEW recon.run_summary WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, u.run_id, u.status, u.strategy->>'strategy_name' AS strategy,
           u.from_date, u.to_date, u.rows_read, u.rows_without_date, u.rows_judged, u.keys_read, u.keys_absent,
           u.breaks, u.anomalies,
           CASE WHEN u.breaks > 0 THEN round(100.0 * u.anomalies / u.breaks, 1) END AS anomalies_percent,
           u.verdicts_changed, u.is_partial, u.message, u.run_by, u.started_at,
           u.finished_at - u.started_at AS duration,
           coalesce(u.finished_at, u.started_at, u.submitted_at) AS updated_at,
           u.submitted_at, u.error_code
    FROM recon.run u JOIN recon.reconciliation r USING (reconciliation_id);

COMMENT ON VIEW recon.run_summary IS 'One row for each stored run, and for each that waits for a worker.';

CREATE OR REPLACE VIEW recon.health WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, r.is_active,
           last.run_id AS last_run_id, last.status AS last_status, last.finished_at AS last_run_at,
           judged.to_date AS judged_up_to, judged.is_partial, last.rows_without_date, last.message,
           CASE WHEN last.run_id IS NULL THEN 'never judged'
                WHEN last.status = 'failed' THEN 'the last run failed'
                WHEN judged.is_partial THEN 'a date was partial'
                WHEN last.rows_without_date > 0 THEN 'rows without date'
                WHEN last.finished_at < now() - interval '7 days' THEN 'not judged for a week'
                ELSE 'ok' END AS state,
           coalesce(last.finished_at, r.updated_at) AS updated_at
    FROM recon.reconciliation r
    LEFT JOIN LATERAL (SELECT u.* FROM recon.run u
                       WHERE u.reconciliation_id = r.reconciliation_id AND u.status IN ('succeeded', 'failed')
                       ORDER BY u.run_id DESC LIMIT 1) last ON true
    -- The last run that found rows to judge.
    LEFT JOIN LATERAL (SELECT u.* FROM recon.run u
                       WHERE u.reconciliation_id = r.reconciliation_id AND u.status = 'succeeded' AND u.to_date IS NOT NULL
                       ORDER BY u.run_id DESC LIMIT 1) judged ON true;

-- The last statement of the script, and of every update step too: it settles what is new and leaves the
-- rest alone. What a script of the extension grants or revokes, the server takes for the extension's own,
-- together with all that users have granted on that object by then; no dump would carry that any more.
DO $$
DECLARE
    object record;
BEGIN
    FOR object IN
        SELECT p.oid::regprocedure AS signature, p.prokind
        FROM pg_catalog.pg_proc p
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
        JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
        WHERE EXISTS (SELECT FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
                      WHERE a.grantee = 0)
    LOOP
        EXECUTE format('REVOKE ALL ON %s %s FROM PUBLIC',
                       CASE object.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, object.signature);
    END LOOP;
    -- Tables, views and sequences are open to everybody only where default privileges make them so.
    FOR object IN
        SELECT c.oid::regclass AS relation
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
        JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
        WHERE EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) a WHERE a.grantee = 0)
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', object.relation);
    END LOOP;
    FOR object IN
        SELECT t.oid::regtype AS type
        FROM pg_catalog.pg_type t
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
        JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
        WHERE t.typtype = 'b' AND t.typelem = 0 AND t.typacl IS NULL
    LOOP
        EXECUTE format('GRANT USAGE ON TYPE %s TO PUBLIC', object.type);
    END LOOP;
END
$$;

-- By hand, last. Kept when this file is drafted anew.
-- End of what is by hand.
