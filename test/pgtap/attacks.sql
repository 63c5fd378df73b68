-- Attempts to have code run as somebody else, to be led to another object by its name, and to be
-- taken for SQL where one is data.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;

SELECT plan(84);

CREATE ROLE recon_owner;
CREATE ROLE recon_attacker;
CREATE SCHEMA work;
GRANT CREATE, USAGE ON SCHEMA work TO recon_owner, recon_attacker;
SELECT recon_grant('recon_owner', 'admin') AS granted \gset
CREATE FUNCTION work.refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
BEGIN
    EXECUTE statement;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
    RETURN SQLSTATE || ': ' || message;
END
$$;
-- Who ran what, as whom, in which state.
CREATE TABLE work.witness (what text, ran_as name, said text);
GRANT ALL ON work.witness TO PUBLIC;
CREATE FUNCTION work.heard(what text) RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(DISTINCT ran_as, ',') FROM work.witness w WHERE w.what = heard.what $$;

SET LOCAL ROLE recon_owner;
CREATE TABLE work.ledger (value_date date, account text, a numeric, b numeric, difference numeric);
INSERT INTO work.ledger SELECT '2024-01-01'::date + day, 'x', 100 + CASE day WHEN 9 THEN 500 ELSE day % 2 END, 100,
    CASE day WHEN 9 THEN 500 ELSE day % 2 END
FROM generate_series(0, 9) AS day;
SELECT recon_create('cash', source => 'work.ledger', key_columns => '{account}', criteria_columns => '{a,b}',
    derived_columns => '{difference}',
    date_column => 'value_date', currency_column => '', comment_column => '',
        break_when => 'abs(difference) > 2') AS made \gset
SELECT recon_grant('recon_attacker', 'admin', 'cash') AS granted \gset
RESET ROLE;

-- An administrator who is not the owner tries to have his code run as the owner.
SET LOCAL ROLE recon_attacker;
CREATE FUNCTION work.take_over(x numeric) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
    INSERT INTO work.witness VALUES ('take_over', current_user);
    RETURN true;
END $$;
CREATE VIEW work.trap AS SELECT value_date, account, a, b, difference FROM
    (SELECT NULL::date AS value_date, ''::text AS account, 0::numeric AS a, 0::numeric AS b, 0::numeric AS difference)
        AS x WHERE work.take_over(a);
GRANT SELECT ON work.trap TO PUBLIC;
SELECT matches(work.refusal(format('SELECT recon_alter(''cash'', %s)', argument)),
    '^42501: must be owner of reconciliation "cash"', 'refused: ' || argument)
FROM (VALUES ('break_when => ''work.take_over(difference)'''), ('source => ''work.trap'''),
    ('key_columns => ''{account,value_date}'''),
             ('date_format => ''YYYY'''), ('currency_column => ''account'''),
                 ('owner => ''recon_attacker''')) AS arguments (argument);
SELECT matches(work.refusal('SELECT * FROM recon_detect(''cash'', target => ''work.trap'')'), '^42501: must be owner',
    'refused: a target of his own');
SELECT matches(work.refusal('SELECT * FROM recon_detect(''cash'', history => ''work.trap'', persist => false)'),
    '^42501: must be owner', 'refused: a history of his own');
SELECT matches(work.refusal('SELECT recon_import_definition(''{"format": 1, "reconciliation_name": "cash", "source": '
    '"work.trap"}'')'), '^42501: must be owner',
    'refused: a definition of his own under that name');
