-- What people and BI tools read. Every view runs with the rights of who reads it, so that row-level
-- security shows each reader what they may see.

CREATE OR REPLACE VIEW recon.anomaly WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, b.break_id, b.break_date, b.key, b.measure, b.currency,
           b.observed, b.expected, b.lower, b.upper, b.direction, b.score, b.p_value, b.q_value,
           b.severity, b.pattern, b.category, b.flags, b.contributions, b.basis, b.history_n,
           b.reason, b.recommended_action, b.run_id, b.updated_at
    FROM recon.break b JOIN recon.reconciliation r USING (reconciliation_id)
    WHERE b.is_anomaly AND b.is_open;
COMMENT ON VIEW recon.anomaly IS 'Open breaks that are out of pattern, by their current verdict.';

CREATE OR REPLACE VIEW recon.review_queue WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, b.break_id, b.severity, b.break_date, b.key, b.measure,
           b.observed, b.expected, b.score, b.pattern, b.category, b.reason, b.recommended_action,
           current_date - b.opened_on AS age_days, b.updated_at, b.flags,
           CASE WHEN b.is_anomaly THEN 'out of pattern'
                WHEN b.flags && '{non_finite}'::text[] OR b.p_value IS NULL THEN 'could not be judged'
                ELSE 'as large as the limit of its account' END AS queued_because
    FROM recon.break b JOIN recon.reconciliation r USING (reconciliation_id)
    WHERE (b.is_anomaly OR b.flags && '{amount_threshold,non_finite}'::text[] OR b.p_value IS NULL)
      AND b.is_open AND NOT EXISTS (SELECT FROM recon.settled_break s WHERE s.break_id = b.break_id)
    ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low'], b.severity), abs(b.observed) DESC NULLS LAST,
        b.break_id;
COMMENT ON VIEW recon.review_queue IS
    'What to look at, in this order: severity, then amount. Open breaks that are out of pattern, that the rule '
    'amount_threshold lifts, or that could not be judged, unless they are answered or hidden by a suppression.';
COMMENT ON COLUMN recon.review_queue.queued_because IS
    'out of pattern; could not be judged (an amount is not a finite number, or there is nothing to compare with); as '
    'large as the limit of its account (rule amount_threshold)';
