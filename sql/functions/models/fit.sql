-- Fit aggregates: rows become a model.

CREATE OR REPLACE FUNCTION recon.fit_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_combine';
CREATE OR REPLACE FUNCTION recon.fit_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_serialize';
CREATE OR REPLACE FUNCTION recon.fit_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_deserialize';
CREATE OR REPLACE FUNCTION recon.fit_final(internal) RETURNS recon_model
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_final';
COMMENT ON FUNCTION recon.fit_combine(internal, internal) IS 'Joins the samples of two parallel workers or partitions.';
COMMENT ON FUNCTION recon.fit_serialize(internal) IS 'State to bytes, for parallel plans.';
COMMENT ON FUNCTION recon.fit_deserialize(bytea, internal) IS 'Bytes to state, for parallel plans.';
COMMENT ON FUNCTION recon.fit_final(internal) IS 'Fits the model on the sample.';

-- Every method has the same three aggregates: of features, with options, and with an identity that tells
-- equal rows apart. Their state is a sample of bounded size; SSPACE is what it usually takes. The same
-- rows, options and seed give the same model in every plan.
DO $do$
DECLARE
    method record;
    overload record;
    types text;
    types_before text; -- of the overload before
BEGIN
    FOR method IN SELECT * FROM (VALUES
        ('iforest', '', '',
            'Isolation forest (Liu, Ting and Zhou 2008) over rows of features. Options: trees (100), sample_size '
            '(256 rows for each tree), columns_per_split (1; more makes splits hyperplanes, the extended forest), '
            'seed (0), max_rows (16384 distinct rows are kept to draw from). Rows of NULL features are left out; '
            'NULL and NaN features are missing values, infinite ones are counted and taken as missing. NULL '
            'without a row that holds a value.'),
        ('knn', '', '',
            'Distance to the k-th nearest row (Ramaswamy, Rastogi and Shim 2000) over rows of features, equal rows '
            'counted once. Options: neighbours (20), scale (standard: features less their mean over their standard '
            'deviation; robust: over 1.4826 median absolute deviations; none), seed (0), max_rows (10000 distinct '
            'rows are kept). A missing value stands at its feature''s median; under the scales standard and robust '
            'a constant feature counts for nothing. NULL without a row that holds a value.'),
        ('mahalanobis', '', '',
            'Mahalanobis distance with a covariance shrunk as Ledoit and Wolf (2004) say, over rows of features '
            '(at most 2000). Options: scale (standard, which makes it the correlation that is shrunk; robust; '
            'none), seed (0), max_rows (16384 distinct rows are kept). Of a row with missing values the distance '
            'is that in the other features. NULL without a row that holds a value.'),
        ('ecod', '', '',
            'Evidence of the empirical tails of each feature (ECOD: Li et al. 2022) over rows of features. '
            'Options: seed (0), max_rows (10000 distinct rows are kept). A missing value gives the evidence that '
            'values give on average. NULL without a row that holds a value.'),
        ('histogram', '', '',
            'Evidence of how rare each feature''s value is by its histogram (HBOS: Goldstein and Dengel 2012), '
            'features of few different values counted value by value: for categories. Options: bins (10), seed '
            '(0), max_rows (16384 distinct rows are kept). NULL without a row that holds a value.'),
        ('lof', '', '',
            'Local outlier factor (Breunig et al. 2000) over rows of features, equal rows counted once. Options: '
            'neighbours (20), scale (standard, robust, none), seed (0), max_rows (10000 distinct rows are kept). '
            'Missing values and constant features as in recon_fit_knn. NULL without a row that holds a value.'),
        ('ensemble', '', '',
            'An isolation forest and the distance to the k-th neighbour together, over rows of features: what to '
            'take where nothing speaks for one method. The score is -log10 of a p-value, the harmonic mean of the '
            'members'' own against the rows of the fit. Options: trees (100), sample_size (256), columns_per_split '
            '(1), neighbours (20), scale (robust; standard, none), seed (0), max_rows (10000 distinct rows are '
            'kept). Missing values and constant features as in recon_fit_iforest and recon_fit_knn. NULL without a '
            'row that holds a value.'),
        ('autoencoder', '', '',
            'A small neural network that gives rows of features back through a narrow middle: strange is what it '
            'cannot give back. Options: bottleneck (width of the middle; 0, as usual: the root of the number of '
            'features, at most 8), epochs (200 at most; it ends when the error on every fifth row, not trained on, '
            'stops falling), scale (robust; standard, none), seed (0), max_rows (10000 distinct rows are kept, '
            '4096 of them used). A missing value stands at its feature''s median and has no error; a constant '
            'feature counts for nothing. NULL without a row that holds a value.'),
        ('kmeans', ', k integer', ', integer',
            'k-means (k-means++, Arthur and Vassilvitskii 2007, and Lloyd''s iterations) over rows of features '
            'into k clusters, fewer where there are fewer different rows; read by recon_cluster. Options: starts '
            '(10, of which the best counts), iterations (300), scale (standard, robust, none), seed (0), max_rows '
            '(16384 distinct rows are kept). Missing values and constant features as in recon_fit_knn. NULL '
            'without a row that holds a value.')
    ) AS m (name, arguments, types, description) LOOP
        FOR overload IN SELECT * FROM (VALUES
            (1, '', '', NULL),
            (2, ', options jsonb', ', jsonb', 'with options as a JSON object.'),
            (3, ', options jsonb, identity "any"', ', jsonb, "any"',
                'with an identity (a primary key) that tells equal rows apart; a NULL one does not.')
        ) AS o (place, arguments, types, addition) ORDER BY place LOOP
            types := 'double precision[]' || method.types || overload.types;
            EXECUTE format(
                'CREATE OR REPLACE FUNCTION recon.fit_%1$s_transition(internal, %2$s) RETURNS internal '
                'LANGUAGE c IMMUTABLE PARALLEL SAFE AS ''MODULE_PATHNAME'', ''recon_fit_%1$s_transition''',
                method.name, types);
            EXECUTE format('COMMENT ON FUNCTION recon.fit_%1$s_transition(internal, %2$s) IS %3$L',
                method.name, types, format('Adds one row to the state of recon_fit_%s.', method.name));
            EXECUTE format(
                'CREATE OR REPLACE AGGREGATE recon_fit_%1$s(features double precision[]%2$s%3$s) ('
                'SFUNC = recon.fit_%1$s_transition, STYPE = internal, SSPACE = 1000000, '
                'COMBINEFUNC = recon.fit_combine, '
                'SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize, '
                'FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE)',
                method.name, method.arguments, overload.arguments);
            EXECUTE format('COMMENT ON AGGREGATE recon_fit_%1$s(%2$s) IS %3$L', method.name, types, coalesce(
                format('As recon_fit_%s(%s), ', method.name, types_before) || overload.addition, method.description));
            types_before := types;
        END LOOP;
    END LOOP;
END
$do$;
