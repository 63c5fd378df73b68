-- 2024, with 5,000 breaks a day of which 2 in 100 are shifted, and nobody has looked at one of them. December
-- is judged and stored by recon_detect, day after day, over 5,000 keys that break every day; the other
-- months are copies of it, moved back, in the partitions that runs would have made.
SELECT setseed(0.5);
CREATE TABLE growth_balance AS
SELECT 'account ' || key_number AS account, CASE WHEN key_number % 3 = 0 THEN 'EUR' ELSE 'USD' END AS currency,
       date '2024-11-01' + day AS on_date,
       round((1000 + 20 * (random() + random() + random() + random() - 2) * 1.7
              + CASE WHEN day >= 30 AND random() < 0.02 THEN 1000 * random() ELSE 0 END)::numeric, 2) AS difference
FROM generate_series(0, 60) AS day, generate_series(1, 5000) AS key_number;
VACUUM ANALYZE growth_balance;
SELECT recon_create('growth', source => 'growth_balance', key_columns => '{account,currency}',
    derived_columns => '{difference}', date_column => 'on_date', break_when => 'abs(difference) > 1');
SELECT format('SELECT count(*) FROM recon_detect(%L, from_date => %L, to_date => %3$L)', 'growth', day::date, day::date)
FROM generate_series(timestamp '2024-12-01', '2024-12-31', '1 day') AS day
\gexec
SELECT recon.make_partitions(array_agg(make_date(2024, month, 1))) FROM generate_series(1, 11) AS month;
SELECT format('INSERT INTO recon.%1$I SELECT %2$s FROM recon.%3$I WHERE extract(day FROM break_date - interval ''%4$s '
    'months'') = extract(day FROM break_date)',
              relation, string_agg(CASE attname WHEN 'break_id' THEN format('break_id + %s', 1000000 * months)
                                                WHEN 'break_date' THEN format('(break_date - interval ''%s '
                                                    'months'')::date', months)
                                                ELSE quote_ident(attname) END, ', ' ORDER BY attnum),
              relation || '_2024_12', months)
FROM unnest('{break,score}'::text[]) AS relation, generate_series(1, 11) AS months, pg_attribute
WHERE attrelid = ('recon.' || relation)::regclass AND attnum > 0 AND NOT attisdropped
GROUP BY relation, months ORDER BY relation, months DESC
\gexec
VACUUM ANALYZE recon.break, recon.score;
