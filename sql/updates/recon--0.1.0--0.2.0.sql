\echo Use "ALTER EXTENSION recon UPDATE TO '0.2.0'" to load this file. \quit

-- Drafted by scripts/draft-update (make updates) from version 0.1.0 and version 0.2.0 of the script.

-- By hand, first. Kept when this file is drafted anew.
-- by hand: TABLE recon.run
ALTER TABLE recon.run
    DROP CONSTRAINT run_status_check,
    ADD CONSTRAINT run_status_check CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    ALTER started_at DROP NOT NULL, ALTER started_at DROP DEFAULT,
    ADD arguments jsonb,
    ADD submitted_at timestamptz,
    ADD worker_pid integer,
    ADD error_code text,
    ADD cancelled_by name,
    ADD stage text,
    ADD stage_done bigint,
    ADD stage_total bigint,
    ADD progress_at timestamptz,
    ADD baseline_date date,
    ADD is_watch boolean NOT NULL DEFAULT false,
    ADD rows_sketch bytea,
    ADD source_fingerprint text,
    ADD loaded_before timestamptz,
    ADD late_rows bigint,
    ADD rejudged_by jsonb,
    ADD rejudged_at timestamptz,
    ADD judged_through date,
    ADD rows_in_future bigint;
-- Where the window of the next run begins.
UPDATE recon.run SET judged_through = to_date;
-- by hand: TYPE recon.run_plan
ALTER TYPE recon.run_plan ADD ATTRIBUTE baseline jsonb;
ALTER TYPE recon.run_plan ADD ATTRIBUTE judging jsonb;
-- End of what is by hand.

DROP FUNCTION recon.scan_statement(d recon.reconciliation, relation regclass, target regclass, as_of timestamptz, to_date date);
DROP FUNCTION recon.recon_alter(name text, source text, key_columns text[], criteria_columns text[], derived_columns text[], date_column text, comment_column text, currency_column text, loaded_at_column text, break_when text, tolerance numeric, relative_tolerance numeric, pool_by text[], strategy text, time_zone text, minimum_amount numeric, date_format text, description text, new_name text, owner name, is_active boolean);
DROP FUNCTION recon.recon_create(name text, source text, key_columns text[], criteria_columns text[], derived_columns text[], date_column text, comment_column text, currency_column text, loaded_at_column text, break_when text, tolerance numeric, relative_tolerance numeric, pool_by text[], strategy text, time_zone text, minimum_amount numeric, date_format text, description text);
DROP FUNCTION recon_alter(name text, source text, key_columns text[], criteria_columns text[], derived_columns text[], date_column text, comment_column text, currency_column text, loaded_at_column text, break_when text, tolerance numeric, relative_tolerance numeric, pool_by text[], strategy text, time_zone text, minimum_amount numeric, date_format text, description text, new_name text, owner name, is_active boolean);
DROP FUNCTION recon_create(name text, source text, key_columns text[], criteria_columns text[], derived_columns text[], date_column text, comment_column text, currency_column text, loaded_at_column text, break_when text, tolerance numeric, relative_tolerance numeric, pool_by text[], strategy text, time_zone text, minimum_amount numeric, date_format text, description text);
DROP FUNCTION recon.check_expression(relation regclass, expression text, what text, reader name);
ALTER TABLE recon.strategy ADD COLUMN combination text NOT NULL DEFAULT 'harmonic' CHECK (combination IN ('harmonic', 'fisher', 'stouffer'));
ALTER TABLE recon.strategy ADD COLUMN scores text NOT NULL DEFAULT 'anomalies' CHECK (scores IN ('anomalies', 'all'));
ALTER TABLE recon.reconciliation ADD COLUMN decimal_signs jsonb;
ALTER TABLE recon.reconciliation ADD COLUMN rules jsonb CHECK (jsonb_typeof(rules) = 'object');
ALTER TABLE recon.reconciliation ADD COLUMN calendar text;
ALTER TABLE recon.reconciliation ADD COLUMN minimum_amounts jsonb CHECK (jsonb_typeof(minimum_amounts) = 'object');
ALTER TABLE recon.break ADD COLUMN opened_on date;
ALTER TABLE recon.score ADD COLUMN confidence double precision;
ALTER TABLE recon.score ADD COLUMN metadata jsonb;

-- By hand, between. Kept when this file is drafted anew.
-- End of what is by hand.

CREATE FUNCTION recon.check_expression(relation regclass, expression text, what text, reader name, text_amounts text[]) RETURNS text
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'recon_check_expression';

COMMENT ON FUNCTION recon.check_expression(regclass, text, text, name, text[]) IS
    'Checks that a stored expression is a boolean scalar expression over the columns of one relation (no subquery, aggregate, window or set-returning or volatile function) and gives it back with every name qualified. text_amounts (column, decimal sign, column, decimal sign ...) are text columns that the expression names as numbers.';

CREATE FUNCTION recon.is_immutable(relation regclass, condition text, reader name) RETURNS boolean
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'recon_is_immutable';

COMMENT ON FUNCTION recon.is_immutable(regclass, text, name) IS
    'Whether a condition over the columns of one relation is an expression whose answer depends on the row alone: on no setting, clock or other table.';

CREATE FUNCTION recon.parse_number(number_text text, decimal_sign text) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_parse_number';

COMMENT ON FUNCTION recon.parse_number(text, text) IS
    'The number of a text: 1,234.50, (200), 12-, $5, 1''234, and 1.234,50 where the decimal sign is a comma. NULL where the text is no finite number. Errors: 22023 a decimal sign that is neither point nor comma.';

COMMENT ON COLUMN recon.strategy.detectors IS
    'of each statistical detector its weight, 0 where it is off, or {weight, option ...}; of each rule {option ...}, or false';

COMMENT ON COLUMN recon.strategy.is_active IS 'of the newest version: whether the strategy may be used';

COMMENT ON COLUMN recon.strategy.combination IS
    'how the p-values of several detectors become one; fisher and stouffer assume that detectors are independent';

COMMENT ON COLUMN recon.strategy.scores IS 'of which breaks recon.score keeps what each detector said: anomalies, or all';

COMMENT ON COLUMN recon.reconciliation.decimal_signs IS
    'of amounts that are kept as text: column and decimal sign, as it was found in the data; NULL where no amount is';

COMMENT ON COLUMN recon.reconciliation.rules IS
    'rules that are on ({option ...}) or off (false) here, whatever the strategy says; NULL where it is followed';

COMMENT ON COLUMN recon.reconciliation.calendar IS
    'the calendar of recon.calendar whose holidays are no business days; NULL where weekends alone are none';

COMMENT ON COLUMN recon.reconciliation.minimum_amounts IS
    'the same for breaks of certain currencies: {currency: amount ...}; NULL where all are alike';

-- The detectors that a strategy can name: what each is, and which options it takes.

CREATE TABLE recon.detector (
    detector_name  text PRIMARY KEY CHECK (detector_name ~ '^[a-z][a-z0-9_]{0,62}$'),
    type           text NOT NULL CHECK (type IN ('statistical', 'rule', 'model')),
    function       text CHECK (function IS NOT NULL OR is_builtin),
    options_schema jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(options_schema) = 'object'),
    is_builtin     boolean NOT NULL DEFAULT false,
    description    text NOT NULL DEFAULT '',
    registered_by  name NOT NULL DEFAULT current_user,
    registered_at  timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE recon.detector IS 'The detectors that a strategy can name.';

COMMENT ON COLUMN recon.detector.type IS
    'statistical and model: gives ln p, which enters the verdict with its weight; rule: writes a flag of its own name beside the score';

COMMENT ON COLUMN recon.detector.function IS 'signature of the SQL function that does the work; NULL for what is built in';

COMMENT ON COLUMN recon.detector.options_schema IS
    'option -> {type, default, minimum, maximum, required, description, fields}; type is number, integer, text, pattern, boolean, time, weekdays or list (of objects with fields)';

INSERT INTO recon.detector (detector_name, type, options_schema, is_builtin, description) VALUES
    ('baseline', 'statistical', '{}', true, 'is the value where the key should be: level, trend, season and episodes'),
    ('frequency', 'statistical', '{}', true, 'does the key open new breaks more often than its rate'),
    ('drift', 'statistical', '{}', true, 'has the key moved away slowly, in steps too small to notice'),
    ('volatility', 'statistical', '{}', true, 'has the spread grown against the key''s own past'),
    ('partners', 'statistical', '{}', true, 'does the key still move with those that it normally moves with'),
    ('forest', 'model',
     '{"trees": {"type": "integer", "default": 100, "minimum": 1, "maximum": 1000, "description": "how many"},
       "sample_size": {"type": "integer", "default": 256, "minimum": 2, "maximum": 4096, "description": "past rows that each is grown on"}}', true,
     'do the residuals of all measures come together as they usually do: an isolation forest'),
    ('distance', 'model', '{}', true, 'how far are they, together, from where they usually are: Mahalanobis distance'),
    ('weekend', 'rule',
     '{"days": {"type": "weekdays", "default": [6, 7], "description": "days of the week, 1 Monday to 7 Sunday"}}', true,
     'the break is dated on a weekend'),
    ('holiday', 'rule',
     '{"calendar": {"type": "text", "description": "a calendar of recon_add_holidays; without it that of the reconciliation"}}', true,
     'the break is dated on a holiday'),
    ('amount_threshold', 'rule',
     '{"limits": {"type": "list", "required": true, "description": "the first limit that fits a break counts", "fields": {
         "column": {"type": "text", "description": "key column"},
         "like": {"type": "pattern", "description": "pattern of its value, as LIKE has it"},
         "currency": {"type": "text", "description": "only for breaks of this currency"},
         "amount": {"type": "number", "required": true, "minimum": 0, "description": "limit, in the unit of the measure"}}}}', true,
     'the break is as large as the limit of its account, or larger'),
    ('unusual_period', 'rule',
     '{"factor": {"type": "number", "default": 1.5, "minimum": 1.01, "maximum": 100, "description": "how many times shorter or longer than the gaps between the dates of the key so far"}}', true,
     'the key has a row much earlier or later than the rhythm of its dates'),
    ('other_period', 'rule',
     '{"column": {"type": "text", "required": true, "description": "date of booking, a date or a timestamp"},
       "unit": {"type": "text", "default": "month", "values": ["month", "quarter", "year"], "description": "what a period is"}}', true,
     'the row was booked in another period than the one it is dated in'),
    ('time_of_day', 'rule',
     '{"column": {"type": "text", "description": "a timestamp; without it the date column, where that is one"},
       "from": {"type": "time", "default": "06:00", "description": "when the working day begins, in the time zone of the reconciliation"},
       "to": {"type": "time", "default": "20:00", "description": "when it ends; before \"from\": on the next day"}}', true,
     'the row was booked outside of working hours'),
    ('stale', 'rule',
     '{"days": {"type": "integer", "default": 30, "minimum": 1, "maximum": 36500, "description": "age in days"}}', true,
     'the key has been in break, without a date on which it matched, for so many days'),
    ('round_amount', 'rule',
     '{"unit": {"type": "number", "default": 1000, "minimum": 0.000001, "description": "what the amount is a multiple of, in the unit of the measure"}}', true,
     'the break is a round amount');

SELECT pg_catalog.pg_extension_config_dump('recon.detector', 'WHERE NOT is_builtin');

CREATE FUNCTION recon.key_series_transition(internal, date, boolean, boolean, integer, integer, VARIADIC "any")
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_series_transition_found';

CREATE FUNCTION recon.key_series_packed(internal)
    RETURNS recon_series LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_series_packed';

COMMENT ON FUNCTION recon.key_series_transition(internal, date, boolean, boolean, integer, integer, VARIADIC "any") IS
    'Adds one row, with what was found of it, to the state of recon.key_series.';

COMMENT ON FUNCTION recon.key_series_packed(internal) IS 'Makes a recon_series of a state, its rows in the order they were read; who reads it sorts them.';

