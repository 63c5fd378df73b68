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
    'statistical and model: gives ln p, which enters the verdict with its weight; '
    'rule: writes a flag of its own name beside the score';
COMMENT ON COLUMN recon.detector.function IS
    'signature of the SQL function that does the work; NULL for what is built in';
COMMENT ON COLUMN recon.detector.options_schema IS
    'option -> {type, default, minimum, maximum, required, description, fields}; type is number, integer, text, '
    'pattern, boolean, time, weekdays or list (of objects with fields)';

INSERT INTO recon.detector (detector_name, type, options_schema, is_builtin, description) VALUES
    ('baseline', 'statistical', '{}', true, 'is the value where the key should be: level, trend, season and episodes'),
    ('frequency', 'statistical', '{}', true, 'does the key open new breaks more often than its rate'),
    ('drift', 'statistical', '{}', true, 'has the key moved away slowly, in steps too small to notice'),
    ('volatility', 'statistical', '{}', true, 'has the spread grown against the key''s own past'),
    ('partners', 'statistical', '{}', true, 'does the key still move with those that it normally moves with'),
    ('forest', 'model',
     '{"trees": {"type": "integer", "default": 100, "minimum": 1, "maximum": 1000, "description": "how many"},
       "sample_size": {"type": "integer", "default": 256, "minimum": 2, "maximum": 4096,
                       "description": "past rows that each is grown on"}}', true,
     'do the residuals of all measures come together as they usually do: an isolation forest'),
    ('distance', 'model', '{}', true, 'how far are they, together, from where they usually are: Mahalanobis distance'),
    ('weekend', 'rule',
     '{"days": {"type": "weekdays", "default": [6, 7], "description": "days of the week, 1 Monday to 7 Sunday"}}', true,
     'the break is dated on a weekend'),
    ('holiday', 'rule',
     '{"calendar": {"type": "text",
       "description": "a calendar of recon_add_holidays; without it that of the reconciliation"}}', true,
     'the break is dated on a holiday'),
    ('amount_threshold', 'rule',
     '{"limits": {"type": "list", "required": true,
       "description": "the first limit that fits a break counts", "fields": {
         "column": {"type": "text", "description": "key column"},
         "like": {"type": "pattern", "description": "pattern of its value, as LIKE has it"},
         "currency": {"type": "text", "description": "only for breaks of this currency"},
         "amount": {"type": "number", "required": true, "minimum": 0,
                    "description": "limit, in the unit of the measure"}}}}', true,
     'the break is as large as the limit of its account, or larger'),
    ('unusual_period', 'rule',
     '{"factor": {"type": "number", "default": 1.5, "minimum": 1.01, "maximum": 100,
       "description": "how many times shorter or longer than the gaps between the dates of the key so far"}}', true,
     'the key has a row much earlier or later than the rhythm of its dates'),
    ('other_period', 'rule',
     '{"column": {"type": "text", "required": true, "description": "date of booking, a date or a timestamp"},
       "unit": {"type": "text", "default": "month", "values": ["month", "quarter", "year"],
                "description": "what a period is"}}', true,
     'the row was booked in another period than the one it is dated in'),
    ('time_of_day', 'rule',
     '{"column": {"type": "text", "description": "a timestamp; without it the date column, where that is one"},
       "from": {"type": "time", "default": "06:00",
                "description": "when the working day begins, in the time zone of the reconciliation"},
       "to": {"type": "time", "default": "20:00",
              "description": "when it ends; before \"from\": on the next day"}}', true,
     'the row was booked outside of working hours'),
    ('stale', 'rule',
     '{"days": {"type": "integer", "default": 30, "minimum": 1, "maximum": 36500, "description": "age in days"}}', true,
     'the key has been in break, without a date on which it matched, for so many days'),
    ('round_amount', 'rule',
     '{"unit": {"type": "number", "default": 1000, "minimum": 0.000001,
       "description": "what the amount is a multiple of, in the unit of the measure"}}', true,
     'the break is a round amount');

SELECT pg_catalog.pg_extension_config_dump('recon.detector', 'WHERE NOT is_builtin');
