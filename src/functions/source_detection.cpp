#include "functions/source_detection.hpp"

#include <array>

#include "functions/date_text.hpp"
#include "functions/run_source.hpp"
#include "postgres/datums.hpp"
#include "postgres/roles.hpp"

#include "core/progress.hpp"

namespace recon::functions {

using namespace recon::postgres;

namespace {

// What the source holds now: the rows that the stored baselines know, and all.
struct SourceNow {
    breaks::RowsDigest known_digest;
    std::uint64_t known_rows = 0;
    SourceCounts counts;
};

SourceNow look_at_source(const BaselinePlan& baseline, const std::string& reader) {
    RoleScope as_reader(role_named(reader), RoleScope::Mode::restricted);
    Query query;
    query.run(baseline.digest_scan, {}, true);
    const auto seen = int8_array(query.value(0, 1));
    SourceNow now;
    now.known_digest = breaks::RowsDigest(
        {static_cast<std::uint64_t>(seen.at(0)), static_cast<std::uint64_t>(seen.at(1))});
    now.known_rows = static_cast<std::uint64_t>(seen.at(2));
    now.counts.rows_without_date = static_cast<std::uint64_t>(seen.at(4));
    now.counts.rows =
        now.known_rows + static_cast<std::uint64_t>(seen.at(3)) + now.counts.rows_without_date;
    now.counts.rows_unreadable = static_cast<std::uint64_t>(DatumGetInt64(query.value(0, 2)));
    query.finish();
    as_reader.finish();
    return now;
}

// The run continued from the stored baselines, where that gives the right answer.
std::optional<JudgedSource> judge_later_rows(const RunPlan& plan, MemoryContext work,
                                             std::optional<BaselineWriter>& baselines,
                                             std::optional<std::string>& remark) {
    auto fit = load_fit(plan);
    if (!fit || fit->through != *plan.baseline->through) return std::nullopt;
    progress.begin("looking for changes in the history", "rows so far");
    const auto now = look_at_source(*plan.baseline, plan.reader);
    if (now.known_digest != fit->digest || now.known_rows != fit->rows) {
        remark = "rows up to " + date_text(fit->through) +
                 " have changed since they were read last: the whole history was read again";
        return std::nullopt;
    }
    progress.begin("reading the source", "rows so far");
    auto spool = read_source(plan, plan.baseline->scan, work);
    TakeState take_state;
    if (baselines) {
        take_state = [&](std::size_t at, std::uint64_t history, std::span<const std::byte> state) {
            baselines->take(spool.key(at), history, state);
        };
    }
    try {
        auto detection = continue_detection(
            spool, plan, std::move(*fit), now.counts,
            [&](std::span<const std::size_t> at) { return load_states(plan, spool, at); },
            take_state);
        if (detection) {
            return JudgedSource{std::move(spool), std::move(*detection), std::nullopt,
                                std::nullopt};
        }
    } catch (const Error& error) {
        // Bytes of another library are no baseline.
        if (error.kind() != ErrorKind::invalid_data) throw;
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
    judged->baselines = baselines;
    return std::move(*judged);
}

} // namespace recon::functions