SELECT lives_ok($$SELECT recon_alter('cash', tolerance => 3, pool_by => '{}', time_zone => 'UTC',
    description => '''); DROP TABLE work.ledger; --')$$,
    'what an administrator may change is data');
SELECT count(*) FROM recon_detect('cash', from_date => '2024-01-10') \gset
SELECT is(work.heard('take_over'), NULL, 'nothing of the attacker has run');

-- Looking at an expression must not run code as the owner of the extension: literals of a user's
-- types go through checks of the user's.
RESET ROLE;
SELECT recon_grant('recon_attacker', 'admin') AS granted \gset
SET LOCAL ROLE recon_attacker;
CREATE FUNCTION work.check_value(x integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO work.witness VALUES ('check_value', current_user, work.refusal('CREATE TEMP TABLE left_behind ()'));
    RETURN true;
END $$;
CREATE DOMAIN work.checked AS integer CHECK (work.check_value(VALUE));
CREATE TYPE work.composite AS (x work.checked);
CREATE TABLE work.own (value_date date, account text, a numeric, b numeric);
INSERT INTO work.own SELECT '2024-01-01'::date + day, 'x', 100 + day, 100 FROM generate_series(0, 4) AS day;
SELECT lives_ok($$SELECT recon_create('own', source => 'work.own', key_columns => '{account}',
    criteria_columns => '{a,b}', date_column => 'value_date',
    currency_column => '', comment_column => '',
        break_when => '''{1}''::work.checked[] IS NOT NULL OR ''(1)''::work.composite IS NOT NULL OR a > b')$$,
    'a break rule with literals of user-defined types');
SELECT count(*) FROM recon_detect('own', from_date => '2024-01-01') \gset
SELECT is(work.heard('check_value'), 'recon_attacker',
    'their checks run as who defined it, when it is looked at and when it runs');
SELECT ok(count(*) > 0 AND bool_and(said LIKE
    '42501: cannot create temporary table within security-restricted operation'),
    'their checks run in a security-restricted operation')
FROM work.witness WHERE what = 'check_value';
SELECT lives_ok($$SELECT recon_drop('own')$$, 'a definition with a hostile condition can be dropped');

-- An owner reads a view in which somebody else's function waits: it runs as the owner, and can
-- neither become another, nor leave anything behind in the session, nor use the rights of the
-- extension's owner or of the caller.
RESET ROLE;
CREATE TABLE work.secret AS SELECT 42 AS answer;
SET LOCAL ROLE recon_attacker;
CREATE FUNCTION work.wait_for_owner() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    attempt text;
BEGIN
    FOREACH attempt IN ARRAY ARRAY['SET ROLE postgres', 'RESET ROLE', 'SET SESSION AUTHORIZATION DEFAULT',
        'RESET SESSION AUTHORIZATION',
        'CREATE TEMP TABLE left_behind ()', 'DECLARE left_behind CURSOR WITH HOLD FOR SELECT 1',
            'PREPARE left_behind AS SELECT 1', 'LISTEN left_behind',
        'SELECT answer FROM work.secret', 'CREATE ROLE recon_created', 'UPDATE recon.break SET is_anomaly = false',
            'SELECT recon.recon_grant(''recon_attacker'', ''admin'', NULL)',
        'SELECT recon.text_as(''postgres'', ''SELECT 1'')', 'SELECT set_config(''search_path'', ''work'', false)',
            'SELECT set_config(''DateStyle'', ''German'', false)'] LOOP
        INSERT INTO work.witness VALUES ('view: ' || attempt, current_user, work.refusal(attempt));
    END LOOP;
    RETURN true;
END $$;
RESET ROLE;
SET LOCAL ROLE recon_owner;
CREATE VIEW work.shared AS SELECT * FROM work.ledger WHERE work.wait_for_owner();
SELECT recon_create('shared', source => 'work.shared', key_columns => '{account}', criteria_columns => '{a,b}',
    derived_columns => '{difference}',
    date_column => 'value_date', currency_column => '', comment_column => '',
        break_when => 'abs(difference) > 2') AS made \gset
RESET ROLE;
SELECT count(*) FROM recon_detect('shared') \gset
SELECT is(string_agg(DISTINCT ran_as, ','), 'recon_owner',
    'the function in the view ran as the owner, whichever role called') FROM work.witness WHERE what LIKE 'view: %';
SELECT ok(said LIKE '42501:%', what || ' failed: ' || said)
FROM (SELECT DISTINCT what, said FROM work.witness WHERE what LIKE 'view: %' AND what NOT LIKE '%set_config%'
    AND what NOT LIKE '%PREPARE%' AND what NOT LIKE '%LISTEN%') AS w;
SELECT is(current_setting('search_path') || ' ' || current_setting('DateStyle'), '"$user", public ISO, MDY',
    'settings that it changed are as they were');
SELECT ok(NOT EXISTS (SELECT FROM pg_cursors WHERE name = 'left_behind') AND to_regclass('pg_temp.left_behind') IS NULL
          AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'recon_created'), 'nothing is left behind');
