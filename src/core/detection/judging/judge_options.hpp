// What a judgement depends on besides the rows and the population.
#pragma once

#include <array>

#include "core/base/firewall.hpp"
#include "core/detection/baseline/baseline_options.hpp"
#include "core/detection/judging/detector.hpp"
#include "core/detection/population/shape_models.hpp"
#include "core/evidence/combination.hpp"

namespace recon::breaks {

struct DetectorOptions {
    bool enabled = true;
    double weight = 1; // of its evidence in the combination; positive
};

// All of them, with the weights of their entries.
[[nodiscard]] constexpr std::array<DetectorOptions, detector_count> default_detectors() noexcept {
    std::array<DetectorOptions, detector_count> options;
    for (const auto& entry : built_in_detectors)
        options[static_cast<std::size_t>(entry.detector)].weight = entry.weight;
    return options;
}

struct JudgeOptions : BaselineOptions {
    // Indexed by Detector.
    std::array<DetectorOptions, detector_count> detectors = default_detectors();
    ForestOptions forest;
    evidence::Combination combination = evidence::Combination::harmonic;

    // Throws invalid_parameter for a window, weight, tolerance or forest out of its range.
    void check() const;
};

} // namespace recon::breaks
