-- What another strategy would change, before it does.

CREATE OR REPLACE FUNCTION recon_preview(reconciliation text, strategy text) RETURNS TABLE (
    break_id bigint, key jsonb, break_date date, measure text, observed numeric,
    was_anomaly boolean, is_anomaly boolean, was_severity text, severity text, was_pattern text, pattern text,
    was_score double precision, score double precision, was_flags text[], flags text[], why text
)
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 100 AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_preview(text, text) IS
$$Judges the window of the last run again by another strategy, writes nothing, and gives a row for each break whose
verdict, severity, pattern or flags would not be what is stored, with the reason. What the source has gained or lost
since shows too: break_id is NULL for a break that is not stored, the new columns are NULL for one that is gone.
Needs level viewer. Errors: 42704 no such reconciliation or strategy, 55000 nothing was judged yet.$$;

CREATE OR REPLACE FUNCTION recon.rate_text(rate double precision) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN CASE WHEN rate >= 0.001 THEN trim_scale(round(rate::numeric, 3))::text
                ELSE btrim(to_char(rate, '9.9EEEE')) END;
COMMENT ON FUNCTION recon.rate_text(double precision) IS 'A rate in few digits: 0.034, 1.2e-05.';

CREATE OR REPLACE FUNCTION recon.why_changed(
    b recon.break, q_value double precision, is_anomaly boolean, severity text, pattern text, flags text[], old jsonb,
    new jsonb
) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN (b).is_anomaly = is_anomaly AND (b).pattern = pattern AND (b).severity = severity THEN
            'flags: ' || concat_ws(', ',
                (SELECT string_agg('with ' || f, ', ') FROM unnest(flags) f WHERE NOT f = ANY ((b).flags)),
                (SELECT string_agg('without ' || f, ', ') FROM unnest((b).flags) f WHERE NOT f = ANY (flags)))
        WHEN recon.is_quiet((b).pattern) <> recon.is_quiet(pattern)
            OR (b).is_anomaly = is_anomaly AND (b).pattern <> pattern THEN
            format('its pattern is %s, not %s', pattern, (b).pattern)
        WHEN (b).is_anomaly = is_anomaly THEN
            format('its severity is %s, not %s', severity, (b).severity)
        -- Only one of two floors can be what lets it through.
        WHEN coalesce(abs((b).observed) >= recon.minimum_amount_of(old, (b).currency), true)
             <> coalesce(abs((b).observed) >= recon.minimum_amount_of(new, (b).currency), true) THEN
            format('its amount is %s the minimum amount of %s; that was %s',
                   CASE WHEN is_anomaly THEN 'not below' ELSE 'below' END,
                   recon.minimum_amount_of(new, (b).currency), recon.minimum_amount_of(old, (b).currency))
        ELSE format('its false-discovery rate of %s is %s alpha %s; it was %s with alpha %s', recon.rate_text(q_value),
                    CASE WHEN is_anomaly THEN 'within' ELSE 'above' END, new->>'alpha', recon.rate_text((b).q_value),
                    old->>'alpha') END
$$;
COMMENT ON FUNCTION recon.why_changed(recon.break, double precision, boolean, text, text, text[], jsonb, jsonb) IS
    'What makes the difference between a stored break and its verdict by another '
    'strategy; old and new are copies of strategies.';

CREATE OR REPLACE FUNCTION recon.recon_preview(reconciliation text, strategy text) RETURNS TABLE (
    break_id bigint, key jsonb, break_date date, measure text, observed numeric,
    was_anomaly boolean, is_anomaly boolean, was_severity text, severity text, was_pattern text, pattern text,
    was_score double precision, score double precision, was_flags text[], flags text[], why text
)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    d recon.reconciliation := recon.find_reconciliation(reconciliation, 'viewer');
    new_copy jsonb := recon.strategy_copy(recon.current_strategy(coalesce(recon_preview.strategy, d.strategy)), d);
    u recon.run;
BEGIN
    SELECT r.* INTO u FROM recon.run r
    WHERE r.reconciliation_id = d.reconciliation_id AND r.status = 'succeeded' AND r.to_date IS NOT NULL
    ORDER BY r.run_id DESC LIMIT 1;
    IF u.run_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('reconciliation "%s" has not been judged yet', d.reconciliation_name),
            HINT = format('Judge it first: SELECT * FROM recon_detect(%L).', d.reconciliation_name);
    END IF;
    RETURN QUERY
    WITH fresh AS MATERIALIZED (
        SELECT f.*, row_number() OVER (PARTITION BY f.key, f.break_date ORDER BY f.ordinality) AS place
        FROM @extschema@.recon_detect(d.reconciliation_name, from_date => u.from_date, to_date => u.to_date,
                                      strategy => new_copy->>'strategy_name', persist => false) WITH ORDINALITY AS f
    ), stored AS (
        SELECT b, b.key, b.break_date,
               row_number() OVER (PARTITION BY b.key, b.break_date ORDER BY b.occurrence) AS place
        FROM recon.break b
        WHERE b.reconciliation_id = d.reconciliation_id AND b.break_date BETWEEN u.from_date AND u.to_date AND b.is_open
    )
    SELECT (s.b).break_id, coalesce(f.key, s.key), coalesce(f.break_date, s.break_date),
           coalesce(f.measure, (s.b).measure),
           coalesce(f.observed, (s.b).observed),
           (s.b).is_anomaly, f.is_anomaly, (s.b).severity, f.severity, (s.b).pattern, f.pattern, (s.b).score, f.score,
           (s.b).flags, f.flags,
           CASE WHEN s.key IS NULL THEN 'the row is a break since'
                WHEN f.key IS NULL THEN 'the row is gone, or no longer a break'
                WHEN f.observed IS DISTINCT FROM (s.b).observed THEN 'the row has changed since'
                ELSE recon.why_changed(s.b, f.q_value, f.is_anomaly, f.severity, f.pattern, f.flags,
                    -- The last run has judged all of them; those that it left as they were
                    -- may have been rejudged since.
                    CASE WHEN r.rejudged_at > u.finished_at THEN r.rejudged_by ELSE u.strategy END, new_copy) END
    FROM stored s FULL JOIN fresh f ON f.key = s.key AND f.break_date = s.break_date AND f.place = s.place
    LEFT JOIN recon.run r ON r.run_id = (s.b).run_id
    WHERE ((s.b).is_anomaly, (s.b).severity, (s.b).pattern, (s.b).flags)
          IS DISTINCT FROM (f.is_anomaly, f.severity, f.pattern, f.flags)
    ORDER BY coalesce(f.break_date, s.break_date), f.is_anomaly DESC NULLS LAST,
        coalesce(f.score, (s.b).score) DESC NULLS LAST, (s.b).break_id;
END
$$;
COMMENT ON FUNCTION recon.recon_preview(text, text) IS 'Implementation of recon_preview.';
