// recon_detect: the main job. What to read is decided by recon.plan_run, as the owner of the
// extension; the source is read as the owner of the reconciliation; what is found is written as the
// owner of the extension again.
#include "postgres/boundary.hpp"
#include "postgres/date_text.hpp"
#include "postgres/datums.hpp"
#include "postgres/memory.hpp"
#include "postgres/progress_reporter.hpp"
#include "postgres/result_set.hpp"
#include "postgres/roles.hpp"
#include "run/judge/own_detectors.hpp"
#include "run/result/verdict_rows.hpp"
#include "run/source/run_source.hpp"
#include "run/source_detection.hpp"
#include "run/store/replay.hpp"
#include "run/store/run_progress.hpp"
#include "run/store/run_store.hpp"

#include "core/base/interrupt.hpp"
#include "core/base/progress.hpp"

extern "C" {
#include "access/xlog.h"
}

namespace recon::functions {
namespace {

using namespace recon::postgres;
using namespace recon::run;

void notice(const std::string& message) {
    const char* const text = message.c_str();
    guarded([=] { ereport(NOTICE, (errmsg("%s", text))); });
}

std::string subject_of(const RunPlan& plan) {
    return plan.reconciliation_id ? "reconciliation \"" + plan.reconciliation_name + "\""
                                  : "comparison";
}

// "1 key", "2 keys".
std::string counted(std::uint64_t n, const char* one, const char* many) {
    return std::to_string(n) + (n == 1 ? one : many);
}

std::string partial_dates(const Detection& detection) {
    const auto& partial = detection.partial;
    const std::string newest = date_text(*partial.newest);
    const std::string subject =
        partial.dates == 1
            ? newest + " is partial: it"
            : std::to_string(partial.dates) + " dates are partial; the newest, " + newest + ",";
    return subject + " has " + counted(partial.keys, " key", " keys") + " where " +
           std::to_string(partial.usual_keys) + " are usual; a feed may be late";
}

std::string late_rows(const LateRows& late) {
    const auto& dates = late.dates();
    return "judged too: " + counted(late.rows(), " late row of ", " late rows of ") +
           (dates.size() == 1 ? date_text(dates.front())
                              : std::to_string(dates.size()) + " dates from " +
                                    date_text(dates.front()) + " to " + date_text(dates.back())) +
           ", loaded since earlier runs had judged these dates";
}

// What a person should know beside the rows.
std::vector<std::string> remarks(const RunPlan& plan, const JudgedSource& judged) {
    const auto& detection = judged.detection;
    const auto& source = detection.source;
    std::vector<std::string> said;
    if (judged.remark) said.push_back(*judged.remark);
    if (!detection.late.empty()) said.push_back(late_rows(detection.late));
    if (!detection.window && detection.late.empty()) {
        if (source.rows == 0) {
            said.emplace_back("the source has no rows");
        } else if (plan.newest_judged && !plan.from_date && !plan.to_date) {
            said.push_back("nothing new: no row is dated after " + date_text(*plan.newest_judged) +
                           ", the newest date judged; pass from_date and to_date to judge again");
        } else {
            said.emplace_back("no row is dated within the target window");
        }
    }
    if (source.rows_without_date > 0) {
        said.push_back(std::to_string(source.rows_without_date) + " of " +
                       counted(source.rows, " row", " rows") +
                       (source.rows_without_date == 1 ? " has no date and was not judged"
                                                      : " have no date and were not judged"));
    }
    if (source.rows_unreadable > 0) {
        said.push_back(std::to_string(source.rows_unreadable) + " of " +
                       counted(source.rows, " row", " rows") +
                       (source.rows_unreadable == 1 ? " has amounts that are not numbers"
                                                    : " have amounts that are not numbers") +
                       "; they count as missing");
    }
    if (plan.replays_as_of) {
        if (auto changes = changes_since_run(plan, detection)) said.push_back(std::move(*changes));
    }
    if (detection.partial.newest) said.push_back(partial_dates(detection));
    if (detection.keys_absent > 0) {
        const bool partial = detection.partial.newest == detection.window->last;
        said.push_back(counted(detection.keys_absent, " key of the date before has",
                               " keys of the date before have") +
                       " no row on the newest date: " +
                       (partial ? "probably a feed is missing" : "corrected, or missing"));
    }
    return said;
}

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const auto& text : texts)
        all += (all.empty() ? "" : "; ") + text;
    return all;
}

