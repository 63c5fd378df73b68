-- Rows that are missing, doubled, without date or without sides; windows without rows; keys without
-- history: each has a defined answer.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;

SELECT plan(58);

-- A reconciliation of its own for every case: two sides, a tolerance of 0.5.
CREATE FUNCTION define(relation text, "keys" text[] DEFAULT '{account}', tolerance numeric DEFAULT 0.5) RETURNS text
    LANGUAGE sql AS
$$ SELECT left(recon_create(relation, source => relation, key_columns => "keys",
    criteria_columns => '{ledger,statement}',
                            date_column => 'value_date', tolerance => tolerance), 0) $$;
CREATE VIEW breaks AS
    SELECT r.reconciliation_name AS reconciliation, b.* FROM recon.break b
        JOIN recon.reconciliation r USING (reconciliation_id);
-- The newest run of a reconciliation.
CREATE FUNCTION newest_run(name text) RETURNS recon.run LANGUAGE sql STABLE AS
$$ SELECT u FROM recon.run u JOIN recon.reconciliation USING (reconciliation_id)
   WHERE reconciliation_name = name ORDER BY run_id DESC LIMIT 1 $$;

CREATE TABLE example (value_date date, account text, ledger numeric, statement numeric, note text);
-- Ten quiet days of two accounts.
CREATE VIEW quiet_days AS
    SELECT '2024-01-01'::date + day AS value_date, account, 100 + day % 2 * 0.2 AS ledger, 100.0 AS statement, NULL
        AS note
    FROM generate_series(0, 9) AS day, (VALUES ('a'), ('b')) AS accounts (account);

-- Duplicates of a key and date.
CREATE TABLE duplicates (LIKE example);
INSERT INTO duplicates SELECT * FROM quiet_days WHERE value_date < '2024-01-10';
INSERT INTO duplicates VALUES ('2024-01-10', 'a', 500, 100, 'first'), ('2024-01-10', 'a', 500, 100, 'first'),
                              ('2024-01-10', 'a', 108, 100, 'second'), ('2024-01-10', 'b', 100, 100, NULL);
SELECT define('duplicates');
SELECT results_eq($$SELECT observed, is_anomaly FROM recon_detect('duplicates')$$,
    $$VALUES (8::numeric, true), (400, true), (400, true)$$, 'each row of one key and date is a break of its own');
SELECT results_eq(
    $$SELECT occurrence, observed FROM breaks WHERE reconciliation = 'duplicates' ORDER BY occurrence$$,
    $$VALUES (1, 8::numeric), (2, 400), (3, 400)$$, 'they are numbered in the order of their content');
SELECT ok(count(DISTINCT score) = 2 AND count(DISTINCT break_id) = 3, 'rows of one date do not judge each other')
FROM breaks WHERE reconciliation = 'duplicates';
CREATE TABLE before AS SELECT * FROM breaks WHERE reconciliation = 'duplicates';
CREATE TABLE rows_again AS SELECT * FROM duplicates;
TRUNCATE duplicates;
INSERT INTO duplicates SELECT * FROM rows_again ORDER BY ledger DESC, value_date DESC;
SELECT results_eq($$SELECT break_id, observed, score FROM recon_detect('duplicates', from_date => '2024-01-10')$$,
    $$SELECT break_id, observed, score FROM before ORDER BY occurrence$$,
        'they keep their numbers when the table is rewritten in another order');

-- A missing side.
CREATE TABLE missing_sides (LIKE example);
INSERT INTO missing_sides SELECT * FROM quiet_days WHERE value_date < '2024-01-10';
INSERT INTO missing_sides VALUES ('2024-01-10', 'a', NULL, 100), ('2024-01-10', 'b', 100, NULL),
    ('2024-01-10', 'c', NULL, NULL);
SELECT define('missing_sides');
SELECT results_eq($$SELECT key->>'account', observed, expected, category, 'missing_side' = ANY (flags), direction
    FROM recon_detect('missing_sides')$$,
    $$VALUES ('a', NULL::numeric, NULL::numeric, 'one_sided', true, 0::smallint),
        ('b', NULL, NULL, 'one_sided', true, 0::smallint),
             ('c', NULL, NULL, 'one_sided', true, 0::smallint)$$, 'a row of which a side is missing is a break');
