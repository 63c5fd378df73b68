\echo Use "ALTER EXTENSION recon UPDATE TO '0.1.0'" to load this file. \quit

-- Drafted by scripts/draft-update (make updates) from version 0.2.0 and version 0.1.0 of the script.

-- By hand, first. Kept when this file is drafted anew.
-- End of what is by hand.

DROP VIEW recon.health;
DROP VIEW recon.run_summary;
DROP FUNCTION recon_evaluate(name text, strategy text, rounds integer, planted double precision, seed bigint);
DROP FUNCTION recon.recon_purge(name text, before date);
DROP FUNCTION recon_purge(name text, before date);
DROP FUNCTION recon.recon_rejudge(run bigint, strategy text);
DROP FUNCTION recon_rejudge(run bigint, strategy text);
DROP FUNCTION recon.recommended_action(pattern text, category text, is_anomaly boolean);
DROP FUNCTION recon.severity(score double precision, observed double precision, is_anomaly boolean, large_amount double precision);
DROP FUNCTION recon.is_quiet(pattern text);
DROP PROCEDURE recon_work(detect text, max_seconds double precision, until_idle boolean);
DROP FUNCTION recon.recon_end_run(run bigint);
DROP FUNCTION recon.recon_fail_run(run bigint, error_code text, message text, detail text, hint text);
DROP FUNCTION recon.recon_carry_out_run(run bigint);
DROP FUNCTION recon.carry_out_run(run bigint, submitter name, name text, history text, target text, from_date date, to_date date, strategy text, as_of timestamptz);
DROP FUNCTION recon.claimed_run(run bigint);
DROP FUNCTION recon.recon_claim_run();
DROP FUNCTION recon.fail_abandoned(u recon.run);
DROP FUNCTION recon.recon_cancel(run bigint);
DROP FUNCTION recon.recon_retry(run bigint);
DROP FUNCTION recon.recon_submit(name text, history text, target text, from_date date, to_date date, strategy text, as_of timestamptz);
DROP FUNCTION recon.find_run(run bigint, level text);
DROP FUNCTION recon_end_run(run bigint);
DROP FUNCTION recon_fail_run(run bigint, error_code text, message text, detail text, hint text);
DROP FUNCTION recon_carry_out_run(run bigint);
DROP FUNCTION recon_claim_run();
DROP FUNCTION recon_cancel(run bigint);
DROP FUNCTION recon_retry(run bigint);
DROP FUNCTION recon_submit(name text, history text, target text, from_date date, to_date date, strategy text, as_of timestamptz);
DROP FUNCTION recon.strategy_copy(s recon.strategy, d recon.reconciliation);
DROP FUNCTION recon.check_run(name text, history text, target text, from_date date, to_date date, persist boolean);
DROP FUNCTION recon.announce_run(run bigint);
DROP FUNCTION recon.lock_class();
DROP INDEX recon.run_under_way;
DROP AGGREGATE recon_fit_iforest(features double precision[], options jsonb, identity "any");
DROP AGGREGATE recon_fit_iforest(features double precision[], options jsonb);
DROP AGGREGATE recon_fit_iforest(features double precision[]);
DROP FUNCTION recon.fit_iforest_transition(internal, double precision[], jsonb, "any");
DROP FUNCTION recon.fit_iforest_transition(internal, double precision[], jsonb);
DROP FUNCTION recon.fit_iforest_transition(internal, double precision[]);
DROP FUNCTION recon.fit_final(internal);
DROP FUNCTION recon.fit_deserialize(bytea, internal);
DROP FUNCTION recon.fit_serialize(internal);
DROP FUNCTION recon.fit_combine(internal, internal);
DROP FUNCTION recon_describe(model recon_model);
DROP FUNCTION recon_contributions(model recon_model, features double precision[]);
DROP FUNCTION recon_score(model recon_model, features double precision[]);
DO $$
DECLARE
    used text;
BEGIN
    SELECT string_agg(pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), ', ') INTO used
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_type t ON t.oid = 'recon_model'::regtype AND d.refobjid IN (t.oid, t.typarray)
    WHERE d.refclassid = 'pg_catalog.pg_type'::regclass AND d.deptype = 'n'
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend m
                      WHERE m.classid = d.classid AND m.objid = d.objid AND m.deptype = 'e');
    IF used IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist',
            MESSAGE = 'type "recon_model" is still used', DETAIL = format('It is used by: %s.', used),
            HINT = 'The other version does not have it: drop what uses it first.';
    END IF;
END
$$;
DROP TYPE recon_model CASCADE;
DROP FUNCTION recon_bollinger(stats recon_stats, x double precision, width double precision);
DROP TYPE recon_band;
DROP FUNCTION recon_zscore(stats recon_stats, x double precision);
DROP FUNCTION recon_max(stats recon_stats);
DROP FUNCTION recon_min(stats recon_stats);
DROP FUNCTION recon_kurtosis(stats recon_stats);
DROP FUNCTION recon_skewness(stats recon_stats);
DROP FUNCTION recon_stddev(stats recon_stats);
DROP FUNCTION recon_variance(stats recon_stats);
DROP FUNCTION recon_mean(stats recon_stats);
DROP FUNCTION recon_sum(stats recon_stats);
DROP FUNCTION recon_non_finite_count(stats recon_stats);
DROP FUNCTION recon_null_count(stats recon_stats);
DROP FUNCTION recon_count(stats recon_stats);
DROP AGGREGATE recon_merge(stats recon_stats);
DROP AGGREGATE recon_stats(x double precision);
DROP FUNCTION recon.stats_moving_final(internal);
DROP FUNCTION recon.stats_moving_inverse(internal, double precision);
DROP FUNCTION recon.stats_moving_transition(internal, double precision);
DROP FUNCTION recon.stats_final(internal);
DROP FUNCTION recon.stats_deserialize(bytea, internal);
DROP FUNCTION recon.stats_serialize(internal);
DROP FUNCTION recon.stats_combine(internal, internal);
DROP FUNCTION recon.stats_merge_transition(internal, recon_stats);
DROP FUNCTION recon.stats_transition(internal, double precision);
DO $$
DECLARE
    used text;
