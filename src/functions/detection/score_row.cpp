// recon_score_row: one row, judged by what the last stored run left behind. The source is not read.
#include "core/base/error.hpp"
#include "core/detection/baseline/key_state.hpp"
#include "postgres/boundary.hpp"
#include "postgres/date_text.hpp"
#include "postgres/datums.hpp"
#include "postgres/result_set.hpp"
#include "postgres/roles.hpp"
#include "run/judge/run_rules.hpp"
#include "run/row_plan.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;
using namespace recon::run;

// A row, record, json, jsonb, or a literal, which is a text.
Parameter row_given(FunctionCallInfo fcinfo) {
    const Datum value = fcinfo->args[1].value;
    const Oid type = guarded([=] { return get_fn_expr_argtype(fcinfo->flinfo, 1); });
    if (type == UNKNOWNOID) return {TEXTOID, make_text(DatumGetCString(value))};
    const bool is_row =
        type == JSONBOID || type == JSONOID || guarded([=] { return type_is_rowtype(type); });
    if (!is_row) {
        throw Error(ErrorKind::invalid_parameter, "what is to be judged is no row", "",
                    "Give a row of the source, another record, or jsonb.");
    }
    return {type, value};
}

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
    if (stored.empty()) return {measures, plan.run.judging};
    ByteReader reader(stored, "state of a key");
    auto state = breaks::KeyState::deserialize(reader, plan.run.judging);
    reader.expect_end();
    const auto date = key.value.series.date(0);
    if (date < state.date()) {
        throw Error(ErrorKind::not_available,
                    "the row is dated before the newest one that the baseline of its key knows",
                    "It is dated " + date_text(date) + ", the other " + date_text(state.date()) +
                        ".",
                    "Late rows take the whole history: load the row and run recon_detect with its "
                    "date as from_date and to_date.");
    }
    return state;
}

Datum score_row(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    ResultSet answer(fcinfo);
    if (arguments.is_null(0) || arguments.is_null(1)) {
        throw Error(ErrorKind::invalid_parameter,
                    "the name of a reconciliation or the row is NULL");
    }
    const auto name = arguments.text(0);
    const auto row = row_given(fcinfo);
    const RowPlanUse in_use;
    const CallerScope remembered;
    RoleScope as_owner(extension_owner(), RoleScope::Mode::trusted);
    try {
        Query query;
        auto& plan = row_plan(query, name);
        const auto key = read_row(query, plan, row);
        auto state = state_of(query, plan, key);
        std::vector<breaks::Finding> findings;
        std::vector<double> ln_p;
        std::vector<breaks::RuleFlags> rules;
        breaks::judge_breaks(state, key.value.series, plan.fit.populations.of_pool(key.entry.pool),
                             plan.run.judging, findings, ln_p,
                             take_down_rules(plan.run.rules, rules));
        for (const auto& finding : findings) {
            JudgedBreak judged{0, plan.run.minimum_amounts.of(key.entry.currency), finding,
                               rules.empty() ? breaks::RuleFlags{0} : rules[0]};
            mark_if_large(judged, amount_limit(plan.run.rules, key.entry));
            plan.detection.exact_amounts = {key.value.exact_amount(finding.row, finding.measure)};
            judged.exact = plan.detection.exact_amounts[0].empty() ? 0 : 1;
            auto verdict = plan.rows.make(judged, key.entry, std::nullopt);
            answer.add(verdict.values.data(), verdict.nulls.data());
        }
        query.finish();
    } catch (const ServerError& error) {
        hide_implementation(*error.data);
        throw;
    }
    as_owner.finish();
    return 0;
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_score_row, recon::functions::score_row);
