-- What a model says of rows.

CREATE OR REPLACE FUNCTION recon_score(model recon_model, features double precision[]) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'recon_score';
COMMENT ON FUNCTION recon_score(recon_model, double precision[]) IS
    'How strange a row is to a model: larger is stranger; recon_describe says what the number means. A NULL or NaN '
    'feature is a missing value; NULL for a row that holds an infinity or no value at all.';

CREATE OR REPLACE FUNCTION recon_score_rows(
    model recon_model, query text, OUT identity bigint, OUT score double precision
)
    RETURNS SETOF record
    LANGUAGE c VOLATILE COST 1000 ROWS 100000 AS 'MODULE_PATHNAME', 'recon_score_rows';

CREATE OR REPLACE FUNCTION recon_score_rows(
    model recon_model, query text, INOUT identity anyelement, OUT score double precision
)
    RETURNS SETOF record
    LANGUAGE c VOLATILE COST 1000 ROWS 100000 AS 'MODULE_PATHNAME', 'recon_score_rows';
COMMENT ON FUNCTION recon_score_rows(recon_model, text) IS
    'The scores of all rows of a query, in blocks and by as many threads as max_parallel_workers_per_gather allows: '
    'several times faster than recon_score row by row. The query''s first column, a bigint, tells rows apart; the '
    'others are the features, as numbers or as one column of type float8[]. It runs as the caller, and must not write.';
COMMENT ON FUNCTION recon_score_rows(recon_model, text, anyelement) IS
    'As recon_score_rows(recon_model, text), for rows told apart by a column of the type of identity, whose value is '
    'not looked at: NULL::text, NULL::uuid.';

CREATE OR REPLACE FUNCTION recon_contributions(model recon_model, features double precision[])
    RETURNS double precision[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'recon_contributions';
COMMENT ON FUNCTION recon_contributions(recon_model, double precision[]) IS
    'How much each feature has to do with a row''s score, in their order: the larger the magnitude the more, positive '
    'where the value lies above the feature''s median, negative below. NULL for a row without a score.';

CREATE OR REPLACE FUNCTION recon_cluster(model recon_model, features double precision[]) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'recon_cluster';
COMMENT ON FUNCTION recon_cluster(recon_model, double precision[]) IS
    'The number of the cluster a row belongs to, from 1 on, the one with the most rows first. NULL for a row that '
    'holds an infinity or no value at all; an error for a model without clusters.';

CREATE OR REPLACE FUNCTION recon_describe(model recon_model) RETURNS jsonb
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_describe';
COMMENT ON FUNCTION recon_describe(recon_model) IS
    'What a model is: its method and options, the rows it was fitted on, median, '
    'spread and missing share of each feature, the meaning of its score.';
