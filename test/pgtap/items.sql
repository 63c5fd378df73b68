-- The life of an item, the standing break of a key: it opens, ages, is corrected or gone, and comes back.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(34);

CREATE TABLE cash (account text, on_date date, ledger numeric, bank numeric);
-- Twenty accounts that match every day up to 2024-03-10.
INSERT INTO cash SELECT 'quiet ' || k, date '2024-03-01' + day, 500, 500 FROM generate_series(1, 20) AS k,
    generate_series(0, 9) AS day;
SELECT left(recon_create(name, source => 'cash', key_columns => '{account}', criteria_columns => '{ledger,bank}',
    date_column => 'on_date', tolerance => 1), 0)
FROM (VALUES ('continued'), ('read')) AS r (name);
-- The difference of an account on each day from 2024-03-01; NULL: no row.
CREATE FUNCTION pg_temp.days(account text, VARIADIC differences numeric[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO cash SELECT account, date '2024-03-01' + n::integer - 1, 500 + difference, 500
    FROM unnest(differences) WITH ORDINALITY AS u (difference, n) WHERE difference IS NOT NULL $$;
CREATE FUNCTION pg_temp.id(name text) RETURNS integer LANGUAGE sql STABLE AS
    $$ SELECT reconciliation_id FROM recon.reconciliation WHERE reconciliation_name = name $$;
CREATE FUNCTION pg_temp.items(name text, wanted text) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(concat_ws(' ', to_char(opened_on, 'DD'), to_char(last_on, 'DD'), closed_by,
        to_char(closed_on, 'DD')) ORDER BY opened_on)
    FROM recon.item WHERE reconciliation_id = pg_temp.id(name) AND key->>'account' = wanted $$;
CREATE FUNCTION pg_temp.judge(name text, from_date date DEFAULT NULL, to_date date DEFAULT NULL) RETURNS bigint
    LANGUAGE sql AS
    $$ SELECT count(*) FROM recon_detect(name, from_date => from_date, to_date => to_date) $$;
CREATE FUNCTION pg_temp.contents(name text) RETURNS TABLE (key jsonb, opened_on date, last_on date, closed_on date,
    closed_by text) LANGUAGE sql STABLE AS
    $$ SELECT key, opened_on, last_on, closed_on, closed_by FROM recon.item
        WHERE reconciliation_id = pg_temp.id(name) $$;

SELECT pg_temp.days('stands',    0, 0, 9, 9, 9, 9, 9, 9, 9, 9);
SELECT pg_temp.days('corrected', 0, 0, 9, 9, 0, 0, 0, 0, 0, 0);
SELECT pg_temp.days('again',     0, 0, 9, 0, 9, 9, 0, 7, 0, 0);
SELECT pg_temp.days('gone',      0, 0, 9, 9, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT pg_temp.days('pauses',    0, 0, 9, NULL, 9, NULL, NULL, 9, NULL, NULL);
SELECT pg_temp.days('late match', 0, 0, 9, NULL, NULL, NULL, 0, 0, 0, 0);
SELECT pg_temp.days('old',       9, 9, 9, 9, 9, 0, 0, 0, 0, 0);
SELECT pg_temp.days('at end',    0, 0, 0, 0, 0, 0, 0, 0, 0, 9);
-- Two rows of a date: it stands while one of them is a break.
SELECT pg_temp.days('twice',     0, 0, 9, 9, 9, 0, 0, 0, 0, 0), pg_temp.days('twice', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

-- Day by day from the 3rd on, one run continuing the other.
CREATE TABLE arrived AS TABLE cash;
DELETE FROM cash WHERE on_date > '2024-03-02';
SELECT pg_temp.judge('continued') AS day_2 \gset
DO $$
BEGIN
    FOR day IN 3 .. 10 LOOP
        INSERT INTO cash SELECT * FROM arrived WHERE on_date = make_date(2024, 3, day);
        PERFORM pg_temp.judge('continued');
    END LOOP;
END
$$;
SELECT cmp_ok(count(*), '>=', 4::bigint, 'runs continue one another') FROM recon.run WHERE baseline_date IS NOT NULL;
SELECT is(pg_temp.items('continued', 'stands'), '{03 10}', 'an item opens, and is extended by every date');
SELECT is(pg_temp.items('continued', 'corrected'), '{03 04 corrected 05}', 'a match closes it');
SELECT is(pg_temp.items('continued', 'again'), '{03 03 corrected 04,05 06 corrected 07,08 08 corrected 09}',
    'what breaks after a match is another item');
SELECT is(pg_temp.items('continued', 'gone'), '{03 04 gone 05}', 'an item whose row is missing is gone');
SELECT is(pg_temp.items('continued', 'pauses'), '{03 08 gone 09}', 'a gone item comes back with a break');
SELECT is(pg_temp.items('continued', 'late match'), '{03 03 corrected 07}', 'a match that follows later corrects it');
SELECT is(pg_temp.items('continued', 'old'), '{01 05 corrected 06}', 'it is as old as its rows, judged or not');
SELECT is(pg_temp.items('continued', 'at end'), '{10 10}', 'new on the newest date');
SELECT is(pg_temp.items('continued', 'twice'), '{03 05 corrected 06}',
    'a date with a break stands, whatever else it holds');
SELECT is(pg_temp.items('continued', 'quiet 1'), NULL, 'who matches has none');
SELECT is_empty($$SELECT FROM recon.break b WHERE NOT EXISTS (SELECT FROM recon.item i
    WHERE (i.reconciliation_id, i.key_hash, i.opened_on)
    = (b.reconciliation_id, b.key_hash, b.opened_on) AND i.key = b.key AND b.break_date BETWEEN i.opened_on
        AND i.last_on)$$, 'every break belongs to an item');

-- One run over the same dates says the same.
SELECT pg_temp.judge('read', '2024-03-02') AS whole \gset
SELECT set_eq('SELECT * FROM pg_temp.contents(''read'')', 'SELECT * FROM pg_temp.contents(''continued'')',
    'one run over all dates says the same');
SELECT set_eq($$SELECT key, break_date, opened_on FROM recon.break WHERE reconciliation_id = pg_temp.id('read')$$,
    $$SELECT key, break_date, opened_on FROM recon.break WHERE reconciliation_id = pg_temp.id('continued')$$,
        'one run over all dates gives the breaks the same dates of opening');
CREATE TABLE before AS TABLE recon.item;
SELECT pg_temp.judge('read', '2024-03-02') AS whole \gset
SELECT set_eq('TABLE recon.item', 'TABLE before', 'a run that finds the same changes nothing');
SELECT pg_temp.judge('read', '2024-03-04', '2024-03-06') AS middle \gset
SELECT set_eq('TABLE recon.item', 'TABLE before',
    'a run over dates in the middle changes nothing: what reaches beyond stays');
CREATE TABLE answer AS SELECT * FROM recon_detect('read', from_date => '2024-03-02', persist => false);
SELECT set_eq('TABLE recon.item', 'TABLE before', 'a run that is not stored changes nothing');

-- Age.
SELECT results_eq($$SELECT state, opened_on, last_on, age_days FROM recon.item_summary WHERE reconciliation = 'read'
    AND key->>'account' IN ('stands', 'corrected') ORDER BY 1$$,
    $$VALUES ('corrected', '2024-03-03'::date, '2024-03-04'::date, 2),
        ('open', '2024-03-03', '2024-03-10', current_date - '2024-03-03'::date)$$,
    'an open item ages from day to day, a closed one no more');
SELECT cmp_ok(count(*), '>', 0::bigint, 'there is an anomaly in an open item') FROM recon.review_queue;
SELECT is_empty($$SELECT FROM recon.review_queue q JOIN recon.break b USING (break_id) WHERE q.age_days IS DISTINCT
    FROM current_date - b.opened_on$$,
    'is as old as its item');

-- A date with few keys is not complete: nothing is gone on it.
INSERT INTO cash SELECT 'quiet ' || k, '2024-03-11', 500, 500 FROM generate_series(1, 5) AS k;
SELECT pg_temp.judge('continued'), pg_temp.judge('read') \gset partial_
SELECT is(pg_temp.items('continued', 'stands'), '{03 10}', 'on a partial date an item stands');
SELECT is(pg_temp.items('read', 'stands'), '{03 10}', 'a full read keeps the item on a partial date, too');
INSERT INTO cash SELECT 'quiet ' || k, date '2024-03-11' + day, 500, 500 FROM generate_series(6, 20) AS k,
    generate_series(0, 0) AS day;
SELECT pg_temp.judge('read', '2024-03-11') AS rest \gset
SELECT is(pg_temp.items('read', 'stands'), '{03 10 gone 11}', 'once its rows have come, what is still missing is gone');

-- Late rows and corrections of the source.
INSERT INTO cash VALUES ('stands', '2024-03-11', 509, 500);
SELECT pg_temp.judge('read', '2024-03-11') AS late \gset
SELECT is(pg_temp.items('read', 'stands'), '{03 11}', 'a late row opens the item again');
UPDATE cash SET ledger = 509 WHERE account = 'corrected' AND on_date = '2024-03-05';
SELECT pg_temp.judge('read', '2024-03-05', '2024-03-05') AS changed \gset
SELECT is(pg_temp.items('read', 'corrected'), '{03 05}', 'a match that becomes a break opens the item again');
SELECT pg_temp.judge('read', '2024-03-05', '2024-03-06') AS next \gset
SELECT is(pg_temp.items('read', 'corrected'), '{03 05 corrected 06}', 'until the next match is judged');
UPDATE cash SET ledger = 500 WHERE account = 'corrected' AND on_date >= '2024-03-04';
SELECT pg_temp.judge('read', '2024-03-04') AS shorter \gset
SELECT is(pg_temp.items('read', 'corrected'), '{03 03 corrected 04}',
    'a break that is a match after all ends it earlier');
UPDATE cash SET ledger = 509 WHERE account = 'again' AND on_date = '2024-03-04';
SELECT pg_temp.judge('read', '2024-03-03') AS joined \gset
SELECT is(pg_temp.items('read', 'again'), '{03 06 corrected 07,08 08 corrected 09}', 'two items become one');
DELETE FROM cash WHERE account = 'again' AND on_date >= '2024-03-08';
SELECT pg_temp.judge('read', '2024-03-03') AS less \gset
SELECT is(pg_temp.items('read', 'again'), '{03 06 corrected 07}',
    'an item whose rows are gone from the source has never been');

-- Who may see them, and when they go.
CREATE ROLE item_reader;
SELECT recon_grant('item_reader', 'viewer', 'read') \gset granted_
SET ROLE item_reader;
SELECT is(count(DISTINCT reconciliation_id), 1::bigint, 'a viewer sees the items of the reconciliation')
    FROM recon.item;
SELECT throws_ok('DELETE FROM recon.item', '42501', NULL, 'a viewer cannot change the items');
RESET ROLE;
SELECT is(count(*), 1::bigint, 'a dump keeps them') FROM pg_extension WHERE extname = 'recon'
    AND 'recon.item'::regclass = ANY (extconfig);
SELECT left(recon_purge('read', '2024-03-06'), 0) AS purged \gset
SELECT ok(min(last_on) >= '2024-03-06' AND count(*) > 0, 'purged are those that ended before') FROM recon.item
    WHERE reconciliation_id = pg_temp.id('read');
SELECT pg_temp.id('read') AS dropped \gset
SELECT recon_drop('read') AS sentence \gset
SELECT is(count(*), 0::bigint, 'dropping the reconciliation removes all of its items') FROM recon.item
    WHERE reconciliation_id = :dropped;

SELECT * FROM finish();
ROLLBACK;
