// Mean and variance of the last values of a stream, exact however large the values are that have
// left: two stacks of mergeable moments.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/firewall.hpp"
#include "core/series/admitted.hpp"
#include "core/series/mean_variance.hpp"
#include "core/series/two_stacks.hpp"

namespace recon::series {

// A window wider than anyone's history costs nothing until it fills.
inline constexpr std::int64_t widest_window = 10'000'000;

// The width as a size. Raises invalid_parameter unless 1 <= width <= widest_window.
[[nodiscard]] std::size_t checked_width(std::int64_t width);

// The window is the last `width` admitted values. Values that are not admitted (NaN, infinite, or
// missing, which the caller leaves out) take no place in it.
class SlidingMoments {
  public:
    // Raises what checked_width() raises.
    explicit SlidingMoments(std::int64_t width) : width_(checked_width(width)) {}

    // Puts x at the new end; what then is older than the last `width` values leaves. Returns
    // whether x entered.
    bool push(double x) {
        if (!admitted(x)) return false;
        if (window_.size() == width_) window_.pop();
        window_.push(x);
        return true;
    }

    [[nodiscard]] MeanVariance window() const { return window_.whole(); }
    // The window as it will be once x is pushed.
    [[nodiscard]] MeanVariance window_with(double x) {
        if (!admitted(x)) return window();
        MeanVariance window =
            window_.size() == width_ ? window_.whole_but_oldest() : window_.whole();
        window.add(x);
        return window;
    }
    [[nodiscard]] std::size_t size() const noexcept { return window_.size(); }
    [[nodiscard]] std::size_t width() const noexcept { return width_; }

  private:
    std::size_t width_;
    TwoStacks<MeanVariance> window_;
};

} // namespace recon::series
