// Medians of unsorted values, for loops that need millions of them: selection whose speed does not
// hang on the processor guessing comparisons, since in noise it guesses every other one wrong.
#pragma once

#include <cstddef>
#include <span>

#include "core/base/firewall.hpp"

namespace recon::series {

// Sorts up to 32 numbers, none of them NaN, in a fixed sequence of compare-and-exchange steps
// (Batcher's odd-even merge sort, 1968).
inline constexpr std::size_t most_sorted_small = 32;
void sort_small(double* x, std::size_t n) noexcept;

// The values of two neighbouring ranks, or of one.
struct Middle {
    double low;
    double high;
    [[nodiscard]] double center() const noexcept { return low == high ? low : (low + high) / 2; }
};

// The ranks `first` and `last`, counted from 0, of n values, none of them NaN; last is first or
// first + 1, and below n. Reorders or overwrites x and spare, which hold n values each.
[[nodiscard]] Middle select_ranks(double* x, double* spare, std::size_t n, std::size_t first,
                                  std::size_t last) noexcept;

// Bounds that hold the ranks first and last of n values with a probability of some 99%, taken from
// a sample of them in ascending order.
struct Bracket {
    double low;
    double high;
};
[[nodiscard]] Bracket bracket_ranks(std::span<const double> sample, std::size_t n,
                                    std::size_t first, std::size_t last,
                                    std::size_t margin) noexcept;

// The median, the mean of the two middle values where their number is even; NaN of none. `values`
// must not hold NaN; they are reordered. Allocates nothing for up to 2048 values.
[[nodiscard]] double median_in_place(std::span<double> values);

} // namespace recon::series
