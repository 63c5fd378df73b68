-- Standing breaks.

CREATE OR REPLACE VIEW recon.item_summary WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, i.key, i.opened_on, i.last_on,
           coalesce(i.closed_by, 'open') AS state, i.closed_on,
           coalesce(i.closed_on, current_date) - i.opened_on AS age_days, i.run_id, u.finished_at AS updated_at
    FROM recon.item i JOIN recon.reconciliation r USING (reconciliation_id) LEFT JOIN recon.run u USING (run_id);
COMMENT ON VIEW recon.item_summary IS
    'One row for each item, the standing break of a key: open, corrected or gone, '
    'and for how many days it has stood, or stood until it was closed.';
