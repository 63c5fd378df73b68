// The slopes of pairs of rows that lie within two limits, several compared at a time where the
// processor can.
#pragma once

#include <cstddef>
#include <span>

#include "core/base/firewall.hpp"

namespace recon::breaks {

struct SlopesWithin {
    std::size_t below = 0;  // pairs less steep than the lower limit
    std::size_t within = 0; // pairs that are neither that nor steeper than the upper one
};

// So many numbers beyond those it finds may slopes_within() write.
inline constexpr std::size_t slopes_overrun = 8;

// Of the pairs of values that are `apart` rows apart; the slopes of those within the limits are
// written to `slopes`, in their order. Pairs are compared by their steps with `apart` times the
// limits, since products take less than divisions: rounding may put a pair that lies on a limit on
// its wrong side.
[[nodiscard]] SlopesWithin slopes_within(std::span<const double> values, std::size_t apart,
                                         double lower, double upper, double* slopes) noexcept;

} // namespace recon::breaks
