// What the state of a key depends on besides its rows.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/firewall.hpp"
#include "core/series/calendar.hpp"

namespace recon::breaks {

struct BaselineOptions {
    // The break tolerance of each measure in its own unit; 0, or no entry, where it is unknown.
    std::vector<double> tolerance;
    // A baseline is the last `window` admitted rows: 12 .. 1024.
    std::uint32_t window = 64;
    // Whose business days the calendar's effects are counted in; none: without holidays. States
    // that have seen rows by one calendar do not go on by another.
    std::shared_ptr<const series::Calendar> calendar;

    // Throws invalid_parameter for a window or tolerance out of its range.
    void check() const;
};

} // namespace recon::breaks
