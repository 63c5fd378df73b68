-- The end of old verdicts.

CREATE OR REPLACE FUNCTION recon_purge(name text, before date) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_purge(text, date) IS
$$Removes the breaks and scores of a reconciliation that are dated before a day. A month that lies before that day as a
whole and holds nothing of another reconciliation goes as one partition, at once; where there is such a month, the call
waits until nobody reads or writes breaks, and who wants to do so then waits for its transaction.
Runs of a watch go likewise. What happened to the verdicts stays written in recon.verdict_history; the source, and so
what later runs learn from it, is untouched. Needs level admin. Returns a sentence. Errors: 22004 before is NULL.$$;

CREATE OR REPLACE FUNCTION recon.recon_purge(name text, before date) RETURNS text
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
    FOR parent IN SELECT r FROM unnest(ARRAY['recon.break', 'recon.score']::regclass[]) WITH ORDINALITY AS u(r, n)
        ORDER BY n LOOP
        -- An older snapshot would not see what others have stored since: then rows go, and no partition.
        IF current_setting('transaction_isolation') = 'read committed'
           AND EXISTS (SELECT FROM recon.partitions_before(parent, before) AS p
                       WHERE NOT recon.is_shared(p, d.reconciliation_id)) THEN
            EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', parent);
            FOR partition IN
                SELECT p FROM recon.partitions_before(parent, before) AS p
                WHERE NOT recon.is_shared(p, d.reconciliation_id)
            LOOP
                IF parent = 'recon.break'::regclass THEN
                    EXECUTE format('SELECT count(*) FROM %s', partition) INTO found_rows;
                    breaks := breaks + found_rows;
                END IF;
                EXECUTE format('DROP TABLE %s', partition);
                dropped := dropped + 1;
            END LOOP;
        END IF;
        EXECUTE format('DELETE FROM %s WHERE reconciliation_id = $1 AND break_date < $2', parent)
            USING d.reconciliation_id, before;
        IF parent = 'recon.break'::regclass THEN
            GET DIAGNOSTICS found_rows = ROW_COUNT;
            breaks := breaks + found_rows;
        END IF;
    END LOOP;
    DELETE FROM recon.item i WHERE i.reconciliation_id = d.reconciliation_id AND i.last_on < before;
    -- Answers stay, and with them what they keep out of the baselines.
    DELETE FROM recon.settled_break s
    WHERE s.reconciliation_id = d.reconciliation_id AND s.break_date < before AND s.suppression_id IS NOT NULL;
    DELETE FROM recon.watched_break w WHERE w.reconciliation_id = d.reconciliation_id AND w.break_date < before;
    DELETE FROM recon.run u
    WHERE u.reconciliation_id = d.reconciliation_id AND u.is_watch
      AND u.finished_at < greatest(least(before, '9999-12-31'), '0001-01-01')::timestamp AT TIME ZONE d.time_zone;
    RETURN format('%s breaks of "%s" dated before %s are gone, and %s partitions', breaks, name, before, dropped);
END
$$;
COMMENT ON FUNCTION recon.recon_purge(text, date) IS 'Implementation of recon_purge.';
