// The rules of a run as its breaks are judged, and the one that asks for the columns of a key.
#pragma once

#include <cmath>
#include <vector>

#include "core/detection/judging/judge.hpp"
#include "core/detection/verdict/rules.hpp"
#include "run/result/detection.hpp"

namespace recon::run {

// Shown each break as it is judged, takes down the rules it breaks; empty where none is on. Both
// arguments must last as long.
[[nodiscard]] breaks::LookAtFinding take_down_rules(const breaks::Rules& rules,
                                                    std::vector<breaks::RuleFlags>& broken);

// The limit of a key's amounts, infinite where it has none.
[[nodiscard]] double amount_limit(const breaks::Rules& rules, const KeyEntry& key);

// Is a break larger than the limit of its key? Then the rule is among those it breaks.
inline void mark_if_large(JudgedBreak& judged, double limit) noexcept {
    // Without a limit it is infinite, as an amount can be that is not a number.
    const double amount = std::abs(judged.finding.observed);
    if (!std::isfinite(amount) || amount < limit) return;
    judged.rules =
        static_cast<breaks::RuleFlags>(judged.rules | flag(breaks::Rule::amount_threshold));
}

} // namespace recon::run
