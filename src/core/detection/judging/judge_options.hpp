// What a judgement depends on besides the rows and the population.
#pragma once

#include <array>

#include "core/base/firewall.hpp"
#include "core/detection/baseline/baseline_options.hpp"
#include "core/detection/judging/finding.hpp"
#include "core/detection/population/shape_models.hpp"
#include "core/evidence/combination.hpp"

namespace recon::breaks {

struct DetectorOptions {
    bool enabled = true;
    double weight = 1; // of its evidence in the combination; positive
};

struct JudgeOptions : BaselineOptions {
    // Indexed by Detector.
    std::array<DetectorOptions, detector_count> detectors = {
        DetectorOptions{true, 1.0},  DetectorOptions{true, 0.25}, DetectorOptions{true, 0.25},
        DetectorOptions{true, 0.25}, DetectorOptions{true, 0.25}, DetectorOptions{true, 0.1},
        DetectorOptions{true, 0.1}};
    ForestOptions forest;
    evidence::Combination combination = evidence::Combination::harmonic;

    // Throws invalid_parameter for a window, weight, tolerance or forest out of its range.
    void check() const;
};

} // namespace recon::breaks
