#include "core/detection/verdict/rules.hpp"

#include <algorithm>

namespace recon::breaks {

namespace {

constexpr std::array<std::string_view, rule_count> names = {
    "weekend",     "holiday", "amount_threshold", "unusual_period", "other_period",
    "time_of_day", "stale",   "round_amount"};

} // namespace

std::string_view name(Rule rule) noexcept {
    return names[static_cast<std::size_t>(rule)];
}

std::optional<Rule> rule_named(std::string_view text) noexcept {
    const auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) return std::nullopt;
    return static_cast<Rule>(found - names.begin());
}

bool is_round(double amount, double unit) noexcept {
    const double times = std::fabs(amount) / unit;
    const double nearest = std::round(times);
    // 0.3 is no multiple of 0.1 to the last bit, but it is one.
    return nearest >= 1 && std::isfinite(times) &&
           std::fabs(times - nearest) <= 4 * std::numeric_limits<double>::epsilon() * times;
}

RuleFlags Rules::broken(std::int32_t date, double observed, const Rhythm& past,
                        RuleFlags when_read) const noexcept {
    if (on == 0) return 0;
    auto broken = static_cast<RuleFlags>(when_read & on);
    const auto say = [&](Rule rule, bool is_so) {
        if (is_so) broken = static_cast<RuleFlags>(broken | flag(rule));
    };
    if (is_on(Rule::weekend)) say(Rule::weekend, calendar.is_weekend(date));
    if (is_on(Rule::holiday)) say(Rule::holiday, calendar.is_holiday(date));
    if (is_on(Rule::unusual_period)) say(Rule::unusual_period, past.is_out(date, period_factor));
    if (is_on(Rule::stale)) {
        say(Rule::stale, std::int64_t{date} - past.in_break_since(date) >= stale_days);
    }
    if (is_on(Rule::round_amount)) say(Rule::round_amount, is_round(observed, round_unit));
    return broken;
}

double Rules::limit(const std::function<bool(const std::string&, const std::string&)>& is_like,
                    std::string_view currency) const {
    for (const auto& limit : limits) {
        if (limit.currency && *limit.currency != currency) continue;
        if (!limit.column || is_like(*limit.column, limit.pattern)) return limit.amount;
    }
    return std::numeric_limits<double>::infinity();
}

} // namespace recon::breaks
