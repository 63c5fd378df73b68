-- What a run leaves for the next one: a baseline of each key, and the fit over all keys. A cache:
-- every row of it can be made again from the source, no answer depends on whether it is there, and no
-- dump carries it.

CREATE TABLE recon.fit (
    reconciliation_id   integer PRIMARY KEY,
    run_id              bigint NOT NULL,
    fingerprint         text NOT NULL,
    through             date NOT NULL,
    rows                bigint NOT NULL,
    keys                bigint NOT NULL,
    fitted_rows         bigint NOT NULL,
    state               bytea NOT NULL,
    updated_at          timestamptz NOT NULL DEFAULT now(),
    horizon             xid8 NOT NULL,
    source              text NOT NULL,
    holidays            date[],
    keys_digest         bigint,
    columns_digest      bigint
);
COMMENT ON TABLE recon.fit IS
    'What is typical over all keys of a reconciliation, and which rows its stored '
    'baselines are made of. A cache, not part of dumps.';
COMMENT ON COLUMN recon.fit.run_id IS 'the run that wrote the baselines last';
COMMENT ON COLUMN recon.fit.fingerprint IS 'digest of the definition, as far as the baselines depend on it';
COMMENT ON COLUMN recon.fit.through IS 'the baselines know every row dated up to it';
COMMENT ON COLUMN recon.fit.rows IS 'how many rows that are';
COMMENT ON COLUMN recon.fit.keys IS 'how many keys have them';
COMMENT ON COLUMN recon.fit.fitted_rows IS 'number of rows, the oldest ones, that the fit was learned from';
COMMENT ON COLUMN recon.fit.state IS
    'the fit, a digest of the rows that the baselines know, and how many keys their newest dates have';
COMMENT ON COLUMN recon.fit.source IS
    'the table they were read from and its columns, by number: another one of the same name holds other rows';
COMMENT ON COLUMN recon.fit.holidays IS 'of the calendar by which they were made';
COMMENT ON COLUMN recon.fit.keys_digest IS 'exclusive or of the key_hash of all rows of recon.baseline';
COMMENT ON COLUMN recon.fit.columns_digest IS
    'digest of the other columns but state, which has its own: a row that was changed is not used';
COMMENT ON COLUMN recon.fit.horizon IS 'every transaction before it had ended when the rows were read';

-- States of some kilobytes stay in the row, as they are: they do not compress, and are read one by one. Pages are
-- filled by half, so that the states of the next day find room beside those of today, without a new entry in the index.
CREATE TABLE recon.baseline (
    reconciliation_id   integer NOT NULL,
    key_hash            bigint NOT NULL,
    key                 jsonb NOT NULL,
    history_n           bigint NOT NULL,
    state               bytea NOT NULL,
    PRIMARY KEY (reconciliation_id, key_hash)
) WITH (toast_tuple_target = 8160, fillfactor = 45);
ALTER TABLE recon.baseline ALTER COLUMN state SET STORAGE EXTERNAL;
COMMENT ON TABLE recon.baseline IS
    'What is remembered of each key, enough to judge its next row without its history. A cache, not part of dumps.';
COMMENT ON COLUMN recon.baseline.history_n IS 'rows of the key so far';
