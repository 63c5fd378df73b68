-- recon_isolation_score: each row by a forest of the rows before it.
\set VERBOSITY default
CREATE TABLE reading AS
SELECT i AS id, 'S' || i % 2 AS sensor, (i * 7919 % 1000) / 10.0 AS amount, (i * 104729 % 97)::float8 AS delay
FROM generate_series(1, 2000) i;
INSERT INTO reading VALUES (2001, 'S1', 900, -400), (2002, 'S1', 'NaN', 50), (2003, 'S1', 50, 'Infinity'),
    (2004, 'S1', NULL, NULL);
CREATE TABLE judged AS
SELECT id, sensor, recon_isolation_score(ARRAY[amount, delay]) OVER (PARTITION BY sensor ORDER BY id) AS score
    FROM reading;

SELECT sensor, count(*) AS rows, count(score) AS scored, min(id) FILTER (WHERE score IS NOT NULL) AS first FROM judged
    GROUP BY 1 ORDER BY 1;
SELECT id FROM judged WHERE score > 0.65 AND id > 100 ORDER BY score DESC LIMIT 1;
SELECT id, score IS NULL AS none FROM judged WHERE id > 2001 ORDER BY id;
-- Row 1025 of all is the first that is judged by the forest of 1,024 rows.
SELECT score = recon_score(forest, ARRAY[amount, delay]) AS same
FROM (SELECT id, amount, delay, recon_isolation_score(ARRAY[amount, delay], '{"trees": 20}') OVER (ORDER BY id) AS score
    FROM reading) AS r,
     (SELECT recon_fit_iforest(ARRAY[amount, delay], '{"trees": 20}') AS forest FROM reading WHERE id <= 1024) AS fit
WHERE id = 1025;
-- The frame does not matter, nor in which order rows of one place come.
SELECT count(*) FILTER (WHERE a IS DISTINCT FROM b) AS different
FROM (SELECT recon_isolation_score(f) OVER (ORDER BY id / 10) AS a, id FROM (SELECT id, ARRAY[amount, delay] AS f
    FROM reading ORDER BY id) AS up) AS up
JOIN (SELECT recon_isolation_score(f) OVER (ORDER BY id / 10 ROWS 1 PRECEDING) AS b, id
    FROM (SELECT id, ARRAY[amount, delay] AS f FROM reading ORDER BY id DESC) AS down) AS down USING (id);
-- Rows of mixed columns.
SELECT count(score) AS scored FROM (SELECT recon_isolation_score(recon_features(r, '{"id": "ignore"}')) OVER
    (ORDER BY id) AS score FROM reading r) AS judged;

SELECT count(score) AS scored FROM (SELECT recon_isolation_score(NULL::float8[]) OVER (ORDER BY id) AS score
    FROM reading) AS judged;
SELECT recon_isolation_score(ARRAY[amount], NULL) OVER (ORDER BY id) FROM reading LIMIT 1;
SELECT recon_isolation_score(ARRAY[amount], '{"leaves": 3}') OVER (ORDER BY id) FROM reading;
SELECT recon_isolation_score(ARRAY[amount], format('{"trees": %s}', id)::jsonb) OVER (ORDER BY id) FROM reading;
SELECT recon_isolation_score(CASE WHEN id = 9 THEN ARRAY[1] ELSE ARRAY[amount, delay] END) OVER (ORDER BY id)
    FROM reading;

-- Rows that repeat others are told of where they did not fit into the sample.
SELECT recon_fit_ecod(ARRAY[id % 400], '{"max_rows": 100}') IS NOT NULL AS fitted FROM reading;
SELECT recon_fit_ecod(ARRAY[id % 400], '{"max_rows": 100}', id) IS NOT NULL AS fitted FROM reading;
SELECT recon_fit_ecod(ARRAY[id % 400], '{"max_rows": 400}') IS NOT NULL AS fitted FROM reading;

DROP TABLE reading, judged;
