// The slopes of pairs of rows that lie within two limits, several compared at a time where the
// processor can.
#pragma once

#include <cstddef>

#include "core/base/firewall.hpp"

namespace recon::breaks {

struct SlopesWithin {
    std::size_t below = 0;  // pairs less steep than the lower limit
    std::size_t within = 0; // pairs that are neither that nor steeper than the upper one
};

// So many numbers beyond those it finds may slopes_within() write.
inline constexpr std::size_t slopes_overrun = 8;

// Of the n pairs earlier[i], later[i], which are `rows` apart; the slopes of those within the
// limits are written to `slopes`, in their order. Pairs are compared by their steps with `rows`
// times the limits, since products take less than divisions: rounding may put a pair that lies on a
// limit on its wrong side.
[[nodiscard]] SlopesWithin slopes_within(const double* earlier, const double* later, std::size_t n,
                                         double rows, double lower, double upper,
                                         double* slopes) noexcept;

} // namespace recon::breaks
