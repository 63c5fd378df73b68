-- The rows of one key, judged.

CREATE OR REPLACE FUNCTION recon_score_series(
    series recon_series, from_date date DEFAULT NULL, to_date date DEFAULT NULL, tolerance double precision DEFAULT 0
) RETURNS TABLE (
    at date, occurrence integer, observed double precision, expected double precision,
    lower double precision, upper double precision, direction smallint, score double precision,
    p_value double precision, pattern text, history_n integer, reason text
)
    LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME', 'recon_score_series';
COMMENT ON FUNCTION recon_score_series(recon_series, date, date, double precision) IS
    'Judges every row of one key, or those of from_date to to_date, by the key''s own rows of earlier dates. tolerance '
    'is the difference that does not matter, in the unit of the values. One row for each row judged; p_value is NULL '
    'where there is nothing to compare with; no row for a NULL series.';
