// Two-sided tabular CUSUM (Page 1954; NIST handbook 6.3.2.3): sums of what values exceed the target
// by, beyond an allowance, that start again at 0 rather than go below it. It sees a drift whose
// single steps are too small to notice.
#pragma once

#include <cstdint>

#include "core/base/firewall.hpp"

namespace recon::series {

class Cusum {
  public:
    // All in the unit of the values; for standardized values the defaults find a shift of one
    // standard deviation in about ten rows and alarm without cause once in some 465 (Montgomery).
    struct Options {
        double target = 0;
        double allowance = 0.5; // half the shift that matters; not negative
        double threshold = 5;   // an alarm is a sum above it; positive
        bool restarts = false;  // whether a sum begins again at 0 after its alarm
    };

    // Raises invalid_parameter for an option out of its range.
    explicit Cusum(const Options& options);

    // The alarm once x is in: a drift downwards (-1), none (0), upwards (1); of two, the larger.
    // What is not admitted changes nothing and gives 0.
    int add(double x) noexcept;

    [[nodiscard]] const Options& options() const noexcept { return options_; }
    [[nodiscard]] std::int64_t count() const noexcept { return count_; }
    [[nodiscard]] double high() const noexcept { return high_; }
    [[nodiscard]] double low() const noexcept { return low_; }
    // For how many values each sum has been above 0: the drift began that many values ago.
    [[nodiscard]] std::int64_t high_run() const noexcept { return high_run_; }
    [[nodiscard]] std::int64_t low_run() const noexcept { return low_run_; }

  private:
    Options options_;
    std::int64_t count_ = 0;
    std::int64_t high_run_ = 0;
    std::int64_t low_run_ = 0;
    double high_ = 0;
    double low_ = 0;
    // The alarm has been given; the sum begins again with the next value.
    bool restart_high_ = false;
    bool restart_low_ = false;
};

} // namespace recon::series
