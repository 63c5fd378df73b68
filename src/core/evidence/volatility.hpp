// Has the spread of a key grown against its own past? The median absolute deviation of the last
// rows about their own median, squared, over the variance known before: under normal noise of
// unchanged spread that ratio is F distributed, with the degrees of freedom that a median deviation
// of so few rows is worth. One wild row among the recent ones does not move it.
#pragma once

#include <cstddef>
#include <span>

#include "core/base/firewall.hpp"

namespace recon::evidence {

// What the median deviation of the twelve rows is worth in degrees of freedom.
inline constexpr double volatility_df = 3.89;

struct Volatility {
    double ln_p = 0;      // NaN with fewer than six recent rows or a spread out of range
    double spread = 0;    // standard deviation of the recent rows, from their median deviation
    std::size_t rows = 0; // recent rows used: 6 to 12
};

// `sigma` > 0 and `df` > 0 (may be infinite): the noise before the recent rows and the degrees of
// freedom it is known to. `recent`: the rows since, oldest first, the judged row last; the last 12
// are used. Non-finite values must have been left out.
[[nodiscard]] Volatility volatility(double sigma, double df, std::span<const double> recent);

} // namespace recon::evidence
