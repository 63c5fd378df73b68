-- Parts of a verdict that SQL asks for.

CREATE OR REPLACE FUNCTION recon.is_quiet(pattern text) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_is_quiet';
COMMENT ON FUNCTION recon.is_quiet(text) IS 'Whether breaks of a pattern are never anomalies, whatever their score.';

CREATE OR REPLACE FUNCTION recon.severity(
    score double precision, observed double precision, is_anomaly boolean, large_amount double precision
) RETURNS text
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_severity';
COMMENT ON FUNCTION recon.severity(double precision, double precision, boolean, double precision) IS
    'Severity of a break: low for what is no anomaly; for an anomaly medium, one step up for a score of 6 and more, '
    'one for an amount of at least large_amount (NULL: no telling).';

CREATE OR REPLACE FUNCTION recon.recommended_action(pattern text, category text, is_anomaly boolean) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_recommended_action';
COMMENT ON FUNCTION recon.recommended_action(text, text, boolean) IS 'What to do about a break, in one sentence.';
