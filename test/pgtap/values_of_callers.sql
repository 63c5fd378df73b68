-- What a caller hands over never runs his code as somebody else: not in the row of recon_score_row, not in a value that
-- a key is made of, and not by a name that a generated statement finds on a search_path.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;

SELECT plan(76);

CREATE ROLE recon_owner;
CREATE ROLE recon_viewer;
CREATE ROLE recon_operator;
CREATE ROLE recon_keeper; -- owns a table that others reconcile
CREATE SCHEMA work;
GRANT CREATE, USAGE ON SCHEMA work TO recon_owner, recon_keeper;
GRANT USAGE ON SCHEMA work TO PUBLIC;
SELECT recon_grant('recon_owner', 'admin') AS granted \gset

-- Which code ran, and as whom.
CREATE TABLE work.witness (what text, ran_as name);
GRANT ALL ON work.witness TO PUBLIC;
CREATE FUNCTION work.seen(what text) RETURNS text LANGUAGE sql AS
$$ SELECT coalesce(string_agg(DISTINCT ran_as, ',' ORDER BY ran_as), 'nobody')
   FROM work.witness w WHERE w.what = seen.what $$;

SET LOCAL ROLE recon_owner;
CREATE TABLE work.ledger (day date, account text, a numeric, b numeric);
INSERT INTO work.ledger SELECT date '2024-01-01' + day, 'x', 100 + day % 2, 100 FROM generate_series(0, 9) AS day;
SELECT recon_create('cash', source => 'work.ledger', key_columns => '{account}', criteria_columns => '{a,b}',
    date_column => 'day', currency_column => '', comment_column => '', tolerance => 3) AS made \gset
SELECT count(*) FROM recon_detect('cash') \gset
SELECT recon_grant('recon_viewer', 'viewer', 'cash') AS a, recon_grant('recon_operator', 'operator', 'cash') AS b \gset
RESET ROLE;

-- Types of an attacker, each with casts to json and text that say who runs them. That takes nothing but TEMP.
CREATE FUNCTION work.make_hostile_types() RETURNS void LANGUAGE plpgsql AS $make$
DECLARE
    type_name text;
    result text;
BEGIN
    CREATE TYPE pg_temp.evil AS ENUM ('x', 'y');
    CREATE TYPE pg_temp.evil_pair AS (e pg_temp.evil, n integer);
    CREATE TYPE pg_temp.evil_range AS RANGE (subtype = pg_temp.evil);
    CREATE DOMAIN pg_temp.evil_domain AS pg_temp.evil;
    FOREACH type_name IN ARRAY '{evil,evil_pair,evil_range}'::text[] LOOP
        FOREACH result IN ARRAY '{json,text,numeric,date}'::text[] LOOP
            EXECUTE format($f$CREATE FUNCTION pg_temp.as_%1$s(pg_temp.%2$s) RETURNS %1$s LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO work.witness VALUES ('%1$s of %2$s', current_user);
                RETURN %3$L;
            END $$ $f$, result, type_name,
                CASE result WHEN 'numeric' THEN '5000' WHEN 'date' THEN '2024-03-01' ELSE '"x"' END);
            EXECUTE format('CREATE CAST (pg_temp.%2$s AS %1$s) WITH FUNCTION pg_temp.as_%1$s(pg_temp.%2$s) AS IMPLICIT',
                           result, type_name);
        END LOOP;
    END LOOP;
    CREATE FUNCTION pg_temp.same(pg_temp.evil, text) RETURNS boolean LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO work.witness VALUES ('operator', current_user); RETURN true; END $$;
    CREATE OPERATOR pg_temp.= (FUNCTION = pg_temp.same, LEFTARG = pg_temp.evil, RIGHTARG = text);
    CREATE TYPE pg_temp.evil_row AS (day date, account text, a numeric, b numeric, e pg_temp.evil);
    CREATE TYPE pg_temp.evil_key AS (day date, account pg_temp.evil, a numeric, b numeric);
    CREATE DOMAIN pg_temp.evil_row_domain AS pg_temp.evil_row;
    CREATE TEMP TABLE evil_table OF pg_temp.evil_row;
    CREATE TEMP TABLE sampled AS SELECT 'x'::pg_temp.evil AS e FROM generate_series(1, 100);
    ANALYZE sampled;
