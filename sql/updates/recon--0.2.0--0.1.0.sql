\echo Use "ALTER EXTENSION recon UPDATE TO '0.1.0'" to load this file. \quit

-- Drafted by scripts/draft-update (make updates) from version 0.2.0 and version 0.1.0 of the script.

-- By hand, first. Kept when this file is drafted anew.
-- End of what is by hand.

DROP FUNCTION recon.recon_purge(name text, before date);
DROP FUNCTION recon_purge(name text, before date);
DROP FUNCTION recon.recon_rejudge(run bigint, strategy text);
DROP FUNCTION recon_rejudge(run bigint, strategy text);
DROP FUNCTION recon.recommended_action(pattern text, category text, is_anomaly boolean);
DROP FUNCTION recon.severity(score double precision, observed double precision, is_anomaly boolean, large_amount double precision);
DROP FUNCTION recon.is_quiet(pattern text);
DROP FUNCTION recon_bollinger(stats recon_stats, x double precision, width double precision);
DROP TYPE recon_band;
DROP FUNCTION recon_zscore(stats recon_stats, x double precision);
DROP FUNCTION recon_max(stats recon_stats);
DROP FUNCTION recon_min(stats recon_stats);
DROP FUNCTION recon_kurtosis(stats recon_stats);
DROP FUNCTION recon_skewness(stats recon_stats);
DROP FUNCTION recon_stddev(stats recon_stats);
DROP FUNCTION recon_variance(stats recon_stats);
DROP FUNCTION recon_mean(stats recon_stats);
DROP FUNCTION recon_sum(stats recon_stats);
DROP FUNCTION recon_non_finite_count(stats recon_stats);
DROP FUNCTION recon_null_count(stats recon_stats);
DROP FUNCTION recon_count(stats recon_stats);
DROP AGGREGATE recon_merge(stats recon_stats);
DROP AGGREGATE recon_stats(x double precision);
DROP FUNCTION recon.stats_moving_final(internal);
DROP FUNCTION recon.stats_moving_inverse(internal, double precision);
DROP FUNCTION recon.stats_moving_transition(internal, double precision);
DROP FUNCTION recon.stats_final(internal);
DROP FUNCTION recon.stats_deserialize(bytea, internal);
DROP FUNCTION recon.stats_serialize(internal);
DROP FUNCTION recon.stats_combine(internal, internal);
DROP FUNCTION recon.stats_merge_transition(internal, recon_stats);
DROP FUNCTION recon.stats_transition(internal, double precision);
DO $$
DECLARE
    used text;
BEGIN
    SELECT string_agg(pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), ', ') INTO used
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_type t ON t.oid = 'recon_stats'::regtype AND d.refobjid IN (t.oid, t.typarray)
    WHERE d.refclassid = 'pg_catalog.pg_type'::regclass AND d.deptype = 'n'
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend m
                      WHERE m.classid = d.classid AND m.objid = d.objid AND m.deptype = 'e');
    IF used IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist',
            MESSAGE = 'type "recon_stats" is still used', DETAIL = format('It is used by: %s.', used),
            HINT = 'The other version does not have it: drop what uses it first.';
    END IF;
END
$$;
DROP TYPE recon_stats CASCADE;

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
