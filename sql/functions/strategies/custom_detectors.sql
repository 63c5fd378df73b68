-- Custom detectors run as the owner of the reconciliation, so that owner must trust who can change them.

-- The owner of a function can change what it does: it may run as a role that its owner could become anyway.
CREATE OR REPLACE FUNCTION recon.require_trust(function regprocedure, detector_name text, reader name) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    author name := (SELECT r.rolname FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner WHERE p.oid = function);
BEGIN
    IF NOT (pg_has_role(author, reader, recon.privilege_to_become())
            OR EXISTS (SELECT FROM pg_namespace n JOIN pg_roles o ON o.oid = n.nspowner
                       WHERE n.nspname = 'recon' AND o.rolname = author)) THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('detector "%s" may not run as "%s"', detector_name, reader),
            DETAIL = format('Function %s belongs to "%s", who is not "%s" and cannot become that role.', function,
                            author, reader),
            HINT = 'The owner of the reconciliation, or of the extension, can own such a function and register it.';
    END IF;
END
$$;
COMMENT ON FUNCTION recon.require_trust(regprocedure, text, name) IS
    'Raises insufficient_privilege unless the owner of a function could do as this role whatever the function does.';

CREATE OR REPLACE FUNCTION recon.own_detector_plan(s recon.strategy, rules jsonb, reader name) RETURNS jsonb
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
        WHERE NOT d.is_builtin
          AND CASE d.type WHEN 'rule' THEN rules ? d.detector_name
                          ELSE recon.detector_weight(s.detectors, d.detector_name) > 0 END
        ORDER BY d.detector_name COLLATE "C"
    LOOP
        function := to_regprocedure(k.function);
        IF function IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'undefined_function',
                MESSAGE = format('function %s of detector "%s" does not exist', k.function, k.detector_name),
                HINT = 'Make it again, or switch the detector off.';
        END IF;
        IF recon.detector_type(function, k.detector_name) <> k.type THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_function_definition',
                MESSAGE = format('function %s of detector "%s" is no longer a %s detector', function, k.detector_name,
                                 k.type);
        END IF;
        PERFORM recon.require_trust(function, k.detector_name, reader);
        chosen := CASE WHEN k.type = 'rule' THEN rules->k.detector_name
                       WHEN jsonb_typeof(s.detectors->k.detector_name) = 'object' 
                       THEN (s.detectors->k.detector_name) - 'weight' ELSE '{}' END;
        SELECT coalesce(jsonb_object_agg(o.key, o.value->'default'), '{}') || chosen INTO chosen
        FROM jsonb_each(k.options_schema) o WHERE o.value ? 'default';
        plan := plan || jsonb_build_object('name', k.detector_name, 'type', k.type, 'options', chosen,
            'weight', recon.detector_weight(s.detectors, k.detector_name),
            'gives_text', (SELECT p.prorettype = 'text'::regtype FROM pg_proc p WHERE p.oid = function),
            'call', (SELECT format('%I.%I', n.nspname, p.proname) FROM pg_proc p
                     JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid = function));
    END LOOP;
    RETURN nullif(plan, '[]');
END
$$;
COMMENT ON FUNCTION recon.own_detector_plan(recon.strategy, jsonb, name) IS
    'The custom detectors that a run asks, after a look at their functions: name, type, what it gives, call, '
    'options and weight; NULL where there are none.';
