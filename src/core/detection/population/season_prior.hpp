// What recurs with the calendar, learned over all keys: at which calendar positions rows lie off
// their level more often than elsewhere, how many keys that concerns, and how far. A key that has
// not lived through a month end yet is expected to behave as its peers do there.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/detection/baseline/calendar_slots.hpp"

namespace recon::breaks {

// One key's rows at one calendar position.
struct SlotFacts {
    std::uint16_t rows = 0;
    std::uint16_t off = 0;   // of them, off the baseline as it was then
    std::uint16_t sized = 0; // of those remembered with their size, off by what is known at the
                             // end: a baseline of few rows may not have told
    float ln_sum = 0;        // of ln(|deviation| / noise) over those
    float ln_squares = 0;

    // How many are remembered with their size.
    [[nodiscard]] std::uint16_t kept() const noexcept {
        return std::min<std::uint16_t>(rows, CalendarSlots::kept);
    }
};

// One key's whole calendar.
struct SeasonFacts {
    std::uint32_t rows = 0;
    std::uint32_t off = 0;
    std::array<SlotFacts, slot_count> slot{};
};

class SeasonPrior {
  public:
    // Keys may come in any order that is always the same: sums run in it.
    void add(const SeasonFacts& key) noexcept;
    void fit() noexcept;

    // Are rows at this position known to lie off their level more often than elsewhere?
    [[nodiscard]] bool acts(std::size_t slot) const noexcept { return prior_[slot].keys > 0; }

    // The probability that a key with these rows at the position, so many of them off, is one that
    // the season concerns: Bayes' rule on the share of keys that are.
    [[nodiscard]] double probability(std::size_t slot, std::uint32_t rows,
                                     std::uint32_t off) const noexcept;

    // ln P(a seasonal row lies at least so far off), in units of the key's noise.
    [[nodiscard]] double ln_size_p(std::size_t slot, double size) const;

    void serialize(ByteWriter& writer) const;
    void deserialize(ByteReader& reader);

  private:
    struct Sums {
        double rows = 0, off = 0, sized = 0, ln_sum = 0, ln_squares = 0;
        double seasonal_rows = 0, seasonal_in_line = 0; // of keys that are off here again and again
    };
    struct Prior {
        double keys = 0;     // share of keys that the position concerns; 0: none
        double in_line = 0;  // share of their rows there that lie in line all the same
        double ordinary = 0; // share of other keys' rows that lie off
        double ln_size = 0;
        double ln_spread = 1;
    };
    double rows_ = 0;
    double off_ = 0;
    std::array<Sums, slot_count> sums_{};
    std::array<Prior, slot_count> prior_{};
};

} // namespace recon::breaks
