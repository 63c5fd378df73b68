-- The strategy of a name.

CREATE OR REPLACE FUNCTION recon.newest_strategy(name text) RETURNS recon.strategy
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_row recon.strategy;
BEGIN
    SELECT s.* INTO found_row FROM recon.strategy s
    WHERE s.strategy_name = name ORDER BY s.version DESC LIMIT 1;
    IF found_row.strategy_name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('strategy %s does not exist', recon.name_text(name)),
            DETAIL = format('There are: %s.',
                            (SELECT string_agg(DISTINCT s.strategy_name, ', ') FROM recon.strategy s)),
            HINT = 'Use conservative, balanced or sensitive, or make one with recon_create_strategy.';
    END IF;
    RETURN found_row;
END
$$;
COMMENT ON FUNCTION recon.newest_strategy(text) IS 'The newest version of a strategy, active or not.';

CREATE OR REPLACE FUNCTION recon.current_strategy(name text) RETURNS recon.strategy
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s recon.strategy := recon.newest_strategy(name);
BEGIN
    IF NOT s.is_active THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('strategy "%s" is not active', name),
            HINT = format('Name another one, or activate it: SELECT recon_alter_strategy(%L, is_active => true).',
                          name);
    END IF;
    RETURN s;
END
$$;
COMMENT ON FUNCTION recon.current_strategy(text) IS 'The newest version of a strategy, which must be active.';

CREATE OR REPLACE FUNCTION recon.strategy_as_of(name text, moment timestamptz) RETURNS recon.strategy
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    newest recon.strategy := recon.newest_strategy(name);
    s recon.strategy;
BEGIN
    IF moment IS NULL OR newest.created_at <= moment THEN
        RETURN recon.current_strategy(name);
    END IF;
    SELECT v.* INTO s FROM recon.strategy v WHERE v.strategy_name = name
    ORDER BY v.created_at <= moment DESC, CASE WHEN v.created_at <= moment THEN -v.version ELSE v.version END LIMIT 1;
    RETURN s;
END
$$;
COMMENT ON FUNCTION recon.strategy_as_of(text, timestamptz) IS
    'The version of a strategy that was current at a moment; the first one where it '
    'had not been made yet; without a moment the current one.';
