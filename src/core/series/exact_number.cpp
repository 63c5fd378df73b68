#include "core/series/exact_number.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/base/error.hpp"

namespace recon::series {

namespace {

using Wide = unsigned __int128;

} // namespace

// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): as the header says
ExactNumber::ExactNumber(std::int64_t number) noexcept
    : negative_(number < 0), size_(number == 0 ? 0 : 1) {
    const auto bits = static_cast<std::uint64_t>(number);
    limbs_[0] = negative_ ? -bits : bits;
}

// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init)
ExactNumber::ExactNumber(const ExactSum& sum) {
    const auto [limbs, low] = sum.canonical();
    check_size(std::ssize(limbs));
    size_ = limbs.size();
    place_ = low;
    negative_ = size_ > 0 && (limbs.back() >> 63U) != 0;
    bool carry = negative_;
    for (std::size_t i = 0; i < size_; ++i) {
        limbs_[i] = negative_ ? ~limbs[i] + static_cast<std::uint64_t>(carry) : limbs[i];
        carry = carry && limbs_[i] == 0;
    }
    trim();
}

ExactNumber& ExactNumber::operator=(const ExactNumber& other) noexcept {
    negative_ = other.negative_;
    size_ = other.size_;
    place_ = other.place_;
    std::copy_n(other.limbs_.begin(), size_, limbs_.begin());
    return *this;
}

void ExactNumber::check_size(std::ptrdiff_t limbs) {
    if (limbs > static_cast<std::ptrdiff_t>(most_limbs)) {
        throw Error(ErrorKind::internal, "an exact number is out of range");
    }
}

void ExactNumber::trim() noexcept {
    while (size_ > 0 && limbs_[size_ - 1] == 0) {
        --size_;
    }
}

std::uint64_t ExactNumber::limb_at(std::ptrdiff_t place) const noexcept {
    const std::ptrdiff_t at = place - place_;
    return at >= 0 && at < static_cast<std::ptrdiff_t>(size_) ? limbs_[static_cast<std::size_t>(at)]
                                                              : 0;
}

ExactNumber operator*(const ExactNumber& a, const ExactNumber& b) {
    ExactNumber product;
    if (a.size_ == 0 || b.size_ == 0) return product;
    ExactNumber::check_size(static_cast<std::ptrdiff_t>(a.size_ + b.size_));
    product.negative_ = a.negative_ != b.negative_;
    product.size_ = a.size_ + b.size_;
    product.place_ = a.place_ + b.place_;
    std::fill_n(product.limbs_.begin(), product.size_, 0);
    for (std::size_t i = 0; i < a.size_; ++i) {
        std::uint64_t carry = 0;
        for (std::size_t j = 0; j < b.size_; ++j) {
            const Wide term =
                static_cast<Wide>(a.limbs_[i]) * b.limbs_[j] + product.limbs_[i + j] + carry;
            product.limbs_[i + j] = static_cast<std::uint64_t>(term);
            carry = static_cast<std::uint64_t>(term >> 64U);
        }
        product.limbs_[i + b.size_] = carry;
    }
    product.trim();
    return product;
}

ExactNumber ExactNumber::sum(const ExactNumber& a, const ExactNumber& b, bool b_negative) {
    if (b.size_ == 0) return a;
    ExactNumber result;
    if (a.size_ == 0) {
        result = b;
        result.negative_ = b_negative;
        return result;
    }
    const std::ptrdiff_t low = std::min(a.place_, b.place_);
    const std::ptrdiff_t end = std::max(a.place_ + static_cast<std::ptrdiff_t>(a.size_),
                                        b.place_ + static_cast<std::ptrdiff_t>(b.size_)) +
                               1;
    check_size(end - low);
    result.place_ = low;
    result.size_ = static_cast<std::size_t>(end - low);
    const bool subtract = a.negative_ != b_negative;
    bool carry = false;
    for (std::size_t i = 0; i < result.size_; ++i) {
        const auto place = low + static_cast<std::ptrdiff_t>(i);
        const std::uint64_t left = a.limb_at(place);
        const std::uint64_t right = b.limb_at(place);
        if (subtract) {
            const Wide difference = static_cast<Wide>(left) - right - (carry ? 1U : 0U);
            result.limbs_[i] = static_cast<std::uint64_t>(difference);
            carry = (difference >> 64U) != 0;
        } else {
            const Wide total = static_cast<Wide>(left) + right + (carry ? 1U : 0U);
            result.limbs_[i] = static_cast<std::uint64_t>(total);
            carry = (total >> 64U) != 0;
        }
    }
    result.negative_ = a.negative_;
    if (subtract && carry) { // b was the larger one: what stands there is 2^(64 size) too much
        result.negative_ = !a.negative_;
        bool add = true;
        for (std::size_t i = 0; i < result.size_; ++i) {
            result.limbs_[i] = ~result.limbs_[i] + static_cast<std::uint64_t>(add);
            add = add && result.limbs_[i] == 0;
        }
    }
    result.trim();
    return result;
}

Rounded Rounded::quotient(const ExactNumber& a, const ExactNumber& b) noexcept {
    if (a.size_ == 0) return {};
    // The leading 192 bits of a and 128 of b, their highest bits set; whether a has more.
    const auto top_of = [](const ExactNumber& x) {
        return x.place_ + static_cast<std::ptrdiff_t>(x.size_) - 1;
    };
    const auto leading = [&top_of](const ExactNumber& x, std::ptrdiff_t limb, unsigned shift) {
        const std::uint64_t upper = x.limb_at(top_of(x) - limb);
        const std::uint64_t lower = x.limb_at(top_of(x) - limb - 1);
        return (upper << shift) | ((lower >> 1U) >> (63U - shift));
    };
    // Below 64, since a highest limb is not 0.
    const auto shift_of = [](const ExactNumber& x) {
        return static_cast<unsigned>(std::countl_zero(x.limbs_[x.size_ - 1])) & 63U;
    };
    const unsigned a_shift = shift_of(a);
    const unsigned b_shift = shift_of(b);
    Wide rest = (static_cast<Wide>(leading(a, 0, a_shift)) << 64U) | leading(a, 1, a_shift);
    const std::uint64_t below = leading(a, 2, a_shift);
    const Wide divisor =
        (static_cast<Wide>(leading(b, 0, b_shift)) << 64U) | leading(b, 1, b_shift);
    bool is_rest = (a.limb_at(top_of(a) - 3) << a_shift) != 0;
    for (std::size_t i = 0; i + 4 < a.size_ && !is_rest; ++i) {
        is_rest = a.limbs_[i] != 0;
    }

    // Long division, bit by bit: a quotient of 64 bits after the first, which is 0 or 1.
    int exponent = 0;
    std::uint64_t whole = 0;
    if (rest >= divisor) {
        rest -= divisor;
        whole = 1;
        exponent = 1;
    }
    const int last = exponent;
    for (int bit = 63; bit >= last; --bit) {
        const bool overflow = (rest >> 127U) != 0;
        rest = (rest << 1U) | ((below >> static_cast<unsigned>(bit)) & 1U);
        const bool fits = overflow || rest >= divisor;
        if (fits) rest -= divisor;
        whole = (whole << 1U) | (fits ? 1U : 0U);
    }
    is_rest = is_rest || rest != 0 || (last == 1 && (below & 1U) != 0);
    // The lowest of 64 bits stands for all below it; 53 are kept, which rounds to nearest.
    const double fraction = std::ldexp(static_cast<double>(whole | (is_rest ? 1U : 0U)), -64);
    exponent += static_cast<int>(64 * (top_of(a) - top_of(b))) - static_cast<int>(a_shift) +
                static_cast<int>(b_shift);
    return {a.negative_ ? -fraction : fraction, exponent};
}

Rounded Rounded::root() const noexcept {
    const bool odd = (exponent & 1) != 0;
    return {std::sqrt(odd ? 2 * fraction : fraction), (exponent - (odd ? 1 : 0)) / 2};
}

double Rounded::number() const noexcept {
    return std::ldexp(fraction, exponent);
}

} // namespace recon::series
