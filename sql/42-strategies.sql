-- Strategies of one's own. A version is never changed: whoever reads an old run finds what it used.

CREATE FUNCTION recon_create_strategy(
    name text, alpha double precision DEFAULT NULL, detectors jsonb DEFAULT NULL, minimum_amount numeric DEFAULT NULL,
    history_rows integer DEFAULT NULL, combination text DEFAULT NULL, scores text DEFAULT NULL,
    based_on text DEFAULT 'balanced', description text DEFAULT NULL
) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_create_strategy(text, double precision, jsonb, numeric, integer, text, text, text, text) IS
$$Makes a strategy: what is not named is that of the strategy it is based on.
alpha: the share of false alarms among anomalies that is accepted, between 0 and 1. minimum_amount: smaller breaks are never anomalous. history_rows: how many of the newest rows of a key make its baseline, 12 to 1024.
detectors: {"name": ...}, see recon.detector. Of a statistical detector its weight (0 switches it off) or {"weight": 1, option ...}; of a rule true, false or {option ...}.
combination: harmonic; fisher and stouffer assume that detectors are independent of each other, which they are not. scores: what recon.score keeps, anomalies or all breaks.
Needs level admin on all reconciliations. Returns one sentence. Errors: 42710 the name is taken, 42704 no such strategy to be based on, 22023 a wrong field, which the error names.$$;

CREATE FUNCTION recon_alter_strategy(
    name text, alpha double precision DEFAULT NULL, detectors jsonb DEFAULT NULL, minimum_amount numeric DEFAULT NULL,
    history_rows integer DEFAULT NULL, combination text DEFAULT NULL, scores text DEFAULT NULL,
    description text DEFAULT NULL, is_active boolean DEFAULT NULL
) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_alter_strategy(text, double precision, jsonb, numeric, integer, text, text, text, boolean) IS
$$Makes a new version of a strategy, with what is named changed and the rest as it was; arguments as in recon_create_strategy. Later runs use it; runs keep the copy they used. detectors: those named are changed, the others stay.
is_active => false takes a strategy out of use, unless a reconciliation has it. What is built in is never changed.
Needs level admin on all reconciliations. Returns one sentence. Errors: 42704 no such strategy, 55000 it is built in, 55006 a reconciliation uses it, 22023 a wrong field, which the error names.$$;

CREATE FUNCTION recon_set_rules(reconciliation text, rules jsonb) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_set_rules(text, jsonb) IS
$$Switches rules of recon.detector on or off for one reconciliation, whatever its strategy says: {"weekend": true, "stale": {"days": 60}, "round_amount": false}; null leaves a rule to the strategy again. Those not named stay. A rule writes a flag of its own name beside the score and changes no verdict.
Needs level admin. Returns one sentence. Errors: 22023 no such rule, or a wrong option, which the error names; 42703 no such column; 42704 no such calendar.$$;

