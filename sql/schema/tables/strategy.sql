-- How breaks are judged.
--
-- No table of the extension has a foreign key to another. CREATE EXTENSION makes the constraints
-- before a restore brings the rows, and a parallel restore brings them in any order. Only internal
-- functions write here.

CREATE TABLE recon.strategy (
    strategy_name  text NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    alpha          double precision NOT NULL CHECK (alpha > 0 AND alpha < 1),
    detectors      jsonb NOT NULL CHECK (jsonb_typeof(detectors) = 'object'),
    minimum_amount numeric NOT NULL DEFAULT 0 CHECK (minimum_amount >= 0),
    history_rows   integer NOT NULL DEFAULT 64 CHECK (history_rows BETWEEN 4 AND 1024),
    is_builtin     boolean NOT NULL DEFAULT false,
    is_active      boolean NOT NULL DEFAULT true,
    description    text NOT NULL DEFAULT '',
    created_by     name NOT NULL DEFAULT current_user,
    created_at     timestamptz NOT NULL DEFAULT now(),
    combination    text NOT NULL DEFAULT 'harmonic' CHECK (combination IN ('harmonic', 'fisher', 'stouffer')),
    scores         text NOT NULL DEFAULT 'anomalies' CHECK (scores IN ('anomalies', 'all')),
    PRIMARY KEY (strategy_name, version)
);
COMMENT ON TABLE recon.strategy IS
    'How breaks are judged: thresholds and detector weights, named and versioned. A run keeps the copy it used.';
COMMENT ON COLUMN recon.strategy.alpha IS
    'a break is anomalous when its q-value is at most this: the share of false alarms among anomalies that is accepted';
COMMENT ON COLUMN recon.strategy.detectors IS
    'of each statistical detector its weight, 0 where it is off, or {weight, option '
    '...}; of each rule {option ...}, or false';
COMMENT ON COLUMN recon.strategy.is_active IS 'of the newest version: whether the strategy may be used';
COMMENT ON COLUMN recon.strategy.combination IS
    'how the p-values of several detectors become one; fisher and stouffer assume that detectors are independent';
COMMENT ON COLUMN recon.strategy.scores IS
    'of which breaks recon.score keeps what each detector said: anomalies, or all';
COMMENT ON COLUMN recon.strategy.minimum_amount IS
    'a break smaller than this is never anomalous, in the unit of its measure';
COMMENT ON COLUMN recon.strategy.history_rows IS
    'how many of the newest admitted rows of a key make its baseline';

INSERT INTO recon.strategy (strategy_name, alpha, detectors, is_builtin, description) VALUES
    ('conservative', 0.01, '{"baseline": 1, "frequency": 0.25, "drift": 0.25, '
                           '"volatility": 0.25, "partners": 0.25, "forest": 0.1, "distance": 0.1}', true,
     'few alarms: about 1 in 100 anomalies is false'),
    ('balanced', 0.05, '{"baseline": 1, "frequency": 0.25, "drift": 0.25, '
                       '"volatility": 0.25, "partners": 0.25, "forest": 0.1, "distance": 0.1}', true,
     'the default: about 1 in 20 anomalies is false'),
    ('sensitive', 0.20, '{"baseline": 1, "frequency": 0.25, "drift": 0.25, '
                        '"volatility": 0.25, "partners": 0.25, "forest": 0.1, "distance": 0.1}', true,
     'many alarms: about 1 in 5 anomalies is false');

SELECT pg_catalog.pg_extension_config_dump('recon.strategy', 'WHERE NOT is_builtin');
