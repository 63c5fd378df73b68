#include "core/detection/verdict/advice.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace recon::breaks {

std::string_view name(Category category) noexcept {
    switch (category) {
    case Category::one_sided:
        return "one_sided";
    case Category::rounding:
        return "rounding";
    case Category::amount_mismatch:
        return "amount_mismatch";
    }
    return "";
}

std::optional<Category> category_named(std::string_view text) noexcept {
    for (const auto category :
         {Category::one_sided, Category::rounding, Category::amount_mismatch}) {
        if (name(category) == text) return category;
    }
    return std::nullopt;
}

Category category_of(const Finding& finding, double minor_unit) noexcept {
    if ((finding.flags & missing_side) != 0) return Category::one_sided;
    if (std::abs(finding.observed) <= minor_unit) return Category::rounding;
    return Category::amount_mismatch;
}

std::string_view name(Severity severity) noexcept {
    switch (severity) {
    case Severity::low:
        return "low";
    case Severity::medium:
        return "medium";
    case Severity::high:
        return "high";
    case Severity::critical:
        return "critical";
    }
    return "";
}

Severity severity_of(double ln_p, double observed, bool is_anomaly, double large_amount) noexcept {
    if (!is_anomaly) return Severity::low;
    constexpr double extreme = -6 * std::numbers::ln10;
    const int steps = 1 + (ln_p <= extreme ? 1 : 0) + (std::abs(observed) >= large_amount ? 1 : 0);
    return static_cast<Severity>(steps);
}

std::string recommended_action(Pattern pattern, Category category, bool is_anomaly) {
    if (!is_anomaly) {
        if (category == Category::one_sided) {
            return "See whether the missing side arrives with the next feed; if not, chase the "
                   "counterpart.";
        }
        switch (pattern) {
        case Pattern::reversal:
            return "Match it with the entry it reverses; both can be closed together.";
        case Pattern::in_line:
            return "Keep it on the list of standing differences; nothing has changed.";
        case Pattern::consistent_change:
            return "Let it run on if the trend is known; settle its cause once rather than each "
                   "row.";
        case Pattern::seasonal:
            return "Expect it to recur and clear with the calendar.";
        case Pattern::new_key:
            return "Watch the key: it has no history of its own yet.";
        default:
            return "No action; look again when the next rows are in.";
        }
    }
    if (category == Category::one_sided) {
        return "Find the missing side: ask whether its feed is complete, then chase the "
               "counterpart.";
    }
    switch (pattern) {
    case Pattern::spike:
        return "Check the postings of this date for a wrong amount or a duplicate before anything "
               "else.";
    case Pattern::sudden_drop:
        return "Find what was written off or corrected on this date and who approved it.";
    case Pattern::gradual_deviation:
        return "Look for a small recurring error since the drift began, such as a rate or a fee.";
    case Pattern::high_volatility:
        return "Compare the process of the last rows with the calm period before.";
    case Pattern::frequency:
        return "Ask what changed in the process: this key breaks more often than it used to.";
    case Pattern::custom_detector:
        return "See what the detector that the reason names looks for; the row is ordinary "
               "otherwise.";
    case Pattern::decoupled:
        return "Compare this date's movements of the key and of the one that it normally moves "
               "with: one of them lacks a booking, or has one too many.";
    case Pattern::unusual_combination:
        return "Look at all measures of the row: each is ordinary, together they are not.";
    case Pattern::new_key:
        return "Confirm the set-up of this new key; it is unlike its peers.";
    default:
        return "Investigate the movements since the last row that was in line.";
    }
}

} // namespace recon::breaks
