// How a key's breaks behave over time: the predefined buckets of docs/detection.md. The pattern
// decides most of whether a break is news.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/firewall.hpp"

namespace recon::breaks {

// In order of precedence where several fit; the numbers are stored, so new ones go at the end.
enum class Pattern : std::uint8_t {
    none = 0,               // no runner-up
    reversal,               // the opposite of the previous movement: a correction
    in_line,                // in line with previous periods
    consistent_change,      // continues a consistent increase or decrease
    seasonal,               // recurs with the calendar, and its season predicts it
    spike,                  // huge jump from a quiet or stable history
    sudden_drop,            // a standing difference falls abruptly to another level
    gradual_deviation,      // slow drift away from the level, each step small
    high_volatility,        // the spread has grown against the key's own past
    inconsistent_variation, // moves without consistency, away from where the key used to be
    frequency,              // ordinary in size, but the key breaks far more often than its rate
    new_key,                // no history of its own: judged against peers
    no_pattern,             // too little evidence either way
    custom_detector,        // in line for all but a custom detector
    decoupled,              // in line by its own history, and does not follow its partners
    unusual_combination,    // each number in line, but not how they come together
};

inline constexpr std::uint8_t pattern_count = 16;

// The name used in SQL ("in_line"); "" for none.
[[nodiscard]] std::string_view name(Pattern pattern) noexcept;

// The pattern of a name used in SQL; nothing for other texts.
[[nodiscard]] std::optional<Pattern> pattern_named(std::string_view name) noexcept;

// Quiet patterns are never anomalies, whatever the score: reversal, in_line, consistent_change,
// seasonal, no_pattern.
[[nodiscard]] bool is_quiet(Pattern pattern) noexcept;

} // namespace recon::breaks
