// Whether a stream repeats itself, and after how many rows: the strongest peak of its
// autocorrelation.
#pragma once

#include <cstddef>
#include <limits>
#include <span>

#include "core/base/firewall.hpp"

namespace recon::series {

struct Season {
    // In rows; 0 where nothing repeats: no peak above 0, too few numbers, or all on one line.
    std::size_t period = 0;
    // The autocorrelation at that distance, once the trend is taken away; of few pairs it may
    // pass 1.
    double strength = std::numeric_limits<double>::quiet_NaN();
    // Natural logarithm of the p-value: how likely one of all distances looked at would be as
    // striking in white noise.
    double ln_p = std::numeric_limits<double>::quiet_NaN();
};

// Looks at distances of 2 to `longest` rows and no more than a third of the series, so that a
// season has been seen three times. Values that are not admitted keep their places and take part in
// no product. The Theil-Sen line is taken away first. At distance k with m pairs,
// r = (sum of products / m) / variance and r sqrt(m) is about standard normal in white noise
// (Bartlett 1946); Bonferroni's bound over the distances. Of a period's multiples, which peak as
// high, the period is reported: the shortest divisor of the best distance that peaks within two
// standard errors of it. Takes n * longest steps.
[[nodiscard]] Season find_season(std::span<const double> values, std::size_t longest);

} // namespace recon::series
