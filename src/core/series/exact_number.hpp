// Whole multiples of powers of two, computed with exactly: what statistics are made of before they
// are rounded. Wide enough for the sums of fourth powers of all admitted numbers at once, times
// the third power of their count; nothing is allocated.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/firewall.hpp"
#include "core/series/exact_sum.hpp"

namespace recon::series {

// Limbs beyond the size are left as they are: clearing them would take longer than the arithmetic.
// NOLINTBEGIN(cppcoreguidelines-pro-type-member-init)
class ExactNumber {
  public:
    ExactNumber() = default; // zero
    explicit ExactNumber(std::int64_t number) noexcept;
    explicit ExactNumber(const ExactSum& sum);

    // Copies what is used.
    ExactNumber(const ExactNumber& other) noexcept { *this = other; }
    ExactNumber& operator=(const ExactNumber& other) noexcept;
    ~ExactNumber() = default;

    // -1, 0 or 1.
    [[nodiscard]] int sign() const noexcept { return size_ == 0 ? 0 : negative_ ? -1 : 1; }

    // All raise an internal error beyond the range named above.
    friend ExactNumber operator*(const ExactNumber& a, const ExactNumber& b);
    friend ExactNumber operator*(std::int64_t a, const ExactNumber& b) {
        return ExactNumber(a) * b;
    }
    friend ExactNumber operator+(const ExactNumber& a, const ExactNumber& b) {
        return sum(a, b, b.negative_);
    }
    friend ExactNumber operator-(const ExactNumber& a, const ExactNumber& b) {
        return sum(a, b, !b.negative_);
    }

    friend struct Rounded;

  private:
    static constexpr std::size_t most_limbs = 160;

    static void check_size(std::ptrdiff_t limbs);
    static ExactNumber sum(const ExactNumber& a, const ExactNumber& b, bool b_negative);
    void trim() noexcept;
    [[nodiscard]] std::uint64_t limb_at(std::ptrdiff_t place) const noexcept;

    bool negative_ = false;
    std::size_t size_ = 0;                        // 0 is zero; else the highest limb is not 0
    std::ptrdiff_t place_ = 0;                    // the lowest limb counts units of 2^(64 place)
    std::array<std::uint64_t, most_limbs> limbs_; // of the magnitude, the lowest first
};
// NOLINTEND(cppcoreguidelines-pro-type-member-init)

// fraction * 2^exponent, for numbers that may leave the range of double on the way.
struct Rounded {
    double fraction = 0; // of a magnitude in [1/2, 1], or 0
    int exponent = 0;

    // a / b, where b is above 0. Correctly rounded where b has no more than 128 bits, as squares
    // of counts do; else the error is 2^-70 of the last bit more.
    static Rounded quotient(const ExactNumber& a, const ExactNumber& b) noexcept;

    [[nodiscard]] Rounded root() const noexcept;
    [[nodiscard]] double number() const noexcept;
};

} // namespace recon::series
