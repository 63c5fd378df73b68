#include "run/store/replay.hpp"

#include "postgres/datums.hpp"
#include "postgres/query.hpp"
#include "postgres/roles.hpp"

namespace recon::run {

using namespace recon::postgres;

namespace {

struct StoredReading {
    std::string run;
    bool is_of_this_definition = false;
    std::uint64_t dated_rows = 0;
    breaks::RowsSketch sketch;
};

std::optional<StoredReading> find_reading(const RunPlan& plan) {
    RoleScope as_owner(extension_owner(), RoleScope::Mode::trusted);
    Query query;
    const Parameter parameters[] = {{INT4OID, Int32GetDatum(*plan.reconciliation_id)},
                                    date_parameter(plan.from_date),
                                    date_parameter(plan.to_date),
                                    {TIMESTAMPTZOID, TimestampTzGetDatum(*plan.replays_as_of)}};
    query.run("SELECT run_id::text AS run, is_of_this_definition, dated_rows, rows_sketch "
              "FROM recon.replayed_run($1, $2, $3, $4)",
              parameters);
    std::optional<StoredReading> reading;
    if (query.rows() == 1) {
        ByteReader bytes(bytes_of(query.value("rows_sketch")), "sketch of the rows of a run");
        reading = {query.text("run"), DatumGetBool(query.value("is_of_this_definition")),
                   DatumGetUInt64(query.value("dated_rows")),
                   breaks::RowsSketch::deserialize(bytes)};
        bytes.expect_end();
    }
    query.finish();
    as_owner.finish();
    return reading;
}

std::string counted(const breaks::RowChanges& changes) {
    std::string parts;
    const auto add = [&](std::uint64_t n, const char* one, const char* many) {
        if (n == 0) return;
        parts += (parts.empty() ? "" : ", ") + std::to_string(n) + (n == 1 ? one : many);
    };
    add(changes.altered, " has other values", " have other values");
    add(changes.added, " is new", " are new");
    add(changes.gone, " is gone", " are gone");
    return std::to_string(changes.all()) +
           (changes.all() == 1 ? " source row has changed: " : " source rows have changed: ") +
           parts;
}

} // namespace

std::optional<std::string> changes_since_run(const RunPlan& plan, const Detection& detection) {
    const auto reading = find_reading(plan);
    if (!reading) return std::nullopt;
    const std::string since = "since run " + reading->run + ", ";
    if (!reading->is_of_this_definition) {
        return since + "the definition of the reconciliation or of its source has changed: its "
                       "rows cannot be compared";
    }
    const auto& source = detection.source;
    const auto changes = source.sketch.changes_since(reading->sketch);
    if (!changes) {
        return since + "more source rows have changed than are counted one by one (about " +
               std::to_string(breaks::RowsSketch::most_differences) + "): it read " +
               std::to_string(reading->dated_rows) + " rows with a date, now there are " +
               std::to_string(source.rows - source.rows_without_date - source.future.rows);
    }
    if (changes->all() == 0) return since + "no source row has changed";
    return since + counted(*changes);
}

} // namespace recon::run
