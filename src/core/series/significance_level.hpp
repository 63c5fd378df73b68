// The level of a test: how often it may find what is not there.
#pragma once

#include "core/base/error.hpp"
#include "core/base/firewall.hpp"
#include "core/base/said_number.hpp"

namespace recon::series {

// Raises invalid_parameter unless 0 < alpha < 1.
[[nodiscard]] inline double checked_level(double alpha) {
    if (!(alpha > 0 && alpha < 1)) {
        throw Error(ErrorKind::invalid_parameter, "significance level out of range",
                    "The level alpha is " + said_number(alpha) + "; it must be between 0 and 1.",
                    "At 0.05 one test in twenty finds what is not there.");
    }
    return alpha;
}

} // namespace recon::series
