-- Detectors of one's own: SQL and PL functions that a strategy names. They run as the owner of the
-- reconciliation, so that owner must trust who can change them.

CREATE FUNCTION recon_register_detector(
    name text, function regprocedure, options_schema jsonb DEFAULT '{}', description text DEFAULT NULL
) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_register_detector(text, regprocedure, jsonb, text) IS
$$Makes a function a detector that strategies can name. Its signature says what it is:
f(history double precision[], value double precision, options jsonb) returns double precision: a statistical detector, asked of every judged row, matches included, on its strongest measure; history are the values of the key's baseline before it, the oldest first. It gives ln p, the natural logarithm of the probability of a value at least as strange: at most 0, NULL where it has nothing to say. That enters the verdict with its weight.
f(break_row jsonb, options jsonb) returns boolean or text: a rule, asked of every break; break_row has the columns of recon_detect, occurrence and currency. True writes a flag of the detector's name, a text that flag.
It must be immutable or stable, and returns one value. options_schema: option -> {"type": number, integer, text, pattern, boolean, time, weekdays or list, "default", "minimum", "maximum", "values", "required", "description"}.
It runs as the owner of the reconciliation, in a security-restricted operation, names looked up in pg_catalog alone; so it must belong to that owner, to a role that can become that owner, or to the owner of the extension.
Needs level admin on all reconciliations and the right to execute the function. Returns one sentence. Errors: 42710 the name is taken, 42P13 a function of another signature, or a volatile one, 22023 a schema that is none.$$;

CREATE FUNCTION recon_drop_detector(name text) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_drop_detector(text) IS
    'Takes a detector of one''s own away; the function stays. Needs level admin on all reconciliations. Returns one sentence. Errors: 42704 no such detector, 55000 it is built in, 55006 a strategy or a reconciliation uses it.';

CREATE FUNCTION recon.detector_type(function regprocedure, detector_name text) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    f pg_proc;
    arguments text;
    trouble text;
BEGIN
    SELECT p.* INTO f FROM pg_proc p WHERE p.oid = function;
    arguments := oidvectortypes(f.proargtypes);
    trouble := CASE
        WHEN f.prokind <> 'f' THEN 'It is no plain function.'
        WHEN f.proretset THEN 'It returns a set.'
        WHEN f.provolatile = 'v' THEN 'It is volatile: the same row must give the same answer whenever it is judged.'
        WHEN f.pronamespace = pg_my_temp_schema() THEN 'It is temporary.' END;
    IF trouble IS NULL AND (arguments, f.prorettype) = ('double precision[], double precision, jsonb', 'float8'::regtype) THEN
        RETURN 'statistical';
    ELSIF trouble IS NULL AND arguments = 'jsonb, jsonb' AND f.prorettype IN ('boolean'::regtype, 'text'::regtype) THEN
        RETURN 'rule';
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'invalid_function_definition',
        MESSAGE = format('function %s cannot be detector "%s"', function, detector_name),
        DETAIL = coalesce(trouble, format('It takes (%s) and returns %s.', arguments, f.prorettype::regtype)),
        HINT = 'Write it as f(double precision[], double precision, jsonb) returning double precision, or f(jsonb, jsonb) returning boolean or text, IMMUTABLE or STABLE.';
END
$$;
COMMENT ON FUNCTION recon.detector_type(regprocedure, text) IS
    'statistical or rule, by the signature of a function; raises invalid_function_definition for one that is neither.';

