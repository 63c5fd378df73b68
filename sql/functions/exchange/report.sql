-- Reports for people: a run as a page, and as a mail.

CREATE OR REPLACE FUNCTION recon_report(run bigint) RETURNS text
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_report';
COMMENT ON FUNCTION recon_report(bigint) IS
$$A run as one HTML page that stands alone: what happened in three sentences, counts and match rate against previous
runs, anomalies by severity, pattern and category, what they share, open items by age, the strongest anomalies each
with the history of its key, all others in a table, control totals. It makes no request and runs no script.
Reads the source with the rights of the caller. Needs level viewer. Errors: 42704 no such run.$$;

CREATE OR REPLACE FUNCTION recon_digest(run bigint) RETURNS text
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_digest';
COMMENT ON FUNCTION recon_digest(bigint) IS
    'A run in a few lines of plain text, for a mail: what happened, and the five strongest anomalies. Needs level '
    'viewer. Errors: 42704 no such run.';

CREATE OR REPLACE FUNCTION recon.key_words(key jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN (SELECT string_agg(format('%s %s', k, coalesce(v, 'missing')), ', ' ORDER BY n)
            FROM jsonb_each_text(key) WITH ORDINALITY AS e (k, v, n));
COMMENT ON FUNCTION recon.key_words(jsonb) IS 'A key as people read it: account 1618001, currency USD.';

CREATE OR REPLACE FUNCTION recon.anomalies_by(run recon.run, what text) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('label', label, 'value', n) ORDER BY n DESC, label), '[]')
    FROM (SELECT coalesce(replace(CASE what WHEN 'severity' THEN b.severity WHEN 'pattern' THEN b.pattern
                                            ELSE b.category END, '_', ' '), 'none') AS label, count(*) AS n
          FROM recon.break b
          WHERE b.reconciliation_id = run.reconciliation_id AND b.is_open AND b.is_anomaly
            AND b.break_date BETWEEN run.from_date AND run.to_date
          GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 8) AS s
$$;
COMMENT ON FUNCTION recon.anomalies_by(recon.run, text) IS
    'Counts of the anomalies of a run''s window by severity, pattern or category, the most frequent first.';