SET LOCAL ROLE recon_owner;
SELECT recon_drop('shared') AS dropped \gset

-- Names: the owner's expressions mean what they meant when they were written.
SELECT is(break_condition, '(abs(difference) > (2)::numeric)', 'functions and operators are those of pg_catalog')
    FROM recon.reconciliation WHERE reconciliation_name = 'cash';
RESET ROLE;
CREATE SCHEMA evil;
GRANT ALL ON SCHEMA evil TO PUBLIC;
SET LOCAL ROLE recon_attacker;
-- Everything that the product uses, and would find first on such a search_path.
DO $do$
DECLARE
    f record;
    hijack text := $$BEGIN INSERT INTO work.witness VALUES ('hijacked', current_user, '%s'); RETURN NULL; END$$;
BEGIN
    FOR f IN SELECT DISTINCT ON (p.proname, arguments) p.proname, pg_get_function_identity_arguments(p.oid)
        AS arguments, p.prorettype::regtype AS result
             FROM pg_proc p, LATERAL (SELECT pg_get_function_identity_arguments(p.oid)) AS a (arguments)
             WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND NOT p.proretset
                 AND p.provariadic = 0
               AND p.proname IN ('abs', 'to_jsonb', 'array_length', 'cardinality', 'jsonb_array_length', 'trim_scale',
                   'numeric_gt', 'isfinite', 'now', 'pg_has_role',
                                 'date_trunc', 'array_to_string', 'btrim', 'quote_literal', 'quote_ident',
                                     'jsonb_typeof', 'to_regclass', 'timezone', 'coalesce', 'date')
               AND p.prorettype <> 'trigger'::regtype AND a.arguments !~ '(any|internal|cstring)' LOOP
        EXECUTE format('CREATE FUNCTION evil.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', f.proname, f.arguments,
            f.result, format(hijack, f.proname));
    END LOOP;
    FOR f IN SELECT o.oprname, o.oprleft::regtype AS a, o.oprright::regtype AS b, o.oprresult::regtype AS result
             FROM pg_operator o WHERE o.oprnamespace = 'pg_catalog'::regnamespace
                 AND o.oprname IN ('=', '<>', '>', '<', '>=', '<=', '-', '||', '->', '->>', '#>>')
               AND o.oprleft = ANY ('{text,name,numeric,date,integer,bigint,jsonb,oid,timestamptz}'::regtype[])
               AND o.oprright = ANY ('{text,name,numeric,date,integer,bigint,jsonb,oid,timestamptz,text[]}'::regtype[])
                   LOOP
        EXECUTE format('CREATE FUNCTION evil.%I(%s, %s) RETURNS %s LANGUAGE plpgsql AS %L', 'op_' || md5(f.oprname),
            f.a, f.b, f.result, format(hijack, f.oprname));
        EXECUTE format('CREATE OPERATOR evil.%s (FUNCTION = evil.%I, LEFTARG = %s, RIGHTARG = %s)', f.oprname,
            'op_' || md5(f.oprname), f.a, f.b);
    END LOOP;
