#include "run/store/run_record.hpp"

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "postgres/datums.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "commands/sequence.h"
}

namespace recon::run {

using namespace recon::postgres;

namespace {

Parameter count_parameter(std::uint64_t count) {
    return int8_parameter(static_cast<std::int64_t>(count));
}

// What was read, for runs that compare it with what is there later.
void store_reading(Query& query, const Detection& detection, std::int64_t run_id) {
    ByteWriter sketch;
    detection.source.sketch.serialize(sketch);
    const Parameter parameters[] = {int8_parameter(run_id),
                                    date_parameter(detection.baseline_date),
                                    {BYTEAOID, make_varlena(sketch.bytes())}};
    query.run("UPDATE recon.run u SET baseline_date = $2, rows_sketch = $3, "
              "source_fingerprint = (SELECT recon.source_fingerprint(r) "
              "FROM recon.reconciliation r WHERE r.reconciliation_id = u.reconciliation_id) "
              "WHERE run_id = $1",
              parameters);
}

void store_late_rows(Query& query, const RunPlan& plan, const Detection& detection,
                     std::int64_t run_id) {
    auto late_rows = count_parameter(detection.late.rows());
    late_rows.null = !plan.late_rows.has_value();
    const Parameter parameters[] = {int8_parameter(run_id),
                                    {TIMESTAMPTZOID, TimestampTzGetDatum(*plan.loaded_before)},
                                    late_rows};
    query.run("UPDATE recon.run SET loaded_before = $2, late_rows = $3 WHERE run_id = $1",
              parameters);
}

void store_dates(Query& query, const RunPlan& plan, const Detection& detection,
                 std::int64_t run_id) {
    auto rows_in_future = count_parameter(detection.source.future.rows);
    rows_in_future.null = !plan.reads_all_dates;
    const Parameter parameters[] = {int8_parameter(run_id),
                                    date_parameter(detection.judged_through), rows_in_future};
    query.run("UPDATE recon.run SET judged_through = $2, rows_in_future = $3 WHERE run_id = $1",
              parameters);
}

} // namespace

std::int64_t number_of_run(const RunPlan& plan) {
    if (plan.run_id) return *plan.run_id;
    return guarded([] {
        return nextval_internal(
            get_relname_relid("run_run_id_seq", get_namespace_oid("recon", false)), false);
    });
}

void begin_run(Query& query, const RunPlan& plan, std::int64_t run_id) {
    if (plan.run_id) {
        const Parameter run[] = {int8_parameter(run_id)};
        // The end of a run may have been asked for without a signal that came in time.
        if (query.run("SELECT FROM recon.run WHERE run_id = $1 AND cancelled_by IS NULL "
                      "FOR NO KEY UPDATE",
                      run) == 0) {
            throw Error(ErrorKind::not_available, "the run was cancelled");
        }
        return;
    }
    const Parameter parameters[] = {int8_parameter(run_id), int4_parameter(*plan.reconciliation_id),
                                    text_parameter(plan.strategy)};
    query.run("INSERT INTO recon.run (run_id, reconciliation_id, status, strategy, run_by, "
              "started_at) "
              "VALUES ($1, $2, 'running', $3::jsonb, recon.caller(), statement_timestamp())",
              parameters);
}

void end_run(Query& query, const RunPlan& plan, const Detection& detection, std::int64_t run_id,
             const RunSummary& summary) {
    if (plan.baseline) store_reading(query, detection, run_id);
    if (plan.loaded_before) store_late_rows(query, plan, detection, run_id);
    store_dates(query, plan, detection, run_id);
    const auto& window = detection.window;
    const auto& source = detection.source;
    const Parameter parameters[] = {
        int8_parameter(run_id),
        text_parameter(plan.strategy),
        date_parameter(window ? std::optional(window->first) : std::nullopt),
        date_parameter(window ? std::optional(window->last) : std::nullopt),
        count_parameter(source.rows),
        count_parameter(source.rows_without_date),
        count_parameter(detection.rows_judged),
        count_parameter(source.keys),
        count_parameter(detection.keys_absent),
        count_parameter(detection.breaks.size()),
        count_parameter(detection.anomalies),
        count_parameter(summary.verdicts_changed),
        {BOOLOID, BoolGetDatum(detection.partial.newest.has_value())},
        text_parameter(source.digest.text()),
        text_parameter(summary.message.empty() ? std::nullopt : std::optional(summary.message)),
    };
    query.run(
        "UPDATE recon.run SET status = 'succeeded', strategy = $2::jsonb, from_date = $3, "
        "to_date = $4, rows_read = $5, rows_without_date = $6, rows_judged = $7, keys_read = $8, "
        "keys_absent = $9, breaks = $10, anomalies = $11, verdicts_changed = $12, "
        "is_partial = $13, source_digest = $14, message = $15, finished_at = clock_timestamp() "
        "WHERE run_id = $1",
        parameters);
}

} // namespace recon::run
