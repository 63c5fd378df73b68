#include "core/detection/baseline/baseline_options.hpp"

#include <cmath>
#include <string>

#include "core/base/error.hpp"

namespace recon::breaks {

void BaselineOptions::check() const {
    if (window < 12 || window > 1024) {
        throw Error(ErrorKind::invalid_parameter,
                    "a baseline window holds between 12 and 1024 rows",
                    std::to_string(window) + " were asked for.");
    }
    for (const double value : tolerance) {
        if (!(value >= 0) || !std::isfinite(value)) {
            throw Error(ErrorKind::invalid_parameter, "a tolerance is a number not below zero");
        }
    }
}

} // namespace recon::breaks
