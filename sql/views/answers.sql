-- Answers and what they hide.

CREATE OR REPLACE VIEW recon.feedback_summary WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, a.answer_id, a.verdict, a.scope, a.category, a.key_pattern,
           a.duplicate_of, a.expires_at, a.given_by, a.given_at, a.breaks, t.comment,
           coalesce((SELECT e.to_role FROM recon.answer_event e
                     WHERE e.answer_id = a.answer_id AND e.event = 'transferred'
                     ORDER BY e.event_id DESC LIMIT 1), a.given_by) AS responsible,
           EXISTS (SELECT FROM recon.answer_event e WHERE e.answer_id = a.answer_id AND e.event = 'retracted')
               AS is_retracted,
           EXISTS (SELECT FROM recon.answer_event e WHERE e.answer_id = a.answer_id AND e.event = 'archived')
               AS is_archived,
           coalesce((SELECT max(e.done_at) FROM recon.answer_event e WHERE e.answer_id = a.answer_id), a.given_at)
               AS updated_at
    FROM recon.answer a JOIN recon.reconciliation r USING (reconciliation_id)
    LEFT JOIN recon.answer_text t USING (answer_id);
COMMENT ON VIEW recon.feedback_summary IS
    'One row for each answer: what was said, by whom, who is responsible for it now, and whether it was taken back.';

CREATE OR REPLACE VIEW recon.suppression_summary WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, s.suppression_id, s.answer_id, a.verdict, a.given_by, s.scope,
           s.key, s.key_pattern, s.category, s.measure, s.currency, s.direction, s.from_amount, s.to_amount,
           s.sign, s.to_deviation, s.around_day, s.made_at, s.expires_at, s.hidden_breaks, s.last_hidden_at,
           CASE WHEN s.ended_at IS NOT NULL THEN 'ended' WHEN s.expires_at <= now() THEN 'expired'
                WHEN coalesce(s.last_hidden_at, s.made_at) < now() - interval '90 days' THEN 'idle'
                ELSE 'in force' END AS state,
           CASE WHEN s.ended_at IS NOT NULL THEN NULL
                WHEN s.expires_at <= now() THEN 'remove it: it has expired'
                WHEN coalesce(s.last_hidden_at, s.made_at) < now() - interval '90 days'
                    THEN 'remove it: it has hidden nothing for 90 days' END AS proposal,
           greatest(s.made_at, s.last_hidden_at, s.ended_at) AS updated_at
    FROM recon.suppression s JOIN recon.reconciliation r USING (reconciliation_id)
    JOIN recon.answer a USING (answer_id);
COMMENT ON VIEW recon.suppression_summary IS
    'One row for each rule that an answer has made: what it hides, how many breaks it has hidden, and whether it '
    'should be removed because it has expired or is idle.';
