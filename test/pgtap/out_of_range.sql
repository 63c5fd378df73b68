-- Amounts whose differences, absolute values or shares a type cannot hold, and amounts too large or too small for
-- statistics. They end no run and leave no baselines that cannot be read: their row is shown, all others are judged.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(40);

CREATE TABLE kind (name text, type text, a text, b text, observed text);
INSERT INTO kind VALUES
    ('small', 'smallint', '32767', '-32768', '65535'),
    ('whole', 'integer', '2147483647', '-2', '2147483649'),
    ('wide', 'bigint', '9223372036854775807', '-2', '9223372036854775809'),
    ('double', 'float8', '1.7e308', '-1.7e308', 'Infinity'),
    ('single', 'float4', '3.4e38', '-3.4e38', NULL),
    ('exact', 'numeric', '9e131071', '-9e131071', 'Infinity');
CREATE FUNCTION pg_temp.make(name text, type text, source text, criteria text[], derived text[], share numeric)
    RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM recon_create(name, source => source, key_columns => '{k}', criteria_columns => criteria,
        derived_columns => derived, date_column => 'day', currency_column => '', comment_column => '', tolerance => 1,
        relative_tolerance => share);
END $$;
CREATE FUNCTION pg_temp.make_source(name text, type text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I (day date, k text, a %2$s, b %2$s, d %2$s)', name, type);
    EXECUTE format('INSERT INTO %I SELECT date ''2024-01-01'' + i, ''x'' || k, 100 + (i * k) %% 7, 95, (i * k) %% 7 + 5
                    FROM generate_series(0, 30) i, generate_series(1, 4) k', name);
    PERFORM pg_temp.make(name, type, name, '{a,b}', '{}', NULL);
    PERFORM pg_temp.make(name || ' share', type, name, '{a,b}', '{}', 0.01);
    PERFORM pg_temp.make(name || ' stored', type, name, '{a,b}', '{d}', 0.01);
END $$;
SELECT pg_temp.make_source(name, type) FROM kind \g /dev/null
DO $$ DECLARE k kind; BEGIN
    FOR k IN SELECT * FROM kind LOOP
        EXECUTE format('INSERT INTO %I VALUES (''2024-02-01'', ''x1'', %L, %L, %4$L), (''2024-02-01'', ''x2'', 9000, '
            '1, 8999)',
                       k.name, k.a, k.b, CASE k.type WHEN 'integer' THEN '-2147483648' WHEN 'smallint' THEN '-32768'
                                         WHEN 'bigint' THEN '-9223372036854775808' ELSE k.b END);
    END LOOP;
END $$;
CREATE FUNCTION pg_temp.verdicts(name text) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(format('%s %s', key->>'k', CASE WHEN is_anomaly THEN 'anomaly' WHEN 'non_finite' = ANY (flags)
                                                     THEN 'non_finite' ELSE 'ordinary' END) ORDER BY key->>'k')
    FROM recon_detect(name) $$;
SELECT is(pg_temp.verdicts(name), CASE WHEN type IN ('float8', 'numeric')
                                       THEN ARRAY['x1 non_finite', 'x2 anomaly']
                                           ELSE ARRAY['x1 anomaly', 'x2 anomaly'] END,
    format('a difference out of the range of %s is a break, and the other row of the date is judged', type)) FROM kind;
SELECT results_eq(format($$SELECT observed::text FROM recon.break JOIN recon.reconciliation USING (reconciliation_id)
                           WHERE reconciliation_name = %L AND key->>'k' = 'x1' AND break_date = '2024-02-01'$$, name),
                  format('VALUES (%L)', observed), format('it has its size in %s', type))
FROM kind WHERE observed IS NOT NULL;
SELECT is((pg_temp.verdicts(name || ' share'))[2], 'x2 anomaly', format('a share of an amount of %s ends no run', type))
FROM kind;
SELECT is((pg_temp.verdicts(name || ' stored'))[2], 'x2 anomaly',
    format('a stored difference of %s beside its sides ends no run', type)) FROM kind;
SELECT is((SELECT count(*) FROM recon_score_row(name, format('{"day": "2024-02-02", "k": "x1", "a": "%s", "b": "%s"}',
    a, b)::jsonb)),
    1::bigint, format('a single row of %s is judged', type)) FROM kind;
SELECT recon_watch(name) FROM kind \g /dev/null
DO $$ DECLARE k kind; BEGIN
    FOR k IN SELECT * FROM kind LOOP
        EXECUTE format('INSERT INTO %I VALUES (''2024-02-02'', ''x1'', %L, %L, 1)', k.name, k.a, k.b);
    END LOOP;
END $$;
SELECT results_eq(format($$SELECT u.status, u.breaks, u.message FROM recon.run u
    JOIN recon.reconciliation USING (reconciliation_id)
                           WHERE reconciliation_name = %L AND is_watch$$, name),
    $$VALUES ('succeeded', 1::bigint, NULL)$$, format('a watched row of %s is judged', type)) FROM kind;

-- A share that is closer to zero than a double can be.
CREATE TABLE tiny (day date, k text, a float8, b float8);
INSERT INTO tiny SELECT date '2024-01-01' + i, 'x' || k, CASE WHEN i % 3 = 0 THEN 5e-324 ELSE (i * k) % 7 * 1e-308 END,
    0
FROM generate_series(0, 19) i, generate_series(1, 7) k;
SELECT pg_temp.make('tiny', 'float8', 'tiny', '{a,b}', '{}', 0.01) \g /dev/null
SELECT is((SELECT count(*) FROM recon_detect('tiny')), 0::bigint, 'amounts closer to zero than 1e-150 are none');
SELECT lives_ok($$SELECT recon_detect('tiny', from_date => '2024-01-20')$$, 'the baselines that they leave are read');

-- Alternating amounts whose sums and squares a double does not hold.
CREATE TABLE huge (day date, k text, d float8);
INSERT INTO huge SELECT date '2024-01-01' + i, 'x' || k, CASE WHEN k > 1 THEN (i * k) % 7
    ELSE 1e308 * (1 - 2 * (i % 2)) END
FROM generate_series(0, 19) i, generate_series(1, 7) k;
SELECT pg_temp.make('huge', 'float8', 'huge', '{}', '{d}', NULL) \g /dev/null
SELECT results_eq($$SELECT observed, 'non_finite' = ANY (flags) FROM recon_detect('huge') WHERE key->>'k' = 'x1'$$,
    $$VALUES (-1e308::numeric, true)$$, 'an amount of more than 150 digits is shown as it is, and not judged');
INSERT INTO huge VALUES ('2024-01-21', 'x1', 5), ('2024-01-21', 'x2', 5000);
SELECT results_eq($$SELECT key->>'k', is_anomaly FROM recon_detect('huge') ORDER BY 1$$,
    $$VALUES ('x1', false), ('x2', true)$$, 'the baselines that it leaves are read');
SELECT throws_ok($$SELECT recon_alter('huge', tolerance => 1e-200)$$, '22023',
    'tolerance must be zero or a positive number',
    'a tolerance closer to zero than 1e-150 is refused');

SELECT * FROM finish();
ROLLBACK;
