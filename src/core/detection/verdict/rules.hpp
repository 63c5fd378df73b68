// Rules: facts about a break that a person wants to see, whatever its score. A rule writes a flag
// and changes no verdict; it is no evidence, so it has no p-value.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/firewall.hpp"
#include "core/detection/baseline/rhythm.hpp"
#include "core/series/calendar.hpp"

namespace recon::breaks {

enum class Rule : std::uint8_t {
    weekend = 0,      // dated on a weekend
    holiday,          // dated on a holiday
    amount_threshold, // as large as the limit of its account
    unusual_period,   // the key has a row much sooner or later than usual
    other_period,     // booked in another period than it is dated in
    time_of_day,      // booked outside of working hours
    stale,            // in break for long
    round_amount,
};
inline constexpr std::size_t rule_count = 8;
// The name of the rule and of its flag.
[[nodiscard]] std::string_view name(Rule rule) noexcept;
[[nodiscard]] std::optional<Rule> rule_named(std::string_view name) noexcept;

// One bit for each rule.
using RuleFlags = std::uint16_t;
[[nodiscard]] constexpr RuleFlags flag(Rule rule) noexcept {
    return static_cast<RuleFlags>(1U << static_cast<unsigned>(rule));
}

// For which keys a limit holds: where `column` is named, those whose value of it is like `pattern`.
struct AmountLimit {
    std::optional<std::string> column;
    std::string pattern;
    std::optional<std::string> currency;
    double amount = 0; // in the unit of the measure
};

struct Rules {
    RuleFlags on = 0;
    series::Calendar calendar;
    double period_factor = 1.5;
    std::int32_t stale_days = 30;
    double round_unit = 1000;
    std::vector<AmountLimit> limits;

    [[nodiscard]] bool is_on(Rule rule) const noexcept { return (on & flag(rule)) != 0; }

    // Of a break: its date, what was observed (NaN: a side is missing), the dates of its key that
    // precede it, and the rules it was found to break when its row was read (other_period,
    // time_of_day). amount_threshold is not among them: it asks for the columns of the key.
    [[nodiscard]] RuleFlags broken(std::int32_t date, double observed, const Rhythm& past,
                                   RuleFlags when_read) const noexcept;

    // The first limit that holds for a key, infinite where none does. `is_like(column, pattern)`
    // answers for the key.
    [[nodiscard]] double
    limit(const std::function<bool(const std::string&, const std::string&)>& is_like,
          std::string_view currency) const;
};

// Is the amount a multiple of the unit, and not zero?
[[nodiscard]] bool is_round(double amount, double unit) noexcept;

} // namespace recon::breaks
