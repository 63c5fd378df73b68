-- 1,000,000 rows in 2,000 keys: stable, trending, stepped, quiet and volatile ones; one row in fifty
-- of the newest tenth is shifted. The same numbers on every machine.
SELECT setseed(0.5);
CREATE TABLE bench_balance AS
SELECT key_number::text AS account,
       CASE WHEN key_number % 3 = 0 THEN 'EUR' ELSE 'USD' END AS currency,
       date '2023-01-02' + day AS on_date,
       round((CASE key_number % 5
            WHEN 0 THEN 1000
            WHEN 1 THEN 1000 + 10 * day
            WHEN 2 THEN CASE WHEN day < 250 THEN 500 ELSE 5000 END
            WHEN 3 THEN CASE WHEN random() < 0.9 THEN 0 ELSE 200 END
            ELSE 0 END
         + (CASE key_number % 5 WHEN 3 THEN 0.1 WHEN 4 THEN 300 ELSE 20 END)
           * (random() + random() + random() + random() - 2) * 1.7
         + CASE WHEN day >= 450 AND random() < 0.02 THEN 2000 ELSE 0 END)::numeric, 2) AS difference
FROM generate_series(1, 2000) AS key_number, generate_series(0, 499) AS day
ORDER BY day, key_number;
VACUUM ANALYZE bench_balance;
-- 4 rows in 100 are breaks, as where most of what is compared agrees;
SELECT recon_create('bench', source => 'bench_balance', key_columns => '{account,currency}',
    derived_columns => '{difference}', date_column => 'on_date', break_when => 'abs(difference) > 5100');
-- and 40 in 100, as where only the breaks themselves are kept.
SELECT recon_create('bench_many', source => 'bench_balance', key_columns => '{account,currency}',
    derived_columns => '{difference}', date_column => 'on_date', break_when => 'abs(difference) > 1000');
-- The same rows with a second measure that goes with the first: several are what forest and distance look at.
CREATE TABLE bench_two AS
SELECT account, currency, on_date, difference, round(difference / 7 + (10 * (random() + random() - 1))::numeric, 2)
    AS units
FROM bench_balance;
VACUUM ANALYZE bench_two;
SELECT recon_create('bench_two', source => 'bench_two', key_columns => '{account,currency}', criteria_columns => '{}',
    derived_columns => '{difference,units}', date_column => 'on_date', break_when => 'abs(difference) > 5100');
