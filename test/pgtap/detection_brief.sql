-- The sample: its four live rows get the verdicts and patterns that its source gives them, and keep
-- them whatever the unit, the sign, the dates, the order of the rows and the company they are in.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
\ir ../data/ihub_sample.sql

SELECT plan(42);

-- What the source of the sample says, in this product's words.
CREATE VIEW labelled AS
    SELECT company, account, au, is_anomaly,
           CASE pattern
               WHEN 'Inconsistent variations in outstanding balances' THEN 'inconsistent_variation'
               WHEN 'Consistent increase or decrease in outstanding balances' THEN 'consistent_change'
               WHEN 'Huge spike in outstanding balances' THEN 'spike'
               WHEN 'Outstanding balances are in line with previous months' THEN 'in_line'
           END AS pattern
    FROM ihub_label
    ORDER BY company COLLATE "C", account COLLATE "C", au COLLATE "C";

-- The verdicts on the sample's keys over a relation shaped like it.
CREATE FUNCTION verdicts(relation text, rule text DEFAULT 'abs(balance_difference) > 1')
    RETURNS TABLE (company text, account text, au text, is_anomaly boolean, pattern text)
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM recon_create(relation, source => relation, key_columns => '{company,account,au,currency}',
        criteria_columns => '{gl_balance,ihub_balance}', derived_columns => '{balance_difference}',
        date_column => 'as_of_date', comment_column => 'comments', currency_column => 'currency',
        break_when => rule);
    RETURN QUERY SELECT d.key->>'company', d.key->>'account', d.key->>'au', d.is_anomaly, d.pattern
        FROM recon_detect(relation) AS d
        WHERE d.key->>'company' NOT LIKE 'other%'
        ORDER BY d.key->>'company' COLLATE "C", d.key->>'account' COLLATE "C", d.key->>'au' COLLATE "C";
END
$$;

-- One test: the labels hold over a copy of the sample some columns of which are computed again.
CREATE FUNCTION holds(relation text, description text, as_of_date text DEFAULT 'as_of_date', factor text DEFAULT '1',
                      sides text DEFAULT 'gl_balance, ihub_balance', currency text DEFAULT 'currency',
                      ordered text DEFAULT 'as_of_date, company, account', tolerance text DEFAULT '1',
                      original text DEFAULT 'ihub_balance', labels text DEFAULT 'labelled') RETURNS text
    LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I AS SELECT %s AS as_of_date, company, account, au, %s AS currency,
                           %s * x.a AS gl_balance, %4$s * x.b AS ihub_balance, %4$s * (x.a - x.b) AS '
                               'balance_difference, comments
                    FROM %I, LATERAL (VALUES (%s)) AS x (a, b) ORDER BY %s',
                   relation, as_of_date, currency, factor, original, sides, ordered);
    RETURN results_eq(format('SELECT * FROM verdicts(%L, %L)', relation, 'abs(balance_difference) > ' || tolerance),
                      format('SELECT * FROM %I', labels), description);
END
$$;

SELECT results_eq('SELECT * FROM verdicts(''ihub_balance'')', 'SELECT * FROM labelled',
                  'four of four verdicts and patterns are the labels');
SELECT is(count(*), 28::bigint, 'the sample has 28 rows') FROM ihub_balance;
SELECT is_empty('SELECT * FROM ihub_balance WHERE gl_balance - ihub_balance <> balance_difference',
                'every difference of the sample is that of its sides');

-- What an analyst reads.
SELECT results_eq(
    $$SELECT key->>'account', observed, severity, reason FROM recon_detect('ihub_balance', from_date => '2024-05-31',
        to_date => '2024-05-31')
      WHERE is_anomaly ORDER BY observed$$,
    $$VALUES ('1619205', -15000::numeric, 'medium',
        '-15,000 USD against 6 earlier values between -40,000 and 200: the balance moves without a consistent level or '
        'trend.'),
             ('1618001', 50000::numeric, 'high',
                 '50,000 USD against 6 earlier values between -0.5 and 0.5: a jump of 50,000 from a quiet history.')$$,
    'both anomalies carry a sentence with their numbers');
SELECT results_eq(
    $$SELECT key->>'account', observed, severity, reason FROM recon_detect('ihub_balance', from_date => '2024-05-31',
        to_date => '2024-05-31')
      WHERE NOT is_anomaly ORDER BY observed$$,
    $$VALUES ('1619205', -10000::numeric, 'low',
        '-10,000 EUR, the same as 6 earlier values: in line with previous periods.'),
             ('1619288', 90000::numeric, 'low',
                 '90,000 USD continues a consistent increase of about 10,000 per row over 6 earlier values since '
                 '2023-11-30 (90,000 expected).')$$,
    'the breaks that are no news carry a sentence with their numbers');