-- SSPACE tells the planner that states are large, so that it sorts and groups where hashing would
-- not fit into memory: hash aggregation spills new groups, never growing ones.
CREATE OR REPLACE AGGREGATE recon.key_series(at date, is_break boolean, is_target boolean, is_mismatch boolean, measures integer, VARIADIC "any") (
    SFUNC = recon.key_series_transition, STYPE = internal, SSPACE = 16384,
    COMBINEFUNC = recon.key_series_combine, SERIALFUNC = recon.key_series_serialize,
    DESERIALFUNC = recon.key_series_deserialize,
    FINALFUNC = recon.key_series_packed, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

COMMENT ON AGGREGATE recon.key_series(date, boolean, boolean, boolean, integer, VARIADIC "any") IS
    'Rows of one key as one recon_series: the first "measures" values of the list are judged, the others only tell duplicates of one date apart. Rows without a finite date are left out and counted; a NULL is_break counts as a break; is_mismatch says that a stored difference disagrees with its sides.';

CREATE AGGREGATE recon.key_series(at date, is_break boolean, is_target boolean, found integer, measures integer, VARIADIC "any") (
    SFUNC = recon.key_series_transition, STYPE = internal, SSPACE = 16384,
    COMBINEFUNC = recon.key_series_combine, SERIALFUNC = recon.key_series_serialize,
    DESERIALFUNC = recon.key_series_deserialize,
    FINALFUNC = recon.key_series_packed, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

COMMENT ON AGGREGATE recon.key_series(date, boolean, boolean, integer, integer, VARIADIC "any") IS
    'The same where rules look at the row: found is the sum of 1 where a stored difference disagrees with its sides, 2 where it was booked in another period than it is dated in, 4 where it was booked outside of working hours.';

-- Whether the rows that a stored baseline was made from are still what they were.

CREATE FUNCTION recon.rows_digest_transition(internal, date, date, boolean, boolean, integer, integer, VARIADIC "any")
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_rows_digest_transition';

CREATE FUNCTION recon.rows_digest_combine(internal, internal)
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_rows_digest_combine';

CREATE FUNCTION recon.rows_digest_serialize(internal)
    RETURNS bytea LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_rows_digest_serialize';

CREATE FUNCTION recon.rows_digest_deserialize(bytea, internal)
    RETURNS internal LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_rows_digest_deserialize';

CREATE FUNCTION recon.rows_digest_final(internal)
    RETURNS bigint[] LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_rows_digest_final';

COMMENT ON FUNCTION recon.rows_digest_transition(internal, date, date, boolean, boolean, integer, integer, VARIADIC "any") IS
    'Adds one row to the state of recon.rows_digest.';

COMMENT ON FUNCTION recon.rows_digest_combine(internal, internal) IS 'Joins the states of two parallel workers or partitions.';

COMMENT ON FUNCTION recon.rows_digest_serialize(internal) IS 'State to bytes, for parallel plans.';

COMMENT ON FUNCTION recon.rows_digest_deserialize(bytea, internal) IS 'Bytes to state, for parallel plans.';

COMMENT ON FUNCTION recon.rows_digest_final(internal) IS 'The numbers of a state.';

CREATE AGGREGATE recon.rows_digest(
    through date, at date, is_break boolean, is_mismatch boolean, measures integer, contents integer, VARIADIC "any"
) (
    SFUNC = recon.rows_digest_transition, STYPE = internal,
    COMBINEFUNC = recon.rows_digest_combine, SERIALFUNC = recon.rows_digest_serialize,
    DESERIALFUNC = recon.rows_digest_deserialize,
    FINALFUNC = recon.rows_digest_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

COMMENT ON AGGREGATE recon.rows_digest(date, date, boolean, boolean, integer, integer, VARIADIC "any") IS
    'Digest (two numbers) of the rows dated up to "through", in any order, and how many are dated up to it, after it, and not at all. The list holds so many measures, so many other values, then the key columns.';

CREATE FUNCTION recon.key_mark(VARIADIC "any") RETURNS bigint
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_key_mark';

COMMENT ON FUNCTION recon.key_mark("any") IS 'The number by which recon.rows_digest tells this key from others.';

-- The moments of a set of numbers as one value, exact and mergeable.

CREATE TYPE recon_stats;

CREATE FUNCTION recon_stats_in(cstring) RETURNS recon_stats
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_in';

CREATE FUNCTION recon_stats_out(recon_stats) RETURNS cstring
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_out';

CREATE FUNCTION recon_stats_recv(internal) RETURNS recon_stats
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_receive';

CREATE FUNCTION recon_stats_send(recon_stats) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_send';

CREATE TYPE recon_stats (
    INPUT = recon_stats_in, OUTPUT = recon_stats_out,
    RECEIVE = recon_stats_recv, SEND = recon_stats_send,
    STORAGE = extended
);

COMMENT ON TYPE recon_stats IS
    'Count, exact power sums and extremes of a set of numbers; made by the aggregate recon_stats(x), read by recon_mean, recon_stddev and others, put together by recon_merge. Equal sets have equal values.';

COMMENT ON FUNCTION recon_stats_in(cstring) IS 'Reads a recon_stats from text; refuses bytes that are not one.';

COMMENT ON FUNCTION recon_stats_out(recon_stats) IS 'Text form of a recon_stats, for dumps.';

COMMENT ON FUNCTION recon_stats_recv(internal) IS 'Reads a recon_stats in binary; refuses bytes that are not one.';

COMMENT ON FUNCTION recon_stats_send(recon_stats) IS 'Binary form of a recon_stats.';

CREATE FUNCTION recon.stats_transition(internal, double precision) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_transition';

CREATE FUNCTION recon.stats_merge_transition(internal, recon_stats) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_merge_transition';

CREATE FUNCTION recon.stats_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_combine';

CREATE FUNCTION recon.stats_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_serialize';

CREATE FUNCTION recon.stats_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_deserialize';

CREATE FUNCTION recon.stats_final(internal) RETURNS recon_stats
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_final';

CREATE FUNCTION recon.stats_moving_transition(internal, double precision) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_moving_transition';

CREATE FUNCTION recon.stats_moving_inverse(internal, double precision) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_moving_inverse';

CREATE FUNCTION recon.stats_moving_final(internal) RETURNS recon_stats
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_moving_final';

COMMENT ON FUNCTION recon.stats_transition(internal, double precision) IS 'Adds one number to the state of recon_stats.';

COMMENT ON FUNCTION recon.stats_merge_transition(internal, recon_stats) IS 'Adds one recon_stats to the state of recon_merge.';

COMMENT ON FUNCTION recon.stats_combine(internal, internal) IS 'Joins the states of two parallel workers or partitions.';

COMMENT ON FUNCTION recon.stats_serialize(internal) IS 'State to bytes, for parallel plans.';

COMMENT ON FUNCTION recon.stats_deserialize(bytea, internal) IS 'Bytes to state, for parallel plans.';

COMMENT ON FUNCTION recon.stats_final(internal) IS 'Makes a recon_stats of a state; NULL of no rows.';

COMMENT ON FUNCTION recon.stats_moving_transition(internal, double precision) IS 'Adds the number that enters a moving frame.';

COMMENT ON FUNCTION recon.stats_moving_inverse(internal, double precision) IS 'Takes away the number that leaves a moving frame.';

COMMENT ON FUNCTION recon.stats_moving_final(internal) IS 'Makes a recon_stats of a moving frame; NULL of no rows.';

-- SSPACE is the size of a state, for the planner.
CREATE AGGREGATE recon_stats(x double precision) (
    SFUNC = recon.stats_transition, STYPE = internal, SSPACE = 700,
    COMBINEFUNC = recon.stats_combine, SERIALFUNC = recon.stats_serialize, DESERIALFUNC = recon.stats_deserialize,
    FINALFUNC = recon.stats_final, FINALFUNC_MODIFY = READ_ONLY,
    MSFUNC = recon.stats_moving_transition, MINVFUNC = recon.stats_moving_inverse, MSTYPE = internal, MSSPACE = 2048,
    MFINALFUNC = recon.stats_moving_final, MFINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

COMMENT ON AGGREGATE recon_stats(double precision) IS
    'Moments of a set of numbers as one value. NULL, NaN, infinite numbers and those beyond 2^1000 are counted and enter nothing else. The sums are exact: no order of the rows, no parallel plan, no moving frame changes a bit. NULL of no rows.';

CREATE AGGREGATE recon_merge(stats recon_stats) (
    SFUNC = recon.stats_merge_transition, STYPE = internal, SSPACE = 700,
    COMBINEFUNC = recon.stats_combine, SERIALFUNC = recon.stats_serialize, DESERIALFUNC = recon.stats_deserialize,
    FINALFUNC = recon.stats_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

COMMENT ON AGGREGATE recon_merge(recon_stats) IS
    'The recon_stats of all rows together, from those of parts: the same value to the last bit. NULL values are passed over.';

CREATE FUNCTION recon_count(stats recon_stats) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_count';

CREATE FUNCTION recon_null_count(stats recon_stats) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_null_count';

CREATE FUNCTION recon_non_finite_count(stats recon_stats) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_non_finite_count';

CREATE FUNCTION recon_sum(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_sum';

CREATE FUNCTION recon_mean(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_mean';

CREATE FUNCTION recon_variance(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_variance';

CREATE FUNCTION recon_stddev(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_stddev';

CREATE FUNCTION recon_skewness(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_skewness';

CREATE FUNCTION recon_kurtosis(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_kurtosis';

CREATE FUNCTION recon_min(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_minimum';

CREATE FUNCTION recon_max(stats recon_stats) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_maximum';

COMMENT ON FUNCTION recon_count(recon_stats) IS 'How many numbers entered: finite ones.';

COMMENT ON FUNCTION recon_null_count(recon_stats) IS 'How many NULLs were met.';

COMMENT ON FUNCTION recon_non_finite_count(recon_stats) IS 'How many NaN, infinite numbers and numbers beyond 2^1000 were met.';

COMMENT ON FUNCTION recon_sum(recon_stats) IS 'Sum of the numbers, exact but for one rounding; NULL of none.';

COMMENT ON FUNCTION recon_mean(recon_stats) IS 'Arithmetic mean, exact but for one rounding; NULL of no numbers.';

COMMENT ON FUNCTION recon_variance(recon_stats) IS 'Sample variance (divisor n - 1), exact but for one rounding; NULL of fewer than two numbers.';

COMMENT ON FUNCTION recon_stddev(recon_stats) IS 'Sample standard deviation (divisor n - 1); NULL of fewer than two numbers.';

COMMENT ON FUNCTION recon_skewness(recon_stats) IS
    'Skewness g1, the third standardized moment: above 0 for a longer tail upwards. NULL of fewer than two numbers and of a constant.';

COMMENT ON FUNCTION recon_kurtosis(recon_stats) IS
    'Excess kurtosis g2, the fourth standardized moment less 3: 0 for a normal distribution. NULL of fewer than two numbers and of a constant.';

COMMENT ON FUNCTION recon_min(recon_stats) IS 'The smallest number; NULL of none.';

COMMENT ON FUNCTION recon_max(recon_stats) IS 'The largest number; NULL of none.';

CREATE FUNCTION recon_zscore(stats recon_stats, x double precision) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_zscore';

COMMENT ON FUNCTION recon_zscore(recon_stats, double precision) IS
    '(x - mean) / standard deviation. NULL where x is NULL or not finite, or of fewer than two numbers; of a constant, 0 for the constant and infinite for everything else.';

CREATE TYPE recon_band AS (
    expected double precision, lower double precision, upper double precision,
    z double precision, direction smallint
);

COMMENT ON TYPE recon_band IS
    'Where a value lies: what was expected, the limits of what is usual, z, the distance from what was expected in standard deviations, and direction, which is -1 below the limits, 0 within, 1 above. NULL is what is not known.';

CREATE FUNCTION recon_bollinger(stats recon_stats, x double precision, width double precision DEFAULT 2) RETURNS recon_band
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_bollinger';

COMMENT ON FUNCTION recon_bollinger(recon_stats, double precision, double precision) IS
    'The band mean -+ width standard deviations, and where x lies in it. NULL for NULL statistics; z and direction are NULL where x is NULL or not finite, or where there are fewer than two numbers.';

-- Multivariate models: fit aggregates make a recon_model, functions read it.

CREATE TYPE recon_model;

CREATE FUNCTION recon_model_in(cstring) RETURNS recon_model
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_model_in';

CREATE FUNCTION recon_model_out(recon_model) RETURNS cstring
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_model_out';

CREATE FUNCTION recon_model_recv(internal) RETURNS recon_model
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_model_receive';

CREATE FUNCTION recon_model_send(recon_model) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_model_send';

-- Stored out of line: a query that joins a model to many rows then knows it by its place.
CREATE TYPE recon_model (
    INPUT = recon_model_in, OUTPUT = recon_model_out,
    RECEIVE = recon_model_recv, SEND = recon_model_send,
    STORAGE = extended
);

COMMENT ON TYPE recon_model IS
    'A fitted multivariate model of any method; made by recon_fit_*, read by recon_score, recon_contributions and recon_describe.';

COMMENT ON FUNCTION recon_model_in(cstring) IS 'Reads a recon_model from text; refuses bytes that are not one.';

COMMENT ON FUNCTION recon_model_out(recon_model) IS 'Text form of a recon_model, for dumps.';

COMMENT ON FUNCTION recon_model_recv(internal) IS 'Reads a recon_model in binary; refuses bytes that are not one.';

COMMENT ON FUNCTION recon_model_send(recon_model) IS 'Binary form of a recon_model.';

CREATE FUNCTION recon_score(model recon_model, features double precision[]) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'recon_score';

COMMENT ON FUNCTION recon_score(recon_model, double precision[]) IS
    'How strange a row is to a model: larger is stranger; recon_describe says what the number means. A NULL or NaN feature is a missing value; NULL for a row that holds an infinity or no value at all.';

CREATE FUNCTION recon_features("row" record, roles jsonb DEFAULT NULL) RETURNS double precision[]
    LANGUAGE c STABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'recon_features';

COMMENT ON FUNCTION recon_features(record, jsonb) IS
    'A row of mixed columns as features for recon_fit_*, recon_score and the like: a line of values and a line that says what each is (0 a number, 1 an amount, 2 a category). roles gives columns a role: amount (scaled by the model as asinh((x - median) / spread)), number (as it is), deviation (asinh(x), for a z-score), date (weekday, day of month, days left in it, month; of a timestamp the hour too, in UTC), category (by the model as -ln of its share of the rows), ignore. Without one, numbers are amounts, truth values numbers, dates and times dates, texts, enums and uuids categories. NULL is a missing value; NULL for a NULL row.';

CREATE FUNCTION recon_feature_names("row" record, roles jsonb DEFAULT NULL) RETURNS text[]
    LANGUAGE c STABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'recon_feature_names';

COMMENT ON FUNCTION recon_feature_names(record, jsonb) IS
    'What the features that recon_features makes of a row are called, in their order, which is that of recon_contributions.';

CREATE FUNCTION recon_encode(model recon_model, features double precision[]) RETURNS double precision[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'recon_encode';

COMMENT ON FUNCTION recon_encode(recon_model, double precision[]) IS
    'The numbers that a model compares in place of features made by recon_features: amounts scaled, categories by how rare they are in the rows of the fit. Plain features are what they were.';

CREATE FUNCTION recon_contributions(model recon_model, features double precision[]) RETURNS double precision[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'recon_contributions';

COMMENT ON FUNCTION recon_contributions(recon_model, double precision[]) IS
    'How much each feature has to do with a row''s score, in their order: the larger the magnitude the more, positive where the value lies above the feature''s median, negative below. NULL for a row without a score.';

CREATE FUNCTION recon_score_rows(model recon_model, query text, OUT identity bigint, OUT score double precision)
    RETURNS SETOF record
    LANGUAGE c VOLATILE COST 1000 ROWS 100000 AS 'MODULE_PATHNAME', 'recon_score_rows';

CREATE FUNCTION recon_score_rows(model recon_model, query text, INOUT identity anyelement, OUT score double precision)
    RETURNS SETOF record
    LANGUAGE c VOLATILE COST 1000 ROWS 100000 AS 'MODULE_PATHNAME', 'recon_score_rows';

COMMENT ON FUNCTION recon_score_rows(recon_model, text) IS
    'The scores of all rows of a query, in blocks and by as many threads as max_parallel_workers_per_gather allows: several times faster than recon_score row by row. The query''s first column, a bigint, tells rows apart; the others are the features, as numbers or as one column of type float8[]. It runs as the caller, and must not write.';

COMMENT ON FUNCTION recon_score_rows(recon_model, text, anyelement) IS
    'As recon_score_rows(recon_model, text), for rows told apart by a column of the type of identity, whose value is not looked at: NULL::text, NULL::uuid.';

CREATE FUNCTION recon_cluster(model recon_model, features double precision[]) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'recon_cluster';

COMMENT ON FUNCTION recon_cluster(recon_model, double precision[]) IS
    'The number of the cluster a row belongs to, from 1 on, the one with the most rows first. NULL for a row that holds an infinity or no value at all; an error for a model without clusters.';

CREATE FUNCTION recon_describe(model recon_model) RETURNS jsonb
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_describe';

COMMENT ON FUNCTION recon_describe(recon_model) IS
    'What a model is: its method and options, the rows it was fitted on, median, spread and missing share of each feature, the meaning of its score.';

CREATE FUNCTION recon.fit_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_combine';

CREATE FUNCTION recon.fit_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_serialize';

CREATE FUNCTION recon.fit_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_deserialize';

CREATE FUNCTION recon.fit_final(internal) RETURNS recon_model
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_final';

COMMENT ON FUNCTION recon.fit_combine(internal, internal) IS 'Joins the samples of two parallel workers or partitions.';

COMMENT ON FUNCTION recon.fit_serialize(internal) IS 'State to bytes, for parallel plans.';

COMMENT ON FUNCTION recon.fit_deserialize(bytea, internal) IS 'Bytes to state, for parallel plans.';

COMMENT ON FUNCTION recon.fit_final(internal) IS 'Fits the model on the sample.';

-- Every method has the same three aggregates: of features, with options, and with an identity that tells
-- equal rows apart. Their state is a sample of bounded size; SSPACE is what it usually takes. The same
-- rows, options and seed give the same model in every plan.

CREATE FUNCTION recon.fit_iforest_transition(internal, double precision[]) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_iforest_transition';

CREATE FUNCTION recon.fit_iforest_transition(internal, double precision[], jsonb) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_iforest_transition';

CREATE FUNCTION recon.fit_iforest_transition(internal, double precision[], jsonb, "any") RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_iforest_transition';

COMMENT ON FUNCTION recon.fit_iforest_transition(internal, double precision[]) IS 'Adds one row to the state of recon_fit_iforest.';

COMMENT ON FUNCTION recon.fit_iforest_transition(internal, double precision[], jsonb) IS 'Adds one row to the state of recon_fit_iforest.';

COMMENT ON FUNCTION recon.fit_iforest_transition(internal, double precision[], jsonb, "any") IS 'Adds one row to the state of recon_fit_iforest.';

CREATE AGGREGATE recon_fit_iforest(features double precision[]) (
    SFUNC = recon.fit_iforest_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

CREATE AGGREGATE recon_fit_iforest(features double precision[], options jsonb) (
    SFUNC = recon.fit_iforest_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

CREATE AGGREGATE recon_fit_iforest(features double precision[], options jsonb, identity "any") (
    SFUNC = recon.fit_iforest_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

COMMENT ON AGGREGATE recon_fit_iforest(double precision[]) IS
    'Isolation forest (Liu, Ting and Zhou 2008) over rows of features. Options: trees (100), sample_size (256 rows for each tree), columns_per_split (1; more makes splits hyperplanes, the extended forest), seed (0), max_rows (16384 distinct rows are kept to draw from). Rows of NULL features are left out; NULL and NaN features are missing values, infinite ones are counted and taken as missing. NULL without a row that holds a value.';

COMMENT ON AGGREGATE recon_fit_iforest(double precision[], jsonb) IS
    'As recon_fit_iforest(double precision[]), with options as a JSON object.';

COMMENT ON AGGREGATE recon_fit_iforest(double precision[], jsonb, "any") IS
    'As recon_fit_iforest(double precision[], jsonb), with an identity (a primary key) that tells equal rows apart; a NULL one does not.';

CREATE FUNCTION recon.fit_knn_transition(internal, double precision[]) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_knn_transition';

CREATE FUNCTION recon.fit_knn_transition(internal, double precision[], jsonb) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_knn_transition';

CREATE FUNCTION recon.fit_knn_transition(internal, double precision[], jsonb, "any") RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_knn_transition';

COMMENT ON FUNCTION recon.fit_knn_transition(internal, double precision[]) IS 'Adds one row to the state of recon_fit_knn.';

COMMENT ON FUNCTION recon.fit_knn_transition(internal, double precision[], jsonb) IS 'Adds one row to the state of recon_fit_knn.';

COMMENT ON FUNCTION recon.fit_knn_transition(internal, double precision[], jsonb, "any") IS 'Adds one row to the state of recon_fit_knn.';

CREATE AGGREGATE recon_fit_knn(features double precision[]) (
    SFUNC = recon.fit_knn_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

CREATE AGGREGATE recon_fit_knn(features double precision[], options jsonb) (
    SFUNC = recon.fit_knn_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

CREATE AGGREGATE recon_fit_knn(features double precision[], options jsonb, identity "any") (
    SFUNC = recon.fit_knn_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

COMMENT ON AGGREGATE recon_fit_knn(double precision[]) IS
    'Distance to the k-th nearest row (Ramaswamy, Rastogi and Shim 2000) over rows of features, equal rows counted once. Options: neighbours (20), scale (standard: features less their mean over their standard deviation; robust: over 1.4826 median absolute deviations; none), seed (0), max_rows (10000 distinct rows are kept). A missing value stands at its feature''s median; under the scales standard and robust a constant feature counts for nothing. NULL without a row that holds a value.';

COMMENT ON AGGREGATE recon_fit_knn(double precision[], jsonb) IS
    'As recon_fit_knn(double precision[]), with options as a JSON object.';

COMMENT ON AGGREGATE recon_fit_knn(double precision[], jsonb, "any") IS
    'As recon_fit_knn(double precision[], jsonb), with an identity (a primary key) that tells equal rows apart; a NULL one does not.';

CREATE FUNCTION recon.fit_mahalanobis_transition(internal, double precision[]) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_mahalanobis_transition';

CREATE FUNCTION recon.fit_mahalanobis_transition(internal, double precision[], jsonb) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_mahalanobis_transition';

CREATE FUNCTION recon.fit_mahalanobis_transition(internal, double precision[], jsonb, "any") RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_mahalanobis_transition';

COMMENT ON FUNCTION recon.fit_mahalanobis_transition(internal, double precision[]) IS 'Adds one row to the state of recon_fit_mahalanobis.';

COMMENT ON FUNCTION recon.fit_mahalanobis_transition(internal, double precision[], jsonb) IS 'Adds one row to the state of recon_fit_mahalanobis.';

COMMENT ON FUNCTION recon.fit_mahalanobis_transition(internal, double precision[], jsonb, "any") IS 'Adds one row to the state of recon_fit_mahalanobis.';

CREATE AGGREGATE recon_fit_mahalanobis(features double precision[]) (
    SFUNC = recon.fit_mahalanobis_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

CREATE AGGREGATE recon_fit_mahalanobis(features double precision[], options jsonb) (
    SFUNC = recon.fit_mahalanobis_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

CREATE AGGREGATE recon_fit_mahalanobis(features double precision[], options jsonb, identity "any") (
    SFUNC = recon.fit_mahalanobis_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

COMMENT ON AGGREGATE recon_fit_mahalanobis(double precision[]) IS
    'Mahalanobis distance with a covariance shrunk as Ledoit and Wolf (2004) say, over rows of features (at most 2000). Options: scale (standard, which makes it the correlation that is shrunk; robust; none), seed (0), max_rows (16384 distinct rows are kept). Of a row with missing values the distance is that in the other features. NULL without a row that holds a value.';

COMMENT ON AGGREGATE recon_fit_mahalanobis(double precision[], jsonb) IS
    'As recon_fit_mahalanobis(double precision[]), with options as a JSON object.';

COMMENT ON AGGREGATE recon_fit_mahalanobis(double precision[], jsonb, "any") IS
    'As recon_fit_mahalanobis(double precision[], jsonb), with an identity (a primary key) that tells equal rows apart; a NULL one does not.';

CREATE FUNCTION recon.fit_ecod_transition(internal, double precision[]) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_ecod_transition';

CREATE FUNCTION recon.fit_ecod_transition(internal, double precision[], jsonb) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_ecod_transition';

CREATE FUNCTION recon.fit_ecod_transition(internal, double precision[], jsonb, "any") RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_ecod_transition';

COMMENT ON FUNCTION recon.fit_ecod_transition(internal, double precision[]) IS 'Adds one row to the state of recon_fit_ecod.';

COMMENT ON FUNCTION recon.fit_ecod_transition(internal, double precision[], jsonb) IS 'Adds one row to the state of recon_fit_ecod.';

COMMENT ON FUNCTION recon.fit_ecod_transition(internal, double precision[], jsonb, "any") IS 'Adds one row to the state of recon_fit_ecod.';

CREATE AGGREGATE recon_fit_ecod(features double precision[]) (
    SFUNC = recon.fit_ecod_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

CREATE AGGREGATE recon_fit_ecod(features double precision[], options jsonb) (
    SFUNC = recon.fit_ecod_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

CREATE AGGREGATE recon_fit_ecod(features double precision[], options jsonb, identity "any") (
    SFUNC = recon.fit_ecod_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

COMMENT ON AGGREGATE recon_fit_ecod(double precision[]) IS
    'Evidence of the empirical tails of each feature (ECOD: Li et al. 2022) over rows of features. Options: seed (0), max_rows (10000 distinct rows are kept). A missing value gives the evidence that values give on average. NULL without a row that holds a value.';

COMMENT ON AGGREGATE recon_fit_ecod(double precision[], jsonb) IS
    'As recon_fit_ecod(double precision[]), with options as a JSON object.';

COMMENT ON AGGREGATE recon_fit_ecod(double precision[], jsonb, "any") IS
    'As recon_fit_ecod(double precision[], jsonb), with an identity (a primary key) that tells equal rows apart; a NULL one does not.';

CREATE FUNCTION recon.fit_histogram_transition(internal, double precision[]) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_histogram_transition';

CREATE FUNCTION recon.fit_histogram_transition(internal, double precision[], jsonb) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_histogram_transition';

CREATE FUNCTION recon.fit_histogram_transition(internal, double precision[], jsonb, "any") RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_histogram_transition';

COMMENT ON FUNCTION recon.fit_histogram_transition(internal, double precision[]) IS 'Adds one row to the state of recon_fit_histogram.';

COMMENT ON FUNCTION recon.fit_histogram_transition(internal, double precision[], jsonb) IS 'Adds one row to the state of recon_fit_histogram.';

COMMENT ON FUNCTION recon.fit_histogram_transition(internal, double precision[], jsonb, "any") IS 'Adds one row to the state of recon_fit_histogram.';

CREATE AGGREGATE recon_fit_histogram(features double precision[]) (
    SFUNC = recon.fit_histogram_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

CREATE AGGREGATE recon_fit_histogram(features double precision[], options jsonb) (
    SFUNC = recon.fit_histogram_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

CREATE AGGREGATE recon_fit_histogram(features double precision[], options jsonb, identity "any") (
    SFUNC = recon.fit_histogram_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

COMMENT ON AGGREGATE recon_fit_histogram(double precision[]) IS
    'Evidence of how rare each feature''s value is by its histogram (HBOS: Goldstein and Dengel 2012), features of few different values counted value by value: for categories. Options: bins (10), seed (0), max_rows (16384 distinct rows are kept). NULL without a row that holds a value.';

COMMENT ON AGGREGATE recon_fit_histogram(double precision[], jsonb) IS
    'As recon_fit_histogram(double precision[]), with options as a JSON object.';

COMMENT ON AGGREGATE recon_fit_histogram(double precision[], jsonb, "any") IS
    'As recon_fit_histogram(double precision[], jsonb), with an identity (a primary key) that tells equal rows apart; a NULL one does not.';

CREATE FUNCTION recon.fit_lof_transition(internal, double precision[]) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_lof_transition';

CREATE FUNCTION recon.fit_lof_transition(internal, double precision[], jsonb) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_lof_transition';

CREATE FUNCTION recon.fit_lof_transition(internal, double precision[], jsonb, "any") RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_lof_transition';

COMMENT ON FUNCTION recon.fit_lof_transition(internal, double precision[]) IS 'Adds one row to the state of recon_fit_lof.';

COMMENT ON FUNCTION recon.fit_lof_transition(internal, double precision[], jsonb) IS 'Adds one row to the state of recon_fit_lof.';

COMMENT ON FUNCTION recon.fit_lof_transition(internal, double precision[], jsonb, "any") IS 'Adds one row to the state of recon_fit_lof.';

CREATE AGGREGATE recon_fit_lof(features double precision[]) (
    SFUNC = recon.fit_lof_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

CREATE AGGREGATE recon_fit_lof(features double precision[], options jsonb) (
    SFUNC = recon.fit_lof_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

CREATE AGGREGATE recon_fit_lof(features double precision[], options jsonb, identity "any") (
    SFUNC = recon.fit_lof_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

COMMENT ON AGGREGATE recon_fit_lof(double precision[]) IS
    'Local outlier factor (Breunig et al. 2000) over rows of features, equal rows counted once. Options: neighbours (20), scale (standard, robust, none), seed (0), max_rows (10000 distinct rows are kept). Missing values and constant features as in recon_fit_knn. NULL without a row that holds a value.';

COMMENT ON AGGREGATE recon_fit_lof(double precision[], jsonb) IS
    'As recon_fit_lof(double precision[]), with options as a JSON object.';

COMMENT ON AGGREGATE recon_fit_lof(double precision[], jsonb, "any") IS
    'As recon_fit_lof(double precision[], jsonb), with an identity (a primary key) that tells equal rows apart; a NULL one does not.';

CREATE FUNCTION recon.fit_ensemble_transition(internal, double precision[]) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_ensemble_transition';

CREATE FUNCTION recon.fit_ensemble_transition(internal, double precision[], jsonb) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_ensemble_transition';

CREATE FUNCTION recon.fit_ensemble_transition(internal, double precision[], jsonb, "any") RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_ensemble_transition';

COMMENT ON FUNCTION recon.fit_ensemble_transition(internal, double precision[]) IS 'Adds one row to the state of recon_fit_ensemble.';

COMMENT ON FUNCTION recon.fit_ensemble_transition(internal, double precision[], jsonb) IS 'Adds one row to the state of recon_fit_ensemble.';

COMMENT ON FUNCTION recon.fit_ensemble_transition(internal, double precision[], jsonb, "any") IS 'Adds one row to the state of recon_fit_ensemble.';

CREATE AGGREGATE recon_fit_ensemble(features double precision[]) (
    SFUNC = recon.fit_ensemble_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

CREATE AGGREGATE recon_fit_ensemble(features double precision[], options jsonb) (
    SFUNC = recon.fit_ensemble_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

CREATE AGGREGATE recon_fit_ensemble(features double precision[], options jsonb, identity "any") (
    SFUNC = recon.fit_ensemble_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

COMMENT ON AGGREGATE recon_fit_ensemble(double precision[]) IS
    'An isolation forest and the distance to the k-th neighbour together, over rows of features: what to take where nothing speaks for one method. The score is -log10 of a p-value, the harmonic mean of the members'' own against the rows of the fit. Options: trees (100), sample_size (256), columns_per_split (1), neighbours (20), scale (robust; standard, none), seed (0), max_rows (10000 distinct rows are kept). Missing values and constant features as in recon_fit_iforest and recon_fit_knn. NULL without a row that holds a value.';

COMMENT ON AGGREGATE recon_fit_ensemble(double precision[], jsonb) IS
    'As recon_fit_ensemble(double precision[]), with options as a JSON object.';

COMMENT ON AGGREGATE recon_fit_ensemble(double precision[], jsonb, "any") IS
    'As recon_fit_ensemble(double precision[], jsonb), with an identity (a primary key) that tells equal rows apart; a NULL one does not.';

CREATE FUNCTION recon.fit_autoencoder_transition(internal, double precision[]) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_autoencoder_transition';

CREATE FUNCTION recon.fit_autoencoder_transition(internal, double precision[], jsonb) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_autoencoder_transition';

CREATE FUNCTION recon.fit_autoencoder_transition(internal, double precision[], jsonb, "any") RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_autoencoder_transition';

COMMENT ON FUNCTION recon.fit_autoencoder_transition(internal, double precision[]) IS 'Adds one row to the state of recon_fit_autoencoder.';

COMMENT ON FUNCTION recon.fit_autoencoder_transition(internal, double precision[], jsonb) IS 'Adds one row to the state of recon_fit_autoencoder.';

COMMENT ON FUNCTION recon.fit_autoencoder_transition(internal, double precision[], jsonb, "any") IS 'Adds one row to the state of recon_fit_autoencoder.';

CREATE AGGREGATE recon_fit_autoencoder(features double precision[]) (
    SFUNC = recon.fit_autoencoder_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

CREATE AGGREGATE recon_fit_autoencoder(features double precision[], options jsonb) (
    SFUNC = recon.fit_autoencoder_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

CREATE AGGREGATE recon_fit_autoencoder(features double precision[], options jsonb, identity "any") (
    SFUNC = recon.fit_autoencoder_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

COMMENT ON AGGREGATE recon_fit_autoencoder(double precision[]) IS
    'A small neural network that gives rows of features back through a narrow middle: strange is what it cannot give back. Options: bottleneck (width of the middle; 0, as usual: the root of the number of features, at most 8), epochs (200 at most; it ends when the error on every fifth row, not trained on, stops falling), scale (robust; standard, none), seed (0), max_rows (10000 distinct rows are kept, 4096 of them used). A missing value stands at its feature''s median and has no error; a constant feature counts for nothing. NULL without a row that holds a value.';

COMMENT ON AGGREGATE recon_fit_autoencoder(double precision[], jsonb) IS
    'As recon_fit_autoencoder(double precision[]), with options as a JSON object.';

COMMENT ON AGGREGATE recon_fit_autoencoder(double precision[], jsonb, "any") IS
    'As recon_fit_autoencoder(double precision[], jsonb), with an identity (a primary key) that tells equal rows apart; a NULL one does not.';

-- These take the number of clusters, too.
CREATE FUNCTION recon.fit_kmeans_transition(internal, double precision[], integer) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_kmeans_transition';

CREATE FUNCTION recon.fit_kmeans_transition(internal, double precision[], integer, jsonb) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_kmeans_transition';

CREATE FUNCTION recon.fit_kmeans_transition(internal, double precision[], integer, jsonb, "any") RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fit_kmeans_transition';

COMMENT ON FUNCTION recon.fit_kmeans_transition(internal, double precision[], integer) IS 'Adds one row to the state of recon_fit_kmeans.';

COMMENT ON FUNCTION recon.fit_kmeans_transition(internal, double precision[], integer, jsonb) IS 'Adds one row to the state of recon_fit_kmeans.';

COMMENT ON FUNCTION recon.fit_kmeans_transition(internal, double precision[], integer, jsonb, "any") IS 'Adds one row to the state of recon_fit_kmeans.';

CREATE AGGREGATE recon_fit_kmeans(features double precision[], k integer) (
    SFUNC = recon.fit_kmeans_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

CREATE AGGREGATE recon_fit_kmeans(features double precision[], k integer, options jsonb) (
    SFUNC = recon.fit_kmeans_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

CREATE AGGREGATE recon_fit_kmeans(features double precision[], k integer, options jsonb, identity "any") (
    SFUNC = recon.fit_kmeans_transition, STYPE = internal, SSPACE = 1000000, COMBINEFUNC = recon.fit_combine,
    SERIALFUNC = recon.fit_serialize, DESERIALFUNC = recon.fit_deserialize,
    FINALFUNC = recon.fit_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

COMMENT ON AGGREGATE recon_fit_kmeans(double precision[], integer) IS
    'k-means (k-means++, Arthur and Vassilvitskii 2007, and Lloyd''s iterations) over rows of features into k clusters, fewer where there are fewer different rows; read by recon_cluster. Options: starts (10, of which the best counts), iterations (300), scale (standard, robust, none), seed (0), max_rows (16384 distinct rows are kept). Missing values and constant features as in recon_fit_knn. NULL without a row that holds a value.';

COMMENT ON AGGREGATE recon_fit_kmeans(double precision[], integer, jsonb) IS
    'As recon_fit_kmeans(double precision[], integer), with options as a JSON object.';

COMMENT ON AGGREGATE recon_fit_kmeans(double precision[], integer, jsonb, "any") IS
    'As recon_fit_kmeans(double precision[], integer, jsonb), with an identity (a primary key) that tells equal rows apart; a NULL one does not.';

-- Window functions: each row of a key judged by the rows before it.
--
-- They go through a partition in its order whatever the frame; rows that the ORDER BY cannot tell apart
-- do not judge each other and enter together, in ascending order of their values.

CREATE FUNCTION recon_bollinger(
    x double precision, period integer DEFAULT 20, width double precision DEFAULT 2, include_current boolean DEFAULT false
) RETURNS recon_band
    LANGUAGE c IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'recon_window_bollinger';

COMMENT ON FUNCTION recon_bollinger(double precision, integer, double precision, boolean) IS
    'The band mean -+ width standard deviations of the last "period" numbers before this row in the window''s order, and where x lies in it; with include_current, of the last "period" numbers up to this row. NULL, NaN and infinite x take no place in any band and have no z and direction. No limits where there are fewer than two numbers.';

CREATE FUNCTION recon_robust_z(
    x double precision, period integer DEFAULT 20, tolerance double precision DEFAULT 0, include_current boolean DEFAULT false
) RETURNS double precision
    LANGUAGE c IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'recon_window_robust_z';

COMMENT ON FUNCTION recon_robust_z(double precision, integer, double precision, boolean) IS
    '(x - median) / spread of the last "period" numbers before this row in the window''s order, where the spread is 1.4826 median absolute deviations, or of numbers most of which agree 1.2533 mean deviations, and never below the tolerance. NULL where x is NULL or not finite and where there are fewer than two numbers; infinite where all numbers agree, x does not, and the tolerance is 0.';

CREATE FUNCTION recon_ewma(
    x double precision, alpha double precision DEFAULT 0.2, width double precision DEFAULT 3, include_current boolean DEFAULT false
) RETURNS recon_band
    LANGUAGE c IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'recon_window_ewma';

COMMENT ON FUNCTION recon_ewma(double precision, double precision, double precision, boolean) IS
    'The exponentially weighted mean of the numbers before this row in the window''s order, the newest with weight alpha, -+ width standard deviations of the next number, and where x lies in that band; with include_current, of the numbers up to this row. NULL, NaN and infinite x change nothing and have no z and direction.';

CREATE TYPE recon_drift AS (
    high double precision, low double precision, high_run bigint, low_run bigint, direction smallint
);

COMMENT ON TYPE recon_drift IS
    'The two sums of a CUSUM, for how many rows each has been above 0, and direction: 1 where the upper sum is above the threshold, -1 where the lower one is, 0 where none is, NULL of a row that is not judged.';

CREATE FUNCTION recon_cusum(
    x double precision, target double precision DEFAULT NULL, allowance double precision DEFAULT 0.5,
    threshold double precision DEFAULT 5, restarts boolean DEFAULT false
) RETURNS recon_drift
    LANGUAGE c IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'recon_window_cusum';

COMMENT ON FUNCTION recon_cusum(double precision, double precision, double precision, double precision, boolean) IS
    'Two-sided CUSUM of the rows before this one in the window''s order and of this one: a drift too slow for any single row to show. With a target, allowance and threshold are in the unit of x. Without one, every row is measured by the mean and deviation of those before it (self-starting CUSUM, Hawkins 1987), allowance and threshold are in standard deviations, and no row counts for more than three. With restarts a sum begins again at 0 after its alarm. NULL, NaN and infinite x change nothing.';

CREATE FUNCTION recon_break_frequency(
    is_break boolean, recent integer DEFAULT 3, prior_breaks double precision DEFAULT 0.5, prior_matches double precision DEFAULT 0.5
) RETURNS double precision
    LANGUAGE c IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'recon_window_break_frequency';

COMMENT ON FUNCTION recon_break_frequency(boolean, integer, double precision, double precision) IS
    'The probability of at least as many breaks as there are among the "recent" newest rows up to this one in the window''s order, at the rate of the rows before those: beta-binomial, the rate being thought of as that of prior_breaks breaks and prior_matches matches before the first row. NULL for a NULL is_break, which counts as no row.';

CREATE FUNCTION recon_isolation_score(features double precision[], options jsonb DEFAULT '{}') RETURNS double precision
    LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100 WINDOW AS 'MODULE_PATHNAME', 'recon_window_isolation_score';

COMMENT ON FUNCTION recon_isolation_score(double precision[], jsonb) IS
    'How strange a row is to an isolation forest of the rows before it in the window''s order: between 0 and 1, .5 where nothing distinguishes rows. The forest is made anew whenever there are twice as many rows as at the last time, so it knows between half of the earlier rows and all of them; beyond max_rows different ones a sample of all. Options and missing values as in recon_fit_iforest. NULL before there are 16 rows, for NULL features (which enter nothing) and for a row that holds an infinity or no value.';

-- Rolling bands of a whole key at once.

CREATE TYPE recon_rolling_values AS (
    at date[], x double precision[], mean double precision[], stddev double precision[]
);

COMMENT ON TYPE recon_rolling_values IS
    'The rows of one key by date, and by value within a date, and what each is judged by; NULL elements are what is missing or not defined.';

CREATE FUNCTION recon_rolling(series recon_series, period integer DEFAULT 20, include_current boolean DEFAULT false)
    RETURNS recon_rolling_values
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_series_rolling';

COMMENT ON FUNCTION recon_rolling(recon_series, integer, boolean) IS
    'For every row of one key the mean and the standard deviation of the last "period" numbers of earlier dates; with include_current, of the row''s own number and the last ones of earlier dates. As arrays: a whole key costs a few nanoseconds a row.';

CREATE FUNCTION recon_bands(
    series recon_series, period integer DEFAULT 20, width double precision DEFAULT 2, include_current boolean DEFAULT false
) RETURNS TABLE (
    at date, x double precision, expected double precision, lower double precision, upper double precision,
    z double precision, direction smallint
)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME', 'recon_series_bands';

COMMENT ON FUNCTION recon_bands(recon_series, integer, double precision, boolean) IS
    'The rows of one key, each with the band mean -+ width standard deviations of the last "period" numbers of earlier dates and where x lies in it, as recon_bollinger(...) OVER (PARTITION BY key ORDER BY at) has it.';

-- Long streams of one key: sensors, hourly totals, rates.

CREATE FUNCTION recon_stream_score(x double precision, at timestamptz DEFAULT NULL) RETURNS double precision
    LANGUAGE c IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'recon_window_stream_score';

COMMENT ON FUNCTION recon_stream_score(double precision, timestamptz) IS
    '-log10 of the probability of a row at least as strange after the rows before it in the window''s order: far from where the stream has been, quickly or slowly. With the time "at", what comes back every day at the same time (in UTC) is expected. 0 for what is no news after an earlier alarm. NULL for the first 60 numbers of a partition, and for a NULL, NaN or infinite x, which changes nothing.';

-- Textbook methods over the numbers of one stream, given as an array.

CREATE FUNCTION recon_grubbs(
    x double precision[], alpha double precision DEFAULT 0.05, side text DEFAULT 'both',
    OUT place integer, OUT value double precision, OUT statistic double precision, OUT critical double precision,
    OUT p_value double precision, OUT is_outlier boolean
)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_grubbs_test';

COMMENT ON FUNCTION recon_grubbs(double precision[], double precision, text) IS
    'Grubbs''s test whether the most extreme number of a sample that is otherwise normal is an outlier (NIST handbook 1.3.5.17.1): its place in the array from 1 on, its distance from the mean in standard deviations, what that must exceed at the level alpha, and the p-value. side is low, high or both. Elements that are NULL or not finite are passed over; all is NULL of fewer than three numbers. Errors: 22023 a level not between 0 and 1, a side that is none.';

CREATE FUNCTION recon_generalized_esd(x double precision[], most integer DEFAULT 10, alpha double precision DEFAULT 0.05)
    RETURNS TABLE (
        place integer, value double precision, statistic double precision, critical double precision,
        p_value double precision, is_outlier boolean
    )
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'recon_generalized_esd';

COMMENT ON FUNCTION recon_generalized_esd(double precision[], integer, double precision) IS
    'Rosner''s generalized extreme studentized deviate test for up to "most" outliers in a sample that is otherwise normal; one does not mask another (NIST handbook 1.3.5.17.3). One row for each number taken away, the most extreme first: its place in the array from 1 on, its distance from the mean of what was left in standard deviations, what that must exceed at the level alpha, and the p-value of that step. is_outlier holds up to the last step that is significant. Elements that are NULL or not finite are passed over; no rows of fewer than three numbers. Errors: 22023 most below 1, a level not between 0 and 1.';

CREATE FUNCTION recon_theil_sen(y double precision[], OUT slope double precision, OUT intercept double precision)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_theil_sen_of_array';

COMMENT ON FUNCTION recon_theil_sen(double precision[]) IS
    'The Theil-Sen line through the elements of an array over their places 1, 2 ...: the slope is the median of the slopes between any two, so that up to 29% of them may be anything, and the intercept the median of what is left. Elements that are NULL or not finite are passed over and keep their places; NULL of fewer than two numbers. Of more than 1448 numbers a fixed selection of a million pairs is looked at.';

CREATE FUNCTION recon_theil_sen(
    x double precision[], y double precision[], OUT slope double precision, OUT intercept double precision
)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_theil_sen_of_points';

COMMENT ON FUNCTION recon_theil_sen(double precision[], double precision[]) IS
    'The Theil-Sen line through points, in any order: the slope is the median of the slopes between any two of different x, the intercept the median of y - slope * x. Points with an x or y that is NULL or not finite are passed over; NULL where all x are equal. Errors: 22023 arrays of different length.';

CREATE FUNCTION recon_theil_sen(series recon_series, OUT slope double precision, OUT intercept double precision)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_theil_sen_of_series';

COMMENT ON FUNCTION recon_theil_sen(recon_series) IS
    'The Theil-Sen line through one key''s history: the slope in units of x a day, the intercept on the day of the series'' first row. NULL where there are no numbers on two dates.';

CREATE FUNCTION recon_ewma_chart(
    x double precision[], target double precision, deviation double precision, alpha double precision DEFAULT 0.2,
    width double precision DEFAULT 3
) RETURNS TABLE (
    place integer, value double precision, level double precision, lower double precision, upper double precision,
    direction smallint
)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME', 'recon_ewma_chart';

COMMENT ON FUNCTION recon_ewma_chart(double precision[], double precision, double precision, double precision, double precision) IS
    'The EWMA control chart of a stream whose target and standard deviation are known (NIST handbook 6.3.2.4): one row for each element, with the exponentially weighted mean that starts at the target, its limits target -+ width of its own standard deviations so many rows after the start, and where it lies: -1 below, 0 within, 1 above. Elements that are NULL or not finite change nothing; their direction is NULL. Errors: 22023 an option out of its range.';

CREATE FUNCTION recon_season(
    x double precision[], longest integer DEFAULT 366, alpha double precision DEFAULT 0.05,
    OUT period integer, OUT strength double precision, OUT p_value double precision, OUT is_season boolean
)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_season_of_array';

COMMENT ON FUNCTION recon_season(double precision[], integer, double precision) IS
    'Whether a stream repeats itself, and after how many elements: the strongest peak of its autocorrelation, once the Theil-Sen trend is taken away, at distances of 2 to "longest" elements and at most a third of the stream. strength is the autocorrelation there (the mean product over the variance, which may pass 1 a little), p_value how likely a peak at any of these distances would be as striking in white noise, is_season whether that is below alpha. A stream that is no white noise but wanders (each element near the one before) has such peaks without a season: give its differences. Elements that are NULL or not finite keep their places. All but is_season is NULL where nothing repeats. Errors: 22023 longest below 2, a level not between 0 and 1.';

-- Textbook methods over tables of counts.

CREATE FUNCTION recon_fisher_exact(
    a bigint, b bigint, c bigint, d bigint,
    OUT p_low double precision, OUT p_high double precision, OUT p_both double precision
)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fisher_exact';

COMMENT ON FUNCTION recon_fisher_exact(bigint, bigint, bigint, bigint) IS
    'Fisher''s exact test whether the rows and columns of the table [[a, b], [c, d]] are independent (Fisher 1935), such as breaks and matches of one desk, and of all others: the chance, where they are, of a first count no larger than a (p_low), no smaller (p_high), and of a table no more probable than this one (p_both); 1 where a margin is 0. NULL where a count is. Errors: 22023 a negative count, counts that add up to more than 1000000000000.';

-- In plpgsql, which keeps its plan for the session: every call of the surface asks.
CREATE OR REPLACE FUNCTION recon.has_access(role_name name, reconciliation_id integer, level text) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM recon.reconciliation r
        JOIN pg_catalog.pg_roles owner ON owner.rolname = r.owner
        WHERE r.reconciliation_id = $2 AND pg_has_role($1, owner.oid, 'USAGE')
    ) OR EXISTS (
        SELECT FROM recon.access a
        JOIN pg_catalog.pg_roles granted ON granted.rolname = a.role_name
        WHERE (a.reconciliation_id = $2 OR a.reconciliation_id IS NULL)
          AND recon.level_rank(a.level) >= recon.level_rank($3)
          AND pg_has_role($1, granted.oid, 'USAGE')
    ) OR EXISTS (
        SELECT FROM pg_catalog.pg_namespace n
        WHERE n.nspname = 'recon' AND pg_has_role($1, n.nspowner, 'USAGE')
    );
END
$$;

CREATE FUNCTION recon.name_text(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN coalesce('"' || name || '"', 'NULL');

COMMENT ON FUNCTION recon.name_text(text) IS 'A name as messages say it: in quotes, or NULL.';

CREATE OR REPLACE FUNCTION recon.find_reconciliation(name text, level text) RETURNS recon.reconciliation
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_row recon.reconciliation;
    known text;
BEGIN
    SELECT r.* INTO found_row FROM recon.reconciliation r
    WHERE r.reconciliation_name = find_reconciliation.name;
    -- What a caller may not see does not exist for him.
    IF found_row.reconciliation_id IS NULL
       OR NOT recon.has_access(recon.caller(), found_row.reconciliation_id, 'viewer') THEN
        SELECT string_agg(format('"%s"', r.reconciliation_name), ', ' ORDER BY r.reconciliation_name) INTO known
        FROM recon.reconciliation r WHERE recon.has_access(recon.caller(), r.reconciliation_id, 'viewer');
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = format('reconciliation %s does not exist', recon.name_text(name)),
            DETAIL = CASE WHEN known IS NULL THEN 'No reconciliation is defined that you may see.'
                          ELSE format('You may see: %s.', known) END,
            HINT = 'Define it with recon_create(name, source => ''table'').';
    END IF;
    PERFORM recon.require_access(found_row.reconciliation_id, level);
    RETURN found_row;
END
$$;

-- What a role itself must be able to call: row-level security asks it, scans of a source that run as
-- the role contain it, or recon_calendar_profile does, which any query may call row by row. None of these reads or writes anything its caller could not.
CREATE OR REPLACE FUNCTION recon.reader_functions() RETURNS oid[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT array_agg(p.oid) FROM pg_proc p
    WHERE p.pronamespace = 'recon'::regnamespace
      AND p.proname IN ('visible_to', 'key_series', 'rows_digest', 'known_rows', 'key_mark', 'parse_date', 'parse_number', 'suggest_definition',
                        'calendar_day', 'holidays_of_month', 'check_calendar')
$$;

CREATE OR REPLACE FUNCTION recon.recon_grant(role_name name, level text, reconciliation text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    id integer;
    surface record;
BEGIN
    IF level IS NULL OR recon.level_rank(level) IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('level %s does not exist', recon.name_text(level)),
            HINT = 'Use one of viewer, operator, admin.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('role %s does not exist', recon.name_text(role_name));
    END IF;
    IF reconciliation IS NOT NULL THEN
        id := (recon.find_reconciliation(reconciliation, 'admin')).reconciliation_id;
    ELSE
        PERFORM recon.require_access(NULL, 'admin');
    END IF;

    INSERT INTO recon.access (role_name, level, reconciliation_id, granted_by)
    VALUES (recon_grant.role_name, recon_grant.level, id, recon.caller())
    ON CONFLICT ON CONSTRAINT access_role_name_reconciliation_id_key
    DO UPDATE SET level = excluded.level, granted_by = excluded.granted_by, granted_at = now();

    -- The surface checks the level itself; what is granted here is only the way in.
    EXECUTE format('GRANT USAGE ON SCHEMA recon TO %I', role_name);
    FOR surface IN
        SELECT p.oid::regprocedure AS signature, p.prokind
        FROM pg_proc p
        JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
        JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
        WHERE p.pronamespace = e.extnamespace OR p.oid = ANY (recon.reader_functions())
    LOOP
        EXECUTE format('GRANT EXECUTE ON %s %s TO %I',
                       CASE surface.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
                       surface.signature, role_name);
    END LOOP;
    FOR surface IN
        SELECT c.oid::regclass AS relation
        FROM pg_class c
        JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
        JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
        WHERE c.relkind IN ('r', 'p', 'v')
    LOOP
        EXECUTE format('GRANT SELECT ON %s TO %I', surface.relation, role_name);
    END LOOP;
    RETURN format('%s is %s of %s', role_name, level,
                  CASE WHEN reconciliation IS NULL THEN 'all reconciliations'
                       ELSE format('reconciliation "%s"', reconciliation) END);
END
$$;

-- Business calendars: which days are holidays, and where a day stands in its month.

-- What a session keeps to judge single rows is good until a row that says how to judge is another one.
CREATE FUNCTION recon.renew_reconciliations() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE recon.reconciliation r SET calendar = r.calendar
    WHERE r.calendar IS NOT NULL OR r.rules ? 'holiday'
       OR EXISTS (SELECT FROM recon.strategy s WHERE s.strategy_name = r.strategy AND s.detectors ? 'holiday');
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION recon.renew_reconciliations() IS
    'Trigger of recon.calendar: makes a new version of the reconciliations that are judged by a calendar, with nothing changed.';

CREATE TABLE recon.calendar (
    calendar_name text NOT NULL CHECK (calendar_name <> ''),
    holiday       date NOT NULL CHECK (isfinite(holiday)),
    holiday_name  text NOT NULL DEFAULT '',
    added_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (calendar_name, holiday)
);

COMMENT ON TABLE recon.calendar IS
    'The holidays of business calendars, one row each; a calendar is there as long as it has one. Written by recon_add_holidays and recon_remove_holidays.';

COMMENT ON COLUMN recon.calendar.added_at IS 'since when it is known: what is judged as of an earlier moment does without it';

SELECT pg_catalog.pg_extension_config_dump('recon.calendar', '');

CREATE TRIGGER renew AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON recon.calendar
    FOR EACH STATEMENT EXECUTE FUNCTION recon.renew_reconciliations();

CREATE FUNCTION recon_add_holidays(calendar text, holidays date[], name text DEFAULT '') RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_add_holidays(text, date[], text) IS
    'Adds holidays to a business calendar, which is made by its first ones, and returns a sentence. A name that is given is that of all of these days, also of those which the calendar has already. Needs level admin on all reconciliations. Errors: 22023 no calendar name, a holiday that is NULL or infinite.';

CREATE FUNCTION recon.recon_add_holidays(calendar text, holidays date[], name text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    added bigint;
    known bigint;
BEGIN
    PERFORM recon.require_access(NULL, 'admin');
    IF coalesce(calendar, '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a calendar needs a name';
    END IF;
    IF holidays IS NULL OR EXISTS (SELECT FROM unnest(holidays) AS day WHERE day IS NULL OR NOT isfinite(day)) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a holiday is no date',
            DETAIL = format('The holidays are %s.', coalesce(holidays::text, 'NULL'));
    END IF;
    SELECT count(*) INTO known FROM recon.calendar c WHERE c.calendar_name = calendar;
    INSERT INTO recon.calendar (calendar_name, holiday, holiday_name)
    SELECT DISTINCT calendar, day, coalesce(name, '') FROM unnest(holidays) AS day
    ON CONFLICT ON CONSTRAINT calendar_pkey
    DO UPDATE SET holiday_name = excluded.holiday_name WHERE excluded.holiday_name <> '';
    SELECT count(*) - known INTO added FROM recon.calendar c WHERE c.calendar_name = calendar;
    RETURN format('calendar "%s": %s added, %s in all', calendar, added, known + added);
END
$$;

COMMENT ON FUNCTION recon.recon_add_holidays(text, date[], text) IS 'Implementation of recon_add_holidays.';

CREATE FUNCTION recon_remove_holidays(calendar text, holidays date[]) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_remove_holidays(text, date[]) IS
    'Takes holidays out of a business calendar and returns a sentence; a calendar without holidays is gone. Needs level admin on all reconciliations. Errors: 42704 no such calendar, 55006 none would be left of one that a reconciliation uses.';

CREATE FUNCTION recon.recon_remove_holidays(calendar text, holidays date[]) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    removed bigint;
    users text;
BEGIN
    PERFORM recon.require_access(NULL, 'admin');
    PERFORM recon.check_calendar(calendar);
    DELETE FROM recon.calendar c WHERE c.calendar_name = calendar AND c.holiday = ANY (holidays);
    GET DIAGNOSTICS removed = ROW_COUNT;
    SELECT string_agg(format('"%s"', r.reconciliation_name), ', ' ORDER BY r.reconciliation_name) INTO users
    FROM recon.reconciliation r
    WHERE recon_remove_holidays.calendar IN (r.calendar, r.rules->'holiday'->>'calendar')
      AND NOT EXISTS (SELECT FROM recon.calendar c WHERE c.calendar_name = recon_remove_holidays.calendar);
    IF users IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_in_use',
            MESSAGE = format('calendar "%s" is in use and needs a holiday', calendar), DETAIL = format('It is that of %s.', users),
            HINT = 'Give them another one with recon_alter(name, calendar => ...) or recon_set_rules.';
    END IF;
    RETURN format('calendar "%s": %s removed, %s left', calendar, removed,
                  (SELECT count(*) FROM recon.calendar c WHERE c.calendar_name = calendar));
END
$$;

COMMENT ON FUNCTION recon.recon_remove_holidays(text, date[]) IS 'Implementation of recon_remove_holidays.';

CREATE FUNCTION recon.check_calendar(calendar text) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known text;
BEGIN
    IF EXISTS (SELECT FROM recon.calendar c WHERE c.calendar_name = calendar) THEN
        RETURN;
    END IF;
    SELECT string_agg(DISTINCT format('"%s"', c.calendar_name), ', ') INTO known FROM recon.calendar c;
    RAISE EXCEPTION USING ERRCODE = 'undefined_object',
        MESSAGE = format('calendar %s does not exist', coalesce('"' || calendar || '"', 'NULL')),
        DETAIL = CASE WHEN known IS NULL THEN 'There is no calendar.' ELSE format('There are: %s.', known) END,
        HINT = 'An administrator can make it with recon_add_holidays(calendar, holidays).';
END
$$;

COMMENT ON FUNCTION recon.check_calendar(text) IS 'Raises undefined_object unless there is such a calendar.';

CREATE FUNCTION recon.known_holidays(calendar text, as_of timestamptz) RETURNS date[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF calendar IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM recon.check_calendar(calendar);
    RETURN ARRAY(SELECT c.holiday FROM recon.calendar c
                 WHERE c.calendar_name = calendar
                   AND (as_of IS NULL OR c.added_at <= greatest(as_of, (SELECT min(k.added_at) FROM recon.calendar k WHERE k.calendar_name = calendar)))
                 ORDER BY c.holiday);
END
$$;

COMMENT ON FUNCTION recon.known_holidays(text, timestamptz) IS
    'All holidays of a calendar, ascending; those that were known at a moment, or its first ones where that was before there were any. NULL without a calendar.';

-- Nothing has been learned yet of what comes after the newest date: next year's holidays may be added.
CREATE FUNCTION recon.agree_through(holidays date[], others date[], through date) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ARRAY(SELECT h FROM unnest(holidays) h WHERE h < until ORDER BY h) = ARRAY(SELECT h FROM unnest(others) h WHERE h < until ORDER BY h)
    FROM (SELECT CASE WHEN through < '294276-12-01' THEN date_trunc('month', through::timestamp) + interval '1 month'
                      ELSE 'infinity' END) AS month (until)
$$;

COMMENT ON FUNCTION recon.agree_through(date[], date[], date) IS
    'Whether two calendars count the business days alike up to a date: have the same holidays until the end of its month. NULL has none.';

CREATE TYPE recon_calendar_day AS (
    weekday smallint, is_weekend boolean, is_holiday boolean, is_business_day boolean,
    business_day_of_month integer, business_days_left integer
);

COMMENT ON TYPE recon_calendar_day IS
    'Where a day stands in the business calendar: weekday 1 Monday to 7 Sunday, weekend, holiday, neither of them, business days from the first of the month up to this day and from this day to the last of the month, this day included.';

CREATE FUNCTION recon.calendar_day(day date, holidays date[]) RETURNS recon_calendar_day
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_calendar_day';

COMMENT ON FUNCTION recon.calendar_day(date, date[]) IS
    'What recon_calendar_profile says, for the holidays of that month.';

CREATE FUNCTION recon.holidays_of_month(calendar text, day date) RETURNS date[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM recon.check_calendar(calendar);
    RETURN ARRAY(SELECT c.holiday FROM recon.calendar c
                 WHERE c.calendar_name = calendar AND isfinite(day) AND abs(c.holiday - day) <= 31);
END
$$;

COMMENT ON FUNCTION recon.holidays_of_month(text, date) IS
    'The holidays of a calendar in the month of a day, and a few before and after it.';

CREATE FUNCTION recon_calendar_profile(day date, calendar text DEFAULT NULL) RETURNS recon_calendar_day
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN recon.calendar_day(day, CASE WHEN calendar IS NULL THEN '{}' ELSE recon.holidays_of_month(calendar, day) END);

COMMENT ON FUNCTION recon_calendar_profile(date, text) IS
    'Where a day stands in the business calendar: weekday 1 Monday to 7 Sunday, whether it is a Saturday or Sunday, a holiday of that calendar, a business day, and how many business days there are from the first of the month up to it and from it to the last of the month, itself included. Without a calendar there are no holidays. NULL of a NULL or infinite day. Errors: 42704 no such calendar.';

-- Dates and moments of a source as expressions, none of which raises for any value that the server can hold: dates
-- reach further than timestamps, and a time zone leads out of both ends of these.

CREATE FUNCTION recon.local_time(moment text, time_zone text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN format('(CASE WHEN %1$s OPERATOR(pg_catalog.>) ''4712-01-01 00:00:00+00 BC''::timestamptz '
                  'AND %1$s OPERATOR(pg_catalog.<) ''294276-12-30 00:00:00+00''::timestamptz '
                  'THEN %1$s AT TIME ZONE %2$L ELSE %1$s AT TIME ZONE ''UTC'' END)', moment, time_zone);

COMMENT ON FUNCTION recon.local_time(text, text) IS
    'The expression of a moment as a clock in a time zone shows it; in UTC at either end of what a timestamp can hold.';

CREATE FUNCTION recon.moment_of(clock text, time_zone text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN format('(CASE WHEN %1$s > ''4712-01-01 BC''::timestamp AND %1$s < ''294276-12-30''::timestamp '
                  'THEN %1$s AT TIME ZONE %2$L ELSE %1$s AT TIME ZONE ''UTC'' END)', clock, time_zone);

COMMENT ON FUNCTION recon.moment_of(text, text) IS
    'The expression of the moment at which a clock in a time zone shows a timestamp; in UTC at either end of those.';

CREATE FUNCTION recon.timestamp_of(day text, days_later integer DEFAULT 0) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN format('(CASE WHEN %1$s < ''4712-01-01 BC''::date THEN ''-infinity'' '
                  'WHEN %1$s > ''294276-12-29''::date THEN ''infinity'' '
                  'ELSE (%1$s + %2$s)::timestamp END)', day, days_later);

COMMENT ON FUNCTION recon.timestamp_of(text, integer) IS
    'The expression of the moment at which a day begins, or one so many days later; infinite where no timestamp is.';

CREATE FUNCTION recon.period_of(unit text, clock text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN format('pg_catalog.date_trunc(%1$L, CASE WHEN %2$s < ''4712-01-01 BC''::timestamp '
                  'THEN ''-infinity'' ELSE %2$s END)', unit, clock);

COMMENT ON FUNCTION recon.period_of(text, text) IS
    'The expression of the beginning of the month, or other unit, that holds a timestamp; -infinity before 4712 BC.';

-- Defining reconciliations.

CREATE FUNCTION recon_create(
    name text, source text,
    key_columns text[] DEFAULT NULL, criteria_columns text[] DEFAULT NULL, derived_columns text[] DEFAULT NULL,
    date_column text DEFAULT NULL, comment_column text DEFAULT NULL, currency_column text DEFAULT NULL,
    loaded_at_column text DEFAULT NULL, break_when text DEFAULT NULL,
    tolerance numeric DEFAULT NULL, relative_tolerance numeric DEFAULT NULL, pool_by text[] DEFAULT NULL,
    strategy text DEFAULT NULL, time_zone text DEFAULT NULL, minimum_amount numeric DEFAULT NULL,
    date_format text DEFAULT NULL, description text DEFAULT NULL, calendar text DEFAULT NULL, minimum_amounts jsonb DEFAULT NULL
) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_create(text, text, text[], text[], text[], text, text, text, text, text, numeric, numeric, text[], text, text, numeric, text, text, text, jsonb) IS
$$Defines a reconciliation over a table, view or foreign table. What is not given is guessed from the data (see recon_suggest).
key_columns identify what is compared; criteria_columns are the two sides, pair after pair; derived_columns are stored differences, each judged as a measure (without them the differences of the pairs are).
break_when is a condition over the source's columns; without it a row is a break where a measure exceeds the tolerance (absolute) and relative_tolerance (share of the larger side). A row for which it is unknown is a break too.
pool_by names key columns that make groups of peers; minimum_amount is the materiality floor: a smaller break is never anomalous; minimum_amounts has one of their own for some currencies, as the currency column writes them ({"EUR": 100, "JPY": 15000}), which needs a currency column. date_format is the to_date format of a date kept as text; calendar is one of recon_add_holidays, whose holidays are no business days (without it weekends alone are none). The caller becomes the owner: reads of the source run as the owner.
Returns one sentence. Errors: 42P01 no such relation, 42703 no such column, 42704 no such strategy or calendar, 22023 a wrong value, 42710 the name is taken.$$;

CREATE FUNCTION recon_alter(
    name text, source text DEFAULT NULL,
    key_columns text[] DEFAULT NULL, criteria_columns text[] DEFAULT NULL, derived_columns text[] DEFAULT NULL,
    date_column text DEFAULT NULL, comment_column text DEFAULT NULL, currency_column text DEFAULT NULL,
    loaded_at_column text DEFAULT NULL, break_when text DEFAULT NULL,
    tolerance numeric DEFAULT NULL, relative_tolerance numeric DEFAULT NULL, pool_by text[] DEFAULT NULL,
    strategy text DEFAULT NULL, time_zone text DEFAULT NULL, minimum_amount numeric DEFAULT NULL,
    date_format text DEFAULT NULL, description text DEFAULT NULL,
    new_name text DEFAULT NULL, owner name DEFAULT NULL, is_active boolean DEFAULT NULL, calendar text DEFAULT NULL,
    minimum_amounts jsonb DEFAULT NULL
) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_alter(text, text, text[], text[], text[], text, text, text, text, text, numeric, numeric, text[], text, text, numeric, text, text, text, name, boolean, text, jsonb) IS
$$Changes what is named and keeps the rest; arguments as in recon_create. An empty text or array removes an optional column, or the calendar; minimum_amounts are replaced as a whole, and removed by an empty object. What changes where the source is read or which expressions run (source, columns, break_when) is for the owner alone, because it runs with the owner's rights. A new owner must be a role the caller is a member of. Returns one sentence.$$;

CREATE FUNCTION recon.is_text(type regtype) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN type IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype);

COMMENT ON FUNCTION recon.is_text(regtype) IS 'Whether values of a type are texts, in which dates and amounts may be kept.';

-- As the server writes it when it gives a checked expression back.
CREATE FUNCTION recon.amount_expression(relation regclass, decimal_signs jsonb, column_name text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN recon.is_number(type) THEN format('%I', column_name)
        WHEN recon.is_text(type) AND decimal_signs ? column_name
            THEN format('recon.parse_number(%s, %L::text)',
                        format(CASE WHEN type = 'text'::regtype THEN '%I' ELSE '(%I)::text' END, column_name),
                        decimal_signs->>column_name) END
    FROM recon.column_type(relation, column_name) AS type
$$;

COMMENT ON FUNCTION recon.amount_expression(regclass, jsonb, text) IS
    'The expression of a column''s amounts: itself where it is of numbers, read with its decimal sign where it is of text; NULL where its values are not numbers.';

CREATE FUNCTION recon.amount_signs(guess jsonb, d recon.reconciliation) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_object_agg(name, coalesce(guess->'decimal_signs'->>name, '.'))
    FROM (
        SELECT c->>'name' AS name FROM jsonb_array_elements(guess->'columns') c
        WHERE c->>'role' IN ('criteria', 'derived', 'tolerance') OR c->>'name' = ANY (d.criteria_columns || d.derived_columns)
    ) AS amounts
    -- A difference is a number even before there is a row to show how it is written.
    WHERE guess->'decimal_signs' ? name OR ((guess->>'rows')::bigint = 0 AND name = ANY (d.derived_columns))
$$;

COMMENT ON FUNCTION recon.amount_signs(jsonb, recon.reconciliation) IS
    'Columns and decimal signs of the amounts that are kept as text, by recon.suggest_definition''s answer; NULL where there are none.';

CREATE FUNCTION recon.has_text_amounts(relation regclass, d recon.reconciliation) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(bool_or(recon.is_text(recon.column_type(relation, c))), false)
    FROM unnest(d.criteria_columns || d.derived_columns) AS c
$$;

COMMENT ON FUNCTION recon.has_text_amounts(regclass, recon.reconciliation) IS
    'Whether a criteria or derived column is of text, so that it takes a look at its values to tell numbers from names.';

-- Reading the texts of amounts as numbers is tried first. A rule that treats them as text is taken as it is.
CREATE FUNCTION recon.check_rule(relation regclass, d recon.reconciliation) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN recon.check_expression(relation, d.break_when, 'break_when', d.owner,
        ARRAY(SELECT unnest(ARRAY[s.key, s.value]) FROM jsonb_each_text(d.decimal_signs) s));
EXCEPTION WHEN undefined_function OR ambiguous_function OR datatype_mismatch OR cannot_coerce OR invalid_text_representation THEN
    RETURN recon.check_expression(relation, d.break_when, 'break_when', d.owner, '{}');
END
$$;

COMMENT ON FUNCTION recon.check_rule(regclass, recon.reconciliation) IS
    'The break rule of a definition as it runs: checked, with the amounts that are kept as text read as numbers.';

CREATE OR REPLACE FUNCTION recon.measures_of(relation regclass, d recon.reconciliation) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    measures jsonb := '[]';
    a text;
    b text;
    x text;
    y text;
    derived text;
BEGIN
    FOREACH derived IN ARRAY d.derived_columns LOOP
        x := recon.amount_expression(relation, d.decimal_signs, derived);
        IF x IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
                MESSAGE = format('derived column "%s" is not a number', derived),
                DETAIL = CASE WHEN recon.is_text(recon.column_type(relation, derived))
                    THEN 'It is kept as text, and most of its values are not numbers.'
                    ELSE format('Its type is %s.', recon.column_type(relation, derived)) END,
                HINT = 'Convert it in a view and use the view as the source.';
        END IF;
        measures := measures || jsonb_build_object('name', derived, 'expression', x);
    END LOOP;
    IF jsonb_array_length(measures) > 0 THEN
        RETURN measures;
    END IF;
    IF cardinality(d.criteria_columns) = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'nothing to compare: neither criteria columns nor derived columns are known',
            DETAIL = format('The source is %s.', relation),
            HINT = 'Name the two sides in criteria_columns, or a stored difference in derived_columns.';
    END IF;
    IF cardinality(d.criteria_columns) % 2 = 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'criteria_columns must hold pairs: the same value on one side and on the other',
            DETAIL = format('%s columns are named.', cardinality(d.criteria_columns));
    END IF;
    FOR i IN 1 .. cardinality(d.criteria_columns) BY 2 LOOP
        a := d.criteria_columns[i];
        b := d.criteria_columns[i + 1];
        x := recon.amount_expression(relation, d.decimal_signs, a);
        y := recon.amount_expression(relation, d.decimal_signs, b);
        IF x IS NOT NULL AND y IS NOT NULL THEN
            measures := measures || jsonb_build_object('name', format('%s - %s', a, b),
                'expression', format('(%s - %s)', x, y), 'a', a, 'b', b);
        ELSE
            measures := measures || jsonb_build_object('name', format('%s <> %s', a, b),
                'expression', format('(CASE WHEN %1$I IS NULL AND %2$I IS NULL THEN 0 ELSE (%1$I::text <> %2$I::text)::integer END)', a, b),
                'tolerance', 0);
        END IF;
    END LOOP;
    RETURN measures;
END
$$;

CREATE OR REPLACE FUNCTION recon.require_amount(amount numeric, what text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Amounts are compared in floating point.
    IF amount < 0 OR amount = 'NaN' OR amount > 1e308 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s must be zero or a positive number', what),
            DETAIL = format('It is %s.', amount);
    END IF;
END
$$;

COMMENT ON FUNCTION recon.require_amount(numeric, text) IS
    'Raises invalid_parameter_value for an amount that is negative, not a number, or above 1e308.';

CREATE FUNCTION recon.require_amounts(amounts jsonb, what text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    o record;
BEGIN
    IF jsonb_typeof(amounts) <> 'object' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s must be an object of currencies and amounts', what),
            DETAIL = format('It is %s.', amounts), HINT = 'For example: {"EUR": 100, "JPY": 15000}.';
    END IF;
    FOR o IN SELECT key AS currency, value AS amount, jsonb_typeof(value) AS kind FROM jsonb_each(amounts) ORDER BY key COLLATE "C" LOOP
        IF btrim(o.currency) = '' THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('%s names no currency', what), DETAIL = format('"%s" is to have %s.', o.currency, o.amount),
                HINT = 'Where there is no currency, minimum_amount counts.';
        END IF;
        IF o.kind <> 'number' THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('%s of "%s" must be zero or a positive number', what, o.currency),
                DETAIL = format('It is %s.', o.amount);
        END IF;
        PERFORM recon.require_amount(o.amount::numeric, format('%s of "%s"', what, o.currency));
    END LOOP;
END
$$;

COMMENT ON FUNCTION recon.require_amounts(jsonb, text) IS
    'Raises invalid_parameter_value, naming the currency, unless these are amounts by currency as recon.require_amount admits them.';

-- Fills in measures and break condition of a definition whose columns are all named, and checks it.
CREATE OR REPLACE FUNCTION recon.complete_definition(relation regclass, d recon.reconciliation) RETURNS recon.reconciliation
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    date_type regtype;
    measure jsonb;
    parts text[] := '{}';
    completed jsonb := '[]';
    threshold text;
    side_a text;
    side_b text;
BEGIN
    PERFORM recon.require_columns(relation, d.key_columns, 'key_columns');
    PERFORM recon.require_columns(relation, d.criteria_columns, 'criteria_columns');
    PERFORM recon.require_columns(relation, d.derived_columns, 'derived_columns');
    PERFORM recon.require_columns(relation, array_remove(ARRAY[d.date_column], NULL), 'date_column');
    PERFORM recon.require_columns(relation, array_remove(ARRAY[d.comment_column], NULL), 'comment_column');
    PERFORM recon.require_columns(relation, array_remove(ARRAY[d.currency_column], NULL), 'currency_column');
    PERFORM recon.require_columns(relation, array_remove(ARRAY[d.loaded_at_column], NULL), 'loaded_at_column');
    IF cardinality(d.key_columns) = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'a reconciliation needs at least one key column',
            HINT = 'Key columns identify what is compared; look at recon_suggest(''' || relation || ''').';
    END IF;
    IF NOT d.pool_by <@ d.key_columns THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'pool_by must name key columns',
            DETAIL = format('Key columns are %s; pool_by is %s.', d.key_columns, d.pool_by);
    END IF;

    IF d.date_column IS NOT NULL THEN
        date_type := recon.column_type(relation, d.date_column);
        IF recon.is_text(date_type) OR date_type IN ('int4'::regtype, 'int8'::regtype, 'numeric'::regtype) THEN
            IF d.date_format IS NULL THEN
                RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                    MESSAGE = format('date column "%s" is %s and its format is not known', d.date_column,
                                     CASE WHEN recon.is_text(date_type) THEN 'text' ELSE 'a number' END),
                    HINT = format('Give it as date_format, for example %L.',
                                  CASE WHEN recon.is_text(date_type) THEN 'DD-MM-YYYY' ELSE 'YYYYMMDD' END);
            END IF;
        ELSIF date_type NOT IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) THEN
            RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
                MESSAGE = format('date column "%s" has type %s', d.date_column, date_type),
                HINT = 'A date column is a date, a timestamp, or text or a number with a date_format.';
        END IF;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_timezone_names z WHERE z.name = d.time_zone) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('time zone "%s" does not exist', d.time_zone),
            HINT = 'See pg_timezone_names for what exists, such as ''Europe/London''.';
    END IF;
    PERFORM recon.current_strategy(d.strategy);
    PERFORM recon.known_holidays(d.calendar, NULL); -- there must be such a calendar
    PERFORM recon.require_amount(d.tolerance, 'tolerance');
    PERFORM recon.require_amount(d.relative_tolerance, 'relative_tolerance');
    PERFORM recon.require_amount(d.minimum_amount, 'minimum_amount');
    PERFORM recon.require_amounts(d.minimum_amounts, 'minimum_amounts');
    IF d.minimum_amounts IS NOT NULL AND d.currency_column IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'minimum_amounts needs a currency column',
            DETAIL = format('It is %s, and reconciliation "%s" has no currency column.', d.minimum_amounts, d.reconciliation_name),
            HINT = 'Name the column in currency_column, or give one minimum_amount.';
    END IF;

    IF d.decimal_signs IS NULL AND recon.has_text_amounts(relation, d) THEN
        d.decimal_signs := recon.amount_signs(recon.guess_definition(relation, d.owner), d);
    END IF;
    d.measures := recon.measures_of(relation, d);
    IF jsonb_array_length(d.measures) > 16 THEN
        RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded',
            MESSAGE = 'a reconciliation has at most 16 measures',
            DETAIL = format('%s follow from its columns.', jsonb_array_length(d.measures));
    END IF;

    IF d.break_when IS NOT NULL THEN
        d.break_condition := recon.check_rule(relation, d);
    END IF;
    FOR measure IN SELECT * FROM jsonb_array_elements(d.measures) LOOP
        IF NOT measure ? 'tolerance' THEN
            measure := measure || jsonb_build_object('tolerance', coalesce(d.tolerance,
                recon.tolerance_in(d.break_condition, measure->>'expression'), 0));
        END IF;
        completed := completed || measure;
        side_a := d.criteria_columns[2 * jsonb_array_length(completed) - 1];
        side_b := d.criteria_columns[2 * jsonb_array_length(completed)];
        threshold := format('%L::numeric', (measure->>'tolerance')::numeric);
        IF coalesce(d.relative_tolerance, 0) > 0 THEN
            -- No share of a side that is not a finite number: every difference would be within it.
            IF measure ? 'a' THEN
                threshold := format('greatest(%s, %L::numeric * '
                    'nullif(nullif(greatest(abs(%s), abs(%s))::numeric, ''NaN''), ''Infinity''))',
                    threshold, d.relative_tolerance,
                    recon.amount_expression(relation, d.decimal_signs, measure->>'a'),
                    recon.amount_expression(relation, d.decimal_signs, measure->>'b'));
            ELSIF cardinality(d.criteria_columns) >= 2 * jsonb_array_length(completed) THEN
                threshold := format('greatest(%s, %L::numeric * '
                    'nullif(nullif(greatest(abs(%s), abs(%s))::numeric, ''NaN''), ''Infinity''))',
                    threshold, d.relative_tolerance,
                    coalesce(recon.amount_expression(relation, d.decimal_signs, side_a), quote_ident(side_a)),
                    coalesce(recon.amount_expression(relation, d.decimal_signs, side_b), quote_ident(side_b)));
            ELSE
                RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                    MESSAGE = 'a relative tolerance needs the two sides of every measure',
                    DETAIL = format('Measure "%s" has none.', measure->>'name'),
                    HINT = 'Name them in criteria_columns, pair after pair, in the order of the derived columns.';
            END IF;
        END IF;
        parts := parts || format('abs(%s) > %s', measure->>'expression', threshold);
    END LOOP;
    d.measures := completed;
    IF d.break_when IS NULL THEN
        d.break_condition := recon.check_expression(relation, array_to_string(parts, ' OR '), 'the tolerance', d.owner, '{}');
    END IF;
    RETURN d;
END
$$;

CREATE FUNCTION recon.newest_strategy(name text) RETURNS recon.strategy
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_row recon.strategy;
BEGIN
    SELECT s.* INTO found_row FROM recon.strategy s
    WHERE s.strategy_name = name ORDER BY s.version DESC LIMIT 1;
    IF found_row.strategy_name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('strategy %s does not exist', recon.name_text(name)),
            DETAIL = format('There are: %s.', (SELECT string_agg(DISTINCT s.strategy_name, ', ') FROM recon.strategy s)),
            HINT = 'Use conservative, balanced or sensitive, or make one with recon_create_strategy.';
    END IF;
    RETURN found_row;
END
$$;

COMMENT ON FUNCTION recon.newest_strategy(text) IS 'The newest version of a strategy, active or not.';

CREATE OR REPLACE FUNCTION recon.current_strategy(name text) RETURNS recon.strategy
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s recon.strategy := recon.newest_strategy(name);
BEGIN
    IF NOT s.is_active THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('strategy "%s" is not active', name),
            HINT = format('Name another one, or activate it: SELECT recon_alter_strategy(%L, is_active => true).', name);
    END IF;
    RETURN s;
END
$$;

COMMENT ON FUNCTION recon.current_strategy(text) IS 'The newest version of a strategy, which must be active.';

CREATE FUNCTION recon.strategy_as_of(name text, moment timestamptz) RETURNS recon.strategy
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    newest recon.strategy := recon.newest_strategy(name);
    s recon.strategy;
BEGIN
    IF moment IS NULL OR newest.created_at <= moment THEN
        RETURN recon.current_strategy(name);
    END IF;
    SELECT v.* INTO s FROM recon.strategy v WHERE v.strategy_name = name
    ORDER BY v.created_at <= moment DESC, CASE WHEN v.created_at <= moment THEN -v.version ELSE v.version END LIMIT 1;
    RETURN s;
END
$$;

COMMENT ON FUNCTION recon.strategy_as_of(text, timestamptz) IS
    'The version of a strategy that was current at a moment; the first one where it had not been made yet; without a moment the current one.';

CREATE FUNCTION recon.guess_definition(relation regclass, reader name) RETURNS jsonb
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT recon.text_as(reader, format('SELECT recon.suggest_definition(%L::regclass)', recon.qualified_name(relation)))::jsonb
$$;

COMMENT ON FUNCTION recon.guess_definition(regclass, name) IS 'The answer of recon.suggest_definition, read as the given role.';

-- What is not given is taken from recon_suggest's whole-definition answer, which runs as the reader.
CREATE OR REPLACE FUNCTION recon.guess_missing(relation regclass, d recon.reconciliation, reader name) RETURNS recon.reconciliation
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    guess jsonb;
BEGIN
    IF d.key_columns IS NOT NULL AND (d.criteria_columns IS NOT NULL OR d.derived_columns IS NOT NULL)
       AND d.date_column IS NOT NULL
       AND (d.date_column = '' OR d.date_format IS NOT NULL OR recon.column_type(relation, d.date_column) IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype))
       AND NOT recon.has_text_amounts(relation, d)
       AND (d.break_when IS NOT NULL OR d.tolerance IS NOT NULL OR d.relative_tolerance IS NOT NULL) THEN
        d.criteria_columns := coalesce(d.criteria_columns, '{}');
        d.derived_columns := coalesce(d.derived_columns, '{}');
        RETURN d;
    END IF;
    guess := recon.guess_definition(relation, reader);
    d.key_columns := coalesce(d.key_columns, ARRAY(SELECT jsonb_array_elements_text(guess->'key_columns')));
    IF d.criteria_columns IS NULL AND d.derived_columns IS NULL THEN
        d.criteria_columns := ARRAY(SELECT jsonb_array_elements_text(guess->'criteria_columns'));
        d.derived_columns := ARRAY(SELECT jsonb_array_elements_text(guess->'derived_columns'));
    END IF;
    d.criteria_columns := coalesce(d.criteria_columns, '{}');
    d.derived_columns := coalesce(d.derived_columns, '{}');
    d.decimal_signs := recon.amount_signs(guess, d);
    d.date_column := coalesce(d.date_column, guess->>'date_column');
    IF d.date_column = guess->>'date_column' THEN
        d.date_format := coalesce(d.date_format, guess->>'date_format');
    END IF;
    d.comment_column := coalesce(d.comment_column, guess->>'comment_column');
    d.currency_column := coalesce(d.currency_column, guess->>'currency_column');
    IF d.break_when IS NULL AND d.tolerance IS NULL AND d.relative_tolerance IS NULL
       AND d.derived_columns = ARRAY(SELECT jsonb_array_elements_text(guess->'derived_columns')) THEN
        d.break_when := guess->>'break_when';
    END IF;
    RETURN d;
END
$$;

CREATE OR REPLACE FUNCTION recon.describe_definition(d recon.reconciliation) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('reconciliation "%s": %s %s judged for each %s%s; a row is a break where %s%s',
        d.reconciliation_name,
        (SELECT string_agg(m->>'name', ', ') FROM jsonb_array_elements(d.measures) m),
        CASE jsonb_array_length(d.measures) WHEN 1 THEN 'is' ELSE 'are' END,
        array_to_string(d.key_columns, ', '),
        CASE WHEN d.date_column IS NULL THEN '' ELSE format(' over %s', d.date_column) END,
        coalesce(btrim(d.break_when, E' \n\t'), format('%s is more than %s%s away from zero',
            CASE jsonb_array_length(d.measures) WHEN 1 THEN 'it' ELSE 'one of them' END, coalesce(d.tolerance, 0),
            CASE WHEN d.relative_tolerance > 0
                 THEN format(', and more than %s percent of the larger side,', trim_scale(d.relative_tolerance * 100)) ELSE '' END)),
        CASE WHEN d.calendar IS NULL THEN '' ELSE format('; business days are those of calendar "%s"', d.calendar) END)
$$;

CREATE FUNCTION recon.recon_create(
    name text, source text, key_columns text[], criteria_columns text[], derived_columns text[],
    date_column text, comment_column text, currency_column text, loaded_at_column text, break_when text,
    tolerance numeric, relative_tolerance numeric, pool_by text[], strategy text, time_zone text,
    minimum_amount numeric, date_format text, description text, calendar text, minimum_amounts jsonb
) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation;
    relation regclass;
BEGIN
    IF name IS NULL OR btrim(name) = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a reconciliation needs a name';
    END IF;
    IF EXISTS (SELECT FROM recon.reconciliation r WHERE r.reconciliation_name = name) THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
            MESSAGE = format('reconciliation "%s" already exists', name),
            HINT = 'Change it with recon_alter, or drop it with recon_drop.';
    END IF;
    -- Only who may define at all gets here: EXECUTE is granted by recon_grant.
    PERFORM recon.require_access(NULL, 'admin');
    relation := recon.require_relation(source, recon.caller());
    PERFORM recon.require_lasting(relation);
    d.reconciliation_name := name;
    d.owner := recon.caller();
    d.source := recon.qualified_name(relation);
    d.key_columns := key_columns;
    d.criteria_columns := criteria_columns;
    d.derived_columns := derived_columns;
    d.date_column := date_column;
    d.date_format := date_format;
    d.comment_column := comment_column;
    d.currency_column := currency_column;
    d.loaded_at_column := loaded_at_column;
    d.pool_by := coalesce(pool_by, '{}');
    d.break_when := break_when;
    d.tolerance := tolerance;
    d.relative_tolerance := relative_tolerance;
    d.strategy := coalesce(strategy, 'balanced');
    d.time_zone := coalesce(time_zone, 'UTC');
    d.minimum_amount := minimum_amount;
    d.description := coalesce(description, '');
    d.calendar := nullif(calendar, '');
    d.minimum_amounts := nullif(minimum_amounts, '{}');
    d := recon.guess_missing(relation, d, recon.caller());
    -- As in recon_alter, an empty text says that there is no such column.
    d.date_column := nullif(d.date_column, '');
    d.comment_column := nullif(d.comment_column, '');
    d.currency_column := nullif(d.currency_column, '');
    d.loaded_at_column := nullif(d.loaded_at_column, '');
    d := recon.complete_definition(relation, d);
    d.reconciliation_id := nextval('recon.reconciliation_reconciliation_id_seq');
    d.is_active := true;
    d.created_at := now();
    d.updated_at := now();
    INSERT INTO recon.reconciliation SELECT d.*;
    RETURN recon.describe_definition(d);
END
$$;

COMMENT ON FUNCTION recon.recon_create(text, text, text[], text[], text[], text, text, text, text, text, numeric, numeric, text[], text, text, numeric, text, text, text, jsonb) IS 'Implementation of recon_create.';

CREATE FUNCTION recon.recon_alter(
    name text, source text, key_columns text[], criteria_columns text[], derived_columns text[],
    date_column text, comment_column text, currency_column text, loaded_at_column text, break_when text,
    tolerance numeric, relative_tolerance numeric, pool_by text[], strategy text, time_zone text,
    minimum_amount numeric, date_format text, description text, new_name text, owner name, is_active boolean, calendar text,
    minimum_amounts jsonb
) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.find_reconciliation(name, 'admin');
    relation regclass;
BEGIN
    IF num_nonnulls(source, key_columns, criteria_columns, derived_columns, date_column, comment_column,
                    currency_column, loaded_at_column, break_when, date_format) > 0 THEN
        PERFORM recon.require_ownership(d, 'its source, columns or break rule');
    END IF;
    IF source IS NOT NULL THEN
        d.source := recon.qualified_name(recon.require_relation(source, d.owner));
    END IF;
    d.key_columns := coalesce(key_columns, d.key_columns);
    d.criteria_columns := coalesce(criteria_columns, d.criteria_columns);
    d.derived_columns := coalesce(derived_columns, d.derived_columns);
    IF num_nonnulls(source, criteria_columns, derived_columns, break_when) > 0 THEN
        d.decimal_signs := NULL; -- looked for anew
    END IF;
    d.date_column := nullif(coalesce(date_column, d.date_column), '');
    d.date_format := nullif(coalesce(date_format, d.date_format), '');
    d.comment_column := nullif(coalesce(comment_column, d.comment_column), '');
    d.currency_column := nullif(coalesce(currency_column, d.currency_column), '');
    d.loaded_at_column := nullif(coalesce(loaded_at_column, d.loaded_at_column), '');
    d.break_when := nullif(coalesce(break_when, d.break_when), '');
    d.tolerance := coalesce(tolerance, d.tolerance);
    d.relative_tolerance := coalesce(relative_tolerance, d.relative_tolerance);
    d.pool_by := coalesce(pool_by, d.pool_by);
    d.strategy := coalesce(strategy, d.strategy);
    d.time_zone := coalesce(time_zone, d.time_zone);
    d.minimum_amount := coalesce(minimum_amount, d.minimum_amount);
    d.description := coalesce(description, d.description);
    d.is_active := coalesce(is_active, d.is_active);
    d.calendar := nullif(coalesce(calendar, d.calendar), '');
    d.minimum_amounts := nullif(coalesce(minimum_amounts, d.minimum_amounts), '{}');
    IF new_name IS NOT NULL AND new_name <> d.reconciliation_name THEN
        IF EXISTS (SELECT FROM recon.reconciliation r WHERE r.reconciliation_name = new_name) THEN
            RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
                MESSAGE = format('reconciliation "%s" already exists', new_name);
        END IF;
        d.reconciliation_name := new_name;
    END IF;
    IF owner IS NOT NULL AND owner <> d.owner THEN
        -- As for tables: one cannot give work to a role one could not become.
        PERFORM recon.require_ownership(d, 'its owner');
        IF NOT EXISTS (SELECT FROM pg_roles o WHERE o.rolname = recon_alter.owner
                       AND pg_has_role(recon.caller(), o.oid, recon.privilege_to_become())) THEN
            RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
                MESSAGE = format('must be able to SET ROLE "%s" to make it the owner', owner);
        END IF;
        d.owner := owner;
    END IF;
    relation := recon.require_relation(d.source, d.owner);
    PERFORM recon.require_lasting(relation);
    d := recon.complete_definition(relation, d);
    d.updated_at := now();
    UPDATE recon.reconciliation r SET
        (reconciliation_name, owner, source, key_columns, criteria_columns, derived_columns, date_column, date_format,
         comment_column, currency_column, loaded_at_column, pool_by, break_when, tolerance, relative_tolerance,
         strategy, time_zone, minimum_amount, break_condition, measures, description, is_active, updated_at, decimal_signs, calendar,
         minimum_amounts) =
        (d.reconciliation_name, d.owner, d.source, d.key_columns, d.criteria_columns, d.derived_columns, d.date_column, d.date_format,
         d.comment_column, d.currency_column, d.loaded_at_column, d.pool_by, d.break_when, d.tolerance, d.relative_tolerance,
         d.strategy, d.time_zone, d.minimum_amount, d.break_condition, d.measures, d.description, d.is_active, d.updated_at, d.decimal_signs, d.calendar,
         d.minimum_amounts)
    WHERE r.reconciliation_id = d.reconciliation_id;
    RETURN recon.describe_definition(d);
END
$$;

COMMENT ON FUNCTION recon.recon_alter(text, text, text[], text[], text[], text, text, text, text, text, numeric, numeric, text[], text, text, numeric, text, text, text, name, boolean, text, jsonb) IS 'Implementation of recon_alter.';

-- Strategies of one's own. A version is never changed: whoever reads an old run finds what it used.

CREATE FUNCTION recon_create_strategy(
    name text, alpha double precision DEFAULT NULL, detectors jsonb DEFAULT NULL, minimum_amount numeric DEFAULT NULL,
    history_rows integer DEFAULT NULL, combination text DEFAULT NULL, scores text DEFAULT NULL,
    based_on text DEFAULT 'balanced', description text DEFAULT NULL
) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_create_strategy(text, double precision, jsonb, numeric, integer, text, text, text, text) IS
$$Makes a strategy: what is not named is that of the strategy it is based on.
alpha: the share of false alarms among anomalies that is accepted, between 0 and 1. minimum_amount: smaller breaks are never anomalous. history_rows: how many of the newest rows of a key make its baseline, 12 to 1024.
detectors: {"name": ...}, see recon.detector. Of a statistical detector its weight (0 switches it off) or {"weight": 1, option ...}; of a rule true, false or {option ...}.
combination: harmonic; fisher and stouffer assume that detectors are independent of each other, which they are not. scores: what recon.score keeps, anomalies or all breaks.
Needs level admin on all reconciliations. Returns one sentence. Errors: 42710 the name is taken, 42704 no such strategy to be based on, 22023 a wrong field, which the error names.$$;

CREATE FUNCTION recon_alter_strategy(
    name text, alpha double precision DEFAULT NULL, detectors jsonb DEFAULT NULL, minimum_amount numeric DEFAULT NULL,
    history_rows integer DEFAULT NULL, combination text DEFAULT NULL, scores text DEFAULT NULL,
    description text DEFAULT NULL, is_active boolean DEFAULT NULL
) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_alter_strategy(text, double precision, jsonb, numeric, integer, text, text, text, boolean) IS
$$Makes a new version of a strategy, with what is named changed and the rest as it was; arguments as in recon_create_strategy. Later runs use it; runs keep the copy they used. detectors: those named are changed, the others stay.
is_active => false takes a strategy out of use, unless a reconciliation has it. What is built in is never changed.
Needs level admin on all reconciliations. Returns one sentence. Errors: 42704 no such strategy, 55000 it is built in, 55006 a reconciliation uses it, 22023 a wrong field, which the error names.$$;

CREATE FUNCTION recon_set_rules(reconciliation text, rules jsonb) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_set_rules(text, jsonb) IS
$$Switches rules of recon.detector on or off for one reconciliation, whatever its strategy says: {"weekend": true, "stale": {"days": 60}, "round_amount": false}; null leaves a rule to the strategy again. Those not named stay. A rule writes a flag of its own name beside the score and changes no verdict.
Needs level admin. Returns one sentence. Errors: 22023 no such rule, or a wrong option, which the error names; 42703 no such column; 42704 no such calendar.$$;

-- "unit (number, default 1000), ...", for hints.
CREATE FUNCTION recon.options_text(schema jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(format('%s (%s%s)', o.key, o.value->>'type',
        CASE WHEN o.value ? 'default' THEN ', default ' || (o.value->>'default')
             WHEN o.value->>'required' = 'true' THEN ', required' ELSE '' END), ', ' ORDER BY o.key COLLATE "C")
    FROM jsonb_each(schema) AS o
$$;

COMMENT ON FUNCTION recon.options_text(jsonb) IS 'The options of a schema in words; NULL where there are none.';

-- What an option must be, where it is not; NULL where it is.
CREATE FUNCTION recon.option_trouble(option jsonb, value jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kind text := jsonb_typeof(value);
    number numeric;
BEGIN
    CASE option->>'type'
    WHEN 'number', 'integer' THEN
        IF kind <> 'number' OR option->>'type' = 'integer' AND value::numeric <> trunc(value::numeric) THEN
            RETURN CASE option->>'type' WHEN 'integer' THEN 'must be a whole number' ELSE 'must be a number' END;
        END IF;
        number := value::numeric;
        IF number < (option->>'minimum')::numeric THEN
            RETURN format('must be at least %s', option->>'minimum');
        ELSIF number > (option->>'maximum')::numeric THEN
            RETURN format('must be at most %s', option->>'maximum');
        ELSIF abs(number) > 1e300 THEN
            RETURN 'must be a number of ordinary size';
        END IF;
    WHEN 'boolean' THEN
        IF kind <> 'boolean' THEN RETURN 'must be true or false'; END IF;
    WHEN 'text' THEN
        IF kind <> 'string' OR value #>> '{}' = '' THEN RETURN 'must be a text'; END IF;
        IF option ? 'values' AND NOT option->'values' @> value THEN
            RETURN format('must be one of %s', (SELECT string_agg(v, ', ') FROM jsonb_array_elements_text(option->'values') v));
        END IF;
    WHEN 'pattern' THEN
        IF kind <> 'string' OR value #>> '{}' ~ '(^|[^\\])(\\\\)*\\$' THEN
            RETURN 'must be a pattern as LIKE has it, which does not end with an escape';
        END IF;
    WHEN 'time' THEN
        IF kind <> 'string' OR value #>> '{}' !~ '^([01][0-9]|2[0-3]):[0-5][0-9]$' THEN
            RETURN 'must be a time of day such as "18:30"';
        END IF;
    WHEN 'weekdays' THEN
        IF kind <> 'array' OR jsonb_array_length(value) NOT BETWEEN 1 AND 6
           OR EXISTS (SELECT FROM jsonb_array_elements(value) v WHERE v NOT IN ('1', '2', '3', '4', '5', '6', '7')) THEN
            RETURN 'must be one to six days of the week, 1 Monday to 7 Sunday';
        END IF;
    WHEN 'list' THEN
        IF kind <> 'array' OR jsonb_array_length(value) = 0
           OR EXISTS (SELECT FROM jsonb_array_elements(value) v WHERE jsonb_typeof(v) <> 'object') THEN
            RETURN 'must be a list of objects';
        END IF;
    END CASE;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION recon.option_trouble(jsonb, jsonb) IS 'What an option must be, where a value is not; NULL where it is.';

CREATE FUNCTION recon.check_options(schema jsonb, options jsonb, what text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    o record;
    element jsonb;
    trouble text;
    known text := coalesce(recon.options_text(schema), 'none');
BEGIN
    FOR o IN SELECT key, value, schema->key AS option FROM jsonb_each(options) ORDER BY key COLLATE "C" LOOP
        IF o.option IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('%s has no option "%s"', what, o.key), DETAIL = format('Its value is %s.', o.value),
                HINT = format('Options are: %s.', known);
        END IF;
        trouble := recon.option_trouble(o.option, o.value);
        IF trouble IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('option "%s" of %s %s', o.key, what, trouble), DETAIL = format('It is %s.', o.value),
                HINT = format('Options are: %s.', known);
        END IF;
        IF o.option->>'type' = 'list' THEN
            FOR element IN SELECT * FROM jsonb_array_elements(o.value) LOOP
                PERFORM recon.check_options(o.option->'fields', element, format('"%s" of %s', o.key, what));
            END LOOP;
        END IF;
    END LOOP;
    FOR o IN SELECT key FROM jsonb_each(schema) WHERE value->>'required' = 'true' AND NOT options ? key ORDER BY key COLLATE "C" LOOP
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s needs the option "%s"', what, o.key), DETAIL = format('Given is %s.', options),
            HINT = format('Options are: %s.', known);
    END LOOP;
END
$$;

COMMENT ON FUNCTION recon.check_options(jsonb, jsonb, text) IS
    'Raises invalid_parameter_value, naming the option, unless all options are those of a schema of recon.detector.';

-- Of a statistical detector its weight, or an object with its weight and options; of a rule an object;
-- what is switched off is a weight of 0, or false.
CREATE FUNCTION recon.check_detectors(detectors jsonb, field text, only_rules boolean) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    o record;
    known recon.detector;
    what text;
    options jsonb;
    normal jsonb := '{}';
BEGIN
    IF jsonb_typeof(detectors) <> 'object' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s must be an object of names', field), DETAIL = format('It is %s.', detectors),
            HINT = CASE WHEN only_rules THEN 'For example: {"weekend": true, "stale": {"days": 60}}.'
                        ELSE 'For example: {"frequency": 0.5, "weekend": true}.' END;
    END IF;
    FOR o IN SELECT key, value, jsonb_typeof(value) AS kind FROM jsonb_each(detectors) ORDER BY key COLLATE "C" LOOP
        SELECT d.* INTO known FROM recon.detector d WHERE d.detector_name = o.key AND (d.type = 'rule' OR NOT only_rules);
        IF known.detector_name IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('%s names "%s", which is no %s', field, o.key, CASE WHEN only_rules THEN 'rule' ELSE 'detector' END),
                DETAIL = format('Its value is %s.', o.value),
                HINT = format('There are: %s.', (SELECT string_agg(d.detector_name, ', ' ORDER BY d.type DESC, d.detector_name COLLATE "C")
                                                 FROM recon.detector d WHERE d.type = 'rule' OR NOT only_rules));
        END IF;
        what := format('%s "%s"', CASE known.type WHEN 'rule' THEN 'rule' ELSE 'detector' END, o.key);
        IF known.type = 'rule' THEN
            IF o.kind NOT IN ('boolean', 'object') THEN
                RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                    MESSAGE = format('%s must be true, false or an object of options', what), DETAIL = format('It is %s.', o.value),
                    HINT = format('Options are: %s.', coalesce(recon.options_text(known.options_schema), 'none'));
            END IF;
            options := CASE WHEN o.value = 'true' THEN '{}' ELSE o.value END;
        ELSE
            IF o.kind NOT IN ('number', 'object') THEN
                RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                    MESSAGE = format('%s must be a weight, or an object of its weight and options', what), DETAIL = format('It is %s.', o.value),
                    HINT = 'A weight is a number from 0, which switches it off, to 1000.';
            END IF;
            options := CASE o.kind WHEN 'number' THEN jsonb_build_object('weight', o.value) ELSE '{"weight": 1}' || o.value END;
            known.options_schema := known.options_schema || '{"weight": {"type": "number", "minimum": 0, "maximum": 1000, "default": 1}}';
        END IF;
        -- What is off needs no options.
        IF options NOT IN ('false', '{"weight": 0}') THEN
            PERFORM recon.check_options(known.options_schema, options, what);
        END IF;
        normal := normal || jsonb_build_object(o.key,
            CASE WHEN known.type <> 'rule' AND options - 'weight' = '{}' THEN options->'weight' ELSE options END);
    END LOOP;
    RETURN normal;
END
$$;

COMMENT ON FUNCTION recon.check_detectors(jsonb, text, boolean) IS
    'The detectors of a strategy, or the rules of a reconciliation, in the form in which they are kept. Raises invalid_parameter_value, naming what is wrong.';

CREATE FUNCTION recon.detector_weight(detectors jsonb, detector_name text) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN coalesce(CASE jsonb_typeof(detectors->detector_name)
        WHEN 'number' THEN (detectors->>detector_name)::float8
        WHEN 'object' THEN (detectors->detector_name->>'weight')::float8 END, 0);

COMMENT ON FUNCTION recon.detector_weight(jsonb, text) IS 'Weight of a detector in a strategy; 0 where it is off.';

CREATE FUNCTION recon.forest_options(s recon.strategy) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_object_agg(o.key, coalesce(CASE jsonb_typeof(s.detectors->'forest') WHEN 'object' THEN s.detectors->'forest'->o.key END, o.value->'default'))
    FROM recon.detector d, jsonb_each(d.options_schema) o WHERE d.detector_name = 'forest'
$$;

COMMENT ON FUNCTION recon.forest_options(recon.strategy) IS 'How the forest of a strategy is grown: what it says, else the defaults of recon.detector.';

CREATE FUNCTION recon.with_weights(changed jsonb, detectors jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(jsonb_object_agg(c.key,
        CASE WHEN jsonb_typeof(c.value) = 'object' AND NOT c.value ? 'weight' AND recon.detector_weight(detectors, c.key) > 0
            THEN jsonb_build_object('weight', recon.detector_weight(detectors, c.key)) || c.value ELSE c.value END), '{}')
    FROM jsonb_each(changed) AS c
$$;

COMMENT ON FUNCTION recon.with_weights(jsonb, jsonb) IS
    'Changes to the detectors of a strategy: those that give options and no weight keep the weight they have.';

-- Checks all fields that are not checked by their type, and gives the row as it is kept.
CREATE FUNCTION recon.check_strategy(s recon.strategy, changed jsonb) RETURNS recon.strategy
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT (s.alpha > 0 AND s.alpha < 1) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'alpha must lie between 0 and 1',
            DETAIL = format('It is %s.', s.alpha), HINT = 'It is the share of false alarms among anomalies that is accepted: 0.05 is one in twenty.';
    END IF;
    PERFORM recon.require_amount(s.minimum_amount, 'minimum_amount');
    IF s.history_rows NOT BETWEEN 12 AND 1024 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'history_rows must lie between 12 and 1024',
            DETAIL = format('It is %s.', s.history_rows);
    END IF;
    IF s.combination NOT IN ('harmonic', 'fisher', 'stouffer') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('combination "%s" does not exist', s.combination),
            DETAIL = 'combination says how the p-values of several detectors become one.', HINT = 'Use one of harmonic, fisher, stouffer.';
    END IF;
    IF s.scores NOT IN ('anomalies', 'all') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'scores must be anomalies or all',
            DETAIL = format('It is "%s".', s.scores);
    END IF;
    IF changed IS NOT NULL THEN
        s.detectors := s.detectors || recon.check_detectors(
            CASE jsonb_typeof(changed) WHEN 'object' THEN recon.with_weights(changed, s.detectors) ELSE changed END, 'detectors', false);
    END IF;
    IF NOT EXISTS (SELECT FROM recon.detector d WHERE d.type <> 'rule' AND recon.detector_weight(s.detectors, d.detector_name) > 0) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'detectors leaves nothing to judge by',
            DETAIL = format('They would be %s.', s.detectors), HINT = 'Give at least one statistical detector a weight above 0.';
    END IF;
    IF s.combination <> 'harmonic' THEN
        RAISE WARNING USING MESSAGE = format('combination "%s" assumes that detectors are independent of each other, which they are not', s.combination),
            DETAIL = 'Five detectors whose evidence correlates by .5 raise .023 false alarms at a nominal .001, by .9 .047.',
            HINT = 'Use harmonic unless you know that they are.';
    END IF;
    RETURN s;
END
$$;

COMMENT ON FUNCTION recon.check_strategy(recon.strategy, jsonb) IS
    'A strategy with these detectors changed; raises invalid_parameter_value, naming the field, where one is wrong.';

CREATE FUNCTION recon.describe_strategy(s recon.strategy) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('strategy "%s" version %s: alpha %s, %s%s', s.strategy_name, s.version, s.alpha,
        (SELECT string_agg(CASE d.type WHEN 'rule' THEN d.detector_name
                                ELSE format('%s %s', d.detector_name, recon.detector_weight(s.detectors, d.detector_name)) END,
                           ', ' ORDER BY d.type DESC, d.detector_name COLLATE "C")
         FROM recon.detector d
         WHERE CASE d.type WHEN 'rule' THEN jsonb_typeof(s.detectors->d.detector_name) = 'object'
                           ELSE recon.detector_weight(s.detectors, d.detector_name) > 0 END),
        CASE WHEN s.is_active THEN '' ELSE '; not active' END)
$$;

COMMENT ON FUNCTION recon.describe_strategy(recon.strategy) IS 'A strategy in one sentence.';

CREATE FUNCTION recon.recon_create_strategy(
    name text, alpha double precision, detectors jsonb, minimum_amount numeric, history_rows integer,
    combination text, scores text, based_on text, description text
) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s recon.strategy;
BEGIN
    PERFORM recon.require_access(NULL, 'admin');
    IF name IS NULL OR btrim(name) = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a strategy needs a name';
    END IF;
    LOCK TABLE recon.strategy IN SHARE ROW EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM recon.strategy k WHERE k.strategy_name = name) THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
            MESSAGE = format('strategy "%s" already exists', name), HINT = 'Change it with recon_alter_strategy.';
    END IF;
    s := recon.current_strategy(coalesce(based_on, 'balanced'));
    s.strategy_name := name;
    s.version := 1;
    s.alpha := coalesce(alpha, s.alpha);
    s.minimum_amount := coalesce(minimum_amount, s.minimum_amount);
    s.history_rows := coalesce(history_rows, s.history_rows);
    s.combination := coalesce(combination, s.combination);
    s.scores := coalesce(scores, s.scores);
    s.is_builtin := false;
    s.is_active := true;
    s.description := coalesce(description, '');
    s.created_by := recon.caller();
    s.created_at := now();
    s := recon.check_strategy(s, detectors);
    INSERT INTO recon.strategy SELECT s.*;
    RETURN recon.describe_strategy(s);
END
$$;

COMMENT ON FUNCTION recon.recon_create_strategy(text, double precision, jsonb, numeric, integer, text, text, text, text) IS 'Implementation of recon_create_strategy.';

CREATE FUNCTION recon.recon_alter_strategy(
    name text, alpha double precision, detectors jsonb, minimum_amount numeric, history_rows integer,
    combination text, scores text, description text, is_active boolean
) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s recon.strategy;
    users text;
BEGIN
    PERFORM recon.require_access(NULL, 'admin');
    LOCK TABLE recon.strategy IN SHARE ROW EXCLUSIVE MODE;
    s := recon.newest_strategy(name);
    IF s.is_builtin THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('strategy "%s" is built in and does not change', name),
            HINT = format('Make one of your own: SELECT recon_create_strategy(''...'', based_on => %L).', name);
    END IF;
    IF is_active = false THEN
        SELECT string_agg(format('"%s"', r.reconciliation_name), ', ' ORDER BY r.reconciliation_name) INTO users
        FROM recon.reconciliation r WHERE r.strategy = name AND r.is_active;
        IF users IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'object_in_use',
                MESSAGE = format('strategy "%s" is in use', name), DETAIL = format('It is that of %s.', users),
                HINT = 'Give them another one with recon_alter(name, strategy => ...).';
        END IF;
    END IF;
    s.version := s.version + 1;
    s.alpha := coalesce(alpha, s.alpha);
    s.minimum_amount := coalesce(minimum_amount, s.minimum_amount);
    s.history_rows := coalesce(history_rows, s.history_rows);
    s.combination := coalesce(combination, s.combination);
    s.scores := coalesce(scores, s.scores);
    s.description := coalesce(description, s.description);
    s.is_active := coalesce(is_active, s.is_active);
    s.created_by := recon.caller();
    s.created_at := now();
    s := recon.check_strategy(s, detectors);
    INSERT INTO recon.strategy SELECT s.*;
    RETURN recon.describe_strategy(s);
END
$$;

COMMENT ON FUNCTION recon.recon_alter_strategy(text, double precision, jsonb, numeric, integer, text, text, text, boolean) IS 'Implementation of recon_alter_strategy.';

-- The rules of a strategy and of a reconciliation, whose word counts, with their defaults filled in.
CREATE FUNCTION recon.effective_rules(s recon.strategy, d recon.reconciliation) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(jsonb_object_agg(k.detector_name, defaults.options || set_to), '{}')
    FROM recon.detector k,
         LATERAL (SELECT coalesce(d.rules->k.detector_name, s.detectors->k.detector_name)) AS chosen (set_to),
         LATERAL (SELECT coalesce(jsonb_object_agg(o.key, o.value->'default'), '{}') FROM jsonb_each(k.options_schema) o
                  WHERE o.value ? 'default') AS settled (options),
         LATERAL (SELECT CASE WHEN k.detector_name = 'holiday' AND d.calendar IS NOT NULL THEN jsonb_build_object('calendar', d.calendar)
                              ELSE settled.options END) AS defaults (options)
    WHERE k.type = 'rule' AND jsonb_typeof(set_to) = 'object'
$$;

COMMENT ON FUNCTION recon.effective_rules(recon.strategy, recon.reconciliation) IS
    'The rules that a reconciliation is judged with under a strategy: name and options, defaults included.';

-- A strategy is for many reconciliations: the hours of work are asked for where there is a time, holidays where there is a calendar.
CREATE FUNCTION recon.applicable_rules(s recon.strategy, d recon.reconciliation, relation regclass) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT rules - array_remove(ARRAY[
        CASE WHEN NOT rules->'time_of_day' ? 'column'
              AND coalesce(recon.column_type(relation, d.date_column) NOT IN ('timestamp'::regtype, 'timestamptz'::regtype), true) THEN 'time_of_day' END,
        CASE WHEN NOT rules->'holiday' ? 'calendar' THEN 'holiday' END], NULL)
    FROM recon.effective_rules(s, d) AS rules
$$;

COMMENT ON FUNCTION recon.applicable_rules(recon.strategy, recon.reconciliation, regclass) IS
    'The same for rows of a relation: those rules of which it has what they ask for in any case.';

-- What a rule is told of besides its options must be there.
CREATE FUNCTION recon.require_rules(relation regclass, d recon.reconciliation, rules jsonb) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    o record;
    wanted text;
    type regtype;
BEGIN
    FOR o IN SELECT key AS rule, value AS options FROM jsonb_each(rules) WHERE jsonb_typeof(value) = 'object' ORDER BY key COLLATE "C" LOOP
        IF o.rule = 'holiday' THEN
            wanted := coalesce(o.options->>'calendar', d.calendar);
            IF wanted IS NULL THEN
                RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                    MESSAGE = 'rule "holiday" needs a calendar', DETAIL = format('Reconciliation "%s" has none of its own.', d.reconciliation_name),
                    HINT = format('Name one in its option "calendar", or give the reconciliation one: SELECT recon_alter(%L, calendar => ''...'').', d.reconciliation_name);
            END IF;
            PERFORM recon.check_calendar(wanted);
        ELSIF o.rule IN ('other_period', 'time_of_day') THEN
            wanted := coalesce(o.options->>'column', d.date_column);
            PERFORM recon.require_columns(relation, ARRAY[wanted], format('rule "%s"', o.rule));
            type := recon.column_type(relation, wanted);
            IF type NOT IN ('timestamp'::regtype, 'timestamptz'::regtype)
               AND NOT (o.rule = 'other_period' AND type = 'date'::regtype) THEN
                RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
                    MESSAGE = format('column "%s" of rule "%s" has type %s', wanted, o.rule, type),
                    HINT = CASE o.rule WHEN 'time_of_day' THEN 'Name a timestamp in its option "column".'
                                       ELSE 'Name a date or a timestamp in its option "column".' END;
            END IF;
        ELSIF o.rule = 'amount_threshold' THEN
            FOR wanted IN SELECT l->>'column' FROM jsonb_array_elements(o.options->'limits') l LOOP
                IF NOT wanted = ANY (recon.grouping_columns(d)) THEN
                    RAISE EXCEPTION USING ERRCODE = 'undefined_column',
                        MESSAGE = format('rule "amount_threshold" names "%s", which is no key column', wanted),
                        DETAIL = format('Key columns are %s.', array_to_string(recon.grouping_columns(d), ', '));
                END IF;
            END LOOP;
        END IF;
    END LOOP;
END
$$;

COMMENT ON FUNCTION recon.require_rules(regclass, recon.reconciliation, jsonb) IS
    'Raises an error that names the rule unless all columns and calendars that rules name exist and are of use.';

CREATE FUNCTION recon.recon_set_rules(reconciliation text, rules jsonb) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.find_reconciliation(reconciliation, 'admin');
    changed jsonb := coalesce(rules, '{}');
    said text;
BEGIN
    IF jsonb_typeof(changed) = 'object' THEN
        changed := jsonb_strip_nulls(changed);
    END IF;
    changed := recon.check_detectors(changed, 'rules', true);
    PERFORM recon.require_rules(d.source::regclass, d, changed);
    IF jsonb_typeof(rules) = 'object' THEN
        d.rules := coalesce(d.rules, '{}') - ARRAY(SELECT jsonb_object_keys(rules));
    END IF;
    d.rules := nullif(coalesce(d.rules, '{}') || changed, '{}');
    UPDATE recon.reconciliation r SET rules = d.rules, updated_at = now() WHERE r.reconciliation_id = d.reconciliation_id;
    SELECT string_agg(k, ', ' ORDER BY k COLLATE "C") INTO said
    FROM jsonb_object_keys(recon.effective_rules(recon.newest_strategy(d.strategy), d)) k;
    RETURN format('rules of "%s": %s', d.reconciliation_name, coalesce(said, 'none'));
END
$$;

COMMENT ON FUNCTION recon.recon_set_rules(text, jsonb) IS 'Implementation of recon_set_rules.';

CREATE FUNCTION recon.wall_clock(relation regclass, d recon.reconciliation, column_name text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    RETURN CASE WHEN recon.column_type(relation, column_name) = 'timestamptz'::regtype
                THEN recon.local_time(format('%I', column_name), d.time_zone) ELSE format('%I', column_name) END;

COMMENT ON FUNCTION recon.wall_clock(regclass, recon.reconciliation, text) IS
    'The expression of a date or timestamp as a clock in the reconciliation''s time zone shows it.';

CREATE FUNCTION recon.timestamp_in(relation regclass, d recon.reconciliation, column_name text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    RETURN CASE WHEN recon.column_type(relation, column_name) = 'date'::regtype
                THEN recon.timestamp_of(format('%I', column_name))
                ELSE recon.wall_clock(relation, d, column_name) END;

COMMENT ON FUNCTION recon.timestamp_in(regclass, recon.reconciliation, text) IS
    'The same of a date, too, as the moment at which the day begins.';

-- Two rules look at columns that are not part of a history: their answer is read with the row.
CREATE FUNCTION recon.found_expression(relation regclass, d recon.reconciliation, rules jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT nullif(concat_ws(' + ',
        CASE WHEN rules ? 'other_period' THEN
            format('CASE WHEN %s <> %s THEN 2 ELSE 0 END',
                   recon.period_of(rules->'other_period'->>'unit',
                                   recon.timestamp_in(relation, d, rules->'other_period'->>'column')),
                   recon.period_of(rules->'other_period'->>'unit',
                                   recon.timestamp_of(recon.date_expression(relation, d)))) END,
        CASE WHEN rules ? 'time_of_day' THEN
            format('CASE WHEN %1$s::time < %2$L %3$s %1$s::time >= %4$L THEN 4 ELSE 0 END',
                   recon.wall_clock(relation, d, coalesce(rules->'time_of_day'->>'column', d.date_column)), rules->'time_of_day'->>'from',
                   CASE WHEN rules->'time_of_day'->>'from' <= rules->'time_of_day'->>'to' THEN 'OR' ELSE 'AND' END,
                   rules->'time_of_day'->>'to') END), '')
$$;

COMMENT ON FUNCTION recon.found_expression(regclass, recon.reconciliation, jsonb) IS
    'What is found of a row when it is read, as recon.key_series takes it: 2 booked in another period than it is dated in, 4 booked outside of working hours; NULL where neither is asked for.';

-- As C++ reads it.
CREATE FUNCTION recon.rule_plan(rules jsonb, as_of timestamptz) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN rules <> '{}' THEN rules || CASE WHEN rules ? 'holiday' THEN jsonb_build_object('holiday', jsonb_build_object('holidays',
        to_jsonb(recon.known_holidays(rules->'holiday'->>'calendar', as_of)))) ELSE '{}' END END
$$;

COMMENT ON FUNCTION recon.rule_plan(jsonb, timestamptz) IS 'The rules of a run with their holidays; NULL where there are none.';

-- Detectors of one's own: SQL and PL functions that a strategy names. They run as the owner of the
-- reconciliation, so that owner must trust who can change them.

CREATE FUNCTION recon_register_detector(
    name text, function regprocedure, options_schema jsonb DEFAULT '{}', description text DEFAULT NULL
) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_register_detector(text, regprocedure, jsonb, text) IS
$$Makes a function a detector that strategies can name. Its signature says what it is:
f(history double precision[], value double precision, options jsonb) returns double precision: a statistical detector, asked of every judged row, matches included, on its strongest measure; history are the values of the key's baseline before it, the oldest first. It gives ln p, the natural logarithm of the probability of a value at least as strange: at most 0, NULL where it has nothing to say. That enters the verdict with its weight.
f(break_row jsonb, options jsonb) returns boolean or text: a rule, asked of every break; break_row has the columns of recon_detect, occurrence and currency. True writes a flag of the detector's name, a text that flag.
It must be immutable or stable, and returns one value. options_schema: option -> {"type": number, integer, text, pattern, boolean, time, weekdays or list, "default", "minimum", "maximum", "values", "required", "description"}.
It runs as the owner of the reconciliation, in a security-restricted operation, names looked up in pg_catalog alone; so it must belong to that owner, to a role that can become that owner, or to the owner of the extension.
Needs level admin on all reconciliations and the right to execute the function. Returns one sentence. Errors: 42710 the name is taken, 42P13 a function of another signature, or a volatile one, 22023 a schema that is none.$$;

CREATE FUNCTION recon_drop_detector(name text) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_drop_detector(text) IS
    'Takes a detector of one''s own away; the function stays. Needs level admin on all reconciliations. Returns one sentence. Errors: 42704 no such detector, 55000 it is built in, 55006 a strategy or a reconciliation uses it.';

CREATE FUNCTION recon.detector_type(function regprocedure, detector_name text) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    f pg_proc;
    arguments text;
    trouble text;
BEGIN
    SELECT p.* INTO f FROM pg_proc p WHERE p.oid = function;
    arguments := oidvectortypes(f.proargtypes);
    trouble := CASE
        WHEN f.prokind <> 'f' THEN 'It is no plain function.'
        WHEN f.proretset THEN 'It returns a set.'
        WHEN f.provolatile = 'v' THEN 'It is volatile: the same row must give the same answer whenever it is judged.'
        WHEN f.pronamespace = pg_my_temp_schema() THEN 'It is temporary.' END;
    IF trouble IS NULL AND (arguments, f.prorettype) = ('double precision[], double precision, jsonb', 'float8'::regtype) THEN
        RETURN 'statistical';
    ELSIF trouble IS NULL AND arguments = 'jsonb, jsonb' AND f.prorettype IN ('boolean'::regtype, 'text'::regtype) THEN
        RETURN 'rule';
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'invalid_function_definition',
        MESSAGE = format('function %s cannot be detector "%s"', function, detector_name),
        DETAIL = coalesce(trouble, format('It takes (%s) and returns %s.', arguments, f.prorettype::regtype)),
        HINT = 'Write it as f(double precision[], double precision, jsonb) returning double precision, or f(jsonb, jsonb) returning boolean or text, IMMUTABLE or STABLE.';
END
$$;

COMMENT ON FUNCTION recon.detector_type(regprocedure, text) IS
    'statistical or rule, by the signature of a function; raises invalid_function_definition for one that is neither.';

CREATE FUNCTION recon.check_schema(schema jsonb, what text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    o record;
    trouble text;
    field text;
BEGIN
    IF jsonb_typeof(schema) <> 'object' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('%s must be an object of options', what),
            DETAIL = format('It is %s.', schema), HINT = 'For example: {"limit": {"type": "number", "default": 3, "minimum": 0}}.';
    END IF;
    FOR o IN SELECT key, value, jsonb_typeof(value) AS kind FROM jsonb_each(schema) ORDER BY key COLLATE "C" LOOP
        SELECT k INTO field FROM jsonb_object_keys(CASE o.kind WHEN 'object' THEN o.value ELSE '{}' END) k
        WHERE k NOT IN ('type', 'default', 'minimum', 'maximum', 'values', 'required', 'description', 'fields') ORDER BY k COLLATE "C" LIMIT 1;
        trouble := CASE
            WHEN o.key !~ '^[a-z][a-z0-9_]{0,62}$' OR o.key = 'weight' THEN 'has a name that no option may have'
            WHEN o.kind <> 'object' THEN 'must be an object'
            WHEN field IS NOT NULL THEN format('has a field "%s" that is not known', field)
            WHEN (o.value->>'type' IN ('number', 'integer', 'text', 'pattern', 'boolean', 'time', 'weekdays', 'list')) IS NOT TRUE THEN 'has no type that is known'
            WHEN jsonb_typeof(o.value->'minimum') <> 'number' OR jsonb_typeof(o.value->'maximum') <> 'number' THEN 'has a bound that is not a number'
            WHEN jsonb_typeof(o.value->'values') <> 'array' THEN 'has values that are no list'
            WHEN jsonb_typeof(o.value->'required') <> 'boolean' THEN 'has a "required" that is neither true nor false'
            WHEN o.value->>'type' = 'list' AND NOT o.value ? 'fields' THEN 'is a list without fields'
            WHEN o.value ? 'default' AND recon.option_trouble(o.value, o.value->'default') IS NOT NULL
                THEN format('has a default that %s', recon.option_trouble(o.value, o.value->'default')) END;
        IF trouble IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('option "%s" of %s %s', o.key, what, trouble),
                DETAIL = format('It is %s.', o.value), HINT = 'Types are number, integer, text, pattern, boolean, time, weekdays and list.';
        END IF;
        IF o.value ? 'fields' THEN
            PERFORM recon.check_schema(o.value->'fields', format('"%s" of %s', o.key, what));
        END IF;
    END LOOP;
END
$$;

COMMENT ON FUNCTION recon.check_schema(jsonb, text) IS 'Raises invalid_parameter_value, naming the option, unless a schema is one that recon.check_options understands.';

CREATE FUNCTION recon.recon_register_detector(name text, function regprocedure, options_schema jsonb, description text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kind text;
    schema jsonb := coalesce(options_schema, '{}');
BEGIN
    PERFORM recon.require_access(NULL, 'admin');
    IF coalesce(name, '') !~ '^[a-z][a-z0-9_]{0,62}$' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'the name of a detector begins with a letter and has small letters, digits and underscores',
            DETAIL = format('It is %s.', coalesce(quote_literal(name), 'NULL'));
    END IF;
    IF EXISTS (SELECT FROM recon.detector k WHERE k.detector_name = name) THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object', MESSAGE = format('detector "%s" already exists', name),
            HINT = 'Choose another name, or take the old one away with recon_drop_detector.';
    END IF;
    IF function IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = format('the function of detector "%s" is missing', name),
            HINT = 'Name it with the types of its arguments: ''my_detector(double precision[], double precision, jsonb)''.';
    ELSIF NOT has_function_privilege(recon.caller(), function, 'EXECUTE') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('permission denied for function %s', function);
    END IF;
    kind := recon.detector_type(function, name);
    PERFORM recon.check_schema(schema, format('detector "%s"', name));
    INSERT INTO recon.detector (detector_name, type, function, options_schema, description, registered_by)
    VALUES (name, kind, function::text, schema, coalesce(recon_register_detector.description, ''), recon.caller());
    RETURN format('detector "%s": %s, by %s', name, kind, function);
END
$$;

COMMENT ON FUNCTION recon.recon_register_detector(text, regprocedure, jsonb, text) IS 'Implementation of recon_register_detector.';

CREATE FUNCTION recon.recon_drop_detector(name text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    k recon.detector;
    users text;
BEGIN
    PERFORM recon.require_access(NULL, 'admin');
    SELECT d.* INTO k FROM recon.detector d WHERE d.detector_name = name;
    IF k.detector_name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('detector %s does not exist', recon.name_text(name)),
            HINT = 'See recon.detector for what there is.';
    ELSIF k.is_builtin THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format('detector "%s" is built in', name),
            HINT = 'A strategy switches it off: a weight of 0 for a detector, false for a rule.';
    END IF;
    SELECT string_agg(what, ', ' ORDER BY what) INTO users FROM (
        SELECT format('strategy "%s"', s.strategy_name) FROM recon.strategy s
        WHERE s.is_active AND (recon.detector_weight(s.detectors, name) > 0 OR k.type = 'rule' AND jsonb_typeof(s.detectors->name) = 'object')
          AND s.version = (SELECT max(n.version) FROM recon.strategy n WHERE n.strategy_name = s.strategy_name)
        UNION ALL
        SELECT format('reconciliation "%s"', r.reconciliation_name) FROM recon.reconciliation r WHERE jsonb_typeof(r.rules->name) = 'object') AS u (what);
    IF users IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_in_use', MESSAGE = format('detector "%s" is in use', name), DETAIL = format('It is named by %s.', users),
            HINT = 'Switch it off there: a weight of 0 for a detector, false for a rule.';
    END IF;
    DELETE FROM recon.detector d WHERE d.detector_name = name;
    RETURN format('detector "%s" is gone; function %s stays', name, k.function);
END
$$;

COMMENT ON FUNCTION recon.recon_drop_detector(text) IS 'Implementation of recon_drop_detector.';

-- Whoever owns a function can change what it does: it may run as a role that its owner could become anyway.
CREATE FUNCTION recon.require_trust(function regprocedure, detector_name text, reader name) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    author name := (SELECT r.rolname FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner WHERE p.oid = function);
BEGIN
    IF NOT (pg_has_role(author, reader, recon.privilege_to_become())
            OR EXISTS (SELECT FROM pg_namespace n JOIN pg_roles o ON o.oid = n.nspowner WHERE n.nspname = 'recon' AND o.rolname = author)) THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('detector "%s" may not run as "%s"', detector_name, reader),
            DETAIL = format('Function %s belongs to "%s", who is not "%s" and cannot become that role.', function, author, reader),
            HINT = 'The owner of the reconciliation, or of the extension, can own such a function and register it.';
    END IF;
END
$$;

COMMENT ON FUNCTION recon.require_trust(regprocedure, text, name) IS
    'Raises insufficient_privilege unless the owner of a function could do as this role whatever the function does.';

CREATE FUNCTION recon.own_detector_plan(s recon.strategy, rules jsonb, reader name) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    k recon.detector;
    function regprocedure;
    chosen jsonb;
    plan jsonb := '[]';
BEGIN
    FOR k IN
        SELECT d.* FROM recon.detector d
        WHERE NOT d.is_builtin AND CASE d.type WHEN 'rule' THEN rules ? d.detector_name ELSE recon.detector_weight(s.detectors, d.detector_name) > 0 END
        ORDER BY d.detector_name COLLATE "C"
    LOOP
        function := to_regprocedure(k.function);
        IF function IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'undefined_function', MESSAGE = format('function %s of detector "%s" does not exist', k.function, k.detector_name),
                HINT = 'Make it again, or switch the detector off.';
        END IF;
        IF recon.detector_type(function, k.detector_name) <> k.type THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_function_definition',
                MESSAGE = format('function %s of detector "%s" is no %s detector any more', function, k.detector_name, k.type);
        END IF;
        PERFORM recon.require_trust(function, k.detector_name, reader);
        chosen := CASE WHEN k.type = 'rule' THEN rules->k.detector_name
                       WHEN jsonb_typeof(s.detectors->k.detector_name) = 'object' THEN (s.detectors->k.detector_name) - 'weight' ELSE '{}' END;
        SELECT coalesce(jsonb_object_agg(o.key, o.value->'default'), '{}') || chosen INTO chosen
        FROM jsonb_each(k.options_schema) o WHERE o.value ? 'default';
        plan := plan || jsonb_build_object('name', k.detector_name, 'type', k.type, 'options', chosen,
            'weight', recon.detector_weight(s.detectors, k.detector_name),
            'gives_text', (SELECT p.prorettype = 'text'::regtype FROM pg_proc p WHERE p.oid = function),
            'call', (SELECT format('%I.%I', n.nspname, p.proname) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid = function));
    END LOOP;
    RETURN nullif(plan, '[]');
END
$$;

COMMENT ON FUNCTION recon.own_detector_plan(recon.strategy, jsonb, name) IS
    'The detectors of one''s own that a run asks, after a look at their functions: name, type, what it gives, call, options and weight; NULL where there are none.';

CREATE OR REPLACE FUNCTION recon.recon_import_definition(definition jsonb, name text, source text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation;
    target_name text;
    unknown text;
    relation regclass;
    existing recon.reconciliation;
BEGIN
    IF definition IS NULL OR jsonb_typeof(definition) <> 'object' OR definition->>'format' IS DISTINCT FROM '1' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'this is not an exported definition',
            DETAIL = format('Its format is %s; format 1 is read here.', coalesce(definition->>'format', 'missing')),
            HINT = 'Use what recon_export_definition gives.';
    END IF;
    SELECT string_agg(k, ', ' ORDER BY k) INTO unknown
    FROM jsonb_object_keys(definition) k
    WHERE k NOT IN ('format', 'reconciliation_name', 'source', 'key_columns', 'criteria_columns', 'derived_columns',
        'date_column', 'date_format', 'comment_column', 'currency_column', 'loaded_at_column', 'pool_by', 'break_when',
        'tolerance', 'relative_tolerance', 'strategy', 'time_zone', 'minimum_amount', 'description', 'decimal_signs', 'rules', 'calendar', 'minimum_amounts');
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'the definition has fields that are not known here',
            DETAIL = format('Unknown: %s.', unknown);
    END IF;
    target_name := coalesce(name, definition->>'reconciliation_name');
    SELECT r.* INTO existing FROM recon.reconciliation r WHERE r.reconciliation_name = target_name;
    IF existing.reconciliation_id IS NULL THEN
        PERFORM recon.require_access(NULL, 'admin');
        existing.owner := recon.caller();
    ELSE
        PERFORM recon.require_ownership(existing, 'its definition');
    END IF;
    d := jsonb_populate_record(NULL::recon.reconciliation, definition - 'format');
    d.reconciliation_name := target_name;
    relation := recon.require_relation(coalesce(source, d.source), existing.owner);
    PERFORM recon.require_lasting(relation);
    d.source := recon.qualified_name(relation);
    d.owner := existing.owner;
    d.pool_by := coalesce(d.pool_by, '{}');
    d.strategy := coalesce(d.strategy, 'balanced');
    d.time_zone := coalesce(d.time_zone, 'UTC');
    d.description := coalesce(d.description, '');
    d.criteria_columns := coalesce(d.criteria_columns, '{}');
    d.derived_columns := coalesce(d.derived_columns, '{}');
    d.minimum_amounts := nullif(d.minimum_amounts, '{}');
    d := recon.complete_definition(relation, d);
    IF d.rules IS NOT NULL THEN
        d.rules := recon.check_detectors(d.rules, 'rules', true);
        PERFORM recon.require_rules(relation, d, d.rules);
    END IF;
    d.reconciliation_id := coalesce(existing.reconciliation_id, nextval('recon.reconciliation_reconciliation_id_seq'));
    d.is_active := true;
    d.created_at := coalesce(existing.created_at, now());
    d.updated_at := now();
    INSERT INTO recon.reconciliation SELECT d.*
    ON CONFLICT (reconciliation_id) DO UPDATE SET
        (source, key_columns, criteria_columns, derived_columns, date_column, date_format,
         comment_column, currency_column, loaded_at_column, pool_by, break_when, tolerance, relative_tolerance,
         strategy, time_zone, minimum_amount, break_condition, measures, description, updated_at, decimal_signs, rules, calendar,
         minimum_amounts) =
        (excluded.source, excluded.key_columns, excluded.criteria_columns, excluded.derived_columns, excluded.date_column, excluded.date_format,
         excluded.comment_column, excluded.currency_column, excluded.loaded_at_column, excluded.pool_by, excluded.break_when, excluded.tolerance, excluded.relative_tolerance,
         excluded.strategy, excluded.time_zone, excluded.minimum_amount, excluded.break_condition, excluded.measures, excluded.description, excluded.updated_at, excluded.decimal_signs, excluded.rules, excluded.calendar,
         excluded.minimum_amounts);
    RETURN recon.describe_definition(d);
END
$$;

-- A watch adds a run for every statement that inserts: what looks for other runs passes them by.
CREATE INDEX run_of_detection ON recon.run (reconciliation_id, run_id DESC) WHERE NOT is_watch;

CREATE INDEX run_under_way ON recon.run (run_id) WHERE status IN ('queued', 'running');

COMMENT ON TABLE recon.run IS 'One row for each stored detection: what was read, judged and found, and with which strategy. Also the queue of those which recon_submit asked for.';

COMMENT ON COLUMN recon.run.status IS
    'queued: waits for a worker; running; succeeded; failed: left no verdict, error_code and message say why; cancelled: by recon_cancel';

COMMENT ON COLUMN recon.run.arguments IS 'what recon_submit was asked for; NULL for a run of recon_detect';

COMMENT ON COLUMN recon.run.error_code IS 'SQLSTATE of the error with which a run failed; NULL where its worker vanished';

COMMENT ON COLUMN recon.run.run_by IS 'the role whose rights the run needs: who called recon_detect or recon_submit';

COMMENT ON COLUMN recon.run.baseline_date IS 'the stored baselines which the run continued knew the rows up to this date; NULL where it read the whole history';

COMMENT ON COLUMN recon.run.rows_sketch IS
    'what a replay (as_of) needs to count the source rows that have changed since: 24 kB, however many rows there are; NULL where a run read something else than the source as it was then';

COMMENT ON COLUMN recon.run.source_fingerprint IS 'digest of how the rows were read; rows that are read differently cannot be compared';

COMMENT ON COLUMN recon.run.loaded_before IS
    'every row that was loaded before it was there to be read; NULL where the reconciliation had no loaded_at_column';

COMMENT ON COLUMN recon.run.late_rows IS
    'rows dated up to the newest date judged before, loaded since then and judged too; NULL for a run that was asked for certain dates or another relation';

COMMENT ON COLUMN recon.run.rejudged_by IS
    'copy of the strategy with the thresholds that recon_rejudge has drawn last; NULL where those of the run stand';

COMMENT ON COLUMN recon.run.rejudged_at IS 'when it drew them';

COMMENT ON COLUMN recon.run.judged_through IS
    'the newest date judged that was not after the reconciliation''s today: the next run judges the dates after it';

COMMENT ON COLUMN recon.run.rows_in_future IS
    'rows dated after the reconciliation''s today; NULL for a run with to_date or as_of, or over another source';

COMMENT ON COLUMN recon.run.is_watch IS
    'recon_watch judged the rows of one inserting statement: they wait in recon.watched_break for a run of recon_detect';

COMMENT ON COLUMN recon.run.worker_pid IS 'the server process that works on a running run';

COMMENT ON COLUMN recon.run.cancelled_by IS 'who asked for its end with recon_cancel';

COMMENT ON COLUMN recon.run.stage IS 'what a run of the queue was doing when it last told, every second; NULL where it took less';

COMMENT ON COLUMN recon.run.stage_done IS 'how much of its stage was done: rows while it reads, keys while it judges, breaks while it writes';

COMMENT ON COLUMN recon.run.stage_total IS 'of how much; NULL while that is not known';

COMMENT ON COLUMN recon.run.progress_at IS 'when it last told';

COMMENT ON COLUMN recon.break.opened_on IS
    'since when the break stands: with reconciliation_id and key_hash, its row of recon.item; NULL where version 0.1.0 judged it last';

COMMENT ON TABLE recon.score IS 'What each detector said of each anomaly, or of each break where the strategy asks for all: natural logarithm of its p-value and its share of the verdict.';

COMMENT ON COLUMN recon.score.confidence IS
    '1 less the false-discovery rate that this detector''s p-value alone would have among all rows of the run';

COMMENT ON COLUMN recon.score.metadata IS
    'weight, and what else the detector went by: of the baseline history_n, basis, expected, lower, upper; of a detector of one''s own its options';

CREATE TABLE recon.item (
    reconciliation_id   integer NOT NULL,
    opened_on           date NOT NULL,
    key_hash            bigint NOT NULL,
    key                 jsonb NOT NULL,
    last_on             date NOT NULL,
    closed_on           date,
    closed_by           text CHECK (closed_by IN ('corrected', 'gone')),
    run_id              bigint NOT NULL,
    PRIMARY KEY (reconciliation_id, opened_on, key_hash)
) WITH (fillfactor = 80);

-- Without last_on, which moves with every run: an update then stays on its page.
CREATE INDEX item_open ON recon.item (reconciliation_id) WHERE closed_on IS NULL;

COMMENT ON TABLE recon.item IS
    'Items: the standing break of a key from the date on which it opened, over all dates on which the key has rows and one of them is a break, until it is closed.';

COMMENT ON COLUMN recon.item.opened_on IS 'first date with a break since the key matched last; may lie before the dates that were judged';

COMMENT ON COLUMN recon.item.key IS 'key columns and their values as canonical text';

COMMENT ON COLUMN recon.item.last_on IS 'newest date with a break, of the dates judged';

COMMENT ON COLUMN recon.item.closed_on IS 'the date on which it was closed; NULL while it stands';

COMMENT ON COLUMN recon.item.closed_by IS
    'corrected: all rows of the key match on that date; gone: the first complete date without a row of the key. A date with fewer than half of its usual keys is not complete. A break of the key that follows without a match in between opens the item again.';

COMMENT ON COLUMN recon.item.run_id IS 'the run that saw it change last';

ALTER TABLE recon.item ENABLE ROW LEVEL SECURITY;

CREATE POLICY visible ON recon.item FOR SELECT USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

COMMENT ON TABLE recon.verdict_history IS
    'Every change of a verdict after the first, with its cause: the row itself changed, the strategy did, the calendar did, the history did, or the row is gone.';

SELECT pg_catalog.pg_extension_config_dump('recon.item', '');

-- Timestamps, and so months, do not reach as far as dates, and the names of months have no era: what lies outside
-- of the years 1 to 9999 has one partition on either side.
CREATE FUNCTION recon.partition_range(day date, OUT suffix text, OUT from_date date, OUT to_date date)
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF day < '0001-01-01' THEN
        suffix := 'before_0001';
        from_date := '-infinity';
        to_date := '0001-01-01';
    ELSIF day > '9999-12-31' THEN
        suffix := 'after_9999';
        from_date := '10000-01-01';
        to_date := 'infinity';
    ELSE
        suffix := to_char(day, 'YYYY_MM');
        from_date := date_trunc('month', day::timestamp)::date;
        to_date := (from_date + interval '1 month')::date;
    END IF;
END
$$;

COMMENT ON FUNCTION recon.partition_range(date) IS
    'The partition of recon.break and recon.score for a day: the end of its name, its first day and the next one''s.';

-- Makes the partitions which a run is about to write into.
CREATE OR REPLACE FUNCTION recon.make_partitions(months date[]) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    month record;
    parent text;
    partition text;
BEGIN
    FOR month IN
        SELECT DISTINCT r.* FROM unnest(months) AS day, recon.partition_range(day) AS r ORDER BY r.from_date
    LOOP
        FOREACH parent IN ARRAY ARRAY['break', 'score'] LOOP
            partition := format('%s_%s', parent, month.suffix);
            CONTINUE WHEN to_regclass(format('recon.%I', partition)) IS NOT NULL;
            EXECUTE format('CREATE TABLE recon.%I PARTITION OF recon.%I FOR VALUES FROM (%L) TO (%L)',
                           partition, parent, month.from_date, month.to_date);
            EXECUTE format('ALTER TABLE recon.%I ENABLE ROW LEVEL SECURITY', partition);
            IF parent = 'break' THEN
                EXECUTE format('ALTER TABLE recon.%I ADD PRIMARY KEY (break_id)', partition);
                EXECUTE format('CREATE UNIQUE INDEX ON recon.%I (reconciliation_id, break_date, key_hash, occurrence)', partition);
                EXECUTE format('CREATE INDEX ON recon.%I (reconciliation_id, break_date) WHERE is_anomaly AND is_open', partition);
                -- In the order of recon.review_queue: its first rows are read, and no more.
                EXECUTE format('CREATE INDEX %I ON recon.%I (array_position(ARRAY[''critical'', ''high'', ''medium'', ''low''], severity),
                                score DESC NULLS LAST, break_id) WHERE is_anomaly AND is_open', partition || '_review', partition);
            ELSE
                EXECUTE format('CREATE INDEX ON recon.%I (break_id)', partition);
            END IF;
        END LOOP;
    END LOOP;
END
$$;

COMMENT ON FUNCTION recon.make_partitions(date[]) IS
    'Makes the partitions of recon.break and recon.score for the months of these dates, where missing.';

CREATE FUNCTION recon.partition_of(parent regclass, day date) RETURNS regclass
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found regclass;
BEGIN
    SELECT i.inhrelid INTO found
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = parent AND NOT i.inhdetachpending AND c.relkind = 'r'
      AND c.relname = format('%s_%s', split_part(parent::text, '.', 2), (recon.partition_range(day)).suffix);
    IF found IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('%s has no partition for %s', parent,
                             translate((recon.partition_range(day)).suffix, '_', '-')),
            HINT = 'Attach the partition of this month again, or rename a table that has its name.';
    END IF;
    RETURN found;
END
$$;

COMMENT ON FUNCTION recon.partition_of(regclass, date) IS
    'The partition of recon.break or recon.score that recon.make_partitions made for the month of this day.';

-- recon_detect takes it for its transaction, a worker of the queue for its session.
CREATE FUNCTION recon.lock_class() RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN 'recon.run'::regclass::oid::integer;

COMMENT ON FUNCTION recon.lock_class() IS
    'First number of the advisory locks on reconciliations that are being judged; the second is the reconciliation''s.';

CREATE FUNCTION recon.announce_run(run bigint) RETURNS void
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pg_notify('recon_run', jsonb_build_object('run', u.run_id, 'reconciliation', r.reconciliation_name,
                                                     'status', u.status, 'anomalies', u.anomalies)::text)
    FROM recon.run u JOIN recon.reconciliation r USING (reconciliation_id) WHERE u.run_id = run
$$;

COMMENT ON FUNCTION recon.announce_run(bigint) IS
    'Tells who listens to recon_run, once the transaction commits, how a run ended.';

COMMENT ON FUNCTION recon_detect(text, text, text, date, date, text, timestamptz, boolean) IS
$$Judges the breaks of a reconciliation: one row for each break of the target window, in order of date and key.
name: a reconciliation of recon_create. history and target: relations to compare instead (without a name the columns' roles are guessed and nothing is stored).
from_date, to_date: the target window; by default the dates after the newest one judged, on the first run the newest date, and of earlier dates the rows that were loaded since where a loaded_at_column is known. Rows before it are the history.
Rows dated after the reconciliation's today (by its time zone; with as_of, after that day) are left out and counted
in a NOTICE, unless from_date or to_date lies beyond it too.
strategy: conservative, balanced, sensitive or one's own, instead of the reconciliation's. as_of: judge as if it were then (rows loaded later are left out where a loaded_at_column is known); with from_date or to_date a NOTICE says how many source rows have changed since a stored run judged these dates.
persist: store the run and its breaks (needs level operator); otherwise, and in a read-only transaction, break_id is NULL for breaks never stored.
score is -log10(p_value); a break is anomalous when its q_value is at most the strategy's alpha, it is material, and its pattern is not quiet. No row is a valid answer.$$;

CREATE OR REPLACE FUNCTION recon.date_expression(relation regclass, d recon.reconciliation) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN d.date_column IS NULL THEN NULL
        ELSE CASE recon.column_type(relation, d.date_column)
            WHEN 'date'::regtype THEN format('%I', d.date_column)
            WHEN 'timestamp'::regtype THEN format('%I::date', d.date_column)
            WHEN 'timestamptz'::regtype THEN recon.local_time(format('%I', d.date_column), d.time_zone) || '::date'
            ELSE format('recon.parse_date(%I::text, %L)', d.date_column, d.date_format) END END
$$;

-- Derived columns and criteria pairs go together where there are as many of one as of the other.
CREATE OR REPLACE FUNCTION recon.mismatch_expression(relation regclass, d recon.reconciliation) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN cardinality(d.derived_columns) > 0
                 AND cardinality(d.criteria_columns) = 2 * cardinality(d.derived_columns)
                 AND (SELECT bool_and(recon.amount_expression(relation, d.decimal_signs, c) IS NOT NULL) FROM unnest(d.criteria_columns) c)
        THEN (SELECT string_agg(format('(abs(%1$s) - abs(%2$s - %3$s)) NOT BETWEEN -%4$L::numeric AND %4$L::numeric',
                         recon.amount_expression(relation, d.decimal_signs, d.derived_columns[i]),
                         recon.amount_expression(relation, d.decimal_signs, d.criteria_columns[2 * i - 1]),
                         recon.amount_expression(relation, d.decimal_signs, d.criteria_columns[2 * i]),
                         coalesce((d.measures->(i::integer - 1)->>'tolerance')::numeric, 0)), ' OR ')
              FROM generate_subscripts(d.derived_columns, 1) i)
        ELSE 'false' END
$$;

CREATE FUNCTION recon.unreadable_condition(relation regclass, d recon.reconciliation, decimal_signs jsonb, others regclass) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(format('%s IS NULL AND %I ~ ''\S''', recon.amount_expression(relation, decimal_signs, c), c), ' OR ' ORDER BY c COLLATE "C")
    FROM (SELECT DISTINCT unnest(d.criteria_columns || d.derived_columns) AS c) AS amounts
    WHERE recon.is_text(recon.column_type(relation, c)) AND decimal_signs ? c
      AND (others IS NULL OR recon.is_number(recon.column_type(others, c)))
$$;

COMMENT ON FUNCTION recon.unreadable_condition(regclass, recon.reconciliation, jsonb, regclass) IS
    'The condition under which an amount of a row is kept as text that is no number and not blank; NULL where no amount is text. With another relation: of those amounts only which are numbers there.';

CREATE FUNCTION recon.target_signs(target_guess jsonb, d recon.reconciliation) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_object_agg(c, coalesce(target_guess->'decimal_signs'->>c, d.decimal_signs->>c, '.'))
    FROM unnest(d.criteria_columns || d.derived_columns) AS c
$$;

COMMENT ON FUNCTION recon.target_signs(jsonb, recon.reconciliation) IS
    'Decimal signs of a target''s amounts: as its values show, else as in the history, else a point.';

-- Amounts and dates that one relation keeps as text and the other does not, or writes in another way, are
-- read as numbers and dates, not cast: one text that is none would be the end of the run.
CREATE FUNCTION recon.target_expression(
    relation regclass, target regclass, d recon.reconciliation, target_guess jsonb, column_name text
) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    here regtype := recon.column_type(relation, column_name);
    there regtype := recon.column_type(target, column_name);
    type_name text := (SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
                       WHERE a.attrelid = relation AND a.attname = column_name);
    is_amount boolean := column_name = ANY (d.criteria_columns || d.derived_columns);
    here_sign text := d.decimal_signs->>column_name;
    there_sign text := recon.target_signs(target_guess, d)->>column_name;
    expression text := format('%I', column_name);
BEGIN
    IF is_amount AND recon.is_number(here) AND recon.is_text(there) THEN
        expression := format('recon.parse_number(%I::text, %L)', column_name, there_sign);
    ELSIF is_amount AND recon.is_number(there) AND here_sign = ',' THEN
        expression := format('replace(%I::text, ''.'', '','')', column_name);
    ELSIF is_amount AND recon.is_text(there) AND here_sign <> there_sign THEN
        expression := format('coalesce(replace(recon.parse_number(%1$I::text, %2$L)::text, ''.'', %3$L), %1$I::text)',
                             column_name, there_sign, here_sign);
    ELSIF column_name = d.date_column AND recon.is_text(there) AND NOT recon.is_text(here) THEN
        expression := format('recon.parse_date(%I::text, %L)', column_name, coalesce(
            CASE WHEN target_guess->>'date_column' = column_name THEN target_guess->>'date_format' END, 'YYYY-MM-DD'));
    END IF;
    RETURN format('%s::%s', expression, type_name);
END
$$;

COMMENT ON FUNCTION recon.target_expression(regclass, regclass, recon.reconciliation, jsonb, text) IS
    'The expression that gives a column of the target in the type, and with the decimal sign, that the history has.';

-- Amounts of different currencies are never in one history.
CREATE FUNCTION recon.grouping_columns(d recon.reconciliation) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN d.key_columns || CASE WHEN d.currency_column IS NULL OR d.currency_column = ANY (d.key_columns)
                                 THEN '{}'::text[] ELSE ARRAY[d.currency_column] END;

COMMENT ON FUNCTION recon.grouping_columns(recon.reconciliation) IS
    'The columns of which every combination of values has a history of its own: the key columns and the currency.';

CREATE FUNCTION recon.judged_values(d recon.reconciliation) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN ARRAY(SELECT m->>'expression' FROM jsonb_array_elements(d.measures) m)
        || ARRAY(SELECT format('%I', c) FROM unnest(d.criteria_columns) c);

COMMENT ON FUNCTION recon.judged_values(recon.reconciliation) IS
    'The expressions a scan reads from a row: its measures, then what tells duplicates of one date apart.';

-- What every scan has in common, whatever it reads.
CREATE FUNCTION recon.grouped_scan(
    d recon.reconciliation, relation regclass, at text, is_target text, unreadable text, source text, row_rules text
) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    keys text;
    key_json text;
    pool_json text;
BEGIN
    SELECT string_agg(format('%I', k), ', ' ORDER BY n),
           string_agg(format('%L, %s', k, recon.canonical_text(relation, k)), ', ' ORDER BY n)
    INTO keys, key_json
    FROM unnest(recon.grouping_columns(d)) WITH ORDINALITY AS u(k, n);
    SELECT string_agg(format('%L, %s', k, recon.canonical_text(relation, k)), ', ' ORDER BY n) INTO pool_json
    FROM unnest(d.pool_by) WITH ORDINALITY AS u(k, n);
    RETURN format(
        'SELECT jsonb_build_object(%s) AS key, %s AS pool, %s AS currency, '
        'recon.key_series(%s, %s, %s, %s, %s, %s) AS series, '
        'NULL::bigint AS rows_read, NULL::bigint AS rows_without_date, %s AS rows_unreadable, recon.key_mark(%s) AS key_mark '
        'FROM %s GROUP BY %s',
        key_json,
        coalesce('jsonb_build_object(' || pool_json || ')::text', 'NULL::text'),
        CASE WHEN d.currency_column IS NULL THEN 'NULL::text'
             ELSE format('%I::text', d.currency_column) END,
        at, d.break_condition, is_target,
        coalesce(format('CASE WHEN %s THEN 1 ELSE 0 END + ', recon.mismatch_expression(relation, d)) || row_rules, recon.mismatch_expression(relation, d)),
        jsonb_array_length(d.measures),
        array_to_string(recon.judged_values(d), ', '),
        coalesce('count(*) FILTER (WHERE ' || unreadable || ')', '0::bigint'), keys, source, keys);
END
$$;

COMMENT ON FUNCTION recon.grouped_scan(recon.reconciliation, regclass, text, text, text, text, text) IS
    'The statement that reads rows with the columns of a relation out of a FROM clause (with WHERE): key, pool of peers, currency, rows as a recon_series, and row counts, grouped by key.';

-- One scan, grouped by key: each key's rows as a recon_series.
CREATE FUNCTION recon.scan_statement(
    d recon.reconciliation, relation regclass, target regclass, as_of timestamptz, to_date date, after date DEFAULT NULL,
    rules jsonb DEFAULT '{}', among text DEFAULT NULL, is_target text DEFAULT 'true'
) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    needed text[];
    target_guess jsonb;
    unreadable text := recon.unreadable_condition(relation, d, d.decimal_signs, NULL);
    unreadable_target text; -- amounts that are numbers in the history and texts in the target
    is_unreadable text := 'recon_is_unreadable';
    source text;
    at text := recon.date_expression(relation, d);
    today date := (coalesce(as_of, now()) AT TIME ZONE d.time_zone)::date;
    filters text[] := '{}';
BEGIN
    IF target IS NULL THEN
        source := format('%s AS source', recon.qualified_name(relation));
    ELSE
        -- The columns both have, the target's in the types of the history.
        SELECT array_agg(a.attname ORDER BY a.attnum) INTO needed
        FROM pg_attribute a JOIN pg_attribute b ON b.attrelid = target AND b.attname = a.attname
             AND b.attnum > 0 AND NOT b.attisdropped
        WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped;
        is_target := 'recon_is_target';
        WHILE is_target = ANY (needed) LOOP
            is_target := is_target || '_';
        END LOOP;
        IF EXISTS (SELECT FROM unnest(d.criteria_columns || d.derived_columns || d.date_column) c
                   WHERE recon.is_text(recon.column_type(target, c))) THEN
            target_guess := recon.guess_definition(target, d.owner);
        END IF;
        unreadable_target := recon.unreadable_condition(target, d, recon.target_signs(target_guess, d), relation);
        IF unreadable_target IS NOT NULL THEN
            WHILE is_unreadable = ANY (needed) LOOP
                is_unreadable := is_unreadable || '_';
            END LOOP;
            unreadable := concat_ws(' OR ', unreadable, is_unreadable);
        END IF;
        source := format('(SELECT %s, false AS %I' || CASE WHEN unreadable_target IS NULL THEN '' ELSE format(', false AS %I', is_unreadable) END
            || ' FROM %s UNION ALL SELECT %s, true' || coalesce(', ' || replace(unreadable_target, '%', '%%'), '') || ' FROM %s) AS source',
            (SELECT string_agg(format('%I', c), ', ') FROM unnest(needed) c), is_target, recon.qualified_name(relation),
            (SELECT string_agg(recon.target_expression(relation, target, d, target_guess, c), ', ' ORDER BY n)
             FROM unnest(needed) WITH ORDINALITY AS u(c, n)), recon.qualified_name(target));
    END IF;
    IF at IS NULL THEN
        at := CASE WHEN target IS NULL THEN format('%L::date', today)
                   ELSE format('(CASE WHEN %s THEN %L::date ELSE %L::date END)', is_target, today, today - 1) END;
    END IF;
    IF to_date IS NOT NULL AND d.date_column IS NOT NULL THEN
        filters := filters || format('(%s <= %L OR %1$s IS NULL)', at, to_date);
    END IF;
    IF after IS NOT NULL THEN
        filters := filters || format('%s > %L AND %1$s < ''infinity''', at, after);
    END IF;
    IF among IS NOT NULL THEN
        filters := filters || among;
    END IF;
    IF as_of IS NOT NULL AND d.loaded_at_column IS NOT NULL THEN
        filters := filters || format('%I <= %L::timestamptz', d.loaded_at_column, as_of);
    END IF;
    RETURN recon.grouped_scan(d, relation, at, is_target, unreadable,
        source || CASE WHEN cardinality(filters) > 0 THEN ' WHERE ' || array_to_string(filters, ' AND ') ELSE '' END,
        recon.found_expression(relation, d, rules));
END
$$;

COMMENT ON FUNCTION recon.scan_statement(recon.reconciliation, regclass, regclass, timestamptz, date, date, jsonb, text, text) IS
    'The one statement that reads the source, or its rows dated after a date (and among some of them only): key, pool of peers, currency, rows as a recon_series (judged are those of a condition, or of the target), how many of them are unreadable, grouped by key.';

-- Late rows: dated up to the newest date judged, loaded since.

-- Of a date all that is known is that the row was there when the day was over.
CREATE FUNCTION recon.loaded_at_expression(relation regclass, d recon.reconciliation) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE recon.column_type(relation, d.loaded_at_column)
        WHEN 'timestamptz'::regtype THEN format('%I', d.loaded_at_column)
        WHEN 'timestamp'::regtype THEN recon.moment_of(format('%I', d.loaded_at_column), d.time_zone)
        WHEN 'date'::regtype
            THEN recon.moment_of(recon.timestamp_of(format('%I', d.loaded_at_column), 1), d.time_zone) END
$$;

COMMENT ON FUNCTION recon.loaded_at_expression(regclass, recon.reconciliation) IS
    'The expression that gives the moment at which a row was loaded; NULL where no column says so, or in another type than a date or a moment.';

-- A row is visible once its transaction commits, and says at what time it was loaded before that: rows of
-- transactions that are under way when a run reads are late for it, however long ago these began.
CREATE FUNCTION recon.all_loaded_before() RETURNS timestamptz
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_stat_clear_snapshot();
    RETURN least(
        CASE WHEN current_setting('transaction_isolation') IN ('read committed', 'read uncommitted')
             THEN statement_timestamp() ELSE transaction_timestamp() END,
        (SELECT min(a.xact_start) FROM pg_stat_get_activity(NULL) a
         WHERE a.datid = (SELECT b.oid FROM pg_database b WHERE b.datname = current_database())
           AND a.pid <> pg_backend_pid() AND a.backend_type <> 'autovacuum worker'));
END
$$;

COMMENT ON FUNCTION recon.all_loaded_before() IS
    'A moment before which no row was loaded that this statement does not see: it, or the oldest transaction under way, began then.';

-- A run over certain dates tells of these only: rows of other dates that were loaded before it are late still.
CREATE FUNCTION recon.late_plan(
    d recon.reconciliation, relation regclass, newest_judged date, OUT since_run bigint, OUT through date, OUT condition text
)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    at text := recon.date_expression(relation, d);
    loaded_at text := recon.loaded_at_expression(relation, d);
    since timestamptz;
    judged_later text;
BEGIN
    IF newest_judged IS NULL OR at IS NULL OR loaded_at IS NULL THEN
        RETURN;
    END IF;
    -- The last run that would have judged late rows; where there was none, the first run of all. What
    -- earlier releases have judged does not say so.
    SELECT r.run_id, coalesce(r.loaded_before, r.started_at) INTO since_run, since
    FROM recon.run r
    WHERE r.reconciliation_id = d.reconciliation_id AND r.status = 'succeeded' AND NOT r.is_watch
    ORDER BY r.late_rows IS NOT NULL OR r.loaded_before IS NULL DESC,
             CASE WHEN r.late_rows IS NOT NULL OR r.loaded_before IS NULL THEN coalesce(r.loaded_before, r.started_at) END DESC,
             r.started_at, r.run_id DESC
    LIMIT 1;
    SELECT max(r.judged_through) INTO through FROM recon.run r JOIN recon.run last ON last.run_id = since_run
    WHERE r.reconciliation_id = d.reconciliation_id AND r.status = 'succeeded' AND NOT r.is_watch
      AND r.started_at <= last.started_at;
    SELECT string_agg(format('WHEN %s BETWEEN %L AND %L THEN %L::timestamptz', at, u.from_date, u.to_date, u.moment),
                      ' ' ORDER BY u.moment DESC, u.from_date, u.to_date)
    INTO judged_later
    FROM (SELECT r.from_date, r.to_date, max(r.loaded_before) AS moment FROM recon.run r
          WHERE r.reconciliation_id = d.reconciliation_id AND r.status = 'succeeded' AND NOT r.is_watch
            AND r.to_date IS NOT NULL AND r.loaded_before > since
          GROUP BY r.from_date, r.to_date) AS u;
    condition := format('(%s > %L OR %s >= %L::timestamptz', at, newest_judged, loaded_at, since)
        || CASE WHEN judged_later IS NULL THEN '' ELSE format(' AND %s >= CASE %s ELSE %L::timestamptz END', loaded_at, judged_later, since) END || ')';
END
$$;

COMMENT ON FUNCTION recon.late_plan(recon.reconciliation, regclass, date) IS
    'Which rows a run judges by default where it is known when rows were loaded: the condition, the run since which late ones were loaded, and the newest date that had been judged then; NULL where late rows are not known.';

CREATE FUNCTION recon.source_fingerprint(d recon.reconciliation) RETURNS text
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    RETURN md5(recon.scan_statement(d, to_regclass(d.source), NULL, NULL, NULL));

COMMENT ON FUNCTION recon.source_fingerprint(recon.reconciliation) IS
    'Digest of the statement that reads the source of a reconciliation: its columns, measures and break rule.';

CREATE FUNCTION recon.replayed_run(
    reconciliation integer, from_date date, to_date date, as_of timestamptz,
    OUT run_id bigint, OUT is_of_this_definition boolean, OUT dated_rows bigint, OUT rows_sketch bytea
) RETURNS SETOF record
    LANGUAGE sql VOLATILE ROWS 1 SET search_path = pg_catalog, pg_temp
AS $$
    SELECT u.run_id, u.source_fingerprint = recon.source_fingerprint(r),
           u.rows_read - u.rows_without_date - coalesce(u.rows_in_future, 0), u.rows_sketch
    FROM recon.run u JOIN recon.reconciliation r USING (reconciliation_id)
    WHERE u.reconciliation_id = replayed_run.reconciliation AND u.status = 'succeeded' AND NOT u.is_watch
      AND u.rows_sketch IS NOT NULL AND u.started_at <= replayed_run.as_of
      AND u.from_date >= coalesce(replayed_run.from_date, u.to_date) AND u.to_date <= coalesce(replayed_run.to_date, u.to_date)
      AND num_nonnulls(replayed_run.from_date, replayed_run.to_date) > 0
    ORDER BY u.to_date DESC, u.run_id DESC LIMIT 1
$$;

COMMENT ON FUNCTION recon.replayed_run(integer, date, date, timestamptz) IS
    'The newest run that had judged dates within a window by a moment, and what it remembers of the rows it read; no row where there is none.';

CREATE FUNCTION recon.check_run(
    name text, history text, target text, from_date date, to_date date, persist boolean
) RETURNS recon.reconciliation
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation;
BEGIN
    IF from_date > to_date THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'from_date must not be after to_date',
            DETAIL = format('From %s to %s.', from_date, to_date);
    END IF;
    IF name IS NULL THEN
        RETURN d;
    END IF;
    d := recon.find_reconciliation(name, 'viewer');
    IF coalesce(persist, true) THEN
        PERFORM recon.require_access(d.reconciliation_id, 'operator');
    END IF;
    IF NOT d.is_active THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('reconciliation "%s" is not active', name),
            HINT = 'Activate it with recon_alter(name, is_active => true).';
    END IF;
    IF history IS NOT NULL OR target IS NOT NULL THEN
        -- Relations of the caller's choice are read with the owner's rights: only the owner may choose.
        PERFORM recon.require_ownership(d, 'what is read');
    END IF;
    RETURN d;
END
$$;

COMMENT ON FUNCTION recon.check_run(text, text, text, date, date, boolean) IS
    'The reconciliation of a name (NULL without a name), if the caller may have it judged like this.';

CREATE FUNCTION recon.strategy_copy(s recon.strategy, d recon.reconciliation) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN jsonb_build_object('strategy_name', s.strategy_name, 'version', s.version, 'alpha', s.alpha,
        'detectors', s.detectors, 'history_rows', s.history_rows, 'combination', s.combination, 'scores', s.scores,
        'rules', recon.effective_rules(s, d),
        'minimum_amount', coalesce(d.minimum_amount, s.minimum_amount))
        || CASE WHEN d.minimum_amounts IS NULL THEN '{}' ELSE jsonb_build_object('minimum_amounts', d.minimum_amounts) END;

COMMENT ON FUNCTION recon.strategy_copy(recon.strategy, recon.reconciliation) IS
    'What a run keeps of the strategy it uses, with the reconciliation''s own floors of materiality and rules.';

CREATE FUNCTION recon.minimum_amount_of(strategy_copy jsonb, currency text) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce((strategy_copy->'minimum_amounts'->>currency)::numeric, (strategy_copy->>'minimum_amount')::numeric);

COMMENT ON FUNCTION recon.minimum_amount_of(jsonb, text) IS
    'From which amount on a break of a currency (NULL: of none) is material, by a run''s copy of its strategy.';

CREATE OR REPLACE FUNCTION recon.plan_run(
    name text, history text, target text, from_date date, to_date date,
    strategy text, as_of timestamptz, persist boolean
) RETURNS recon.run_plan
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation;
    s recon.strategy;
    relation regclass;
    target_relation regclass;
    rules jsonb;
    is_of_source boolean := name IS NOT NULL AND history IS NULL AND target IS NULL;
    late record;
    holidays date[];
    result recon.run_plan;
BEGIN
    d := recon.check_run(name, history, target, from_date, to_date, persist);
    IF name IS NOT NULL THEN
        relation := CASE WHEN history IS NULL THEN d.source::regclass ELSE recon.require_relation(history, d.owner) END;
    ELSE
        IF history IS NULL AND target IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = 'nothing to judge: neither a reconciliation nor a relation was named',
                HINT = 'Use recon_detect(''name''), or recon_detect(history => ''table'', target => ''table'').';
        END IF;
        relation := recon.require_relation(coalesce(history, target), recon.caller());
        d.reconciliation_name := NULL;
        d.owner := recon.caller();
        d.pool_by := '{}';
        d.strategy := 'balanced';
        d.time_zone := 'UTC';
        d := recon.guess_missing(relation, d, recon.caller());
        d := recon.complete_definition(relation, d);
        result.advice := format('nothing is stored without a name; to keep verdicts: SELECT recon_create(''...'', source => %L)',
                                relation::text);
    END IF;
    IF target IS NOT NULL AND (history IS NOT NULL OR name IS NOT NULL) THEN
        target_relation := recon.require_relation(target, d.owner);
        PERFORM recon.require_columns(target_relation, d.key_columns || d.derived_columns || d.criteria_columns
            || array_remove(ARRAY[d.date_column, d.currency_column], NULL), 'the definition');
    END IF;
    s := recon.strategy_as_of(coalesce(strategy, d.strategy), as_of);

    result.reconciliation_id := d.reconciliation_id;
    result.reconciliation_name := d.reconciliation_name;
    result.reader := d.owner;
    rules := recon.applicable_rules(s, d, relation);
    PERFORM recon.require_rules(relation, d, rules);
    IF target_relation IS NOT NULL THEN
        PERFORM recon.require_rules(target_relation, d, rules);
    END IF;
    result.scan := recon.scan_statement(d, relation, target_relation, as_of, to_date, NULL, rules);
    result.measures := ARRAY(SELECT m->>'name' FROM jsonb_array_elements(d.measures) m);
    result.tolerances := ARRAY(SELECT (m->>'tolerance')::float8 FROM jsonb_array_elements(d.measures) m);
    holidays := recon.known_holidays(d.calendar, as_of);
    result.strategy := recon.strategy_copy(s, d) || CASE WHEN d.calendar IS NULL THEN '{}' ELSE jsonb_build_object('calendar',
        jsonb_build_object('name', d.calendar, 'holidays', cardinality(holidays), 'digest', md5(to_jsonb(holidays)::text))) END;
    result.alpha := s.alpha;
    result.weights := ARRAY(SELECT recon.detector_weight(s.detectors, detector_name)
                            FROM unnest(ARRAY['baseline', 'frequency', 'drift', 'volatility', 'partners', 'forest', 'distance']) detector_name);
    result.minimum_amount := coalesce(d.minimum_amount, s.minimum_amount);
    result.history_rows := s.history_rows;
    result.judging := jsonb_build_object('combination', s.combination, 'forest', recon.forest_options(s), 'scores', s.scores, 'rules', recon.rule_plan(rules, as_of),
        'own_detectors', recon.own_detector_plan(s, rules, d.owner), 'holidays', to_jsonb(holidays),
        'today', (coalesce(as_of, now()) AT TIME ZONE d.time_zone)::date);
    result.from_date := from_date;
    result.to_date := to_date;
    result.newest_judged := (SELECT max(r.judged_through) FROM recon.run r
        WHERE r.reconciliation_id = d.reconciliation_id AND r.status = 'succeeded' AND NOT r.is_watch);
    result.separate_target := target_relation IS NOT NULL;
    result.persist := coalesce(persist, true) AND d.reconciliation_id IS NOT NULL;
    IF is_of_source AND as_of IS NULL AND d.date_column IS NOT NULL THEN
        result.baseline := recon.baseline_plan(d, s, from_date, to_date, result.newest_judged, result.scan, rules, holidays);
    END IF;
    IF is_of_source AND recon.loaded_at_expression(relation, d) IS NOT NULL THEN
        -- What is loaded at the moment that is judged belongs to it.
        result.judging := result.judging
            || jsonb_build_object('loaded_before', least(as_of + interval '1 microsecond', recon.all_loaded_before()));
        IF from_date IS NULL AND to_date IS NULL THEN
            late := recon.late_plan(d, relation, result.newest_judged);
            result.judging := result.judging || jsonb_build_object('late_rows', jsonb_build_object(
                'since_run', late.since_run, 'through', late.through - '2000-01-01'::date));
            IF late.condition IS NOT NULL THEN
                result.scan := recon.scan_statement(d, relation, NULL, as_of, NULL, NULL, rules, NULL, late.condition);
                -- What the baselines do not know of earlier dates may be late: the whole history tells.
                IF (result.baseline->>'through')::integer < result.newest_judged - '2000-01-01'::date THEN
                    result.baseline := result.baseline - '{through}'::text[];
                END IF;
            END IF;
        END IF;
    END IF;
    RETURN result;
END
$$;

-- What a run leaves for the next one: a baseline of each key, and what is usual over all keys. A cache:
-- every row of it can be made again from the source, no answer depends on whether it is there, and no
-- dump carries it.

CREATE TABLE recon.fit (
    reconciliation_id   integer PRIMARY KEY,
    run_id              bigint NOT NULL,
    fingerprint         text NOT NULL,
    through             date NOT NULL,
    rows                bigint NOT NULL,
    keys                bigint NOT NULL,
    fitted_rows         bigint NOT NULL,
    state               bytea NOT NULL,
    updated_at          timestamptz NOT NULL DEFAULT now(),
    horizon             xid8,
    source              text,
    holidays            date[]
);

COMMENT ON TABLE recon.fit IS
    'What is usual over all keys of a reconciliation, and of which rows its stored baselines are made. A cache, not part of dumps.';

COMMENT ON COLUMN recon.fit.run_id IS 'the run that wrote the baselines last';

COMMENT ON COLUMN recon.fit.fingerprint IS 'digest of the definition, as far as the baselines depend on it';

COMMENT ON COLUMN recon.fit.through IS 'the baselines know every row dated up to it';

COMMENT ON COLUMN recon.fit.rows IS 'how many rows that are';

COMMENT ON COLUMN recon.fit.keys IS 'how many keys have them';

COMMENT ON COLUMN recon.fit.fitted_rows IS 'of how many rows, the oldest, it was learned what is usual';

COMMENT ON COLUMN recon.fit.state IS 'what is usual, a digest of the rows that the baselines know, and how many keys their newest dates have';

COMMENT ON COLUMN recon.fit.source IS 'the table they were read from and its columns, by number: another one of the same name holds other rows';

COMMENT ON COLUMN recon.fit.holidays IS 'of the calendar by which they were made';

COMMENT ON COLUMN recon.fit.horizon IS 'every transaction before it had ended when the rows were read; NULL where that is not known';

-- States of some kilobytes stay in the row, as they are: they do not compress, and are read one by one. Pages are
-- filled by half, so that the states of the next day find room beside those of today, without a new entry in the index.
CREATE TABLE recon.baseline (
    reconciliation_id   integer NOT NULL,
    key_hash            bigint NOT NULL,
    key                 jsonb NOT NULL,
    history_n           bigint NOT NULL,
    state               bytea NOT NULL,
    PRIMARY KEY (reconciliation_id, key_hash)
) WITH (toast_tuple_target = 8160, fillfactor = 45);

ALTER TABLE recon.baseline ALTER COLUMN state SET STORAGE EXTERNAL;

COMMENT ON TABLE recon.baseline IS
    'What is remembered of each key, enough to judge its next row without its history. A cache, not part of dumps.';

COMMENT ON COLUMN recon.baseline.history_n IS 'rows of the key so far';

ALTER TABLE recon.fit ENABLE ROW LEVEL SECURITY;

CREATE POLICY visible ON recon.fit FOR SELECT USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

ALTER TABLE recon.baseline ENABLE ROW LEVEL SECURITY;

CREATE POLICY visible ON recon.baseline FOR SELECT USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

CREATE FUNCTION recon.digest_statement(d recon.reconciliation, relation regclass, through date, to_date date) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('SELECT recon.rows_digest(%L, %s, %s, %s, %s, %s, %s, %s) AS rows_seen, %s AS rows_unreadable FROM %s AS source%s',
        through, at, d.break_condition, recon.mismatch_expression(relation, d), jsonb_array_length(d.measures),
        cardinality(d.criteria_columns), array_to_string(recon.judged_values(d), ', '),
        (SELECT string_agg(format('%I', k), ', ' ORDER BY n) FROM unnest(recon.grouping_columns(d)) WITH ORDINALITY AS u(k, n)),
        coalesce('count(*) FILTER (WHERE ' || recon.unreadable_condition(relation, d, d.decimal_signs, NULL) || ')', '0::bigint'),
        recon.qualified_name(relation),
        CASE WHEN to_date IS NULL THEN '' ELSE format(' WHERE %s <= %L OR %1$s IS NULL', at, to_date) END)
    FROM recon.date_expression(relation, d) AS at
$$;

COMMENT ON FUNCTION recon.digest_statement(recon.reconciliation, regclass, date, date) IS
    'The statement that tells whether the rows up to a date are still those that the baselines are made of, and counts the others.';

CREATE FUNCTION recon.known_rows_transition(internal, date, date, tid, xid, xid8)
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_known_rows_transition';

CREATE FUNCTION recon.known_rows_combine(internal, internal)
    RETURNS internal LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_known_rows_combine';

CREATE FUNCTION recon.known_rows_serialize(internal)
    RETURNS bytea LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_known_rows_serialize';

CREATE FUNCTION recon.known_rows_deserialize(bytea, internal)
    RETURNS internal LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_known_rows_deserialize';

CREATE FUNCTION recon.known_rows_final(internal)
    RETURNS bigint[] LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_known_rows_final';

COMMENT ON FUNCTION recon.known_rows_transition(internal, date, date, tid, xid, xid8) IS 'Adds one row to the state of recon.known_rows.';

COMMENT ON FUNCTION recon.known_rows_combine(internal, internal) IS 'Joins the states of two parallel workers or partitions.';

COMMENT ON FUNCTION recon.known_rows_serialize(internal) IS 'State to bytes, for parallel plans.';

COMMENT ON FUNCTION recon.known_rows_deserialize(bytea, internal) IS 'Bytes to state, for parallel plans.';

COMMENT ON FUNCTION recon.known_rows_final(internal) IS 'The numbers of a state.';

CREATE AGGREGATE recon.known_rows(through date, at date, place tid, written_by xid, horizon xid8) (
    SFUNC = recon.known_rows_transition, STYPE = internal,
    COMBINEFUNC = recon.known_rows_combine, SERIALFUNC = recon.known_rows_serialize,
    DESERIALFUNC = recon.known_rows_deserialize,
    FINALFUNC = recon.known_rows_final, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE
);

COMMENT ON AGGREGATE recon.known_rows(date, date, tid, xid, xid8) IS
    'How many rows are dated up to "through", how many of these were written since the horizon, how many are dated later and not at all, and between which blocks of the table the later ones lie (the last not included). Errors: 22023 an argument other than "at" is NULL.';

-- A table that was renamed into the place of another, or columns that have changed names, leave no trace in the rows.
CREATE FUNCTION recon.source_identity(relation regclass) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('%s %s', relation::oid, md5(string_agg(format('%s %s %s', a.attnum, a.atttypid, a.attname), ',' ORDER BY a.attnum)))
    FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0
$$;

COMMENT ON FUNCTION recon.source_identity(regclass) IS
    'Tells a relation and its columns from others that have, or come to have, their names.';

-- By the transactions that wrote the rows of a plain table, which see nothing but the rows: what is made of a row must depend on
-- the row alone, and every row be there for everybody. Transaction numbers are compared over at most 2^31 of them.
CREATE FUNCTION recon.known_rows_statement(
    d recon.reconciliation, relation regclass, through date, to_date date, horizon xid8
) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('SELECT recon.known_rows(%L, %s, source.ctid, source.xmin, %L) AS rows_seen FROM ONLY %s AS source%s',
        through, at, horizon, recon.qualified_name(relation),
        CASE WHEN to_date IS NULL THEN '' ELSE format(' WHERE %s <= %L OR %1$s IS NULL', at, to_date) END)
    FROM recon.date_expression(relation, d) AS at, pg_class c
    WHERE c.oid = relation AND c.relkind = 'r' AND c.relam = (SELECT oid FROM pg_am WHERE amname = 'heap')
        AND NOT c.relrowsecurity AND NOT c.relhassubclass
        -- System columns are read by who may read the whole table.
        AND has_table_privilege(d.owner, relation, 'SELECT')
        AND recon.unreadable_condition(relation, d, d.decimal_signs, NULL) IS NULL
        AND pg_snapshot_xmax(pg_current_snapshot())::text::bigint - horizon::text::bigint < 2000000000
        AND recon.is_immutable(relation, format('ROW(%s, %s, %s, %s) IS NULL', at, d.break_condition,
            recon.mismatch_expression(relation, d), array_to_string(recon.judged_values(d), ', ')), d.owner)
$$;

COMMENT ON FUNCTION recon.known_rows_statement(recon.reconciliation, regclass, date, date, xid8) IS
    'The statement that tells by the transactions that wrote the rows whether those up to a date are still what the baselines are made of; NULL where they do not tell.';

-- The library is part of the fingerprint: another release may judge differently. What rules find of a row is no part of it.
CREATE FUNCTION recon.baseline_plan(
    d recon.reconciliation, s recon.strategy, from_date date, to_date date, newest_judged date, scan text, rules jsonb, holidays date[]
) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    relation regclass := d.source::regclass;
    made_from text := md5(concat_ws(' ', @extschema@.recon_version(), s.history_rows, recon.forest_options(s), d.measures::text,
                                      CASE WHEN to_date IS NULL AND NOT rules ?| '{other_period,time_of_day}' THEN scan
                                           ELSE recon.scan_statement(d, relation, NULL, NULL, NULL) END));
    usual recon.strategy := recon.current_strategy(d.strategy);
    is_usual boolean := s.history_rows = usual.history_rows AND recon.forest_options(s) = recon.forest_options(usual);
    known date;
    source_now text := recon.source_identity(relation);
    known_horizon xid8;
    among text := 'source.ctid >= $1 AND source.ctid < $2';
    block_scan text;
BEGIN
    SELECT f.through, CASE WHEN f.source = source_now THEN f.horizon END INTO known, known_horizon FROM recon.fit f
    WHERE f.reconciliation_id = d.reconciliation_id AND f.fingerprint = made_from
      AND recon.agree_through(f.holidays, baseline_plan.holidays, f.through);
    -- The window must lie after what the baselines know.
    IF from_date <= known OR to_date <= known OR from_date IS NULL AND coalesce(newest_judged < known, true) THEN
        known := NULL;
    END IF;
    IF known IS NOT NULL THEN
        block_scan := recon.scan_statement(d, relation, NULL, NULL, to_date, known, rules, among);
    END IF;
    -- This statement's snapshot is no later than that of the scan.
    RETURN jsonb_build_object('fingerprint', made_from, 'is_kept', is_usual, 'through', known - '2000-01-01'::date,
            'horizon', pg_snapshot_xmin(pg_current_snapshot())::text, 'source', source_now)
        || CASE WHEN known IS NULL THEN '{}' ELSE jsonb_build_object(
            'known_rows_scan', recon.known_rows_statement(d, relation, known, to_date, known_horizon),
            'digest_scan', recon.digest_statement(d, relation, known, to_date),
            'block_scan', block_scan,
            'scan', replace(block_scan, ' AND ' || among, '')) END;
END
$$;

COMMENT ON FUNCTION recon.baseline_plan(recon.reconciliation, recon.strategy, date, date, date, text, jsonb, date[]) IS
    'How a run can continue from the stored baselines: up to which date they know the rows (days since 2000-01-01), how to check these and read the others; what the run''s own baselines depend on, and whether they are to be kept.';

-- Runs in the background: recon_submit puts them into recon.run, CALL recon_work() carries them out.
--
-- What a worker does is spread over transactions. It claims a run (committed: everybody sees that it
-- runs), carries it out within one transaction (all of it, or nothing), and records how it ended. A
-- session lock per reconciliation says that the worker lives; the server takes it away with the
-- session, so that a run whose worker vanished is known by its lock being free.

CREATE FUNCTION recon_submit(
    name text, history text DEFAULT NULL, target text DEFAULT NULL,
    from_date date DEFAULT NULL, to_date date DEFAULT NULL, strategy text DEFAULT NULL,
    as_of timestamptz DEFAULT NULL
) RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_submit(text, text, text, date, date, text, timestamptz) IS
$$Puts a run of a reconciliation into the queue, with the arguments of recon_detect, and returns its number in recon.run. A worker (CALL recon_work()) carries it out with the submitter's rights, which are checked now and then. Needs level operator.
Who listens to recon_run is told when it has ended. Errors: those of recon_detect for wrong arguments.$$;

CREATE FUNCTION recon_retry(run bigint) RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_retry(bigint) IS
    'Puts a failed or cancelled run into the queue again, as a new run of the caller with the same arguments, and returns its number. Needs level operator.';

CREATE FUNCTION recon_cancel(run bigint) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_cancel(bigint) IS
    'Ends a queued or running run of the queue; it leaves no verdict. Takes effect when the calling transaction commits: within a fraction of a second, or of two seconds where the extension''s owner may not signal the worker. Needs level operator. Returns a sentence. Errors: 42704 no such run, 55000 it has ended or is not of the queue.';

CREATE FUNCTION recon_claim_run() RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_claim_run() IS
    'Part of recon_work: takes the oldest queued run which the caller may operate and whose reconciliation nobody is judging, marks it as running and returns its number; NULL where there is none. The session holds the reconciliation''s lock until recon_end_run. Runs whose worker vanished are marked as failed.';

CREATE FUNCTION recon_carry_out_run(run bigint) RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_carry_out_run(bigint) IS
    'Part of recon_work: carries out the run that this session has claimed and returns the number of its anomalies.';

CREATE FUNCTION recon_fail_run(run bigint, error_code text, message text, detail text, hint text) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_fail_run(bigint, text, text, text, text) IS
    'Part of recon_work: records that the run which this session has claimed failed, and why; as cancelled, where somebody asked for that. Returns its status.';

CREATE FUNCTION recon_end_run(run bigint) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_end_run(bigint) IS
    'Part of recon_work: lets go of the reconciliation of a run whose end is committed.';

CREATE FUNCTION recon.find_run(run bigint, level text) RETURNS recon.run
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_row recon.run;
BEGIN
    SELECT u.* INTO found_row FROM recon.run u WHERE u.run_id = run FOR UPDATE;
    IF found_row.run_id IS NULL OR NOT recon.has_access(recon.caller(), found_row.reconciliation_id, 'viewer') THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('run %s does not exist', coalesce(run::text, 'NULL')),
            HINT = 'See recon.run_summary for the runs there are.';
    END IF;
    PERFORM recon.require_access(found_row.reconciliation_id, level);
    RETURN found_row;
END
$$;

COMMENT ON FUNCTION recon.find_run(bigint, text) IS
    'A run, locked, if the caller has at least this level on its reconciliation.';

CREATE FUNCTION recon.recon_submit(
    name text, history text, target text, from_date date, to_date date, strategy text, as_of timestamptz
) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation;
    s recon.strategy;
    relation regclass;
    submitted bigint;
BEGIN
    IF name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'the name of a reconciliation is missing',
            HINT = 'What has no name is not stored: use recon_detect(history => ..., target => ...).';
    END IF;
    -- The worker has another search_path and no temporary tables of this session.
    IF history IS NOT NULL THEN
        relation := recon.require_relation(history, recon.caller());
        PERFORM recon.require_lasting(relation);
        history := recon.qualified_name(relation);
    END IF;
    IF target IS NOT NULL THEN
        relation := recon.require_relation(target, recon.caller());
        PERFORM recon.require_lasting(relation);
        target := recon.qualified_name(relation);
    END IF;
    d := recon.check_run(name, history, target, from_date, to_date, persist => true);
    s := recon.strategy_as_of(coalesce(strategy, d.strategy), as_of);
    INSERT INTO recon.run (reconciliation_id, status, strategy, arguments, run_by, submitted_at)
    VALUES (d.reconciliation_id, 'queued', recon.strategy_copy(s, d),
            jsonb_strip_nulls(jsonb_build_object('history', history, 'target', target, 'from_date', from_date,
                'to_date', to_date, 'strategy', strategy, 'as_of', as_of)),
            recon.caller(), clock_timestamp())
    RETURNING run_id INTO submitted;
    RETURN submitted;
END
$$;

COMMENT ON FUNCTION recon.recon_submit(text, text, text, date, date, text, timestamptz) IS 'Implementation of recon_submit.';

CREATE FUNCTION recon.recon_retry(run bigint) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u recon.run := recon.find_run(run, 'operator');
BEGIN
    IF u.arguments IS NULL OR u.status NOT IN ('failed', 'cancelled') THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('run %s has not failed', run),
            DETAIL = format('Its status is %s.', u.status),
            HINT = 'Put a new run into the queue with recon_submit.';
    END IF;
    RETURN recon.recon_submit(
        (SELECT r.reconciliation_name FROM recon.reconciliation r WHERE r.reconciliation_id = u.reconciliation_id),
        u.arguments->>'history', u.arguments->>'target', (u.arguments->>'from_date')::date,
        (u.arguments->>'to_date')::date, u.arguments->>'strategy', (u.arguments->>'as_of')::timestamptz);
END
$$;

COMMENT ON FUNCTION recon.recon_retry(bigint) IS 'Implementation of recon_retry.';

CREATE FUNCTION recon.recon_cancel(run bigint) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- The row stays locked until the caller commits: a worker that is about to record the end of the
    -- run waits, and the signal cannot reach it when it is already at another.
    u recon.run := recon.find_run(run, 'operator');
BEGIN
    IF u.status = 'queued' THEN
        UPDATE recon.run r SET status = 'cancelled', finished_at = clock_timestamp(), cancelled_by = recon.caller(),
            message = format('cancelled by %s before it began', recon.caller())
        WHERE r.run_id = u.run_id;
        PERFORM recon.announce_run(run);
        RETURN format('run %s will not be carried out', run);
    END IF;
    IF u.status <> 'running' THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('run %s has ended', run), DETAIL = format('Its status is %s.', u.status);
    END IF;
    IF recon.fail_abandoned(u) THEN
        RETURN format('run %s had lost its worker and is recorded as failed', run);
    END IF;
    UPDATE recon.run r SET cancelled_by = recon.caller() WHERE r.run_id = u.run_id;
    BEGIN
        PERFORM pg_cancel_backend(u.worker_pid);
    EXCEPTION WHEN insufficient_privilege THEN
        NULL; -- The run's progress process sees cancelled_by and ends it; at the latest the run does itself.
    END;
    RETURN format('run %s is being ended', run);
END
$$;

COMMENT ON FUNCTION recon.recon_cancel(bigint) IS 'Implementation of recon_cancel.';

CREATE FUNCTION recon.fail_abandoned(u recon.run) RETURNS boolean
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT pg_try_advisory_lock(recon.lock_class(), u.reconciliation_id) THEN
        RETURN false;
    END IF;
    UPDATE recon.run r SET status = 'failed', finished_at = clock_timestamp(),
        message = 'the session of its worker ended before the run did'
    WHERE r.run_id = u.run_id AND r.status = 'running';
    PERFORM recon.announce_run(u.run_id);
    PERFORM pg_advisory_unlock(recon.lock_class(), u.reconciliation_id);
    RETURN true;
END
$$;

COMMENT ON FUNCTION recon.fail_abandoned(recon.run) IS
    'Records a running run as failed if nobody works on it any more; whether that was so.';

CREATE FUNCTION recon.recon_claim_run() RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u recon.run;
    candidate record;
BEGIN
    -- A session lock outlives an error that ended recon_work: what this session still holds goes first.
    PERFORM pg_advisory_unlock(recon.lock_class(), l.objid::integer)
    FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.pid = pg_backend_pid() AND l.classid::integer = recon.lock_class()
      AND l.objsubid = 2 AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database());

    FOR u IN SELECT r.* FROM recon.run r WHERE r.status = 'running' AND r.arguments IS NOT NULL ORDER BY r.run_id LOOP
        PERFORM recon.fail_abandoned(u);
    END LOOP;

    FOR candidate IN SELECT r.run_id, r.reconciliation_id FROM recon.run r WHERE r.status = 'queued' ORDER BY r.run_id LOOP
        CONTINUE WHEN NOT recon.has_access(recon.caller(), candidate.reconciliation_id, 'operator');
        PERFORM FROM recon.run r WHERE r.run_id = candidate.run_id AND r.status = 'queued' FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND OR NOT pg_try_advisory_lock(recon.lock_class(), candidate.reconciliation_id);
        UPDATE recon.run r SET status = 'running', started_at = clock_timestamp(), worker_pid = pg_backend_pid()
        WHERE r.run_id = candidate.run_id;
        RETURN candidate.run_id;
    END LOOP;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION recon.recon_claim_run() IS 'Implementation of recon_claim_run.';

CREATE FUNCTION recon.claimed_run(run bigint) RETURNS recon.run
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u recon.run;
BEGIN
    SELECT r.* INTO u FROM recon.run r WHERE r.run_id = run;
    IF u.worker_pid IS DISTINCT FROM pg_backend_pid() OR u.arguments IS NULL
       OR NOT recon.has_access(recon.caller(), u.reconciliation_id, 'operator')
       OR NOT EXISTS (SELECT FROM pg_locks l
                      WHERE l.locktype = 'advisory' AND l.pid = pg_backend_pid() AND l.objsubid = 2
                        AND l.classid::integer = recon.lock_class() AND l.objid::integer = u.reconciliation_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('run %s is not claimed by this session', coalesce(run::text, 'NULL')),
            HINT = 'Use CALL recon_work().';
    END IF;
    RETURN u;
END
$$;

COMMENT ON FUNCTION recon.claimed_run(bigint) IS 'The run, if this session claimed it with recon_claim_run and has not let go of it.';

CREATE FUNCTION recon.carry_out_run(
    run bigint, submitter name, name text, history text, target text,
    from_date date, to_date date, strategy text, as_of timestamptz
) RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_carry_out_run';

COMMENT ON FUNCTION recon.carry_out_run(bigint, name, text, text, text, date, date, text, timestamptz) IS
    'Detection into a run that exists, on behalf of another role; arguments as in recon_detect. Returns the number of anomalies.';

CREATE FUNCTION recon.recon_carry_out_run(run bigint) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u recon.run := recon.claimed_run(run);
BEGIN
    IF u.status <> 'running' THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('run %s has ended', run), DETAIL = format('Its status is %s.', u.status);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = u.run_by) THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('role "%s", which submitted the run, does not exist', u.run_by),
            HINT = 'Put the run into the queue again as somebody else: SELECT recon_retry(' || run || ').';
    END IF;
    RETURN recon.carry_out_run(run, u.run_by,
        (SELECT r.reconciliation_name FROM recon.reconciliation r WHERE r.reconciliation_id = u.reconciliation_id),
        u.arguments->>'history', u.arguments->>'target', (u.arguments->>'from_date')::date,
        (u.arguments->>'to_date')::date, u.arguments->>'strategy', (u.arguments->>'as_of')::timestamptz);
END
$$;

COMMENT ON FUNCTION recon.recon_carry_out_run(bigint) IS 'Implementation of recon_carry_out_run.';

CREATE FUNCTION recon.recon_fail_run(run bigint, error_code text, message text, detail text, hint text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ended text;
BEGIN
    PERFORM recon.claimed_run(run);
    -- Waits for a recon_cancel that has sent its signal and not committed yet.
    UPDATE recon.run u SET
        status = CASE WHEN u.cancelled_by IS NULL THEN 'failed' ELSE 'cancelled' END,
        error_code = CASE WHEN u.cancelled_by IS NULL THEN recon_fail_run.error_code END,
        message = CASE WHEN u.cancelled_by IS NULL
                       THEN concat_ws('; ', recon_fail_run.message, nullif(detail, ''), nullif(hint, ''))
                       ELSE format('cancelled by %s', u.cancelled_by) END,
        finished_at = clock_timestamp()
    WHERE u.run_id = run AND u.status = 'running'
    RETURNING u.status INTO ended;
    PERFORM recon.announce_run(run);
    RETURN ended;
END
$$;

COMMENT ON FUNCTION recon.recon_fail_run(bigint, text, text, text, text) IS 'Implementation of recon_fail_run.';

CREATE FUNCTION recon.recon_end_run(run bigint) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u recon.run := recon.claimed_run(run);
BEGIN
    PERFORM pg_advisory_unlock(recon.lock_class(), u.reconciliation_id);
END
$$;

COMMENT ON FUNCTION recon.recon_end_run(bigint) IS 'Implementation of recon_end_run.';

-- Runs as its caller, with his search_path: every name is qualified. It must be called outside a
-- transaction block, because it commits.
CREATE PROCEDURE recon_work(
    detect text DEFAULT NULL, max_seconds double precision DEFAULT NULL, until_idle boolean DEFAULT true
)
    LANGUAGE plpgsql
AS $$
DECLARE
    began pg_catalog.timestamptz := pg_catalog.clock_timestamp();
    run bigint;
    code pg_catalog.text;
    message pg_catalog.text;
    detail pg_catalog.text;
    hint pg_catalog.text;
BEGIN
    IF detect IS NOT NULL THEN
        PERFORM @extschema@.recon_submit(detect);
    END IF;
    LOOP
        -- Progress and cancellation are seen as they are committed, whatever the session's default.
        COMMIT;
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        run := @extschema@.recon_claim_run();
        COMMIT;
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        IF run IS NULL THEN
            EXIT WHEN until_idle OR pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) began)
                OPERATOR(pg_catalog.>=) max_seconds;
            PERFORM pg_catalog.pg_sleep(1);
            CONTINUE;
        END IF;
        code := NULL;
        BEGIN
            PERFORM @extschema@.recon_carry_out_run(run);
        EXCEPTION WHEN OTHERS OR query_canceled THEN
            GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
                detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
        END;
        IF code IS NOT NULL THEN
            code := pg_catalog.concat_ws(' ', @extschema@.recon_fail_run(run, code, message, detail, hint), code);
        END IF;
        COMMIT;
        PERFORM @extschema@.recon_end_run(run);
        -- Who cancels the worker itself, or lets it run into a timeout, wants it to end.
        IF code OPERATOR(pg_catalog.=) 'failed 57014' THEN
            COMMIT;
            RAISE EXCEPTION USING ERRCODE = 'query_canceled', MESSAGE = message;
        END IF;
        EXIT WHEN pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) began)
            OPERATOR(pg_catalog.>=) max_seconds;
    END LOOP;
END
$$;

COMMENT ON PROCEDURE recon_work(text, double precision, boolean) IS
$$The worker: carries out queued runs, oldest first, each in a transaction of its own, and returns when the queue is empty. Several may work side by side; runs of one reconciliation never overlap. A run that fails is recorded with its error, and the next is taken.
detect: a reconciliation of which a run is put into the queue first, for a scheduled job. max_seconds: take no further run after so long. until_idle => false: wait for runs instead of returning.
Works on what the caller may operate. Call it outside a transaction block.$$;

-- One row, judged by what the last stored run left behind (61-baseline).

CREATE FUNCTION recon_score_row(name text, source_row "any") RETURNS TABLE (
    break_id bigint, key jsonb, break_date date, measure text,
    observed numeric, expected numeric, lower numeric, upper numeric, direction smallint,
    score double precision, p_value double precision, q_value double precision,
    is_anomaly boolean, severity text, pattern text, category text, flags text[], contributions jsonb,
    basis text, history_n integer, reason text, recommended_action text
)
    LANGUAGE c STABLE PARALLEL UNSAFE ROWS 1 AS 'MODULE_PATHNAME', 'recon_score_row';

COMMENT ON FUNCTION recon_score_row(text, "any") IS
$$Judges one row of a reconciliation by the baselines that the last stored run of recon_detect left behind, without reading the source; the row need not be in it. Columns are those of recon_detect, break_id always NULL. No row where it is no break.
source_row: a row of the source, or another record, json or jsonb with columns or keys of these names. What keys, criteria, derived values, date and currency are read from must be there; what else is missing is NULL.
A key without a baseline is judged by its peers. q_value is what the row would have in the place of a row of that run, or more. Nothing is stored. Needs level viewer.
Errors: 55000 there are no stored baselines (run recon_detect), or the row is dated before the newest one of its key; 22023 the name, the row or its date is NULL, or a column is missing.$$;

CREATE FUNCTION recon.row_statement(d recon.reconciliation, row_type regtype) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    relation regclass := d.source::regclass;
    is_whole boolean := row_type = (SELECT c.reltype FROM pg_class c WHERE c.oid = relation);
    fields text := CASE WHEN row_type IN ('jsonb'::regtype, 'json'::regtype, 'text'::regtype) THEN '$1::jsonb' ELSE 'to_jsonb($1)' END;
    needed text[] := d.key_columns || d.criteria_columns || d.derived_columns
        || array_remove(ARRAY[d.date_column, d.currency_column], NULL);
BEGIN
    RETURN format('SELECT scanned.*, %s AS missing FROM (%s) AS scanned',
        CASE WHEN is_whole THEN 'NULL::text'
             ELSE format('(SELECT string_agg(c, '', '') FROM unnest(%L::text[]) AS c WHERE NOT %s ? c)', needed, fields) END,
        recon.grouped_scan(d, relation, recon.date_expression(relation, d), 'true', NULL,
            CASE WHEN is_whole THEN '(SELECT ($1).*) AS source'
                 ELSE format('jsonb_populate_record(NULL::%s, %s) AS source', recon.qualified_name(relation), fields) END,
            recon.found_expression(relation, d, recon.applicable_rules(recon.current_strategy(d.strategy), d, relation))));
END
$$;

COMMENT ON FUNCTION recon.row_statement(recon.reconciliation, regtype) IS
    'The statement that reads one row, its parameter, as recon.scan_statement reads the source; its last column names the columns that the row lacks.';

-- Rows are judged as they are inserted: a statement-level trigger of the source has them judged by the
-- stored baselines. What it finds waits in a table of its own until a run of recon_detect judges the
-- rows together with all others, so that no verdict depends on whether somebody watched.

CREATE TABLE recon.watched_break (
    reconciliation_id   integer NOT NULL,
    run_id              bigint NOT NULL,
    key                 jsonb NOT NULL,
    break_date          date NOT NULL,
    measure             text NOT NULL,
    observed            numeric,
    expected            numeric,
    lower               numeric,
    upper               numeric,
    direction           smallint NOT NULL,
    score               double precision,
    p_value             double precision,
    q_value             double precision,
    is_anomaly          boolean NOT NULL,
    severity            text NOT NULL,
    pattern             text NOT NULL,
    category            text NOT NULL,
    flags               text[] NOT NULL,
    contributions       jsonb NOT NULL,
    basis               text NOT NULL,
    history_n           integer NOT NULL,
    reason              text NOT NULL,
    recommended_action  text NOT NULL,
    currency            text,
    written_by          xid8 NOT NULL,
    written_at          timestamptz NOT NULL
);

CREATE INDEX watched_break_by_date ON recon.watched_break (reconciliation_id, break_date);

COMMENT ON TABLE recon.watched_break IS
    'What recon_watch says of breaks as they are inserted. A row goes when a stored run judges its date with that break in it. Not part of dumps.';

COMMENT ON COLUMN recon.watched_break.run_id IS 'the run of the watch: one for each inserting statement';

COMMENT ON COLUMN recon.watched_break.written_by IS 'the transaction that inserted the row: a run knows by it whether it has read it';

ALTER TABLE recon.watched_break ENABLE ROW LEVEL SECURITY;

CREATE POLICY visible ON recon.watched_break FOR SELECT USING (reconciliation_id = ANY (ARRAY(SELECT recon.visible_to(current_user))));

CREATE FUNCTION recon_watch(name text) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_watch(text) IS
$$Judges rows as they are inserted into the source: a trigger has those of each INSERT or COPY judged like recon_score_row. Breaks go to recon.watched_break, the statement becomes a run with is_watch in recon.run, and who listens to recon_watch is told when the transaction commits.
An error of the watch is a WARNING and a failed run; it never fails the statement. The inserting role needs no right on recon. Later runs of recon_detect judge as if nobody had watched.
Needs level admin and the TRIGGER privilege on the source, which must be a table. Returns a sentence. Errors: 55000 no stored baselines yet, 42809 the source is a view or foreign table, 42501 no right.$$;

CREATE FUNCTION recon_unwatch(name text) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_unwatch(text) IS
    'Ends what recon_watch began; what was judged stays. Needs level admin. Returns a sentence.';

CREATE FUNCTION recon.watch_rows() RETURNS trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_watch_rows';

COMMENT ON FUNCTION recon.watch_rows() IS
    'Trigger of a watched source: judges the inserted rows, relation recon_new_rows, for the reconciliation that its argument numbers.';

CREATE FUNCTION recon.new_rows_scan(d recon.reconciliation) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT recon.grouped_scan(d, relation, recon.date_expression(relation, d), 'true',
        recon.unreadable_condition(relation, d, d.decimal_signs, NULL), 'recon_new_rows AS source',
        recon.found_expression(relation, d, recon.applicable_rules(recon.current_strategy(d.strategy), d, relation)))
    FROM CAST(d.source AS regclass) AS relation
$$;

COMMENT ON FUNCTION recon.new_rows_scan(recon.reconciliation) IS
    'The statement that reads inserted rows as recon.scan_statement reads the source.';

-- The triggers that watch for a reconciliation: one, or none.
CREATE FUNCTION recon.watches(reconciliation_id integer) RETURNS TABLE (trigger_name name, relation regclass)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.tgname, t.tgrelid::regclass FROM pg_trigger t
    WHERE t.tgfoid = 'recon.watch_rows()'::regprocedure AND NOT t.tgisinternal
      AND t.tgargs = convert_to($1::text, 'UTF8') || '\x00'::bytea
$$;

COMMENT ON FUNCTION recon.watches(integer) IS 'The triggers through which rows are judged for a reconciliation, and their tables.';

CREATE FUNCTION recon.end_watch(reconciliation_id integer) RETURNS boolean
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    watch record;
    ended boolean := false;
BEGIN
    FOR watch IN SELECT * FROM recon.watches(end_watch.reconciliation_id) LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', watch.trigger_name, watch.relation);
        ended := true;
    END LOOP;
    RETURN ended;
END
$$;

COMMENT ON FUNCTION recon.end_watch(integer) IS 'Removes the trigger that watches for a reconciliation; whether there was one.';

CREATE FUNCTION recon.forget_watch() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF recon.end_watch(OLD.reconciliation_id) AND TG_OP = 'UPDATE' THEN
        RAISE NOTICE 'reconciliation "%" has another source and is not watched any more', NEW.reconciliation_name
            USING HINT = format('SELECT recon_watch(%L) after the next stored run.', NEW.reconciliation_name);
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION recon.forget_watch() IS 'Trigger: a watch ends with its reconciliation, or when this gets another source.';

CREATE TRIGGER forget_watch AFTER DELETE ON recon.reconciliation
    FOR EACH ROW EXECUTE FUNCTION recon.forget_watch();

CREATE TRIGGER move_watch AFTER UPDATE OF source ON recon.reconciliation
    FOR EACH ROW WHEN (OLD.source IS DISTINCT FROM NEW.source) EXECUTE FUNCTION recon.forget_watch();

CREATE FUNCTION recon.recon_watch(name text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.find_reconciliation(name, 'admin');
    relation regclass := d.source::regclass;
    kind "char" := (SELECT c.relkind FROM pg_class c WHERE c.oid = relation);
    trigger_name text := format('recon_watch_%s', d.reconciliation_id);
BEGIN
    IF kind NOT IN ('r', 'p') THEN
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
            MESSAGE = format('%s cannot be watched: it is %s', relation,
                             CASE kind WHEN 'f' THEN 'a foreign table' WHEN 'm' THEN 'a materialized view' ELSE 'a view' END),
            DETAIL = 'Rows are watched by a trigger of the table into which they are inserted.',
            HINT = 'Judge them by a scheduled CALL recon_work(detect => ...), or one by one with recon_score_row.';
    END IF;
    IF NOT has_table_privilege(recon.caller(), relation, 'TRIGGER') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('permission denied for table %s', relation),
            DETAIL = format('Role "%s" does not have the TRIGGER privilege on it.', recon.caller());
    END IF;
    IF NOT EXISTS (SELECT FROM recon.fit f WHERE f.reconciliation_id = d.reconciliation_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('reconciliation "%s" has no stored baselines', d.reconciliation_name),
            DETAIL = 'New rows are judged by what a run of recon_detect has stored.',
            HINT = format('Run SELECT * FROM recon_detect(%L) first.', d.reconciliation_name);
    END IF;
    IF EXISTS (SELECT FROM recon.watches(d.reconciliation_id)) THEN
        RETURN format('%s is already watched for reconciliation "%s"', relation, d.reconciliation_name);
    END IF;
    BEGIN
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %s REFERENCING NEW TABLE AS recon_new_rows '
                       'FOR EACH STATEMENT EXECUTE FUNCTION recon.watch_rows(%L)', trigger_name, relation, d.reconciliation_id);
        -- Goes with the extension, without CASCADE.
        EXECUTE format('ALTER TRIGGER %I ON %s DEPENDS ON EXTENSION recon', trigger_name, relation);
    EXCEPTION WHEN insufficient_privilege THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = SQLERRM,
            DETAIL = format('The trigger is made by "%s", who owns the extension.', current_user),
            HINT = format('The owner of %s can make "%s" a member of its role.', relation, current_user);
    END;
    RETURN format('rows inserted into %s are judged for reconciliation "%s"; LISTEN recon_watch tells of them',
                  relation, d.reconciliation_name);
END
$$;

COMMENT ON FUNCTION recon.recon_watch(text) IS 'Implementation of recon_watch.';

CREATE FUNCTION recon.recon_unwatch(name text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.find_reconciliation(name, 'admin');
BEGIN
    RETURN format(CASE WHEN recon.end_watch(d.reconciliation_id) THEN 'reconciliation "%s" is not watched any more'
                       ELSE 'reconciliation "%s" was not watched' END, d.reconciliation_name);
END
$$;

COMMENT ON FUNCTION recon.recon_unwatch(text) IS 'Implementation of recon_unwatch.';

CREATE FUNCTION recon.add_watch_run(
    reconciliation_id integer, strategy jsonb, from_date date, to_date date, rows_read bigint, rows_without_date bigint,
    rows_judged bigint, keys_read bigint, breaks bigint, anomalies bigint, baseline_date date,
    message text, error_code text
) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    added recon.run;
BEGIN
    INSERT INTO recon.run (reconciliation_id, status, strategy, from_date, to_date, rows_read, rows_without_date,
        rows_judged, keys_read, breaks, anomalies, baseline_date, message, error_code, run_by, started_at, finished_at, is_watch)
    SELECT r.reconciliation_id, CASE WHEN $13 IS NULL THEN 'succeeded' ELSE 'failed' END, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
           r.owner, statement_timestamp(), clock_timestamp(), true
    FROM recon.reconciliation r WHERE r.reconciliation_id = $1
    RETURNING * INTO added;
    PERFORM pg_notify('recon_watch', jsonb_build_object('run', added.run_id, 'reconciliation', r.reconciliation_name, 'status', added.status,
        'rows', added.rows_read, 'breaks', added.breaks, 'anomalies', added.anomalies)::text)
    FROM recon.reconciliation r WHERE r.reconciliation_id = $1;
    RETURN added.run_id;
END
$$;

COMMENT ON FUNCTION recon.add_watch_run(integer, jsonb, date, date, bigint, bigint, bigint, bigint, bigint, bigint, date, text, text) IS
    'Records what a watch judged of one statement, or its error, tells who listens to recon_watch, and returns the number of the run.';

-- Other thresholds over stored scores, and the end of old verdicts.

CREATE FUNCTION recon.is_quiet(pattern text) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_is_quiet';

COMMENT ON FUNCTION recon.is_quiet(text) IS 'Whether breaks of a pattern are never anomalies, whatever their score.';

CREATE FUNCTION recon.severity(
    score double precision, observed double precision, is_anomaly boolean, large_amount double precision
) RETURNS text
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_severity';

COMMENT ON FUNCTION recon.severity(double precision, double precision, boolean, double precision) IS
    'Severity of a break: low for what is no anomaly; for an anomaly medium, one step up for a score of 6 and more, one for an amount of at least large_amount (NULL: no telling).';

CREATE FUNCTION recon.recommended_action(pattern text, category text, is_anomaly boolean) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_recommended_action';

COMMENT ON FUNCTION recon.recommended_action(text, text, boolean) IS 'What to do about a break, in one sentence.';

CREATE FUNCTION recon_rejudge(run bigint, strategy text) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_rejudge(bigint, text) IS
    'Draws the thresholds of another strategy (its alpha, and its minimum amount unless the reconciliation has its own) over the stored scores of a run, without reading the source again; detector weights are the run''s. Changes the current verdicts of that run''s breaks, writes every change into recon.verdict_history, and returns a sentence. Needs level operator.';

CREATE FUNCTION recon.recon_rejudge(run bigint, strategy text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u recon.run;
    s recon.strategy;
    floors jsonb;
    before bigint;
    after bigint;
    changed bigint;
BEGIN
    SELECT r.* INTO u FROM recon.run r WHERE r.run_id = run;
    IF u.run_id IS NULL OR NOT recon.has_access(recon.caller(), u.reconciliation_id, 'viewer') THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('run %s does not exist', coalesce(run::text, 'NULL')), HINT = 'See recon.run_summary for the runs there are.';
    END IF;
    PERFORM recon.require_access(u.reconciliation_id, 'operator');
    s := recon.current_strategy(strategy);
    SELECT recon.strategy_copy(s, r) INTO floors FROM recon.reconciliation r WHERE r.reconciliation_id = u.reconciliation_id;

    CREATE TEMPORARY TABLE rejudged ON COMMIT DROP AS
    SELECT b.break_id, b.break_date, b.is_anomaly AS was_anomaly,
           coalesce(b.q_value <= s.alpha, false) AND NOT recon.is_quiet(b.pattern)
               AND coalesce(abs(b.observed) >= recon.minimum_amount_of(floors, b.currency), true) AS is_anomaly,
           b.score, b.measure, coalesce(b.currency, '') AS currency,
           CASE WHEN abs(b.observed) <= 1e308 THEN abs(b.observed)::double precision END AS amount,
           b.pattern, b.category
    FROM recon.break b
    WHERE b.reconciliation_id = u.reconciliation_id AND b.run_id = u.run_id
      AND (b.break_date BETWEEN u.from_date AND u.to_date OR u.late_rows > 0) AND b.is_open;
    SELECT count(*) FILTER (WHERE r.was_anomaly), count(*) FILTER (WHERE r.is_anomaly),
           count(*) FILTER (WHERE r.was_anomaly <> r.is_anomaly)
    INTO before, after, changed FROM rejudged r;

    INSERT INTO recon.verdict_history (reconciliation_id, break_id, break_date, run_id, was_anomaly, is_anomaly,
        was_pattern, pattern, was_open, is_open, cause)
    SELECT u.reconciliation_id, r.break_id, r.break_date, u.run_id, r.was_anomaly, r.is_anomaly,
           r.pattern, r.pattern, true, true, format('rejudged by strategy "%s"', s.strategy_name)
    FROM rejudged r WHERE r.was_anomaly <> r.is_anomaly;
    -- Where the largest tenth of the anomalies on a measure in a currency begins, as detection counts it.
    WITH large AS (
        SELECT r.measure, r.currency, (array_agg(r.amount ORDER BY r.amount DESC))[(count(*) / 10)::integer] AS begins
        FROM rejudged r WHERE r.is_anomaly AND r.amount IS NOT NULL GROUP BY r.measure, r.currency HAVING count(*) >= 10
    )
    UPDATE recon.break b SET is_anomaly = r.is_anomaly,
        severity = recon.severity(r.score, r.amount, r.is_anomaly, l.begins),
        recommended_action = recon.recommended_action(r.pattern, r.category, r.is_anomaly),
        updated_at = now()
    FROM rejudged r LEFT JOIN large l USING (measure, currency) WHERE b.break_id = r.break_id AND b.break_date = r.break_date;
    DROP TABLE rejudged;
    UPDATE recon.run r SET rejudged_at = clock_timestamp(),
        rejudged_by = (r.strategy - 'minimum_amounts') || (SELECT jsonb_object_agg(f.key, f.value) FROM jsonb_each(floors) AS f
            WHERE f.key IN ('strategy_name', 'version', 'alpha', 'minimum_amount', 'minimum_amounts'))
    WHERE r.run_id = u.run_id;
    RETURN format('run %s by strategy "%s": %s anomalies instead of %s; %s verdicts changed',
                  run, s.strategy_name, after, before, changed);
END
$$;

COMMENT ON FUNCTION recon.recon_rejudge(bigint, text) IS 'Implementation of recon_rejudge.';

CREATE FUNCTION recon_purge(name text, before date) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_purge(text, date) IS
$$Removes the breaks and scores of a reconciliation that are dated before a day. A month that lies before that day as a whole and holds nothing of another reconciliation goes as one partition, at once; where there is such a month, the call waits until nobody reads or writes breaks, and who wants to do so then waits for its transaction.
Runs of a watch go likewise. What happened to the verdicts stays written in recon.verdict_history; the source, and so what later runs learn from it, is untouched. Needs level admin. Returns a sentence. Errors: 22004 before is NULL.$$;

-- The partitions of a table that end on or before a day, oldest first.
CREATE FUNCTION recon.partitions_before(parent regclass, before date) RETURNS SETOF regclass
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.oid::regclass
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid,
         LATERAL (SELECT substring(pg_get_expr(c.relpartbound, c.oid) FROM $p$TO \('([^']*)'\)$p$)::date) AS bound(upper)
    WHERE i.inhparent = parent AND bound.upper <= before
    ORDER BY bound.upper
$$;

COMMENT ON FUNCTION recon.partitions_before(regclass, date) IS
    'The monthly partitions of recon.break or recon.score that hold nothing from this day on.';

CREATE FUNCTION recon.is_shared(partition regclass, reconciliation_id integer) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    answer boolean;
BEGIN
    -- Two looks into an index: of "unequal" it knows nothing.
    EXECUTE format('SELECT EXISTS (SELECT FROM %1$s WHERE reconciliation_id < $1)
                        OR EXISTS (SELECT FROM %1$s WHERE reconciliation_id > $1)', partition)
    INTO answer USING reconciliation_id;
    RETURN answer;
END
$$;

COMMENT ON FUNCTION recon.is_shared(regclass, integer) IS
    'Whether a partition of recon.break or recon.score holds rows of another reconciliation than this one.';

CREATE FUNCTION recon.recon_purge(name text, before date) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.find_reconciliation(name, 'admin');
    parent regclass;
    partition regclass;
    found_rows bigint;
    breaks bigint := 0;
    dropped integer := 0;
BEGIN
    IF before IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'the date before which to purge is missing',
            HINT = 'For example: SELECT recon_purge(''cash'', current_date - 730).';
    END IF;
    -- In the order in which runs write.
    FOR parent IN SELECT r FROM unnest(ARRAY['recon.break', 'recon.score']::regclass[]) WITH ORDINALITY AS u(r, n) ORDER BY n LOOP
        -- An older snapshot would not see what others have stored since: then rows go, and no partition.
        IF current_setting('transaction_isolation') = 'read committed'
           AND EXISTS (SELECT FROM recon.partitions_before(parent, before) AS p WHERE NOT recon.is_shared(p, d.reconciliation_id)) THEN
            EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', parent);
            FOR partition IN
                SELECT p FROM recon.partitions_before(parent, before) AS p WHERE NOT recon.is_shared(p, d.reconciliation_id)
            LOOP
                IF parent = 'recon.break'::regclass THEN
                    EXECUTE format('SELECT count(*) FROM %s', partition) INTO found_rows;
                    breaks := breaks + found_rows;
                END IF;
                EXECUTE format('DROP TABLE %s', partition);
                dropped := dropped + 1;
            END LOOP;
        END IF;
        EXECUTE format('DELETE FROM %s WHERE reconciliation_id = $1 AND break_date < $2', parent) USING d.reconciliation_id, before;
        IF parent = 'recon.break'::regclass THEN
            GET DIAGNOSTICS found_rows = ROW_COUNT;
            breaks := breaks + found_rows;
        END IF;
    END LOOP;
    DELETE FROM recon.item i WHERE i.reconciliation_id = d.reconciliation_id AND i.last_on < before;
    DELETE FROM recon.watched_break w WHERE w.reconciliation_id = d.reconciliation_id AND w.break_date < before;
    DELETE FROM recon.run u
    WHERE u.reconciliation_id = d.reconciliation_id AND u.is_watch
      AND u.finished_at < greatest(least(before, '9999-12-31'), '0001-01-01')::timestamp AT TIME ZONE d.time_zone;
    RETURN format('%s breaks of "%s" dated before %s are gone, and %s partitions', breaks, name, before, dropped);
END
$$;

COMMENT ON FUNCTION recon.recon_purge(text, date) IS 'Implementation of recon_purge.';

-- What another strategy would change, before it does.

CREATE FUNCTION recon_preview(reconciliation text, strategy text) RETURNS TABLE (
    break_id bigint, key jsonb, break_date date, measure text, observed numeric,
    was_anomaly boolean, is_anomaly boolean, was_severity text, severity text, was_pattern text, pattern text,
    was_score double precision, score double precision, was_flags text[], flags text[], why text
)
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 100 AS 'MODULE_PATHNAME', 'recon_privileged_call';

COMMENT ON FUNCTION recon_preview(text, text) IS
$$Judges the window of the last run again by another strategy, writes nothing, and gives a row for each break whose verdict, severity, pattern or flags would not be what is stored, with the reason. What the source has gained or lost since shows too: break_id is NULL for a break that is not stored, the new columns are NULL for one that is gone.
Needs level viewer. Errors: 42704 no such reconciliation or strategy, 55000 nothing was judged yet.$$;

CREATE FUNCTION recon.rate_text(rate double precision) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN CASE WHEN rate >= 0.001 THEN trim_scale(round(rate::numeric, 3))::text ELSE btrim(to_char(rate, '9.9EEEE')) END;

COMMENT ON FUNCTION recon.rate_text(double precision) IS 'A rate in few digits: 0.034, 1.2e-05.';

CREATE FUNCTION recon.why_changed(
    b recon.break, q_value double precision, is_anomaly boolean, severity text, pattern text, flags text[], old jsonb, new jsonb
) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN (b).is_anomaly = is_anomaly AND (b).pattern = pattern AND (b).severity = severity THEN
            'flags: ' || concat_ws(', ',
                (SELECT string_agg('with ' || f, ', ') FROM unnest(flags) f WHERE NOT f = ANY ((b).flags)),
                (SELECT string_agg('without ' || f, ', ') FROM unnest((b).flags) f WHERE NOT f = ANY (flags)))
        WHEN recon.is_quiet((b).pattern) <> recon.is_quiet(pattern) OR (b).is_anomaly = is_anomaly AND (b).pattern <> pattern THEN
            format('its pattern is %s, not %s', pattern, (b).pattern)
        WHEN (b).is_anomaly = is_anomaly THEN
            format('its severity is %s, not %s', severity, (b).severity)
        -- Only one of two floors can be what lets it through.
        WHEN coalesce(abs((b).observed) >= recon.minimum_amount_of(old, (b).currency), true)
             <> coalesce(abs((b).observed) >= recon.minimum_amount_of(new, (b).currency), true) THEN
            format('its amount is %s the minimum amount of %s; that was %s', CASE WHEN is_anomaly THEN 'not below' ELSE 'below' END,
                   recon.minimum_amount_of(new, (b).currency), recon.minimum_amount_of(old, (b).currency))
        ELSE format('its false-discovery rate of %s is %s alpha %s; it was %s with alpha %s', recon.rate_text(q_value),
                    CASE WHEN is_anomaly THEN 'within' ELSE 'above' END, new->>'alpha', recon.rate_text((b).q_value), old->>'alpha') END
$$;

COMMENT ON FUNCTION recon.why_changed(recon.break, double precision, boolean, text, text, text[], jsonb, jsonb) IS
    'What makes the difference between a stored break and its verdict by another strategy; old and new are copies of strategies.';

CREATE FUNCTION recon.recon_preview(reconciliation text, strategy text) RETURNS TABLE (
    break_id bigint, key jsonb, break_date date, measure text, observed numeric,
    was_anomaly boolean, is_anomaly boolean, was_severity text, severity text, was_pattern text, pattern text,
    was_score double precision, score double precision, was_flags text[], flags text[], why text
)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    d recon.reconciliation := recon.find_reconciliation(reconciliation, 'viewer');
    new_copy jsonb := recon.strategy_copy(recon.current_strategy(coalesce(recon_preview.strategy, d.strategy)), d);
    u recon.run;
BEGIN
    SELECT r.* INTO u FROM recon.run r
    WHERE r.reconciliation_id = d.reconciliation_id AND r.status = 'succeeded' AND r.to_date IS NOT NULL
    ORDER BY r.run_id DESC LIMIT 1;
    IF u.run_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('reconciliation "%s" has not been judged yet', d.reconciliation_name),
            HINT = format('Judge it first: SELECT * FROM recon_detect(%L).', d.reconciliation_name);
    END IF;
    RETURN QUERY
    WITH fresh AS MATERIALIZED (
        SELECT f.*, row_number() OVER (PARTITION BY f.key, f.break_date ORDER BY f.n) AS place
        FROM @extschema@.recon_detect(d.reconciliation_name, from_date => u.from_date, to_date => u.to_date,
                                      strategy => new_copy->>'strategy_name', persist => false) WITH ORDINALITY AS f (
            break_id, key, break_date, measure, observed, expected, lower, upper, direction, score, p_value, q_value, is_anomaly,
            severity, pattern, category, flags, contributions, basis, history_n, reason, recommended_action, n)
    ), stored AS (
        SELECT b, b.key, b.break_date, row_number() OVER (PARTITION BY b.key, b.break_date ORDER BY b.occurrence) AS place
        FROM recon.break b
        WHERE b.reconciliation_id = d.reconciliation_id AND b.break_date BETWEEN u.from_date AND u.to_date AND b.is_open
    )
    SELECT (s.b).break_id, coalesce(f.key, s.key), coalesce(f.break_date, s.break_date), coalesce(f.measure, (s.b).measure),
           coalesce(f.observed, (s.b).observed),
           (s.b).is_anomaly, f.is_anomaly, (s.b).severity, f.severity, (s.b).pattern, f.pattern, (s.b).score, f.score, (s.b).flags, f.flags,
           CASE WHEN s.key IS NULL THEN 'the row is a break since'
                WHEN f.key IS NULL THEN 'the row is gone, or no longer a break'
                WHEN f.observed IS DISTINCT FROM (s.b).observed THEN 'the row has changed since'
                ELSE recon.why_changed(s.b, f.q_value, f.is_anomaly, f.severity, f.pattern, f.flags,
                    -- The last run has judged all of them; those that it left as they were may have been rejudged since.
                    CASE WHEN r.rejudged_at > u.finished_at THEN r.rejudged_by ELSE u.strategy END, new_copy) END
    FROM stored s FULL JOIN fresh f ON f.key = s.key AND f.break_date = s.break_date AND f.place = s.place
    LEFT JOIN recon.run r ON r.run_id = (s.b).run_id
    WHERE ((s.b).is_anomaly, (s.b).severity, (s.b).pattern, (s.b).flags) IS DISTINCT FROM (f.is_anomaly, f.severity, f.pattern, f.flags)
    ORDER BY coalesce(f.break_date, s.break_date), f.is_anomaly DESC NULLS LAST, coalesce(f.score, (s.b).score) DESC NULLS LAST, (s.b).break_id;
END
$$;

COMMENT ON FUNCTION recon.recon_preview(text, text) IS 'Implementation of recon_preview.';

-- What would be found: recon_evaluate (src/functions/detection/evaluate.cpp).

CREATE FUNCTION recon_evaluate(
    name text, strategy text DEFAULT NULL, rounds integer DEFAULT 20, planted double precision DEFAULT 0.02,
    seed bigint DEFAULT 1
) RETURNS TABLE (slice text, "group" text, planted_rows bigint, found bigint, recall numeric, other_alarms bigint)
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 13 AS 'MODULE_PATHNAME', 'recon_evaluate';

COMMENT ON FUNCTION recon_evaluate(text, text, integer, double precision, bigint) IS
$$Plants anomalies in copies of a reconciliation's newest rows and counts how many would be found, by length of history, kind of plant and size; nothing is stored.
name: a reconciliation. strategy: instead of its own. rounds: how often keys are drawn and judged anew (1 to 1000). planted: share of the rows that carry a plant (up to 0.5). seed: the same seed draws the same keys.
A plant is 8 to 20 units large, one unit being the usual distance of the key's values from what was expected of them, and no less than the tolerance. Kinds: spike, drop, drift, burst.
recall is found / planted_rows, NULL where nothing was planted. other_alarms counts anomalies in rows where nothing was planted, over all rounds: true ones of the data, and false ones.$$;

CREATE OR REPLACE VIEW recon.review_queue WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, b.break_id, b.severity, b.break_date, b.key, b.measure,
           b.observed, b.expected, b.score, b.pattern, b.category, b.reason, b.recommended_action,
           current_date - coalesce(b.opened_on, b.break_date) AS age_days, b.updated_at, b.flags
    FROM recon.break b JOIN recon.reconciliation r USING (reconciliation_id)
    WHERE b.is_anomaly AND b.is_open
    ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low'], b.severity), b.score DESC NULLS LAST, b.break_id;

CREATE VIEW recon.item_summary WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, i.key, i.opened_on, i.last_on, coalesce(i.closed_by, 'open') AS state, i.closed_on,
           coalesce(i.closed_on, current_date) - i.opened_on AS age_days, i.run_id, u.finished_at AS updated_at
    FROM recon.item i JOIN recon.reconciliation r USING (reconciliation_id) LEFT JOIN recon.run u USING (run_id);

COMMENT ON VIEW recon.item_summary IS
    'One row for each item, the standing break of a key: open, corrected or gone, and for how many days it has stood, or stood until it was closed.';

CREATE OR REPLACE VIEW recon.run_summary WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, u.run_id, u.status, u.strategy->>'strategy_name' AS strategy,
           u.from_date, u.to_date, u.rows_read, u.rows_without_date, u.rows_judged, u.keys_read, u.keys_absent,
           u.breaks, u.anomalies,
           CASE WHEN u.breaks > 0 THEN round(100.0 * u.anomalies / u.breaks, 1) END AS anomalies_percent,
           u.verdicts_changed, u.is_partial, u.message, u.run_by, u.started_at,
           u.finished_at - u.started_at AS duration,
           coalesce(u.finished_at, u.progress_at, u.started_at, u.submitted_at) AS updated_at,
           u.submitted_at, u.error_code, u.stage, u.stage_done, u.stage_total, u.baseline_date,
           u.is_watch, u.late_rows, u.rows_in_future
    FROM recon.run u JOIN recon.reconciliation r USING (reconciliation_id);

COMMENT ON VIEW recon.run_summary IS 'One row for each stored run, and for each that waits for a worker.';

CREATE OR REPLACE VIEW recon.daily_summary WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, b.break_date, b.currency,
           count(*) AS breaks,
           count(*) FILTER (WHERE b.is_anomaly) AS anomalies,
           count(*) FILTER (WHERE b.is_anomaly AND b.severity IN ('high', 'critical')) AS severe_anomalies,
           sum(b.observed) FILTER (WHERE abs(b.observed) < 'Infinity') AS net_amount,
           sum(abs(b.observed)) FILTER (WHERE abs(b.observed) < 'Infinity') AS gross_amount,
           max(b.updated_at) AS updated_at
    FROM recon.break b JOIN recon.reconciliation r USING (reconciliation_id)
    WHERE b.is_open
    GROUP BY r.reconciliation_name, b.break_date, b.currency;

COMMENT ON VIEW recon.daily_summary IS
    'Open breaks and anomalies for each reconciliation, date and currency; net lets signs cancel, gross does not. '
    'Amounts of different currencies are never added, nor are amounts that are not finite numbers.';

CREATE OR REPLACE VIEW recon.health WITH (security_invoker = true) AS
    SELECT r.reconciliation_name AS reconciliation, r.is_active,
           last.run_id AS last_run_id, last.status AS last_status, last.finished_at AS last_run_at,
           judged.judged_through AS judged_up_to, judged.is_partial, last.rows_without_date, last.message,
           CASE WHEN last.run_id IS NULL THEN 'never judged'
                WHEN last.status = 'failed' THEN 'the last run failed'
                WHEN watch.status = 'failed' THEN 'the watch failed'
                WHEN judged.is_partial THEN 'a date was partial'
                WHEN last.rows_without_date > 0 THEN 'rows without date'
                WHEN whole.rows_in_future > 0 THEN 'rows dated in the future'
                WHEN last.finished_at < now() - interval '7 days' THEN 'not judged for a week'
                ELSE 'ok' END AS state,
           coalesce(last.finished_at, r.updated_at) AS updated_at, whole.rows_in_future
    FROM recon.reconciliation r
    LEFT JOIN LATERAL (SELECT u.* FROM recon.run u
                       WHERE u.reconciliation_id = r.reconciliation_id AND u.status IN ('succeeded', 'failed') AND NOT u.is_watch
                       ORDER BY u.run_id DESC LIMIT 1) last ON true
    -- The last run that found rows to judge.
    LEFT JOIN LATERAL (SELECT u.* FROM recon.run u
                       WHERE u.reconciliation_id = r.reconciliation_id AND u.status = 'succeeded' AND NOT u.is_watch
                         AND u.judged_through IS NOT NULL
                       ORDER BY u.run_id DESC LIMIT 1) judged ON true
    -- The last run that has read rows of all dates.
    LEFT JOIN LATERAL (SELECT u.rows_in_future FROM recon.run u
                       WHERE u.reconciliation_id = r.reconciliation_id AND u.status = 'succeeded' AND NOT u.is_watch
                         AND u.rows_in_future IS NOT NULL
                       ORDER BY u.run_id DESC LIMIT 1) whole ON true
    LEFT JOIN LATERAL (SELECT u.status, u.message, u.finished_at FROM recon.run u
                       WHERE u.reconciliation_id = r.reconciliation_id AND u.is_watch
                       ORDER BY u.run_id DESC LIMIT 1) watch ON true;

COMMENT ON COLUMN recon.health.judged_up_to IS
    'the newest date that the last run which found rows has judged, the future left out';

COMMENT ON COLUMN recon.health.rows_in_future IS
    'rows dated after the reconciliation''s today, by the last run that read all dates; its message names the newest';

-- The last statement of the script, and of every update step too: it settles what is new and leaves the
-- rest alone. What a script of the extension grants or revokes, the server takes for the extension's own,
-- together with all that users have granted on that object by then; no dump would carry that any more.
DO $$
DECLARE
    object record;
BEGIN
    FOR object IN
        SELECT p.oid::regprocedure AS signature, p.prokind
        FROM pg_catalog.pg_proc p
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
        JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
        WHERE EXISTS (SELECT FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
                      WHERE a.grantee = 0)
    LOOP
        EXECUTE format('REVOKE ALL ON %s %s FROM PUBLIC',
                       CASE object.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, object.signature);
    END LOOP;
    -- Tables, views and sequences are open to everybody only where default privileges make them so.
    FOR object IN
        SELECT c.oid::regclass AS relation
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
        JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
        WHERE EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) a WHERE a.grantee = 0)
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', object.relation);
    END LOOP;
    FOR object IN
        SELECT t.oid::regtype AS type
        FROM pg_catalog.pg_type t
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
        JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'recon'
        WHERE t.typtype = 'b' AND t.typelem = 0 AND t.typacl IS NULL
    LOOP
        EXECUTE format('GRANT USAGE ON TYPE %s TO PUBLIC', object.type);
    END LOOP;
END
$$;

-- By hand, last. Kept when this file is drafted anew.
-- The partitions there are get the index that new ones are made with.
DO $$
DECLARE
    partition regclass;
BEGIN
    FOR partition IN SELECT i.inhrelid FROM pg_catalog.pg_inherits i WHERE i.inhparent = 'recon.break'::regclass LOOP
        EXECUTE pg_catalog.format('CREATE INDEX %I ON %s (pg_catalog.array_position(ARRAY[''critical'', ''high'', ''medium'', ''low''], severity),
                        score DESC NULLS LAST, break_id) WHERE is_anomaly AND is_open',
                       (SELECT c.relname || '_review' FROM pg_catalog.pg_class c WHERE c.oid = partition), partition);
    END LOOP;
END
$$;
-- by hand: INSERT INTO recon.strategy (strategy_name, alpha, detectors,
UPDATE recon.strategy SET detectors = detectors || '{"partners": 0.25, "forest": 0.1, "distance": 0.1}' WHERE is_builtin;
-- End of what is by hand.
