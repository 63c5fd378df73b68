-- What becomes of answers.

CREATE OR REPLACE FUNCTION recon.standing_answers(answer_ids bigint[], level text) RETURNS SETOF recon.answer
    LANGUAGE plpgsql STABLE ROWS 10 SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    asked bigint;
    a recon.answer;
BEGIN
    IF coalesce(cardinality(answer_ids), 0) = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'no answer is named',
            DETAIL = format('answer_ids is %s.', coalesce(answer_ids::text, 'NULL')),
            HINT = 'See recon.feedback_summary for the answers there are.';
    END IF;
    FOR asked IN SELECT DISTINCT i FROM unnest(answer_ids) i ORDER BY i LOOP
        SELECT w.* INTO a FROM recon.answer w WHERE w.answer_id = asked;
        IF NOT FOUND OR NOT recon.has_access(recon.caller(), a.reconciliation_id, 'viewer') THEN
            RAISE EXCEPTION USING ERRCODE = 'undefined_object',
                MESSAGE = format('answer %s does not exist', coalesce(asked::text, 'NULL')),
                DETAIL = 'No answer has this number, or its reconciliation is not visible to you.',
                HINT = 'See recon.feedback_summary for the answers there are.';
        END IF;
        PERFORM recon.require_access(a.reconciliation_id, level);
        -- What only an administrator may widen, only an administrator may take back.
        IF a.scope IN ('pattern', 'category') THEN
            PERFORM recon.require_access(a.reconciliation_id, 'admin');
        END IF;
        RETURN NEXT a;
    END LOOP;
END
$$;
COMMENT ON FUNCTION recon.standing_answers(bigint[], text) IS
    'The answers of these numbers, if the caller has at least this level on their reconciliations (and level admin '
    'where they hide more than keys).';

CREATE OR REPLACE FUNCTION recon.is_retracted(answer bigint) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN EXISTS (SELECT FROM recon.answer_event e WHERE e.answer_id = answer AND e.event = 'retracted');
COMMENT ON FUNCTION recon.is_retracted(bigint) IS 'Whether an answer was retracted.';

-- What a rule has hidden stands in the queue again at once.
CREATE OR REPLACE FUNCTION recon.end_suppressions(suppression_ids bigint[]) RETURNS bigint
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE recon.suppression s SET ended_at = clock_timestamp(), ended_by = recon.caller()
    WHERE s.suppression_id = ANY (suppression_ids) AND s.ended_at IS NULL;
    WITH shown AS (
        DELETE FROM recon.settled_break s WHERE s.suppression_id = ANY (suppression_ids)
        RETURNING s.reconciliation_id, s.suppression_id, s.break_id, s.break_date
    ), noted AS (
        INSERT INTO recon.suppression_event (reconciliation_id, suppression_id, break_id, break_date, event)
        SELECT w.reconciliation_id, w.suppression_id, w.break_id, w.break_date, 'shown' FROM shown w RETURNING 1
    )
    SELECT count(*) FROM noted
$$;
COMMENT ON FUNCTION recon.end_suppressions(bigint[]) IS
    'Ends rules and puts what they hide back into the queue; gives the number of breaks.';

CREATE OR REPLACE FUNCTION recon_retract_feedback(answer_ids bigint[]) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_retract_feedback(bigint[]) IS
    'Takes answers back, for instance a whole bulk answer: the answer before counts again, or the break returns to the '
    'queue, and so does what the answer has hidden. That it was given stays written. Needs level operator, for scopes '
    'pattern and category level admin. Returns a sentence.';

CREATE OR REPLACE FUNCTION recon.recon_retract_feedback(answer_ids bigint[]) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    a recon.answer;
    answers bigint := 0;
    returned bigint := 0;
    shown bigint := 0;
