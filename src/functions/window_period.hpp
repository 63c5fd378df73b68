// The period of a window or of rolling bands, in rows.
#pragma once

#include <cstdint>

#include "core/error.hpp"

namespace recon::functions {

// Raises invalid_parameter for a period of less than two rows, which have no spread.
[[nodiscard]] inline std::int64_t checked_period(std::int32_t period) {
    if (period < 2) {
        throw Error(ErrorKind::invalid_parameter, "the period is out of range",
                    "It is " + std::to_string(period) + " rows; a spread needs two.");
    }
    return period;
}

} // namespace recon::functions
