-- Peers are the keys of the same pool, where there are enough of them.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(6);

-- 60 accounts keep balances of a few units, 60 of thousands; on the newest date one account of each desk is new.
CREATE TABLE position AS
SELECT desk, desk || ' ' || account_number AS account, date '2024-01-01' + day AS on_date,
       round((size * (sin(12.9898 * account_number + 78.233 * day) + 0.3 * cos(account_number)))::numeric, 2)
           AS difference
FROM (VALUES ('retail', 3), ('markets', 3000)) AS desks(desk, size),
     generate_series(1, 60) AS account_number, generate_series(0, 20) AS day;
INSERT INTO position VALUES ('retail', 'retail new', '2024-01-21', 2000), ('markets', 'markets new', '2024-01-21',
    2000);

CREATE FUNCTION pg_temp.new_keys(name text) RETURNS TABLE (desk text, is_anomaly boolean, q_value float8, reason text)
    LANGUAGE sql AS $$
    SELECT key->>'desk', is_anomaly, q_value, reason
    FROM recon_detect(name, from_date => '2024-01-21', persist => false) WHERE key->>'account' LIKE '% new'
        ORDER BY 1 $$;

SELECT recon_create('together', source => 'position', key_columns => '{desk,account}',
    derived_columns => '{difference}',
    date_column => 'on_date', break_when => 'abs(difference) > 0.01') AS made \gset
SELECT results_eq($$SELECT desk, is_anomaly FROM pg_temp.new_keys('together')$$,
    $$VALUES ('markets', false), ('retail', false)$$, 'among all keys neither is out of pattern');

SELECT recon_create('apart', source => 'position', key_columns => '{desk,account}', derived_columns => '{difference}',
    date_column => 'on_date', break_when => 'abs(difference) > 0.01', pool_by => '{desk}') AS made \gset
SELECT results_eq($$SELECT desk, is_anomaly FROM pg_temp.new_keys('apart')$$,
    $$VALUES ('markets', false), ('retail', true)$$, 'among its desk one is');
SELECT matches(reason, '60 other keys begin at about', 'its reason counts the peers of its desk')
    FROM pg_temp.new_keys('apart') WHERE desk = 'retail';

-- Two accounts are no pool.
UPDATE position SET desk = 'branch' WHERE account IN ('retail 1', 'retail 2', 'retail new');
SELECT results_eq($$SELECT desk, is_anomaly FROM pg_temp.new_keys('apart')$$,
    $$VALUES ('branch', false), ('markets', false)$$, 'a pool of two keys says nothing: all keys are its peers');

-- The answer does not depend on the plan.
CREATE TEMPORARY TABLE serial AS SELECT * FROM recon_detect('apart', from_date => '2024-01-15', persist => false);
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TEMPORARY TABLE one_thread AS SELECT * FROM recon_detect('apart', from_date => '2024-01-15', persist => false);
SELECT cmp_ok((SELECT count(*) FROM serial), '>', 100::bigint, 'there is something to compare');
SELECT set_eq('SELECT * FROM serial', 'SELECT * FROM one_thread', 'one thread gives the same as several');

SELECT * FROM finish();
ROLLBACK;
