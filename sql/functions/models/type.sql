-- recon_model, read and written.

CREATE OR REPLACE FUNCTION recon_model_in(cstring) RETURNS recon_model
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_model_in';
COMMENT ON FUNCTION recon_model_in(cstring) IS 'Reads a recon_model from text; refuses bytes that are not one.';

CREATE OR REPLACE FUNCTION recon_model_out(recon_model) RETURNS cstring
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_model_out';
COMMENT ON FUNCTION recon_model_out(recon_model) IS 'Text form of a recon_model, for dumps.';

CREATE OR REPLACE FUNCTION recon_model_recv(internal) RETURNS recon_model
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_model_receive';
COMMENT ON FUNCTION recon_model_recv(internal) IS 'Reads a recon_model in binary; refuses bytes that are not one.';

CREATE OR REPLACE FUNCTION recon_model_send(recon_model) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_model_send';
COMMENT ON FUNCTION recon_model_send(recon_model) IS 'Binary form of a recon_model.';
