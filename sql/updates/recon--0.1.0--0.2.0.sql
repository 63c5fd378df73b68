\echo Use "ALTER EXTENSION recon UPDATE TO '0.2.0'" to load this file. \quit

-- Drafted by scripts/draft-update (make updates) from version 0.1.0 and version 0.2.0 of the script.

-- By hand, first. Kept when this file is drafted anew.
-- End of what is by hand.

-- Other thresholds over stored scores, and the end of old verdicts.

CREATE FUNCTION recon.is_quiet(pattern text) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_is_quiet';

COMMENT ON FUNCTION recon.is_quiet(text) IS 'Whether breaks of a pattern are never anomalies, whatever their score.';

CREATE FUNCTION recon.severity(
    score double precision, observed double precision, is_anomaly boolean, large_amount double precision
) RETURNS text
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_severity';

COMMENT ON FUNCTION recon.severity(double precision, double precision, boolean, double precision) IS
    'Severity of a break: low for what is no anomaly; for an anomaly medium, one step up for a score of 6 and more, one for an amount of at least large_amount (NULL: no telling).';

CREATE FUNCTION recon.recommended_action(pattern text, category text, is_anomaly boolean) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_recommended_action';

COMMENT ON FUNCTION recon.recommended_action(text, text, boolean) IS 'What to do about a break, in one sentence.';

CREATE FUNCTION recon_rejudge(run bigint, strategy text) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_rejudge(bigint, text) IS
    'Draws the thresholds of another strategy (its alpha and minimum amount) over the stored scores of a run, without reading the source again; detector weights are the run''s. Changes the current verdicts of that run''s breaks, writes every change into recon.verdict_history, and returns a sentence. Needs level operator.';

