// The Theil-Sen line through a series, over the observation index 0, 1, 2 ... or over an x of its
// own: its slope is the median of the slopes between any two observations (Theil 1950, Sen 1968),
// so that up to 29% of them may be anything.
#pragma once

#include <cstddef>
#include <span>

#include "core/base/firewall.hpp"

namespace recon::series {

struct RobustLine {
    double slope = 0;     // per observation
    double intercept = 0; // at index 0: the median of value - slope * index
    [[nodiscard]] double at(double index) const noexcept { return intercept + slope * index; }
};

// Up to this many observations every pair is looked at; of longer series a fixed selection of a
// million pairs, spread over all distances, so that time stays proportional to the length.
inline constexpr std::size_t most_all_pairs = 1448;

// Up to 64 observations nothing is allocated. Slope and intercept are NaN where an observation is
// not admitted, or there are none; of one observation the slope is 0.
[[nodiscard]] RobustLine theil_sen(std::span<const double> values);

// Through points in any order; index stands for x. Slopes are those between points of different x.
// Points of which a coordinate is not admitted are passed over. Slope and intercept are NaN where
// all x are equal or there are fewer than two points. Raises invalid_parameter unless there are as
// many x as y.
[[nodiscard]] RobustLine theil_sen(std::span<const double> x, std::span<const double> y);

} // namespace recon::series
