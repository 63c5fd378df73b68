// What judge() says about one target row. Plain data: there may be ten million of them; the
// sentence is written later (reason.hpp), for the rows that are reported.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "core/base/firewall.hpp"
#include "core/detection/judging/detector.hpp"
#include "core/detection/judging/pattern.hpp"

namespace recon::breaks {

// What the verdict leans on.
enum class Basis : std::uint8_t {
    none = 0,                   // no evidence: nothing to compare with
    peers,                      // the other keys only
    own_history_and_population, // few rows of its own, with what is usual over all keys
    own_history,                // the key's own past
};
[[nodiscard]] std::string_view name(Basis basis) noexcept; // "no evidence", "peers", ...

// Bits of Finding::flags.
enum FindingFlag : std::uint16_t {
    constant_history = 1 << 0,   // every past value was the same
    non_finite = 1 << 1,         // NaN or infinity was observed: not scored on this measure
    missing_side = 1 << 2,       // the value is NULL: judged by frequency only
    ongoing = 1 << 3,            // continues an item that was striking when it opened
    resolved = 1 << 4,           // back to zero: a standing difference has gone
    scale_is_tolerance = 1 << 5, // the past moves less than the tolerance, which is the unit
    season_predicted = 1 << 6,   // the calendar effect was part of what was expected
    sized_by_episodes = 1 << 7,  // compared with past episodes, not with the quiet level
    new_level = 1 << 8,          // the level compared with began recently, by three agreeing rows
};

struct Finding {
    std::uint64_t row = 0;        // the caller's tag
    std::int32_t date = 0;        // days since 2000-01-01
    std::uint32_t occurrence = 1; // 1, 2, ... among the key's rows of this date, in sorted order

    // On the strongest measure. NaN where unknown. lower .. upper holds 95% of what is normal.
    double observed = 0;
    double expected = 0;
    double lower = 0;
    double upper = 0;

    // ln p of all detectors together, times the number of measures; <= 0, NaN without evidence.
    double ln_p = 0;
    std::array<float, detector_count> detector_ln_p{}; // NaN: the detector had nothing to say
    std::array<float, detector_count> share{};         // of the verdict; adds up to 1

    // The numbers of the reason; NaN where they do not apply.
    double level = 0;    // of the key before this row (for new keys: of the peers)
    double scale = 0;    // the usual distance from it
    double slope = 0;    // per row, where a trend was expected
    double previous = 0; // value of the row before
    double low = 0;      // smallest and largest of the past values
    double high = 0;
    std::int32_t since = 0;      // date of the first row of the level, trend or item spoken of
    std::uint32_t history_n = 0; // own rows compared with
    std::uint32_t episodes = 0;  // closed episodes compared with, or breaks opened lately
    std::uint32_t peers = 0;     // other keys that the population was learned from

    std::uint16_t flags = 0; // FindingFlag
    std::uint8_t measure = 0;
    std::int8_t direction = 0; // of the deviation: below (-1), as expected (0), above (1)
    Pattern pattern = Pattern::none;
    Pattern runner_up = Pattern::none;
    Basis basis = Basis::none;
    bool is_break = false;
};

static_assert(std::is_trivially_copyable_v<Finding>);

} // namespace recon::breaks
