#include "run/carry_out.hpp"

#include <functional>
#include <optional>
#include <vector>

#include "core/base/interrupt.hpp"
#include "core/base/progress.hpp"
#include "postgres/memory.hpp"
#include "postgres/progress_reporter.hpp"
#include "postgres/roles.hpp"
#include "postgres/snapshot_scope.hpp"
#include "run/judge/custom_detectors.hpp"
#include "run/remarks.hpp"
#include "run/result/verdict_columns.hpp"
#include "run/source_detection.hpp"
#include "run/store/run_progress.hpp"
#include "run/store/run_store.hpp"

namespace recon::run {

using namespace recon::postgres;

void notice(const std::string& message) {
    const char* const text = message.c_str();
    guarded([=] { ereport(NOTICE, (errmsg("%s", text))); });
}

namespace {

std::string subject_of(const RunPlan& plan) {
    return plan.reconciliation_id ? "reconciliation \"" + plan.reconciliation_name + "\""
                                  : "comparison";
}

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const auto& text : texts)
        all += (all.empty() ? "" : "; ") + text;
    return all;
}

// One row for each break, in order: shown, stored, or both.
void write_verdicts(const RunPlan& plan, const JudgedSource& judged, ResultSet* answer,
                    RunStore* store) {
    const auto& detection = judged.detection;
    progress.begin("writing verdicts", "breaks", detection.breaks.size());
    std::optional<VerdictAnswer> shown;
    if (answer != nullptr) shown.emplace(*answer);
    VerdictValues values(detection, plan);
    const MemoryContext per_row = guarded([] {
        return AllocSetContextCreate(CurrentMemoryContext, "recon verdict", ALLOCSET_DEFAULT_SIZES);
    });
    for (std::size_t at = 0; at < detection.breaks.size(); ++at) {
        progress.done = at;
        if (at % 64 == 0) poll_interrupt();
        const ContextScope scope(per_row);
        const auto& found = detection.breaks[at];
        VerdictRow row({values, found, judged.spool.key(found.key),
                        store != nullptr ? std::optional(store->break_id(at)) : std::nullopt});
        if (shown) shown->add(row);
        if (store != nullptr) store->add(at, row);
        guarded([=] { MemoryContextReset(per_row); });
    }
}

} // namespace

std::uint64_t carry_out(const RunPlan& plan, ResultSet* answer) {
    // The plan has taken the lock: what is read now is what the last run has left.
    SnapshotScope snapshot(SnapshotScope::Mode::transaction);
    std::optional<RunProgress> visible;
    if (plan.run_id) visible.emplace(*plan.run_id);
    const ProgressReporter reporter(subject_of(plan), visible ? [&visible] { visible->publish(); }
                                                              : std::function<void()>{});
    const MemoryContext work = guarded([] {
        return AllocSetContextCreate(CurrentMemoryContext, "recon detection",
                                     ALLOCSET_DEFAULT_SIZES);
    });
    const ContextScope in_work(work);
    auto judged = judge_source(plan, work);
    ask_own_rules(judged.detection, judged.spool, plan);
    const auto said = remarks(plan, judged);
    for (const auto& remark : said)
        notice(remark);

    RoleScope as_owner(extension_owner(), RoleScope::Mode::trusted);
    std::optional<RunStore> store;
    if (plan.persist) store.emplace(plan, judged.spool, judged.detection);
    write_verdicts(plan, judged, answer, store ? &*store : nullptr);
    if (store) {
        const auto run_id = store->finish(joined(said));
        if (judged.baselines) judged.baselines->finish(judged.detection, run_id);
    }
    as_owner.finish();
    judged.spool.finish();
    snapshot.finish();
    if (plan.advice) notice(*plan.advice);
    return judged.detection.anomalies;
}

} // namespace recon::run
