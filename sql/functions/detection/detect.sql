-- Detection, and what it would find.

CREATE OR REPLACE FUNCTION recon_detect(
    name text DEFAULT NULL, history text DEFAULT NULL, target text DEFAULT NULL,
    from_date date DEFAULT NULL, to_date date DEFAULT NULL, strategy text DEFAULT NULL,
    as_of timestamptz DEFAULT NULL, persist boolean DEFAULT true
) RETURNS SETOF recon.verdict
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 1000 AS 'MODULE_PATHNAME', 'recon_detect';
COMMENT ON FUNCTION recon_detect(text, text, text, date, date, text, timestamptz, boolean) IS
$$Judges the breaks of a reconciliation: one row for each break of the target window, in order of date and key.
name: a reconciliation of recon_create. history and target: relations to compare instead (without a name the columns'
roles are guessed and nothing is stored).
from_date, to_date: the target window; by default the dates after the newest one judged, on the first
run the newest date, and of earlier dates the rows that were loaded since where a loaded_at_column is
known. Rows before it are the history.
Rows dated after the reconciliation's today (by its time zone; with as_of, after that day) are left out and counted
in a NOTICE, unless from_date or to_date lies beyond it too.
strategy: conservative, balanced, sensitive or a custom one, instead of the reconciliation's. as_of: judge as if it were
then (rows loaded later are left out where a loaded_at_column is known); with from_date or to_date a NOTICE says how
many source rows have changed since a stored run judged these dates.
persist: store the run and its breaks (needs level operator); otherwise, and in a read-only transaction,
break_id is NULL for breaks never stored.
score is -log10(p_value); a break is anomalous when its q_value is at most the strategy's alpha, it is material, and its
pattern is not quiet. No row is a valid answer.$$;

CREATE OR REPLACE FUNCTION recon_evaluate(
    name text, strategy text DEFAULT NULL, rounds integer DEFAULT 20, planted double precision DEFAULT 0.02,
    seed bigint DEFAULT 1
) RETURNS TABLE (slice text, "group" text, planted_rows bigint, found bigint, recall numeric, other_alarms bigint)
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 13 AS 'MODULE_PATHNAME', 'recon_evaluate';
COMMENT ON FUNCTION recon_evaluate(text, text, integer, double precision, bigint) IS
$$Plants anomalies in copies of a reconciliation's newest rows and counts how many would be found, by length of history,
kind of plant and size; nothing is stored.
name: a reconciliation. strategy: instead of its own. rounds: how often keys are drawn and judged again (1 to 1000).
planted: share of the rows that carry a plant (up to 0.5). seed: the same seed draws the same keys.
A plant is 8 to 20 units large, one unit being the usual distance of the key's values from what was expected of them,
and no less than the tolerance. Kinds: spike, drop, drift, burst.
recall is found / planted_rows, NULL where nothing was planted. other_alarms counts anomalies in rows where nothing was
planted, over all rounds: true ones of the data, and false ones.$$;
