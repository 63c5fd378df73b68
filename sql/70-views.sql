-- What people and BI tools read. Every view runs with the rights of who reads it, so that row-level
-- security shows each reader what he may see.

CREATE VIEW recon.anomaly WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, b.break_id, b.break_date, b.key, b.measure, b.currency,
           b.observed, b.expected, b.lower, b.upper, b.direction, b.score, b.p_value, b.q_value,
           b.severity, b.pattern, b.category, b.flags, b.contributions, b.basis, b.history_n,
           b.reason, b.recommended_action, b.run_id, b.updated_at
    FROM recon.break b JOIN recon.reconciliation r USING (reconciliation_id)
    WHERE b.is_anomaly AND b.is_open;
COMMENT ON VIEW recon.anomaly IS 'Open breaks that are out of pattern, by their current verdict.';

CREATE VIEW recon.review_queue WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, b.break_id, b.severity, b.break_date, b.key, b.measure,
           b.observed, b.expected, b.score, b.pattern, b.category, b.reason, b.recommended_action,
           current_date - b.opened_on AS age_days, b.updated_at, b.flags
    FROM recon.break b JOIN recon.reconciliation r USING (reconciliation_id)
    WHERE b.is_anomaly AND b.is_open
    ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low'], b.severity), b.score DESC NULLS LAST, b.break_id;
COMMENT ON VIEW recon.review_queue IS 'Open anomalies in the order in which to look at them: severity, then score.';

CREATE VIEW recon.item_summary WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, i.key, i.opened_on, i.last_on, coalesce(i.closed_by, 'open') AS state, i.closed_on,
           coalesce(i.closed_on, current_date) - i.opened_on AS age_days, i.run_id, u.finished_at AS updated_at
    FROM recon.item i JOIN recon.reconciliation r USING (reconciliation_id) LEFT JOIN recon.run u USING (run_id);
COMMENT ON VIEW recon.item_summary IS
    'One row for each item, the standing break of a key: open, corrected or gone, and for how many days it has stood, or stood until it was closed.';

CREATE VIEW recon.run_summary WITH (security_invoker = true) AS
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

CREATE VIEW recon.daily_summary WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, b.break_date, b.currency,
           count(*) AS breaks,
           count(*) FILTER (WHERE b.is_anomaly) AS anomalies,
           count(*) FILTER (WHERE b.is_anomaly AND b.severity IN ('high', 'critical')) AS severe_anomalies,
           sum(b.observed) FILTER (WHERE abs(b.observed) < 'Infinity') AS net_amount,
           sum(abs(b.observed)) FILTER (WHERE abs(b.observed) < 'Infinity') AS gross_amount,
           max(b.updated_at) AS updated_at
    FROM recon.break b JOIN recon.reconciliation r USING (reconciliation_id)
    WHERE b.is_open
    GROUP BY r.reconciliation_name, b.break_date, b.currency;
COMMENT ON VIEW recon.daily_summary IS
    'Open breaks and anomalies for each reconciliation, date and currency; net lets signs cancel, gross does not. '
    'Amounts of different currencies are never added, nor are amounts that are not finite numbers.';

CREATE VIEW recon.health WITH (security_invoker = true) AS
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
                       WHERE u.reconciliation_id = r.reconciliation_id AND u.status IN ('succeeded', 'failed') AND NOT u.is_watch
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
COMMENT ON VIEW recon.health IS 'One row for each reconciliation: when it was last judged and whether something is wrong with that.';
COMMENT ON COLUMN recon.health.judged_up_to IS
    'the newest date that the last run which found rows has judged, the future left out';
COMMENT ON COLUMN recon.health.rows_in_future IS
    'rows dated after the reconciliation''s today, by the last run that read all dates; its message names the newest';

-- The original columns beside the verdict, in a view of the caller's own.
CREATE FUNCTION recon_view_definition(name text, view_name text DEFAULT NULL, view_schema text DEFAULT NULL) RETURNS text
    LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_view_definition(text, text, text) IS