END
$do$;
CREATE TABLE evil.ledger (value_date date, account text, a numeric, b numeric, difference numeric);
CREATE TABLE evil.break ();
CREATE TABLE evil.reconciliation ();
CREATE TYPE evil.numeric AS (x integer);
CREATE TYPE evil.jsonb AS (x integer);
RESET ROLE;
SET LOCAL ROLE recon_owner;
CREATE TEMP TABLE break (x integer);
CREATE TEMP TABLE ledger (value_date date, account text, a numeric, b numeric, difference numeric);
CREATE FUNCTION work.lifecycle() RETURNS text LANGUAGE plpgsql SET search_path = evil, pg_catalog, work, public AS $$
DECLARE
    anomalies bigint;
BEGIN
    PERFORM recon_create('lifecycle', 'work.ledger', '{account}'::text[], criteria_columns => '{a,b}'::text[],
        derived_columns => '{difference}'::text[],
        date_column => 'value_date', currency_column => '', comment_column => '',
            break_when => 'abs(difference) > 2 AND account <> ''''');
    PERFORM recon_alter('lifecycle', strategy => 'sensitive');
    PERFORM recon_import_definition(recon_export_definition('lifecycle'), 'lifecycle_too');
    SELECT count(*) INTO anomalies FROM recon_detect('lifecycle') WHERE is_anomaly;
    PERFORM recon_detect('lifecycle', from_date => pg_catalog.make_date(2024, 1, 1));
    PERFORM recon_create_view('lifecycle', 'lifecycle_view', 'work');
    PERFORM * FROM recon.anomaly;
    PERFORM * FROM recon.health;
    PERFORM recon_grant('recon_attacker', 'viewer', 'lifecycle');
    PERFORM recon_revoke('recon_attacker', 'lifecycle');
    PERFORM recon_drop('lifecycle_too');
    PERFORM recon_drop('lifecycle');
    RETURN anomalies::text;
END $$;
SELECT is(work.lifecycle(), '1', 'a whole life under a search_path full of traps');
SELECT is(string_agg(DISTINCT format('%s as %s', said, ran_as), ', '), NULL, 'none of them was stepped into')
    FROM work.witness WHERE what = 'hijacked';
SELECT results_eq($$SELECT observed FROM recon_detect('cash', from_date => '2024-01-10')$$, 'VALUES (500::numeric)',
    'a temporary table of the same name does not stand in for the source');
SELECT throws_ok($$SELECT recon_create('temporary', source => 'ledger')$$, '42809', NULL,
    'a temporary table is no source of a reconciliation');
RESET ROLE;

-- Break rules that want to be more than one expression, or other than they look.
SET LOCAL ROLE recon_owner;
CREATE FUNCTION work.try_rule(rule text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    refusal text;
BEGIN
    refusal := work.refusal(format('SELECT recon_create(''tricky'', source => ''work.ledger'', key_columns => '
        '''{account}'', '
        'derived_columns => ''{difference}'', date_column => ''value_date'', currency_column => '''', comment_column '
            '=> '''', break_when => %L)', rule));
    PERFORM recon_drop('tricky', if_exists => true);
    RETURN refusal;
END
$$;
SELECT matches(work.try_rule(rule), answer, format('%s: %s', CASE answer WHEN '^done' THEN 'accepted'
    ELSE 'refused' END, left(rule, 70)))
