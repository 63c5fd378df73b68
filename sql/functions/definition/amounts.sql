-- Amounts that users give.

CREATE OR REPLACE FUNCTION recon.require_amount(amount numeric, what text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Amounts are compared in floating point.
    IF amount < 0 OR amount = 'NaN' OR amount > 1e150 OR amount > 0 AND amount < 1e-150 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s must be zero or a positive number', what),
            DETAIL = format('It is %s.', amount), HINT = 'Amounts lie between 1e-150 and 1e150.';
    END IF;
END
$$;
COMMENT ON FUNCTION recon.require_amount(numeric, text) IS
    'Raises invalid_parameter_value for an amount that is negative, not a number, above 1e150, or positive and '
    'below 1e-150.';

CREATE OR REPLACE FUNCTION recon.require_amounts(amounts jsonb, what text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    o record;
BEGIN
    IF jsonb_typeof(amounts) <> 'object' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s must be an object of currencies and amounts', what),
            DETAIL = format('It is %s.', amounts), HINT = 'For example: {"EUR": 100, "JPY": 15000}.';
    END IF;
    FOR o IN SELECT key AS currency, value AS amount, jsonb_typeof(value) AS kind FROM jsonb_each(amounts)
        ORDER BY key COLLATE "C" LOOP
        IF btrim(o.currency) = '' THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('%s names no currency', what),
                DETAIL = format('"%s" is to have %s.', o.currency, o.amount),
                HINT = 'Where there is no currency, minimum_amount counts.';
        END IF;
        IF o.kind <> 'number' THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('%s of "%s" must be zero or a positive number', what, o.currency),
                DETAIL = format('It is %s.', o.amount);
        END IF;
        PERFORM recon.require_amount(o.amount::numeric, format('%s of "%s"', what, o.currency));
    END LOOP;
END
$$;
COMMENT ON FUNCTION recon.require_amounts(jsonb, text) IS
    'Raises invalid_parameter_value, naming the currency, unless these are amounts '
    'by currency as recon.require_amount admits them.';
