-- What an answer would have changed.

CREATE OR REPLACE FUNCTION recon_preview_feedback(
    break_ids bigint[], verdict text, scope text DEFAULT NULL, key_pattern jsonb DEFAULT NULL, runs integer DEFAULT 20
) RETURNS TABLE (reconciliation text, run_id bigint, break_id bigint, break_date date, key jsonb, measure text,
                 observed numeric, severity text)
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 100 AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_preview_feedback(bigint[], text, text, jsonb, integer) IS
$$The anomalies first seen in the last runs that an answer would have hidden, beside the breaks that it answers; nothing
is stored. break_ids, verdict, scope, key_pattern: as in recon_feedback. runs: how many of the last runs (1 to 1000).
Verdicts that hide nothing give no row. Needs level viewer.$$;

CREATE OR REPLACE FUNCTION recon.recon_preview_feedback(
    break_ids bigint[], verdict text, scope text, key_pattern jsonb, runs integer
) RETURNS TABLE (reconciliation text, run_id bigint, break_id bigint, break_date date, key jsonb, measure text,
                 observed numeric, severity text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    named record;
    d recon.reconciliation;
BEGIN
    IF runs IS NULL OR runs NOT BETWEEN 1 AND 1000 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'runs must be between 1 and 1000',
            DETAIL = format('It is %s.', coalesce(runs::text, 'NULL')),
            HINT = 'By default the last 20 runs are looked at.';
    END IF;
    scope := recon.scope_of_answer(verdict, scope);
    FOR named IN
        SELECT b.reconciliation_id, array_agg(b) AS rows FROM recon.answered_breaks(break_ids) b
        GROUP BY b.reconciliation_id ORDER BY b.reconciliation_id
    LOOP
        SELECT r.* INTO d FROM recon.reconciliation r WHERE r.reconciliation_id = named.reconciliation_id;
        IF recon_preview_feedback.scope = 'pattern' THEN
            PERFORM recon.check_key_pattern(d, recon_preview_feedback.key_pattern);
        END IF;
        RETURN QUERY
            WITH last AS (
                SELECT u.run_id, u.from_date, u.to_date FROM recon.run u
                WHERE u.reconciliation_id = d.reconciliation_id AND u.status = 'succeeded' AND NOT u.is_watch
                ORDER BY u.run_id DESC LIMIT recon_preview_feedback.runs
            ), hidden AS (
                SELECT h.break_id, h.break_date
                FROM recon.breaks_hidden_by(
                    ARRAY(SELECT s FROM recon.suppression_rules(named.rows, recon_preview_feedback.verdict,
                              recon_preview_feedback.scope, recon_preview_feedback.key_pattern, NULL) s),
                    d.reconciliation_id, (SELECT min(l.from_date) FROM last l), (SELECT max(l.to_date) FROM last l),
                    NULL) h
            )
            SELECT d.reconciliation_name, b.first_run_id, b.break_id, b.break_date, b.key, b.measure, b.observed,
                   b.severity
            FROM hidden h JOIN recon.break b ON b.break_id = h.break_id AND b.break_date = h.break_date
            WHERE b.first_run_id IN (SELECT l.run_id FROM last l) AND b.break_id <> ALL (break_ids)
              AND NOT EXISTS (SELECT FROM recon.settled_break s WHERE s.break_id = b.break_id)
            ORDER BY b.first_run_id, b.break_date, b.break_id;
    END LOOP;
END
$$;
COMMENT ON FUNCTION recon.recon_preview_feedback(bigint[], text, text, jsonb, integer) IS
    'Implementation of recon_preview_feedback.';
