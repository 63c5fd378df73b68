-- Custom detectors: SQL and PL functions that a strategy names.

CREATE OR REPLACE FUNCTION recon_register_detector(
    name text, function regprocedure, options_schema jsonb DEFAULT '{}', description text DEFAULT NULL
) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_register_detector(text, regprocedure, jsonb, text) IS
$$Makes a function a detector that strategies can name. Its signature says what it is:
f(history double precision[], value double precision, options jsonb) returns double precision: a statistical detector,
asked of every judged row, matches included, on its strongest measure; history are the values of the key's baseline
before it, the oldest first. It gives ln p, the natural logarithm of the probability of a value at least as strange: at
most 0, NULL where it has nothing to say. That enters the verdict with its weight.
f(break_row jsonb, options jsonb) returns boolean or text: a rule, asked of every break; break_row has the columns of
recon_detect, occurrence and currency. True writes a flag of the detector's name, a text that flag.
It must be immutable or stable, and returns one value. options_schema: option -> {"type": number, integer, text,
pattern, boolean, time, weekdays or list, "default", "minimum", "maximum", "values", "required", "description"}.
It runs as the owner of the reconciliation, in a security-restricted operation, names looked up in pg_catalog alone; so
it must belong to that owner, to a role that can become that owner, or to the owner of the extension.
Needs level admin on all reconciliations and the right to execute the function. Returns one sentence. Errors: 42710 the
name is taken, 42P13 a function of another signature, or a volatile one, 22023 a schema that is none.$$;

CREATE OR REPLACE FUNCTION recon.detector_type(function regprocedure, detector_name text) RETURNS text
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
    IF trouble IS NULL AND (arguments, f.prorettype) = ('double precision[], double precision, jsonb',
                                                        'float8'::regtype) THEN
        RETURN 'statistical';
    ELSIF trouble IS NULL AND arguments = 'jsonb, jsonb' AND f.prorettype IN ('boolean'::regtype, 'text'::regtype) THEN
        RETURN 'rule';
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'invalid_function_definition',
        MESSAGE = format('function %s cannot be detector "%s"', function, detector_name),
        DETAIL = coalesce(trouble, format('It takes (%s) and returns %s.', arguments, f.prorettype::regtype)),
        HINT = 'Write it as f(double precision[], double precision, jsonb) returning double precision, or f(jsonb, '
               'jsonb) returning boolean or text, IMMUTABLE or STABLE.';
END
$$;
COMMENT ON FUNCTION recon.detector_type(regprocedure, text) IS
    'statistical or rule, by the signature of a function; raises invalid_function_definition for one that is neither.';

CREATE OR REPLACE FUNCTION recon.recon_register_detector(
    name text, function regprocedure, options_schema jsonb, description text
) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kind text;
    schema jsonb := coalesce(options_schema, '{}');
BEGIN
    PERFORM recon.require_access(NULL, 'admin');
    IF coalesce(name, '') !~ '^[a-z][a-z0-9_]{0,62}$' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'the name of a detector begins with a letter and has small letters, digits and underscores',
            DETAIL = format('It is %s.', coalesce(quote_literal(name), 'NULL'));
    END IF;
    IF EXISTS (SELECT FROM recon.detector k WHERE k.detector_name = name) THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object', MESSAGE = format('detector "%s" already exists', name),
            HINT = 'Choose another name, or take the old one away with recon_drop_detector.';
    END IF;
    IF function IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
            MESSAGE = format('the function of detector "%s" is missing', name),
            HINT = 'Name it with the types of its arguments: ''my_detector(double '
                   'precision[], double precision, jsonb)''.';
    ELSIF NOT has_function_privilege(recon.caller(), function, 'EXECUTE') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('permission denied for function %s', function);
    END IF;
    kind := recon.detector_type(function, name);
    PERFORM recon.check_schema(schema, format('detector "%s"', name));
    INSERT INTO recon.detector (detector_name, type, function, options_schema, description, registered_by)
    VALUES (name, kind, function::text, schema, coalesce(recon_register_detector.description, ''), recon.caller());
    RETURN format('detector "%s": %s, by %s', name, kind, function);
END
$$;
COMMENT ON FUNCTION recon.recon_register_detector(text, regprocedure, jsonb, text) IS
    'Implementation of recon_register_detector.';

CREATE OR REPLACE FUNCTION recon_drop_detector(name text) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_drop_detector(text) IS
    'Removes a custom detector; the function stays. Needs level admin on all reconciliations. Returns one '
    'sentence. Errors: 42704 no such detector, 55000 it is built in, 55006 a strategy or a reconciliation uses it.';

CREATE OR REPLACE FUNCTION recon.recon_drop_detector(name text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    k recon.detector;
    users text;
BEGIN
    PERFORM recon.require_access(NULL, 'admin');
    SELECT d.* INTO k FROM recon.detector d WHERE d.detector_name = name;
    IF k.detector_name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('detector %s does not exist', recon.name_text(name)),
            HINT = 'See recon.detector for what there is.';
    ELSIF k.is_builtin THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('detector "%s" is built in', name),
            HINT = 'A strategy switches it off: a weight of 0 for a detector, false for a rule.';
    END IF;
    SELECT string_agg(what, ', ' ORDER BY what) INTO users FROM (
        SELECT format('strategy "%s"', s.strategy_name) FROM recon.strategy s
        WHERE s.is_active AND (recon.detector_weight(s.detectors, name) > 0
                               OR k.type = 'rule' AND jsonb_typeof(s.detectors->name) = 'object')
          AND s.version = (SELECT max(n.version) FROM recon.strategy n WHERE n.strategy_name = s.strategy_name)
        UNION ALL
        SELECT format('reconciliation "%s"', r.reconciliation_name) FROM recon.reconciliation r
        WHERE jsonb_typeof(r.rules->name) = 'object') AS u (what);
    IF users IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_in_use',
            MESSAGE = format('detector "%s" is in use', name),
            DETAIL = format('It is named by %s.', users),
            HINT = 'Switch it off there: a weight of 0 for a detector, false for a rule.';
    END IF;
    DELETE FROM recon.detector d WHERE d.detector_name = name;
    RETURN format('detector "%s" is gone; function %s stays', name, k.function);
END
$$;
COMMENT ON FUNCTION recon.recon_drop_detector(text) IS 'Implementation of recon_drop_detector.';
