// What a stream usually is at this time of the day, learned quarter of an hour by quarter of an
// hour, and whether knowing it helps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/firewall.hpp"
#include "core/series/robust_level.hpp"

namespace recon::series {

class DayProfile {
  public:
    // `at`: finite seconds since a midnight; days are counted in 86,400 seconds.
    void add(double x, double at) noexcept;

    // x less what is usual at that time: of this quarter of an hour and the two beside it the one
    // that is nearest to x, because what a day brings does not come at the same minute. NaN while
    // the quarter has fewer than four values.
    [[nodiscard]] double residual(double x, double at) const noexcept;

    // Whether the residuals have been less than half as large as deviations from the level.
    [[nodiscard]] bool explains() const noexcept;

  private:
    static constexpr std::size_t quarters = 96;

    struct Quarter {
        double usual = 0;
        std::int64_t count = 0;
    };

    [[nodiscard]] static std::size_t quarter_of(double at) noexcept;

    std::array<Quarter, quarters> quarters_{};
    RobustLevel level_{0.005};
    std::int64_t compared_ = 0;
    double residuals_ = 0;  // mean absolute, exponentially weighted
    double deviations_ = 0; // of the same values from the level
};

} // namespace recon::series