$$The CREATE VIEW statement which recon_create_view runs, for those who want to change it first.
Names in it are those of pg_catalog: run it under SET search_path = pg_catalog, pg_temp, as recon_create_view does.$$;

CREATE FUNCTION recon.recon_view_definition(name text, view_name text, view_schema text) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.find_reconciliation(name, 'viewer');
    relation regclass := d.source::regclass;
    keys text[] := d.key_columns || CASE WHEN d.currency_column IS NULL OR d.currency_column = ANY (d.key_columns)
                                         THEN '{}'::text[] ELSE ARRAY[d.currency_column] END;
    place text := coalesce(view_schema, (SELECT n.nspname FROM pg_namespace n WHERE n.oid = recon.creation_schema()));
    key_json text;
    original text;
BEGIN
    IF place IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name',
            MESSAGE = 'no schema has been selected to create the view in',
            HINT = 'Name one in view_schema, or put one into search_path.';
    END IF;
    IF d.date_column IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('reconciliation "%s" has no date column', name),
            DETAIL = 'Its rows cannot be told apart from one run to the next.',
            HINT = 'Add a date to the source, and name it with recon_alter(name, date_column => ...).';
    END IF;
    SELECT string_agg(format('%L, %s', k, recon.canonical_text(relation, k)), ', ' ORDER BY n) INTO key_json
    FROM unnest(keys) WITH ORDINALITY AS u(k, n);
    SELECT string_agg(format('source.%I', a.attname), ', ' ORDER BY a.attnum) INTO original
    FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped;
    -- Duplicates of a key and date are counted in the order in which they are judged.
    RETURN format($view$-- Names are those of pg_catalog: SET search_path = pg_catalog, pg_temp before you run this.
CREATE VIEW %I.%I WITH (security_invoker = true) AS
SELECT %s,
       verdict.is_anomaly AS "Anomaly", verdict.reason AS "Reason", verdict.recommended_action AS "Recommended Action",
       verdict.break_id
FROM (SELECT *, pg_catalog.jsonb_build_object(%s) AS recon_key, %s AS recon_date,
             pg_catalog.row_number() OVER (PARTITION BY %s, %s ORDER BY %s, (%s) IS NOT FALSE) AS recon_occurrence
      FROM %s) AS source
LEFT JOIN recon.break AS verdict
       ON verdict.reconciliation_id = %s AND verdict.is_open AND verdict.break_date = source.recon_date
      AND verdict.key = source.recon_key AND verdict.occurrence = source.recon_occurrence$view$,
        place, coalesce(view_name, d.reconciliation_name || '_verdict'),
        original, key_json, recon.date_expression(relation, d),
        (SELECT string_agg(format('%I', k), ', ') FROM unnest(keys) k), recon.date_expression(relation, d),
        (SELECT string_agg(format('%s NULLS LAST', m->>'expression'), ', ') FROM jsonb_array_elements(d.measures) m),
        d.break_condition, d.source, d.reconciliation_id);
END
$$;
COMMENT ON FUNCTION recon.recon_view_definition(text, text, text) IS 'Implementation of recon_view_definition.';

CREATE FUNCTION recon_create_view(name text, view_name text DEFAULT NULL, view_schema text DEFAULT NULL) RETURNS text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
AS $$
-- Runs as the caller, and the view is the caller's; but what the statement names must not be found where somebody
-- else may create operators and functions.
DECLARE
    definition pg_catalog.text := @extschema@.recon_view_definition(name, view_name, view_schema);
    path pg_catalog.text := pg_catalog.current_setting('search_path');
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    EXECUTE definition;
    PERFORM pg_catalog.set_config('search_path', path, true);
    RETURN pg_catalog.format('view "%s" shows the columns of the source with Anomaly, Reason and Recommended Action',
                             coalesce(view_name, pg_catalog.concat(name, '_verdict')));
END
$$;
COMMENT ON FUNCTION recon_create_view(text, text, text) IS
    'Makes a view of the source''s own columns plus Anomaly, Reason, Recommended Action and break_id, named NAME_verdict where no other name is given, in a schema of the caller''s choice, owned by the caller. Returns a sentence.';
