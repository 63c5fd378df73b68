// How many of the rows before a window tell what is usual: all of them would, but then every new
// date would call for another fit. So the number grows in steps of an eighth.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/base/firewall.hpp"

namespace recon::breaks {

// The oldest so many of `rows` are fitted: more than eight ninths, and all of them below 16. It
// depends on `rows` alone, so that every run over a window has the same fit, whenever it runs.
[[nodiscard]] inline std::uint64_t rows_to_fit(std::uint64_t rows) noexcept {
    std::uint64_t fitted = 0;
    for (std::uint64_t next = std::min<std::uint64_t>(rows, 1); next > fitted && next <= rows;
         next = fitted + std::max<std::uint64_t>(fitted / 8, 1)) {
        fitted = next;
    }
    return fitted;
}

} // namespace recon::breaks
