-- Textbook methods over arrays: published values, and the edges.
\pset null '-'

-- NIST handbook 1.3.5.17.1, Grubbs's test: G 2.4687, one-sided critical value 2.032.
SELECT place, value, trunc(statistic::numeric, 4) AS g, round(critical::numeric, 3) AS critical, p_value < 1e-6 AS tiny,
    is_outlier
FROM recon_grubbs('{199.31,199.53,200.19,200.82,201.92,201.95,202.18,245.57}', side => 'high');
SELECT side, place, is_outlier FROM unnest('{low,high,both}'::text[]) AS side,
    recon_grubbs('{1,NULL,2,NaN,1.5,-40,1.2,1.7,Infinity}', side => side);
SELECT * FROM recon_grubbs('{1,NULL,2}');
SELECT statistic, p_value, is_outlier FROM recon_grubbs('{7,7,7,7}');
SELECT recon_grubbs(NULL);
SELECT place, round(statistic::numeric, 4) AS statistic, p_value < 1e-200 AS tiny, is_outlier
    FROM recon_grubbs('{1e300,2,3,9}');
SELECT * FROM recon_grubbs('{1,2,3}', alpha => 1);
SELECT * FROM recon_grubbs('{1,2,3}', side => 'left');

-- NIST handbook 1.3.5.17.3, Rosner's 54 values: R 3.118 2.942 3.179 2.810, lambda 3.158 3.151 3.143 3.136; three
    -- outliers
-- (the handbook truncates).
SELECT place, value, trunc(statistic::numeric, 3) AS r, trunc(critical::numeric, 3) AS lambda, is_outlier
FROM recon_generalized_esd('{
    -0.25,0.68,0.94,1.15,1.20,1.26,1.26,1.34,1.38,1.43,1.49,1.49,1.55,1.56,1.58,1.65,1.69,1.70,1.76,1.77,1.81,1.91,1.94,
    1.96,1.99,2.06,2.09,2.10,2.14,2.15,2.23,2.24,2.26,2.35,2.37,2.40,2.47,2.54,2.62,2.64,2.90,2.92,2.92,2.93,3.21,3.26,
    3.30,3.59,3.68,4.30,4.64,5.34,5.42,6.01}', most => 4);
-- A missing element keeps its place; what is left after the spike all agrees.
SELECT place, value, is_outlier FROM recon_generalized_esd('{0,NULL,0,0,NaN,1e9,0,0}');
SELECT count(*) FROM recon_generalized_esd('{1,2}');
SELECT count(*) FROM recon_generalized_esd(NULL);
SELECT * FROM recon_generalized_esd('{1,2,3}', most => 0);
SELECT * FROM recon_generalized_esd('{1,2,3}', alpha => 0);
SELECT * FROM recon_generalized_esd('{{1,2},{3,4}}');

-- Theil-Sen: an exact line with two wild points; over places, points in any order, and dates.
SELECT * FROM recon_theil_sen('{30,40,50,-1e9,70,80,NULL,100,1e9,120}'::float8[]);
SELECT * FROM recon_theil_sen('{5,1,3,2,8}', '{10,2,6,4,-1e6}');
SELECT theil_sen.*
FROM (SELECT recon_series(at, x) AS history
      FROM (VALUES (date '2024-01-31', 100::float8), ('2024-02-02', 106), ('2024-02-07', NULL), ('2024-02-10', 130))
          AS v(at, x)) AS one_key,
     recon_theil_sen(history) AS theil_sen;
SELECT * FROM recon_theil_sen('{7}'::float8[]);
SELECT * FROM recon_theil_sen('{3,3}', '{1,2}');
SELECT * FROM recon_theil_sen(NULL::float8[]);
SELECT * FROM recon_theil_sen('{1,2}', '{1}');

-- NIST handbook 6.3.2.4, EWMA chart: limits 52.5884 and 47.4115 (the handbook truncates the lower one).
SELECT place, value, round(level::numeric, 2) AS ewma, round(upper::numeric, 4) AS upper, trunc(lower::numeric, 4)
    AS lower, direction
FROM recon_ewma_chart('{52,47,53,49.3,50.1,47,51,50.1,51.2,50.5,49.6,47.6,49.9,51.3,47.8,51.2,52.6,52.4,53.6,52.1}',
                      target => 50, deviation => 2.0539, alpha => 0.3)
WHERE place IN (1, 2, 19, 20);
SELECT place, value, level, direction FROM recon_ewma_chart('{0,NULL,NaN,10,-Infinity,-90}', target => 0,
    deviation => 1, alpha => 0.5);
SELECT * FROM recon_ewma_chart('{1}', target => 0, deviation => -1);
SELECT * FROM recon_ewma_chart('{1}', target => 0, deviation => 1, alpha => 0);
SELECT count(*) FROM recon_ewma_chart('{}', target => 0, deviation => 1);

-- NIST handbook 6.3.2.3, CUSUM with k = 0.3175 and h = 4.1959: 3.01, 4.94, 7.45, the first alarm at 14.
SELECT place, value, round((drift).high::numeric, 2) AS s_high, (drift).direction
FROM (SELECT place, value, recon_cusum(value, 325, 0.3175, 4.1959) OVER (ORDER BY place) AS drift
      FROM unnest('{324.925,324.675,324.725,324.350,325.350,325.225,324.125,324.525,325.225,324.600,324.625,325.150,
                    328.325,327.250,327.825,328.500,326.675,327.775,326.875,328.350}'::float8[])
                    WITH ORDINALITY AS v(value, place)) AS judged
WHERE place BETWEEN 12 AND 15;

-- Seasons: a peak every fifth day over a trend, with a gap; white noise; nothing to find.
SELECT period, round(strength::numeric, 3) AS strength, p_value < 1e-6 AS tiny, is_season
FROM (SELECT array_agg(CASE WHEN i = 17 THEN NULL WHEN i % 5 = 4 THEN 100 ELSE 0 END + 3 * i + sin(i * i) ORDER BY i)
    AS x FROM generate_series(1, 60) AS i) AS weekly,
     recon_season(x);
SELECT is_season FROM (SELECT array_agg((i * 7919 % 1009 * i % 997)::float8 ORDER BY i) AS x FROM generate_series(1, 90)
    AS i) AS noise, recon_season(x);
SELECT x, recon_season(x) FROM (VALUES ('{}'::float8[]), ('{1,2,1,2,1}'), ('{1,2,1,2,1,2,1,2,1}'),
    ('{7,7,7,7,7,7,7,7,7}'), (NULL)) AS v(x);
SELECT recon_season('{1,2,1}', longest => 1);
SELECT recon_season('{1,2,1}', alpha => 2);