BEGIN
    FOR a IN SELECT * FROM recon.standing_answers(answer_ids, 'operator') LOOP
        PERFORM pg_advisory_xact_lock('recon.answer'::regclass::oid::integer, a.reconciliation_id);
        IF recon.is_retracted(a.answer_id) THEN
            RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
                MESSAGE = format('answer %s is retracted already', a.answer_id),
                DETAIL = (SELECT format('By %s.', e.done_by) FROM recon.answer_event e
                          WHERE e.answer_id = a.answer_id AND e.event = 'retracted'),
                HINT = 'Give a new answer with recon_feedback.';
        END IF;
        INSERT INTO recon.answer_event (answer_id, reconciliation_id, event, done_by)
        VALUES (a.answer_id, a.reconciliation_id, 'retracted', recon.caller());
        answers := answers + 1;
        shown := shown + recon.end_suppressions(ARRAY(
            SELECT s.suppression_id FROM recon.suppression s WHERE s.answer_id = a.answer_id));
        UPDATE recon.settled_break s SET answer_id = p.answer_id
        FROM (SELECT f.break_id, max(e.answer_id) AS answer_id
              FROM recon.feedback f JOIN recon.feedback e ON e.break_id = f.break_id
              WHERE f.answer_id = a.answer_id AND e.answer_id <> a.answer_id AND NOT recon.is_retracted(e.answer_id)
              GROUP BY f.break_id) AS p
        WHERE s.break_id = p.break_id AND s.answer_id = a.answer_id;
        DELETE FROM recon.settled_break s WHERE s.answer_id = a.answer_id;
        returned := returned + (SELECT count(*) FROM recon.feedback f WHERE f.answer_id = a.answer_id
            AND NOT EXISTS (SELECT FROM recon.settled_break s WHERE s.break_id = f.break_id));
    END LOOP;
    RETURN format('%s answers are retracted; %s breaks are without an answer, and %s are not hidden any longer',
                  answers, returned, shown);
END
$$;
COMMENT ON FUNCTION recon.recon_retract_feedback(bigint[]) IS 'Implementation of recon_retract_feedback.';

CREATE OR REPLACE FUNCTION recon_transfer_feedback(answer_ids bigint[], to_role name) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_transfer_feedback(bigint[], name) IS
    'Makes another operator responsible for answers, for instance those of a colleague who has left; who gave them '
    'stays written. Needs level admin; the other role needs level operator. Returns a sentence.';

CREATE OR REPLACE FUNCTION recon.recon_transfer_feedback(answer_ids bigint[], to_role name) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    a recon.answer;
    answers bigint := 0;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = to_role) OR to_role IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('role %s does not exist', recon.name_text(to_role)),
            HINT = 'Name a role that has level operator on the reconciliation.';
    END IF;
    FOR a IN SELECT * FROM recon.standing_answers(answer_ids, 'admin') LOOP
        IF NOT recon.has_access(to_role, a.reconciliation_id, 'operator') THEN
            RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
                MESSAGE = format('role %s may not answer breaks of this reconciliation', recon.name_text(to_role)),
                DETAIL = format('Answer %s belongs to a reconciliation on which it does not have level "operator".',
                                a.answer_id),
                HINT = format('An administrator can give it: SELECT recon_grant(%L, ''operator'', %L).', to_role,
                    (SELECT r.reconciliation_name FROM recon.reconciliation r
                     WHERE r.reconciliation_id = a.reconciliation_id));
        END IF;
        INSERT INTO recon.answer_event (answer_id, reconciliation_id, event, to_role, done_by)
        VALUES (a.answer_id, a.reconciliation_id, 'transferred', recon_transfer_feedback.to_role, recon.caller());
        answers := answers + 1;
    END LOOP;
    RETURN format('%s answers are transferred to %s', answers, to_role);
END
$$;
COMMENT ON FUNCTION recon.recon_transfer_feedback(bigint[], name) IS 'Implementation of recon_transfer_feedback.';

CREATE OR REPLACE FUNCTION recon_archive_feedback(answer_ids bigint[]) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_archive_feedback(bigint[]) IS
    'Archives answers: recon.feedback_summary marks them, and their rules end. The breaks stay answered. Needs level '
    'admin. Returns a sentence.';

