-- The breaks that a call names, and what it may say of them.

CREATE OR REPLACE FUNCTION recon.answered_breaks(break_ids bigint[]) RETURNS SETOF recon.break
    LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    missing bigint;
    visible integer[];
    rows recon.break[];
BEGIN
    IF coalesce(cardinality(break_ids), 0) = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'no break is named',
            DETAIL = format('break_ids is %s.', coalesce(break_ids::text, 'NULL')),
            HINT = 'Breaks to answer are in recon.review_queue, for instance: '
                   'SELECT recon_feedback(array_agg(break_id), ''expected'') FROM recon.review_queue WHERE ...';
    END IF;
    visible := ARRAY(SELECT recon.visible_to(recon.caller()));
    rows := ARRAY(SELECT b FROM recon.break b JOIN (SELECT DISTINCT unnest(break_ids) AS break_id) i USING (break_id)
                  WHERE b.reconciliation_id = ANY (visible));
    RETURN QUERY SELECT b.* FROM unnest(rows) b;
    -- What a caller may not see does not exist for him.
    SELECT u.break_id INTO missing
    FROM (SELECT unnest(break_ids) AS break_id EXCEPT SELECT b.break_id FROM unnest(rows) b) AS u LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('break %s does not exist', coalesce(missing::text, 'NULL')),
            DETAIL = 'No break has this number, or its reconciliation is not visible to you.',
            HINT = 'See recon.review_queue and recon.anomaly for the breaks there are.';
    END IF;
END
$$;
COMMENT ON FUNCTION recon.answered_breaks(bigint[]) IS
    'The breaks of these numbers; raises undefined_object where the caller sees none of a number.';

CREATE OR REPLACE FUNCTION recon.scope_of_answer(verdict text, scope text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    scopes text[] := CASE
        WHEN verdict IN ('false_positive', 'expected') THEN ARRAY['key', 'break', 'pattern', 'category']
        WHEN verdict IN ('level_shift_accepted', 'recurs') THEN ARRAY['key']
        WHEN verdict IN ('true_anomaly', 'duplicate_of', 'wrong_category') THEN ARRAY['break'] END;
BEGIN
    IF scopes IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('verdict %s does not exist', recon.name_text(verdict)),
            HINT = 'Use one of true_anomaly, false_positive, expected, level_shift_accepted, recurs, duplicate_of, '
                   'wrong_category.';
    ELSIF scope IS NOT NULL AND scope <> ALL (scopes) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('scope "%s" is not possible for verdict "%s"', scope, verdict),
            HINT = format('Its scope is %s.', array_to_string(scopes, ' or '));
    END IF;
    RETURN coalesce(scope, scopes[1]);
END
$$;
COMMENT ON FUNCTION recon.scope_of_answer(text, text) IS
    'The scope of an answer: what is asked for, if the verdict can have it, or the verdict''s default.';

CREATE OR REPLACE FUNCTION recon.check_key_pattern(d recon.reconciliation, key_pattern jsonb) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wrong text;
BEGIN
    IF key_pattern IS NULL OR jsonb_typeof(key_pattern) <> 'object' OR key_pattern = '{}' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'key_pattern must be an object of key columns and patterns',
            DETAIL = format('It is %s.', coalesce(key_pattern::text, 'NULL')),
            HINT = 'For example: {"account": "16%"}; patterns are those of LIKE.';
    END IF;
    SELECT p.key INTO wrong FROM jsonb_each(key_pattern) p
    WHERE p.key <> ALL (recon.grouping_columns(d)) ORDER BY p.key COLLATE "C" LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_column',
            MESSAGE = format('key_pattern names "%s", which is not a key column of "%s"', wrong, d.reconciliation_name),
            HINT = format('Key columns are: %s.', array_to_string(recon.grouping_columns(d), ', '));
    END IF;
    SELECT p.key INTO wrong FROM jsonb_each(key_pattern) p
    WHERE recon.option_trouble('{"type": "pattern"}', p.value) IS NOT NULL ORDER BY p.key COLLATE "C" LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('key_pattern of "%s" must be a pattern of LIKE that does not end with an escape', wrong),
            DETAIL = format('It is %s.', key_pattern->wrong);
    END IF;
END
$$;
COMMENT ON FUNCTION recon.check_key_pattern(recon.reconciliation, jsonb) IS
    'Raises an error unless a pattern of keys names key columns of the reconciliation, each with a pattern of LIKE.';

CREATE OR REPLACE FUNCTION recon.key_fits(key jsonb, key_pattern jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN NOT EXISTS (SELECT FROM jsonb_each_text(key_pattern) p
                       WHERE coalesce((key_fits.key->>p.key) NOT LIKE p.value, true));
COMMENT ON FUNCTION recon.key_fits(jsonb, jsonb) IS
    'Whether each column that a pattern of keys names fits it; a NULL key value fits no pattern.';
