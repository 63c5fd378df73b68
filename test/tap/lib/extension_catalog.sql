-- Everything that makes up the extension, one fact a line, in an order of its own: two databases
-- have the same extension if and only if they print the same lines. Used to compare an update with
-- a fresh installation. Object identifiers, times and the version do not appear.
-- An object of a kind that is not described here is an error, not a gap.
SET search_path = pg_catalog, pg_temp;
SET client_min_messages = warning;

-- Array types and the row types of relations come and go with what they are made for; whether they are
-- members too depends on the server's version.
CREATE TEMPORARY VIEW member AS
    SELECT d.classid, d.objid, pg_describe_object(d.classid, d.objid, 0) AS name
    FROM pg_depend d
    JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
    WHERE e.extname = 'recon' AND d.deptype = 'e'
      AND NOT (d.classid = 'pg_type'::regclass AND EXISTS (
          SELECT FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
          WHERE t.oid = d.objid
            AND (c.relkind <> 'c' OR EXISTS (SELECT FROM pg_type element WHERE element.typarray = t.oid))));

CREATE TEMPORARY VIEW member_relation AS
    SELECT m.name, c.*
    FROM member m JOIN pg_class c ON c.oid = m.objid
    WHERE m.classid = 'pg_class'::regclass;

-- The table behind a composite type, or the type of its own, has columns too.
CREATE TEMPORARY VIEW member_columns AS
    SELECT r.oid, r.name FROM member_relation r
    UNION ALL
    SELECT t.typrelid, m.name
    FROM member m JOIN pg_type t ON m.classid = 'pg_type'::regclass AND t.oid = m.objid AND t.typtype = 'c';

-- Who may do what; the default of a kind of object is written out.
CREATE FUNCTION pg_temp.privileges(acl aclitem[], kind "char", owner oid) RETURNS text
    LANGUAGE sql
    RETURN concat_ws(' ', owner::regrole,
        (SELECT string_agg(a::text, ',' ORDER BY a::text COLLATE "C")
            FROM unnest(coalesce(acl, acldefault(kind, owner))) a));

-- The rows that a table has: presets after a fresh installation. Times are left out.
CREATE FUNCTION pg_temp.rows_of(relation regclass) RETURNS SETOF text
    LANGUAGE plpgsql AS $$
DECLARE
    times text[] := ARRAY(SELECT attname FROM pg_attribute
                          WHERE attrelid = relation AND atttypid = 'timestamptz'::regtype);
BEGIN
    RETURN QUERY EXECUTE format('SELECT (to_jsonb(r) - %L::text[])::text FROM %s r', times || '{source_id}'::text[],
        relation);
END
$$;

CREATE TEMPORARY VIEW fact AS
-- The extension itself.
SELECT 'extension' AS name, 'schema' AS aspect, extnamespace::regnamespace::text AS value
FROM pg_extension WHERE extname = 'recon'
UNION ALL
SELECT 'extension', 'relocatable', extrelocatable::text FROM pg_extension WHERE extname = 'recon'
UNION ALL
SELECT 'extension', 'comment', obj_description(oid, 'pg_extension') FROM pg_extension WHERE extname = 'recon'
UNION ALL
SELECT 'extension', 'requires', r.extname
FROM pg_extension e
JOIN pg_depend d ON d.classid = 'pg_extension'::regclass AND d.objid = e.oid AND d.refclassid = 'pg_extension'::regclass
JOIN pg_extension r ON r.oid = d.refobjid
WHERE e.extname = 'recon'
UNION ALL
SELECT 'extension', 'dumped', c.relation::regclass || ' ' || c.condition
FROM pg_extension e, unnest(e.extconfig, e.extcondition) AS c(relation, condition)
WHERE e.extname = 'recon'

-- Every object: that it is there, what is said of it, who may use it.
UNION ALL
SELECT name, 'member', '' FROM member
UNION ALL
SELECT m.name, 'comment', d.description
FROM member m JOIN pg_description d ON d.classoid = m.classid AND d.objoid = m.objid AND d.objsubid = 0
UNION ALL
SELECT m.name, 'initial privileges', concat_ws(' ', i.objsubid, i.privtype,
        (SELECT string_agg(a::text, ',' ORDER BY a::text COLLATE "C") FROM unnest(i.initprivs) a))
FROM member m JOIN pg_init_privs i ON i.classoid = m.classid AND i.objoid = m.objid
UNION ALL
SELECT m.name, 'security label', l.provider || ' ' || l.label
FROM member m JOIN pg_seclabel l ON l.classoid = m.classid AND l.objoid = m.objid