BEGIN
    SELECT string_agg(pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), ', ') INTO used
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_type t ON t.oid = 'recon_stats'::regtype AND d.refobjid IN (t.oid, t.typarray)
    WHERE d.refclassid = 'pg_catalog.pg_type'::regclass AND d.deptype = 'n'
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend m
                      WHERE m.classid = d.classid AND m.objid = d.objid AND m.deptype = 'e');
    IF used IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist',
            MESSAGE = 'type "recon_stats" is still used', DETAIL = format('It is used by: %s.', used),
            HINT = 'The other version does not have it: drop what uses it first.';
    END IF;
END
$$;
DROP TYPE recon_stats CASCADE;
COMMENT ON COLUMN recon.run.status IS NULL;
COMMENT ON COLUMN recon.run.arguments IS NULL;
COMMENT ON COLUMN recon.run.error_code IS NULL;
COMMENT ON COLUMN recon.run.run_by IS NULL;
COMMENT ON COLUMN recon.run.worker_pid IS NULL;
COMMENT ON COLUMN recon.run.cancelled_by IS NULL;

-- By hand, between. Kept when this file is drafted anew.
-- by hand: TABLE recon.run
-- What waited, or was cancelled, will never have run.
UPDATE recon.run SET status = 'failed', message = coalesce(message, 'never carried out'),
    started_at = coalesce(started_at, submitted_at, now()), finished_at = coalesce(finished_at, now())
WHERE status IN ('queued', 'running', 'cancelled');
ALTER TABLE recon.run
    DROP CONSTRAINT run_status_check,
    ADD CONSTRAINT run_status_check CHECK (status IN ('running', 'succeeded', 'failed')),
    ALTER started_at SET NOT NULL, ALTER started_at SET DEFAULT clock_timestamp(),
    DROP arguments, DROP submitted_at, DROP worker_pid, DROP error_code, DROP cancelled_by;
-- End of what is by hand.

COMMENT ON TABLE recon.run IS 'One row for each stored detection: what was read, judged and found, and with which strategy.';

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
    content := ARRAY(SELECT format('%I', c) FROM unnest(d.criteria_columns) c);
    RETURN format(
        'SELECT jsonb_build_object(%s) AS key, %s AS currency, '
        'recon.key_series(%s, %s, %s, %s, %s, %s) AS series, '
        'count(*) AS rows_read, count(*) FILTER (WHERE isfinite(%s) IS NOT TRUE) AS rows_without_date '
        'FROM %s%s GROUP BY %s',
        key_json,
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
    'The one statement that reads the source: key, currency, rows as a recon_series, and row counts, grouped by key.';

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
    IF from_date > to_date THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'from_date must not be after to_date',
            DETAIL = format('From %s to %s.', from_date, to_date);
    END IF;
    IF name IS NOT NULL THEN
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
    result.strategy := jsonb_build_object('strategy_name', s.strategy_name, 'version', s.version, 'alpha', s.alpha,
        'detectors', s.detectors, 'history_rows', s.history_rows,
        'minimum_amount', coalesce(d.minimum_amount, s.minimum_amount));
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

CREATE VIEW recon.run_summary WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, u.run_id, u.status, u.strategy->>'strategy_name' AS strategy,
           u.from_date, u.to_date, u.rows_read, u.rows_without_date, u.rows_judged, u.keys_read, u.keys_absent,
           u.breaks, u.anomalies,
           CASE WHEN u.breaks > 0 THEN round(100.0 * u.anomalies / u.breaks, 1) END AS anomalies_percent,
           u.verdicts_changed, u.is_partial, u.message, u.run_by, u.started_at,
           u.finished_at - u.started_at AS duration, u.finished_at AS updated_at
    FROM recon.run u JOIN recon.reconciliation r USING (reconciliation_id);

COMMENT ON VIEW recon.run_summary IS 'One row for each stored run.';

CREATE VIEW recon.health WITH (security_invoker = true) AS
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
    LEFT JOIN LATERAL (SELECT u.* FROM recon.run u WHERE u.reconciliation_id = r.reconciliation_id
                       ORDER BY u.run_id DESC LIMIT 1) last ON true
    -- The last run that found rows to judge.
    LEFT JOIN LATERAL (SELECT u.* FROM recon.run u
                       WHERE u.reconciliation_id = r.reconciliation_id AND u.status = 'succeeded' AND u.to_date IS NOT NULL
                       ORDER BY u.run_id DESC LIMIT 1) judged ON true;

COMMENT ON VIEW recon.health IS 'One row for each reconciliation: when it was last judged and whether something is wrong with that.';

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
