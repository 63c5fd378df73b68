#include "run/judge/run_rules.hpp"

#include "core/detection/baseline/key_state.hpp"
#include "postgres/datums.hpp"

extern "C" {
#include "catalog/pg_collation_d.h"
#include "utils/jsonb.h"
}

namespace recon::run {

using namespace recon::postgres;

namespace {

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

double amount_limit(const breaks::Rules& rules, const KeyEntry& key) {
    return rules.limit([&](const std::string& column,
                           const std::string& pattern) { return is_like(key, column, pattern); },
                       key.currency);
}

} // namespace recon::run