-- Schemas.
UNION ALL
SELECT m.name, 'schema', pg_temp.privileges(n.nspacl, 'n', n.nspowner)
FROM member m JOIN pg_namespace n ON m.classid = 'pg_namespace'::regclass AND n.oid = m.objid

-- Functions, procedures, aggregates.
UNION ALL
SELECT m.name, 'function', pg_temp.privileges(p.proacl, 'f', p.proowner)
FROM member m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
UNION ALL
SELECT m.name, 'definition', pg_get_functiondef(p.oid)
FROM member m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
WHERE p.prokind <> 'a'
UNION ALL
SELECT m.name, 'aggregate', concat_ws(' ', p.proparallel, pg_get_function_arguments(p.oid),
    pg_get_function_result(p.oid),
        a.aggkind, a.aggnumdirectargs, a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,
        a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn, a.aggfinalextra, a.aggmfinalextra, a.aggfinalmodify,
        a.aggmfinalmodify, a.aggsortop::regoperator, a.aggtranstype::regtype, a.aggtransspace,
        a.aggmtranstype::regtype, a.aggmtransspace, coalesce(a.agginitval, 'no start'),
            coalesce(a.aggminitval, 'no start'))
FROM member m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
JOIN pg_aggregate a ON a.aggfnoid = p.oid

-- Types.
UNION ALL
SELECT m.name, 'type', concat_ws(' ', pg_temp.privileges(t.typacl, 'T', t.typowner), t.typtype, t.typcategory,
        t.typispreferred, t.typlen, t.typbyval, t.typalign, t.typstorage, t.typdelim, t.typinput, t.typoutput,
        t.typreceive, t.typsend, t.typmodin, t.typmodout, t.typanalyze, t.typsubscript, t.typnotnull,
        CASE WHEN t.typbasetype <> 0 THEN format_type(t.typbasetype, t.typtypmod) END, t.typdefault,
        CASE WHEN t.typcollation <> 0 THEN t.typcollation::regcollation::text END)
FROM member m JOIN pg_type t ON m.classid = 'pg_type'::regclass AND t.oid = m.objid
UNION ALL
SELECT m.name, 'value', row_number() OVER (PARTITION BY m.objid ORDER BY e.enumsortorder) || ' ' || e.enumlabel
FROM member m JOIN pg_enum e ON m.classid = 'pg_type'::regclass AND e.enumtypid = m.objid
UNION ALL
SELECT m.name, 'constraint', c.conname || ' ' || pg_get_constraintdef(c.oid)
FROM member m JOIN pg_constraint c ON m.classid = 'pg_type'::regclass AND c.contypid = m.objid

-- Operators and casts.
UNION ALL
SELECT m.name, 'operator', concat_ws(' ', o.oprowner::regrole, o.oprcode, o.oprresult::regtype, o.oprcom::regoperator,
        o.oprnegate::regoperator, o.oprrest, o.oprjoin, o.oprcanmerge, o.oprcanhash)
FROM member m JOIN pg_operator o ON m.classid = 'pg_operator'::regclass AND o.oid = m.objid
UNION ALL
SELECT m.name, 'cast', concat_ws(' ', c.castfunc::regprocedure, c.castcontext, c.castmethod)
FROM member m JOIN pg_cast c ON m.classid = 'pg_cast'::regclass AND c.oid = m.objid

-- Tables, views, sequences.
UNION ALL
SELECT r.name, 'relation', concat_ws(' ', pg_temp.privileges(r.relacl, CASE r.relkind WHEN 'S' THEN 's'::"char"
    ELSE 'r' END, r.relowner), r.relkind, r.relpersistence,
        r.relrowsecurity, r.relforcerowsecurity, r.relreplident, array_to_string(r.reloptions, ','),
            pg_get_partkeydef(r.oid))
FROM member_relation r
UNION ALL
SELECT r.name, 'view', pg_get_viewdef(r.oid, true) FROM member_relation r WHERE r.relkind IN ('v', 'm')
UNION ALL
SELECT r.name, 'sequence', concat_ws(' ', s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
    s.seqcache,
        s.seqcycle, (SELECT d.deptype::text || pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid)
            FROM pg_depend d
                     WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.deptype IN ('a', 'i')))
