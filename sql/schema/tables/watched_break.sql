-- What a watch finds waits here until a run of recon_detect judges the rows together with all others, so
-- that no verdict depends on whether somebody watched.

CREATE TABLE recon.watched_break (
    reconciliation_id   integer NOT NULL,
    run_id              bigint NOT NULL,
    key                 jsonb NOT NULL,
    break_date          date NOT NULL,
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
    category            text NOT NULL,
    flags               text[] NOT NULL,
    contributions       jsonb NOT NULL,
    basis               text NOT NULL,
    history_n           integer NOT NULL,
    reason              text NOT NULL,
    recommended_action  text NOT NULL,
    currency            text,
    written_by          xid8 NOT NULL,
    written_at          timestamptz NOT NULL
);
CREATE INDEX watched_break_by_date ON recon.watched_break (reconciliation_id, break_date);
COMMENT ON TABLE recon.watched_break IS
    'What recon_watch says of breaks as they are inserted. A row goes when a stored '
    'run judges its date with that break in it. Not part of dumps.';
COMMENT ON COLUMN recon.watched_break.run_id IS 'the run of the watch: one for each inserting statement';
COMMENT ON COLUMN recon.watched_break.written_by IS
    'the transaction that inserted the row: a run knows by it whether it has read it';
