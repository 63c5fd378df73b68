#include "run/judge/run_rules.hpp"

#include "core/detection/baseline/key_state.hpp"
#include "postgres/datums.hpp"

extern "C" {
#include "catalog/pg_collation_d.h"
#include "utils/jsonb.h"
}

namespace recon::functions {

using namespace recon::postgres;

namespace {

constexpr const char* statement =
    "SELECT ARRAY(SELECT jsonb_object_keys(r)), "
    "ARRAY(SELECT d::bigint FROM jsonb_array_elements_text(r->'weekend'->'days') d), "
    "ARRAY(SELECT d::date FROM jsonb_array_elements_text(r->'holiday'->'holidays') d), "
    "coalesce((r->'unusual_period'->>'factor')::float8, 1.5), "
    "coalesce((r->'stale'->>'days')::integer, 1), "
    "coalesce((r->'round_amount'->>'unit')::float8, 1), "
    "ARRAY(SELECT l->>'column' FROM jsonb_array_elements(r->'amount_threshold'->'limits') "
    "WITH ORDINALITY AS u(l, n) ORDER BY n), "
    "ARRAY(SELECT l->>'like' FROM jsonb_array_elements(r->'amount_threshold'->'limits') "
    "WITH ORDINALITY AS u(l, n) ORDER BY n), "
    "ARRAY(SELECT l->>'currency' FROM jsonb_array_elements(r->'amount_threshold'->'limits') "
    "WITH ORDINALITY AS u(l, n) ORDER BY n), "
    "ARRAY(SELECT (l->>'amount')::float8 FROM jsonb_array_elements("
    "r->'amount_threshold'->'limits') WITH ORDINALITY AS u(l, n) ORDER BY n) "
    "FROM (SELECT $1::jsonb) AS plan(r)";

// Is the value of a key's column like a pattern? A NULL is not.
bool is_like(const KeyEntry& key, const std::string& column, const std::string& pattern) {
    const char* const name = column.c_str();
    const char* const wanted = pattern.c_str();
    const auto length = static_cast<int>(column.size());
    return guarded([=, key = key.key] {
        Jsonb* columns = DatumGetJsonbP(key);
        JsonbValue value;
        if (getKeyJsonValueFromContainer(&columns->root, name, length, &value) == nullptr ||
            value.type != jbvString) {
            return false;
        }
        return DatumGetBool(DirectFunctionCall2Coll(
            textlike, C_COLLATION_OID,
            PointerGetDatum(cstring_to_text_with_len(value.val.string.val, value.val.string.len)),
            CStringGetTextDatum(wanted)));
    });
}

// The rules that a row was found to break when it was read, by its tag.
breaks::RuleFlags when_read(std::uint64_t tag) noexcept {
    using breaks::Rule;
    using breaks::SeriesValue;
    const auto other = (tag & SeriesValue::other_period_bit) != 0 ? flag(Rule::other_period) : 0;
    const auto time = (tag & SeriesValue::time_of_day_bit) != 0 ? flag(Rule::time_of_day) : 0;
    return static_cast<breaks::RuleFlags>(other | time);
}

} // namespace

breaks::LookAtFinding take_down_rules(const breaks::Rules& rules,
                                      std::vector<breaks::RuleFlags>& broken) {
    if (rules.on == 0) return {};
    return [&](const breaks::Finding& finding, const breaks::KeyState& past) {
        if (!finding.is_break) return;
        broken.push_back(
            rules.broken(finding.date, finding.observed, past.rhythm(), when_read(finding.row)));
    };
}

breaks::Rules read_rules(const std::string& plan) {
    breaks::Rules rules;
    const Parameter parameters[] = {text_parameter(plan)};
    Query query;
    query.run(statement, parameters, true);
    for (const auto& name : text_array(query.value(0, 1))) {
        const auto rule = breaks::rule_named(name.value_or(""));
        if (rule) rules.on = static_cast<breaks::RuleFlags>(rules.on | flag(*rule));
    }
    std::uint8_t weekend = 0;
    for (const auto day : int8_array(query.value(0, 2)))
        weekend = static_cast<std::uint8_t>(weekend | (1U << static_cast<unsigned>(day - 1)));
    rules.calendar = series::Calendar(date_array(query.value(0, 3)), weekend);
    rules.period_factor = DatumGetFloat8(query.value(0, 4));
    rules.stale_days = DatumGetInt32(query.value(0, 5));
    rules.round_unit = DatumGetFloat8(query.value(0, 6));
    auto columns = text_array(query.value(0, 7));
    auto patterns = text_array(query.value(0, 8));
    auto currencies = text_array(query.value(0, 9));
    const auto amounts = float8_array(query.value(0, 10));
    query.finish();
    for (std::size_t i = 0; i < amounts.size(); ++i) {
        rules.limits.push_back({std::move(columns[i]), patterns[i].value_or(""),
                                std::move(currencies[i]), amounts[i]});
    }
    return rules;
}

double amount_limit(const breaks::Rules& rules, const KeyEntry& key) {
    return rules.limit([&](const std::string& column,
                           const std::string& pattern) { return is_like(key, column, pattern); },
                       key.currency);
}

} // namespace recon::functions
