-- What is said of a break.

-- Its columns are columns of recon.break, too; src/run/result/verdict_columns.cpp says how each is made.
CREATE TYPE recon.verdict AS (
    break_id            bigint,
    key                 jsonb,
    break_date          date,
    measure             text,
    observed            numeric,
    expected            numeric,
    lower               numeric,
    upper               numeric,
    direction           smallint,
    score               double precision,
    p_value             double precision,
    q_value             double precision,
    is_anomaly          boolean,
    severity            text,
    pattern             text,
    category            text,
    flags               text[],
    contributions       jsonb,
    basis               text,
    history_n           integer,
    reason              text,
    recommended_action  text
);
COMMENT ON TYPE recon.verdict IS 'A row of recon_detect and of recon_score_row: a break and what is said of it.';