SELECT ok(bool_and(reason LIKE 'A side is missing%'), 'the reason of such a break says that a side is missing')
FROM breaks WHERE reconciliation = 'missing_sides';

-- A key that is NULL is a key.
CREATE TABLE null_keys (LIKE example);
INSERT INTO null_keys SELECT value_date, nullif(account, 'b'), ledger, statement FROM quiet_days;
INSERT INTO null_keys VALUES ('2024-01-11', NULL, 700, 100), ('2024-01-11', '', 700, 100),
    ('2024-01-11', 'a', 100.1, 100);
SELECT define('null_keys');
SELECT results_eq(
    $$SELECT key, history_n, basis FROM recon_detect('null_keys') ORDER BY history_n$$,
    $$VALUES ('{"account": ""}'::jsonb, 0, 'peers'), ('{"account": null}', 10, 'own history')$$,
    'NULL is a key value with a history of its own, and not the empty text');
SELECT ok(is_anomaly AND pattern = 'spike', 'it is judged like any other key')
FROM breaks WHERE reconciliation = 'null_keys' AND key = '{"account": null}';

-- Rows without a date, or with one that never comes.
CREATE TABLE undated (LIKE example);
INSERT INTO undated SELECT * FROM quiet_days;
INSERT INTO undated VALUES (NULL, 'a', 900, 100), (NULL, 'a', 900, 100), (NULL, 'z', 900, 100),
    ('infinity', 'a', 900, 100),
                           ('-infinity', 'b', 900, 100), ('2024-01-11', 'a', 900, 100), ('2024-01-11', 'b', 100, 100);
SELECT define('undated');
SELECT results_eq($$SELECT key->>'account', break_date, history_n FROM recon_detect('undated')$$,
    $$VALUES ('a', '2024-01-11'::date, 10)$$,
    'rows without a date are not judged, and no history');
SELECT results_eq($$SELECT rows_read, rows_without_date, rows_judged, to_date, message FROM newest_run('undated')$$,
    $$VALUES (27::bigint, 5::bigint, 2::bigint, '2024-01-11'::date,
        '5 of 27 rows have no finite date and were not judged')$$,
    'the run counts them and says so');
SELECT results_eq($$SELECT rows_without_date, state FROM recon.health WHERE reconciliation = 'undated'$$,
    $$VALUES (5::bigint, 'rows without date')$$, 'recon.health counts the rows without a date');

-- Windows without rows.
CREATE TABLE windows (LIKE example);
INSERT INTO windows SELECT * FROM quiet_days WHERE value_date < '2024-01-10';
INSERT INTO windows VALUES ('2024-01-10', 'a', 900, 100), ('2024-01-10', 'b', 100, 100);
SELECT define('windows');
SELECT is_empty($$SELECT * FROM recon_detect('windows', from_date => '2024-02-01')$$,
    'nothing is dated in the window: no row');
SELECT is_empty($$SELECT * FROM recon_detect('windows', to_date => '2023-12-31')$$,
    'nothing is dated up to its end: no row');
SELECT is(count(*), 0::bigint, 'nothing is written about breaks') FROM breaks WHERE reconciliation = 'windows';
SELECT results_eq($$SELECT break_date, is_anomaly FROM recon_detect('windows', to_date => '2034-01-01')$$,
    $$VALUES ('2024-01-10'::date, true)$$,
    'a window with only an end judges the newest date up to it');
SELECT is((newest_run('windows')).to_date, '2024-01-10'::date, 'a window is judged no further than there are rows');
SELECT is_empty($$SELECT * FROM recon_detect('windows')$$, 'nothing is new');
SELECT matches((newest_run('windows')).message, 'nothing new: no row is dated after 2024-01-10', 'the run says so');
INSERT INTO windows VALUES ('2024-01-11', 'a', 900, 100), ('2024-01-11', 'b', 100, 100), ('2024-01-12', 'a', 100, 100),
    ('2024-01-12', 'b', 800, 100);
SELECT results_eq($$SELECT break_date, key->>'account' FROM recon_detect('windows')$$,
    $$VALUES ('2024-01-11'::date, 'a'), ('2024-01-12', 'b')$$,
    'a run without a window judges every date after the newest judged one');
