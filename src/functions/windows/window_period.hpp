// The period of a window or of rolling bands, in rows.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/error.hpp"

namespace recon::functions {

// Raises invalid_parameter unless 2 <= period <= longest: a spread needs two rows.
[[nodiscard]] inline std::int64_t checked_period(std::int32_t period, std::int64_t longest) {
    if (period < 2 || period > longest) {
        throw Error(ErrorKind::invalid_parameter, "the period is out of range",
                    "It is " + std::to_string(period) + " rows; it can be 2 to " +
                        std::to_string(longest) + ".",
                    "It says by how many numbers before it a row is judged.");
    }
    return period;
}

} // namespace recon::functions
