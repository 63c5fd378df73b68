-- Breaks with their current verdict.

-- Partitioned by month; partitions are made on demand. Indexes are made on each partition and not
-- here: the table belongs to the extension, its partitions are data, and a dump restores both.
CREATE TABLE recon.break (
    break_id            bigint NOT NULL,
    reconciliation_id   integer NOT NULL,
    key_hash            bigint NOT NULL,
    key                 jsonb NOT NULL,
    break_date          date NOT NULL,
    occurrence          integer NOT NULL,
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
    runner_up           text,
    category            text NOT NULL,
    flags               text[] NOT NULL,
    contributions       jsonb NOT NULL,
    basis               text NOT NULL,
    history_n           integer NOT NULL,
    reason              text NOT NULL,
    recommended_action  text NOT NULL,
    currency            text,
    is_open             boolean NOT NULL DEFAULT true,
    first_run_id        bigint NOT NULL,
    run_id              bigint NOT NULL,
    updated_at          timestamptz NOT NULL DEFAULT now(),
    opened_on           date NOT NULL
) PARTITION BY RANGE (break_date);
COMMENT ON TABLE recon.break IS
    'Every judged break with its current verdict. A break is (reconciliation, key, '
    'date, n-th duplicate); its break_id never changes.';
COMMENT ON COLUMN recon.break.key IS 'key columns and their values as canonical text';
COMMENT ON COLUMN recon.break.occurrence IS
    '1, 2, ... among the rows of the same key and date, in the order of their content';
COMMENT ON COLUMN recon.break.is_open IS 'false once a later run found the row gone or no longer a break';
COMMENT ON COLUMN recon.break.first_run_id IS 'the run that saw the break first';
COMMENT ON COLUMN recon.break.run_id IS 'the run that gave the current verdict';
COMMENT ON COLUMN recon.break.opened_on IS
    'since when the break stands: with reconciliation_id and key_hash, its row of recon.item';

CREATE SEQUENCE recon.break_id_seq AS bigint CACHE 1;
COMMENT ON SEQUENCE recon.break_id_seq IS 'Numbers breaks.';

SELECT pg_catalog.pg_extension_config_dump('recon.break_id_seq', '');
