// A logarithm for scores: right to 1e-9, the same bits everywhere, and made so that a loop over an
// array of them is vectorized. For positive normal numbers only.
#pragma once

#include <bit>
#include <cstdint>

#include "core/base/firewall.hpp"

namespace recon::forecast {

[[nodiscard, gnu::always_inline]] inline double quick_ln(double x) noexcept {
    constexpr double ln_2 = 0.693147180559945309417232;
    constexpr double sqrt_2 = 1.41421356237309504880169;
    const auto bits = std::bit_cast<std::uint64_t>(x);
    // The exponent becomes a number by way of the mantissa of 2^52.
    const double exponent =
        std::bit_cast<double>((bits >> 52) | 0x4330000000000000ULL) - 4503599627370496.0 - 1022.5;
    const double mantissa =
        std::bit_cast<double>((bits & 0x000fffffffffffffULL) | 0x3ff0000000000000ULL);
    const double s = (mantissa - sqrt_2) / (mantissa + sqrt_2);
    const double q = s * s;
    const double odd = s * (2.0 + q * (2.0 / 3 + q * (2.0 / 5 + q * (2.0 / 7 + q * (2.0 / 9)))));
    return exponent * ln_2 + odd;
}

} // namespace recon::forecast
