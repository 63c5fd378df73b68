-- Whether reconciliations are judged as they should be.

CREATE OR REPLACE VIEW recon.health WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, r.is_active,
           last.run_id AS last_run_id, last.status AS last_status, last.finished_at AS last_run_at,
           judged.judged_through AS judged_up_to, judged.is_partial, last.rows_without_date, last.message,
           CASE WHEN last.run_id IS NULL THEN 'never judged'
                WHEN last.status = 'failed' THEN 'the last run failed'
                WHEN watch.status = 'failed' THEN 'the watch failed'
                WHEN judged.is_partial THEN 'a date was partial'
                WHEN last.rows_without_date > 0 THEN 'rows without date'
                WHEN whole.rows_in_future > 0 THEN 'rows dated in the future'
                WHEN last.finished_at < now() - interval '7 days' THEN 'not judged for a week'
                ELSE 'ok' END AS state,
           coalesce(last.finished_at, r.updated_at) AS updated_at, whole.rows_in_future
    FROM recon.reconciliation r
    LEFT JOIN LATERAL (SELECT u.* FROM recon.run u
                       WHERE u.reconciliation_id = r.reconciliation_id AND u.status IN ('succeeded', 'failed')
                         AND NOT u.is_watch
                       ORDER BY u.run_id DESC LIMIT 1) last ON true
    -- The last run that found rows to judge.
    LEFT JOIN LATERAL (SELECT u.* FROM recon.run u
                       WHERE u.reconciliation_id = r.reconciliation_id AND u.status = 'succeeded' AND NOT u.is_watch
                         AND u.judged_through IS NOT NULL
                       ORDER BY u.run_id DESC LIMIT 1) judged ON true
    -- The last run that has read rows of all dates.
    LEFT JOIN LATERAL (SELECT u.rows_in_future FROM recon.run u
                       WHERE u.reconciliation_id = r.reconciliation_id AND u.status = 'succeeded' AND NOT u.is_watch
                         AND u.rows_in_future IS NOT NULL
                       ORDER BY u.run_id DESC LIMIT 1) whole ON true
    LEFT JOIN LATERAL (SELECT u.status, u.message, u.finished_at FROM recon.run u
                       WHERE u.reconciliation_id = r.reconciliation_id AND u.is_watch
                       ORDER BY u.run_id DESC LIMIT 1) watch ON true;
COMMENT ON VIEW recon.health IS
    'One row for each reconciliation: when it was last judged and whether something is wrong with that.';
COMMENT ON COLUMN recon.health.judged_up_to IS
    'the newest date that the last run which found rows has judged, the future left out';
COMMENT ON COLUMN recon.health.rows_in_future IS
    'rows dated after the reconciliation''s today, by the last run that read all dates; its message names the newest';
