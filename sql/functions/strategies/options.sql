-- Options of detectors and the schemas that describe them.

-- "unit (number, default 1000), ...", for hints.
CREATE OR REPLACE FUNCTION recon.options_text(schema jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(format('%s (%s%s)', o.key, o.value->>'type',
        CASE WHEN o.value ? 'default' THEN ', default ' || (o.value->>'default')
             WHEN o.value->>'required' = 'true' THEN ', required' ELSE '' END), ', ' ORDER BY o.key COLLATE "C")
    FROM jsonb_each(schema) AS o
$$;
COMMENT ON FUNCTION recon.options_text(jsonb) IS 'The options of a schema in words; NULL where there are none.';

-- What an option must be, where it is not; NULL where it is.
CREATE OR REPLACE FUNCTION recon.option_trouble(option jsonb, value jsonb) RETURNS text
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
            RETURN format('must be one of %s',
                          (SELECT string_agg(v, ', ') FROM jsonb_array_elements_text(option->'values') v));
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
COMMENT ON FUNCTION recon.option_trouble(jsonb, jsonb) IS
    'What an option must be, where a value is not; NULL where it is.';

CREATE OR REPLACE FUNCTION recon.check_options(schema jsonb, options jsonb, what text) RETURNS void
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
    FOR o IN SELECT key FROM jsonb_each(schema) WHERE value->>'required' = 'true' AND NOT options ? key
        ORDER BY key COLLATE "C" LOOP
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s needs the option "%s"', what, o.key), DETAIL = format('Given is %s.', options),
            HINT = format('Options are: %s.', known);
    END LOOP;
END
$$;
COMMENT ON FUNCTION recon.check_options(jsonb, jsonb, text) IS
    'Raises invalid_parameter_value, naming the option, unless all options are those of a schema of recon.detector.';

CREATE OR REPLACE FUNCTION recon.check_schema(schema jsonb, what text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    o record;
    trouble text;
    field text;
BEGIN
    IF jsonb_typeof(schema) <> 'object' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s must be an object of options', what),
            DETAIL = format('It is %s.', schema),
            HINT = 'For example: {"limit": {"type": "number", "default": 3, "minimum": 0}}.';
    END IF;
    FOR o IN SELECT key, value, jsonb_typeof(value) AS kind FROM jsonb_each(schema) ORDER BY key COLLATE "C" LOOP
        SELECT k INTO field FROM jsonb_object_keys(CASE o.kind WHEN 'object' THEN o.value ELSE '{}' END) k
        WHERE k NOT IN ('type', 'default', 'minimum', 'maximum', 'values', 'required', 'description', 'fields')
        ORDER BY k COLLATE "C" LIMIT 1;
        trouble := CASE
            WHEN o.key !~ '^[a-z][a-z0-9_]{0,62}$' OR o.key = 'weight' THEN 'has a name that no option may have'
            WHEN o.kind <> 'object' THEN 'must be an object'
            WHEN field IS NOT NULL THEN format('has a field "%s" that is not known', field)
            WHEN (o.value->>'type' IN ('number', 'integer', 'text', 'pattern', 'boolean', 'time', 'weekdays',
                                       'list')) IS NOT TRUE THEN 'has no type that is known'
            WHEN jsonb_typeof(o.value->'minimum') <> 'number'
                OR jsonb_typeof(o.value->'maximum') <> 'number' THEN 'has a bound that is not a number'
            WHEN jsonb_typeof(o.value->'values') <> 'array' THEN 'has values that are no list'
            WHEN jsonb_typeof(o.value->'required') <> 'boolean' THEN 'has a "required" that is neither true nor false'
            WHEN o.value->>'type' = 'list' AND NOT o.value ? 'fields' THEN 'is a list without fields'
            WHEN o.value ? 'default' AND recon.option_trouble(o.value, o.value->'default') IS NOT NULL
                THEN format('has a default that %s', recon.option_trouble(o.value, o.value->'default')) END;
        IF trouble IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('option "%s" of %s %s', o.key, what, trouble),
                DETAIL = format('It is %s.', o.value),
                HINT = 'Types are number, integer, text, pattern, boolean, time, weekdays and list.';
        END IF;
        IF o.value ? 'fields' THEN
            PERFORM recon.check_schema(o.value->'fields', format('"%s" of %s', o.key, what));
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION recon.check_schema(jsonb, text) IS
    'Raises invalid_parameter_value, naming the option, unless a schema is one that recon.check_options understands.';
