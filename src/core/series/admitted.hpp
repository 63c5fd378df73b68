// Which numbers enter a state. NaN and the infinities never do. Neither does a magnitude above
// 2^1000 (about 1e301): below it, differences and sums of any window stay finite, so that a state
// can never turn into NaN by overflow; only a spread can, and it saturates at +infinity.
#pragma once

#include <cmath>
#include <cstdint>

#include "core/base/firewall.hpp"

namespace recon::series {

inline constexpr double largest_admitted = 0x1p1000;

// More rows than any table has. A count that was read is at most this, so that counting on and
// adding counts stays far from overflow.
inline constexpr std::int64_t largest_count = std::int64_t{1} << 48U;

[[nodiscard]] inline bool admitted(double x) noexcept {
    return std::abs(x) <= largest_admitted; // false for NaN
}

} // namespace recon::series
