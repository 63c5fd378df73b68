-- Multivariate models as a user sees them: what a fit takes and refuses, what is read from a model.
\set VERBOSITY default
-- Integer arithmetic, so that the rows are the same everywhere.
CREATE TABLE payment AS
SELECT i AS id, (i * 7919 % 1000) / 10.0 AS amount, (i * 104729 % 97)::float8 AS delay
FROM generate_series(1, 2000) i;
CREATE TABLE model AS SELECT recon_fit_iforest(ARRAY[amount, delay]) AS forest FROM payment;

SELECT (recon_describe(forest) - '{nodes,mad,median,score}'::text[]) AS described FROM model;
SELECT recon_describe(forest)->'median' AS median FROM model;

-- Near 1 is strange; missing values are no obstacle; no number without numbers.
SELECT features, round(recon_score(forest, features)::numeric, 1) AS score
FROM model, unnest('{"{50,48}","{5000,48}","{50,-900}","{5000,-900}","{NULL,48}","{5000,NaN}",'
    '"{50,Infinity}","{NULL,NULL}",NULL}'::text[])
    AS given, LATERAL (SELECT given::float8[] AS features) AS f;
SELECT features, (SELECT array_agg(sign(c)) FROM unnest(recon_contributions(forest, features)) c) AS direction
FROM model, unnest('{"{5000,-900}","{-70,900}","{NULL,900}","{NULL,NULL}"}'::text[]) AS given,
    LATERAL (SELECT given::float8[] AS features) AS f;
SELECT recon_score(forest, '{1}') FROM model;
SELECT recon_score(forest, '{{1,2},{3,4}}') FROM model;

-- A model is a value: it is dumped, restored, compared by its text, and refused when it is none.
SELECT forest::text::recon_model::text = forest::text AS same FROM model;
SELECT 'garbage'::recon_model;
SELECT left(forest::text, 400)::recon_model FROM model;
SELECT overlay(forest::text PLACING '00' FROM 4000)::recon_model FROM model;

-- Options.
SELECT recon_describe(recon_fit_iforest(ARRAY[amount],
    '{"trees": 7, "sample_size": 50, "seed": 3, "columns_per_split": 2, "max_rows": 1000}'))
       - '{nodes,mad,median,score,distinct_rows}'::text[] AS described
FROM payment;
SELECT recon_fit_iforest(ARRAY[amount], '{"tree": 7}') FROM payment;
SELECT recon_fit_iforest(ARRAY[amount], '{"trees": 0}') FROM payment;
SELECT recon_fit_iforest(ARRAY[amount], '{"trees": "many"}') FROM payment;
SELECT recon_fit_iforest(ARRAY[amount], '[1]') FROM payment;
SELECT recon_fit_iforest(ARRAY[amount], '{"trees": {"of": 1}}') FROM payment;
SELECT recon_fit_iforest(ARRAY[amount], format('{"trees": %s}', id)::jsonb) FROM payment;
SELECT recon_fit_iforest(ARRAY[amount], '{}', point(1, 2)) FROM payment;
SELECT recon_fit_iforest(CASE WHEN id = 9 THEN ARRAY[amount] ELSE ARRAY[amount, delay] END) FROM payment;
SELECT recon_fit_iforest('{}'::float8[]) FROM payment;

-- Nothing to fit on is no model; one row, one column, a constant are models.
SELECT recon_fit_iforest(ARRAY[amount]) IS NULL AS no_rows FROM payment WHERE false;
SELECT recon_fit_iforest(NULL::float8[]) IS NULL AS no_features FROM payment;
SELECT recon_fit_iforest(ARRAY[NULL, 'NaN', 'Infinity']::float8[]) IS NULL AS no_values FROM payment;
SELECT recon_score(recon_fit_iforest(ARRAY[amount, delay]), ARRAY[1, 2]) AS one_row FROM payment WHERE id = 1;
SELECT recon_score(recon_fit_iforest(ARRAY[7.0]), ARRAY[8]) AS constant FROM payment;

-- One model for each group, and a window of them.
SELECT id % 3 AS part, recon_describe(recon_fit_iforest(ARRAY[amount, delay], '{}', id))->>'rows_seen' AS rows
FROM payment GROUP BY 1 ORDER BY 1;
SELECT id, recon_describe(recon_fit_iforest(ARRAY[amount], '{"trees": 1}') OVER (ORDER BY id))->>'rows_seen' AS rows
FROM payment WHERE id <= 3;

