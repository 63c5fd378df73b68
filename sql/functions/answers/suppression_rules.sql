-- Which rules an answer makes, and which breaks a rule hides.

CREATE OR REPLACE FUNCTION recon.deviation(observed numeric, expected numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN abs(observed - coalesce(expected, 0));
COMMENT ON FUNCTION recon.deviation(numeric, numeric) IS
    'How far an amount is from what was expected; from zero where nothing was.';

-- A break without a finite amount makes no rule: whether another one is larger could not be told.
CREATE OR REPLACE FUNCTION recon.suppression_rules(
    breaks recon.break[], verdict text, scope text, key_pattern jsonb, expires_at timestamptz
) RETURNS SETOF recon.suppression
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT row_number() OVER ()::bigint, g.reconciliation_id, 0::bigint, suppression_rules.scope,
           g.key_hash, g.key,
           CASE WHEN suppression_rules.scope = 'pattern' THEN suppression_rules.key_pattern END,
           g.category, g.measure, g.currency, g.direction, g.sign, g.farthest,
           trim_scale(g.smallest / 10), g.largest, g.day,
           now(), coalesce(suppression_rules.expires_at, now() + interval '180 days'),
           NULL::timestamptz, NULL::name, 0::bigint, NULL::timestamptz
    FROM (
        SELECT n.reconciliation_id, n.key_hash, n.key, n.category, n.measure, n.currency, n.direction, n.sign,
               n.is_anomaly, n.day, max(n.deviation) AS farthest, min(n.amount) AS smallest, max(n.amount) AS largest
        FROM (
            SELECT b.reconciliation_id, b.measure, b.currency, b.is_anomaly, sign(b.observed)::smallint AS sign,
                   CASE WHEN b.is_anomaly THEN b.direction ELSE 0::smallint END AS direction,
                   CASE WHEN b.is_anomaly THEN recon.deviation(b.observed, b.expected) END AS deviation,
                   abs(b.observed) AS amount,
                   CASE WHEN suppression_rules.scope = 'key' THEN b.key_hash END AS key_hash,
                   CASE WHEN suppression_rules.scope = 'key' THEN b.key END AS key,
                   CASE WHEN suppression_rules.scope = 'category' THEN b.category END AS category,
                   CASE WHEN suppression_rules.verdict = 'recurs'
                        THEN extract(day FROM b.break_date)::smallint END AS day
            FROM unnest(breaks) b
            WHERE abs(b.observed) < 'Infinity' AND isfinite(b.break_date)
        ) AS n
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
    ) AS g
    WHERE suppression_rules.verdict IN ('false_positive', 'expected', 'recurs') AND suppression_rules.scope <> 'break'
$$;
COMMENT ON FUNCTION recon.suppression_rules(recon.break[], text, text, jsonb, timestamptz) IS
    'The rules that an answer about these breaks makes, numbered from 1: one for each key (or pattern, or category), '
    'measure, currency, sign and direction.';

CREATE OR REPLACE FUNCTION recon.is_near_day(day date, around_day integer) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN around_day IS NULL OR isfinite(day)
        AND least(abs(extract(day FROM day) - around_day), 31 - abs(extract(day FROM day) - around_day)) <= 3;
COMMENT ON FUNCTION recon.is_near_day(date, integer) IS
    'Whether a date lies within three days of a day of a month, of its own month or the next one; true for NULL.';

-- Keys are joined by hash; patterns and categories, of which there are few, are tried one by one.
CREATE OR REPLACE FUNCTION recon.breaks_hidden_by(
    rules recon.suppression[], reconciliation integer, from_date date, to_date date, run bigint
) RETURNS TABLE (break_id bigint, break_date date, suppression_id bigint)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH rule AS MATERIALIZED (SELECT r.* FROM unnest(rules) r),
    candidate AS MATERIALIZED (
        SELECT b.break_id, b.break_date, b.key_hash, b.key, b.category, b.measure, b.currency, b.is_anomaly,
               CASE WHEN b.is_anomaly THEN b.direction ELSE 0::smallint END AS direction, sign(b.observed) AS sign,
               abs(b.observed) AS amount, recon.deviation(b.observed, b.expected) AS deviation
        FROM recon.break b
        WHERE b.reconciliation_id = reconciliation AND b.is_open
          AND (b.is_anomaly OR b.flags && '{amount_threshold}'::text[])
          AND (b.break_date BETWEEN from_date AND to_date OR b.run_id = run)
          AND NOT EXISTS (SELECT FROM recon.settled_break s WHERE s.break_id = b.break_id AND s.answer_id IS NOT NULL)
    ), fitting AS (
        SELECT c.break_id, c.break_date, r.suppression_id
        FROM candidate c JOIN rule r ON r.key_hash = c.key_hash AND r.key = c.key
        WHERE r.scope = 'key' AND c.measure = r.measure AND c.direction = r.direction AND c.sign = r.sign
          AND CASE WHEN c.is_anomaly THEN c.deviation <= r.to_deviation ELSE r.to_deviation IS NULL END
          AND c.currency IS NOT DISTINCT FROM r.currency AND c.amount BETWEEN r.from_amount AND r.to_amount
          AND recon.is_near_day(c.break_date, r.around_day)
        UNION ALL
        SELECT c.break_id, c.break_date, r.suppression_id
        FROM candidate c JOIN rule r ON c.measure = r.measure AND c.direction = r.direction AND c.sign = r.sign
        WHERE r.scope <> 'key' AND CASE WHEN c.is_anomaly THEN c.deviation <= r.to_deviation
                                        ELSE r.to_deviation IS NULL END AND c.currency IS NOT DISTINCT FROM r.currency
          AND c.amount BETWEEN r.from_amount AND r.to_amount AND coalesce(c.category = r.category, true)
          AND (r.key_pattern IS NULL OR recon.key_fits(c.key, r.key_pattern))
          AND recon.is_near_day(c.break_date, r.around_day)
    )
    SELECT DISTINCT ON (f.break_id) f.break_id, f.break_date, f.suppression_id
    FROM fitting f ORDER BY f.break_id, f.suppression_id
$$;
COMMENT ON FUNCTION recon.breaks_hidden_by(recon.suppression[], integer, date, date, bigint) IS
    'The open breaks without an answer that are anomalies or lifted by amount_threshold, dated within a window or '
    'judged by a run, each with the first of these rules that hides it.';
