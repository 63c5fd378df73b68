// Robust level, spread and slope of a few numbers: the arithmetic of a baseline. A minority of wild
// values moves none of them far.
#pragma once

#include <cstddef>
#include <span>

#include "core/base/firewall.hpp"

namespace recon::breaks {

// Sorts a handful of values by insertion.
void sort_few(std::span<double> values) noexcept;

// All of these take at least one finite value, in ascending order.
[[nodiscard]] double median_of_sorted(std::span<const double> sorted) noexcept;

// Median of |value - center|, where center lies between the smallest and the largest value.
// Logarithmic time: both halves of the deviations are already in order.
[[nodiscard]] double median_deviation_of_sorted(std::span<const double> sorted,
                                                double center) noexcept;

// Spread about `center`: the root of the sum of squared deviations over n - 1, where no deviation
// counts for more than 2.5 robust standard deviations (1.4826 times the median deviation, or the
// tolerance where that is larger). Under normal noise it needs less than half the rows the median
// deviation needs to be as exact. Up to 4 rows nothing is cut off, unless the median deviation is
// within the tolerance: so few rows cannot tell noise from a wild value. 0 for one value.
[[nodiscard]] double winsorized_spread(std::span<const double> sorted, double center,
                                       double median_deviation, double tolerance) noexcept;

} // namespace recon::breaks
