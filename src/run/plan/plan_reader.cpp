#include "run/plan/plan_reader.hpp"

#include <memory>

#include "core/base/error.hpp"

namespace recon::run {

using postgres::find_as;
using postgres::JsonValue;

namespace {

std::vector<std::int32_t> read_dates(const std::optional<JsonValue>& dates) {
    std::vector<std::int32_t> days;
    if (!dates) return days;
    for (const auto& date : dates->elements())
        days.push_back(date.date());
    return days;
}

breaks::JudgeOptions read_judging(const JsonValue& plan) {
    breaks::JudgeOptions judging;
    for (const auto& measure : plan.at("measures").elements())
        judging.tolerance.push_back(measure.at("tolerance").number());
    judging.window = static_cast<std::uint32_t>(plan.at("history_rows").integer());
    for (auto& detector : judging.detectors)
        detector = {false, 1};
    for (const auto& [name, weight] : plan.at("detectors").members()) {
        const auto detector = breaks::detector_named(name);
        if (!detector) {
            throw Error(ErrorKind::internal,
                        "detector \"" + name + "\" is not known to the library", "",
                        "Run ALTER EXTENSION recon UPDATE in a new session.");
        }
        if (!(weight.number() > 0)) continue; // it is off
        judging.detectors[static_cast<std::size_t>(*detector)] = {true, weight.number()};
    }
    const auto forest = plan.at("forest");
    judging.forest = {static_cast<std::uint32_t>(forest.at("trees").integer()),
                      static_cast<std::uint32_t>(forest.at("sample_size").integer())};
    judging.combination = evidence::combination_named(plan.at("combination").text())
                              .value_or(evidence::Combination::harmonic);
    if (const auto holidays = plan.find("holidays")) {
        judging.calendar = std::make_shared<const series::Calendar>(read_dates(holidays));
    }
    return judging;
}

// The first limit that fits a break counts.
std::vector<breaks::AmountLimit> read_limits(const JsonValue& limits) {
    std::vector<breaks::AmountLimit> read;
    for (const auto& limit : limits.elements()) {
        read.push_back({find_as(limit, "column", &JsonValue::text),
                        find_as(limit, "like", &JsonValue::text).value_or(""),
                        find_as(limit, "currency", &JsonValue::text), limit.at("amount").number()});
    }
    return read;
}

// Members are the rules that are on, by name, each with its options.
breaks::Rules read_rules(const JsonValue& plan) {
    breaks::Rules rules;
    std::uint8_t weekend = 0;
    std::vector<std::int32_t> holidays;
    for (const auto& [name, options] : plan.members()) {
        const auto rule = breaks::rule_named(name);
        if (!rule) continue; // a detector of its own, which is asked by its function
        rules.on = static_cast<breaks::RuleFlags>(rules.on | flag(*rule));
        switch (*rule) {
        case breaks::Rule::weekend:
            for (const auto& day : options.at("days").elements())
                weekend = static_cast<std::uint8_t>(weekend | (1U << (day.integer() - 1)));
            break;
        case breaks::Rule::holiday:
            holidays = read_dates(options.find("holidays"));
            break;
        case breaks::Rule::amount_threshold:
            rules.limits = read_limits(options.at("limits"));
            break;
        case breaks::Rule::unusual_period:
            rules.period_factor = options.at("factor").number();
            break;
        case breaks::Rule::stale:
            rules.stale_days = static_cast<std::int32_t>(options.at("days").integer());
            break;
        case breaks::Rule::round_amount:
            rules.round_unit = options.at("unit").number();
            break;
        case breaks::Rule::other_period: // both were found, or not, when the row was read
        case breaks::Rule::time_of_day:
            break;
        }
    }
    rules.calendar = series::Calendar(std::move(holidays), weekend);
    return rules;
}

std::vector<CustomDetector> read_custom_detectors(const JsonValue& plan) {
    std::vector<CustomDetector> detectors;
    for (const auto& detector : plan.elements()) {
        detectors.push_back({.name = detector.at("name").text(),
                             .is_rule = detector.at("type").text() == "rule",
                             .gives_text = detector.at("gives_text").boolean(),
                             .call = detector.at("call").text(),
                             .options = detector.at("options").json(),
                             .weight = detector.at("weight").number()});
    }
    return detectors;
}

BaselinePlan read_baseline(const JsonValue& plan) {
    BaselinePlan baseline;
    baseline.fingerprint = plan.at("fingerprint").text();
    baseline.is_kept = plan.at("is_kept").boolean();
    baseline.horizon = plan.at("horizon").text();
    baseline.source = plan.at("source").text();
    baseline.through = find_as(plan, "through", &JsonValue::date);
    if (!baseline.through) return baseline;
    baseline.known_rows_scan = find_as(plan, "known_rows_scan", &JsonValue::text);
    baseline.block_scan = plan.at("block_scan").text();
    baseline.digest_scan = plan.at("digest_scan").text();
    baseline.scan = plan.at("scan").text();
    return baseline;
}

breaks::MinimumAmounts read_minimum_amounts(const JsonValue& plan) {
    breaks::MinimumAmounts floors;
    floors.otherwise = plan.at("minimum_amount").number();
    if (const auto listed = plan.find("minimum_amounts")) {
        for (const auto& [currency, amount] : listed->members())
            floors.of_currency.emplace(currency, amount.number());
    }
    return floors;
}

} // namespace

RunPlan read_plan(const JsonValue& from) {
    RunPlan plan;
    if (const auto id = find_as(from, "reconciliation_id", &JsonValue::integer)) {
        plan.reconciliation_id = static_cast<std::int32_t>(*id);
    }
    plan.reconciliation_name = find_as(from, "reconciliation_name", &JsonValue::text).value_or("");
    plan.reader = from.at("reader").text();
    plan.scan = from.at("scan").text();
    for (const auto& measure : from.at("measures").elements())
        plan.measures.push_back(measure.at("name").text());
    plan.judging = read_judging(from);
    if (const auto rules = from.find("rules")) plan.rules = read_rules(*rules);
    if (const auto own = from.find("custom_detectors")) {
        plan.custom_detectors = read_custom_detectors(*own);
    }
    plan.strategy = from.at("strategy").json();
    plan.keeps_all_scores = from.at("scores").text() == "all";
    plan.alpha = from.at("alpha").number();
    plan.minimum_amounts = read_minimum_amounts(from);
    plan.from_date = find_as(from, "from_date", &JsonValue::date);
    plan.to_date = find_as(from, "to_date", &JsonValue::date);
    plan.newest_judged = find_as(from, "newest_judged", &JsonValue::date);
    plan.today = from.at("today").date();
    plan.run_day = from.at("run_day").date();
    if (const auto late = from.find("late_rows")) {
        plan.late_rows = {find_as(*late, "since_run", &JsonValue::integer),
                          find_as(*late, "through", &JsonValue::date).value_or(0)};
    }
    plan.loaded_before = find_as(from, "loaded_before", &JsonValue::moment);
    plan.separate_target = from.at("separate_target").boolean();
    plan.persist = from.at("persist").boolean();
    plan.advice = find_as(from, "advice", &JsonValue::text);
    if (const auto baseline = from.find("baseline")) plan.baseline = read_baseline(*baseline);
    return plan;
}

} // namespace recon::run