FROM member_relation r JOIN pg_sequence s ON s.seqrelid = r.oid
UNION ALL
SELECT r.name, 'column', concat_ws(' ', row_number() OVER (PARTITION BY r.oid ORDER BY a.attnum),
    quote_ident(a.attname),
        format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'not null' END, a.attidentity, a.attgenerated,
        a.attstorage, a.attcompression, CASE WHEN a.attcollation <> 0 THEN a.attcollation::regcollation::text END,
        array_to_string(a.attacl, ','),
        -- Some servers keep a stamp of their own there.
        (SELECT string_agg(o, ',' ORDER BY o) FROM unnest(a.attoptions) o WHERE o NOT LIKE 'pg\_attver=%'),
            pg_get_expr(d.adbin, d.adrelid))
FROM member_columns r
JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
UNION ALL
SELECT r.name, 'column comment', quote_ident(a.attname) || ' ' || d.description
FROM member_columns r
JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = r.oid AND d.objsubid > 0
JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.objsubid
UNION ALL
SELECT r.name, 'constraint', concat_ws(' ', c.conname, pg_get_constraintdef(c.oid), c.convalidated, c.connoinherit,
        obj_description(c.oid, 'pg_constraint'))
FROM member_relation r JOIN pg_constraint c ON c.conrelid = r.oid
UNION ALL
SELECT r.name, 'index', concat_ws(' ', pg_get_indexdef(i.indexrelid), i.indisprimary, i.indisvalid, i.indisclustered,
        i.indisreplident, obj_description(i.indexrelid, 'pg_class'))
FROM member_relation r JOIN pg_index i ON i.indrelid = r.oid
UNION ALL
SELECT r.name, 'trigger', concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled, obj_description(t.oid, 'pg_trigger'))
FROM member_relation r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
UNION ALL
SELECT r.name, 'policy', concat_ws(' ', quote_ident(p.polname), p.polcmd, p.polpermissive,
        (SELECT string_agg(CASE role WHEN 0 THEN 'public' ELSE role::regrole::text END, ','
            ORDER BY role::regrole::text)
         FROM unnest(p.polroles) role),
        'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid),
        obj_description(p.oid, 'pg_policy'))
FROM member_relation r JOIN pg_policy p ON p.polrelid = r.oid
UNION ALL
SELECT r.name, 'rule', concat_ws(' ', pg_get_ruledef(w.oid), w.ev_enabled)
FROM member_relation r JOIN pg_rewrite w ON w.ev_class = r.oid AND w.rulename <> '_RETURN'
UNION ALL
SELECT r.name, 'statistics', pg_get_statisticsobjdef(s.oid)
FROM member_relation r JOIN pg_statistic_ext s ON s.stxrelid = r.oid
UNION ALL
SELECT r.name, 'inherits', i.inhparent::regclass::text
FROM member_relation r JOIN pg_inherits i ON i.inhrelid = r.oid
UNION ALL
SELECT r.name, 'row', pg_temp.rows_of(r.oid)
FROM member_relation r WHERE r.relkind IN ('r', 'p') AND r.relname NOT IN ('baseline', 'fit') -- caches

-- What is in the extension's own schema and does not belong to it.
UNION ALL
SELECT 'table ' || c.oid::regclass, 'stranger', c.relkind::text
FROM pg_class c
WHERE c.relnamespace = 'recon'::regnamespace AND c.relkind NOT IN ('i', 'I', 't', 'c') AND NOT c.relispartition
  AND c.oid NOT IN (SELECT r.oid FROM member_relation r)
UNION ALL
SELECT 'function ' || p.oid::regprocedure, 'stranger', p.prokind::text
FROM pg_proc p
WHERE p.pronamespace = 'recon'::regnamespace
  AND p.oid NOT IN (SELECT m.objid FROM member m WHERE m.classid = 'pg_proc'::regclass);

DO $$
DECLARE
    names text;
BEGIN
    SELECT string_agg(m.name, ', ') INTO names
    FROM member m
    WHERE m.classid NOT IN ('pg_namespace'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass, 'pg_class'::regclass,
                            'pg_operator'::regclass, 'pg_cast'::regclass);
    IF names IS NOT NULL THEN
        RAISE EXCEPTION 'extension_catalog.sql does not describe: %', names;
    END IF;
END
$$;

SELECT concat_ws(' | ', name, aspect, regexp_replace(value, '\s*\n\s*', ' / ', 'g'))
FROM fact
ORDER BY name COLLATE "C", aspect COLLATE "C", value COLLATE "C";
