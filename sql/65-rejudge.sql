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
    'Draws the thresholds of another strategy (its alpha, and its minimum amount unless the reconciliation has its own) over the stored scores of a run, without reading the source again; detector weights are the run''s. Changes the current verdicts of that run''s breaks, writes every change into recon.verdict_history, and returns a sentence. Needs level operator.';

CREATE FUNCTION recon.recon_rejudge(run bigint, strategy text) RETURNS text
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
    SELECT r.* INTO u FROM recon.run r WHERE r.run_id = run;
    IF u.run_id IS NULL OR NOT recon.has_access(recon.caller(), u.reconciliation_id, 'viewer') THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('run %s does not exist', coalesce(run::text, 'NULL')), HINT = 'See recon.run_summary for the runs there are.';
    END IF;
    PERFORM recon.require_access(u.reconciliation_id, 'operator');
    s := recon.current_strategy(strategy);
    SELECT recon.strategy_copy(s, r) INTO floors FROM recon.reconciliation r WHERE r.reconciliation_id = u.reconciliation_id;

    CREATE TEMPORARY TABLE rejudged ON COMMIT DROP AS
    SELECT b.break_id, b.break_date, b.is_anomaly AS was_anomaly,
           coalesce(b.q_value <= s.alpha, false) AND NOT recon.is_quiet(b.pattern)
               AND coalesce(abs(b.observed) >= recon.minimum_amount_of(floors, b.currency), true) AS is_anomaly,
           b.score, b.measure, coalesce(b.currency, '') AS currency,
           CASE WHEN abs(b.observed) <= 1e308 THEN abs(b.observed)::double precision END AS amount,
           b.pattern, b.category
    FROM recon.break b
    WHERE b.reconciliation_id = u.reconciliation_id AND b.run_id = u.run_id
      AND (b.break_date BETWEEN u.from_date AND u.to_date OR u.late_rows > 0) AND b.is_open;
    SELECT count(*) FILTER (WHERE r.was_anomaly), count(*) FILTER (WHERE r.is_anomaly),
           count(*) FILTER (WHERE r.was_anomaly <> r.is_anomaly)
    INTO before, after, changed FROM rejudged r;

    INSERT INTO recon.verdict_history (reconciliation_id, break_id, break_date, run_id, was_anomaly, is_anomaly,
        was_pattern, pattern, was_open, is_open, cause)
    SELECT u.reconciliation_id, r.break_id, r.break_date, u.run_id, r.was_anomaly, r.is_anomaly,
           r.pattern, r.pattern, true, true, format('rejudged by strategy "%s"', s.strategy_name)
    FROM rejudged r WHERE r.was_anomaly <> r.is_anomaly;
    -- Where the largest tenth of the anomalies on a measure in a currency begins, as detection counts it.
    WITH large AS (
        SELECT r.measure, r.currency, (array_agg(r.amount ORDER BY r.amount DESC))[(count(*) / 10)::integer] AS begins
        FROM rejudged r WHERE r.is_anomaly AND r.amount IS NOT NULL GROUP BY r.measure, r.currency HAVING count(*) >= 10
    )
    UPDATE recon.break b SET is_anomaly = r.is_anomaly,
        severity = recon.severity(r.score, r.amount, r.is_anomaly, l.begins),
        recommended_action = recon.recommended_action(r.pattern, r.category, r.is_anomaly),
        updated_at = now()
    FROM rejudged r LEFT JOIN large l USING (measure, currency) WHERE b.break_id = r.break_id AND b.break_date = r.break_date;
    DROP TABLE rejudged;
    UPDATE recon.run r SET rejudged_at = clock_timestamp(),
        rejudged_by = (r.strategy - 'minimum_amounts') || (SELECT jsonb_object_agg(f.key, f.value) FROM jsonb_each(floors) AS f
            WHERE f.key IN ('strategy_name', 'version', 'alpha', 'minimum_amount', 'minimum_amounts'))
    WHERE r.run_id = u.run_id;
    RETURN format('run %s by strategy "%s": %s anomalies instead of %s; %s verdicts changed',
                  run, s.strategy_name, after, before, changed);
END
$$;
COMMENT ON FUNCTION recon.recon_rejudge(bigint, text) IS 'Implementation of recon_rejudge.';