-- The other methods have the same three forms, and one number each.
CREATE TABLE fitted AS
SELECT recon_fit_knn(f) AS knn, recon_fit_knn(f, '{"neighbours": 5}') AS knn_5,
    recon_fit_knn(f, '{"neighbours": 5}', id) AS knn_identity,
       recon_fit_mahalanobis(f) AS mahalanobis, recon_fit_mahalanobis(f, '{"scale": "none"}') AS mahalanobis_raw,
       recon_fit_mahalanobis(f, '{}', id) AS mahalanobis_identity,
       recon_fit_ecod(f) AS ecod, recon_fit_ecod(f, '{"seed": 1}') AS ecod_seed, recon_fit_ecod(f, '{}', id)
           AS ecod_identity,
       recon_fit_histogram(f) AS histogram, recon_fit_histogram(f, '{"bins": 20}') AS histogram_20,
       recon_fit_histogram(f, '{}', id) AS histogram_identity,
       recon_fit_lof(f) AS lof, recon_fit_lof(f, '{"scale": "robust"}') AS lof_robust, recon_fit_lof(f, '{}', id)
           AS lof_identity,
       recon_fit_kmeans(f, 3) AS kmeans, recon_fit_kmeans(f, 3, '{"starts": 2}') AS kmeans_2,
           recon_fit_kmeans(f, 3, '{}', id) AS kmeans_identity,
       recon_fit_ensemble(f) AS ensemble, recon_fit_ensemble(f, '{"trees": 20}') AS ensemble_20,
           recon_fit_ensemble(f, '{}', id) AS ensemble_identity,
       recon_fit_autoencoder(f) AS autoencoder, recon_fit_autoencoder(f, '{"bottleneck": 1}') AS autoencoder_1,
       recon_fit_autoencoder(f, '{}', id) AS autoencoder_identity
FROM (SELECT id, ARRAY[amount, delay] AS f FROM payment) AS p;
SELECT name, recon_describe(model)->>'method' AS method, recon_score(model, '{5000,48}') > recon_score(model, '{50,48}')
    AS told_apart,
       recon_score(model, '{Infinity,48}') AS infinite, recon_score(model, '{NULL,48}') IS NULL AS missing,
       (recon_contributions(model, '{5000,48}'))[1] > abs((recon_contributions(model, '{5000,48}'))[2]) AS first_feature
FROM fitted, LATERAL (VALUES ('knn', knn), ('knn_5', knn_5), ('knn_identity', knn_identity),
    ('mahalanobis', mahalanobis),
    ('mahalanobis_raw', mahalanobis_raw), ('mahalanobis_identity', mahalanobis_identity), ('ecod', ecod),
        ('ecod_seed', ecod_seed),
    ('ecod_identity', ecod_identity), ('histogram', histogram), ('histogram_20', histogram_20),
        ('histogram_identity', histogram_identity),
    ('lof', lof), ('lof_robust', lof_robust), ('lof_identity', lof_identity), ('kmeans', kmeans),
        ('kmeans_2', kmeans_2),
    ('kmeans_identity', kmeans_identity), ('ensemble', ensemble), ('ensemble_20', ensemble_20),
    ('ensemble_identity', ensemble_identity), ('autoencoder', autoencoder), ('autoencoder_1', autoencoder_1),
    ('autoencoder_identity', autoencoder_identity)) AS each (name, model);
-- Local outlier factors with known values.
SELECT x, round(recon_score(lof, ARRAY[x])::numeric, 5) AS factor
FROM unnest('{-1.1,0.2,101.1,0.3}'::float8[]) x,
     (SELECT recon_fit_lof(ARRAY[x], '{"neighbours": 2}') AS lof FROM unnest('{-1.1,0.2,101.1,0.3}'::float8[]) x)
         AS fit;
-- Clusters, the largest first.
SELECT recon_cluster(kmeans, ARRAY[x]) AS cluster, array_agg(x ORDER BY x) AS members
FROM unnest('{1,2,3,4,100,101,102,900}'::float8[]) x,
     (SELECT recon_fit_kmeans(ARRAY[x], 3) AS kmeans FROM unnest('{1,2,3,4,100,101,102,900}'::float8[]) x) AS fit
GROUP BY 1 ORDER BY 1;
SELECT recon_cluster(kmeans, '{Infinity,1}') IS NULL AS none FROM fitted;
SELECT recon_cluster(knn, '{1,1}') FROM fitted;
SELECT recon_fit_kmeans(ARRAY[amount], NULL) FROM payment;
SELECT recon_fit_kmeans(ARRAY[amount], 0) FROM payment;
SELECT recon_fit_kmeans(ARRAY[amount], 1 + id % 2) FROM payment;
SELECT recon_fit_kmeans(ARRAY[amount], 3, '{"clusters": 4}') FROM payment;
SELECT recon_fit_knn(ARRAY[amount], '{"scale": "metres"}') FROM payment;
SELECT recon_fit_ecod(ARRAY[amount], '{"bins": 3}') FROM payment;
SELECT recon_fit_ensemble(ARRAY[amount], '{"bins": 3}') FROM payment;
SELECT recon_fit_autoencoder(ARRAY[amount], '{"bottleneck": 65}') FROM payment;
SELECT jsonb_path_query_array(recon_describe(ensemble), '$.members[*].method') AS members FROM fitted;

