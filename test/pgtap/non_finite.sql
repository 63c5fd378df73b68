-- Amounts that are not finite numbers: NaN and the infinities, of numeric and floating-point columns, and numbers
-- beyond
-- what a double holds. They do not end a run: their row is flagged and shown without a score, all others are judged.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(62);

\ir lib/last_run.sql
\ir lib/complaint.sql
-- One source for each type of column; amounts are given as text.
CREATE FUNCTION pg_temp.make_source(name text, type text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I (day date, k text, d %s, loaded_at timestamptz DEFAULT clock_timestamp())', name,
        type);
    EXECUTE format('INSERT INTO %I (day, k, d) SELECT date ''2024-01-01'' + i, ''x'' || k, (i * k) %% 7 + 5
                    FROM generate_series(0, 30) i, generate_series(1, 4) k', name);
    PERFORM recon_create(name, source => name, key_columns => '{k}', derived_columns => '{d}', date_column => 'day',
                         loaded_at_column => 'loaded_at', tolerance => 1);
END $$;
CREATE FUNCTION pg_temp.add(name text, day date, VARIADIC amounts text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO %I (day, k, d)
        SELECT $1, ''x'' || n, a::%s FROM unnest($2) WITH ORDINALITY AS u (a, n)', name,
                   (SELECT format_type(atttypid, atttypmod) FROM pg_attribute
                       WHERE attrelid = name::regclass AND attname = 'd')) USING day, amounts;
END $$;
-- What a run answers: key, amount, whether it is flagged, scored, an anomaly.
CREATE FUNCTION pg_temp.verdicts(name text, from_date date DEFAULT NULL, to_date date DEFAULT NULL,
    persist boolean DEFAULT true) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(format('%s %s %s %s', key->>'k', CASE WHEN abs(observed) > 1e20 THEN observed::text
        ELSE round(observed)::text END,
        CASE WHEN 'non_finite' = ANY (flags) THEN 'non_finite' ELSE 'finite' END,
        CASE WHEN score IS NULL AND p_value IS NULL AND q_value IS NULL AND NOT is_anomaly THEN 'unjudged'
            WHEN is_anomaly THEN 'anomaly' ELSE 'ordinary' END) ORDER BY break_date, key->>'k')
    FROM recon_detect(name, from_date => from_date, to_date => to_date, persist => persist) $$;
SELECT pg_temp.make_source(name, type) FROM (VALUES ('exact', 'numeric'), ('eight', 'float8'), ('four',
    'float4')) AS sources (name, type) \g /dev/null

-- The first run: other rows of the date, and of the key, are judged.
SELECT pg_temp.add(name, '2024-02-01', 'NaN', 'Infinity', '-Infinity', '9000')
    FROM unnest('{exact,eight,four}'::text[]) name \g /dev/null
SELECT is(pg_temp.verdicts(name, persist => false),
    ARRAY['x1 NaN non_finite unjudged', 'x2 Infinity non_finite unjudged', 'x3 -Infinity non_finite unjudged',
          'x4 9000 finite anomaly'],
    name || ': the first run judges the good row, and shows the others') FROM unnest('{exact,eight,four}'::text[]) name;
SELECT is(pg_temp.verdicts(name),
    ARRAY['x1 NaN non_finite unjudged', 'x2 Infinity non_finite unjudged', 'x3 -Infinity non_finite unjudged',
          'x4 9000 finite anomaly'],
    name || ': one that is stored, too') FROM unnest('{exact,eight,four}'::text[]) name;
SELECT matches((last_run(name)).message,
    '3 breaks have an amount that is no number of at most 150 digits, which is not judged',
    name || ': which it says') FROM unnest('{exact,eight,four}'::text[]) name;
SELECT set_eq(format($$SELECT observed::text, reason FROM recon.break
    JOIN recon.reconciliation USING (reconciliation_id) WHERE reconciliation_name = %L AND score IS NULL$$, name),
    $$VALUES ('NaN', 'The value is no number of at most 150 digits and is not judged.'), ('Infinity',
        'The value is no number of at most 150 digits and is not judged.'),
             ('-Infinity', 'The value is no number of at most 150 digits and is not judged.')$$,
                 name || ': they stand among the breaks') FROM unnest('{exact,eight,four}'::text[]) name;
SELECT results_eq(format($$SELECT breaks, net_amount, gross_amount FROM recon.daily_summary WHERE reconciliation = %L$$,
    name), $$VALUES (4::bigint, 9000::numeric, 9000::numeric)$$,
    name || ': and are counted among those of the day, but not added') FROM unnest('{exact,eight,four}'::text[]) name;

-- The next days, by the stored baselines: rows like that are history without effect, and judged again like that.
SELECT pg_temp.add(name, '2024-02-02', '8', '9', '10', 'NaN')
    FROM unnest('{exact,eight,four}'::text[]) name \g /dev/null
SELECT is(pg_temp.verdicts(name),
    '{"x1 8 finite ordinary","x2 9 finite ordinary","x3 10 finite ordinary","x4 NaN non_finite unjudged"}',
    name || ': the keys go on')
FROM unnest('{exact,eight,four}'::text[]) name;
SELECT is((last_run(name)).baseline_date, '2024-02-01'::date, name || ': from the stored baselines')
    FROM unnest('{exact,eight,four}'::text[]) name;
SELECT pg_temp.add(name, '2024-02-03', '7000', '7000', '7000', '7000')
    FROM unnest('{exact,eight,four}'::text[]) name \g /dev/null
SELECT is(pg_temp.verdicts(name),
    '{"x1 7000 finite anomaly","x2 7000 finite anomaly","x3 7000 finite anomaly","x4 7000 finite anomaly"}',
    name || ': and find what is out of pattern')
FROM unnest('{exact,eight,four}'::text[]) name;
SELECT pg_temp.verdicts(name, '2024-02-01', '2024-02-03') FROM unnest('{exact,eight,four}'::text[]) name \g /dev/null
CREATE TABLE stored AS SELECT break_id, run_id, updated_at FROM recon.break;
SELECT isnt(pg_temp.verdicts(name, '2024-02-01', '2024-02-03'), NULL, name || ': judged again')
    FROM unnest('{exact,eight,four}'::text[]) name;
SELECT is_empty($$SELECT FROM recon.break b JOIN stored s USING (break_id) WHERE b.run_id <> s.run_id$$,
    'rows that are the same have the same verdict, NaN or not');
SELECT is((last_run(name)).verdicts_changed, 0::bigint, name || ': and none has changed')
    FROM unnest('{exact,eight,four}'::text[]) name;

-- Late rows.
SELECT pg_temp.add(name, '2023-12-30', 'NaN', '-Infinity', '6000')
    FROM unnest('{exact,eight,four}'::text[]) name \g /dev/null
SELECT is((SELECT array_agg(v) FROM unnest(pg_temp.verdicts(name)) v WHERE v NOT LIKE '%x3%'),
    '{"x1 NaN non_finite unjudged","x2 -Infinity non_finite unjudged"}', name || ': late rows are judged likewise')
FROM unnest('{exact,eight,four}'::text[]) name;

-- Single rows, and those that are watched.
SELECT is((SELECT array_agg(format('%s %s %s', observed, flags, score)) FROM recon_score_row(name,
    jsonb_build_object('day', '2024-02-04', 'k', 'x1', 'd', amount))), ARRAY[amount || ' {non_finite} '],
    name || ': recon_score_row of ' || amount) FROM unnest('{exact,eight,four}'::text[]) name,
        unnest('{NaN,Infinity,-Infinity}'::text[]) amount;
SELECT recon_watch('exact'), recon_watch('eight'), recon_watch('four') \g /dev/null
SELECT pg_temp.add(name, '2024-02-04', 'NaN', '-Infinity', '6000', '9')
    FROM unnest('{exact,eight,four}'::text[]) name \g /dev/null
SELECT is((SELECT array_agg(concat_ws(' ', observed, flags, is_anomaly) ORDER BY key) FROM recon.watched_break
    WHERE run_id = (last_run(name)).run_id),
    '{"NaN {non_finite} f","-Infinity {non_finite} f","6000 {} t","9 {} f"}',
        name || ': a watched statement has all of its rows judged') FROM unnest('{exact,eight,four}'::text[]) name;

-- Two sides, two measures, every detector; the good measure of a row is judged.
CREATE TABLE sides (day date, k text, a numeric, b numeric, fee float8, fee_paid float8);
INSERT INTO sides SELECT date '2024-01-01' + i, 'x' || k, 100 + (i * k) % 7, 95, 5 + (i * k) % 3, 4
    FROM generate_series(0, 40) i, generate_series(1, 12) k;
UPDATE sides SET a = 'NaN' WHERE k = 'x1' AND day IN ('2024-01-05', '2024-02-09');
UPDATE sides SET a = 'Infinity', b = 'Infinity' WHERE k = 'x2' AND day IN ('2024-01-06', '2024-02-09', '2024-02-10');
UPDATE sides SET fee = '-Infinity', a = 90000 WHERE k = 'x3' AND day IN ('2024-02-10');
UPDATE sides SET fee = 'NaN', fee_paid = 'NaN', b = '-Infinity' WHERE k = 'x4' AND day IN ('2024-02-08', '2024-02-10');
SELECT recon_create('sides', source => 'sides', key_columns => '{k}', criteria_columns => '{a,b,fee,fee_paid}',
    date_column => 'day', relative_tolerance => 0.001) \g /dev/null
SELECT recon_set_rules('sides',
    '{"round_amount": {"unit": 10}, "amount_threshold": {"limits": [{"amount": 5000}]},
      "stale": {"days": 20}, "unusual_period": true}') \g /dev/null
SELECT ok(bool_and('non_finite' = ANY (flags)) AND bool_and(is_anomaly = (key->>'k' = 'x3'))
    AND bool_and((score IS NULL) = (key->>'k' = 'x4')) AND count(*) = 3,
    strategy || ': of two measures the good one is judged')
FROM unnest('{conservative,balanced,sensitive}'::text[]) strategy, recon_detect('sides', to_date => '2024-02-10',
    strategy => strategy, persist => false) WHERE key->>'k' IN ('x2', 'x3', 'x4') GROUP BY strategy;
SELECT is(complaint(format($$SELECT * FROM
    recon_detect('sides', from_date => '2024-01-01', strategy => %L, persist => false)$$, strategy)), 'none',
    strategy || ': a run over all dates')
FROM unnest('{conservative,balanced,sensitive}'::text[]) strategy;
SELECT is(complaint($$SELECT * FROM recon_detect('sides', from_date => '2024-01-01')$$), 'none',
    'a stored run over all dates succeeds');
SELECT is(complaint(statement), 'none', 'there is no error: ' || statement)
    FROM unnest(ARRAY[$$SELECT * FROM recon_evaluate('sides',
    rounds => 2)$$, $$SELECT * FROM recon_preview('sides', 'sensitive')$$,
    $$SELECT recon_rejudge((last_run('sides')).run_id, 'sensitive')$$, $$SELECT *
        FROM recon_detect(history => 'sides')$$, $$SELECT recon_suggest('sides')$$]) statement;

-- Numbers beyond a double are no worse.
SELECT pg_temp.make_source('huge', 'numeric') \g /dev/null
SELECT pg_temp.add('huge', '2024-02-01', '1e400', '-1e400', '9000', '1e-400') \g /dev/null
SELECT is(pg_temp.verdicts('huge'), ARRAY['x1 1' || repeat('0', 400) || ' non_finite unjudged', 'x2 -1' || repeat('0',
    400) || ' non_finite unjudged', 'x3 9000 finite anomaly'],
    'they are shown to the last digit, and not judged');
SELECT is(pg_temp.verdicts('huge', '2024-02-01', '2024-02-01'), ARRAY['x1 1' || repeat('0',
    400) || ' non_finite unjudged', 'x2 -1' || repeat('0', 400) || ' non_finite unjudged', 'x3 9000 finite anomaly'],
    'a second run gives the same verdicts');
SELECT is(complaint(statement), 'none', 'there is no error: ' || statement)
    FROM unnest(ARRAY[$$SELECT recon_rejudge((last_run('huge')).run_id,
    'sensitive')$$, $$SELECT * FROM recon_preview('huge', 'sensitive')$$]) statement;

SELECT * FROM finish();
ROLLBACK;
