-- The bodies of the plpgsql functions, read by plpgsql_check: statements that cannot run, variables
-- that nothing reads.
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'plpgsql_check') AS is_available \gset
\if :is_available
-- Before the session's first plpgsql function runs: some versions refuse to be loaded later.
LOAD 'plpgsql_check';
\endif
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT plan(3);

-- A function of triggers with the table of one of them.
CREATE TEMPORARY TABLE plpgsql_function AS
SELECT p.oid, coalesce((SELECT min(t.tgrelid) FROM pg_trigger t WHERE t.tgfoid = p.oid), 0)::regclass AS relid
FROM pg_depend d
JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
JOIN pg_proc p ON p.oid = d.objid
JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'plpgsql'
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e';

SELECT cmp_ok((SELECT count(*) FROM plpgsql_function), '>', 10::bigint, 'the functions are found');

\if :is_available
CREATE EXTENSION plpgsql_check;

-- 42P01: a temporary table that the function makes is unknown before it runs.
SELECT is_empty(
    $$ SELECT c.functionid::regprocedure, c.lineno, c.message
       FROM plpgsql_function f, plpgsql_check_function_tb(f.oid,
           relid => f.relid,
           extra_warnings => true, performance_warnings => false) AS c
       WHERE (c.level = 'error' AND c.sqlstate <> '42P01')
          OR c.message LIKE 'unused variable%' OR c.message LIKE 'never read variable%' $$,
    'no statement is wrong, no variable is unused');

-- What is put together into a statement is quoted. recon_create_view runs, as its caller, the statement
-- that recon_view_definition made.
SELECT set_eq(
    $$ SELECT DISTINCT c.functionid::regprocedure::text
       FROM plpgsql_function f, plpgsql_check_function_tb(f.oid,
           relid => f.relid,
           security_warnings => true, other_warnings => false, extra_warnings => false,
               performance_warnings => false) AS c
       WHERE c.level = 'security' $$,
    ARRAY['recon_create_view(text,text,text)'],
    'no text reaches a statement unquoted, but for the functions on this list');
\else
SELECT skip('plpgsql_check is not installed', 2);
\endif

SELECT * FROM finish();
ROLLBACK;