SELECT results_eq($$SELECT from_date, to_date, rows_judged FROM newest_run('windows')$$,
    $$VALUES ('2024-01-11'::date, '2024-01-12'::date, 4::bigint)$$,
    'matches are judged too');
SELECT throws_ok($$SELECT * FROM recon_detect('windows', from_date => '2024-01-05', to_date => '2024-01-02')$$, '22023',
    'from_date must not be after to_date');

-- No rows, no breaks, only breaks.
CREATE TABLE empty (LIKE example);
SELECT define('empty');
SELECT is_empty($$SELECT * FROM recon_detect('empty')$$, 'a source without rows: no row');
SELECT results_eq($$SELECT status, rows_read, from_date, message FROM newest_run('empty')$$,
    $$VALUES ('succeeded', 0::bigint, NULL::date, 'the source has no rows')$$, 'the run says so');
CREATE TABLE no_breaks (LIKE example);
INSERT INTO no_breaks SELECT * FROM quiet_days;
SELECT define('no_breaks');
SELECT is_empty($$SELECT * FROM recon_detect('no_breaks')$$, 'no row is a break: no row');
SELECT results_eq($$SELECT rows_judged, breaks, anomalies FROM newest_run('no_breaks')$$,
    $$VALUES (2::bigint, 0::bigint, 0::bigint)$$,
    'the run has judged the matches');
SELECT results_eq($$SELECT anomalies_percent FROM recon.run_summary WHERE reconciliation = 'no_breaks'$$,
    'VALUES (NULL::numeric)',
    'a share of no breaks is not a number');
CREATE TABLE only_breaks (LIKE example);
INSERT INTO only_breaks SELECT value_date, account, ledger + 50, statement FROM quiet_days;
SELECT define('only_breaks');
SELECT results_eq($$SELECT count(*), count(*) FILTER (WHERE is_anomaly)
    FROM recon_detect('only_breaks', from_date => '2024-01-01')$$,
    'VALUES (20::bigint, 0::bigint)', 'every row is a break: standing differences are no news, from the first row on');

-- Keys with one row.
CREATE TABLE one_row (LIKE example);
INSERT INTO one_row VALUES ('2024-01-01', 'a', 150, 100);
SELECT define('one_row');
SELECT results_eq($$SELECT score, p_value, q_value, is_anomaly, pattern, basis, history_n
    FROM recon_detect('one_row')$$,
    $$VALUES (NULL::float8, NULL::float8, NULL::float8, false, 'no_pattern', 'no evidence', 0)$$,
    'the only row there is: no evidence, no score, no anomaly');
SELECT is(reason, '50 has nothing to be compared with: no earlier value and no other key.',
    'its reason says that there is nothing to compare it with')
FROM breaks WHERE reconciliation = 'one_row';
CREATE TABLE day_one (LIKE example);
INSERT INTO day_one SELECT '2024-01-01', 'k' || k, 101 + k % 7, 100 FROM generate_series(1, 60) AS k;
SELECT define('day_one');
SELECT results_eq($$SELECT DISTINCT pattern, basis, history_n, is_anomaly FROM recon_detect('day_one')$$,
    $$VALUES ('new_key', 'peers', 0, false)$$,
    'keys of one row each are judged by each other, on day one');
CREATE TABLE new_keys (LIKE example);
INSERT INTO new_keys SELECT '2024-01-01'::date + day, 'k' || k, 100 + 10 * sin(k) + sin(day * k), 100
    FROM generate_series(1, 60) AS k, generate_series(0, 5) AS day;
INSERT INTO new_keys VALUES ('2024-01-07', 'near', 104, 100), ('2024-01-07', 'far', 100 + 1e7, 100);
SELECT define('new_keys');
SELECT results_eq($$SELECT key->>'account', pattern, basis, is_anomaly FROM recon_detect('new_keys')$$,
    $$VALUES ('far', 'new_key', 'peers', true), ('near', 'new_key', 'peers', false)$$,
        'a new key that is unlike its peers stands out');
CREATE TABLE new_among_constant (LIKE example);
INSERT INTO new_among_constant SELECT '2024-01-01'::date + day, 'k' || k, 101 + k % 7, 100
    FROM generate_series(1, 60) AS k, generate_series(0, 5) AS day;
