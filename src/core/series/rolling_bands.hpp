// Rolling mean and standard deviation of one whole series at once. The same windows as
// SlidingMoments, several times as fast, because the series is in memory: a window of `width` that
// straddles the border of two blocks of `width` is the tail of one and the head of the next, and
// tails and heads are running sums (van Herk 1992, Gil and Werman 1993, there for extremes).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/firewall.hpp"
#include "core/series/sliding_moments.hpp"

namespace recon::series {

// Whether a row is part of the window that it is judged against.
enum class OwnRow { excluded, included };

// Keeps its scratch memory between calls: use one object for many series.
class RollingBands {
  public:
    // Raises what checked_width() raises.
    explicit RollingBands(std::int64_t width) : width_(checked_width(width)) {}

    // For every row the mean and sample standard deviation of the last `width` admitted values
    // before it (or up to it). Values that are not admitted, NaN standing for NULL too, take no
    // place in any window; their rows get the band of the window that they stand at. mean is NaN
    // where the window is empty, stddev where it holds fewer than two; stddev is +infinity where
    // the squares leave the range of double. The spans have one size.
    void compute(std::span<const double> values, OwnRow own_row, std::span<double> mean,
                 std::span<double> stddev);

    [[nodiscard]] std::size_t width() const noexcept { return width_; }

  private:
    // For the windows that end with value 1 .. n; all values are admitted.
    void after_each(std::span<const double> values, double* mean, double* stddev);
    void prepare(std::size_t n);

    std::size_t width_;
    std::vector<double> inverse_; // [k] 1/k, and 0 for 0
    std::vector<double> share_;   // [k] k/width: of a head of k values in a full window
    std::vector<double> cross_;   // [k] k(width-k)/width: Chan's factor for head and tail
    // By number of values in the head; a tail stands at the head that completes it to `width`.
    std::vector<double> head_mean_, head_squares_, tail_mean_, tail_squares_;
    std::vector<double> dense_; // the admitted values, where some are not
    std::vector<double> dense_mean_, dense_stddev_;
};

} // namespace recon::series
