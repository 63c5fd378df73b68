// The noises of all locations side by side, so that one loop forecasts, scores and learns them all.
// Student noises come first, then Laplace ones; lanes between and behind them hold nothing.
//
// Both kinds are one formula. With S the remembered sum (of squares, or of distances), d what the
// new value adds to it, r .5 or 1:
//   ln density = constant - r ln S - .5 ln widening - r (df + 1) (ln (S + d) - ln S)
// Without and with vector instructions the bits are the same: no step depends on another lane's.
#pragma once

#include <array>
#include <cstddef>

#include "core/base/firewall.hpp"
#include "core/detection/forecast/prior.hpp"

namespace recon::forecast {

inline constexpr std::size_t student_lanes = 20; // whole vectors of four
inline constexpr std::size_t lane_count = 32;
using Lanes = std::array<double, lane_count>;
using Locations = std::array<double, location_count>;

[[nodiscard]] constexpr std::size_t lane_of(std::size_t model) noexcept {
    constexpr std::size_t students = student_count * location_count;
    return model < students ? model : model - students + student_lanes;
}

// Of a key with so many rows.
struct LaneConstants {
    Lanes df{};        // of a Laplace noise: its shape
    Lanes constant{};  // of the density
    Lanes softening{}; // what the prior adds is at most this share of the sum,
    Lanes clip{};      // and what one value adds, at most this share of the forecast's sum
};

// The value's distance from each location, in deviations of its own uncertainty; squared too.
struct Distances {
    Locations distance{}, square{};
};

void lanes_forecast(const LaneConstants& constants, const Lanes& prior, double tick_noise,
                    const Lanes& sums, Lanes& forecast);
void lanes_score(const LaneConstants& constants, const Lanes& forecast, const Distances& distances,
                 const Locations& ln_widening, Lanes& scores);
void lanes_learn(const LaneConstants& constants, const Lanes& keep, const Lanes& forecast,
                 const Distances& distances, Lanes& sums);

} // namespace recon::forecast
