-- Other thresholds over stored scores.

CREATE OR REPLACE FUNCTION recon_rejudge(run bigint, strategy text) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_rejudge(bigint, text) IS
    'Draws the thresholds of another strategy (its alpha, and its minimum amount unless the reconciliation has its '
    'own) over the stored scores of a run, without reading the source again; detector weights are the run''s. Changes '
    'the current verdicts of that run''s breaks, writes every change into '
    'recon.verdict_history, and returns a sentence. Needs level operator.';

CREATE OR REPLACE FUNCTION recon.recon_rejudge(run bigint, strategy text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u recon.run;
    s recon.strategy;
    floors jsonb;
    before bigint;
    after bigint;
    changed bigint;
BEGIN
    SELECT r.* INTO u FROM recon.run r WHERE r.run_id = run FOR UPDATE;
    IF u.run_id IS NULL OR NOT recon.has_access(recon.caller(), u.reconciliation_id, 'viewer') THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('run %s does not exist', coalesce(run::text, 'NULL')),
            HINT = 'See recon.run_summary for the runs there are.';
    END IF;
    PERFORM recon.require_access(u.reconciliation_id, 'operator');
    s := recon.current_strategy(strategy);
    SELECT recon.strategy_copy(s, r) INTO floors FROM recon.reconciliation r
    WHERE r.reconciliation_id = u.reconciliation_id;

    -- One statement: a temporary table could have the name of one of the caller's.
    WITH rejudged AS MATERIALIZED (
        SELECT b.break_id, b.break_date, b.is_anomaly AS was_anomaly,
               coalesce(b.q_value <= s.alpha, false) AND NOT recon.is_quiet(b.pattern)
                   AND coalesce(abs(b.observed) >= recon.minimum_amount_of(floors, b.currency), true) AS is_anomaly,
               b.score, b.measure, coalesce(b.currency, '') AS currency,
               CASE WHEN abs(b.observed) <= 1e308 THEN abs(b.observed)::double precision END AS amount,
               b.pattern, b.category
        FROM recon.break b
        WHERE b.reconciliation_id = u.reconciliation_id AND b.run_id = u.run_id
          AND (b.break_date BETWEEN u.from_date AND u.to_date OR u.late_rows > 0) AND b.is_open
    ), flipped AS (
        INSERT INTO recon.verdict_history (reconciliation_id, break_id, break_date, run_id, was_anomaly, is_anomaly,
            was_pattern, pattern, was_open, is_open, cause)
        SELECT u.reconciliation_id, r.break_id, r.break_date, u.run_id, r.was_anomaly, r.is_anomaly,
               r.pattern, r.pattern, true, true, format('rejudged by strategy "%s"', s.strategy_name)
        FROM rejudged r WHERE r.was_anomaly <> r.is_anomaly
    ), large AS (
        -- Where the largest tenth of the anomalies on a measure in a currency begins, as detection counts it.
        SELECT r.measure, r.currency, (array_agg(r.amount ORDER BY r.amount DESC))[(count(*) / 10)::integer] AS begins
        FROM rejudged r WHERE r.is_anomaly AND r.amount IS NOT NULL GROUP BY r.measure, r.currency HAVING count(*) >= 10
    ), stored AS (
        UPDATE recon.break b SET is_anomaly = r.is_anomaly,
            severity = recon.severity(r.score, r.amount, r.is_anomaly, l.begins),
            recommended_action = recon.recommended_action(r.pattern, r.category, r.is_anomaly),
            updated_at = now()
        FROM rejudged r LEFT JOIN large l USING (measure, currency)
        WHERE b.break_id = r.break_id AND b.break_date = r.break_date
    )
    SELECT count(*) FILTER (WHERE r.was_anomaly), count(*) FILTER (WHERE r.is_anomaly),
           count(*) FILTER (WHERE r.was_anomaly <> r.is_anomaly)
    INTO before, after, changed FROM rejudged r;
    UPDATE recon.run r SET rejudged_at = clock_timestamp(),
        rejudged_by = (r.strategy - 'minimum_amounts')
            || (SELECT jsonb_object_agg(f.key, f.value) FROM jsonb_each(floors) AS f
            WHERE f.key IN ('strategy_name', 'version', 'alpha', 'minimum_amount', 'minimum_amounts'))
    WHERE r.run_id = u.run_id;
    RETURN format('run %s by strategy "%s": %s anomalies instead of %s; %s verdicts changed',
                  run, s.strategy_name, after, before, changed);
END
$$;
COMMENT ON FUNCTION recon.recon_rejudge(bigint, text) IS 'Implementation of recon_rejudge.';
