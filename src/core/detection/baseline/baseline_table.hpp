// How exact a robust baseline of so many rows is. The figures are simulated under normal noise by
// test/bench/baseline_table.cpp, which also says what each of them means.
#pragma once

#include <cstddef>

#include "core/base/firewall.hpp"

namespace recon::breaks {

struct BaselineExactness {
    double correction;    // multiplies the spread, so that its logarithm is unbiased
    double df;            // degrees of freedom the spread is worth
    double tail_df;       // of the Student t that the next row's standardized residual follows
    double spread_factor; // c: the next row's residual has variance s^2 (1 + c/n)
};

// n >= 1; a single row has no spread (df 0).
[[nodiscard]] BaselineExactness level_exactness(std::size_t n) noexcept;

// n >= 4, the smallest history in which a trend is looked for.
[[nodiscard]] BaselineExactness trend_exactness(std::size_t n) noexcept;

inline constexpr std::size_t smallest_trend = 4;

} // namespace recon::breaks
