// How far a long computation is. It writes plain numbers here as it goes; who wants to tell
// somebody reads them whenever poll_interrupt() gives him the chance
// (postgres/progress_reporter.hpp).
#pragma once

#include <cstdint>

#include "core/base/firewall.hpp"

namespace recon {

struct Progress {
    const char* stage = ""; // what is being done: "judging"
    const char* unit = "";  // of what there are so many: "rows"
    std::uint64_t done = 0;
    std::uint64_t total = 0; // 0: not known

    void begin(const char* new_stage, const char* new_unit, std::uint64_t new_total = 0) noexcept {
        *this = {new_stage, new_unit, 0, new_total};
    }
};

// Of this thread of control: helper threads leave it alone.
inline Progress progress;

} // namespace recon