END
$make$;
CREATE FUNCTION work.drop_hostile_types() RETURNS void LANGUAGE sql AS $$
    DROP TABLE pg_temp.sampled;
    DROP TYPE pg_temp.evil, pg_temp.evil_pair, pg_temp.evil_range, pg_temp.evil_row, pg_temp.evil_key CASCADE;
$$;
-- In what a hostile value may come: as a whole row, or as a further column of one.
CREATE TABLE work.rows (what text, whole text, other text);
GRANT SELECT ON work.rows TO PUBLIC;
INSERT INTO work.rows (what, whole) VALUES
    ('an enum in a composite', $$ROW('2024-03-01', 'x', 5000, 1, 'x')::pg_temp.evil_row$$),
    ('an enum in the place of a key', $$ROW('2024-03-01', 'x', 5000, 1)::pg_temp.evil_key$$),
    ('a domain over a composite', $$ROW('2024-03-01', 'x', 5000, 1, 'x')::pg_temp.evil_row_domain$$),
    ('a row of a typed table', $$ROW('2024-03-01', 'x', 5000, 1, 'x')::pg_temp.evil_table$$);
INSERT INTO work.rows (what, other) VALUES
    ('an enum in a record', $$'x'::pg_temp.evil$$),
    ('a domain over an enum', $$'x'::pg_temp.evil_domain$$),
    ('an array of enums', $$'{x,y}'::pg_temp.evil[]$$),
    ('an array of domains', $$'{x,y}'::pg_temp.evil_domain[]$$),
    ('a composite in a record', $$'(x,1)'::pg_temp.evil_pair$$),
    ('an array of composites', $$'{"(x,1)"}'::pg_temp.evil_pair[]$$),
    ('a range of enums', $$'[x,y]'::pg_temp.evil_range$$),
    ('a record in a record', $$ROW(1, ROW('x'::pg_temp.evil))$$),
    ('an array of records', $$ARRAY[ROW('x'::pg_temp.evil)]$$),
    ('an array of any type', $$(SELECT s.most_common_vals FROM pg_stats s WHERE s.tablename = 'sampled')$$),
    ('a row of the catalog', $$(SELECT s FROM pg_stats s WHERE s.tablename = 'sampled')$$),
    ('an array of rows of the catalog', $$ARRAY(SELECT s FROM pg_stats s WHERE s.tablename = 'sampled')$$);
INSERT INTO work.rows (what, whole)
SELECT what, format('(SELECT r FROM (SELECT date %L AS day, %L::text AS account, 5000 AS a, 1 AS b, %s AS other) AS r)',
                    '2024-03-01', 'x', other)
FROM work.rows WHERE other IS NOT NULL
UNION ALL SELECT 'jsonb of a row', $$to_jsonb(ROW('2024-03-01', 'x', 5000, 1, 'x')::pg_temp.evil_row)$$
UNION ALL SELECT 'json of a row', $$row_to_json(ROW('2024-03-01', 'x', 5000, 1, 'x')::pg_temp.evil_row)$$;
DELETE FROM work.rows WHERE whole IS NULL;

