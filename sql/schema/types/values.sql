-- Types with functions of their own, now that these exist.

CREATE TYPE recon_series (
    INPUT = recon_series_in, OUTPUT = recon_series_out,
    RECEIVE = recon_series_recv, SEND = recon_series_send,
    STORAGE = extended
);
COMMENT ON TYPE recon_series IS
    'One key''s dated rows in the order in which they are judged; made by the aggregate recon_series(at, x).';

CREATE TYPE recon_stats (
    INPUT = recon_stats_in, OUTPUT = recon_stats_out,
    RECEIVE = recon_stats_recv, SEND = recon_stats_send,
    STORAGE = extended
);
COMMENT ON TYPE recon_stats IS
    'Count, exact power sums and extremes of a set of numbers; made by the aggregate recon_stats(x), read by '
    'recon_mean, recon_stddev and others, put together by recon_merge. Equal sets have equal values.';

-- Stored out of line: a query that joins a model to many rows then knows it by its place.
CREATE TYPE recon_model (
    INPUT = recon_model_in, OUTPUT = recon_model_out,
    RECEIVE = recon_model_recv, SEND = recon_model_send,
    STORAGE = extended
);
COMMENT ON TYPE recon_model IS
    'A fitted multivariate model of any method; made by recon_fit_*, read by '
    'recon_score, recon_contributions and recon_describe.';
