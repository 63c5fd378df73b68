#include "core/detection/judging/pattern.hpp"

#include <array>

namespace recon::breaks {

std::string_view name(Pattern pattern) noexcept {
    static constexpr std::array<std::string_view, pattern_count> names = {"",
                                                                          "reversal",
                                                                          "in_line",
                                                                          "consistent_change",
                                                                          "seasonal",
                                                                          "spike",
                                                                          "sudden_drop",
                                                                          "gradual_deviation",
                                                                          "high_volatility",
                                                                          "inconsistent_variation",
                                                                          "frequency",
                                                                          "new_key",
                                                                          "no_pattern",
                                                                          "custom_detector",
                                                                          "decoupled",
                                                                          "unusual_combination"};
    const auto index = static_cast<std::size_t>(pattern);
    return index < names.size() ? names[index] : std::string_view{};
}

std::optional<Pattern> pattern_named(std::string_view text) noexcept {
    for (std::uint8_t i = 1; i < pattern_count; ++i) {
        const auto pattern = static_cast<Pattern>(i);
        if (name(pattern) == text) return pattern;
    }
    return std::nullopt;
}

bool is_quiet(Pattern pattern) noexcept {
    switch (pattern) {
    case Pattern::none:
    case Pattern::reversal:
    case Pattern::in_line:
    case Pattern::consistent_change:
    case Pattern::seasonal:
    case Pattern::no_pattern:
        return true;
    default:
        return false;
    }
}

} // namespace recon::breaks