-- Many rows at once: the same scores as one by one.
SELECT count(*), count(*) FILTER (WHERE r.score IS DISTINCT FROM recon_score(forest, ARRAY[amount, delay])) AS different
FROM model, recon_score_rows(forest, 'SELECT id, amount, delay FROM payment') r JOIN payment ON id = identity;
SELECT count(*), count(*) FILTER (WHERE r.score IS DISTINCT FROM recon_score(knn, ARRAY[amount, delay])) AS different
FROM fitted, recon_score_rows(knn, $$ SELECT 'P' || id, ARRAY[amount, delay]::float8[] FROM payment $$, NULL::text) r
    JOIN payment ON 'P' || id = identity;
SELECT identity, round(score::numeric, 1) AS score
FROM model, recon_score_rows(forest,
    $$ VALUES (1::bigint, 5000::float8, 48::float8), (NULL, 50, 48), (3, NULL, 48), (4, 'NaN', NULL),
    (5, 'Infinity', 1) $$);
-- Many blocks of rows: one is scored while the next is read, so what identifies rows must outlive the query's own.
SELECT count(*), count(DISTINCT identity), count(*) FILTER (WHERE score IS DISTINCT
    FROM recon_score(forest, ARRAY[g, g % 60])) AS different
FROM model, recon_score_rows(forest, $$ SELECT repeat('row ', 9) || g, g, g % 60 FROM generate_series(1, 10000) g $$,
    NULL::text) r,
     LATERAL (SELECT split_part(identity, ' ', 10)::float8::integer AS g) AS number;
SELECT count(*) FROM model, recon_score_rows(forest, 'SELECT g, ARRAY[g, 1]::float8[] FROM generate_series(1, 4096) g')
    r;
SELECT count(*) FROM model, recon_score_rows(forest, $$ SELECT g, 1, 1 / (5000 - g) FROM generate_series(1, 10000) g $$)
    r;
SELECT count(*) FROM model, recon_score_rows(forest,
    $$ SELECT g, CASE g WHEN 5000 THEN ARRAY[g] ELSE ARRAY[g, g] END::float8[] FROM generate_series(1, 10000) g $$) r;
SELECT count(*) FROM model, recon_score_rows(forest,
    'SELECT identity, score, score FROM model, recon_score_rows(forest, ''SELECT g, g, g FROM generate_series(1, '
    '10000) g'')') r;
-- A cancel ends it, in the query and in the arithmetic.
SET statement_timeout = '100ms';
SELECT count(*) FROM model, recon_score_rows(forest,
    $$ SELECT g, g, CASE g WHEN 5000 THEN length(pg_sleep(60)::text) ELSE g END FROM generate_series(1, 10000) g $$) r;
SELECT count(*) FROM fitted, recon_score_rows(ensemble, 'SELECT generate_series(1, 100000000), 1000, 30') r;
RESET statement_timeout;
SELECT r.* FROM model, recon_score_rows(forest, 'SELECT 1::smallint, amount, true FROM payment WHERE id = 1') r
    WHERE score IS NULL;
SELECT r.* FROM model, recon_score_rows(forest, 'SELECT 1, NULL::float8[]') r;
SELECT * FROM recon_score_rows(NULL, 'SELECT 1');
SELECT r.* FROM model, recon_score_rows(forest, 'SELECT id, amount FROM payment') r;
SELECT r.* FROM model, recon_score_rows(forest, 'SELECT 1, ARRAY[1]::float8[]') r;
SELECT r.* FROM model, recon_score_rows(forest, $$ SELECT id, amount, 'x'::text AS currency FROM payment $$) r;
SELECT r.* FROM model, recon_score_rows(forest, $$ SELECT 'x'::text, amount, delay FROM payment $$) r;
SELECT r.* FROM model, recon_score_rows(forest, 'SELECT FROM payment') r;
SELECT r.* FROM model, recon_score_rows(forest, 'DELETE FROM payment RETURNING id, amount, delay') r;
SELECT r.* FROM model, recon_score_rows(forest, 'SELECT 1; SELECT 2') r;
SELECT r.* FROM model, recon_score_rows(forest, 'SELECT 1, 1, 1/0') r;

DROP TABLE payment, model, fitted;