-- "unit (number, default 1000), ...", for hints.
CREATE FUNCTION recon.options_text(schema jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(format('%s (%s%s)', o.key, o.value->>'type',
        CASE WHEN o.value ? 'default' THEN ', default ' || (o.value->>'default')
             WHEN o.value->>'required' = 'true' THEN ', required' ELSE '' END), ', ' ORDER BY o.key COLLATE "C")
    FROM jsonb_each(schema) AS o
$$;
COMMENT ON FUNCTION recon.options_text(jsonb) IS 'The options of a schema in words; NULL where there are none.';

-- What an option must be, where it is not; NULL where it is.
CREATE FUNCTION recon.option_trouble(option jsonb, value jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kind text := jsonb_typeof(value);
    number numeric;
BEGIN
    CASE option->>'type'
    WHEN 'number', 'integer' THEN
        IF kind <> 'number' OR option->>'type' = 'integer' AND value::numeric <> trunc(value::numeric) THEN
            RETURN CASE option->>'type' WHEN 'integer' THEN 'must be a whole number' ELSE 'must be a number' END;
        END IF;
        number := value::numeric;
        IF number < (option->>'minimum')::numeric THEN
            RETURN format('must be at least %s', option->>'minimum');
        ELSIF number > (option->>'maximum')::numeric THEN
            RETURN format('must be at most %s', option->>'maximum');
        ELSIF abs(number) > 1e300 THEN
            RETURN 'must be a number of ordinary size';
        END IF;
    WHEN 'boolean' THEN
        IF kind <> 'boolean' THEN RETURN 'must be true or false'; END IF;
    WHEN 'text' THEN
        IF kind <> 'string' OR value #>> '{}' = '' THEN RETURN 'must be a text'; END IF;
        IF option ? 'values' AND NOT option->'values' @> value THEN
            RETURN format('must be one of %s', (SELECT string_agg(v, ', ') FROM jsonb_array_elements_text(option->'values') v));
        END IF;
    WHEN 'pattern' THEN
        IF kind <> 'string' OR value #>> '{}' ~ '(^|[^\\])(\\\\)*\\$' THEN
            RETURN 'must be a pattern as LIKE has it, which does not end with an escape';
        END IF;
    WHEN 'time' THEN
        IF kind <> 'string' OR value #>> '{}' !~ '^([01][0-9]|2[0-3]):[0-5][0-9]$' THEN
            RETURN 'must be a time of day such as "18:30"';
        END IF;
    WHEN 'weekdays' THEN
        IF kind <> 'array' OR jsonb_array_length(value) NOT BETWEEN 1 AND 6
           OR EXISTS (SELECT FROM jsonb_array_elements(value) v WHERE v NOT IN ('1', '2', '3', '4', '5', '6', '7')) THEN
            RETURN 'must be one to six days of the week, 1 Monday to 7 Sunday';
        END IF;
    WHEN 'list' THEN
        IF kind <> 'array' OR jsonb_array_length(value) = 0
           OR EXISTS (SELECT FROM jsonb_array_elements(value) v WHERE jsonb_typeof(v) <> 'object') THEN
            RETURN 'must be a list of objects';
        END IF;
    END CASE;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION recon.option_trouble(jsonb, jsonb) IS 'What an option must be, where a value is not; NULL where it is.';

CREATE FUNCTION recon.check_options(schema jsonb, options jsonb, what text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    o record;
    element jsonb;
    trouble text;
    known text := coalesce(recon.options_text(schema), 'none');
BEGIN
    FOR o IN SELECT key, value, schema->key AS option FROM jsonb_each(options) ORDER BY key COLLATE "C" LOOP
        IF o.option IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('%s has no option "%s"', what, o.key), DETAIL = format('Its value is %s.', o.value),
                HINT = format('Options are: %s.', known);
        END IF;
        trouble := recon.option_trouble(o.option, o.value);
        IF trouble IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('option "%s" of %s %s', o.key, what, trouble), DETAIL = format('It is %s.', o.value),
                HINT = format('Options are: %s.', known);
        END IF;
        IF o.option->>'type' = 'list' THEN
            FOR element IN SELECT * FROM jsonb_array_elements(o.value) LOOP
                PERFORM recon.check_options(o.option->'fields', element, format('"%s" of %s', o.key, what));
            END LOOP;
        END IF;
    END LOOP;
    FOR o IN SELECT key FROM jsonb_each(schema) WHERE value->>'required' = 'true' AND NOT options ? key ORDER BY key COLLATE "C" LOOP
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s needs the option "%s"', what, o.key), DETAIL = format('Given is %s.', options),
            HINT = format('Options are: %s.', known);
    END LOOP;
END
$$;
COMMENT ON FUNCTION recon.check_options(jsonb, jsonb, text) IS
    'Raises invalid_parameter_value, naming the option, unless all options are those of a schema of recon.detector.';

-- Of a statistical detector its weight, or an object with its weight and options; of a rule an object;
-- what is switched off is a weight of 0, or false.
CREATE FUNCTION recon.check_detectors(detectors jsonb, field text, only_rules boolean) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    o record;
    known recon.detector;
    what text;
    options jsonb;
    normal jsonb := '{}';
BEGIN
    IF jsonb_typeof(detectors) <> 'object' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s must be an object of names', field), DETAIL = format('It is %s.', detectors),
            HINT = CASE WHEN only_rules THEN 'For example: {"weekend": true, "stale": {"days": 60}}.'
                        ELSE 'For example: {"frequency": 0.5, "weekend": true}.' END;
    END IF;
    FOR o IN SELECT key, value, jsonb_typeof(value) AS kind FROM jsonb_each(detectors) ORDER BY key COLLATE "C" LOOP
        SELECT d.* INTO known FROM recon.detector d WHERE d.detector_name = o.key AND (d.type = 'rule' OR NOT only_rules);
        IF known.detector_name IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('%s names "%s", which is no %s', field, o.key, CASE WHEN only_rules THEN 'rule' ELSE 'detector' END),
                DETAIL = format('Its value is %s.', o.value),
                HINT = format('There are: %s.', (SELECT string_agg(d.detector_name, ', ' ORDER BY d.type DESC, d.detector_name COLLATE "C")
                                                 FROM recon.detector d WHERE d.type = 'rule' OR NOT only_rules));
        END IF;
        what := format('%s "%s"', CASE known.type WHEN 'rule' THEN 'rule' ELSE 'detector' END, o.key);
        IF known.type = 'rule' THEN
            IF o.kind NOT IN ('boolean', 'object') THEN
                RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                    MESSAGE = format('%s must be true, false or an object of options', what), DETAIL = format('It is %s.', o.value),
                    HINT = format('Options are: %s.', coalesce(recon.options_text(known.options_schema), 'none'));
            END IF;
            options := CASE WHEN o.value = 'true' THEN '{}' ELSE o.value END;
        ELSE
            IF o.kind NOT IN ('number', 'object') THEN
                RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                    MESSAGE = format('%s must be a weight, or an object of its weight and options', what), DETAIL = format('It is %s.', o.value),
                    HINT = 'A weight is a number from 0, which switches it off, to 1000.';
            END IF;
            options := CASE o.kind WHEN 'number' THEN jsonb_build_object('weight', o.value) ELSE '{"weight": 1}' || o.value END;
            known.options_schema := known.options_schema || '{"weight": {"type": "number", "minimum": 0, "maximum": 1000, "default": 1}}';
        END IF;
        -- What is off needs no options.
        IF options NOT IN ('false', '{"weight": 0}') THEN
            PERFORM recon.check_options(known.options_schema, options, what);
        END IF;
        normal := normal || jsonb_build_object(o.key,
            CASE WHEN known.type <> 'rule' AND options - 'weight' = '{}' THEN options->'weight' ELSE options END);
    END LOOP;
    RETURN normal;
END
$$;
COMMENT ON FUNCTION recon.check_detectors(jsonb, text, boolean) IS
    'The detectors of a strategy, or the rules of a reconciliation, in the form in which they are kept. Raises invalid_parameter_value, naming what is wrong.';

CREATE FUNCTION recon.detector_weight(detectors jsonb, detector_name text) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN coalesce(CASE jsonb_typeof(detectors->detector_name)
        WHEN 'number' THEN (detectors->>detector_name)::float8
        WHEN 'object' THEN (detectors->detector_name->>'weight')::float8 END, 0);
COMMENT ON FUNCTION recon.detector_weight(jsonb, text) IS 'Weight of a detector in a strategy; 0 where it is off.';

CREATE FUNCTION recon.detector_weights(s recon.strategy) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_object_agg(d.detector_name, recon.detector_weight(s.detectors, d.detector_name))
    FROM recon.detector d WHERE d.is_builtin AND d.type <> 'rule'
$$;
COMMENT ON FUNCTION recon.detector_weights(recon.strategy) IS
    'The weight that a strategy gives to each built-in statistical detector, by its name; 0 where it is off.';

CREATE FUNCTION recon.forest_options(s recon.strategy) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_object_agg(o.key, coalesce(CASE jsonb_typeof(s.detectors->'forest') WHEN 'object' THEN s.detectors->'forest'->o.key END, o.value->'default'))
    FROM recon.detector d, jsonb_each(d.options_schema) o WHERE d.detector_name = 'forest'
$$;
COMMENT ON FUNCTION recon.forest_options(recon.strategy) IS 'How the forest of a strategy is grown: what it says, else the defaults of recon.detector.';

CREATE FUNCTION recon.with_weights(changed jsonb, detectors jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(jsonb_object_agg(c.key,
        CASE WHEN jsonb_typeof(c.value) = 'object' AND NOT c.value ? 'weight' AND recon.detector_weight(detectors, c.key) > 0
            THEN jsonb_build_object('weight', recon.detector_weight(detectors, c.key)) || c.value ELSE c.value END), '{}')
    FROM jsonb_each(changed) AS c
$$;
COMMENT ON FUNCTION recon.with_weights(jsonb, jsonb) IS
    'Changes to the detectors of a strategy: those that give options and no weight keep the weight they have.';

-- Checks all fields that are not checked by their type, and gives the row as it is kept.
CREATE FUNCTION recon.check_strategy(s recon.strategy, changed jsonb) RETURNS recon.strategy
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT (s.alpha > 0 AND s.alpha < 1) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'alpha must lie between 0 and 1',
            DETAIL = format('It is %s.', s.alpha), HINT = 'It is the share of false alarms among anomalies that is accepted: 0.05 is one in twenty.';
    END IF;
    PERFORM recon.require_amount(s.minimum_amount, 'minimum_amount');
    IF s.history_rows NOT BETWEEN 12 AND 1024 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'history_rows must lie between 12 and 1024',
            DETAIL = format('It is %s.', s.history_rows);
    END IF;
    IF s.combination NOT IN ('harmonic', 'fisher', 'stouffer') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('combination "%s" does not exist', s.combination),
            DETAIL = 'combination says how the p-values of several detectors become one.', HINT = 'Use one of harmonic, fisher, stouffer.';
    END IF;
    IF s.scores NOT IN ('anomalies', 'all') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'scores must be anomalies or all',
            DETAIL = format('It is "%s".', s.scores);
    END IF;
    IF changed IS NOT NULL THEN
        s.detectors := s.detectors || recon.check_detectors(
            CASE jsonb_typeof(changed) WHEN 'object' THEN recon.with_weights(changed, s.detectors) ELSE changed END, 'detectors', false);
    END IF;
    IF NOT EXISTS (SELECT FROM recon.detector d WHERE d.type <> 'rule' AND recon.detector_weight(s.detectors, d.detector_name) > 0) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'detectors leaves nothing to judge by',
            DETAIL = format('They would be %s.', s.detectors), HINT = 'Give at least one statistical detector a weight above 0.';
    END IF;
    IF s.combination <> 'harmonic' THEN
        RAISE WARNING USING MESSAGE = format('combination "%s" assumes that detectors are independent of each other, which they are not', s.combination),
            DETAIL = 'Five detectors whose evidence correlates by .5 raise .023 false alarms at a nominal .001, by .9 .047.',
            HINT = 'Use harmonic unless you know that they are.';
    END IF;
    RETURN s;
END
$$;
COMMENT ON FUNCTION recon.check_strategy(recon.strategy, jsonb) IS
    'A strategy with these detectors changed; raises invalid_parameter_value, naming the field, where one is wrong.';

CREATE FUNCTION recon.describe_strategy(s recon.strategy) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('strategy "%s" version %s: alpha %s, %s%s', s.strategy_name, s.version, s.alpha,
        (SELECT string_agg(CASE d.type WHEN 'rule' THEN d.detector_name
                                ELSE format('%s %s', d.detector_name, recon.detector_weight(s.detectors, d.detector_name)) END,
                           ', ' ORDER BY d.type DESC, d.detector_name COLLATE "C")
         FROM recon.detector d
         WHERE CASE d.type WHEN 'rule' THEN jsonb_typeof(s.detectors->d.detector_name) = 'object'
                           ELSE recon.detector_weight(s.detectors, d.detector_name) > 0 END),
        CASE WHEN s.is_active THEN '' ELSE '; not active' END)
$$;
COMMENT ON FUNCTION recon.describe_strategy(recon.strategy) IS 'A strategy in one sentence.';

CREATE FUNCTION recon.recon_create_strategy(
    name text, alpha double precision, detectors jsonb, minimum_amount numeric, history_rows integer,
    combination text, scores text, based_on text, description text
) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s recon.strategy;
BEGIN
    PERFORM recon.require_access(NULL, 'admin');
    IF name IS NULL OR btrim(name) = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a strategy needs a name';
    END IF;
    LOCK TABLE recon.strategy IN SHARE ROW EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM recon.strategy k WHERE k.strategy_name = name) THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
            MESSAGE = format('strategy "%s" already exists', name), HINT = 'Change it with recon_alter_strategy.';
    END IF;
    s := recon.current_strategy(coalesce(based_on, 'balanced'));
    s.strategy_name := name;
    s.version := 1;
    s.alpha := coalesce(alpha, s.alpha);
    s.minimum_amount := coalesce(minimum_amount, s.minimum_amount);
    s.history_rows := coalesce(history_rows, s.history_rows);
    s.combination := coalesce(combination, s.combination);
    s.scores := coalesce(scores, s.scores);
    s.is_builtin := false;
    s.is_active := true;
    s.description := coalesce(description, '');
    s.created_by := recon.caller();
    s.created_at := now();
    s := recon.check_strategy(s, detectors);
    INSERT INTO recon.strategy SELECT s.*;
    RETURN recon.describe_strategy(s);
END
$$;
COMMENT ON FUNCTION recon.recon_create_strategy(text, double precision, jsonb, numeric, integer, text, text, text, text) IS 'Implementation of recon_create_strategy.';

CREATE FUNCTION recon.recon_alter_strategy(
    name text, alpha double precision, detectors jsonb, minimum_amount numeric, history_rows integer,
    combination text, scores text, description text, is_active boolean
) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s recon.strategy;
    users text;
BEGIN
    PERFORM recon.require_access(NULL, 'admin');
    LOCK TABLE recon.strategy IN SHARE ROW EXCLUSIVE MODE;
    s := recon.newest_strategy(name);
    IF s.is_builtin THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('strategy "%s" is built in and does not change', name),
            HINT = format('Make one of your own: SELECT recon_create_strategy(''...'', based_on => %L).', name);
    END IF;
    IF is_active = false THEN
        SELECT string_agg(format('"%s"', r.reconciliation_name), ', ' ORDER BY r.reconciliation_name) INTO users
        FROM recon.reconciliation r WHERE r.strategy = name AND r.is_active;
        IF users IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'object_in_use',
                MESSAGE = format('strategy "%s" is in use', name), DETAIL = format('It is that of %s.', users),
                HINT = 'Give them another one with recon_alter(name, strategy => ...).';
        END IF;
    END IF;
    s.version := s.version + 1;
    s.alpha := coalesce(alpha, s.alpha);
    s.minimum_amount := coalesce(minimum_amount, s.minimum_amount);
    s.history_rows := coalesce(history_rows, s.history_rows);
    s.combination := coalesce(combination, s.combination);
    s.scores := coalesce(scores, s.scores);
    s.description := coalesce(description, s.description);
    s.is_active := coalesce(is_active, s.is_active);
    s.created_by := recon.caller();
    s.created_at := now();
    s := recon.check_strategy(s, detectors);
    INSERT INTO recon.strategy SELECT s.*;
    RETURN recon.describe_strategy(s);
END
$$;
COMMENT ON FUNCTION recon.recon_alter_strategy(text, double precision, jsonb, numeric, integer, text, text, text, boolean) IS 'Implementation of recon_alter_strategy.';

-- The rules of a strategy and of a reconciliation, whose word counts, with their defaults filled in.
CREATE FUNCTION recon.effective_rules(s recon.strategy, d recon.reconciliation) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(jsonb_object_agg(k.detector_name, defaults.options || set_to), '{}')
    FROM recon.detector k,
         LATERAL (SELECT coalesce(d.rules->k.detector_name, s.detectors->k.detector_name)) AS chosen (set_to),
         LATERAL (SELECT coalesce(jsonb_object_agg(o.key, o.value->'default'), '{}') FROM jsonb_each(k.options_schema) o
                  WHERE o.value ? 'default') AS settled (options),
         LATERAL (SELECT CASE WHEN k.detector_name = 'holiday' AND d.calendar IS NOT NULL THEN jsonb_build_object('calendar', d.calendar)
                              ELSE settled.options END) AS defaults (options)
    WHERE k.type = 'rule' AND jsonb_typeof(set_to) = 'object'
$$;
COMMENT ON FUNCTION recon.effective_rules(recon.strategy, recon.reconciliation) IS
    'The rules that a reconciliation is judged with under a strategy: name and options, defaults included.';

-- A strategy is for many reconciliations: the hours of work are asked for where there is a time, holidays where there is a calendar.
CREATE FUNCTION recon.applicable_rules(s recon.strategy, d recon.reconciliation, relation regclass) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT rules - array_remove(ARRAY[
        CASE WHEN NOT rules->'time_of_day' ? 'column'
              AND coalesce(recon.column_type(relation, d.date_column) NOT IN ('timestamp'::regtype, 'timestamptz'::regtype), true) THEN 'time_of_day' END,
        CASE WHEN NOT rules->'holiday' ? 'calendar' THEN 'holiday' END], NULL)
    FROM recon.effective_rules(s, d) AS rules
$$;
COMMENT ON FUNCTION recon.applicable_rules(recon.strategy, recon.reconciliation, regclass) IS
    'The same for rows of a relation: those rules of which it has what they ask for in any case.';

-- What a rule is told of besides its options must be there.
CREATE FUNCTION recon.require_rules(relation regclass, d recon.reconciliation, rules jsonb) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    o record;
    wanted text;
    type regtype;
BEGIN
    FOR o IN SELECT key AS rule, value AS options FROM jsonb_each(rules) WHERE jsonb_typeof(value) = 'object' ORDER BY key COLLATE "C" LOOP
        IF o.rule = 'holiday' THEN
            wanted := coalesce(o.options->>'calendar', d.calendar);
            IF wanted IS NULL THEN
                RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                    MESSAGE = 'rule "holiday" needs a calendar', DETAIL = format('Reconciliation "%s" has none of its own.', d.reconciliation_name),
                    HINT = format('Name one in its option "calendar", or give the reconciliation one: SELECT recon_alter(%L, calendar => ''...'').', d.reconciliation_name);
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
                        MESSAGE = format('rule "amount_threshold" names "%s", which is no key column', wanted),
                        DETAIL = format('Key columns are %s.', array_to_string(recon.grouping_columns(d), ', '));
                END IF;
            END LOOP;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION recon.require_rules(regclass, recon.reconciliation, jsonb) IS
    'Raises an error that names the rule unless all columns and calendars that rules name exist and are of use.';

CREATE FUNCTION recon.recon_set_rules(reconciliation text, rules jsonb) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.find_reconciliation(reconciliation, 'admin');
    changed jsonb := coalesce(rules, '{}');
    said text;
BEGIN
    IF jsonb_typeof(changed) = 'object' THEN
        changed := jsonb_strip_nulls(changed);
    END IF;
    changed := recon.check_detectors(changed, 'rules', true);
    PERFORM recon.require_rules(d.source::regclass, d, changed);
    IF jsonb_typeof(rules) = 'object' THEN
        d.rules := coalesce(d.rules, '{}') - ARRAY(SELECT jsonb_object_keys(rules));
    END IF;
    d.rules := nullif(coalesce(d.rules, '{}') || changed, '{}');
    UPDATE recon.reconciliation r SET rules = d.rules, updated_at = now() WHERE r.reconciliation_id = d.reconciliation_id;
    SELECT string_agg(k, ', ' ORDER BY k COLLATE "C") INTO said
    FROM jsonb_object_keys(recon.effective_rules(recon.newest_strategy(d.strategy), d)) k;
    RETURN format('rules of "%s": %s', d.reconciliation_name, coalesce(said, 'none'));
END
$$;
COMMENT ON FUNCTION recon.recon_set_rules(text, jsonb) IS 'Implementation of recon_set_rules.';

CREATE FUNCTION recon.wall_clock(relation regclass, d recon.reconciliation, column_name text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    RETURN CASE WHEN recon.column_type(relation, column_name) = 'timestamptz'::regtype
                THEN recon.local_time(format('%I', column_name), d.time_zone) ELSE format('%I', column_name) END;
COMMENT ON FUNCTION recon.wall_clock(regclass, recon.reconciliation, text) IS
    'The expression of a date or timestamp as a clock in the reconciliation''s time zone shows it.';

CREATE FUNCTION recon.timestamp_in(relation regclass, d recon.reconciliation, column_name text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    RETURN CASE WHEN recon.column_type(relation, column_name) = 'date'::regtype
                THEN recon.timestamp_of(format('%I', column_name))
                ELSE recon.wall_clock(relation, d, column_name) END;
COMMENT ON FUNCTION recon.timestamp_in(regclass, recon.reconciliation, text) IS
    'The same of a date, too, as the moment at which the day begins.';

-- Two rules look at columns that are not part of a history: their answer is read with the row.
CREATE FUNCTION recon.found_expression(relation regclass, d recon.reconciliation, rules jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT nullif(concat_ws(' + ',
        CASE WHEN rules ? 'other_period' THEN
            format('CASE WHEN %s <> %s THEN 2 ELSE 0 END',
                   recon.period_of(rules->'other_period'->>'unit',
                                   recon.timestamp_in(relation, d, rules->'other_period'->>'column')),
                   recon.period_of(rules->'other_period'->>'unit',
                                   recon.timestamp_of(recon.date_expression(relation, d)))) END,
        CASE WHEN rules ? 'time_of_day' THEN
            format('CASE WHEN %1$s::time < %2$L %3$s %1$s::time >= %4$L THEN 4 ELSE 0 END',
                   recon.wall_clock(relation, d, coalesce(rules->'time_of_day'->>'column', d.date_column)), rules->'time_of_day'->>'from',
                   CASE WHEN rules->'time_of_day'->>'from' <= rules->'time_of_day'->>'to' THEN 'OR' ELSE 'AND' END,
                   rules->'time_of_day'->>'to') END), '')
$$;
COMMENT ON FUNCTION recon.found_expression(regclass, recon.reconciliation, jsonb) IS
    'What is found of a row when it is read, as recon.key_series takes it: 2 booked in another period than it is dated in, 4 booked outside of working hours; NULL where neither is asked for.';

-- As C++ reads it.
CREATE FUNCTION recon.rule_plan(rules jsonb, as_of timestamptz) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN rules <> '{}' THEN rules || CASE WHEN rules ? 'holiday' THEN jsonb_build_object('holiday', jsonb_build_object('holidays',
        to_jsonb(recon.known_holidays(rules->'holiday'->>'calendar', as_of)))) ELSE '{}' END END
$$;
COMMENT ON FUNCTION recon.rule_plan(jsonb, timestamptz) IS 'The rules of a run with their holidays; NULL where there are none.';
