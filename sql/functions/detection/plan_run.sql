-- What a run reads and how it judges is decided here, in SQL; reading and judging happen in recon_detect
-- (src/functions/detection/detect.cpp).

CREATE OR REPLACE FUNCTION recon.check_run(
    name text, history text, target text, from_date date, to_date date, persist boolean
) RETURNS recon.reconciliation
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
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

CREATE OR REPLACE FUNCTION recon.plan_run(
    name text, history text, target text, from_date date, to_date date,
    strategy text, as_of timestamptz, persist boolean
) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation;
    s recon.strategy;
    relation regclass;
    target_relation regclass;
    rules jsonb;
    is_of_source boolean := name IS NOT NULL AND history IS NULL AND target IS NULL;
    late record;
    holidays date[];
    newest_judged date;
    scan text;
    baseline jsonb;
    plan jsonb := '{}';
BEGIN
    d := recon.check_run(name, history, target, from_date, to_date, persist);
    IF name IS NOT NULL AND coalesce(persist, true) AND NOT current_setting('transaction_read_only')::boolean THEN
        PERFORM recon.lock_for_run(d.reconciliation_id);
        -- What the last holder of the lock has changed counts.
        d := recon.check_run(name, history, target, from_date, to_date, persist);
        IF history IS NULL THEN
            PERFORM recon.follow_source(d, recon.source_of(d));
            d := recon.check_run(name, history, target, from_date, to_date, persist);
        END IF;
    END IF;
    IF name IS NOT NULL THEN
        relation := CASE WHEN history IS NULL THEN recon.source_of(d) ELSE recon.require_relation(history, d.owner) END;
    ELSE
        IF history IS NULL AND target IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = 'nothing to judge: neither a reconciliation nor a relation was named',
                HINT = 'Use recon_detect(''name''), or recon_detect(history => ''table'', target => ''table'').';
        END IF;
        relation := recon.require_relation(coalesce(history, target), recon.caller());
        d := recon.guess_missing(relation, recon.empty_definition(recon.caller()), recon.caller());
        d := recon.complete_definition(relation, d);
        plan := jsonb_build_object('advice', format(
            'nothing is stored without a name; to keep verdicts: SELECT recon_create(''...'', source => %L)',
            relation::text));
    END IF;
    IF target IS NOT NULL AND (history IS NOT NULL OR name IS NOT NULL) THEN
        target_relation := recon.require_relation(target, d.owner);
        PERFORM recon.require_columns(target_relation, d.key_columns || d.derived_columns || d.criteria_columns
            || array_remove(ARRAY[d.date_column, d.currency_column], NULL), 'the definition');
    END IF;
    s := recon.strategy_as_of(coalesce(strategy, d.strategy), as_of);
    rules := recon.applicable_rules(s, d, relation);
    PERFORM recon.require_rules(relation, d, rules);
    IF target_relation IS NOT NULL THEN
        PERFORM recon.require_rules(target_relation, d, rules);
    END IF;
    scan := recon.scan_statement(d, relation, target_relation, as_of, to_date, NULL, rules);
    holidays := recon.known_holidays(d.calendar, as_of);
    newest_judged := (SELECT max(r.judged_through) FROM recon.run r
        WHERE r.reconciliation_id = d.reconciliation_id AND r.status = 'succeeded' AND NOT r.is_watch);
    IF is_of_source AND as_of IS NULL AND d.date_column IS NOT NULL THEN
        baseline := recon.baseline_plan(d, s, from_date, to_date, newest_judged, scan, rules, holidays);
    END IF;
    IF is_of_source AND recon.loaded_at_expression(relation, d) IS NOT NULL THEN
        -- What is loaded at the moment that is judged belongs to it.
        plan := plan || jsonb_build_object(
            'loaded_before', least(as_of + interval '1 microsecond', recon.all_loaded_before()));
        IF from_date IS NULL AND to_date IS NULL THEN
            late := recon.late_plan(d, relation, newest_judged);
            plan := plan || jsonb_build_object('late_rows', jsonb_build_object(
                'since_run', late.since_run, 'through', late.through));
            IF late.condition IS NOT NULL THEN
                scan := recon.scan_statement(d, relation, NULL, as_of, NULL, NULL, rules, NULL, late.condition);
                -- What the baselines do not know of earlier dates may be late: the whole history tells.
                IF (baseline->>'through')::date < newest_judged THEN
                    baseline := baseline - '{through}'::text[];
                END IF;
            END IF;
        END IF;
    END IF;
    RETURN plan || jsonb_build_object(
        'reconciliation_id', d.reconciliation_id, 'reconciliation_name', d.reconciliation_name, 'reader', d.owner,
        'scan', scan, 'measures', d.measures, 'separate_target', target_relation IS NOT NULL,
        'from_date', from_date, 'to_date', to_date, 'newest_judged', newest_judged,
        'today', (coalesce(as_of, now()) AT TIME ZONE d.time_zone)::date,
        'run_day', (now() AT TIME ZONE d.time_zone)::date,
        'alpha', s.alpha, 'detectors', recon.detector_weights(s), 'forest', recon.forest_options(s),
        'combination', s.combination, 'history_rows', s.history_rows, 'scores', s.scores,
        'minimum_amount', coalesce(d.minimum_amount, s.minimum_amount), 'minimum_amounts', d.minimum_amounts,
        'rules', recon.rule_plan(rules, as_of), 'custom_detectors', recon.custom_detector_plan(s, rules, d.owner),
        'holidays', holidays,
        'strategy', recon.strategy_copy(s, d)
            || CASE WHEN d.calendar IS NULL THEN '{}' ELSE jsonb_build_object('calendar', jsonb_build_object(
                'name', d.calendar, 'holidays', cardinality(holidays), 'digest', md5(to_jsonb(holidays)::text))) END,
        'persist', coalesce(persist, true) AND d.reconciliation_id IS NOT NULL, 'baseline', baseline);
END
$$;
COMMENT ON FUNCTION recon.plan_run(text, text, text, date, date, text, timestamptz, boolean) IS
    'Checks the arguments and rights of a call of recon_detect and says what it reads and how it judges, as one '
    'object; src/run/plan/plan_reader.cpp reads it by its names.';
