#include "run/store/watched_rows.hpp"

#include <string>
#include <vector>

#include "postgres/datums.hpp"

namespace recon::run {

using namespace recon::postgres;

namespace {

constexpr const char* if_read = "AND (written_by = pg_current_xact_id() "
                                "OR pg_visible_in_snapshot(written_by, $4::pg_snapshot))";

Datum make_jsonb_array(std::vector<Datum>& elements) {
    Datum* const first = elements.data();
    const int count = static_cast<int>(elements.size());
    return guarded([=] {
        return PointerGetDatum(construct_array(first, count, JSONBOID, -1, false, TYPALIGN_INT));
    });
}

} // namespace

void forget_watched(Query& query, const RunPlan& plan, const KeySpool& spool,
                    const Detection& detection) {
    query.run("SELECT pg_current_snapshot() AS snapshot", {}, true);
    const auto snapshot = text_parameter(query.text("snapshot"));
    const auto reconciliation = int4_parameter(*plan.reconciliation_id);
    if (detection.window) {
        const Parameter parameters[] = {reconciliation, date_parameter(detection.window->from),
                                        date_parameter(detection.window->to), snapshot};
        query.run("DELETE FROM recon.watched_break WHERE reconciliation_id = $1 "
                  "AND break_date BETWEEN $2 AND $3 " +
                      std::string(if_read),
                  parameters);
    }
    if (detection.late.empty()) return;
    std::vector<Datum> keys;
    std::vector<std::int32_t> dates;
    for (const auto& [key, late] : detection.late.dates_of_keys()) {
        for (const auto& there : late) {
            keys.push_back(spool.key(key).key);
            dates.push_back(there.date);
        }
    }
    const Parameter parameters[] = {reconciliation,
                                    {JSONBARRAYOID, make_jsonb_array(keys)},
                                    {DATEARRAYOID, make_date_array(dates)},
                                    snapshot};
    query.run("DELETE FROM recon.watched_break w USING unnest($2, $3) AS late (key, day) "
              "WHERE w.reconciliation_id = $1 AND w.break_date = late.day "
              "AND w.key = late.key " +
                  std::string(if_read),
              parameters);
}

} // namespace recon::run
