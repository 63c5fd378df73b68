#include "core/detection/judging/shape_evidence.hpp"

#include "core/detection/judging/weighing.hpp"

namespace recon::breaks {

namespace {

// A shape so improbable is news by itself.
constexpr double ln_striking = -6.907755278982137; // ln .001

} // namespace

void add_evidence(Finding& finding, const ShapeModels::Evidence& evidence, Weighing& weighing) {
    std::array<std::size_t, shape_detectors.size()> detectors{};
    bool is_said = false;
    weighing.begin(finding.detector_ln_p);
    for (std::size_t i = 0; i < shape_detectors.size(); ++i) {
        detectors[i] = static_cast<std::size_t>(shape_detectors[i].detector);
        // As exactly as the finding keeps it.
        const auto ln_p = static_cast<float>(evidence.*shape_detectors[i].evidence);
        is_said |= weighing.hear(detectors[i], ln_p);
    }
    if (!is_said) return;
    weighing.settle(finding);
    weighing.name(finding, detectors, ln_striking, Pattern::unusual_combination);
}

} // namespace recon::breaks
