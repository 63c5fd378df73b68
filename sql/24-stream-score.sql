-- Long streams of one key: sensors, hourly totals, rates.

CREATE FUNCTION recon_stream_score(x double precision, at timestamptz DEFAULT NULL) RETURNS double precision
    LANGUAGE c IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'recon_window_stream_score';
COMMENT ON FUNCTION recon_stream_score(double precision, timestamptz) IS
    '-log10 of the probability of a row at least as strange after the rows before it in the window''s order: far from where the stream has been, quickly or slowly. With the time "at", what comes back every day at the same time (in UTC) is expected. 0 for what is no news after an earlier alarm. NULL for the first 60 numbers of a partition, and for a NULL, NaN or infinite x, which changes nothing.';
