#include "run/plan/run_plan.hpp"

#include <limits>

#include "postgres/query.hpp"
#include "run/plan/plan_reader.hpp"

namespace recon::run {

using namespace recon::postgres;

std::int32_t RunPlan::last_date() const noexcept {
    if (to_date) return *to_date;
    // What is named as the target is what was asked for.
    const bool is_asked_for = separate_target || (from_date && *from_date > today);
    return is_asked_for ? std::numeric_limits<std::int32_t>::max() : today;
}

RunPlan make_run_plan(std::span<const NullableDatum, run_arguments> arguments) {
    const Oid types[run_arguments] = {TEXTOID, TEXTOID, TEXTOID,        DATEOID,
                                      DATEOID, TEXTOID, TIMESTAMPTZOID, BOOLOID};
    std::vector<Parameter> parameters;
    for (std::size_t i = 0; i < run_arguments; ++i) {
        parameters.push_back({types[i], arguments[i].value, arguments[i].isnull});
    }
    Query query;
    query.run("SELECT recon.plan_run($1, $2, $3, $4, $5, $6, $7, $8) AS plan", parameters);
    auto plan = read_plan({query.value("plan"), "the plan of a run"});
    query.finish();
    const auto& history = arguments[1];
    const auto& target = arguments[2];
    const auto& as_of = arguments[6];
    plan.is_as_of = !as_of.isnull;
    plan.reads_all_dates = history.isnull && target.isnull && as_of.isnull && !plan.to_date;
    if (plan.reconciliation_id && history.isnull && target.isnull && !as_of.isnull) {
        plan.replays_as_of = DatumGetTimestampTz(as_of.value);
    }
    return plan;
}

} // namespace recon::run
