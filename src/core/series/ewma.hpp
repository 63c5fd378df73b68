// Exponentially weighted mean and variance of a stream, and the EWMA control chart.
#pragma once

#include <cstdint>

#include "core/base/firewall.hpp"

namespace recon::series {

// Weights 1, 1-lambda, (1-lambda)^2 ... from the newest value back, divided by their sum: from the
// first value on this is a weighted mean of what has been seen, and leans on no starting value.
// Values that are not admitted change nothing and age nothing.
class Ewma {
  public:
    // Raises invalid_parameter unless 0 < lambda <= 1.
    explicit Ewma(double lambda);

    // Returns whether x entered.
    bool add(double x) noexcept;

    [[nodiscard]] double lambda() const noexcept { return lambda_; }
    [[nodiscard]] std::int64_t count() const noexcept { return count_; }
    // NaN where undefined: the level of nothing, the variance of fewer than two.
    [[nodiscard]] double level() const noexcept;
    // Unbiased under independence: the weighted squares over (sum w) - (sum w^2) / (sum w).
    // Never infinite: it stops at the range of double, and so can be forgotten again.
    [[nodiscard]] double variance() const noexcept;
    [[nodiscard]] double stddev() const noexcept;
    // Of the next value around the level: the spread of a value and the error of the level.
    [[nodiscard]] double predictive_stddev() const noexcept;

  private:
    double lambda_;
    std::int64_t count_ = 0;
    double level_ = 0;
    double squares_ = 0;         // weighted, around the level
    double weights_ = 0;         // their sum
    double squared_weights_ = 0; // the sum of their squares
};

struct ControlLimits {
    double lower;
    double upper;
};

// Limits of an EWMA that started at `target`, after `observations` values of standard deviation
// sigma: target -+ multiple sigma sqrt(lambda / (2 - lambda) (1 - (1 - lambda)^(2 observations))).
// An infinite number of observations gives the limits of the long run (NIST handbook 6.3.2.4).
[[nodiscard]] ControlLimits ewma_limits(double target, double sigma, double lambda, double multiple,
                                        double observations) noexcept;

// The classic chart: an EWMA that starts at the target, and its limits step by step.
class EwmaChart {
  public:
    struct Options {
        double target = 0;
        double sigma = 1;    // of single values; not negative
        double lambda = 0.2; // 0 < lambda <= 1
        double multiple = 3; // of the EWMA's own standard deviation; positive
    };

    // Raises invalid_parameter for an option out of its range.
    explicit EwmaChart(const Options& options);

    // Below the limits (-1), within (0) or above (1) once x is in; 0 for what is not admitted.
    int add(double x) noexcept;

    [[nodiscard]] double level() const noexcept { return level_; }
    [[nodiscard]] ControlLimits limits() const noexcept;
    [[nodiscard]] std::int64_t count() const noexcept { return count_; }

  private:
    Options options_;
    std::int64_t count_ = 0;
    double level_;
};

} // namespace recon::series
