-- A strategy, checked and described.

-- Checks all fields that are not checked by their type, and gives the row as it is kept.
CREATE OR REPLACE FUNCTION recon.check_strategy(s recon.strategy, changed jsonb) RETURNS recon.strategy
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT (s.alpha > 0 AND s.alpha < 1) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'alpha must be between 0 and 1',
            DETAIL = format('It is %s.', s.alpha),
            HINT = 'It is the share of false alarms among anomalies that is accepted: 0.05 is one in twenty.';
    END IF;
    PERFORM recon.require_amount(s.minimum_amount, 'minimum_amount');
    IF s.history_rows NOT BETWEEN 12 AND 1024 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'history_rows must be between 12 and 1024',
            DETAIL = format('It is %s.', s.history_rows);
    END IF;
    IF s.combination NOT IN ('harmonic', 'fisher', 'stouffer') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('combination "%s" does not exist', s.combination),
            DETAIL = 'combination says how the p-values of several detectors become one.',
            HINT = 'Use one of harmonic, fisher, stouffer.';
    END IF;
    IF s.scores NOT IN ('anomalies', 'all') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'scores must be anomalies or all',
            DETAIL = format('It is "%s".', s.scores);
    END IF;
    IF changed IS NOT NULL THEN
        s.detectors := s.detectors || recon.check_detectors(
            CASE jsonb_typeof(changed) WHEN 'object' THEN recon.with_weights(changed, s.detectors) ELSE changed END,
            'detectors', false);
    END IF;
    IF NOT EXISTS (SELECT FROM recon.detector d
                   WHERE d.type <> 'rule' AND recon.detector_weight(s.detectors, d.detector_name) > 0) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'detectors leaves nothing to judge by',
            DETAIL = format('They would be %s.', s.detectors),
            HINT = 'Give at least one statistical detector a weight above 0.';
    END IF;
    IF s.combination <> 'harmonic' THEN
        RAISE WARNING USING
            MESSAGE = format('combination "%s" assumes that detectors are independent of each other, '
                             'which they are not', s.combination),
            DETAIL = 'Five detectors whose evidence correlates by .5 raise .023 '
                     'false alarms at a nominal .001, by .9 .047.',
            HINT = 'Use harmonic unless you know that they are.';
    END IF;
    RETURN s;
END
$$;
COMMENT ON FUNCTION recon.check_strategy(recon.strategy, jsonb) IS
    'A strategy with these detectors changed; raises invalid_parameter_value, naming the field, where one is wrong.';

CREATE OR REPLACE FUNCTION recon.describe_strategy(s recon.strategy) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('strategy "%s" version %s: alpha %s, %s%s', s.strategy_name, s.version, s.alpha,
        (SELECT string_agg(CASE d.type WHEN 'rule' THEN d.detector_name
                                ELSE format('%s %s', d.detector_name,
                                            recon.detector_weight(s.detectors, d.detector_name)) END,
                           ', ' ORDER BY d.type DESC, d.detector_name COLLATE "C")
         FROM recon.detector d
         WHERE CASE d.type WHEN 'rule' THEN jsonb_typeof(s.detectors->d.detector_name) = 'object'
                           ELSE recon.detector_weight(s.detectors, d.detector_name) > 0 END),
        CASE WHEN s.is_active THEN '' ELSE '; not active' END)
$$;
COMMENT ON FUNCTION recon.describe_strategy(recon.strategy) IS 'A strategy in one sentence.';
