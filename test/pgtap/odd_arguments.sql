-- Every function with odd arguments, other ones in each row and each group: an answer or a clear error, never a
-- defect or a crash. RECON_FUZZ_CALLS statements of each function are drawn by RECON_FUZZ_SEED (environment). A
-- crash ends the file; the server's log, and scripts/test, say in which statement.
\set calls 40
\set seed 1
\getenv calls RECON_FUZZ_CALLS
\getenv seed RECON_FUZZ_SEED
BEGIN;
SET LOCAL client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;

SELECT plan(5);

CREATE TABLE ledger AS
SELECT date '2024-01-01' + day AS value_date, 'account ' || k AS account,
    (day * 7919 + k * 104729) % 101 / 10.0 AS a, 0.0 AS b
FROM generate_series(0, 11) AS day, generate_series(1, 3) AS k;
SELECT recon_create('cash', source => 'ledger', key_columns => '{account}', criteria_columns => '{a,b}',
    date_column => 'value_date', currency_column => '', comment_column => '', tolerance => 0.05) AS made \gset
SELECT count(*) FROM recon_detect('cash') \gset
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE model AS SELECT recon_fit_ecod(ARRAY[a, b]) AS ecod, recon_fit_kmeans(ARRAY[a, b], 2) AS kmeans,
    recon_fit_mahalanobis(ARRAY[a, b, a * a]) AS wide FROM ledger;
CREATE TABLE series AS SELECT recon_series(value_date, a) AS plain, recon_series(value_date, 'NaN') AS empty
FROM ledger;

