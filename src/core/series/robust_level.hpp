// Level and usual deviation of a stream, exponentially weighted, with a bounded influence of single
// values: none moves the level by more than four deviations would.
#pragma once

#include <cstdint>

#include "core/base/firewall.hpp"

namespace recon::series {

class RobustLevel {
  public:
    // 0 < lambda <= 1: the weight of the newest value.
    explicit RobustLevel(double lambda) noexcept : lambda_(lambda) {}

    // Values are finite, below 2^1002 in magnitude.
    void add(double x) noexcept;

    // How many deviations x lies above the level, within +-1e6; NaN before ten values are in.
    [[nodiscard]] double z(double x) const noexcept;

    [[nodiscard]] double level() const noexcept { return level_; }
    // The mean absolute deviation of recent values, or a tenth of that over a long time, if larger:
    // a stream at rest is not one without noise. Never below a billionth of the level, which is
    // rounding.
    [[nodiscard]] double deviation() const noexcept;
    [[nodiscard]] std::int64_t count() const noexcept { return count_; }

  private:
    double lambda_;
    std::int64_t count_ = 0;
    double level_ = 0;
    double recent_ = 0;   // mean absolute deviation, each limited to four
    double long_run_ = 0; // the same over a long time, hardly limited
};

} // namespace recon::series
