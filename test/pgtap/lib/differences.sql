-- Judges in one reconciliation, which continues stored baselines, and in 'read', defined alike, by the whole history:
    -- how many
-- verdicts differ.
CREATE FUNCTION differences(continued text, from_date date DEFAULT NULL, to_date date DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql AS $$
DECLARE
    differing bigint;
BEGIN
    DELETE FROM recon.fit f USING recon.reconciliation r WHERE r.reconciliation_id = f.reconciliation_id
        AND reconciliation_name = 'read';
    CREATE TEMPORARY TABLE one AS SELECT d.* FROM recon_detect(continued, from_date => from_date, to_date => to_date) d;
    CREATE TEMPORARY TABLE other AS SELECT d.* FROM recon_detect('read', from_date => from_date, to_date => to_date) d;
    ALTER TABLE one DROP COLUMN break_id;
    ALTER TABLE other DROP COLUMN break_id;
    SELECT count(*) INTO differing FROM ((TABLE one EXCEPT ALL TABLE other)
        UNION ALL (TABLE other EXCEPT ALL TABLE one)) AS both_ways;
    DROP TABLE one, other;
    RETURN differing;
END
$$;
