#include "core/detection/baseline/baseline_table.hpp"

#include <algorithm>
#include <iterator>

namespace recon::breaks {

namespace {

#include "core/detection/baseline/baseline_table.inc"

// Beyond the table exactness grows in proportion to the number of rows.
BaselineExactness extended(const BaselineExactness& last, std::size_t last_n,
                           std::size_t n) noexcept {
    const double ratio = static_cast<double>(n) / static_cast<double>(last_n);
    return {last.correction, last.df * ratio, last.tail_df * ratio, last.spread_factor};
}

} // namespace

BaselineExactness level_exactness(std::size_t n) noexcept {
    if (n <= 1) return {1, 0, 0, 1};
    if (n == 2) return {1, 1, 1, 1};
    constexpr std::size_t last = std::size(level_table) + 2;
    if (n > last) return extended(level_table[last - 3], last, n);
    return level_table[n - 3];
}

BaselineExactness trend_exactness(std::size_t n) noexcept {
    constexpr std::size_t last = std::size(trend_table) + smallest_trend - 1;
    if (n > last) return extended(trend_table[last - smallest_trend], last, n);
    return trend_table[std::max(n, smallest_trend) - smallest_trend];
}

} // namespace recon::breaks
