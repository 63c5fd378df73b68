-- Rows of mixed columns as features of a model.

CREATE OR REPLACE FUNCTION recon_features("row" record, roles jsonb DEFAULT NULL) RETURNS double precision[]
    LANGUAGE c STABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'recon_features';
COMMENT ON FUNCTION recon_features(record, jsonb) IS
    'A row of mixed columns as features for recon_fit_*, recon_score and the like: a line of values and a line that '
    'says what each is (0 a number, 1 an amount, 2 a category). roles gives columns a role: amount (scaled by the '
    'model as asinh((x - median) / spread)), number (as it is), deviation (asinh(x), for a z-score), date (weekday, '
    'day of month, days left in it, month; of a timestamp the hour too, in UTC), category (by the model as -ln of its '
    'share of the rows), ignore. Without one, numbers are amounts, truth values numbers, dates and times dates, texts, '
    'enums and uuids categories. NULL is a missing value; NULL for a NULL row.';

CREATE OR REPLACE FUNCTION recon_feature_names("row" record, roles jsonb DEFAULT NULL) RETURNS text[]
    LANGUAGE c STABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'recon_feature_names';
COMMENT ON FUNCTION recon_feature_names(record, jsonb) IS
    'What the features that recon_features makes of a row are called, in their '
    'order, which is that of recon_contributions.';

CREATE OR REPLACE FUNCTION recon_encode(model recon_model, features double precision[]) RETURNS double precision[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'recon_encode';
COMMENT ON FUNCTION recon_encode(recon_model, double precision[]) IS
    'The numbers that a model compares in place of features made by recon_features: amounts scaled, categories by how '
    'rare they are in the rows of the fit. Plain features are what they were.';
