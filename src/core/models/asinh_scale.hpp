// Amounts made fit for histograms and forests: asinh((x - median) / spread), which is linear in the
// thick of the rows and logarithmic far out, so that one huge amount does not make all others
// equal.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "core/models/column_centers.hpp"

namespace recon::models {

struct AsinhScale {
    double center = 0;
    double spread = 1; // > 0

    [[nodiscard]] double operator()(double value) const noexcept {
        // Halves, so that no difference overflows.
        const double distance = (value / 2 - center / 2) / spread * 2;
        return std::asinh(std::clamp(distance, -1e300, 1e300));
    }
};

// The spread is the median absolute deviation; where that is 0, because more than half of the rows
// are equal, the mean distance of the others. `counts` are pairs of a value and how many rows have
// it, different values in ascending order.
template <typename Counts>
AsinhScale asinh_scale(const ColumnCenter& center, const Counts& counts) {
    AsinhScale scale{center.median, center.mad};
    if (scale.spread == 0) {
        double others = 0;
        for (const auto& [value, count] : counts)
            others += value == scale.center ? 0 : static_cast<double>(count);
        double sum = 0;
        for (const auto& [value, count] : counts) {
            const double share = others > 0 ? static_cast<double>(count) / others : 0;
            sum += std::abs(value / 2 - scale.center / 2) * share;
        }
        scale.spread = 2 * std::min(sum, std::numeric_limits<double>::max() / 2);
    }
    scale.spread = std::max(scale.spread, std::numeric_limits<double>::min());
    return scale;
}

} // namespace recon::models
