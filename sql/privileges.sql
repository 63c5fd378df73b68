-- Nothing is open to everybody; recon_grant opens what a role needs.

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
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid
            AND d.deptype = 'e'
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
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
            AND d.deptype = 'e'
        JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
        WHERE EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) a WHERE a.grantee = 0)
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', object.relation);
    END LOOP;
    FOR object IN
        SELECT t.oid::regtype AS type
        FROM pg_catalog.pg_type t
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid
            AND d.deptype = 'e'
        JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
        WHERE t.typtype = 'b' AND t.typelem = 0 AND t.typacl IS NULL
    LOOP
        EXECUTE format('GRANT USAGE ON TYPE %s TO PUBLIC', object.type);
    END LOOP;
END
$$;
