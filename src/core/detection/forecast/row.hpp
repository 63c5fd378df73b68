// One row of one key and one measure, as forecasting sees it.
#pragma once

#include <cmath>
#include <limits>

#include "core/base/firewall.hpp"
#include "core/series/calendar.hpp"

namespace recon::forecast {

struct Row {
    series::Day date = 0;
    // The difference; of a row that lacks a side, the signed amount of the side that is there.
    // NaN where nothing is known: such a row is neither judged nor learned from.
    double value = 0;
    // How large the row's sides are (of one of them, without its sign); NaN where unknown. The size
    // of a missing side is compared with it.
    double amount = std::numeric_limits<double>::quiet_NaN();
    bool lacks_side = false;
    // Confirmed as wrong, or reported and still unanswered: no part of the key's own record.
    bool is_disputed = false;

    // Squares of values must be numbers too.
    [[nodiscard]] bool is_known() const noexcept { return std::fabs(value) < 1e100; }
};

} // namespace recon::forecast
