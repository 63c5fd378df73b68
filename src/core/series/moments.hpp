// Mergeable moments of a stream of numbers: count, mean, variance, skewness, kurtosis, extremes.
// Update and merge after Chan, Golub, LeVeque (1979) and Pébay (Sandia SAND2008-6212), so that any
// way of cutting a stream into parts gives the same moments up to rounding.
#pragma once

#include <cstdint>
#include <limits>

#include "core/bytes.hpp"
#include "core/firewall.hpp"

namespace recon::series {

class Moments {
  public:
    // Counts a missing value; it enters nothing else.
    void add_null() noexcept { ++nulls_; }

    // Adds one number. What is not admitted (NaN, the infinities, magnitudes above
    // largest_admitted) is counted as not finite and enters nothing else.
    void add(double x) noexcept;

    void merge(const Moments& other) noexcept;

    [[nodiscard]] std::int64_t count() const noexcept { return count_; }
    [[nodiscard]] std::int64_t nulls() const noexcept { return nulls_; }
    [[nodiscard]] std::int64_t non_finite() const noexcept { return non_finite_; }

    // All of these are NaN where they are not defined: the mean and extremes of no values, the
    // variance of fewer than two, skewness and kurtosis of fewer than two or of a constant. Where
    // powers of the deviations leave the range of double, the variance is +infinity and skewness
    // and kurtosis are NaN.
    [[nodiscard]] double mean() const noexcept;
    [[nodiscard]] double variance() const noexcept; // sample variance, divisor n - 1
    [[nodiscard]] double stddev() const noexcept;
    [[nodiscard]] double skewness() const noexcept; // g1, the third standardized moment
    [[nodiscard]] double kurtosis() const noexcept; // g2, the fourth less 3: 0 for a normal
    [[nodiscard]] double minimum() const noexcept;
    [[nodiscard]] double maximum() const noexcept;

    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static Moments deserialize(ByteReader& reader);

  private:
    std::int64_t count_ = 0;
    std::int64_t nulls_ = 0;
    std::int64_t non_finite_ = 0;
    double mean_ = 0;
    double m2_ = 0; // sums of powers of deviations from the mean
    double m3_ = 0;
    double m4_ = 0;
    double minimum_ = std::numeric_limits<double>::infinity();
    double maximum_ = -std::numeric_limits<double>::infinity();
};

} // namespace recon::series
