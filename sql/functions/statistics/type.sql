-- recon_stats, read and written.

CREATE OR REPLACE FUNCTION recon_stats_in(cstring) RETURNS recon_stats
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_in';
COMMENT ON FUNCTION recon_stats_in(cstring) IS 'Reads a recon_stats from text; refuses bytes that are not one.';

CREATE OR REPLACE FUNCTION recon_stats_out(recon_stats) RETURNS cstring
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_out';
COMMENT ON FUNCTION recon_stats_out(recon_stats) IS 'Text form of a recon_stats, for dumps.';

CREATE OR REPLACE FUNCTION recon_stats_recv(internal) RETURNS recon_stats
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_receive';
COMMENT ON FUNCTION recon_stats_recv(internal) IS 'Reads a recon_stats in binary; refuses bytes that are not one.';

CREATE OR REPLACE FUNCTION recon_stats_send(recon_stats) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_stats_send';
COMMENT ON FUNCTION recon_stats_send(recon_stats) IS 'Binary form of a recon_stats.';
