// What follows from a verdict: the category that the row's own evidence supports, how much it
// matters, and what to do. All three are deterministic and need no history of answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/firewall.hpp"
#include "core/detection/judging/finding.hpp"

namespace recon::breaks {

// Categories that follow from one row alone. Names are those of docs/detection.md.
enum class Category : std::uint8_t {
    one_sided,       // a side is missing
    rounding,        // within a minor unit
    amount_mismatch, // both present, unexplained
};
[[nodiscard]] std::string_view name(Category category) noexcept;
[[nodiscard]] std::optional<Category> category_named(std::string_view name) noexcept;

// `minor_unit` is the smallest amount the currency knows, .01 where nothing else is known.
[[nodiscard]] Category category_of(const Finding& finding, double minor_unit = 0.01) noexcept;

enum class Severity : std::uint8_t { low, medium, high, critical };
[[nodiscard]] std::string_view name(Severity severity) noexcept;

// Low for what is no anomaly. For an anomaly: medium, one step up when it is extreme (score of 6
// and more: one in a million), one step up when it is among the largest tenth of the run's
// anomalies of its measure and currency (`large_amount` is where that tenth begins, see
// LargeAmounts; infinity where there is no telling).
[[nodiscard]] Severity severity_of(double ln_p, double observed, bool is_anomaly,
                                   double large_amount) noexcept;

// One sentence in the imperative.
[[nodiscard]] std::string recommended_action(Pattern pattern, Category category, bool is_anomaly);

} // namespace recon::breaks
