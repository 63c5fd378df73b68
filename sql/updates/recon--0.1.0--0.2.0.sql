\echo Use "ALTER EXTENSION recon UPDATE TO '0.2.0'" to load this file. \quit

-- Drafted by scripts/draft-update (make updates) from version 0.1.0 and version 0.2.0 of the script.

-- By hand, first. Kept when this file is drafted anew.
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
