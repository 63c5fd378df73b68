-- Window functions that say how strange a row is.

CREATE OR REPLACE FUNCTION recon_isolation_score(features double precision[], options jsonb DEFAULT '{}')
    RETURNS double precision
    LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100 WINDOW AS 'MODULE_PATHNAME', 'recon_window_isolation_score';
COMMENT ON FUNCTION recon_isolation_score(double precision[], jsonb) IS
    'How strange a row is to an isolation forest of the rows before it in the window''s order: between 0 and 1, .5 '
    'where nothing distinguishes rows. The forest is fitted again whenever there are twice as many rows as at the last '
    'time, so it knows between half of the earlier rows and all of them; beyond max_rows different ones a sample of '
    'all. Options and missing values as in recon_fit_iforest. NULL before there are 16 rows, for NULL features (which '
    'enter nothing) and for a row that holds an infinity or no value.';

CREATE OR REPLACE FUNCTION recon_stream_score(x double precision, at timestamptz DEFAULT NULL) RETURNS double precision
    LANGUAGE c IMMUTABLE PARALLEL SAFE WINDOW AS 'MODULE_PATHNAME', 'recon_window_stream_score';
COMMENT ON FUNCTION recon_stream_score(double precision, timestamptz) IS
    '-log10 of the probability of a row at least as strange after the rows before it in the window''s order: far from '
    'where the stream has been, quickly or slowly. With the time "at", what comes back every day at the same time (in '
    'UTC) is expected. 0 for what is no news after an earlier alarm. NULL for the first 60 numbers of a partition, and '
    'for a NULL, NaN or infinite x, which changes nothing.';
