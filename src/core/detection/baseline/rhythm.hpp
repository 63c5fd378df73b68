// When a key has rows, and since when it is in break: what rules ask of a key's past, in a few
// bytes.
#pragma once

#include <array>
#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"

namespace recon::breaks {

class Rhythm {
  public:
    // All rows of a date are known: a break is among them, or none is. Dates ascend.
    void close(std::int32_t date, bool any_break);

    // The first of the dates with a break that lead up to `date`, no date without one between them;
    // `date` itself where the date before it had none.
    [[nodiscard]] std::int32_t in_break_since(std::int32_t date) const noexcept {
        return in_break_ ? since_ : date;
    }

    // Does a row of this date come out of rhythm: `factor` times sooner than the shortest of the
    // last gaps between dates, or later than the longest (by more than three days, too: a daily
    // feed has weekends and holidays)? Never before four gaps are known.
    [[nodiscard]] bool is_out(std::int32_t date, double factor) const noexcept;

    void serialize(ByteWriter& writer) const;
    void deserialize(ByteReader& reader); // refuses bytes that no Rhythm has

  private:
    static constexpr std::size_t kept_gaps = 8;
    static constexpr std::size_t needed_gaps = 4;
    // By which a date counts as out of rhythm here, whatever a rule says.
    static constexpr double usual_factor = 1.5;

    [[nodiscard]] bool is_out(std::int64_t gap, bool sooner_only, double factor) const noexcept;

    bool dated_ = false;
    bool in_break_ = false;
    std::uint8_t gaps_ = 0;
    std::uint8_t odd_ = 0;      // dates out of rhythm; after three a new one begins
    std::int32_t since_ = 0;    // of the break
    std::int32_t previous_ = 0; // date
    std::int32_t anchor_ = 0;   // last date that was not too early: gaps are counted from it
    std::array<std::uint32_t, kept_gaps> gap_{}; // in days, the newest last
    std::uint32_t shortest_ = 0;                 // of the gaps known
    std::uint32_t longest_ = 0;

    void measure_gaps() noexcept;
};

} // namespace recon::breaks
