-- Rules of one reconciliation, whatever its strategy says.

CREATE OR REPLACE FUNCTION recon_set_rules(reconciliation text, rules jsonb) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_set_rules(text, jsonb) IS
$$Switches rules of recon.detector on or off for one reconciliation, whatever its strategy says: {"weekend": true,
"stale": {"days": 60}, "round_amount": false}; null leaves a rule to the strategy again. Those not named stay. A rule
writes a flag of its own name beside the score and changes no verdict.
Needs level admin. Returns one sentence. Errors: 22023 no such rule, or a wrong option, which the error names; 42703 no
such column; 42704 no such calendar.$$;

-- The columns that a rule reads besides its options must exist.
CREATE OR REPLACE FUNCTION recon.require_rules(relation regclass, d recon.reconciliation, rules jsonb) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    o record;
    wanted text;
    type regtype;
BEGIN
    FOR o IN SELECT key AS rule, value AS options FROM jsonb_each(rules) WHERE jsonb_typeof(value) = 'object'
        ORDER BY key COLLATE "C" LOOP
        IF o.rule = 'holiday' THEN
            wanted := coalesce(o.options->>'calendar', d.calendar);
            IF wanted IS NULL THEN
                RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                    MESSAGE = 'rule "holiday" needs a calendar',
                    DETAIL = format('Reconciliation "%s" has none of its own.', d.reconciliation_name),
                    HINT = format('Name one in its option "calendar", or give the reconciliation one: '
                                  'SELECT recon_alter(%L, calendar => ''...'').', d.reconciliation_name);
            END IF;
            PERFORM recon.check_calendar(wanted);
        ELSIF o.rule IN ('other_period', 'time_of_day') THEN
            wanted := coalesce(o.options->>'column', d.date_column);
            PERFORM recon.require_columns(relation, ARRAY[wanted], format('rule "%s"', o.rule));
            type := recon.column_type(relation, wanted);
            IF type NOT IN ('timestamp'::regtype, 'timestamptz'::regtype)
               AND NOT (o.rule = 'other_period' AND type = 'date'::regtype) THEN
                RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
                    MESSAGE = format('column "%s" of rule "%s" has type %s', wanted, o.rule, type),
                    HINT = CASE o.rule WHEN 'time_of_day' THEN 'Name a timestamp in its option "column".'
                                       ELSE 'Name a date or a timestamp in its option "column".' END;
            END IF;
        ELSIF o.rule = 'amount_threshold' THEN
            FOR wanted IN SELECT l->>'column' FROM jsonb_array_elements(o.options->'limits') l LOOP
                IF NOT wanted = ANY (recon.grouping_columns(d)) THEN
                    RAISE EXCEPTION USING ERRCODE = 'undefined_column',
                        MESSAGE = format('rule "amount_threshold" names "%s", which is not a key column', wanted),
                        DETAIL = format('Key columns are %s.', array_to_string(recon.grouping_columns(d), ', '));
                END IF;
            END LOOP;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION recon.require_rules(regclass, recon.reconciliation, jsonb) IS
    'Raises an error that names the rule unless all columns and calendars that rules name exist and are of use.';

CREATE OR REPLACE FUNCTION recon.recon_set_rules(reconciliation text, rules jsonb) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.hold_reconciliation(reconciliation, 'admin');
    changed jsonb := coalesce(rules, '{}');
    said text;
BEGIN
    IF jsonb_typeof(changed) = 'object' THEN
        changed := jsonb_strip_nulls(changed);
    END IF;
    changed := recon.check_detectors(changed, 'rules', true);
    PERFORM recon.require_rules(recon.source_of(d), d, changed);
    IF jsonb_typeof(rules) = 'object' THEN
        d.rules := coalesce(d.rules, '{}') - ARRAY(SELECT jsonb_object_keys(rules));
    END IF;
    d.rules := nullif(coalesce(d.rules, '{}') || changed, '{}');
    UPDATE recon.reconciliation r SET rules = d.rules, updated_at = now()
    WHERE r.reconciliation_id = d.reconciliation_id;
    SELECT string_agg(k, ', ' ORDER BY k COLLATE "C") INTO said
    FROM jsonb_object_keys(recon.effective_rules(recon.newest_strategy(d.strategy), d)) k;
    RETURN format('rules of "%s": %s', d.reconciliation_name, coalesce(said, 'none'));
END
$$;
COMMENT ON FUNCTION recon.recon_set_rules(text, jsonb) IS 'Implementation of recon_set_rules.';