SELECT is_empty(
    $$SELECT * FROM recon_detect('ihub_balance', from_date => '2024-05-31', to_date => '2024-05-31') AS d,
             LATERAL (SELECT sum(value::numeric) AS total FROM jsonb_each_text(d.contributions)) AS c
      WHERE abs(c.total - 1) > 0.001 OR d.basis <> 'own history' OR d.history_n <> 6
          OR d.measure <> 'balance_difference'
            OR abs(d.score + log(d.p_value)) > 1e-9 OR d.q_value < d.p_value OR d.lower > d.expected
                OR d.upper < d.expected$$,
    'contributions add up to 1, score is -log10(p), q is not below p, the band holds what was expected');

-- Units and sign: the tolerance of the break rule goes with them.
SELECT holds('thousandth', 'amounts times 1e-3', factor => '0.001', tolerance => '0.001');
SELECT holds('thousandfold', 'amounts times 1e3', factor => '1000', tolerance => '1000');
SELECT holds('negative', 'amounts times -1', factor => '(-1)');
SELECT holds('negative_thousandth', 'amounts times -1e-3', factor => '(-0.001)', tolerance => '0.001');
SELECT holds('in_doubles', 'amounts kept as double precision', factor => '1e3::float8', tolerance => '1e3');

-- Sides.
SELECT holds('swapped', 'the sides are swapped', sides => 'ihub_balance, gl_balance');
SELECT recon_create('pairs', source => 'ihub_balance', key_columns => '{company,account,au,currency}',
    criteria_columns => '{gl_balance,ihub_balance}', date_column => 'as_of_date', currency_column => 'currency',
    tolerance => 1) AS made \gset
SELECT recon_create('pairs_swapped', source => 'ihub_balance', key_columns => '{company,account,au,currency}',
    criteria_columns => '{ihub_balance,gl_balance}', date_column => 'as_of_date', currency_column => 'currency',
    tolerance => 1) AS made \gset
SELECT results_eq(format(
    $$SELECT key->>'company', key->>'account', key->>'au', is_anomaly, pattern FROM recon_detect(%L)
      ORDER BY key->>'company' COLLATE "C", key->>'account' COLLATE "C"$$, name),
    'SELECT * FROM labelled', 'no derived column, the difference of the criteria: ' || name)
FROM (VALUES ('pairs'), ('pairs_swapped')) AS definitions (name);

-- Currency.
SELECT holds('one_currency', 'all amounts in one currency', currency => '''JPY''::text');

-- Dates.
SELECT holds(name, 'dates ' || meaning, as_of_date => expression)
FROM (VALUES
    ('days_later', 'as_of_date + 13', 'shifted by days'),
    ('years_earlier', '(as_of_date - interval ''44 years'')::date', 'shifted by decades'),
    ('daily', '''2024-03-01''::date + (dense_rank() OVER (ORDER BY as_of_date))::integer', 'made daily'),
    ('weekly', '''2024-03-01''::date + 7 * (dense_rank() OVER (ORDER BY as_of_date))::integer', 'made weekly'),
    ('yearly', '(''2001-12-31''::date + dense_rank() OVER (ORDER BY as_of_date) * interval ''1 year'')::date',
        'made yearly'),
    ('timestamps', 'as_of_date + time ''23:59''', 'kept as timestamps'),
    ('moments', '(as_of_date + time ''12:00'') AT TIME ZONE ''UTC''', 'kept as timestamps with time zone')
) AS calendars (name, expression, meaning);

-- Order of the rows in the table.
SELECT holds('shuffled_' || seed, 'rows shuffled, seed ' || seed,
    ordered => format('md5(%L || as_of_date || account || au)', seed))
FROM generate_series(1, 5) AS seed;
SELECT is_empty(
    $$(SELECT key, score, p_value, q_value, expected, lower, upper
        FROM recon_detect('shuffled_1', from_date => '2024-05-31', to_date => '2024-05-31'))
      EXCEPT ALL
      (SELECT key, score, p_value, q_value, expected, lower, upper
          FROM recon_detect('ihub_balance', from_date => '2024-05-31', to_date => '2024-05-31'))$$,
    'every number is the same to the last bit');