// Carries a plan out. The rows go to `answer`, where there is one. Gives the number of anomalies.
std::uint64_t carry_out(const RunPlan& plan, ResultSet* answer) {
    if (plan.persist) lock_reconciliation(plan);
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
    auto& spool = judged.spool;
    ask_own_rules(judged.detection, spool, plan);
    const auto& detection = judged.detection;
    const auto said = remarks(plan, judged);
    for (const auto& remark : said)
        notice(remark);

    RoleScope as_owner(extension_owner(), RoleScope::Mode::trusted);
    std::optional<RunStore> store;
    if (plan.persist) store.emplace(plan, spool, detection);

    progress.begin("writing verdicts", "breaks", detection.breaks.size());
    VerdictRows rows(detection, plan);
    const MemoryContext per_row = guarded(
        [=] { return AllocSetContextCreate(work, "recon verdict", ALLOCSET_DEFAULT_SIZES); });
    for (std::size_t at = 0; at < detection.breaks.size(); ++at) {
        progress.done = at;
        if (at % 64 == 0) poll_interrupt();
        const ContextScope scope(per_row);
        const auto& judged_break = detection.breaks[at];
        auto row = rows.make(judged_break, spool.key(judged_break.key),
                             store ? std::optional(store->break_id(at)) : std::nullopt);
        if (answer != nullptr) answer->add(row.values.data(), row.nulls.data());
        if (store) store->add(at, row);
        guarded([=] { MemoryContextReset(per_row); });
    }
    if (store) {
        const auto run = store->finish(joined(said));
        if (judged.baselines) judged.baselines->finish(detection, run);
    }
    as_owner.finish();
    spool.finish();
    if (plan.advice) notice(*plan.advice);
    return detection.anomalies;
}

Datum detect(FunctionCallInfo fcinfo) {
    const CallerScope remembered;
    ResultSet answer(fcinfo);
    auto plan =
        plan_as_owner(std::span<const NullableDatum, run_arguments>(fcinfo->args, run_arguments));
    if (plan.persist && (XactReadOnly || RecoveryInProgress())) {
        notice("this transaction is read-only: the verdicts are shown, not stored");
        plan.persist = false;
    }
    (void)carry_out(plan, &answer);
    return 0;
}

void require_value(const Arguments& arguments, int at, const char* what) {
    if (!arguments.is_null(at)) return;
    guarded([=] {
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s is missing", what),
                        errdetail("It is NULL."),
                        errhint("CALL recon_work() carries out what recon_submit has put into the "
                                "queue.")));
    });
}

// recon.carry_out_run(run, submitter, name, history, target, from_date, to_date, strategy, as_of)
Datum carry_out_run(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    require_value(arguments, 0, "the run to carry out");
    require_value(arguments, 1, "the role that submitted the run");
    // Who submitted it must have the rights still, whoever works the queue.
    const CallerScope submitter(role_named(NameStr(*DatumGetName(arguments.datum(1)))));
    NullableDatum asked[run_arguments];
    for (std::size_t i = 0; i + 1 < run_arguments; ++i)
        asked[i] = fcinfo->args[i + 2];
    asked[run_arguments - 1] = {BoolGetDatum(true), false};
    auto plan = plan_as_owner(asked);
    plan.run_id = arguments.int8(0);
    return Int64GetDatum(static_cast<std::int64_t>(carry_out(plan, nullptr)));
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_detect, recon::functions::detect);
RECON_FUNCTION(recon_carry_out_run, recon::functions::carry_out_run);
