// Count, mean and sum of squared deviations: what a band needs of Moments, rounded step by step and
// so at a tenth of its cost. Update after Welford (1962), merge after Chan, Golub, LeVeque (1979);
// every term that is added to the sum of squares is a square, so a variance is never negative.
#pragma once

#include <cmath>
#include <limits>

#include "core/base/firewall.hpp"

namespace recon::series {

struct MeanVariance {
    double n = 0; // a whole number
    double center = 0;
    double squares = 0; // +infinity where it would leave the range of double

    // x must be admitted().
    void add(double x) noexcept {
        const double before = n;
        n += 1;
        const double delta = x - center;
        const double step = delta / n;
        center += step;
        squares += delta * (step * before);
    }

    void merge(const MeanVariance& other) noexcept {
        if (n == 0) {
            *this = other;
            return;
        }
        const double total = n + other.n;
        const double share = other.n / total;
        const double delta = other.center - center;
        center += delta * share;
        squares += other.squares + delta * (delta * (n * share));
        n = total;
    }

    // NaN where undefined: the mean of nothing, the variance of fewer than two.
    [[nodiscard]] double mean() const noexcept {
        return n > 0 ? center : std::numeric_limits<double>::quiet_NaN();
    }
    [[nodiscard]] double variance() const noexcept {
        return n > 1 ? squares / (n - 1) : std::numeric_limits<double>::quiet_NaN();
    }
    [[nodiscard]] double stddev() const noexcept { return std::sqrt(variance()); }
};

} // namespace recon::series
