#include "run/source_detection.hpp"

#include <array>

#include "core/base/dates.hpp"
#include "core/base/progress.hpp"
#include "postgres/datums.hpp"
#include "postgres/roles.hpp"
#include "run/judge/detect_breaks.hpp"
#include "run/source/rows_seen.hpp"
#include "run/source/run_source.hpp"

extern "C" {
#include "storage/itemptr.h"
}

namespace recon::run {

using namespace recon::postgres;

namespace {

// What the source holds now: the rows that the stored baselines know, and all.
struct SourceNow {
    bool is_known_unchanged = false;
    SourceCounts counts;
    // Where in the table the later rows are, if that is known: from one place to before another.
    std::optional<std::pair<ItemPointerData, ItemPointerData>> later_rows;
};

ItemPointerData begin_of_block(std::uint64_t block) {
    ItemPointerData place;
    ItemPointerSet(&place, static_cast<BlockNumber>(block), 0);
    return place;
}

// For who wonders what a run has read: client_min_messages = debug1.
void say_how(const char* how) {
    guarded([=] { ereport(DEBUG1, (errmsg_internal("the history is unchanged: %s", how))); });
}

// By the transactions that wrote the rows. Nothing where these do not tell.
std::optional<SourceNow> look_at_writers(const BaselinePlan& baseline, const StoredFit& fit) {
    if (!baseline.known_rows_scan) return std::nullopt;
    Query query;
    query.run(*baseline.known_rows_scan, {}, true);
    const auto seen = read_seen<RowsByWriter>(int8_array(query.value("rows_seen")));
    query.finish();
    // Rows written since then may still be the same ones, loaded again.
    if (seen.through != fit.rows || seen.written != 0) return std::nullopt;
    SourceNow now;
    now.is_known_unchanged = true;
    now.counts.rows_without_date = seen.undated;
    now.counts.rows = seen.through + seen.after + seen.undated;
    now.later_rows.emplace(begin_of_block(seen.after == 0 ? 0 : seen.from_block),
                           begin_of_block(seen.to_block));
    return now;
}

SourceNow look_at_contents(const BaselinePlan& baseline, const StoredFit& fit) {
    Query query;
    query.run(baseline.digest_scan, {}, true);
    const auto seen = read_seen<RowsByContent>(int8_array(query.value("rows_seen")));
    SourceNow now;
    now.is_known_unchanged = seen.digest == fit.digest && seen.through == fit.rows;
    now.counts.rows_without_date = seen.undated;
    now.counts.rows = seen.through + seen.after + seen.undated;
    now.counts.rows_unreadable = DatumGetUInt64(query.value("rows_unreadable"));
    query.finish();
    return now;
}

SourceNow look_at_source(const RunPlan& plan, const StoredFit& fit) {
    RoleScope as_reader(role_named(plan.reader), RoleScope::Mode::restricted);
    auto now = look_at_writers(*plan.baseline, fit);
    const bool by_writers = now.has_value();
    if (!now) now = look_at_contents(*plan.baseline, fit);
    as_reader.finish();
    if (now->is_known_unchanged) {
        say_how(by_writers ? "no transaction has written it since" : "its contents are the same");
    }
    return *now;
}

KeySpool read_later_rows(const RunPlan& plan, SourceNow& now, MemoryContext work) {
    if (!now.later_rows) return read_source(plan, plan.baseline->scan, work);
    auto& [from, to] = *now.later_rows;
    const Parameter places[] = {{TIDOID, PointerGetDatum(&from)}, {TIDOID, PointerGetDatum(&to)}};
    return read_source(plan, plan.baseline->block_scan, work, places);
}

std::string unreadable(const std::string& why) {
    return "the stored baselines could not be read (" + why + "): the whole history was read again";
}

// The run continued from the stored baselines, where that gives the right answer.
std::optional<JudgedSource> judge_later_rows(const RunPlan& plan, MemoryContext work,
                                             std::optional<BaselineWriter>& baselines,
                                             std::optional<std::string>& remark) {
    auto [fit, damage] = load_fit(plan);
    if (damage) remark = unreadable(*damage);
    if (!fit) return std::nullopt;
    progress.begin("looking for changes in the history", "rows so far");
    auto now = look_at_source(plan, *fit);
    if (!now.is_known_unchanged) {
        remark = "rows up to " + iso_date(fit->through) +
                 " have changed since they were read last: the whole history was read again";
        return std::nullopt;
    }
    progress.begin("reading the source", "rows so far");
    auto spool = read_later_rows(plan, now, work);
    TakeState take_state;
    if (baselines) {
        take_state = [&](std::size_t at, std::uint64_t history, std::span<const std::byte> state) {
            baselines->take(spool.key(at), history, state);
        };
    }
    try {
        auto detection = continue_detection(
            spool, plan, std::move(*fit), now.counts,
            {[&](std::span<const std::size_t> at) { return load_states(plan, spool, at); },
             take_state});
        if (detection) {
            return JudgedSource{std::move(spool), std::move(*detection), std::nullopt,
                                std::nullopt};
        }
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::invalid_data) throw;
        remark = unreadable(error.what());
        if (baselines) baselines->replace_all();
    }
    spool.finish();
    return std::nullopt;
}

} // namespace

JudgedSource judge_source(const RunPlan& plan, MemoryContext work) {
    std::optional<BaselineWriter> baselines;
    std::optional<std::string> remark;
    if (plan.baseline && plan.baseline->is_kept && plan.persist) baselines.emplace(plan, work);
    std::optional<JudgedSource> judged;
    if (plan.baseline && plan.baseline->through) {
        judged = judge_later_rows(plan, work, baselines, remark);
    }
    if (!judged) {
        progress.begin("reading the source", "rows so far");
        auto spool = read_source(plan, plan.scan, work);
        TakeState take_state;
        if (baselines) {
            take_state = [&](std::size_t at, std::uint64_t history,
                             std::span<const std::byte> state) {
                baselines->take(spool.key(at), history, state);
            };
        }
        auto detection = detect_breaks(spool, plan, take_state);
        judged.emplace(JudgedSource{std::move(spool), std::move(detection), std::nullopt, remark});
    }
    judged->baselines = std::move(baselines);
    return std::move(*judged);
}

} // namespace recon::run
