-- recon_series, read and written.

CREATE OR REPLACE FUNCTION recon_series_in(cstring) RETURNS recon_series
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_series_in';
COMMENT ON FUNCTION recon_series_in(cstring) IS 'Reads a recon_series from text; refuses bytes that are not one.';

CREATE OR REPLACE FUNCTION recon_series_out(recon_series) RETURNS cstring
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_series_out';
COMMENT ON FUNCTION recon_series_out(recon_series) IS 'Text form of a recon_series, for dumps.';

CREATE OR REPLACE FUNCTION recon_series_recv(internal) RETURNS recon_series
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_series_receive';
COMMENT ON FUNCTION recon_series_recv(internal) IS 'Reads a recon_series in binary; refuses bytes that are not one.';

CREATE OR REPLACE FUNCTION recon_series_send(recon_series) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_series_send';
COMMENT ON FUNCTION recon_series_send(recon_series) IS 'Binary form of a recon_series.';
