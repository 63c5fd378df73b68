-- The detectors of a strategy and their weights.

-- Of a statistical detector its weight, or an object with its weight and options; of a rule an object;
-- what is switched off is a weight of 0, or false.
CREATE OR REPLACE FUNCTION recon.check_detectors(detectors jsonb, field text, only_rules boolean) RETURNS jsonb
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
        SELECT d.* INTO known FROM recon.detector d
        WHERE d.detector_name = o.key AND (d.type = 'rule' OR NOT only_rules);
        IF known.detector_name IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('%s names "%s", which is not a %s', field, o.key,
                                 CASE WHEN only_rules THEN 'rule' ELSE 'detector' END),
                DETAIL = format('Its value is %s.', o.value),
                HINT = format('There are: %s.',
                              (SELECT string_agg(d.detector_name, ', '
                                                 ORDER BY d.type DESC, d.detector_name COLLATE "C")
                               FROM recon.detector d WHERE d.type = 'rule' OR NOT only_rules));
        END IF;
        what := format('%s "%s"', CASE known.type WHEN 'rule' THEN 'rule' ELSE 'detector' END, o.key);
        IF known.type = 'rule' THEN
            IF o.kind NOT IN ('boolean', 'object') THEN
                RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                    MESSAGE = format('%s must be true, false or an object of options', what),
                    DETAIL = format('It is %s.', o.value),
                    HINT = format('Options are: %s.', coalesce(recon.options_text(known.options_schema), 'none'));
            END IF;
            options := CASE WHEN o.value = 'true' THEN '{}' ELSE o.value END;
        ELSE
            IF o.kind NOT IN ('number', 'object') THEN
                RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                    MESSAGE = format('%s must be a weight, or an object of its weight and options', what),
                    DETAIL = format('It is %s.', o.value),
                    HINT = 'A weight is a number from 0, which switches it off, to 1000.';
            END IF;
            options := CASE o.kind WHEN 'number' THEN jsonb_build_object('weight', o.value)
                            ELSE '{"weight": 1}' || o.value END;
            known.options_schema := known.options_schema
                || '{"weight": {"type": "number", "minimum": 0, "maximum": 1000, "default": 1}}';
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
    'The detectors of a strategy, or the rules of a reconciliation, in the form in which they are kept. Raises '
    'invalid_parameter_value, naming what is wrong.';

CREATE OR REPLACE FUNCTION recon.detector_weight(detectors jsonb, detector_name text) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN coalesce(CASE jsonb_typeof(detectors->detector_name)
        WHEN 'number' THEN (detectors->>detector_name)::float8
        WHEN 'object' THEN (detectors->detector_name->>'weight')::float8 END, 0);
COMMENT ON FUNCTION recon.detector_weight(jsonb, text) IS 'Weight of a detector in a strategy; 0 where it is off.';

CREATE OR REPLACE FUNCTION recon.detector_weights(s recon.strategy) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_object_agg(d.detector_name, recon.detector_weight(s.detectors, d.detector_name))
    FROM recon.detector d WHERE d.is_builtin AND d.type <> 'rule'
$$;
COMMENT ON FUNCTION recon.detector_weights(recon.strategy) IS
    'The weight that a strategy gives to each built-in statistical detector, by its name; 0 where it is off.';

CREATE OR REPLACE FUNCTION recon.with_weights(changed jsonb, detectors jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(jsonb_object_agg(c.key,
        CASE WHEN jsonb_typeof(c.value) = 'object' AND NOT c.value ? 'weight'
             AND recon.detector_weight(detectors, c.key) > 0
            THEN jsonb_build_object('weight', recon.detector_weight(detectors, c.key)) || c.value ELSE c.value END),
                '{}')
    FROM jsonb_each(changed) AS c
$$;
COMMENT ON FUNCTION recon.with_weights(jsonb, jsonb) IS
    'Changes to the detectors of a strategy: those that give options and no weight keep the weight they have.';

CREATE OR REPLACE FUNCTION recon.forest_options(s recon.strategy) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_object_agg(o.key,
                            coalesce(CASE jsonb_typeof(s.detectors->'forest')
                                          WHEN 'object' THEN s.detectors->'forest'->o.key END, o.value->'default'))
    FROM recon.detector d, jsonb_each(d.options_schema) o WHERE d.detector_name = 'forest'
$$;
COMMENT ON FUNCTION recon.forest_options(recon.strategy) IS
    'How the forest of a strategy is grown: what it says, else the defaults of recon.detector.';