INSERT INTO new_among_constant SELECT * FROM new_keys WHERE account IN ('near', 'far');
SELECT define('new_among_constant');
SELECT results_eq($$SELECT key->>'account', is_anomaly FROM recon_detect('new_among_constant')$$,
    $$VALUES ('far', true), ('near', false)$$, 'a new key stands out where its peers never vary');

-- Keys that are absent; a date with few of its keys.
CREATE TABLE absences (LIKE example);
INSERT INTO absences SELECT '2024-01-01'::date + day, 'k' || k, 100 + day % 2, 100 FROM generate_series(0, 9) AS day,
    generate_series(1, 12) AS k
    WHERE day < 9 OR k > 2;
SELECT define('absences');
SELECT ok(count(*) > 0, 'a date from which two of twelve keys are absent') FROM recon_detect('absences');
SELECT results_eq($$SELECT keys_absent, is_partial, message FROM newest_run('absences')$$,
    $$VALUES (2::bigint, false, '2 keys of the date before have no row on the newest date: corrected, or missing')$$,
        'the run counts them');
INSERT INTO absences VALUES ('2024-01-11', 'k3', 100, 100), ('2024-01-11', 'k4', 101, 100);
SELECT ok(count(*) > 0, 'a date with two of ten keys') FROM recon_detect('absences');
SELECT results_eq($$SELECT keys_absent, is_partial, message FROM newest_run('absences')$$,
    $$VALUES (8::bigint, true, '2024-01-11 is partial: it has 2 keys where 12 are usual; a feed may be late; '
              || '8 keys of the date before have no row on the newest date: probably a feed is missing')$$,
                  'a date with two of ten keys is partial');
SELECT is(state, 'a date was partial',
    'recon.health says that a date was partial') FROM recon.health WHERE reconciliation = 'absences';
INSERT INTO absences SELECT '2024-01-12', 'k' || k, 100, 100 FROM generate_series(1, 11) AS k;
SELECT ok(count(*) >= 0, 'the next date is complete but for one key; the partial one is judged again')
FROM recon_detect('absences', from_date => '2024-01-11');
SELECT is((newest_run('absences')).message,
    '2024-01-11 is partial: it has 2 keys where 12 are usual; a feed may be late',
    'keys that were absent on a partial date before are not absent now');

-- Numbers that are none.
CREATE TABLE not_numbers (value_date date, account text, ledger float8, statement float8);
INSERT INTO not_numbers SELECT value_date, account, ledger, statement FROM quiet_days WHERE value_date < '2024-01-08';
INSERT INTO not_numbers VALUES ('2024-01-08', 'a', 'NaN', 100), ('2024-01-08', 'b', 'Infinity', 100),
                               ('2024-01-09', 'a', 100, 100), ('2024-01-09', 'b', 100, '-Infinity'),
                               ('2024-01-10', 'a', 300, 100), ('2024-01-10', 'b', 300, 100);
SELECT define('not_numbers');
SELECT results_eq($$SELECT break_date, key->>'account', is_anomaly, category, reason
    FROM recon_detect('not_numbers', from_date => '2024-01-08', to_date => '2024-01-09')$$,
    $$VALUES ('2024-01-08'::date, 'a', false, 'amount_mismatch',
        'The value is no number of at most 150 digits and is not judged.'),
             ('2024-01-08', 'b', false, 'amount_mismatch',
                 'The value is no number of at most 150 digits and is not judged.'),
             ('2024-01-09', 'b', false, 'amount_mismatch',
                 'The value is no number of at most 150 digits and is not judged.')$$,
    'NaN and the infinities are breaks that are not judged');
SELECT ok(bool_and('non_finite' = ANY (flags) AND NOT 'missing_side' = ANY (flags)),
    'NaN and the infinities are flagged')
FROM breaks WHERE reconciliation = 'not_numbers';
SELECT results_eq($$SELECT history_n, is_anomaly, pattern FROM recon_detect('not_numbers', from_date => '2024-01-10')$$,
    $$VALUES (8, true, 'spike'), (7, true, 'spike')$$, 'they are no history');
