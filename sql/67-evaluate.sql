-- What would be found: recon_evaluate (src/functions/detection/evaluate.cpp).

CREATE FUNCTION recon_evaluate(
    name text, strategy text DEFAULT NULL, rounds integer DEFAULT 20, planted double precision DEFAULT 0.02,
    seed bigint DEFAULT 1
) RETURNS TABLE (slice text, "group" text, planted_rows bigint, found bigint, recall numeric, other_alarms bigint)
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 13 AS 'MODULE_PATHNAME', 'recon_evaluate';
COMMENT ON FUNCTION recon_evaluate(text, text, integer, double precision, bigint) IS
$$Plants anomalies in copies of a reconciliation's newest rows and counts how many would be found, by length of history, kind of plant and size; nothing is stored.
name: a reconciliation. strategy: instead of its own. rounds: how often keys are drawn and judged anew (1 to 1000). planted: share of the rows that carry a plant (up to 0.5). seed: the same seed draws the same keys.
A plant is 8 to 20 units large, one unit being the usual distance of the key's values from what was expected of them, and no less than the tolerance. Kinds: spike, drop, drift, burst.
recall is found / planted_rows, NULL where nothing was planted. other_alarms counts anomalies in rows where nothing was planted, over all rounds: true ones of the data, and false ones.$$;
