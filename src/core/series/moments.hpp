// Moments of a set of numbers: count, mean, variance, skewness, kurtosis, extremes. The first four
// power sums are kept without rounding, so that no order of the numbers, no way of cutting them
// into parts and no number that has come and gone changes a bit of what is read.
#pragma once

#include <array>
#include <cstdint>
#include <limits>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/series/exact_number.hpp"
#include "core/series/exact_sum.hpp"

namespace recon::series {

class Moments {
  public:
    // Counts a missing value; it enters nothing else.
    void add_null() noexcept { ++nulls_; }

    // Adds one number. What is not admitted (NaN, the infinities, magnitudes above
    // largest_admitted) is counted as not finite and enters nothing else.
    void add(double x);

    // Raises limit_exceeded where a count would pass largest_count.
    void merge(const Moments& other);

    [[nodiscard]] std::int64_t count() const noexcept { return count_; }
    [[nodiscard]] std::int64_t nulls() const noexcept { return nulls_; }
    [[nodiscard]] std::int64_t non_finite() const noexcept { return non_finite_; }
    // All of what was added.
    [[nodiscard]] std::int64_t rows() const noexcept { return count_ + nulls_ + non_finite_; }

    // What follows is computed from exact sums and rounded at the end. NaN where it is not defined:
    // the mean and extremes of no values, the variance of fewer than two, skewness and kurtosis of
    // fewer than two or of a constant. The sum and the variance are infinite where they leave the
    // range of double.
    [[nodiscard]] double sum() const;
    [[nodiscard]] double mean() const;
    [[nodiscard]] double variance() const; // sample variance, divisor n - 1
    [[nodiscard]] double stddev() const;
    [[nodiscard]] double skewness() const; // g1, the third standardized moment
    [[nodiscard]] double kurtosis() const; // g2, the fourth less 3: 0 for a normal
    [[nodiscard]] double minimum() const noexcept;
    [[nodiscard]] double maximum() const noexcept;

    // Equal sets of numbers have equal bytes.
    void serialize(ByteWriter& writer) const;
    // For bytes from outside: refuses sums that are not those of any numbers.
    [[nodiscard]] static Moments deserialize(ByteReader& reader);
    // For bytes that have passed deserialize() before: whatever they are, nothing worse than wrong
    // figures or an error comes of them, in a tenth of the time.
    [[nodiscard]] static Moments deserialize_again(ByteReader& reader);

  private:
    friend class MovingMoments;

    // Adds the powers of an admitted number to the sums, or takes them away.
    void enter(double x, bool leaves);

    [[nodiscard]] Rounded rounded_variance() const;
    void check(const ByteReader& reader) const;

    std::int64_t count_ = 0;
    std::int64_t nulls_ = 0;
    std::int64_t non_finite_ = 0;
    double minimum_ = std::numeric_limits<double>::infinity();
    double maximum_ = -std::numeric_limits<double>::infinity();
    std::array<ExactSum, 4> powers_; // of x, x^2, x^3, x^4
};

} // namespace recon::series
