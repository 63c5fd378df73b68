#include "exchange/report.hpp"

#include <map>

#include "core/report/markup.hpp"
#include "core/report/run_page.hpp"
#include "exchange/owner_query.hpp"
#include "postgres/cursor.hpp"
#include "postgres/datums.hpp"
#include "postgres/roles.hpp"

namespace recon::exchange {

using namespace recon::postgres;
using report::ChartBar;
using report::RunReport;

namespace {

std::vector<ChartBar> bars_of(const JsonValue& plan, const char* name) {
    std::vector<ChartBar> bars;
    for (const auto& bar : plan.at(name).elements()) {
        bars.push_back({bar.at("label").text(), bar.at("value").number()});
    }
    return bars;
}

RunReport read_report(const JsonValue& plan) {
    RunReport report;
    report.reconciliation = plan.at("reconciliation").text();
    report.run = plan.at("run").text();
    report.window = plan.at("window").text();
    report.made_at = plan.at("made_at").text();
    report.strategy = plan.at("strategy").text();
    report.judged = plan.at("judged").integer();
    report.breaks = plan.at("breaks").integer();
    report.matched = report.judged - report.breaks;
    report.anomalies = plan.at("anomalies").integer();
    report.changed = plan.at("changed").integer();
    report.message = find_as(plan, "message", &JsonValue::text);
    for (const auto& run : plan.at("past").elements()) {
        report.past.push_back(
            {run.at("date").text(), run.at("anomalies").number(), run.at("match_rate").number()});
    }
    report.by_severity = bars_of(plan, "by_severity");
    report.by_pattern = bars_of(plan, "by_pattern");
    report.by_category = bars_of(plan, "by_category");
    report.drivers = bars_of(plan, "drivers");
    report.ageing = bars_of(plan, "ageing");
    for (const auto& total : plan.at("totals").elements()) {
        report.totals.push_back({total.at("what").text(), total.at("rows").integer()});
    }
    for (const auto& anomaly : plan.at("list").elements()) {
        const auto observed = find_as(anomaly, "observed", &JsonValue::number);
        const std::string currency = anomaly.at("currency").text();
        const std::string amount =
            observed ? report::shown_number(*observed) + (currency.empty() ? "" : " " + currency)
                     : "no amount";
        report.list.push_back({anomaly.at("key").text(),
                               anomaly.at("date").text(),
                               amount,
                               anomaly.at("severity").text(),
                               anomaly.at("pattern").text(),
                               anomaly.at("reason").text(),
                               anomaly.at("action").text(),
                               {}});
    }
    return report;
}

// The histories of the strongest anomalies, as the caller reads the source: rows (number in the
// list, date, value, whether it is the anomaly itself).
void add_histories(const JsonValue& plan, RunReport& report) {
    const auto statement = find_as(plan, "histories", &JsonValue::text);
    if (!statement) return;
    RoleScope as_caller(guarded([] { return GetUserId(); }), RoleScope::Mode::restricted);
    Query query;
    Cursor cursor(query, *statement);
    const auto take = [&](const Datum* values, const bool* nulls) {
        const auto at = static_cast<std::size_t>(DatumGetInt64(values[0])) - 1;
        if (at >= report.list.size() || nulls[2]) return;
        report.list[at].history.push_back(
            {text_of(values[1]), DatumGetFloat8(values[2]), DatumGetBool(values[3])});
    };
    constexpr long rows_at_a_time = 1000;
    while (cursor.fetch(rows_at_a_time, take) > 0) {
    }
    query.finish();
    as_caller.finish();
}

JsonValue plan_of(std::int64_t run) {
    const Parameter parameters[] = {int8_parameter(run)};
    return ask_as_owner("SELECT recon.report_plan($1) AS answer", parameters,
                        "the plan of a report");
}

} // namespace

std::string run_report_html(std::int64_t run) {
    const auto plan = plan_of(run);
    auto report = read_report(plan);
    add_histories(plan, report);
    return report::run_page(report);
}

std::string run_digest_text(std::int64_t run) {
    return report::run_digest(read_report(plan_of(run)));
}

} // namespace recon::exchange
