-- recon_evaluate: how many planted anomalies would be found.
SET client_min_messages = warning;
CREATE TABLE settlement AS
SELECT 'account ' || key_number AS account, date '2024-01-01' + day AS on_date,
       round((100 * (key_number % 7) + 10 * sin(12.9898 * key_number + 78.233 * day) *
           cos(37.719 * day * key_number))::numeric, 2) AS difference
FROM generate_series(1, 300) AS key_number, generate_series(0, CASE WHEN key_number % 3 = 0 THEN 10 ELSE 59 END) AS day;
SELECT recon_create('settlement', source => 'settlement', key_columns => '{account}', derived_columns => '{difference}',
    date_column => 'on_date', break_when => 'abs(difference) > 1') LIKE '%settlement%' AS is_made;

-- Nearly all are found in histories of 20 rows; the groups of a slice add up to the whole.
SELECT slice, count(*) AS groups, sum(planted_rows) AS planted_rows, bool_and(recall BETWEEN 0 AND 1) AS are_shares,
       sum(found) >= 0.9 * sum(planted_rows) AS are_found
FROM recon_evaluate('settlement', planted => 0.05) GROUP BY slice ORDER BY slice;
-- The keys that ended early have no row on the newest date.
SELECT "group", planted_rows > 0 AS is_planted, recall IS NULL AS is_unknown FROM recon_evaluate('settlement')
    WHERE slice = 'history';

-- The same seed gives the same answer, another another; a stricter strategy finds no more.
SELECT (SELECT array_agg(e) FROM recon_evaluate('settlement', rounds => 3) e)
     = (SELECT array_agg(e) FROM recon_evaluate('settlement', rounds => 3) e) AS same_seed,
       (SELECT array_agg(e) FROM recon_evaluate('settlement', rounds => 3) e)
     = (SELECT array_agg(e) FROM recon_evaluate('settlement', rounds => 3, seed => 2) e) AS other_seed,
       (SELECT found FROM recon_evaluate('settlement', strategy => 'conservative') WHERE slice = 'all')
    <= (SELECT found FROM recon_evaluate('settlement', strategy => 'sensitive') WHERE slice = 'all')
        AS strict_finds_less;

-- Nothing is stored.
SELECT count(*) FROM recon.run;

SELECT * FROM recon_evaluate('settlement', rounds => 0);
SELECT * FROM recon_evaluate('settlement', planted => 0.9);
SELECT * FROM recon_evaluate('settlement', seed => NULL);
SELECT * FROM recon_evaluate('nobody');
DELETE FROM settlement;
SELECT * FROM recon_evaluate('settlement');
SELECT recon_drop('settlement') IS NOT NULL AS is_dropped;
DROP TABLE settlement;
