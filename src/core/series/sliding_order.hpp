// Median and median absolute deviation (MAD) of the last values of a stream. The window is kept
// sorted in one array: a step moves what lies between the value that leaves and the one that
// enters, and the MAD is then found in logarithmic time, without a second sort.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/firewall.hpp"
#include "core/series/admitted.hpp"

namespace recon::series {

// Median of sorted values: the mean of the two middle ones where their number is even. NaN of none.
[[nodiscard]] double sorted_median(std::span<const double> sorted) noexcept;

// Median of |x - center| over sorted values, for any center. NaN of none.
[[nodiscard]] double sorted_mad(std::span<const double> sorted, double center) noexcept;

// Mean of |x - center| over sorted values. NaN of none.
[[nodiscard]] double sorted_mean_deviation(std::span<const double> sorted, double center) noexcept;

// Estimates of the standard deviation of a normal sample from its robust deviations.
inline constexpr double sigma_per_mad = 1.482602218505602;             // 1 / Phi^-1(3/4)
inline constexpr double sigma_per_mean_deviation = 1.2533141373155003; // sqrt(pi / 2)

// The window is the last `width` admitted values; others take no place in it.
class SlidingOrder {
  public:
    static constexpr std::int64_t widest = 1'000'000;

    // Raises invalid_parameter unless 1 <= width <= widest.
    explicit SlidingOrder(std::int64_t width);

    // Puts x at the new end; what then is older than the last `width` values leaves. Returns
    // whether x entered.
    bool push(double x);

    // NaN of an empty window.
    [[nodiscard]] double median() const noexcept { return sorted_median(sorted()); }
    [[nodiscard]] double mad() const noexcept { return sorted_mad(sorted(), median()); }

    // A standard deviation of the window that single values cannot move: from the MAD; where that
    // is 0, since more than half of the values agree, from the mean deviation; never below `floor`.
    [[nodiscard]] double robust_sigma(double floor = 0) const noexcept;

    // (x - median) / robust_sigma; NaN where the window is empty or x is not admitted; 0 / 0 is 0,
    // and another distance from a window without any spread is infinite.
    [[nodiscard]] double robust_z(double x, double floor = 0) const noexcept;

    // The same of a window that x has entered, and no other value left; the window is as before
    // afterwards.
    [[nodiscard]] double robust_z_within(double x, double floor = 0);

    [[nodiscard]] std::span<const double> sorted() const noexcept { return sorted_; }
    [[nodiscard]] std::size_t size() const noexcept { return sorted_.size(); }
    [[nodiscard]] std::size_t width() const noexcept { return width_; }

  private:
    std::size_t width_;
    std::size_t oldest_ = 0;       // in arrivals_, once that is full
    std::vector<double> arrivals_; // a ring once it holds `width` values
    std::vector<double> sorted_;
};

} // namespace recon::series
