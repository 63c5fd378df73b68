// The dates on which a key has rows, read without the rest of what a recon_series holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon::breaks {

struct RowsOfDate {
    std::int32_t date = 0;
    std::uint64_t rows = 0;
    std::uint64_t targets = 0; // rows of them that may be judged

    friend bool operator==(const RowsOfDate&, const RowsOfDate&) = default;
};

// In order of date. Throws invalid_data for bytes that are no recon_series; what lies behind the
// dates of packed rows is not looked at.
[[nodiscard]] std::vector<RowsOfDate> dates_of_series(std::span<const std::byte> bytes);

} // namespace recon::breaks
