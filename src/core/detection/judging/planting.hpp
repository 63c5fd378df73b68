// Anomalies put into histories on purpose, to see which of them would be found.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/base/firewall.hpp"
#include "core/base/random.hpp"
#include "core/detection/history/key_series.hpp"

namespace recon::breaks {

enum class Plant : std::uint8_t {
    spike = 0, // one row away from where the key is, to either side
    drop,      // the row falls towards zero and beyond
    drift,     // the last rows move away in small steps; the row is the last of them
    burst, // three rows in succession, to one side and the other, each of a size of its own (the
           // opposite of the same size would be a correction); the row is the last of them
};
inline constexpr std::size_t plant_count = 4;
[[nodiscard]] std::string_view name(Plant plant) noexcept;

// The series with one such anomaly in measure `measure`, arriving with row `at`, of `size` (> 0, in
// the measure's unit). Rows that it moves are breaks. The series must be sorted; tags, dates,
// targets and the other rows stay as they are. `at` beyond the series is an invalid_parameter
// error.
[[nodiscard]] KeySeries with_plant(const KeySeries& series, std::size_t measure, std::size_t at,
                                   Plant plant, double size, Random& random);

} // namespace recon::breaks