CREATE TABLE large_numbers (LIKE example);
INSERT INTO large_numbers SELECT value_date, account, ledger * 1e28, statement * 1e28 FROM quiet_days;
INSERT INTO large_numbers VALUES ('2024-01-11', 'a', 1e40, 0), ('2024-01-11', 'b', 123456789012345678.25, 0);
SELECT define('large_numbers', tolerance => 1);
SELECT lives_ok($$SELECT * FROM recon_detect('large_numbers')$$,
    'amounts beyond what a double holds exactly are no error');
CREATE TABLE small_numbers (LIKE example);
INSERT INTO small_numbers SELECT value_date, account, ledger * 1e-28, statement * 1e-28 FROM quiet_days;
INSERT INTO small_numbers VALUES ('2024-01-11', 'a', 1e-20, 0), ('2024-01-11', 'b', 0, 0);
SELECT define('small_numbers', tolerance => 1e-28);
SELECT results_eq($$SELECT observed, is_anomaly FROM recon_detect('small_numbers', from_date => '2024-01-11')$$,
    'VALUES (1e-20::numeric, true)',
    'tiny amounts, in a unit of their own, are no error');

-- Several measures in a row: the strongest is named.
CREATE TABLE measures (value_date date, trade text, quantity numeric, price numeric);
INSERT INTO measures SELECT '2024-01-01'::date + day, trade, day % 2, 0 FROM generate_series(0, 9) AS day,
    (VALUES ('t1'), ('t2'), ('t3')) AS trades (trade);
INSERT INTO measures VALUES ('2024-01-11', 't1', 0, 0.5), ('2024-01-11', 't2', 5000, 0), ('2024-01-11', 't3', 1, 0);
SELECT left(recon_create('measures', source => 'measures', key_columns => '{trade}',
    derived_columns => '{quantity,price}',
    date_column => 'value_date', break_when => 'abs(quantity) > 2 OR abs(price) > 0.001'), 0);
SELECT is(m.tolerances, '{2,0.001}', 'each measure has the tolerance that the rule states for it')
FROM recon.reconciliation, LATERAL (SELECT array_agg((e->>'tolerance')::numeric) AS tolerances
    FROM jsonb_array_elements(measures) AS e) AS m
WHERE reconciliation_name = 'measures';
SELECT results_eq($$SELECT key->>'trade', measure, observed, is_anomaly FROM recon_detect('measures')$$,
    $$VALUES ('t1', 'price', 0.5, true), ('t2', 'quantity', 5000::numeric, true)$$,
        'a break is judged on its strongest measure');
SELECT ok(bool_and(reason LIKE measure || ': %'), 'the reason begins with it')
FROM breaks WHERE reconciliation = 'measures';
INSERT INTO measures SELECT '2024-01-12'::date + day, 't1', 0, 0.5 FROM generate_series(0, 5) AS day;
SELECT results_eq($$SELECT measure, observed, is_anomaly, pattern
    FROM recon_detect('measures', from_date => '2024-01-17')$$,
    $$VALUES ('price', 0.5, false, 'in_line')$$,
        'a standing break of which nothing is remarkable is shown on the measure that breaks');

-- A stored difference that is not that of its sides.
CREATE TABLE stored_differences AS SELECT value_date, account, ledger, statement, ledger - statement AS difference
    FROM quiet_days;
INSERT INTO stored_differences VALUES ('2024-01-11', 'a', 300, 100, 200), ('2024-01-11', 'b', 300, 100, 250);
SELECT left(recon_create('stored_differences', source => 'stored_differences', key_columns => '{account}',
    criteria_columns => '{ledger,statement}',
    derived_columns => '{difference}', date_column => 'value_date', tolerance => 0.5), 0);
SELECT results_eq($$SELECT key->>'account', observed, 'derived_mismatch' = ANY (flags)
    FROM recon_detect('stored_differences')$$,
    $$VALUES ('a', 200::numeric, false), ('b', 250, true)$$, 'is judged as it is stored, and flagged');
SELECT is_empty($$SELECT FROM recon_detect('stored_differences', from_date => '2024-01-01', to_date => '2024-01-10')
    WHERE 'derived_mismatch' = ANY (flags)$$, 'no other is');

