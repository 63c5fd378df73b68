// The order in which the rows of a key are judged, found with little effort where they arrived
// nearly in it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon::breaks {

// One bit pattern per number, so that equal rows are equal bytes: no negative zero, one NaN.
[[nodiscard]] inline double canonical(double value) noexcept {
    if (std::isnan(value)) return std::numeric_limits<double>::quiet_NaN();
    return value + 0.0;
}

template <typename T>
[[nodiscard]] int three_way(T a, T b) noexcept {
    return a < b ? -1 : (b < a ? 1 : 0);
}

// Missing (NaN) sorts after every number, infinity included.
[[nodiscard]] inline int compare_values(double a, double b) noexcept {
    const bool a_missing = std::isnan(a);
    const bool b_missing = std::isnan(b);
    if (a_missing || b_missing) return static_cast<int>(a_missing) - static_cast<int>(b_missing);
    return three_way(a, b);
}

// Date and position in one integer sort much faster than rows through a comparison.
[[nodiscard]] inline std::uint64_t date_and_place(std::int32_t date, std::size_t i) noexcept {
    const auto day = static_cast<std::uint32_t>(date) ^ 0x80000000U;
    return (static_cast<std::uint64_t>(day) << 32) | i;
}

[[nodiscard]] inline std::int32_t date_of(std::uint64_t date_and_place) noexcept {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(date_and_place >> 32) ^
                                     0x80000000U);
}

// Numbers that ascend in a few stretches, as those of rows that were read in parallel do, are
// merged.
void sort_stretches(std::vector<std::uint64_t>& numbers);

// The places 0 .. n - 1 in the order of date_at(place), rows of one date by compare(a, b), which is
// below 0 where a comes first. Empty where the rows are in that order as they are.
template <class DateAt, class Compare>
[[nodiscard]] std::vector<std::uint32_t> places_in_order(std::size_t n, DateAt date_at,
                                                         Compare compare) {
    bool ordered = true;
    for (std::size_t i = 1; i < n && ordered; ++i) {
        ordered =
            date_at(i - 1) < date_at(i) || (date_at(i - 1) == date_at(i) && compare(i - 1, i) <= 0);
    }
    if (ordered) return {};

    // Only runs of equal dates need the full comparison.
    std::vector<std::uint64_t> packed(n);
    for (std::size_t i = 0; i < n; ++i)
        packed[i] = date_and_place(date_at(i), i);
    sort_stretches(packed);
    std::vector<std::uint32_t> order(n);
    for (std::size_t i = 0; i < n; ++i)
        order[i] = static_cast<std::uint32_t>(packed[i]);
    for (std::size_t begin = 0; begin < n;) {
        std::size_t end = begin + 1;
        while (end < n && (packed[end] >> 32) == (packed[begin] >> 32))
            ++end;
        if (end - begin > 1) {
            std::sort(order.begin() + static_cast<std::ptrdiff_t>(begin),
                      order.begin() + static_cast<std::ptrdiff_t>(end),
                      [&](std::uint32_t a, std::uint32_t b) { return compare(a, b) < 0; });
        }
        begin = end;
    }
    return order;
}

} // namespace recon::breaks
