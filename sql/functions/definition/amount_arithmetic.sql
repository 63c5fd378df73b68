-- Arithmetic that does not end a run where one row's result is out of range.

CREATE OR REPLACE FUNCTION recon.difference(a numeric, b numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_difference_of_numerics';
COMMENT ON FUNCTION recon.difference(numeric, numeric) IS
    'a - b; infinite where a numeric cannot hold it. NULL where one is NULL.';

CREATE OR REPLACE FUNCTION recon.difference(a double precision, b double precision) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_difference_of_floats';
COMMENT ON FUNCTION recon.difference(double precision, double precision) IS
    'a - b; infinite where a double cannot hold it. NULL where one is NULL.';

CREATE OR REPLACE FUNCTION recon.share(share numeric, amount numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_share_of_numeric';
COMMENT ON FUNCTION recon.share(numeric, numeric) IS
    'share * amount; infinite where a numeric cannot hold it, NULL where one is NULL or the amount is not finite.';

CREATE OR REPLACE FUNCTION recon.share(share numeric, amount double precision) RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_share_of_float';
COMMENT ON FUNCTION recon.share(numeric, double precision) IS
    'share * amount, the amount to 15 digits; infinite or zero where a double cannot hold it, NULL where one is NULL '
    'or the amount is not finite.';