-- Dates in the reconciliation's time zone.
CREATE TABLE moments (value_date timestamptz, account text, ledger numeric, statement numeric);
INSERT INTO moments SELECT (value_date + time '12:00') AT TIME ZONE 'UTC', account, ledger, statement FROM quiet_days;
INSERT INTO moments VALUES ('2024-01-11 20:00+00', 'a', 300, 100), ('2024-01-11 10:00+00', 'b', 300, 100);
SELECT left(recon_create(name, source => 'moments', key_columns => '{account}',
    criteria_columns => '{ledger,statement}',
    date_column => 'value_date', tolerance => 0.5, time_zone => zone), 0)
FROM (VALUES ('in_utc', NULL), ('in_tokyo', 'Asia/Tokyo')) AS zones (name, zone);
SELECT results_eq($$SELECT key->>'account', break_date FROM recon_detect('in_utc')$$,
    $$VALUES ('a', '2024-01-11'::date), ('b', '2024-01-11')$$, 'dates are those of UTC');
SELECT results_eq($$SELECT key->>'account', break_date FROM recon_detect('in_tokyo')$$,
    $$VALUES ('a', '2024-01-12'::date)$$,
    'dates are those of the reconciliation''s time zone, in which the evening is the next day');

-- Currencies: amounts of different ones are never in one history, named as a key or not.
CREATE TABLE currencies (LIKE example);
ALTER TABLE currencies ADD currency text;
INSERT INTO currencies SELECT value_date, account, ledger, statement, NULL, 'EUR' FROM quiet_days;
INSERT INTO currencies SELECT value_date, account, ledger + 1e6, statement, NULL, 'JPY' FROM quiet_days;
INSERT INTO currencies VALUES ('2024-01-11', 'a', 1000100, 100, NULL, 'EUR'),
    ('2024-01-11', 'a', 1000100, 100, NULL, 'JPY');
SELECT left(recon_create('currencies', source => 'currencies', key_columns => '{account}',
    criteria_columns => '{ledger,statement}',
    currency_column => 'currency', date_column => 'value_date', tolerance => 0.5), 0);
SELECT results_eq($$SELECT key->>'currency', observed, is_anomaly FROM recon_detect('currencies') ORDER BY 1$$,
    $$VALUES ('EUR', 1000000::numeric, true), ('JPY', 1000000, false)$$,
        'the same amount is news in one currency and not in the other');
SELECT results_eq($$SELECT currency, breaks, net_amount FROM recon.daily_summary WHERE reconciliation = 'currencies'
    ORDER BY currency$$,
    $$VALUES ('EUR', 1::bigint, 1000000::numeric), ('JPY', 1, 1000000)$$, 'amounts of two currencies are summed apart');

-- History in one relation, target in another.
CREATE TABLE past (LIKE example);
INSERT INTO past SELECT * FROM quiet_days;
CREATE TABLE today (LIKE example);
INSERT INTO today VALUES ('2024-01-11', 'a', 500, 100), ('2024-01-11', 'b', 100, 100);
SELECT define('past');
SELECT results_eq($$SELECT key->>'account', break_date, history_n, is_anomaly
    FROM recon_detect('past', target => 'today')$$,
    $$VALUES ('a', '2024-01-11'::date, 10, true)$$, 'the rows of the target are judged against the history');
INSERT INTO past SELECT * FROM today;
TRUNCATE today;
SELECT is_empty($$SELECT * FROM recon_detect('past', target => 'today')$$, 'a target without rows: no row');
INSERT INTO today VALUES ('2024-01-12', 'a', 500, 100), ('2024-01-12', 'b', 100, 100);
SELECT results_eq($$SELECT break_date, is_anomaly, 'ongoing' = ANY (flags)
    FROM recon_detect('past', target => 'today')$$,
    $$VALUES ('2024-01-12'::date, false, true)$$, 'a date that was the target becomes history');
SELECT results_eq(
    $$SELECT break_date, is_open FROM breaks WHERE reconciliation = 'past' ORDER BY 1$$,
    $$VALUES ('2024-01-11'::date, true), ('2024-01-12', true)$$, 'breaks of earlier targets stay as they were judged');

SELECT * FROM finish();
ROLLBACK;
