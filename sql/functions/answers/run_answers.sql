-- What answers change in a run.

CREATE OR REPLACE FUNCTION recon.suppress_breaks(run bigint) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    u recon.run;
    rules recon.suppression[];
BEGIN
    SELECT r.* INTO u FROM recon.run r WHERE r.run_id = run;
    SELECT coalesce(array_agg(s ORDER BY s.suppression_id), '{}') INTO rules FROM recon.suppression s
    WHERE s.reconciliation_id = u.reconciliation_id AND s.ended_at IS NULL
      AND s.expires_at > coalesce(u.finished_at, now());
    IF cardinality(rules) = 0 AND NOT EXISTS (
        SELECT FROM recon.settled_break s
        WHERE s.reconciliation_id = u.reconciliation_id AND s.suppression_id IS NOT NULL)
    THEN
        RETURN;
    END IF;
    WITH covered AS MATERIALIZED (
        SELECT h.break_id, h.break_date, h.suppression_id
        FROM recon.breaks_hidden_by(rules, u.reconciliation_id, u.from_date, u.to_date, run) h
    ), shown AS (
        -- A break that has grown, or whose rule has expired, stands in the queue again.
        DELETE FROM recon.settled_break s
        USING recon.break b
        WHERE s.reconciliation_id = u.reconciliation_id AND s.suppression_id IS NOT NULL
          AND b.break_id = s.break_id AND b.break_date = s.break_date
          AND (b.break_date BETWEEN u.from_date AND u.to_date OR b.run_id = run)
          AND NOT EXISTS (SELECT FROM covered c WHERE c.break_id = s.break_id)
        RETURNING s.break_id, s.break_date, s.suppression_id
    ), hidden AS (
        INSERT INTO recon.settled_break (break_id, reconciliation_id, break_date, suppression_id)
        SELECT c.break_id, u.reconciliation_id, c.break_date, c.suppression_id FROM covered c
        ON CONFLICT ON CONSTRAINT settled_break_pkey DO NOTHING
        RETURNING break_id, break_date, suppression_id
    ), noted AS (
        INSERT INTO recon.suppression_event (reconciliation_id, suppression_id, break_id, break_date, run_id, event)
        SELECT u.reconciliation_id, h.suppression_id, h.break_id, h.break_date, run, 'hidden' FROM hidden h
        UNION ALL
        SELECT u.reconciliation_id, w.suppression_id, w.break_id, w.break_date, run, 'shown' FROM shown w
    )
    UPDATE recon.suppression s SET hidden_breaks = s.hidden_breaks + c.breaks, last_hidden_at = now()
    FROM (SELECT h.suppression_id, count(*) AS breaks FROM hidden h GROUP BY 1) AS c
    WHERE s.suppression_id = c.suppression_id;
END
$$;
COMMENT ON FUNCTION recon.suppress_breaks(bigint) IS
    'The last step of a run: takes the anomalies that a suppression covers out of the queue, and puts those of its '
    'window back that none covers any longer.';

CREATE OR REPLACE FUNCTION recon.disputed_rows(reconciliation integer)
    RETURNS TABLE (key_hash bigint, key jsonb, break_date date, occurrence integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT f.key_hash, f.key, f.break_date, f.occurrence
    FROM recon.settled_break s JOIN recon.answer a USING (answer_id)
    JOIN recon.feedback f ON f.answer_id = a.answer_id AND f.break_id = s.break_id
    WHERE s.reconciliation_id = reconciliation AND a.verdict = 'true_anomaly'
$$;
COMMENT ON FUNCTION recon.disputed_rows(integer) IS
    'The rows of a reconciliation that operators have confirmed as anomalies: no baseline should learn from them.';

CREATE OR REPLACE FUNCTION recon.accepted_levels(reconciliation integer)
    RETURNS TABLE (key_hash bigint, key jsonb, from_date date)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT f.key_hash, f.key, max(f.break_date)
    FROM recon.settled_break s JOIN recon.answer a USING (answer_id)
    JOIN recon.feedback f ON f.answer_id = a.answer_id AND f.break_id = s.break_id
    WHERE s.reconciliation_id = reconciliation AND a.verdict = 'level_shift_accepted'
    GROUP BY f.key_hash, f.key
$$;
COMMENT ON FUNCTION recon.accepted_levels(integer) IS
    'From which date on the level of a key is the new normal, by operators: its baseline should begin there.';

CREATE OR REPLACE FUNCTION recon_feedback_effect(run bigint)
    RETURNS TABLE (break_id bigint, break_date date, change text, suppression_id bigint, answer_id bigint, verdict text,
                   given_by name, why text)
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 100 AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_feedback_effect(bigint) IS
    'The breaks that a run has taken out of the queue because of an answer, or put back because none covers them any '
    'longer, each with the answer and its rule. Needs level viewer.';

CREATE OR REPLACE FUNCTION recon.recon_feedback_effect(run bigint)
    RETURNS TABLE (break_id bigint, break_date date, change text, suppression_id bigint, answer_id bigint, verdict text,
                   given_by name, why text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM recon.run u WHERE u.run_id = run
                   AND u.reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(recon.caller())))) THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('run %s does not exist', coalesce(run::text, 'NULL')),
            DETAIL = 'No run has this number, or its reconciliation is not visible to you.',
            HINT = 'See recon.run_summary for the runs there are.';
    END IF;
    RETURN QUERY
        SELECT e.break_id, e.break_date, e.event, e.suppression_id, a.answer_id, a.verdict, a.given_by,
               format(CASE e.event WHEN 'hidden' THEN 'answer %s of %s ("%s") hides amounts from %s to %s until %s'
                      ELSE 'answer %s of %s ("%s", amounts from %s to %s until %s) does not cover it any longer'
                      END, a.answer_id, a.given_by, a.verdict, trim_scale(s.from_amount), trim_scale(s.to_amount),
                      to_char(s.expires_at AT TIME ZONE r.time_zone, 'YYYY-MM-DD'))
        FROM recon.suppression_event e JOIN recon.suppression s USING (suppression_id)
        JOIN recon.answer a ON a.answer_id = s.answer_id
        JOIN recon.reconciliation r ON r.reconciliation_id = e.reconciliation_id
        WHERE e.run_id = run ORDER BY e.event_id;
END
$$;
COMMENT ON FUNCTION recon.recon_feedback_effect(bigint) IS 'Implementation of recon_feedback_effect.';