FROM (VALUES
    ('true; DROP TABLE work.ledger', '^42601:'), ('true) OR (SELECT true', '^42601:'), ('true -- ', '^done'),
        ('true /* ', '^42601:'),
    ('true FROM work.secret', '^22023:'), ('true UNION SELECT true', '^42601:'), ('(SELECT true)', '^22023:'),
        ('EXISTS (SELECT FROM pg_authid)', '^22023:'),
    ('set_config(''role'', ''postgres'', false) IS NOT NULL', '^22023:'), ('pg_sleep(1) IS NULL', '^22023:'),
        ('nextval(''recon.break_id_seq'') > 0', '^22023:'),
    ('pg_read_file(''postgresql.conf'') IS NULL', '^22023:'),
        ('query_to_xml(''DROP TABLE work.ledger'', true, true, '''') IS NULL', '^22023:'),
    ('count(*) > 1', '^42803:'), ('generate_series(1, 2) > 1', '^0A000:'), ('row_number() OVER () > 1', '^42P20:'),
        ('$1', '^42P02:'),
    ('ledger IS NULL', '^22023:'), ('ctid IS NULL', '^22023:'), ('tableoid > 0', '^22023:'),
        ('secret.answer > 1', '^42P01:'), ('take_over(difference)', '^42883:'),
    (repeat('(', 100000) || 'true' || repeat(')', 100000), '^42601:|^54001:'), (E'\\true', '^42601:'),
        ('', '^42601:|^22023:')) AS rules (rule, answer);
SELECT ok(to_regclass('work.ledger') IS NOT NULL AND NOT EXISTS (SELECT FROM recon.reconciliation
    WHERE break_when LIKE '%DROP%'), 'none had an effect');

-- Names of columns, tables and reconciliations are data.
CREATE TABLE work."we""ird; DROP TABLE work.ledger; --
über" ("da'te" date, "k""ey'; --" text, "recon_is_target" text, "key" text, "series" text, "count(*)" text,
    "left ); side" numeric, "rïght
side" numeric, "source" numeric);
INSERT INTO work."we""ird; DROP TABLE work.ledger; --
über" SELECT '2024-01-01'::date + day, 'x', 'x', 'x', 'x', 'x', 100 + CASE day WHEN 9 THEN 500 ELSE day % 2 END, 100, 0
    FROM generate_series(0, 9) AS day;
SELECT lives_ok($$SELECT recon_create('na"me''; DROP TABLE work.ledger; --',
    source => E'work."we""ird; DROP TABLE work.ledger; --\nüber"',
    key_columns => ARRAY['k"ey''; --', 'recon_is_target', 'key', 'series', 'count(*)'],
        criteria_columns => ARRAY['left ); side', E'rïght\nside'],
    date_column => 'da''te', currency_column => '', comment_column => '',
        break_when => E'abs("left ); side" - "rïght\nside") > 2 AND "source" = 0')$$, 'hostile names of everything');
SELECT results_eq($$SELECT key, measure, observed, is_anomaly
    FROM recon_detect('na"me''; DROP TABLE work.ledger; --')$$,
    $$VALUES ('{"k\"ey''; --": "x", "recon_is_target": "x", "key": "x", "series": "x", "count(*)": "x"}'::jsonb,
        E'left ); side - rïght\nside', 500::numeric, true)$$,
    'are carried through');
SELECT results_eq($$SELECT observed FROM recon_detect('na"me''; DROP TABLE work.ledger; --',
    target => E'work."we""ird; DROP TABLE work.ledger; --\nüber"', from_date => '2024-01-10', persist => false)$$,
    'VALUES (500::numeric)', 'they are carried through in the name of a separate target, too');
SELECT lives_ok($$SELECT recon_create_view('na"me''; DROP TABLE work.ledger; --', view_schema => 'work')$$,
    'they are carried through into a view');
SELECT is(count("Anomaly"), 1::bigint, 'the view shows the verdict')
    FROM work."na""me'; DROP TABLE work.ledger; --_verdict";
SELECT results_eq($$SELECT reconciliation FROM recon.anomaly WHERE observed = 500 AND reconciliation <> 'cash'$$,
    $$VALUES ('na"me''; DROP TABLE work.ledger; --')$$, 'the views show the name as it is');
SELECT throws_ok($$SELECT * FROM recon_detect(history => 'work.ledger; DROP TABLE work.ledger')$$, '42602',
    'invalid name syntax');
SELECT throws_ok($$SELECT * FROM recon_detect(history => 'no''such"table')$$, '42P01',
    'relation "no''such"table" does not exist');
SELECT throws_ok($$SELECT * FROM recon_detect('no''such"name')$$, '42704',
    'reconciliation "no''such"name" does not exist');

-- Values of keys are data.
CREATE TABLE work.keys (value_date date, account text, a numeric, b numeric);
INSERT INTO work.keys SELECT '2024-01-01'::date + day, account, 100 + CASE day WHEN 9 THEN 500 ELSE day % 2 END, 100
FROM generate_series(0, 9) AS day, (VALUES ('quote'' double" back\slash'), (E'new\nline\ttab'), ('{"json": "in json"}'),
    ('null'), (''), ('$1 $$ %s %I \u0041'), ('''; DROP TABLE work.ledger; --'),
    ('مفتاح 🔑'), (repeat('long', 2000)), (NULL)) AS k (account);
SELECT recon_create('keys', source => 'work.keys', key_columns => '{account}', criteria_columns => '{a,b}',
    date_column => 'value_date',
    currency_column => 'account', comment_column => '', tolerance => 2) AS made \gset
SELECT set_eq($$SELECT key->>'account' FROM recon_detect('keys') WHERE is_anomaly$$,
    'SELECT DISTINCT account FROM work.keys', 'any text is a key, NULL too');
SELECT is(count(DISTINCT break_id), 10::bigint, 'each has a break of its own')
    FROM recon_detect('keys', from_date => '2024-01-10');
SELECT is_empty($$SELECT * FROM recon.verdict_history JOIN recon.reconciliation USING (reconciliation_id)
    WHERE reconciliation_name = 'keys'$$, 'a second run finds each key again and changes no verdict');
SELECT ok(count(*) > 0, 'nothing was dropped') FROM work.ledger;
RESET ROLE;

-- Custom detectors. An administrator who is not the owner registers his function, names it in a strategy,
-- and has the reconciliation judged by it.
SET LOCAL ROLE recon_attacker;
CREATE FUNCTION work.leave_trace(who text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$ BEGIN
    INSERT INTO work.witness VALUES (who, current_user, work.refusal('SET ROLE postgres'));
    RETURN true;
END $$;
CREATE FUNCTION work.spy(history float8[], x float8, options jsonb) RETURNS float8 LANGUAGE plpgsql IMMUTABLE
    AS $$ BEGIN PERFORM work.leave_trace('spy'); RETURN -1; END $$;
CREATE FUNCTION work.spy(break_row jsonb, options jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE
    AS $$ BEGIN RETURN work.leave_trace('spy rule'); END $$;
SELECT recon_register_detector('spy', 'work.spy(float8[], float8, jsonb)') AS a,
    recon_register_detector('spy_rule', 'work.spy(jsonb, jsonb)') AS b,
       recon_create_strategy('spying', detectors => '{"spy": 1}') AS c,
           recon_create_strategy('flagging', detectors => '{"spy_rule": true}') AS d \gset
SELECT matches(work.refusal(statement), '^42501: detector "spy(_rule)?" may not run as "recon_owner"',
    'refused: ' || statement)
FROM (VALUES ('SELECT * FROM recon_detect(''cash'', from_date => ''2024-01-10'', strategy => ''spying'')'),
             ('SELECT * FROM recon_detect(''cash'', from_date => ''2024-01-10'', strategy => ''flagging'', persist => '
                 'false)')) AS s (statement);
SELECT recon_alter('cash', strategy => 'spying') AS altered, recon_set_rules('cash', '{"spy_rule": true}')
    AS ruled \gset
RESET ROLE;
SET LOCAL ROLE recon_owner;
SELECT matches(work.refusal($$SELECT * FROM recon_detect('cash', from_date => '2024-01-10')$$),
    '^42501: detector "spy" may not run as "recon_owner"', 'a detector is not run as the owner when the owner calls');
RESET ROLE;
SELECT recon_alter('cash', strategy => 'balanced') AS altered \gset
SELECT matches(work.refusal($$SELECT * FROM recon_detect('cash', from_date => '2024-01-10')$$),
    '^42501: detector "spy_rule" may not run as "recon_owner"',
    'a rule is not run as the owner when a superuser calls');
SELECT recon_set_rules('cash', '{"spy_rule": null}') AS ruled \gset
SELECT is(work.heard('spy') IS NULL AND work.heard('spy rule') IS NULL, true, 'none has run');
-- What he may not call he cannot register.
CREATE FUNCTION work.of_the_owner(break_row jsonb, options jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
    AS 'SELECT true';
REVOKE EXECUTE ON FUNCTION work.of_the_owner FROM PUBLIC;
SET LOCAL ROLE recon_attacker;
SELECT matches(work.refusal($$SELECT recon_register_detector('stolen', 'work.of_the_owner(jsonb, jsonb)')$$),
    '^42501: permission denied for function', 'a function that a user may not call cannot be registered as a detector');
RESET ROLE;

-- The owner's custom detector calls what another role wrote: that runs as the owner, in a restricted operation,
-- whichever role asks.
SET LOCAL ROLE recon_owner;
CREATE FUNCTION work.careless(history float8[], x float8, options jsonb) RETURNS float8 LANGUAGE plpgsql STABLE
    AS $$ BEGIN
    PERFORM work.leave_trace('careless');
    RETURN -1;
END $$;
CREATE FUNCTION work."f(1); DROP TABLE work.ledger; --"(break_row jsonb, options jsonb) RETURNS text
    LANGUAGE plpgsql STABLE AS $$ BEGIN
    PERFORM work.leave_trace('careless rule: ' || abs(-1) || (options->>'said'));
    RETURN NULL;
END $$;
SELECT recon_register_detector('careless', 'work.careless(float8[], float8, jsonb)') AS a,
       recon_register_detector('hostile_name', 'work."f(1); DROP TABLE work.ledger; --"(jsonb, jsonb)',
           '{"said": {"type": "text", "required": true}}') AS b,
       recon_create_strategy('careless', detectors => jsonb_build_object('careless', 1, 'hostile_name',
           jsonb_build_object('said', '''); DROP TABLE work.ledger; \'' --'))) AS c \gset
RESET ROLE;
SET LOCAL search_path = evil, public;
SELECT public.ok(count(*) > 0, 'a search_path of somebody else leads nowhere')
    FROM public.recon_detect('cash', from_date => '2024-01-10', strategy => 'careless', persist => false);
SET LOCAL search_path = public;
SELECT is(string_agg(DISTINCT what || ': ' || ran_as || ', ' || said, '; '
    ORDER BY what || ': ' || ran_as || ', ' || said),
    'careless rule: 1''); DROP TABLE work.ledger; \'' --: recon_owner, 42501: cannot set parameter "role" within '
        'security-restricted operation; '
    'careless: recon_owner, 42501: cannot set parameter "role" within security-restricted operation',
        'it runs as the owner, and can become nobody else')
FROM work.witness WHERE what LIKE 'careless%';
SELECT is(work.heard('hijacked'), NULL, 'nothing was found in front of pg_catalog');
-- Names are looked up in pg_catalog alone.
SET LOCAL ROLE recon_owner;
CREATE FUNCTION work.unqualified(break_row jsonb, options jsonb) RETURNS boolean LANGUAGE plpgsql STABLE
    AS $$ BEGIN RETURN leave_trace('unqualified'); END $$;
SELECT recon_register_detector('unqualified', 'work.unqualified(jsonb, jsonb)') AS a,
    recon_create_strategy('unqualified', detectors => '{"unqualified": true}') AS c \gset
SET LOCAL search_path = work, public;
SELECT matches(work.refusal($$SELECT * FROM recon_detect('cash', from_date => '2024-01-10', strategy => 'unqualified',
    persist => false)$$),
    '^42883: detector "unqualified" failed: function leave_trace\(unknown\) does not exist',
    'a detector finds unqualified names in pg_catalog alone');
SET LOCAL search_path = public;
SELECT ok(to_regclass('work.ledger') IS NOT NULL, 'the ledger is there');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
