-- Runs, and their days.

CREATE OR REPLACE VIEW recon.run_summary WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, u.run_id, u.status, u.strategy->>'strategy_name' AS strategy,
           u.from_date, u.to_date, u.rows_read, u.rows_without_date, u.rows_judged, u.keys_read, u.keys_absent,
           u.breaks, u.anomalies,
           CASE WHEN u.breaks > 0 THEN round(100.0 * u.anomalies / u.breaks, 1) END AS anomalies_percent,
           u.verdicts_changed, u.is_partial, u.message, u.run_by, u.started_at,
           u.finished_at - u.started_at AS duration,
           coalesce(u.finished_at, u.progress_at, u.started_at, u.submitted_at) AS updated_at,
           u.submitted_at, u.error_code, u.stage, u.stage_done, u.stage_total, u.baseline_date,
           u.is_watch, u.late_rows, u.rows_in_future
    FROM recon.run u JOIN recon.reconciliation r USING (reconciliation_id);
COMMENT ON VIEW recon.run_summary IS 'One row for each stored run, and for each that waits for a worker.';

CREATE OR REPLACE VIEW recon.daily_summary WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, b.break_date, b.measure, b.currency,
           count(*) AS breaks,
           count(*) FILTER (WHERE b.is_anomaly) AS anomalies,
           count(*) FILTER (WHERE b.is_anomaly AND b.severity IN ('high', 'critical')) AS severe_anomalies,
           sum(b.observed) FILTER (WHERE abs(b.observed) < 'Infinity') AS net_amount,
           sum(abs(b.observed)) FILTER (WHERE abs(b.observed) < 'Infinity') AS gross_amount,
           max(b.updated_at) AS updated_at
    FROM recon.break b JOIN recon.reconciliation r USING (reconciliation_id)
    WHERE b.is_open
    GROUP BY r.reconciliation_name, b.break_date, b.measure, b.currency;
COMMENT ON VIEW recon.daily_summary IS
    'Open breaks and anomalies for each reconciliation, date, measure and currency; net lets signs cancel, gross does '
        'not. '
    'Amounts of different measures or currencies are never added, nor are amounts that are not finite numbers.';
