-- The rules of a strategy and of a reconciliation.

-- The rules of a strategy and of a reconciliation, whose word counts, with their defaults filled in.
CREATE OR REPLACE FUNCTION recon.effective_rules(s recon.strategy, d recon.reconciliation) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(jsonb_object_agg(k.detector_name, defaults.options || set_to), '{}')
    FROM recon.detector k,
         LATERAL (SELECT coalesce(d.rules->k.detector_name, s.detectors->k.detector_name)) AS chosen (set_to),
         LATERAL (SELECT coalesce(jsonb_object_agg(o.key, o.value->'default'), '{}') FROM jsonb_each(k.options_schema) o
                  WHERE o.value ? 'default') AS settled (options),
         LATERAL (SELECT CASE WHEN k.detector_name = 'holiday' AND d.calendar IS NOT NULL
                              THEN jsonb_build_object('calendar', d.calendar)
                              ELSE settled.options END) AS defaults (options)
    WHERE k.type = 'rule' AND jsonb_typeof(set_to) = 'object'
$$;
COMMENT ON FUNCTION recon.effective_rules(recon.strategy, recon.reconciliation) IS
    'The rules that a reconciliation is judged with under a strategy: name and options, defaults included.';

-- A strategy is for many reconciliations: the hours of work are asked for where there is a time,
-- holidays where there is a calendar.
CREATE OR REPLACE FUNCTION recon.applicable_rules(s recon.strategy, d recon.reconciliation, relation regclass)
    RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT rules - array_remove(ARRAY[
        CASE WHEN NOT rules->'time_of_day' ? 'column'
              AND coalesce(recon.column_type(relation, d.date_column)
                           NOT IN ('timestamp'::regtype, 'timestamptz'::regtype), true) THEN 'time_of_day' END,
        CASE WHEN NOT rules->'holiday' ? 'calendar' THEN 'holiday' END], NULL)
    FROM recon.effective_rules(s, d) AS rules
$$;
COMMENT ON FUNCTION recon.applicable_rules(recon.strategy, recon.reconciliation, regclass) IS
    'The same for rows of a relation: those rules of which it has what they ask for in any case.';

-- As C++ reads it.
CREATE OR REPLACE FUNCTION recon.rule_plan(rules jsonb, as_of timestamptz) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN rules <> '{}' THEN rules
        || CASE WHEN rules ? 'holiday' THEN jsonb_build_object('holiday', jsonb_build_object(
            'holidays', to_jsonb(recon.known_holidays(rules->'holiday'->>'calendar', as_of)))) ELSE '{}' END END
$$;
COMMENT ON FUNCTION recon.rule_plan(jsonb, timestamptz) IS
    'The rules of a run with their holidays; NULL where there are none.';