CREATE FUNCTION recon.check_schema(schema jsonb, what text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    o record;
    trouble text;
    field text;
BEGIN
    IF jsonb_typeof(schema) <> 'object' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('%s must be an object of options', what),
            DETAIL = format('It is %s.', schema), HINT = 'For example: {"limit": {"type": "number", "default": 3, "minimum": 0}}.';
    END IF;
    FOR o IN SELECT key, value, jsonb_typeof(value) AS kind FROM jsonb_each(schema) ORDER BY key COLLATE "C" LOOP
        SELECT k INTO field FROM jsonb_object_keys(CASE o.kind WHEN 'object' THEN o.value ELSE '{}' END) k
        WHERE k NOT IN ('type', 'default', 'minimum', 'maximum', 'values', 'required', 'description', 'fields') ORDER BY k COLLATE "C" LIMIT 1;
        trouble := CASE
            WHEN o.key !~ '^[a-z][a-z0-9_]{0,62}$' OR o.key = 'weight' THEN 'has a name that no option may have'
            WHEN o.kind <> 'object' THEN 'must be an object'
            WHEN field IS NOT NULL THEN format('has a field "%s" that is not known', field)
            WHEN (o.value->>'type' IN ('number', 'integer', 'text', 'pattern', 'boolean', 'time', 'weekdays', 'list')) IS NOT TRUE THEN 'has no type that is known'
            WHEN jsonb_typeof(o.value->'minimum') <> 'number' OR jsonb_typeof(o.value->'maximum') <> 'number' THEN 'has a bound that is not a number'
            WHEN jsonb_typeof(o.value->'values') <> 'array' THEN 'has values that are no list'
            WHEN jsonb_typeof(o.value->'required') <> 'boolean' THEN 'has a "required" that is neither true nor false'
            WHEN o.value->>'type' = 'list' AND NOT o.value ? 'fields' THEN 'is a list without fields'
            WHEN o.value ? 'default' AND recon.option_trouble(o.value, o.value->'default') IS NOT NULL
                THEN format('has a default that %s', recon.option_trouble(o.value, o.value->'default')) END;
        IF trouble IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('option "%s" of %s %s', o.key, what, trouble),
                DETAIL = format('It is %s.', o.value), HINT = 'Types are number, integer, text, pattern, boolean, time, weekdays and list.';
        END IF;
        IF o.value ? 'fields' THEN
            PERFORM recon.check_schema(o.value->'fields', format('"%s" of %s', o.key, what));
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION recon.check_schema(jsonb, text) IS 'Raises invalid_parameter_value, naming the option, unless a schema is one that recon.check_options understands.';

CREATE FUNCTION recon.recon_register_detector(name text, function regprocedure, options_schema jsonb, description text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kind text;
    schema jsonb := coalesce(options_schema, '{}');
BEGIN
    PERFORM recon.require_access(NULL, 'admin');
    IF coalesce(name, '') !~ '^[a-z][a-z0-9_]{0,62}$' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'the name of a detector begins with a letter and has small letters, digits and underscores',
            DETAIL = format('It is %s.', coalesce(quote_literal(name), 'NULL'));
    END IF;
    IF EXISTS (SELECT FROM recon.detector k WHERE k.detector_name = name) THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object', MESSAGE = format('detector "%s" already exists', name),
            HINT = 'Choose another name, or take the old one away with recon_drop_detector.';
    END IF;
    IF function IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = format('the function of detector "%s" is missing', name),
            HINT = 'Name it with the types of its arguments: ''my_detector(double precision[], double precision, jsonb)''.';
    ELSIF NOT has_function_privilege(recon.caller(), function, 'EXECUTE') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('permission denied for function %s', function);
    END IF;
    kind := recon.detector_type(function, name);
    PERFORM recon.check_schema(schema, format('detector "%s"', name));
    INSERT INTO recon.detector (detector_name, type, function, options_schema, description, registered_by)
    VALUES (name, kind, function::text, schema, coalesce(recon_register_detector.description, ''), recon.caller());
    RETURN format('detector "%s": %s, by %s', name, kind, function);
END
$$;
COMMENT ON FUNCTION recon.recon_register_detector(text, regprocedure, jsonb, text) IS 'Implementation of recon_register_detector.';

CREATE FUNCTION recon.recon_drop_detector(name text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    k recon.detector;
    users text;
BEGIN
    PERFORM recon.require_access(NULL, 'admin');
    SELECT d.* INTO k FROM recon.detector d WHERE d.detector_name = name;
    IF k.detector_name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('detector %s does not exist', recon.name_text(name)),
            HINT = 'See recon.detector for what there is.';
    ELSIF k.is_builtin THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format('detector "%s" is built in', name),
            HINT = 'A strategy switches it off: a weight of 0 for a detector, false for a rule.';
    END IF;
    SELECT string_agg(what, ', ' ORDER BY what) INTO users FROM (
        SELECT format('strategy "%s"', s.strategy_name) FROM recon.strategy s
        WHERE s.is_active AND (recon.detector_weight(s.detectors, name) > 0 OR k.type = 'rule' AND jsonb_typeof(s.detectors->name) = 'object')
          AND s.version = (SELECT max(n.version) FROM recon.strategy n WHERE n.strategy_name = s.strategy_name)
        UNION ALL
        SELECT format('reconciliation "%s"', r.reconciliation_name) FROM recon.reconciliation r WHERE jsonb_typeof(r.rules->name) = 'object') AS u (what);
    IF users IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_in_use', MESSAGE = format('detector "%s" is in use', name), DETAIL = format('It is named by %s.', users),
            HINT = 'Switch it off there: a weight of 0 for a detector, false for a rule.';
    END IF;
    DELETE FROM recon.detector d WHERE d.detector_name = name;
    RETURN format('detector "%s" is gone; function %s stays', name, k.function);
END
$$;
COMMENT ON FUNCTION recon.recon_drop_detector(text) IS 'Implementation of recon_drop_detector.';

-- Whoever owns a function can change what it does: it may run as a role that its owner could become anyway.
CREATE FUNCTION recon.require_trust(function regprocedure, detector_name text, reader name) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    author name := (SELECT r.rolname FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner WHERE p.oid = function);
BEGIN
    IF NOT (pg_has_role(author, reader, recon.privilege_to_become())
            OR EXISTS (SELECT FROM pg_namespace n JOIN pg_roles o ON o.oid = n.nspowner WHERE n.nspname = 'recon' AND o.rolname = author)) THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('detector "%s" may not run as "%s"', detector_name, reader),
            DETAIL = format('Function %s belongs to "%s", who is not "%s" and cannot become that role.', function, author, reader),
            HINT = 'The owner of the reconciliation, or of the extension, can own such a function and register it.';
    END IF;
END
$$;
COMMENT ON FUNCTION recon.require_trust(regprocedure, text, name) IS
    'Raises insufficient_privilege unless the owner of a function could do as this role whatever the function does.';

CREATE FUNCTION recon.own_detector_plan(s recon.strategy, rules jsonb, reader name) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    k recon.detector;
    function regprocedure;
    chosen jsonb;
    plan jsonb := '[]';
BEGIN
    FOR k IN
        SELECT d.* FROM recon.detector d
        WHERE NOT d.is_builtin AND CASE d.type WHEN 'rule' THEN rules ? d.detector_name ELSE recon.detector_weight(s.detectors, d.detector_name) > 0 END
        ORDER BY d.detector_name COLLATE "C"
    LOOP
        function := to_regprocedure(k.function);
        IF function IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'undefined_function', MESSAGE = format('function %s of detector "%s" does not exist', k.function, k.detector_name),
                HINT = 'Make it again, or switch the detector off.';
        END IF;
        IF recon.detector_type(function, k.detector_name) <> k.type THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_function_definition',
                MESSAGE = format('function %s of detector "%s" is no %s detector any more', function, k.detector_name, k.type);
        END IF;
        PERFORM recon.require_trust(function, k.detector_name, reader);
        chosen := CASE WHEN k.type = 'rule' THEN rules->k.detector_name
                       WHEN jsonb_typeof(s.detectors->k.detector_name) = 'object' THEN (s.detectors->k.detector_name) - 'weight' ELSE '{}' END;
        SELECT coalesce(jsonb_object_agg(o.key, o.value->'default'), '{}') || chosen INTO chosen
        FROM jsonb_each(k.options_schema) o WHERE o.value ? 'default';
        plan := plan || jsonb_build_object('name', k.detector_name, 'type', k.type, 'options', chosen,
            'weight', recon.detector_weight(s.detectors, k.detector_name),
            'gives_text', (SELECT p.prorettype = 'text'::regtype FROM pg_proc p WHERE p.oid = function),
            'call', (SELECT format('%I.%I', n.nspname, p.proname) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid = function));
    END LOOP;
    RETURN nullif(plan, '[]');
END
$$;
COMMENT ON FUNCTION recon.own_detector_plan(recon.strategy, jsonb, name) IS
    'The detectors of one''s own that a run asks, after a look at their functions: name, type, what it gives, call, options and weight; NULL where there are none.';