-- Values of each type, one a line. The first ones are ordinary, and are drawn more often.
CREATE TABLE value_of (type text, value text, place bigint);
INSERT INTO value_of SELECT v.type, e.* FROM (VALUES
    ('integer', '1;2;0;-1;3;16;17;100000;2147483647;-2147483648;NULL'),
    ('smallint', '1;0;-1;32767;-32768;NULL'),
    ('bigint', '1;2;0;-1;100000;9223372036854775807;-9223372036854775808;NULL'),
    ('double precision', $$0.5;1;2;0;-1;'-0';'NaN';'Infinity';'-Infinity';1e308;-1e308;1e-308;NULL$$),
    ('numeric', $$1;2.5;0;-1;'NaN';'Infinity';'-Infinity';1e300;1e-300;123456789012345678901234567890.123456789;NULL$$),
    ('boolean', 'true;false;NULL'),
    ('text', $$'cash';'ledger';'account';'balanced';'';'%s %I {" \''"}';repeat('x', 70000)$$),
    ('text', $$'{}';'2024-02-30';'1,5';NULL$$),
    ('name', $$current_user;'nobody at all';'';NULL$$),
    ('date', $$'2024-01-09';'2024-02-29';'infinity';'-infinity';'4713-01-01 BC';'5874897-12-31';'0001-12-31 BC';NULL$$),
    ('timestamp with time zone', $$now();'infinity';'-infinity';'4714-11-24 00:00:00+00 BC';'294276-12-31';NULL$$),
    ('interval', $$'1 day';'-178000000 years';NULL$$),
    ('jsonb', $$'{}';'{"seed": 1}';'{"trees": 1e300}';'{"trees": -1, "sample_size": "NaN"}';'[]';'null';'1'$$),
    ('jsonb', $$'{"a": [{"b": null}]}';'{"account": "x", "value_date": "2024-01-12", "a": 1e400, "b": null}';NULL$$),
    ('text[]', $$'{account}';'{}';'{NULL}';'{a,a}';'{{a,b},{c,d}}';'[5:6]={x,y}'$$),
    ('text[]', $$array_fill('y'::text, ARRAY[3000]);NULL$$),
    ('name[]', $$'{a}';'{}';'{NULL}';NULL$$),
    ('integer[]', $$'{1}';'{}';'{NULL,-1}';'{{1,2},{3,4}}';NULL$$),
    ('bigint[]', $$'{1}';'{}';'{NULL,-1}';'{{1,2},{3,4}}';NULL$$),
    ('date[]', $$'{2024-01-01}';'{}';'{NULL,infinity,-infinity}';'{{2024-01-01},{2024-01-02}}'$$),
    ('date[]', $$'{4713-01-01 BC,5874897-12-31}';NULL$$),
    ('double precision[]', $$'{1,2,3}';'{1,2}';'{5,3,9,1,4,4,2,8}';'{}';'{NULL}';'{NaN,Infinity,-Infinity}'$$),
    ('double precision[]', $$'{1e308,-1e308,1e-308}';'{{1,2},{1,2}}';'{{1,2},{0,1}}';'{{1},{99}}';'{{1},{2},{3}}'$$),
    ('double precision[]', $$'{{{1}}}';'[-3:-2]={1,NULL}';array_fill(1.0, ARRAY[3000]);NULL$$),
    ('regclass', $$'ledger';0;4294967295;'pg_class';NULL$$),
    ('regtype', $$'jsonb';0;4294967295;NULL$$),
    ('regprocedure', $$'abs(numeric)';0;4294967295;NULL$$),
    ('oid', '1;0;4294967295;NULL'), ('tid', $$'(0,1)';'(4294967295,65535)';NULL$$), ('xid', $$'3';'0';NULL$$),
    ('xid8', $$'3';'0';'18446744073709551615';NULL$$), ('cstring', $$'a';'';'\x00';NULL$$),
    ('bytea', $$'\x';'\x0102';NULL$$),
    ('recon_stats', $$(SELECT recon_stats(a) FROM ledger);(SELECT recon_stats('NaN') FROM ledger);NULL$$),
    ('recon_series', '(SELECT plain FROM series);(SELECT empty FROM series);NULL'),
    ('recon_model', '(SELECT ecod FROM model);(SELECT kmeans FROM model);(SELECT wide FROM model);NULL'),
    ('record', $$ROW(1, 2.5);ROW();ROW(NULL);ROW('x'::text, 'happy'::mood, now(), 'infinity'::date)$$),
    ('record', '(SELECT l FROM ledger l LIMIT 1);NULL'),
    ('recon.reconciliation', '(SELECT r FROM recon.reconciliation r LIMIT 1);NULL')
) AS v (type, expressions), unnest(string_to_array(v.expressions, ';')) WITH ORDINALITY AS e;
-- What "any" can be. A literal has no type.
CREATE TABLE any_value AS SELECT format('CAST(%s AS %s)', value, type) AS value FROM value_of
    WHERE type NOT IN ('cstring', 'record')
UNION ALL SELECT unnest(ARRAY['''literal''', 'NULL', '''happy''::mood', 'point(1, 2)', 'ROW(1, 2)', 'ROW(point(1, 2))',
    '(SELECT l FROM ledger l LIMIT 1)', '''{1}''::json', '''{happy}''::mood[]', '''<a/>''::xml', '''[1,5)''::int4range',
    '''127.0.0.1''::inet', '''a''::"char"']);

CREATE TABLE called AS
SELECT p.oid, p.oid::regproc::text AS name, p.prokind, p.provariadic <> 0 AS is_variadic,
    p.pronamespace <> 'recon'::regnamespace OR p.oid = ANY (recon.reader_functions()) AS is_surface,
    ARRAY(SELECT CASE t.type WHEN 'anyelement'::regtype THEN '"any"' ELSE t.type::regtype::text END
          FROM unnest(p.proargtypes) WITH ORDINALITY AS t (type, n) ORDER BY t.n) AS types
FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
WHERE p.prokind <> 'p' AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
    AND NOT 'internal'::regtype = ANY (p.proargtypes);
SELECT cmp_ok(count(*), '>', 200::bigint, 'functions that SQL can call') FROM called;

CREATE FUNCTION pick(wanted text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF wanted <> '"any"' THEN
        RETURN format('CAST(%s AS %s)', coalesce((SELECT v.value FROM value_of v WHERE v.type = wanted
                                                  ORDER BY v.place * random() LIMIT 1), 'NULL'), wanted);
    ELSIF random() < 0.5 THEN
        RETURN pick('double precision');
    END IF;
    RETURN (SELECT a.value FROM any_value a ORDER BY random() LIMIT 1);
END
$$;
-- One statement: the function over some rows, in two groups. An argument is the same for all rows or is drawn for each.
CREATE FUNCTION draw(f called) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    types text[] := f.types
        || CASE WHEN f.is_variadic THEN array_fill('"any"'::text, ARRAY[(random() * 4)::integer]) ELSE '{}' END;
    n integer := cardinality(types);
    row_count integer := CASE f.prokind WHEN 'f' THEN 2 ELSE 5 END;
    lines text[] := array_fill(''::text, ARRAY[row_count]);
    one text;
    is_same boolean;
    call text;
BEGIN
    FOR i IN 1 .. n LOOP
        is_same := random() < 0.6 OR types[i] = '"any"';
        one := pick(types[i]);
        FOR row_number IN 1 .. row_count LOOP
            lines[row_number] := lines[row_number] || ', ' || one;
            IF NOT is_same THEN
                one := pick(types[i]);
            END IF;
        END LOOP;
    END LOOP;
    call := format('%s(%s)', f.name,
                   (SELECT string_agg(format('v.c%s', i), ', ' ORDER BY i) FROM generate_series(1, n) AS i));
    IF f.prokind = 'w' OR f.prokind = 'a' AND random() < 0.2 THEN
        call := call || ' OVER (PARTITION BY v.g ORDER BY v.g)';
    END IF;
    RETURN format('SELECT count(answer) FROM (SELECT %s AS answer FROM (VALUES %s) AS v (g%s)%s) AS answered', call,
        (SELECT string_agg(format('(%s%s)', i % 2, lines[i]), ', ' ORDER BY i) FROM generate_series(1, row_count) AS i),
        (SELECT string_agg(format(', c%s', i), '' ORDER BY i) FROM generate_series(1, n) AS i),
        CASE WHEN f.prokind = 'a' AND call NOT LIKE '%OVER%' THEN ' GROUP BY v.g' ELSE '' END);
END
$$;
-- How the call ends; what it did is undone.
CREATE FUNCTION outcome(call text, OUT code text, OUT message text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE call;
    RAISE SQLSTATE 'OK000';
EXCEPTION WHEN OTHERS THEN
    code := SQLSTATE;
    message := SQLERRM;
END
$$;

SELECT setseed(mod(:seed, 100003) / 100003.0) IS NULL AS seeded \gset
CREATE TABLE drawn AS SELECT row_number() OVER () AS n, f.is_surface, f.name, f.prokind, draw(f) AS call
FROM called f, generate_series(1, :calls * CASE f.prokind WHEN 'f' THEN 1 ELSE 3 END) AS number;
ALTER TABLE drawn ADD PRIMARY KEY (n);
CREATE TABLE ended (LIKE drawn, code text, message text);
-- Statement by statement, so that one that ends the server is known.
SELECT format('INSERT INTO ended SELECT d.*, o.* FROM drawn d, outcome(%L) AS o WHERE d.n = %s', d.call, d.n)
FROM drawn d ORDER BY d.n
\gexec
SELECT cmp_ok(count(*) FILTER (WHERE code = 'OK000'), '>', count(*) / 10, 'many have an answer') FROM ended;
SELECT is_empty($$SELECT call, code, message FROM ended WHERE code ~ '^XX' AND is_surface$$,
    'no call that users can make ends in a defect');
SELECT is_empty($$SELECT call, code, message FROM ended WHERE code ~ '^XX' AND NOT is_surface$$,
    'no call of another function does');
SELECT is_empty($$SELECT prokind FROM ended GROUP BY prokind HAVING count(*) FILTER (WHERE code = 'OK000') = 0$$,
    'functions, aggregates and window functions answer');

SELECT * FROM finish();
ROLLBACK;
