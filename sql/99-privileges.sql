-- Nothing is open to everybody; recon_grant opens what a role needs.
REVOKE ALL ON SCHEMA recon FROM PUBLIC;
DO $$
DECLARE
    object record;
BEGIN
    FOR object IN
        SELECT p.oid::regprocedure AS signature, p.prokind
        FROM pg_catalog.pg_proc p
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
        JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
    LOOP
        EXECUTE format('REVOKE ALL ON %s %s FROM PUBLIC',
                       CASE object.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, object.signature);
    END LOOP;
    FOR object IN
        SELECT t.oid::regtype AS type
        FROM pg_catalog.pg_type t
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
        JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
        WHERE t.typtype = 'b' AND t.typelem = 0
    LOOP
        EXECUTE format('GRANT USAGE ON TYPE %s TO PUBLIC', object.type);
    END LOOP;
END
$$;