SELECT holds('everything', 'all of these at once',
    as_of_date => '''1999-12-01''::date + (dense_rank() OVER (ORDER BY as_of_date))::integer',
    factor => '(-1000)', sides => 'ihub_balance, gl_balance', ordered => 'md5(as_of_date::text || account || au)',
        tolerance => '1000');

-- 200 keys that have nothing to do with it: stable, quiet, trending or standing, all in pattern.
\ir lib/uniform.sql
CREATE FUNCTION normal(seed text) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    $$SELECT sum(uniform(seed || '/' || i)) - 6 FROM generate_series(1, 12) AS i$$;
CREATE FUNCTION others(seed integer, unit numeric) RETURNS SETOF ihub_balance LANGUAGE sql AS $$
    SELECT d.as_of_date, 'other ' || k, '1', '1', 'USD', NULL, NULL, x.amount, 0, x.amount, NULL, NULL
    FROM (SELECT as_of_date, row_number() OVER (ORDER BY as_of_date) AS n
          FROM (SELECT DISTINCT as_of_date FROM ihub_balance) AS dates) AS d
    CROSS JOIN (SELECT k, 20000 * normal(format('level %s %s', seed, k)) AS level,
                       50 * exp(normal(format('noise %s %s', seed, k))) AS noise,
                       3000 * normal(format('slope %s %s', seed, k)) AS slope
                FROM generate_series(1, 200) AS k) AS keys
    CROSS JOIN LATERAL (SELECT round((unit * CASE k % 4
        WHEN 0 THEN level + noise * normal(format('row %s %s %s', seed, k, n))
        WHEN 1 THEN CASE k % 8 WHEN 1 THEN 0 ELSE uniform(format('row %s %s %s', seed, k, n)) - 0.5 END
        WHEN 2 THEN level + slope * n + 0.01 * slope * normal(format('row %s %s %s', seed, k, n))
        ELSE level END)::numeric, 4) AS amount) AS x
$$;
CREATE FUNCTION holds_among_others(relation text, seed integer, unit numeric) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I AS SELECT * FROM ihub_balance UNION ALL SELECT * FROM others(%s, %s)', relation,
        seed, unit);
    RETURN results_eq(format('SELECT * FROM verdicts(%L)', relation), 'SELECT * FROM labelled',
                      format('among 200 unrelated keys, seed %s, their amounts times %s', seed, unit));
END
$$;
SELECT holds_among_others('others_' || seed, seed, unit) FROM (VALUES (1, 1), (2, 100), (3, 0.01), (4, 1))
    AS draws (seed, unit);
SELECT cmp_ok(count(*) FILTER (WHERE is_anomaly), '<=', 10::bigint,
    'few of 400 rows in pattern are taken for anomalies')
FROM recon.break JOIN recon.reconciliation USING (reconciliation_id)
WHERE reconciliation_name IN ('others_1', 'others_4') AND key->>'company' LIKE 'other%';

-- As it was typed, the fourth live key has no history of its own.
CREATE TABLE as_typed AS SELECT * FROM ihub_balance;
UPDATE as_typed SET account = '1618005' WHERE company = '00002' AND account = '1619205' AND as_of_date < '2024-05-31';
UPDATE as_typed SET au = '62695', currency = 'USD' WHERE account = '1618005' AND as_of_date = '2024-04-30';
CREATE VIEW labelled_as_typed AS
    SELECT company, account, au, is_anomaly, CASE WHEN au = '4929' THEN 'new_key' ELSE pattern END AS pattern
        FROM labelled;
SELECT results_eq($$SELECT * FROM verdicts('as_typed')$$, 'SELECT * FROM labelled_as_typed',
    'keys as typed: the fourth is new, and quiet');
SELECT results_eq(
    $$SELECT basis, history_n, observed FROM recon_detect('as_typed', from_date => '2024-05-31',
        to_date => '2024-05-31')
      WHERE key->>'au' = '4929'$$,
    $$VALUES ('peers', 0, -10000::numeric)$$, 'it is judged by its peers');
SELECT matches(reason, '^-10,000 EUR is the first value of this key; [0-9]+ other keys begin at about ',
    'its reason names its peers')
FROM recon.break WHERE key->>'au' = '4929' AND pattern = 'new_key';
SELECT ok(is_open AND NOT is_anomaly AND severity = 'low', 'it is a break like any other')
FROM recon.break WHERE key->>'au' = '4929' AND pattern = 'new_key';
SELECT holds('as_typed_' || n, 'keys as typed, amounts times ' || factor, factor => factor, tolerance => tolerance,
             original => 'as_typed', labels => 'labelled_as_typed')
FROM (VALUES (1, '0.001', '0.001'), (2, '1000', '1000'), (3, '(-1)', '1')) AS factors (n, factor, tolerance);
SELECT holds('as_typed_daily', 'keys as typed, dates made daily, rows shuffled', original => 'as_typed',
    labels => 'labelled_as_typed',
             as_of_date => '''2024-03-01''::date + (dense_rank() OVER (ORDER BY as_of_date))::integer',
                 ordered => 'md5(as_of_date || account)');

SELECT * FROM finish();
ROLLBACK;
