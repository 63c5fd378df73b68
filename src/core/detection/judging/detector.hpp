// The built-in detectors: one row of `built_in_detectors` for each. SQL and reports know them by
// name only, so their order matters to nobody but the arrays that are indexed by Detector.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/firewall.hpp"

namespace recon::breaks {

enum class Detector : std::uint8_t {
    baseline = 0, // level, trend, season and episodes: is this value where the key should be?
    frequency,    // does the key open new breaks more often than its rate?
    drift,        // has the key moved away slowly, in steps too small to notice?
    volatility,   // has the spread grown?
    partners,     // does the key still move with those that it normally moves with?
    forest,       // do the residuals of all measures come together as they usually do?
    distance,     // how far are they, together, from where they usually are?
};

struct DetectorEntry {
    Detector detector;
    std::string_view name;
    double weight; // of its evidence in the combination, unless a strategy says otherwise
};

inline constexpr std::array built_in_detectors = {
    DetectorEntry{Detector::baseline, "baseline", 1.0},
    DetectorEntry{Detector::frequency, "frequency", 0.25},
    DetectorEntry{Detector::drift, "drift", 0.25},
    DetectorEntry{Detector::volatility, "volatility", 0.25},
    DetectorEntry{Detector::partners, "partners", 0.25},
    DetectorEntry{Detector::forest, "forest", 0.1},
    DetectorEntry{Detector::distance, "distance", 0.1},
};
inline constexpr std::size_t detector_count = built_in_detectors.size();
static_assert([] {
    for (std::size_t i = 0; i < built_in_detectors.size(); ++i) {
        if (built_in_detectors[i].detector != static_cast<Detector>(i)) return false;
    }
    return true;
}());

[[nodiscard]] constexpr std::string_view name(Detector detector) noexcept {
    const auto index = static_cast<std::size_t>(detector);
    return index < built_in_detectors.size() ? built_in_detectors[index].name : std::string_view{};
}

[[nodiscard]] constexpr std::optional<Detector> detector_named(std::string_view name) noexcept {
    for (const auto& entry : built_in_detectors) {
        if (entry.name == name) return entry.detector;
    }
    return std::nullopt;
}

} // namespace recon::breaks
