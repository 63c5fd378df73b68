-- The same rows and seed give the same model to the byte, and the same scores, in every plan.
BEGIN;
SELECT plan(13);

-- Duplicates, missing and infinite values, more rows than a sample of 1,000 holds.
CREATE TABLE row_of_features AS
SELECT i AS id,
       ARRAY[CASE WHEN i % 50 = 0 THEN NULL WHEN i % 777 = 0 THEN 'Infinity' ELSE (i * 7919 % 10007) / 100.0 END,
             CASE WHEN i % 3 = 0 THEN 0 ELSE (i * 104729 % 9973) / 10.0 END,
             CASE WHEN i % 3 = 0 THEN 0 ELSE i % 12 END]::float8[] AS features
FROM generate_series(1, 30000::bigint) i;
UPDATE row_of_features SET features = '{5,0,0}' WHERE id % 3 = 0;
CREATE TABLE shuffled AS SELECT * FROM row_of_features ORDER BY md5(id::text);
CREATE TABLE partitioned (id bigint, features float8[]) PARTITION BY HASH (id);
CREATE TABLE partitioned_0 PARTITION OF partitioned FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE partitioned_1 PARTITION OF partitioned FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE partitioned_2 PARTITION OF partitioned FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO partitioned SELECT * FROM row_of_features;
ANALYZE;

CREATE FUNCTION digest(source regclass, options jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format(
        'SELECT md5(concat(recon_fit_iforest(features, %1$L), recon_fit_iforest(features, %1$L, id), '
            'recon_fit_knn(features, %1$L),
                           recon_fit_mahalanobis(features, %1$L), recon_fit_ecod(features, %1$L), '
                               'recon_fit_histogram(features, %1$L),
                           recon_fit_lof(features, %1$L), recon_fit_kmeans(features, 4, %1$L), '
                               'recon_fit_ensemble(features, %1$L),
                           recon_fit_autoencoder(features, %1$L)))
         FROM %2$s', options, source) INTO answer;
    RETURN answer;
END $$;
CREATE FUNCTION mixed_digest(source regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format(
        $q$ SELECT md5(concat(recon_fit_iforest(recon_features(r), '{"max_rows": 500}'),
            recon_fit_ecod(recon_features(r), '{"max_rows": 500}')))
            FROM (SELECT features[1] AS amount, 'C' || id %% 1000 AS category, date '2024-01-01' + (id %% 400)::integer
                AS day FROM %s) AS r $q$,
        source) INTO answer;
    RETURN answer;
END $$;
\ir lib/plan_of.sql

CREATE TABLE digest_of (plan text, digest text);
CREATE TABLE mixed_digest_of (plan text, digest text);
SET max_parallel_workers_per_gather = 0;
INSERT INTO digest_of VALUES ('serial', digest('row_of_features', '{"max_rows": 1000}')),
    ('shuffled', digest('shuffled', '{"max_rows": 1000}'));
INSERT INTO mixed_digest_of VALUES ('serial', mixed_digest('row_of_features')), ('shuffled', mixed_digest('shuffled'));
SELECT isnt((SELECT digest FROM digest_of WHERE plan = 'serial'),
    digest('row_of_features', '{"max_rows": 1000, "seed": 1}'),
            'another seed is another model');
SELECT isnt((SELECT digest FROM digest_of WHERE plan = 'serial'), digest('row_of_features', '{"max_rows": 1001}'),
            'another sample is another model');
CREATE TABLE score_of AS
SELECT f.id, recon_score(m.model, f.features) AS score
FROM row_of_features f, (SELECT recon_fit_iforest(features) AS model FROM row_of_features) m;

SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT matches(plan_of('SELECT recon_fit_iforest(features) FROM row_of_features'), 'Partial Aggregate',
               'a fit runs in parallel workers');
INSERT INTO digest_of VALUES ('parallel', digest('row_of_features', '{"max_rows": 1000}')),
    ('parallel shuffled', digest('shuffled', '{"max_rows": 1000}'));
INSERT INTO mixed_digest_of VALUES ('parallel', mixed_digest('shuffled'));
SET enable_partitionwise_aggregate = on;
SELECT matches(plan_of('SELECT recon_fit_iforest(features) FROM partitioned'),
    'Partial Aggregate.*Append|Append.*Partial Aggregate',
               'a fit runs partition by partition');
INSERT INTO digest_of VALUES ('partitions', digest('partitioned', '{"max_rows": 1000}'));
INSERT INTO mixed_digest_of VALUES ('partitions', mixed_digest('partitioned'));
SELECT is((SELECT count(DISTINCT digest) FROM digest_of), 1::bigint, 'every plan gives the same model');
SELECT is((SELECT count(DISTINCT digest) FROM mixed_digest_of), 1::bigint,
    'every plan gives the same model of mixed columns');

CREATE TABLE model AS SELECT recon_fit_iforest(features) AS forest FROM row_of_features;
SELECT matches(plan_of('SELECT max(recon_score(forest, features)) FROM row_of_features, model'), 'Parallel Seq Scan',
               'rows are scored in parallel workers');
SELECT is_empty(
    $$ SELECT s.id FROM score_of s JOIN row_of_features f USING (id), model m
       WHERE s.score IS DISTINCT FROM recon_score(m.forest, f.features) $$,
    'every plan gives the same score');
SELECT is_empty(
    $$ SELECT id FROM score_of JOIN row_of_features USING (id)
        WHERE (score IS NULL) <> ('Infinity' = ANY (features)) $$,
    'rows have a score unless they hold an infinity');

-- Several models in one query, each row with its own: what is remembered of one is not used for another.
CREATE TABLE several AS
SELECT k, recon_fit_iforest(features, format('{"seed": %s, "trees": %s}', k, 1 + k % 3)::jsonb) AS forest
FROM row_of_features, generate_series(1, 4) k GROUP BY k;
CREATE TABLE alone AS
SELECT k, id, (SELECT recon_score(forest, features) FROM several s WHERE s.k = i.k) AS score
FROM row_of_features, generate_series(1, 4) AS i (k) WHERE id <= 300 AND k = 1;
INSERT INTO alone
SELECT k, id, (SELECT recon_score(forest, features) FROM several s WHERE s.k = i.k) AS score
FROM row_of_features, generate_series(2, 4) AS i (k) WHERE id <= 300;
SELECT is_empty(
    $$ SELECT f.id FROM row_of_features f, several s JOIN alone a USING (k)
       WHERE a.id = f.id AND f.id <= 300 AND recon_score(s.forest, f.features) IS DISTINCT FROM a.score $$,
    'alternating models do not disturb each other');
SELECT is_empty(
    $$ SELECT f.id FROM row_of_features f, (SELECT k, forest::text::recon_model AS forest FROM several) s
        JOIN alone a USING (k)
       WHERE a.id = f.id AND f.id <= 300 AND recon_score(s.forest, f.features) IS DISTINCT FROM a.score $$,
    'alternating models that are not stored do not disturb each other');

-- As a dump carries it.
CREATE TABLE restored (forest recon_model);
INSERT INTO restored SELECT forest::text::recon_model FROM model;
SELECT is((SELECT md5(forest::text) FROM restored), (SELECT md5(forest::text) FROM model), 'text form and back');
SELECT is((SELECT md5(recon_model_send(forest)) FROM restored), (SELECT md5(recon_model_send(forest)) FROM model),
    'the binary form and back is the same model');

SELECT * FROM finish();
ROLLBACK;
