#include "core/detection/judging/judge_options.hpp"

#include <cmath>

#include "core/base/error.hpp"

namespace recon::breaks {

void JudgeOptions::check() const {
    BaselineOptions::check();
    for (const DetectorOptions& detector : detectors) {
        if (!(detector.weight > 0) || !std::isfinite(detector.weight)) {
            throw Error(ErrorKind::invalid_parameter,
                        "the weight of a detector is a number above zero");
        }
    }
    forest.check();
}

} // namespace recon::breaks
