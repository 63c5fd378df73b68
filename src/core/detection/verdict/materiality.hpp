// From which amount on a break is material. Amounts of different currencies are not compared, so
// each may have a floor of its own.
#pragma once

#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "core/base/firewall.hpp"

namespace recon::breaks {

struct MinimumAmounts {
    double otherwise = 0; // of currencies that are not listed, and where there is none
    std::map<std::string, double, std::less<>> of_currency;

    // "" where there is no currency.
    [[nodiscard]] double of(std::string_view currency) const noexcept {
        const auto listed = of_currency.find(currency);
        return listed == of_currency.end() ? otherwise : listed->second;
    }
};

// An amount that is not known (NaN) may be of any size: it is material.
[[nodiscard]] inline bool is_material(double amount, double minimum_amount) noexcept {
    return !(std::abs(amount) < minimum_amount);
}

} // namespace recon::breaks
