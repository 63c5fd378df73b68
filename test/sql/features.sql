-- Rows of mixed columns as features, and models over them.
\set VERBOSITY default
SET timezone = 'Pacific/Auckland'; -- what an answer must not depend on
CREATE TYPE entry_side AS ENUM ('debit', 'credit');
CREATE DOMAIN money_amount AS numeric(18, 2);
CREATE TABLE entry AS
SELECT i AS id, ((i * 7919 % 1000) / 10.0)::money_amount AS amount, (ARRAY['EUR', 'USD', 'GBP'])[1 + i % 3] AS currency,
       (ARRAY['debit', 'credit'])[1 + i % 2]::entry_side AS side, date '2024-01-01' + i % 90 AS booked,
           i % 7 = 0 AS manual,
       (i % 5 - 2)::float8 AS deviation
FROM generate_series(1, 1000) i;
INSERT INTO entry VALUES (1001, 50, 'XXX', 'debit', '2024-03-01', false, 0),
    (1002, 9000000, 'EUR', 'credit', '2024-02-29', false, 0);
ALTER TABLE entry ADD dropped text;
ALTER TABLE entry DROP dropped;

SELECT recon_feature_names(e, '{"id": "ignore", "deviation": "deviation"}') FROM entry e WHERE id = 1;
SELECT (recon_features(e, '{"id": "ignore", "currency": "ignore", "side": "ignore", "deviation": "deviation"}'))[1:1]
    AS values,
       (recon_features(e, '{"id": "ignore", "currency": "ignore", "side": "ignore", "deviation": "deviation"}'))[2:2]
           AS kinds
FROM entry e WHERE id IN (1, 1002) ORDER BY id;

-- In one line; then what the model makes of a row.
CREATE TABLE entry_model AS
SELECT recon_fit_knn(recon_features(e, '{"id": "ignore"}'), '{"scale": "robust", "neighbours": 1}') AS neighbours,
       recon_fit_iforest(recon_features(e, '{"id": "ignore"}'), '{}', id) AS forest FROM entry e;
SELECT id FROM entry e, entry_model
ORDER BY recon_score(neighbours, recon_features(e, '{"id": "ignore"}')) DESC LIMIT 2;
SELECT name, round(encoded::numeric, 4) AS encoded
FROM entry e, entry_model, unnest(recon_feature_names(e, '{"id": "ignore"}'),
    recon_encode(forest, recon_features(e, '{"id": "ignore"}'))) AS u (name, encoded) WHERE id = 1001;
-- A category that never was is as rare as one that was there once.
SELECT DISTINCT round((recon_encode(forest, recon_features(e, '{"id": "ignore"}')))[2]::numeric, 4) AS rareness
FROM entry_model, (SELECT 1 AS id, 2.0 AS amount, name AS currency, 'debit'::entry_side AS side, date '2024-01-02'
    AS booked,
                          true AS manual, 0 AS deviation FROM unnest('{XXX,YYY,""}'::text[]) AS name) AS e;
SELECT jsonb_path_query_array(recon_describe(forest), '$.features[*].kind') AS kinds,
    recon_describe(forest) #> '{features,1}' AS currency
FROM entry_model;
SELECT count(*), count(*) FILTER (WHERE r.score IS DISTINCT
    FROM recon_score(forest, recon_features(e, '{"id": "ignore"}'))) AS different
FROM entry_model, recon_score_rows(forest, $$ SELECT id, recon_features(e, '{"id": "ignore"}') FROM entry e $$) r
    JOIN entry e ON id = identity;

-- Missing values, infinite ones, days and hours by UTC, values of equal meaning.
SELECT (recon_features(v))[1:1] AS values, recon_feature_names(v) AS names
FROM (VALUES (NULL::date, NULL::text, NULL::numeric), ('infinity', NULL, 'Infinity')) AS v (day, name, amount);
SELECT (recon_features(v))[1:1] AS values
FROM (VALUES (timestamptz '2024-02-29 23:30:00+00', timestamp '1999-12-31 06:00:00', time '18:45'),
             ('-infinity', NULL, NULL)) AS v (zoned, local, hour);
SELECT count(DISTINCT recon_features(v)) AS same FROM (VALUES (1.0, 'a'::char(3)), (1.00, 'a  ')) AS v (amount, name);
SELECT recon_features(v, '{"amount": "category"}') = recon_features(v, '{"amount": "category", "name": null}') AS same
FROM (VALUES (1.5, 'a')) AS v (amount, name);
SELECT recon_features(NULL::entry) IS NULL AS no_row, recon_features(e, NULL) IS NOT NULL AS no_roles FROM entry e
    WHERE id = 1;

-- What is refused.
SELECT recon_features(e, '{"ammount": "number"}') FROM entry e;
SELECT recon_features(e, '{"amount": "quantity"}') FROM entry e;
SELECT recon_features(e, '{"amount": "date"}') FROM entry e;
SELECT recon_features(e, '{"currency": "amount"}') FROM entry e;
SELECT recon_features(e, '[]') FROM entry e;
SELECT recon_features(e, '{"a": "ignore"}') FROM (SELECT 1 AS a) AS e;
SELECT recon_features(e) FROM (SELECT '{}'::jsonb AS a) AS e;
SELECT recon_fit_iforest(CASE WHEN id = 9 THEN recon_features(e) ELSE recon_features(e, '{"id": "ignore"}') END)
    FROM entry e;
SELECT recon_fit_iforest(CASE WHEN id = 9 THEN '{1}' ELSE recon_features(e) END) FROM entry e;
SELECT recon_fit_iforest(CASE WHEN id < 9 THEN '{1}' ELSE recon_features(e) END) FROM entry e;
SELECT recon_fit_iforest('{{1},{2},{3}}');
SELECT recon_fit_iforest('{{1},{7}}');
SELECT recon_score(forest, '{1,2}') FROM entry_model;
SELECT recon_score(recon_fit_iforest('{1,2}'), recon_features(e)) FROM (SELECT 1 AS a, 2 AS b) AS e GROUP BY e;
SELECT r.* FROM entry_model, recon_score_rows(forest, 'SELECT 1, 1, 2') r;

DROP TABLE entry, entry_model;
DROP TYPE entry_side;
DROP DOMAIN money_amount;
