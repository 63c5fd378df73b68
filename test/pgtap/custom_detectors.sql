-- Custom detectors: what is admitted, what they are asked, what becomes of their answers and errors.
BEGIN;
SET LOCAL client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;

SELECT plan(59);

CREATE ROLE recon_keeper;
SELECT recon_grant('recon_keeper', 'admin') AS granted \gset
CREATE SCHEMA work;
GRANT CREATE, USAGE ON SCHEMA work TO recon_keeper;
\ir lib/complaint.sql
SET LOCAL ROLE recon_keeper;

-- What is admitted.
CREATE FUNCTION work.favourite(history double precision[], x double precision, options jsonb) RETURNS double precision
    LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN x = (options->>'number')::float8 THEN -25 END $$;
CREATE FUNCTION work.depth(history double precision[], x double precision, options jsonb) RETURNS double precision
    LANGUAGE sql IMMUTABLE AS $$ SELECT -pg_catalog.cardinality(history) - history[pg_catalog.cardinality(history)] /
        10000 $$;
CREATE FUNCTION work.is_odd(break_row jsonb, options jsonb) RETURNS boolean
    LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (break_row->>'observed')::numeric % 2 <> 0; END $$;
CREATE FUNCTION work.of_size(break_row jsonb, options jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN (break_row->>'observed')::numeric > (options->>'large')::numeric
        THEN 'large' WHEN break_row->>'currency' = 'USD' THEN 'dollars' END $$;
SELECT is(recon_register_detector('favourite', 'work.favourite(double precision[], double precision, jsonb)',
    '{"number": {"type": "number", "default": 777}}', 'a number'),
    'detector "favourite": statistical, by work.favourite(double precision[],double precision,jsonb)',
    'a function of a history, a value and options is registered as statistical');
SELECT is(recon_register_detector('depth', 'work.depth'::regproc::oid::regprocedure),
    'detector "depth": statistical, by work.depth(double precision[],double precision,jsonb)',
    'a function given by its oid is registered as statistical');
SELECT is(recon_register_detector('odd', 'work.is_odd(jsonb, jsonb)'),
    'detector "odd": rule, by work.is_odd(jsonb,jsonb)', 'a function of a row and options is registered as a rule');
SELECT is(recon_register_detector('of_size', 'work.of_size(jsonb, jsonb)',
    '{"large": {"type": "number", "required": true}}'), 'detector "of_size": rule, by work.of_size(jsonb,jsonb)',
    'a rule with a required option is registered');
SELECT is(string_agg(detector_name || ' ' || type || ' ' || is_builtin || ' ' || registered_by, ', '
    ORDER BY detector_name),
    'depth statistical false recon_keeper, favourite statistical false recon_keeper, odd rule false recon_keeper, '
        'of_size rule false recon_keeper', 'they are rows') FROM recon.detector WHERE NOT is_builtin;

-- What is not.
CREATE FUNCTION work.rolls(history double precision[], x double precision, options jsonb) RETURNS double precision
    LANGUAGE sql VOLATILE AS 'SELECT -1.0::float8';
CREATE FUNCTION work.many(break_row jsonb, options jsonb) RETURNS SETOF boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION work.whole(history double precision[], x double precision, options jsonb) RETURNS integer
    LANGUAGE sql IMMUTABLE AS 'SELECT -1';
CREATE FUNCTION work.two(break_row jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION work.pile(state boolean, a jsonb, b jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE AGGREGATE work.all_of(a jsonb, b jsonb) (SFUNC = work.pile, STYPE = boolean);
CREATE PROCEDURE work.act(a jsonb, b jsonb) LANGUAGE sql AS 'SELECT true';
SELECT matches(complaint(format('SELECT recon_register_detector(%s)', arguments)), wanted,
    'recon_register_detector refuses ' || arguments)
FROM (VALUES
    ('''x'', ''work.rolls(double precision[], double precision, jsonb)''',
        '^42P13 \| function work\.rolls.* cannot be detector "x" \| It is volatile.* \| Write it as f\(double '
        'precision'),
    ('''x'', ''work.many(jsonb, jsonb)''', '^42P13 .* \| It returns a set'),
    ('''x'', ''work.whole(double precision[], double precision, jsonb)''',
        '^42P13 .* \| It takes \(double precision\[\], double precision, jsonb\) and returns integer'),
    ('''x'', ''work.two(jsonb)''', '^42P13 .* \| It takes \(jsonb\) and returns boolean'),
    ('''x'', ''work.all_of(jsonb, jsonb)''', '^42P13 .* \| It is no plain function'),
    ('''x'', ''work.act(jsonb, jsonb)''', '^42P13 .* \| It is no plain function'),
    ('''x'', NULL', '^22004 \| the function of detector "x" is missing \| Name it with the types of its arguments'),
    ('''odd'', ''work.is_odd(jsonb, jsonb)''', '^42710 \| detector "odd" already exists'),
    ('''baseline'', ''work.is_odd(jsonb, jsonb)''', '^42710 \| detector "baseline" already exists'),
    ('''Odd'', ''work.is_odd(jsonb, jsonb)''', '^22023 \| the name of a detector begins with a letter'),
    ('''x'', ''work.is_odd(jsonb, jsonb)'', ''[]''', '^22023 \| detector "x" must be an object of options'),
    ('''x'', ''work.is_odd(jsonb, jsonb)'', ''{"a": 1}''', '^22023 \| option "a" of detector "x" must be an object'),
    ('''x'', ''work.is_odd(jsonb, jsonb)'', ''{"a": {}}''',
        '^22023 \| option "a" of detector "x" has no type that is known'),
    ('''x'', ''work.is_odd(jsonb, jsonb)'', ''{"weight": {"type": "number"}}''',
        '^22023 \| option "weight" of detector "x" has a name that no option may have'),
    ('''x'', ''work.is_odd(jsonb, jsonb)'', ''{"a": {"type": "number", "least": 1}}''',
        '^22023 \| option "a" of detector "x" has a field "least" that is not known'),
    ('''x'', ''work.is_odd(jsonb, jsonb)'', ''{"a": {"type": "number", "minimum": 3, "default": 2}}''',
        '^22023 \| option "a" of detector "x" has a default that must be at least 3'),
    ('''x'', ''work.is_odd(jsonb, jsonb)'', ''{"a": {"type": "list"}}''',
        '^22023 \| option "a" of detector "x" is a list without fields')
) AS wrong (arguments, wanted);
SELECT matches(complaint($$SELECT recon_create_strategy('x', detectors => '{"favourite": {"nmber": 3}}')$$),
    '^22023 \| detector "favourite" has no option "nmber" \| Its value is 3\. \| Options are: number \(number, default '
    '777\)', 'a strategy refuses an option that the detector does not have');
SELECT matches(complaint($$SELECT recon_create_strategy('x', detectors => '{"of_size": true}')$$),
    '^22023 \| rule "of_size" needs the option "large"', 'a strategy refuses a rule without its required option');

-- What they are asked. Two keys around 777, one of them in dollars.
CREATE TABLE work.ledger AS
SELECT date '2024-01-01' + day AS value_date, account, currency, (700 + day * 7919 % 101 + n)::numeric AS a,
    0::numeric AS b
FROM generate_series(0, 29) AS day, (VALUES ('x', 'EUR', 0), ('y', 'USD', 1), ('z', 'EUR', 2))
    AS k (account, currency, n);
UPDATE work.ledger SET a = 777 WHERE value_date = '2024-01-30' AND account = 'x';
UPDATE work.ledger SET a = 0 WHERE value_date = '2024-01-30' AND account = 'z';
SELECT recon_create('cash', source => 'work.ledger', key_columns => '{account}', criteria_columns => '{a,b}',
    date_column => 'value_date',
    currency_column => 'currency', comment_column => '', tolerance => 1) AS made \gset
SELECT recon_create_strategy('ours', detectors => '{"favourite": 2}', scores => 'all') AS made \gset
CREATE TEMP TABLE plain AS SELECT * FROM recon_detect('cash', persist => false);
SELECT is(count(*) FILTER (WHERE is_anomaly), 0::bigint, 'nothing is out of pattern for what is built in') FROM plain;
CREATE TEMP TABLE ours AS SELECT * FROM recon_detect('cash', strategy => 'ours');
SELECT is(array_agg(key->>'account'), '{x}',
    'one row is out of pattern for a custom detector') FROM ours WHERE is_anomaly;
SELECT is(pattern || ' ' || (SELECT string_agg(k, '+' ORDER BY k COLLATE "C") FROM jsonb_object_keys(contributions) k
    WHERE (contributions->>k)::numeric > 0.99), 'own_detector favourite', 'its pattern and share')
FROM ours WHERE is_anomaly;
SELECT matches(reason, '^777 EUR is out of pattern for detector "favourite", which gives it a probability of 1\.4e-11',
    'the reason names the custom detector and its probability')
    FROM ours WHERE is_anomaly;
SELECT matches(recommended_action, '^See what the detector that the reason names',
    'the advice refers to the custom detector') FROM ours WHERE is_anomaly;
-- The weighted harmonic mean: ln (2 + 1.25 or so) - ln (2 e^25 + ...).
SELECT ok(score BETWEEN (25 + ln(2) - ln(4)) / ln(10) AND (25 + ln(2) - ln(2)) / ln(10), 'its weight counts') FROM ours
    WHERE is_anomaly;
SELECT ok(bool_and((plain.score, plain.pattern) IS NOT DISTINCT FROM (ours.score, ours.pattern)),
    'where it has nothing to say, nothing changes')
FROM plain JOIN ours USING (key) WHERE NOT ours.is_anomaly;
SELECT is(string_agg(ln_p::text || ' ' || round(share::numeric, 3), ', '), '-25 1.000', 'recon.score has what it said')
    FROM recon.score WHERE detector = 'favourite';
SELECT ok(count(DISTINCT break_id) = 2 AND bool_or(detector = 'baseline'),
    'recon.score has what the other detectors said of all breaks')
    FROM recon.score;
SELECT is(recon_alter_strategy('ours', detectors => '{"favourite": {"weight": 1, "number": 751}}') LIKE '%favourite 1%',
    true, 'a strategy takes another option of a custom detector');
SELECT is(count(*) FILTER (WHERE is_anomaly), 0::bigint, 'options are those of the strategy')
    FROM recon_detect('cash', from_date => '2024-01-30', strategy => 'ours', persist => false);

-- The history is what precedes the row, as the baseline keeps it; matches are asked about too.
SELECT recon_alter_strategy('ours',
    detectors => '{"favourite": 0, "depth": 1, "baseline": 0, "frequency": 0, "drift": 0, "volatility": 0}')
    AS altered \gset
SELECT is(array_agg(round((score * ln(10) - 29)::numeric, 6) ORDER BY key->>'account'),
    (SELECT array_agg(round(a / 10000, 6) ORDER BY account) FROM work.ledger WHERE value_date = '2024-01-29'
        AND account <> 'z'), 'twenty-nine values, the newest last')
FROM recon_detect('cash', from_date => '2024-01-30', strategy => 'ours', persist => false);
SELECT is(array_agg(round((score * ln(10))::numeric) ORDER BY break_date), ARRAY[28, 29]::numeric[],
    'one more each day')
FROM recon_detect('cash', from_date => '2024-01-29', strategy => 'ours', persist => false) WHERE key->>'account' = 'y';
SELECT ok(bool_and(q_value < 1e-12), 'the family is all rows, with what was said of each')
FROM recon_detect('cash', from_date => '2024-01-30', strategy => 'ours', persist => false);

-- A run that continues asks the same.
SELECT recon_alter_strategy('ours',
    detectors => '{"depth": 0.3, "baseline": 1, "frequency": 0.25, "odd": true, "of_size": {"large": 760}}')
    AS altered \gset
SELECT recon_create('continued', source => 'work.ledger', key_columns => '{account}', criteria_columns => '{a,b}',
    date_column => 'value_date',
    currency_column => 'currency', comment_column => '', tolerance => 1, strategy => 'ours') AS made \gset
SELECT count(*) FROM recon_detect('continued', from_date => '2024-01-25', to_date => '2024-01-28') \gset
CREATE TEMP TABLE continued AS SELECT * FROM recon_detect('continued');
SELECT is(baseline_date, date '2024-01-28',
    'the run with a custom detector continues') FROM recon.run ORDER BY run_id DESC LIMIT 1;
ALTER TABLE continued DROP COLUMN break_id;
CREATE TEMP TABLE read AS SELECT * FROM recon_detect('cash', from_date => '2024-01-29', to_date => '2024-01-30',
    strategy => 'ours', persist => false);
ALTER TABLE read DROP COLUMN break_id;
SELECT set_eq('TABLE continued', 'TABLE read', 'the run that continues gives the same answer');

-- Custom rules.
SELECT is(string_agg(key->>'account' || break_date || ':' || array_to_string(ARRAY(SELECT f FROM unnest(flags) f
    WHERE f IN ('odd', 'large', 'dollars')), '+'), ' ' ORDER BY key->>'account', break_date),
    (SELECT string_agg(account || value_date || ':' || concat_ws('+', CASE WHEN a % 2 <> 0 THEN 'odd' END, CASE
        WHEN a > 760 THEN 'large' WHEN currency = 'USD' THEN 'dollars' END), ' ' ORDER BY account, value_date)
     FROM work.ledger WHERE value_date >= '2024-01-29'
         AND a > 1), 'flags of the detector''s name, or of the name that it gives') FROM continued;
SELECT is((SELECT string_agg(array_to_string(flags, '+'), ' ' ORDER BY key->>'account', break_date) FROM recon.break
    JOIN recon.reconciliation USING (reconciliation_id) WHERE reconciliation_name = 'continued'
    AND break_date >= '2024-01-29'),
    (SELECT string_agg(array_to_string(flags, '+'), ' ' ORDER BY key->>'account', break_date) FROM continued),
        'the flags of custom rules are stored');
SELECT is(recon_set_rules('continued', '{"odd": false}'), 'rules of "continued": of_size',
    'recon_set_rules switches a rule off');
SELECT is(count(*) FILTER (WHERE 'odd' = ANY (flags)) || ' ' || count(*) FILTER (WHERE 'large' = ANY (flags)), '0 2',
    'a rule that is switched off gives no flag')
FROM recon_detect('continued', from_date => '2024-01-29', persist => false);

-- Errors are told, and whose they are.
CREATE FUNCTION work.fails(history double precision[], x double precision, options jsonb) RETURNS double precision
    LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'division_by_zero', MESSAGE = 'no idea',
        DETAIL = 'None.', HINT = 'Try.'; END $$;
CREATE FUNCTION work.gives(history double precision[], x double precision, options jsonb) RETURNS double precision
    LANGUAGE sql IMMUTABLE AS $$ SELECT (options->>'answer')::float8 $$;
CREATE FUNCTION work.calls(break_row jsonb, options jsonb) RETURNS text LANGUAGE sql IMMUTABLE
    AS $$ SELECT options->>'flag' $$;
SELECT recon_register_detector('fails', 'work.fails'::regproc::oid::regprocedure),
    recon_register_detector('gives', 'work.gives'::regproc::oid::regprocedure,
    '{"answer": {"type": "text", "required": true}}'),
       recon_register_detector('calls', 'work.calls(jsonb, jsonb)', '{"flag": {"type": "text", "required": true}}')
           \gset ignored_
SELECT recon_create_strategy('broken', detectors => '{"fails": 1}') AS made \gset
SELECT is(complaint($$SELECT count(*) FROM recon_detect('cash', from_date => '2024-01-30', strategy => 'broken')$$),
    '22012 | detector "fails" failed: no idea | None. | Try.',
    'the error of a detector keeps its code and names the detector');
SELECT count(*) AS runs_before FROM recon.run \gset
CREATE FUNCTION work.outcome(detectors text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM recon_alter_strategy('broken', detectors => '{"fails": 0, "gives": 0, "calls": false}');
    PERFORM recon_alter_strategy('broken', detectors => detectors::jsonb);
    RETURN complaint($q$SELECT count(*) FROM recon_detect('cash', from_date => '2024-01-30', strategy => 'broken')$q$);
END
$$;
SELECT matches(work.outcome(detectors), wanted,
    'a run fails by the detectors ' || detectors)
FROM (VALUES
    ('{"gives": {"answer": "0.5"}}',
        '^22023 \| detector "gives" returned an invalid log probability \| It returned 0\.5'),
    ('{"gives": {"answer": "NaN"}}', '^22023 \| detector "gives" returned an invalid log probability'),
    ('{"gives": {"answer": "-Infinity"}}', '^22023 \| detector "gives" returned an invalid log probability'),
    ('{"gives": {"answer": "much"}}',
        '^22P02 \| detector "gives" failed: invalid input syntax for type double precision: "much"'),
    ('{"gives": {"answer": "0"}}', '^none'),
    ('{"calls": {"flag": "a,b"}}', '^22023 \| detector "calls" returned an invalid flag name \| It returned "a,b"'),
    ('{"calls": {"flag": "fine"}}', '^none')
) AS given (detectors, wanted);
SELECT is((SELECT count(*) FROM recon.run) - :runs_before, 2::bigint, 'a run that fails leaves nothing');

-- Functions change after they were registered.
CREATE OR REPLACE FUNCTION work.calls(break_row jsonb, options jsonb) RETURNS text
    LANGUAGE sql VOLATILE AS $$ SELECT 'fine' $$;
SELECT matches(work.outcome('{"calls": {"flag": "fine"}}'),
    '^42P13 \| function work\.calls\(jsonb,jsonb\) cannot be detector "calls" \| It is volatile',
    'a detector whose function became volatile is refused');
DROP FUNCTION work.calls;
SELECT matches(work.outcome('{"calls": {"flag": "fine"}}'),
    '^42883 \| function work\.calls\(jsonb,jsonb\) of detector "calls" does not exist',
    'a detector whose function is gone is reported');

-- Away with them.
SELECT matches(complaint($$SELECT recon_drop_detector('baseline')$$), '^55000 \| detector "baseline" is built in',
    'a detector that is built in cannot be dropped');
SELECT matches(complaint($$SELECT recon_drop_detector('nothing')$$), '^42704 \| detector "nothing" does not exist',
    'dropping an unknown detector is an error');
SELECT matches(complaint($$SELECT recon_drop_detector('calls')$$),
    '^55006 \| detector "calls" is in use \| It is named by strategy "broken"', 'a detector in use cannot be dropped');
SELECT is(recon_drop_detector('favourite'),
    'detector "favourite" is gone; function work.favourite(double precision[],double precision,jsonb) stays',
    'dropping a detector keeps its function');

SELECT * FROM finish();
ROLLBACK;