CREATE FUNCTION recon_purge(name text, before date) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_purge(text, date) IS
$$Removes the breaks and scores of a reconciliation that are dated before a day. A month that lies before that day as a whole and holds nothing of another reconciliation goes as one partition, at once; where there is such a month, the call waits until nobody reads or writes breaks, and who wants to do so then waits for its transaction.
Runs of a watch go likewise. What happened to the verdicts stays written in recon.verdict_history; the source, and so what later runs learn from it, is untouched. Needs level admin. Returns a sentence. Errors: 22004 before is NULL.$$;

-- The partitions of a table that end on or before a day, oldest first.
CREATE FUNCTION recon.partitions_before(parent regclass, before date) RETURNS SETOF regclass
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.oid::regclass
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid,
         LATERAL (SELECT substring(pg_get_expr(c.relpartbound, c.oid) FROM $p$TO \('([^']*)'\)$p$)::date) AS bound(upper)
    WHERE i.inhparent = parent AND bound.upper <= before
    ORDER BY bound.upper
$$;
COMMENT ON FUNCTION recon.partitions_before(regclass, date) IS
    'The monthly partitions of recon.break or recon.score that hold nothing from this day on.';

CREATE FUNCTION recon.is_shared(partition regclass, reconciliation_id integer) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    answer boolean;
BEGIN
    -- Two looks into an index: of "unequal" it knows nothing.
    EXECUTE format('SELECT EXISTS (SELECT FROM %1$s WHERE reconciliation_id < $1)
                        OR EXISTS (SELECT FROM %1$s WHERE reconciliation_id > $1)', partition)
    INTO answer USING reconciliation_id;
    RETURN answer;
END
$$;
COMMENT ON FUNCTION recon.is_shared(regclass, integer) IS
    'Whether a partition of recon.break or recon.score holds rows of another reconciliation than this one.';

CREATE FUNCTION recon.recon_purge(name text, before date) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.find_reconciliation(name, 'admin');
    parent regclass;
    partition regclass;
    found_rows bigint;
    breaks bigint := 0;
    dropped integer := 0;
BEGIN
    IF before IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'the date before which to purge is missing',
            HINT = 'For example: SELECT recon_purge(''cash'', current_date - 730).';
    END IF;
    -- In the order in which runs write.
    FOR parent IN SELECT r FROM unnest(ARRAY['recon.break', 'recon.score']::regclass[]) WITH ORDINALITY AS u(r, n) ORDER BY n LOOP
        -- An older snapshot would not see what others have stored since: then rows go, and no partition.
        IF current_setting('transaction_isolation') = 'read committed'
           AND EXISTS (SELECT FROM recon.partitions_before(parent, before) AS p WHERE NOT recon.is_shared(p, d.reconciliation_id)) THEN
            EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', parent);
            FOR partition IN
                SELECT p FROM recon.partitions_before(parent, before) AS p WHERE NOT recon.is_shared(p, d.reconciliation_id)
            LOOP
                IF parent = 'recon.break'::regclass THEN
                    EXECUTE format('SELECT count(*) FROM %s', partition) INTO found_rows;
                    breaks := breaks + found_rows;
                END IF;
                EXECUTE format('DROP TABLE %s', partition);
                dropped := dropped + 1;
            END LOOP;
        END IF;
        EXECUTE format('DELETE FROM %s WHERE reconciliation_id = $1 AND break_date < $2', parent) USING d.reconciliation_id, before;
        IF parent = 'recon.break'::regclass THEN
            GET DIAGNOSTICS found_rows = ROW_COUNT;
            breaks := breaks + found_rows;
        END IF;
    END LOOP;
    DELETE FROM recon.item i WHERE i.reconciliation_id = d.reconciliation_id AND i.last_on < before;
    DELETE FROM recon.watched_break w WHERE w.reconciliation_id = d.reconciliation_id AND w.break_date < before;
    DELETE FROM recon.run u
    WHERE u.reconciliation_id = d.reconciliation_id AND u.is_watch
      AND u.finished_at < greatest(least(before, '9999-12-31'), '0001-01-01')::timestamp AT TIME ZONE d.time_zone;
    RETURN format('%s breaks of "%s" dated before %s are gone, and %s partitions', breaks, name, before, dropped);
END
$$;
COMMENT ON FUNCTION recon.recon_purge(text, date) IS 'Implementation of recon_purge.';