CREATE FUNCTION recon.recon_rejudge(run bigint, strategy text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u recon.run;
    s recon.strategy;
    floor_amount numeric;
    large double precision;
    before bigint;
    after bigint;
    changed bigint;
BEGIN
    SELECT r.* INTO u FROM recon.run r WHERE r.run_id = run;
    IF u.run_id IS NULL OR NOT recon.has_access(recon.caller(), u.reconciliation_id, 'viewer') THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('run %s does not exist', run), HINT = 'See recon.run_summary for the runs there are.';
    END IF;
    PERFORM recon.require_access(u.reconciliation_id, 'operator');
    s := recon.current_strategy(strategy);
    floor_amount := coalesce((SELECT r.minimum_amount FROM recon.reconciliation r
                              WHERE r.reconciliation_id = u.reconciliation_id), s.minimum_amount);

    CREATE TEMPORARY TABLE rejudged ON COMMIT DROP AS
    SELECT b.break_id, b.break_date, b.is_anomaly AS was_anomaly,
           coalesce(b.q_value <= s.alpha, false) AND NOT recon.is_quiet(b.pattern)
               AND coalesce(abs(b.observed) >= floor_amount, true) AS is_anomaly,
           b.score, abs(b.observed)::double precision AS amount, b.pattern, b.category
    FROM recon.break b
    WHERE b.reconciliation_id = u.reconciliation_id AND b.run_id = u.run_id
      AND b.break_date BETWEEN u.from_date AND u.to_date AND b.is_open;
    -- Where the largest tenth of the anomalies begins, as detection counts it.
    SELECT CASE WHEN count(*) >= 10
                THEN (array_agg(r.amount ORDER BY r.amount DESC))[(count(*) / 10)::integer] END
    INTO large FROM rejudged r WHERE r.is_anomaly AND r.amount IS NOT NULL;
    SELECT count(*) FILTER (WHERE r.was_anomaly), count(*) FILTER (WHERE r.is_anomaly),
           count(*) FILTER (WHERE r.was_anomaly <> r.is_anomaly)
    INTO before, after, changed FROM rejudged r;

    INSERT INTO recon.verdict_history (reconciliation_id, break_id, break_date, run_id, was_anomaly, is_anomaly,
        was_pattern, pattern, was_open, is_open, cause)
    SELECT u.reconciliation_id, r.break_id, r.break_date, u.run_id, r.was_anomaly, r.is_anomaly,
           r.pattern, r.pattern, true, true, format('rejudged by strategy "%s"', s.strategy_name)
    FROM rejudged r WHERE r.was_anomaly <> r.is_anomaly;
    UPDATE recon.break b SET is_anomaly = r.is_anomaly,
        severity = recon.severity(r.score, r.amount, r.is_anomaly, large),
        recommended_action = recon.recommended_action(r.pattern, r.category, r.is_anomaly),
        updated_at = now()
    FROM rejudged r WHERE b.break_id = r.break_id AND b.break_date = r.break_date;
    DROP TABLE rejudged;
    RETURN format('run %s by strategy "%s": %s anomalies instead of %s; %s verdicts changed',
                  run, s.strategy_name, after, before, changed);
END
$$;

COMMENT ON FUNCTION recon.recon_rejudge(bigint, text) IS 'Implementation of recon_rejudge.';

CREATE FUNCTION recon_purge(name text, before date) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_purge(text, date) IS
    'Deletes the breaks and scores of a reconciliation that are dated before a day, and the monthly partitions that are empty then. What happened to their verdicts stays written in recon.verdict_history; the source, and so what later runs learn from it, is untouched. Needs level admin. Returns a sentence.';

CREATE FUNCTION recon.recon_purge(name text, before date) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.find_reconciliation(name, 'admin');
    breaks bigint;
    partition regclass;
    is_used boolean;
    dropped integer := 0;
BEGIN
    IF before IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'the date before which to purge is missing',
            HINT = 'For example: SELECT recon_purge(''cash'', current_date - 730).';
    END IF;
    DELETE FROM recon.score s WHERE s.reconciliation_id = d.reconciliation_id AND s.break_date < before;
    DELETE FROM recon.break b WHERE b.reconciliation_id = d.reconciliation_id AND b.break_date < before;
    GET DIAGNOSTICS breaks = ROW_COUNT;
    FOR partition IN
        SELECT i.inhrelid::regclass FROM pg_inherits i
        WHERE i.inhparent IN ('recon.break'::regclass, 'recon.score'::regclass)
          AND right(i.inhrelid::regclass::text, 7) < to_char(before, 'YYYY_MM')
        ORDER BY 1
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', partition) INTO is_used;
        IF NOT is_used THEN
            EXECUTE format('DROP TABLE %s', partition);
            dropped := dropped + 1;
        END IF;
    END LOOP;
    RETURN format('%s breaks of "%s" dated before %s are gone, and %s empty partitions', breaks, name, before, dropped);
END
$$;

COMMENT ON FUNCTION recon.recon_purge(text, date) IS 'Implementation of recon_purge.';

-- The last statement of the script, and of every update step too: it settles what is new and leaves the
-- rest alone. What a script of the extension grants or revokes, the server takes for the extension's own,
-- together with all that users have granted on that object by then; no dump would carry that any more.
DO $$
DECLARE
    object record;
BEGIN
    FOR object IN
        SELECT p.oid::regprocedure AS signature, p.prokind
        FROM pg_catalog.pg_proc p
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
        JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
        WHERE EXISTS (SELECT FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
                      WHERE a.grantee = 0)
    LOOP
        EXECUTE format('REVOKE ALL ON %s %s FROM PUBLIC',
                       CASE object.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, object.signature);
    END LOOP;
    -- Tables, views and sequences are open to everybody only where default privileges make them so.
    FOR object IN
        SELECT c.oid::regclass AS relation
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
        JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
        WHERE EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) a WHERE a.grantee = 0)
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', object.relation);
    END LOOP;
    FOR object IN
        SELECT t.oid::regtype AS type
        FROM pg_catalog.pg_type t
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
        JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
        WHERE t.typtype = 'b' AND t.typelem = 0 AND t.typacl IS NULL
    LOOP
        EXECUTE format('GRANT USAGE ON TYPE %s TO PUBLIC', object.type);
    END LOOP;
END
$$;

-- By hand, last. Kept when this file is drafted anew.
-- End of what is by hand.
