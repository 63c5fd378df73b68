-- What a run keeps of its strategy.

CREATE OR REPLACE FUNCTION recon.strategy_copy(s recon.strategy, d recon.reconciliation) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN jsonb_build_object('strategy_name', s.strategy_name, 'version', s.version, 'alpha', s.alpha,
        'detectors', s.detectors, 'history_rows', s.history_rows, 'combination', s.combination, 'scores', s.scores,
        'rules', recon.effective_rules(s, d),
        'minimum_amount', coalesce(d.minimum_amount, s.minimum_amount))
        || CASE WHEN d.minimum_amounts IS NULL THEN '{}'
                ELSE jsonb_build_object('minimum_amounts', d.minimum_amounts) END;
COMMENT ON FUNCTION recon.strategy_copy(recon.strategy, recon.reconciliation) IS
    'What a run keeps of the strategy it uses, with the reconciliation''s own floors of materiality and rules.';

CREATE OR REPLACE FUNCTION recon.minimum_amount_of(strategy_copy jsonb, currency text) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce((strategy_copy->'minimum_amounts'->>currency)::numeric,
                    (strategy_copy->>'minimum_amount')::numeric);
COMMENT ON FUNCTION recon.minimum_amount_of(jsonb, text) IS
    'From which amount on a break of a currency (NULL: of none) is material, by a run''s copy of its strategy.';
