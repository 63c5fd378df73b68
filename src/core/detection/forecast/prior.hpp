// What is known of keys in general before one of them has said anything: how large their noise and
// their breaks are, how often they match, and which forecasters suit how many of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/detection/forecast/places.hpp"

namespace recon::forecast {

// The forecasters. Six locations with five noises each, by noise and location; four hurdles; four
// of their own kind.
inline constexpr std::size_t location_count = 6; // zero, level, smoothed, pull, last, drift
inline constexpr std::size_t student_count = 3;  // Student noises: all rows, and two that forget
inline constexpr std::size_t laplace_count = 2;  // Laplace noises: all rows, and one that forgets
inline constexpr std::size_t noise_count = student_count + laplace_count;
inline constexpr std::size_t continuous_count = noise_count * location_count;
inline constexpr std::size_t hurdle_count = 4;
inline constexpr std::size_t first_hurdle = continuous_count;
inline constexpr std::size_t reset_model = first_hurdle + hurdle_count;
inline constexpr std::size_t weekday_noise_model = reset_model + 1;
inline constexpr std::size_t two_levels_model = reset_model + 2;
inline constexpr std::size_t streamed_count = reset_model + 3;
// Those of the calendar: about the level and about zero for each place, and each weekday by itself.
inline constexpr std::size_t first_place = streamed_count;
inline constexpr std::size_t first_place_of_zero = first_place + place_count;
inline constexpr std::size_t weekdays_model = first_place_of_zero + place_count;
inline constexpr std::size_t model_count = weekdays_model + 1;

enum class Location : std::uint8_t { zero, level, smoothed, pull, last, drift };

[[nodiscard]] constexpr std::size_t continuous_model(Location location, std::size_t noise) {
    return noise * location_count + static_cast<std::size_t>(location);
}

// Calibration tells these apart.
enum class Family : std::uint8_t { stationary, walk, hurdle, two_levels };
inline constexpr std::size_t family_count = 4;
[[nodiscard]] Family family_of(std::size_t model) noexcept;
[[nodiscard]] bool is_stationary(std::size_t model) noexcept; // the calendar's are not counted

// Variances of keys: a typical one, and the degrees of freedom that it is worth.
struct ScalePrior {
    double df = 0.3;
    double variance = 1;
};

// Logarithms of sizes: normal within a key, whose means are normal between keys.
struct SizePrior {
    double mean = 4.6;
    double within = 1;
    double between = 4;
    double keys = 0; // that it was learned from
};

// Shares of what follows: a match, the same difference to the cent again, a new one.
using OutcomeShares = std::array<double, 3>;

struct Prior {
    double tick = 0.01;              // one minor unit
    std::array<ScalePrior, 3> noise; // about zero, about a level, of changes
    std::array<OutcomeShares, 3> outcomes = {
        {{0.5, 0, 0.5}, {0.4, 0.1, 0.5}, {0.5, 0, 0.5}}}; // after a match, a break, nothing
    ScalePrior break_size;
    SizePrior ln_break;
    SizePrior ln_amount;
    SizePrior ln_first;          // of a key's first difference, where that is not zero
    double first_break = 0.5;    // share of keys whose first row is no match
    double place_variance = 100; // of how far a place of the calendar lies off, in noises
    double lacking = 0.01;       // share of rows that lack a side
    std::uint64_t keys = 0;      // with a past, in the sample that this was learned from
    std::array<double, model_count> ln_share{}; // of each forecaster

    // Equal for equal priors: what is remembered of a key belongs to one.
    [[nodiscard]] std::uint64_t fingerprint() const;
    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static Prior deserialize(ByteReader& reader);
};

} // namespace recon::forecast
