// Rows as a scan collects them, packed one after the other in the order they come: a PackedRow, the
// content where there is any, then the measures as doubles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/firewall.hpp"

namespace recon::breaks {

struct PackedRow {
    std::int32_t date;
    std::uint32_t flags; // the bits below

    static constexpr std::uint32_t break_bit = 1;
    static constexpr std::uint32_t target_bit = 2;
    // What was found when the row was read: the derived value disagrees with its criteria; it was
    // booked in another period than it is dated in; outside of working hours.
    static constexpr std::uint32_t mismatch_bit = 4;
    static constexpr std::uint32_t other_period_bit = 8;
    static constexpr std::uint32_t time_of_day_bit = 16;
    static constexpr std::uint32_t all_bits = 31;
};
static_assert(sizeof(PackedRow) == 8);

struct PackedLayout {
    std::uint8_t measures;
    bool has_content;

    [[nodiscard]] std::size_t values_at() const noexcept {
        return sizeof(PackedRow) + (has_content ? sizeof(std::uint64_t) : 0);
    }
    [[nodiscard]] std::size_t stride() const noexcept {
        return values_at() + measures * sizeof(double);
    }
};

// Puts a whole number of rows, which have no amounts beside their doubles, into the order of
// KeySeries::sort().
void sort_rows(PackedLayout layout, std::span<std::byte> rows);

} // namespace recon::breaks
