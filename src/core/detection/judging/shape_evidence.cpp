#include "core/detection/judging/shape_evidence.hpp"

#include "core/detection/judging/weighing.hpp"

namespace recon::breaks {

namespace {

// A shape so improbable is news by itself.
constexpr double ln_striking = -6.907755278982137; // ln .001

} // namespace

void add_evidence(Finding& finding, const ShapeModels::Evidence& evidence, Weighing& weighing) {
    static_assert(static_cast<std::size_t>(shape_detectors.back()) ==
                  static_cast<std::size_t>(shape_detectors.front()) + shape_detectors.size() - 1);
    bool is_said = false;
    weighing.begin(finding.detector_ln_p);
    for (std::size_t i = 0; i < shape_detectors.size(); ++i) {
        // As exactly as the finding keeps it.
        const auto ln_p = static_cast<float>(evidence[i]);
        is_said |= weighing.hear(static_cast<std::size_t>(shape_detectors[i]), ln_p);
    }
    if (!is_said) return;
    weighing.settle(finding);
    weighing.name(finding, static_cast<std::size_t>(shape_detectors.front()),
                  shape_detectors.size(), ln_striking, Pattern::unusual_combination);
}

} // namespace recon::breaks
