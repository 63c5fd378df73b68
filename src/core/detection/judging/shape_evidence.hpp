// What the models of shapes (shape_models.hpp) say of a break joins its finding.
#pragma once

#include <array>

#include "core/base/firewall.hpp"
#include "core/detection/judging/finding.hpp"
#include "core/detection/population/shape_models.hpp"

namespace recon::breaks {

class Weighing;

// The detectors that the models are, and where the evidence of each is found.
struct ShapeDetector {
    Detector detector;
    double ShapeModels::Evidence::*evidence;
};

inline constexpr std::array shape_detectors = {
    ShapeDetector{Detector::forest, &ShapeModels::Evidence::forest},
    ShapeDetector{Detector::distance, &ShapeModels::Evidence::distance},
};

// What the models say of its row's shape joins the finding's other evidence. Where each number is
// in line by itself, the finding's pattern becomes the unusual combination.
void add_evidence(Finding& finding, const ShapeModels::Evidence& evidence, Weighing& weighing);

} // namespace recon::breaks
