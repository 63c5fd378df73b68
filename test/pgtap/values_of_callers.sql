-- What a caller hands over never runs his code as somebody else: not in the row of recon_score_row, not in a value that
-- a key is made of, and not by a name that a generated statement finds on a search_path.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;

SELECT plan(55);

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
$$ SELECT coalesce(string_agg(DISTINCT ran_as, ',' ORDER BY ran_as), 'nobody') FROM work.witness w WHERE w.what = seen.what $$;

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
            END $$ $f$, result, type_name, CASE result WHEN 'numeric' THEN '5000' WHEN 'date' THEN '2024-03-01' ELSE '"x"' END);
            EXECUTE format('CREATE CAST (pg_temp.%2$s AS %1$s) WITH FUNCTION pg_temp.as_%1$s(pg_temp.%2$s) AS IMPLICIT',
                           result, type_name);
        END LOOP;
    END LOOP;
    CREATE FUNCTION pg_temp.same(pg_temp.evil, text) RETURNS boolean LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO work.witness VALUES ('operator', current_user); RETURN true; END $$;
    CREATE OPERATOR pg_temp.= (FUNCTION = pg_temp.same, LEFTARG = pg_temp.evil, RIGHTARG = text);
    CREATE TYPE pg_temp.evil_row AS (day date, account text, a numeric, b numeric, e pg_temp.evil);
    CREATE TYPE pg_temp.evil_key AS (day date, account pg_temp.evil, a numeric, b numeric);
    CREATE TYPE pg_temp.evil_amount AS (day date, account text, a pg_temp.evil, b numeric);
    CREATE DOMAIN pg_temp.evil_row_domain AS pg_temp.evil_row;
    CREATE TEMP TABLE evil_table OF pg_temp.evil_row;
    CREATE TEMP TABLE sampled AS SELECT 'x'::pg_temp.evil AS e FROM generate_series(1, 100);
    ANALYZE sampled;
END
$make$;
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

CREATE FUNCTION work.score(given text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    breaks bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM recon_score_row(''cash'', %s)', given) INTO breaks;
    RETURN breaks;
END
$$;

SET LOCAL ROLE recon_viewer;
SELECT work.make_hostile_types() \gset
SELECT is(work.score(whole), 1::bigint, 'a viewer has a row judged with ' || what) FROM work.rows;
RESET ROLE;
SELECT is((SELECT string_agg(DISTINCT ran_as, ',') FROM work.witness), 'recon_viewer', 'what ran of his ran as himself');
SELECT is(work.seen('json of evil'), 'recon_viewer', 'his cast to json did');
