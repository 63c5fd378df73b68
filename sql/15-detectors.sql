-- The detectors that a strategy can name: what each is, and which options it takes.

CREATE TABLE recon.detector (
    detector_name  text PRIMARY KEY CHECK (detector_name ~ '^[a-z][a-z0-9_]{0,62}$'),
    type           text NOT NULL CHECK (type IN ('statistical', 'rule', 'model')),
    function       text CHECK (function IS NOT NULL OR is_builtin),
    options_schema jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(options_schema) = 'object'),
    is_builtin     boolean NOT NULL DEFAULT false,
    description    text NOT NULL DEFAULT '',
    registered_by  name NOT NULL DEFAULT current_user,
    registered_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE recon.detector IS 'The detectors that a strategy can name.';
COMMENT ON COLUMN recon.detector.type IS
    'statistical and model: gives ln p, which enters the verdict with its weight; rule: writes a flag of its own name beside the score';
COMMENT ON COLUMN recon.detector.function IS 'signature of the SQL function that does the work; NULL for what is built in';
COMMENT ON COLUMN recon.detector.options_schema IS
    'option -> {type, default, minimum, maximum, required, description, fields}; type is number, integer, text, boolean, time, weekdays or list (of objects with fields)';

INSERT INTO recon.detector (detector_name, type, options_schema, is_builtin, description) VALUES
    ('baseline', 'statistical', '{}', true, 'is the value where the key should be: level, trend, season and episodes'),
    ('frequency', 'statistical', '{}', true, 'does the key open new breaks more often than its rate'),
    ('drift', 'statistical', '{}', true, 'has the key moved away slowly, in steps too small to notice'),
    ('volatility', 'statistical', '{}', true, 'has the spread grown against the key''s own past');

SELECT pg_catalog.pg_extension_config_dump('recon.detector', 'WHERE NOT is_builtin');
