// What the programs that measure speed share: the machine may be shared too, so they count
// processor time and print medians.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <ctime>

namespace recon::bench {

inline double processor_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

inline constexpr std::size_t repeats = 5;
using Repeated = std::array<double, repeats>;

inline double median(Repeated values) {
    std::sort(values.begin(), values.end());
    return values[repeats / 2];
}

} // namespace recon::bench