CREATE OR REPLACE FUNCTION recon.report_plan(run bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    r recon.run;
    d recon.reconciliation;
    most_charts CONSTANT integer := 25;
    listed jsonb;
    histories text;
BEGIN
    SELECT u.* INTO r FROM recon.run u
    WHERE u.run_id = run AND recon.has_access(recon.caller(), u.reconciliation_id, 'viewer');
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('run %s does not exist', coalesce(run::text, 'NULL')),
            HINT = 'recon.run_summary lists the runs.';
    END IF;
    IF r.status <> 'succeeded' THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('run %s has nothing to report', run), DETAIL = format('It is %s.', r.status);
    END IF;
    SELECT c.* INTO STRICT d FROM recon.reconciliation c WHERE c.reconciliation_id = r.reconciliation_id;

    SELECT jsonb_agg(jsonb_build_object(
               'key', recon.key_words(s.key), 'date', coalesce(s.break_date::text, ''),
               'observed', CASE WHEN s.observed NOT IN ('NaN', 'Infinity', '-Infinity') THEN s.observed END,
               'currency', coalesce(s.currency, ''),
               'severity', coalesce(s.severity, ''), 'pattern', replace(coalesce(s.pattern, ''), '_', ' '),
               'reason', coalesce(s.reason, ''), 'action', coalesce(s.recommended_action, '')) ORDER BY s.n)
    INTO listed
    FROM (SELECT b.*, row_number() OVER (ORDER BY b.score DESC NULLS LAST, b.break_id) AS n FROM recon.break b
          WHERE b.reconciliation_id = r.reconciliation_id AND b.is_open AND b.is_anomaly
            AND b.break_date BETWEEN r.from_date AND r.to_date) AS s;

    IF d.date_column IS NOT NULL AND listed IS NOT NULL THEN
        SELECT format('SELECT n, day::text, value, is_it FROM (
                SELECT w.n, source.%4$I AS day, (%1$s)::float8 AS value, source.%4$I = w.break_date AS is_it,
                       pg_catalog.row_number() OVER (PARTITION BY w.n ORDER BY source.%4$I DESC) AS age
                %2$s JOIN (VALUES %3$s) AS w (n, key, break_date, measure)
                  ON w.key = source.%5$I AND source.%4$I <= w.break_date) AS h
            WHERE age <= 36 ORDER BY n, day',
            (SELECT format('CASE w.measure %s END',
                           string_agg(format('WHEN %L THEN (%s)::float8', m->>'name', m->>'expression'), ' '))
             FROM jsonb_array_elements(d.measures) AS m),
            recon.rows_with_verdicts(d),
            string_agg(format('(%s::bigint, %L::jsonb, %L::date, %L::text)', s.n, s.key, s.break_date, s.measure),
                       ', '),
            recon.free_column(recon.source_of(d), 'recon_date'), recon.free_column(recon.source_of(d), 'recon_key'))
        INTO histories
        FROM (SELECT b.*, row_number() OVER (ORDER BY b.score DESC NULLS LAST, b.break_id) AS n FROM recon.break b
              WHERE b.reconciliation_id = r.reconciliation_id AND b.is_open AND b.is_anomaly
                AND b.break_date BETWEEN r.from_date AND r.to_date) AS s
        WHERE s.n <= most_charts;
    END IF;

    RETURN jsonb_strip_nulls(jsonb_build_object(
        'reconciliation', d.reconciliation_name, 'run', r.run_id::text,
        'window', CASE WHEN r.from_date = r.to_date THEN r.from_date::text
                       ELSE concat_ws(' to ', r.from_date, r.to_date) END,
        'made_at', to_char(coalesce(r.finished_at, now()) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'),
        'strategy', coalesce(r.strategy->>'strategy_name', 'none'),
        'judged', r.rows_judged, 'breaks', r.breaks, 'anomalies', r.anomalies, 'changed', r.verdicts_changed,
        'message', nullif(r.message, ''),
        'past', (SELECT coalesce(jsonb_agg(jsonb_build_object('date', p.to_date, 'anomalies', p.anomalies,
                    'match_rate', round(100.0 * (p.rows_judged - p.breaks) / greatest(p.rows_judged, 1), 1))
                    ORDER BY p.run_id), '[]')
                 FROM (SELECT DISTINCT ON (u.to_date) u.* FROM recon.run u
                       WHERE u.reconciliation_id = r.reconciliation_id AND u.status = 'succeeded' AND NOT u.is_watch
                         AND u.run_id <= r.run_id AND u.to_date IS NOT NULL
                       ORDER BY u.to_date DESC, u.run_id DESC LIMIT 24) AS p),
        'by_severity', recon.anomalies_by(r, 'severity'), 'by_pattern', recon.anomalies_by(r, 'pattern'),
        'by_category', recon.anomalies_by(r, 'category'),
        'drivers', (SELECT coalesce(jsonb_agg(jsonb_build_object('label', label, 'value', n) ORDER BY n DESC,
            label), '[]')
                    FROM (SELECT format('%s %s', k, coalesce(v, 'missing')) AS label, count(*) AS n
                          FROM recon.break b, jsonb_each_text(b.key) AS e (k, v)
                          WHERE b.reconciliation_id = r.reconciliation_id AND b.is_open AND b.is_anomaly
                            AND b.break_date BETWEEN r.from_date AND r.to_date
                          GROUP BY 1 HAVING count(*) > 1 ORDER BY 2 DESC, 1 LIMIT 8) AS s),
        'ageing', (SELECT coalesce(jsonb_agg(jsonb_build_object('label', label, 'value', n) ORDER BY first), '[]')
                   FROM (SELECT CASE WHEN age < 7 THEN 'less than a week' WHEN age < 30 THEN 'a week to a month'
                                     WHEN age < 90 THEN 'one to three months' ELSE 'longer than three months' END AS
                                         label,
                                min(age) AS first, count(*) AS n
                         FROM (SELECT r.to_date - i.opened_on AS age FROM recon.item i
                               WHERE i.reconciliation_id = r.reconciliation_id AND i.closed_on IS NULL
                                 AND i.opened_on <= r.to_date) AS a GROUP BY 1) AS s),
        'totals', jsonb_build_array(
            jsonb_build_object('what', 'Rows judged', 'rows', r.rows_judged),
            jsonb_build_object('what', 'of these matched', 'rows', r.rows_judged - r.breaks),
            jsonb_build_object('what', 'of these broken', 'rows', r.breaks),
            jsonb_build_object('what', 'Rows read, history included', 'rows', r.rows_read),
            jsonb_build_object('what', 'Rows without a date', 'rows', r.rows_without_date),
            jsonb_build_object('what', 'Rows of files rejected', 'rows',
                (SELECT coalesce(sum(u.rejected), 0) FROM recon.upload u WHERE u.target = d.source)),
            jsonb_build_object('what', 'Lines of files skipped', 'rows',
                (SELECT coalesce(sum(u.skipped), 0) FROM recon.upload u WHERE u.target = d.source))),
        'list', coalesce(listed, '[]'), 'histories', histories));
END
$$;
COMMENT ON FUNCTION recon.report_plan(bigint) IS
    'What the report of a run says, and the statement that reads the histories of its strongest anomalies.';