CREATE OR REPLACE FUNCTION recon.recon_archive_feedback(answer_ids bigint[]) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    a recon.answer;
    answers bigint := 0;
    shown bigint := 0;
BEGIN
    FOR a IN SELECT * FROM recon.standing_answers(answer_ids, 'admin') LOOP
        INSERT INTO recon.answer_event (answer_id, reconciliation_id, event, done_by)
        VALUES (a.answer_id, a.reconciliation_id, 'archived', recon.caller());
        answers := answers + 1;
        shown := shown + recon.end_suppressions(ARRAY(
            SELECT s.suppression_id FROM recon.suppression s WHERE s.answer_id = a.answer_id));
    END LOOP;
    RETURN format('%s answers are archived; %s breaks are not hidden any longer', answers, shown);
END
$$;
COMMENT ON FUNCTION recon.recon_archive_feedback(bigint[]) IS 'Implementation of recon_archive_feedback.';

CREATE OR REPLACE FUNCTION recon_erase_feedback(answer_ids bigint[]) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_erase_feedback(bigint[]) IS
    'Erases the comments of answers, which may hold personal data; recon_verify_feedback holds after it. Needs level '
    'admin. Returns a sentence.';

CREATE OR REPLACE FUNCTION recon.recon_erase_feedback(answer_ids bigint[]) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    a recon.answer;
    erased bigint := 0;
BEGIN
    FOR a IN SELECT * FROM recon.standing_answers(answer_ids, 'admin') LOOP
        DELETE FROM recon.answer_text t WHERE t.answer_id = a.answer_id;
        CONTINUE WHEN NOT FOUND;
        INSERT INTO recon.answer_event (answer_id, reconciliation_id, event, done_by)
        VALUES (a.answer_id, a.reconciliation_id, 'erased', recon.caller());
        erased := erased + 1;
    END LOOP;
    RETURN format('%s comments are erased', erased);
END
$$;
COMMENT ON FUNCTION recon.recon_erase_feedback(bigint[]) IS 'Implementation of recon_erase_feedback.';

CREATE OR REPLACE FUNCTION recon_end_suppression(suppression_ids bigint[]) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_end_suppression(bigint[]) IS
    'Ends rules, for instance those that recon.suppression_summary proposes to remove; what they hide returns to the '
    'queue, the answers stay. Needs level operator, for scopes pattern and category level admin. Returns a sentence.';

CREATE OR REPLACE FUNCTION recon.recon_end_suppression(suppression_ids bigint[]) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    missing bigint;
BEGIN
    IF coalesce(cardinality(suppression_ids), 0) = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'no suppression is named',
            DETAIL = format('suppression_ids is %s.', coalesce(suppression_ids::text, 'NULL')),
            HINT = 'See recon.suppression_summary for the suppressions there are.';
    END IF;
    SELECT i INTO missing FROM unnest(suppression_ids) i
    WHERE NOT EXISTS (SELECT FROM recon.suppression s WHERE s.suppression_id = i
                      AND s.reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(recon.caller())))) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('suppression %s does not exist', coalesce(missing::text, 'NULL')),
            DETAIL = 'No suppression has this number, or its reconciliation is not visible to you.',
            HINT = 'See recon.suppression_summary for the suppressions there are.';
    END IF;
    PERFORM recon.standing_answers(array_agg(DISTINCT s.answer_id), 'operator')
    FROM recon.suppression s WHERE s.suppression_id = ANY (suppression_ids);
    RETURN format('%s suppressions have ended; %s breaks are not hidden any longer',
                  (SELECT count(DISTINCT i) FROM unnest(suppression_ids) i), recon.end_suppressions(suppression_ids));
END
$$;
COMMENT ON FUNCTION recon.recon_end_suppression(bigint[]) IS 'Implementation of recon_end_suppression.';
