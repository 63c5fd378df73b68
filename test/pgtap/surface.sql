-- What is true of every object of the extension, whichever module made it: names, comments, rights,
-- protection. Each test lists the offenders, so that a failure names them.
BEGIN;
SELECT plan(17);

CREATE TEMPORARY TABLE function_of_recon AS
SELECT p.oid::regprocedure::text AS signature, p.*
FROM pg_depend d
JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
JOIN pg_proc p ON p.oid = d.objid
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e';

CREATE TEMPORARY TABLE relation_of_recon AS
SELECT c.oid::regclass::text AS name, c.*
FROM pg_depend d
JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
JOIN pg_class c ON c.oid = d.objid
WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'e';

SELECT cmp_ok((SELECT count(*) FROM function_of_recon), '>', 30::bigint, 'the extension''s functions are found');
SELECT cmp_ok((SELECT count(*) FROM relation_of_recon), '>', 10::bigint, 'the extension''s relations are found');

SELECT is_empty(
    $$ SELECT signature FROM function_of_recon
       WHERE pronamespace <> 'recon'::regnamespace AND proname NOT LIKE 'recon\_%' $$,
    'functions outside schema recon are named recon_*');

-- The sequence behind an identity column is part of its table.
SELECT is_empty(
    $$ SELECT pg_describe_object(d.classid, d.objid, 0)
       FROM pg_depend d
       JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid AND e.extname = 'recon'
       WHERE d.deptype = 'e'
         AND NOT EXISTS (SELECT FROM pg_description c
                         WHERE c.classoid = d.classid AND c.objoid = d.objid AND c.objsubid = 0)
         AND NOT EXISTS (SELECT FROM pg_depend i
                         WHERE i.classid = d.classid AND i.objid = d.objid AND i.deptype = 'i') $$,
    'every object is commented');

SELECT is_empty(
    $$ SELECT signature FROM function_of_recon
       WHERE proname LIKE 'recon\_%' AND pronargs > 1 AND proargnames IS NULL AND prokind <> 'a'
         AND NOT EXISTS (SELECT FROM pg_type WHERE function_of_recon.oid IN (typinput, typoutput, typreceive, typsend))
             $$,
    'arguments of the functions to call are named');

SELECT is_empty(
    $$ SELECT signature FROM function_of_recon f, aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a
       WHERE a.grantee = 0 $$,
    'no function is open to everybody');

SELECT is_empty(
    $$ SELECT name FROM relation_of_recon r,
              aclexplode(coalesce(r.relacl, acldefault(CASE r.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char",
                  r.relowner))) a
       WHERE a.grantee = 0 $$,
    'no relation is open to everybody');

SELECT is_empty(
    $$ SELECT a.privilege_type FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
       WHERE n.nspname = 'recon' AND a.grantee = 0 $$,
    'the schema recon is not open to everybody');

-- Types which everybody may use, since values of them stand in tables and views; the functions over
-- them are not open. Types of rows are as open as their table, types of arrays as their element.
SELECT set_eq(
    $$ SELECT t.typname::text
       FROM pg_depend d
       JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid AND e.extname = 'recon'
       JOIN pg_type t ON d.classid = 'pg_type'::regclass AND t.oid = d.objid,
       aclexplode(coalesce(t.typacl, acldefault('T', t.typowner))) a
       WHERE d.deptype = 'e' AND t.typnamespace <> 'recon'::regnamespace AND a.grantee = 0
         AND NOT EXISTS (SELECT FROM pg_type element WHERE element.typarray = t.oid) $$,
    ARRAY['recon_series', 'recon_stats', 'recon_band', 'recon_drift', 'recon_rolling_values', 'recon_model',
        'recon_calendar_day'],
    'types open to everybody are those on this list');

SELECT is_empty(
    $$ SELECT signature FROM function_of_recon f
       WHERE f.prosecdef AND NOT EXISTS (
           SELECT FROM unnest(f.proconfig) AS setting WHERE setting = 'search_path=pg_catalog, pg_temp') $$,
    'what runs as its owner has a search path of its own');

-- Bodies of text are read when they run, by the search path of the moment. The exceptions act for
-- their caller, where the caller wants it: recon_create_view makes the caller's view.
SELECT set_eq(
    $$ SELECT signature FROM function_of_recon f JOIN pg_language l ON l.oid = f.prolang
       WHERE (l.lanname NOT IN ('c', 'internal', 'sql') OR (l.lanname = 'sql' AND f.prosqlbody IS NULL))
         AND NOT (f.prokind = 'p' AND f.prosrc ~* '\mCOMMIT\M')
         AND NOT EXISTS (
           SELECT FROM unnest(f.proconfig) AS setting WHERE setting = 'search_path=pg_catalog, pg_temp') $$,
    ARRAY['recon_create_view(text,text,text)'],
    'functions whose body is text have a search path of their own, but for this list');

SELECT is_empty(
    $$ SELECT f.signature FROM function_of_recon f JOIN pg_extension e ON e.extname = 'recon'
       WHERE f.prosecdef AND f.proowner <> e.extowner $$,
    'no function runs as somebody else than the owner of the extension');

SELECT is_empty(
    $$ SELECT signature FROM function_of_recon f JOIN pg_language l ON l.oid = f.prolang
       WHERE f.prokind = 'p' AND l.lanname = 'plpgsql' AND f.prosrc ~* '\mCOMMIT\M'
         AND (f.prosecdef OR f.proconfig IS NOT NULL) $$,
    'a procedure that commits has no SET clause and is not SECURITY DEFINER');

SELECT is_empty(
    $$ SELECT name FROM relation_of_recon
       WHERE relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (reloptions), false) $$,
    'views show their reader what the reader may see');

SELECT is_empty(
    $$ SELECT name FROM relation_of_recon r
       WHERE relkind IN ('r', 'p') AND NOT relrowsecurity
         AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = r.oid AND a.attname = 'reconciliation_id') $$,
    'rows that belong to a reconciliation are protected row by row');

SELECT is_empty(
    $$ SELECT r.name FROM relation_of_recon r
       JOIN pg_extension e ON e.extname = 'recon'
       WHERE r.relkind IN ('r', 'S') AND NOT r.relispartition AND NOT coalesce(r.oid = ANY (e.extconfig), false)
         AND r.name NOT IN ('recon.baseline', 'recon.fit', 'recon.watched_break') $$,
    'tables and sequences are dumped with their rows; caches are not');

-- CREATE EXTENSION makes constraints before a restore brings the rows, in any order if it is parallel.
SELECT is_empty(
    $$ SELECT r.name, c.conname FROM relation_of_recon r JOIN pg_constraint c ON c.conrelid = r.oid
        AND c.contype = 'f' $$,
    'no table has a foreign key');

SELECT * FROM finish();
ROLLBACK;
