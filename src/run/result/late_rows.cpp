#include "run/result/late_rows.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "core/base/parts_in_threads.hpp"
#include "core/base/progress.hpp"
#include "postgres/datums.hpp"
#include "postgres/query.hpp"
#include "postgres/roles.hpp"
#include "run/source/key_batches.hpp"
#include "run/source/series_digest.hpp"

namespace recon::run {

using namespace recon::postgres;

namespace {

// What a run remembers of the rows it read, if it read them as this one does.
std::optional<breaks::RowsSketch> sketch_of_run(std::int64_t run) {
    RoleScope as_owner(extension_owner(), RoleScope::Mode::trusted);
    Query query;
    const Parameter parameters[] = {int8_parameter(run)};
    query.run("SELECT u.rows_sketch FROM recon.run u JOIN recon.reconciliation r "
              "USING (reconciliation_id) WHERE u.run_id = $1 AND u.rows_sketch IS NOT NULL "
              "AND u.source_fingerprint = recon.source_fingerprint(r)",
              parameters);
    std::optional<breaks::RowsSketch> sketch;
    if (query.rows() == 1) {
        ByteReader bytes(bytes_of(query.value("rows_sketch")), "sketch of the rows of a run");
        sketch = breaks::RowsSketch::deserialize(bytes);
        bytes.expect_end();
    }
    query.finish();
    as_owner.finish();
    return sketch;
}

} // namespace

std::vector<LateDate> late_dates_of(std::span<const breaks::RowsOfDate> on,
                                    std::int32_t newest_judged) {
    std::vector<LateDate> dates;
    for (const auto& there : on) {
        if (there.date <= newest_judged && there.targets > 0) {
            dates.push_back({there.date, there.targets});
        }
    }
    return dates;
}

LateRows::LateRows(DatesOfKeys dates, KeySpool& spool, const RunPlan& plan, const DatesRead& read,
                   const std::vector<std::int32_t>& first_dates, ThreadTeam& team)
    : dates_(std::move(dates)) {
    if (dates_.empty()) return;
    leave_out_known(spool, plan, team);
    std::set<std::int32_t> all;
    for (const auto& [key, late] : dates_) {
        for (const auto& [date, rows] : late) {
            all.insert(date);
            rows_ += rows;
        }
    }
    all_dates_.assign(all.begin(), all.end());
    // A run over a date learns from what precedes it; where nothing does, from that date.
    std::optional<FitRange> fitted;
    for (const auto date : all_dates_) {
        const auto before = read.rows_before(date);
        const auto range = read.fit_range(before > 0 ? before : read.rows_on(date));
        if (fitted && fitted->through == range.through && fitted->rows == range.rows) {
            fits_.back().to = date;
            continue;
        }
        fits_.push_back({date, date, Populations::learn(spool, plan, range, first_dates, team)});
        fitted = range;
    }
}

// Where a table is reloaded, every row says that it was loaded just now: those that the run has
// read since which rows are late are no news.
void LateRows::leave_out_known(KeySpool& spool, const RunPlan& plan, ThreadTeam& team) {
    const auto& late = *plan.late_rows;
    const auto earlier = late.since_run ? sketch_of_run(*late.since_run) : std::nullopt;
    if (!earlier) return;
    progress.begin("looking for late rows", "keys", spool.size());
    PartsInThreads<breaks::RowsSketch> parts;
    for_each_in_threads<char>(
        spool, team, [](std::size_t) { return true; },
        [&](std::size_t at, const breaks::SeriesValue& value) {
            parts.with([&](breaks::RowsSketch& sketch) {
                (void)digest_of(value, spool.key(at).mark, sketch, late.through);
            });
            return '\0';
        },
        [](std::size_t, char) { ++progress.done; });
    breaks::RowsSketch now;
    parts.gather(now);
    const auto changed = now.new_places_since(*earlier);
    if (!changed) return;
    for (auto key = dates_.begin(); key != dates_.end();) {
        auto& [at, dates] = *key;
        const auto mark = spool.key(at).mark;
        std::erase_if(dates, [&](const LateDate& there) {
            return there.date <= late.through &&
                   !changed->contains(breaks::RowsSketch::place_of(mark, there.date));
        });
        key = dates.empty() ? dates_.erase(key) : std::next(key);
    }
}

std::span<const LateDate> LateRows::dates_of(std::size_t key) const {
    const auto found = dates_.find(static_cast<std::uint32_t>(key));
    return found == dates_.end() ? std::span<const LateDate>() : std::span(found->second);
}

} // namespace recon::run
