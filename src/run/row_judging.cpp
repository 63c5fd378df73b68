#include "run/row_judging.hpp"

#include "core/base/dates.hpp"
#include "core/base/error.hpp"
#include "postgres/datums.hpp"
#include "postgres/roles.hpp"
#include "run/judge/run_rules.hpp"
#include "run/result/verdict_columns.hpp"

namespace recon::run {

using namespace recon::postgres;

void judge_by_state(JudgedRows& judged, const RowPlan& plan, breaks::KeyState& state,
                    const breaks::SeriesValue& value, const KeyEntry& entry, std::uint32_t key) {
    std::vector<breaks::Finding> findings; // of the breaks
    std::vector<double> ln_p;              // of all rows
    std::vector<breaks::RuleFlags> rules;  // of the breaks, in order
    breaks::judge_breaks(state, value.series, plan.fit.populations.of_pool(entry.pool),
                         plan.run.judging, findings,
                         {.look = take_down_rules(plan.run.rules, rules), .ln_p = &ln_p});
    judged.rows += ln_p.size();
    const double limit = amount_limit(plan.run.rules, entry);
    const double minimum_amount = plan.run.minimum_amounts.of(entry.currency);
    for (std::size_t i = 0; i < findings.size(); ++i) {
        const auto& finding = findings[i];
        JudgedBreak found{key, minimum_amount, finding};
        found.rules = rules.empty() ? breaks::RuleFlags{0} : rules[i];
        mark_if_large(found, limit);
        if (auto amount = value.exact_amount(finding.row, finding.measure); !amount.empty()) {
            found.exact = OptionalIndex::next_of(judged.exact_amounts);
            judged.exact_amounts.push_back(std::move(amount));
        }
        judged.breaks.push_back(found);
    }
}

namespace {

// One row as the scan of the source would give it: a key of one row.
struct KeyOfOne {
    KeyEntry entry;
    breaks::SeriesValue value;
};

KeyOfOne read_row(Query& query, RowPlan& plan, const Parameter& row) {
    const auto& statement = row_statement(query, plan, row.type);
    RoleScope as_reader(role_named(plan.run.reader), RoleScope::Mode::restricted);
    query.run(statement, {&row.value, 1});
    as_reader.finish();
    if (const auto missing = query.optional_text("missing")) {
        throw Error(ErrorKind::invalid_parameter,
                    "the row lacks columns of reconciliation \"" + plan.run.reconciliation_name +
                        "\"",
                    "It has no " + *missing + ".",
                    "What keys, criteria, derived values, date and currency are read from must be "
                    "there, be it NULL.");
    }
    KeyOfOne key;
    key.entry.key = query.value("key");
    key.entry.hash = hash_of_key(bytes_of(key.entry.key));
    key.entry.pool = query.text("pool");
    key.entry.currency = query.text("currency");
    key.value = breaks::SeriesValue::deserialize(bytes_of(query.value("series")));
    if (key.value.series.empty()) {
        throw Error(ErrorKind::invalid_parameter, "the row has no date", "",
                    "A row without a date has no place in the history of its key.");
    }
    return key;
}

breaks::KeyState state_of(Query& query, const RowPlan& plan, const KeyOfOne& key) {
    const auto measures = key.value.series.measures();
    const auto stored = stored_state(query, plan, key.entry.hash);
    if (!stored) return {measures, plan.run.judging};
    ByteReader reader(*stored, "state of a key");
    auto state = breaks::KeyState::deserialize(reader, plan.run.judging);
    reader.expect_end();
    const auto date = key.value.series.date(0);
    if (date < state.date()) {
        throw Error(ErrorKind::not_available,
                    "the row is dated before the newest one that the baseline of its key knows",
                    "It is dated " + iso_date(date) + ", the other " + iso_date(state.date()) + ".",
                    "Late rows take the whole history: load the row and run recon_detect with its "
                    "date as from_date and to_date.");
    }
    return state;
}

} // namespace

void judge_row(const std::string& name, const Parameter& row, ResultSet& answer) {
    VerdictAnswer verdicts(answer);
    const RowPlanUse in_use;
    Query query;
    auto& plan = row_plan(query, name);
    const auto key = read_row(query, plan, row);
    auto state = state_of(query, plan, key);
    JudgedRows judged;
    judge_by_state(judged, plan, state, key.value, key.entry, 0);
    plan.detection.exact_amounts = std::move(judged.exact_amounts);
    for (const auto& found : judged.breaks) {
        VerdictRow verdict({plan.values, found, key.entry, std::nullopt});
        verdicts.add(verdict);
    }
    query.finish();
}

} // namespace recon::run