CREATE FUNCTION work.score(given text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    breaks bigint;
BEGIN
    DELETE FROM work.witness;
    EXECUTE format('SELECT count(*) FROM recon_score_row(''cash'', %s)', given) INTO breaks;
    RETURN format('%s break, code ran as %s', breaks,
                  coalesce((SELECT string_agg(DISTINCT ran_as, ',' ORDER BY ran_as) FROM work.witness), 'nobody'));
END
$$;

SET LOCAL ROLE recon_viewer;
SELECT work.make_hostile_types() \gset
SELECT is(work.score(whole), '1 break, code ran as recon_viewer', 'a viewer has a row judged with ' || what)
FROM work.rows;
RESET ROLE;
SELECT work.drop_hostile_types() \gset
SET LOCAL ROLE recon_operator;
SELECT work.make_hostile_types() \gset
SELECT is(work.score(whole), '1 break, code ran as recon_operator',
    'an operator has a row judged with ' || what) FROM work.rows;
-- His code runs in a restricted operation, as it did before the row was judged, and under fixed settings.
CREATE FUNCTION pg_temp.look_around(pg_temp.evil) RETURNS json LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO work.witness VALUES ('search_path ' || current_setting('search_path'), current_user);
    RETURN '"x"';
END $$;
DROP CAST (pg_temp.evil AS json);
CREATE CAST (pg_temp.evil AS json) WITH FUNCTION pg_temp.look_around(pg_temp.evil);
SET LOCAL "DateStyle" = 'German';
SET LOCAL "IntervalStyle" = 'sql_standard';
SELECT is(work.score($$ROW('01.03.2024', 'x', 5000, 1, 'x')::pg_temp.evil_row$$), '1 break, code ran as recon_operator',
    'a row is understood under any settings of its caller');
SELECT is(work.seen('search_path pg_catalog, pg_temp'), 'recon_operator',
    'his code looks names up in pg_catalog meanwhile');
RESET "DateStyle";
RESET "IntervalStyle";
CREATE OR REPLACE FUNCTION pg_temp.look_around(pg_temp.evil) RETURNS json LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no'; END $$;
SELECT throws_ok($$SELECT recon_score_row('cash', ROW('2024-03-01', 'x', 5000, 1, 'x')::pg_temp.evil_row)$$,
    'P0001', 'no', 'an error of his code is the answer');
RESET ROLE;
SELECT work.drop_hostile_types() \gset

-- Arguments of other functions are given to the extension's owner as they are: none is of a type that holds more.
SELECT is_empty(
    $$SELECT p.oid::regprocedure, t.oid::regtype
      FROM pg_proc p, unnest(p.proargtypes) AS a(type) JOIN pg_type t ON t.oid = a.type
      WHERE p.prosrc = 'recon_privileged_call' AND (t.oid >= 16384 OR t.typtype <> 'b')$$,
    'arguments of privileged calls are of built-in types');

-- The owner of a source's table can give its columns types of his own. Their casts to text do not run as the reader.
SET LOCAL ROLE recon_keeper;
CREATE TABLE work.feed (day date, account text, a numeric, b numeric, currency text, mine text, yours text);
INSERT INTO work.feed SELECT date '2024-01-01' + day, 'x', 100 + day % 2, 100, 'EUR', 'x', 'x'
FROM generate_series(0, 9) AS day;
GRANT SELECT ON work.feed TO recon_owner, recon_viewer;
RESET ROLE;
SET LOCAL ROLE recon_owner;
SELECT recon_create('feed', source => 'work.feed', key_columns => '{account}', criteria_columns => '{a,b}',
    date_column => 'day', currency_column => 'currency', comment_column => '', tolerance => 3) AS made \gset
SELECT count(*) FROM recon_detect('feed') \gset
RESET ROLE;
SELECT recon_watch('feed') AS watched \gset
SET LOCAL ROLE recon_keeper;
CREATE TYPE work.acc AS ENUM ('x', 'y');
CREATE DOMAIN work.acc_domain AS work.acc;
CREATE FUNCTION work.acc_text(work.acc) RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO work.witness VALUES ('text of acc', current_user); RETURN 'z'; END $$;
CREATE FUNCTION work.acc_json(work.acc) RETURNS json LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO work.witness VALUES ('json of acc', current_user); RETURN '"x"'; END $$;
CREATE CAST (work.acc AS text) WITH FUNCTION work.acc_text(work.acc) AS IMPLICIT;
CREATE CAST (work.acc AS json) WITH FUNCTION work.acc_json(work.acc);
ALTER TABLE work.feed ALTER account TYPE work.acc USING account::work.acc,
    ALTER mine TYPE work.acc USING mine::work.acc, ALTER yours TYPE work.acc_domain USING yours::work.acc;
CREATE TYPE work.currency AS (code work.acc);
ALTER TABLE work.feed ALTER currency TYPE work.currency USING ROW(account)::work.currency;
RESET ROLE;
SELECT count(*) FROM recon_detect('feed', from_date => '2024-01-10') \gset
SET LOCAL ROLE recon_keeper;
INSERT INTO work.feed VALUES ('2024-03-01', 'x', 5000, 1, ROW('x'), 'x', 'y');
SELECT is(work.seen('text of acc') || ', ' || work.seen('json of acc'), 'nobody, nobody',
    'his insert makes nobody run his casts');
RESET ROLE;
SELECT results_eq($$SELECT r.status, r.breaks, w.key
    FROM recon.run r LEFT JOIN recon.watched_break w USING (run_id) WHERE r.is_watch$$,
    $$VALUES ('succeeded', 1::bigint, '{"account": "x", "currency": "(x)"}'::jsonb)$$,
    'it is judged, by the labels of the values');
SET LOCAL ROLE recon_owner;
SELECT results_eq($$SELECT key, observed FROM recon_detect('feed')$$,
    $$VALUES ('{"account": "x", "currency": "(x)"}'::jsonb, 4999::numeric)$$, 'a run judges it by the labels, too');
SELECT recon_create('texts', source => 'work.feed', key_columns => '{account}', criteria_columns => '{mine,yours}',
    date_column => 'day', currency_column => '', comment_column => '', tolerance => 0) AS made \gset
SELECT results_eq($$SELECT observed FROM recon_detect('texts')$$, 'VALUES (1::numeric)',
    'a difference of two such columns is found');
SELECT is((SELECT count(*) FROM recon_suggest('work.feed')), 7::bigint, 'roles of such columns are suggested');
SELECT results_eq($$SELECT key->>'account', observed
    FROM recon_detect('cash', target => 'work.feed', from_date => '2024-03-01', persist => false)$$,
    $$VALUES ('x', 4999::numeric)$$, 'such a table is judged as a target');
SELECT recon_grant('recon_viewer', 'viewer', 'feed') AS granted \gset
RESET ROLE;
SELECT is(work.seen('text of acc') || ', ' || work.seen('json of acc'), 'nobody, nobody', 'nothing of it runs a cast');
SET LOCAL ROLE recon_viewer;
SELECT throws_ok($$SELECT recon_score_row('feed', f) FROM work.feed f WHERE f.a = 5000$$, '0A000',
    'a single row of reconciliation "feed" cannot be read',
    'a viewer has none of its rows judged: a composite type can hold domains, whose checks are its owner''s code');
RESET ROLE;
SET LOCAL ROLE recon_keeper;
ALTER TABLE work.feed ALTER currency TYPE text USING 'EUR';
RESET ROLE;
SET LOCAL ROLE recon_owner;
SELECT count(*) FROM recon_detect('feed', from_date => '2024-01-01') \gset
RESET ROLE;
SET LOCAL ROLE recon_viewer;
SELECT is((SELECT count(*) FROM work.feed f, recon_score_row('feed', f) WHERE f.a = 5000), 1::bigint,
    'a viewer has a row judged whose key is of an enum');
RESET ROLE;
SELECT is(work.seen('text of acc') || ', ' || work.seen('json of acc'), 'nobody, recon_viewer',
    'the viewer alone runs its cast to json');

-- The checks of a domain are code of its owner, which single rows and targets do not run.
SET LOCAL ROLE recon_keeper;
CREATE FUNCTION work.spy(value text) RETURNS boolean LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO work.witness VALUES ('domain', current_user); RETURN true; END $$;
CREATE DOMAIN work.watchful AS text CHECK (work.spy(value));
CREATE DOMAIN work.more_watchful AS work.watchful CHECK (work.spy(value));
CREATE TABLE work.guarded (day date, account text, a numeric, b numeric, status text);
INSERT INTO work.guarded SELECT date '2024-01-01' + day, 'x', 100 + day % 2, 100, 'Fine'
FROM generate_series(0, 9) AS day;
GRANT SELECT ON work.guarded TO recon_owner, recon_viewer;
RESET ROLE;
SET LOCAL ROLE recon_owner;
SELECT recon_create('guarded', source => 'work.guarded', key_columns => '{account}', criteria_columns => '{a,b}',
    date_column => 'day', currency_column => '', comment_column => '',
    break_when => 'abs(a - b) > 3 OR status = ''Break''') AS made,
    recon_grant('recon_viewer', 'viewer', 'guarded') AS granted \gset
RESET ROLE;
SET LOCAL ROLE recon_keeper;
ALTER TABLE work.guarded ADD extra work.watchful DEFAULT 'x', ALTER account TYPE work.more_watchful,
    ALTER status TYPE work.watchful;
RESET ROLE;
DELETE FROM work.witness;
SET LOCAL ROLE recon_owner;
SELECT is((SELECT count(*) FROM recon_detect('guarded')), 0::bigint, 'columns that became of domains are read');
SELECT is((SELECT count(*) FROM recon_detect('guarded', target => 'work.guarded', from_date => '2024-01-01',
                                             persist => false)), 0::bigint, 'those of a target are read, too');
CREATE TABLE work.plain AS SELECT day, account::text, a + 500 AS a, b, status::text FROM work.guarded;
SELECT is((SELECT count(*) FROM recon_detect('guarded', target => 'work.plain', from_date => '2024-01-01',
                                             persist => false)), 10::bigint, 'a target with other types is judged');
RESET ROLE;
SET LOCAL ROLE recon_viewer;
SELECT is((SELECT count(*) FROM recon_score_row('guarded',
    '{"day": "2024-03-01", "account": "x", "a": 5000, "b": 1, "status": "Break", "extra": "1"}')), 1::bigint,
    'a viewer has an object judged that names columns of domains');
RESET ROLE;
SELECT is(work.seen('domain'), 'nobody', 'nothing of it runs the checks of a domain');

-- Columns that a break rule names keep their types, or the rule is looked at again.
SET LOCAL ROLE recon_keeper;
ALTER TABLE work.guarded ALTER status TYPE work.acc USING 'x'::work.acc;
RESET ROLE;
DELETE FROM work.witness;
SET LOCAL ROLE recon_owner;
SELECT throws_ok($$SELECT recon_detect('guarded', from_date => '2024-01-01')$$, '42804',
    'column "status" of work.guarded has another type than reconciliation "guarded" was defined for',
    'a run refuses a column of the break rule that became an enum');
RESET ROLE;
SET LOCAL ROLE recon_viewer;
SELECT throws_ok(
    $$SELECT recon_score_row('guarded', '{"day": "2024-03-01", "account": "x", "a": 1, "b": 1, "status": "x"}')$$,
    '42804', 'column "status" of work.guarded has another type than reconciliation "guarded" was defined for',
    'a single row with such a column is refused, too');
RESET ROLE;
SET LOCAL ROLE recon_keeper;
CREATE TYPE work.state AS ENUM ('Fine', 'Break');
ALTER TABLE work.guarded ALTER status TYPE work.state USING 'Fine';
RESET ROLE;
SET LOCAL ROLE recon_owner;
SELECT matches(recon_alter('guarded', break_when => 'status::text = ''Break'' OR abs(a - b) > 3'), 'guarded',
    'a rule over an enum is stored');
SELECT is((SELECT count(*) FROM recon_detect('guarded', from_date => '2024-01-01')), 0::bigint,
    'a rule over an enum runs');
RESET ROLE;
SET LOCAL ROLE recon_keeper;
CREATE FUNCTION work.state_text(work.state) RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO work.witness VALUES ('state', current_user); RETURN 'Break'; END $$;
CREATE CAST (work.state AS text) WITH FUNCTION work.state_text(work.state);
RESET ROLE;
SET LOCAL ROLE recon_owner;
SELECT throws_like($$SELECT recon_detect('guarded', from_date => '2024-01-01')$$,
    'column "status" of work.guarded has%', 'it is refused once the owner of the enum makes a cast from it');
RESET ROLE;
SELECT is(work.seen('text of acc') || ', ' || work.seen('state'), 'nobody, nobody', 'nobody has run these casts');

-- Nor do implicit casts of what was a number, a date or a moment when the reconciliation was defined.
SET LOCAL ROLE recon_keeper;
CREATE TABLE work.moved (day text, account text, a numeric, b numeric, d numeric, loaded timestamptz);
INSERT INTO work.moved SELECT (date '2024-01-01' + day)::text, 'x', 100 + day % 2, 100, day % 2, '2024-02-01'
FROM generate_series(0, 9) AS day;
GRANT SELECT ON work.moved TO recon_owner;
RESET ROLE;
SET LOCAL ROLE recon_owner;
SELECT recon_create('pair', source => 'work.moved', key_columns => '{account}', criteria_columns => '{a,b}',
    date_column => 'day', date_format => 'YYYY-MM-DD', currency_column => '', comment_column => '',
    tolerance => 3) AS a,
    recon_create('stored', source => 'work.moved', key_columns => '{account}', derived_columns => '{d}',
    date_column => '', currency_column => '', comment_column => '', tolerance => 3) AS b,
    recon_create('loaded', source => 'work.moved', key_columns => '{account}', criteria_columns => '{a,b}',
    derived_columns => '{d}', date_column => '', loaded_at_column => 'loaded', currency_column => '',
    comment_column => '', relative_tolerance => 0.5) AS c \gset
SELECT count(*) FROM recon_detect('pair') \gset
RESET ROLE;
SELECT recon_watch('pair') AS watched \gset
SET LOCAL ROLE recon_keeper;
CREATE TYPE work.pretender AS ENUM ('1', '100', '2024-01-01');
DO $do$
DECLARE
    result text;
BEGIN
    FOREACH result IN ARRAY '{text,numeric,timestamptz,date}'::text[] LOOP
        EXECUTE format($f$CREATE FUNCTION work.pretend_%1$s(work.pretender) RETURNS %1$s LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO work.witness VALUES ('pretender', current_user); RETURN NULL; END $$ $f$, result);
        EXECUTE format('CREATE CAST (work.pretender AS %1$s) WITH FUNCTION work.pretend_%1$s(work.pretender) '
                       'AS IMPLICIT', result);
    END LOOP;
END
$do$;
ALTER TABLE work.moved ALTER day TYPE work.pretender USING '2024-01-01'::work.pretender;
RESET ROLE;
SET LOCAL ROLE recon_owner;
SELECT is((SELECT count(*) FROM recon_detect('pair', from_date => '2024-01-01')), 0::bigint,
    'a date that became an enum is its label');
RESET ROLE;
SET LOCAL ROLE recon_keeper;
ALTER TABLE work.moved ALTER a TYPE work.pretender USING '100'::work.pretender,
    ALTER d TYPE work.pretender USING '1'::work.pretender, ALTER loaded TYPE work.pretender USING '1'::work.pretender;
SET LOCAL client_min_messages = error;
INSERT INTO work.moved VALUES ('2024-01-01', 'x', '100', 1, '1', '1');
SET LOCAL client_min_messages = warning;
RESET ROLE;
SELECT matches(message, '^column "a" of work.moved has another type than .*; Its type is work.pretender',
    'the watch says so')
FROM recon.run WHERE is_watch ORDER BY run_id DESC LIMIT 1;
SET LOCAL ROLE recon_owner;
SELECT throws_like(format('SELECT recon_detect(%L, persist => false)', name),
    format('column "%s" of work.moved has another type than reconciliation "%s" was defined for', changed, name),
    format('a run of %s refuses it', name))
FROM (VALUES ('pair', 'a'), ('stored', 'd'), ('loaded', 'd')) AS v(name, changed);
RESET ROLE;
SET LOCAL ROLE recon_keeper;
ALTER TABLE work.moved ALTER d TYPE numeric USING 1;
RESET ROLE;
SET LOCAL ROLE recon_owner;
SELECT throws_like($$SELECT recon_detect('loaded', as_of => now(), persist => false)$$,
    'column "loaded" of work.moved has another type%', 'a run as of a moment refuses it');
RESET ROLE;
SET LOCAL ROLE recon_keeper;
ALTER TABLE work.moved ALTER loaded TYPE timestamptz USING now();
RESET ROLE;
SET LOCAL ROLE recon_owner;
SELECT throws_like($$SELECT recon_detect('loaded', persist => false)$$, 'column "a" of work.moved has another type%',
    'a run with a relative tolerance refuses a side of another type');
RESET ROLE;
SELECT is(work.seen('pretender'), 'nobody', 'nothing of it runs a cast');

-- A view is made as names stand in pg_catalog, whatever is found first where its maker looks.
CREATE SCHEMA shared;
GRANT CREATE, USAGE ON SCHEMA shared TO PUBLIC;
SET LOCAL ROLE recon_viewer;
CREATE FUNCTION shared.minus(integer, numeric) RETURNS numeric LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO work.witness VALUES ('minus', current_user); RETURN 0; END $$;
CREATE FUNCTION shared.compare(integer, numeric) RETURNS boolean LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO work.witness VALUES ('compare', current_user); RETURN false; END $$;
CREATE FUNCTION shared.round(integer, integer) RETURNS numeric LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO work.witness VALUES ('round', current_user); RETURN 0; END $$;
CREATE FUNCTION shared.abs(numeric) RETURNS numeric LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO work.witness VALUES ('abs', current_user); RETURN 0; END $$;
CREATE OPERATOR shared.- (FUNCTION = shared.minus, LEFTARG = integer, RIGHTARG = numeric);
CREATE OPERATOR shared.> (FUNCTION = shared.compare, LEFTARG = integer, RIGHTARG = numeric);
CREATE OPERATOR shared.= (FUNCTION = shared.compare, LEFTARG = integer, RIGHTARG = numeric);
CREATE TYPE shared.text AS (x integer);
RESET ROLE;
SET LOCAL ROLE recon_owner;
CREATE TABLE work.mixed (day date, account text, a integer, b numeric);
INSERT INTO work.mixed SELECT date '2024-01-01' + day, 'x', 100 + CASE day WHEN 9 THEN 500 ELSE day % 2 END, 100
FROM generate_series(0, 9) AS day;
SELECT recon_create('mixed', source => 'work.mixed', key_columns => '{account}', criteria_columns => '{a,b}',
    date_column => 'day', currency_column => '', comment_column => '', tolerance => 3) AS made,
    recon_create('ruled', source => 'work.mixed', key_columns => '{account}', criteria_columns => '{a,b}',
    date_column => 'day', currency_column => '', comment_column => '',
    break_when => 'round(a, 0) - b > 3 AND a > b AND a IS DISTINCT FROM b AND nullif(a, b) IS NOT NULL') AS ruled \gset
SELECT count(*) FROM recon_detect('mixed') AS m, recon_detect('ruled') AS r \gset
CREATE FUNCTION work.make_views(path text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('search_path', path, true);
    PERFORM public.recon_create_view('mixed', view_schema => 'work');
    PERFORM public.recon_create_view('ruled', 'ruled_verdict');
    RETURN current_setting('search_path');
END
$$;
SELECT work.make_views('work, shared, public') AS path \gset
SET LOCAL search_path = public;
SELECT is(:'path'::text, 'work, shared, public', 'a maker''s search_path is as it was');
SELECT results_eq('SELECT m.a, r.a FROM work.mixed_verdict m, work.ruled_verdict r
    WHERE m.break_id IS NOT NULL AND r.break_id IS NOT NULL',
    'VALUES (600, 600)', 'views made with operators of others in the way show the verdicts');
DROP VIEW work.mixed_verdict, work.ruled_verdict;
SELECT work.make_views('work, shared, pg_catalog, public') AS path \gset
SET LOCAL search_path = public;
SELECT results_eq('SELECT m.a, r.a FROM work.mixed_verdict m, work.ruled_verdict r
    WHERE m.break_id IS NOT NULL AND r.break_id IS NOT NULL',
    'VALUES (600, 600)', 'views made with operators before those of pg_catalog show the verdicts');
SET LOCAL search_path = work, public;
SELECT matches(recon_view_definition('mixed'), E'^-- [^\n]*\nCREATE VIEW work.mixed_verdict WITH ',
    'a definition names the schema of its view');
SELECT throws_ok($$SELECT recon_create_view('mixed') FROM set_config('search_path', 'nowhere', true)$$, '3F000',
    'no schema has been selected to create the view in');
SET LOCAL search_path = public;
RESET ROLE;
SELECT is((SELECT count(*) FROM work.witness WHERE what = ANY ('{minus,compare,round,abs}')), 0::bigint,
    'nobody has run what was in the way');
SELECT is_empty($$SELECT p.proname FROM pg_depend e JOIN pg_proc p ON p.oid = e.refobjid
    WHERE e.classid = 'pg_rewrite'::regclass AND e.refclassid = 'pg_proc'::regclass
        AND p.pronamespace = 'shared'::regnamespace$$,
    'no view depends on it');

SELECT * FROM finish();
ROLLBACK;
