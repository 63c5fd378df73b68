-- What each detector said.

CREATE TABLE recon.score (
    break_id            bigint NOT NULL,
    break_date          date NOT NULL,
    reconciliation_id   integer NOT NULL,
    run_id              bigint NOT NULL,
    detector            text NOT NULL,
    ln_p                double precision,
    share               double precision NOT NULL,
    confidence          double precision,
    metadata            jsonb
) PARTITION BY RANGE (break_date);
COMMENT ON TABLE recon.score IS
    'What each detector said of each anomaly, or of each break where the strategy asks for all: natural logarithm of '
    'its p-value and its share of the verdict.';
COMMENT ON COLUMN recon.score.confidence IS
    '1 less the false-discovery rate that this detector''s p-value alone would have among all rows of the run';
COMMENT ON COLUMN recon.score.metadata IS
    'weight, and what else the detector went by: of the baseline history_n, basis, '
    'expected, lower, upper; of a custom detector its options';
