-- A replay (as_of) of a window that a stored run has judged says what has changed in the source since.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;

SELECT plan(18);

CREATE TABLE positions (day date, account text, currency text, ours numeric, theirs numeric, arrived timestamptz);
INSERT INTO positions SELECT '2024-01-01'::date + d, 'A' || a, CASE WHEN a % 2 = 0 THEN 'EUR' ELSE 'USD' END,
    1000 + (a * d) % 7, 1000, '2024-01-01 18:00+00'::timestamptz + d * interval '1 day'
FROM generate_series(0, 59) d, generate_series(1, 10) a;
SELECT recon_create('positions', source => 'positions', key_columns => '{account}', criteria_columns => '{ours,theirs}',
    date_column => 'day', currency_column => 'currency', tolerance => 1) \g /dev/null

-- What a replay says, through recon.run: it is a part of the message.
CREATE FUNCTION replay(from_date date DEFAULT '2024-02-29', to_date date DEFAULT '2024-02-29',
    as_of timestamptz DEFAULT clock_timestamp())
    RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    PERFORM FROM recon_detect('positions', from_date => from_date, to_date => to_date, as_of => as_of);
    SELECT message INTO answer FROM recon.run ORDER BY run_id DESC LIMIT 1;
    RETURN regexp_replace(answer, 'since run \d+, ', '');
END
$$;

SELECT is(replay(), NULL, 'there is nothing to compare with before the first run');
SELECT count(*) FROM recon_detect('positions', from_date => '2024-02-29') \g /dev/null
SELECT max(run_id) AS first_run FROM recon.run \gset
SELECT ok(octet_length(rows_sketch) < 25000 AND source_fingerprint IS NOT NULL,
    'a run keeps some kilobytes of what it read')
FROM recon.run WHERE run_id = :first_run;
SELECT is(replay(), 'no source row has changed', 'nothing has changed');
SELECT ok(message ~ ('^since run ' || :first_run || ','), 'since which run is said') FROM recon.run
    ORDER BY run_id DESC LIMIT 1;
SELECT ok(rows_sketch IS NULL, 'a replay is nothing that later ones are compared with') FROM recon.run
    ORDER BY run_id DESC LIMIT 1;

-- The same rows, written again and in another order.
CREATE TABLE copy AS SELECT * FROM positions;
TRUNCATE positions;
INSERT INTO positions SELECT * FROM copy ORDER BY md5(day || account);
SELECT is(replay(), 'no source row has changed', 'no row has changed where the same rows were loaded again');

UPDATE positions SET ours = ours + 5 WHERE day = '2024-01-20' AND account = 'A3';
SELECT is(replay(), '1 source row has changed: 1 has other values', 'a row far back in the history');
DELETE FROM positions WHERE day = '2024-02-01' AND account IN ('A1', 'A2');
INSERT INTO positions SELECT * FROM positions WHERE day = '2024-02-03' AND account = 'A1';
INSERT INTO positions SELECT * FROM positions WHERE day = '2024-02-03' AND account = 'A1';
SELECT is(replay(), '6 source rows have changed: 1 has other values, 3 are new, 2 are gone',
    'rows gone, and duplicates of one row');
UPDATE positions SET arrived = arrived + interval '1 hour';
SELECT is(replay(), '6 source rows have changed: 1 has other values, 3 are new, 2 are gone',
    'columns that are not judged do not count');
SELECT is(replay('2024-01-30', '2024-01-30'), NULL, 'nothing is said of a window that no run has judged');
SELECT is(replay(as_of => '2000-01-01'), NULL, 'nothing is said as of a moment before the first run');

-- A run that continues from stored baselines knows what it has not read.
SELECT count(*) FROM recon_detect('positions', from_date => '2024-02-29') \g /dev/null
INSERT INTO positions SELECT '2024-03-01', account, currency, ours, theirs, arrived FROM positions
    WHERE day = '2024-02-29';
SELECT count(*) FROM recon_detect('positions') \g /dev/null
SELECT ok(baseline_date IS NOT NULL, 'a run continues') FROM recon.run ORDER BY run_id DESC LIMIT 1;
SELECT is(replay('2024-03-01', '2024-03-01'), 'no source row has changed', 'what it remembers is all of the source');
UPDATE positions SET theirs = 0 WHERE day = '2024-01-02' AND account = 'A4';
SELECT is(replay('2024-03-01', '2024-03-01'), '1 source row has changed: 1 has other values',
    'rows that the replay has not read itself count');

-- Too many to be counted, and a definition that is another one.
UPDATE positions SET ours = ours + 1;
SELECT ok(replay('2024-03-01',
    '2024-03-01') ~ '^more source rows have changed than are counted one by one \(about 500\): it read 611 rows with a '
    'date, now there are 611$',
    'more than a thousand differences');
SELECT recon_alter('positions', tolerance => 2) \g /dev/null
SELECT ok(replay('2024-03-01', '2024-03-01') ~ '^the definition .* has changed',
    'rows judged by another rule are not compared');

-- Where it is known when rows were loaded, those loaded later are not read, and not counted.
SELECT recon_alter('positions', loaded_at_column => 'arrived') \g /dev/null
SELECT count(*) FROM recon_detect('positions', from_date => '2024-03-01', to_date => '2024-03-01') \g /dev/null
SELECT clock_timestamp() AS then \gset
INSERT INTO positions SELECT '2024-02-20', 'A' || n, 'EUR', 5, 5, clock_timestamp() FROM generate_series(20, 23) n;
SELECT is(replay('2024-03-01', '2024-03-01', :'then'), 'no source row has changed', 'late rows are not of that moment');
SELECT is(replay('2024-03-01', '2024-03-01'), '4 source rows have changed: 4 are new', 'they are of a later one');

SELECT * FROM finish();
ROLLBACK;
