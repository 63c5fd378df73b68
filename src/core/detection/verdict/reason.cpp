#include "core/detection/verdict/reason.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "core/base/dates.hpp"
#include "core/detection/judging/partners.hpp"
#include "core/detection/judging/shape_evidence.hpp"

namespace recon::breaks {

namespace {

template <typename... HowTo>
std::string digits_of(auto number, HowTo... how_to) {
    std::array<char, 340> text{}; // a double has at most 309 digits before the point
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number, how_to...).ptr;
    return {text.data(), end};
}

std::string count(std::uint32_t n, std::string_view one, std::string_view many) {
    return digits_of(n).append(1, ' ').append(n == 1 ? one : many);
}

class Sentence {
  public:
    Sentence(const Finding& finding, const ReasonContext& context) : f_(finding), c_(context) {}

    [[nodiscard]] std::string write() const {
        std::string text;
        if (c_.measures > 1 && !c_.measure.empty()) text.append(c_.measure).append(": ");
        return text + body() + borrowed() + ".";
    }

  private:
    [[nodiscard]] std::string amount(double value) const {
        return format_amount(value, c_.decimals);
    }
    [[nodiscard]] std::string observed() const {
        std::string text = amount(f_.observed);
        if (!c_.unit.empty()) text.append(1, ' ').append(c_.unit);
        return text;
    }
    [[nodiscard]] std::string earlier() const {
        return count(f_.history_n, "earlier value", "earlier values");
    }
    // "6 earlier values between -40,000 and 200", "3 earlier values of 5".
    [[nodiscard]] std::string history() const {
        if (f_.low == f_.high) return earlier() + " of " + amount(f_.low);
        return earlier() + " between " + amount(f_.low) + " and " + amount(f_.high);
    }
    [[nodiscard]] std::string band() const {
        if (std::isnan(f_.lower) || std::isnan(f_.upper)) return {};
        return amount(f_.lower) + " to " + amount(f_.upper);
    }

    // Short histories lean on the other keys, and the sentence says so.
    [[nodiscard]] std::string borrowed() const {
        if (f_.basis != Basis::own_history_and_population) return {};
        return " (judged with values typical of " + count(f_.peers, "key", "keys") + ")";
    }

    [[nodiscard]] std::string body() const {
        switch (f_.pattern) {
        case Pattern::reversal:
            return observed() + " reverses the movement of " + iso_date(f_.since) + ", from " +
                   amount(f_.previous) + " to where it was before: a correction";
        case Pattern::in_line:
            return in_line();
        case Pattern::consistent_change:
            return observed() + " continues a consistent " +
                   (f_.slope < 0 ? "decrease" : "increase") + " of about " +
                   amount(std::fabs(f_.slope)) + " per row over " + earlier() + " since " +
                   iso_date(f_.since) + " (" + amount(f_.expected) + " expected)";
        case Pattern::seasonal:
            return observed() +
                   " recurs with the calendar: this place in the calendar brought about " +
                   amount(f_.expected) + " on " +
                   count(f_.history_n, "earlier occasion", "earlier occasions");
        case Pattern::spike:
            return observed() + " against " + history() + ": a jump of " +
                   amount(f_.observed - f_.expected) + " from a " +
                   ((f_.flags & (constant_history | scale_is_tolerance)) != 0 ? "quiet"
                                                                              : "stable") +
                   " history";
        case Pattern::sudden_drop:
            return observed() + " after " + earlier() + " around " + amount(f_.level) + " since " +
                   iso_date(f_.since) + ": an abrupt fall to another level";
        case Pattern::gradual_deviation:
            return observed() + " has moved away, in small steps, from a level of " +
                   amount(f_.level) + " over " + earlier() + ", usually within " +
                   amount(f_.scale) + " of it";
        case Pattern::high_volatility:
            return observed() + ": the last " + count(f_.history_n + 1, "row", "rows") +
                   " lie within about " + amount(f_.scale) + " of their middle, where " + band() +
                   " was usual before " + iso_date(f_.since) +
                   ": the balance moves more than it used to";
        case Pattern::inconsistent_variation:
            return observed() + " against " + history() +
                   ": the balance moves without a consistent level or trend";
        case Pattern::frequency:
            return frequency();
        case Pattern::new_key:
            return new_key();
        case Pattern::own_detector:
            return observed() + " is out of pattern for detector \"" + std::string(c_.detector) +
                   "\", which gives it a probability of " +
                   digits_of(std::exp(c_.detector_ln_p), std::chars_format::general, 2);
        case Pattern::decoupled:
            if (c_.decoupling != nullptr) return decoupled(*c_.decoupling);
            break;
        case Pattern::unusual_combination:
            return observed() + " against " + history() +
                   " is in line by itself, but so much of each measure beyond what was expected "
                   "seldom comes together: a probability of " +
                   digits_of(std::exp(smallest_of_shape()), std::chars_format::general, 2) +
                   " among past rows";
        case Pattern::none:
        case Pattern::no_pattern:
            break;
        }
        return no_pattern();
    }

    // ln p of the model of shapes that finds the row strangest.
    [[nodiscard]] double smallest_of_shape() const {
        double smallest = 0;
        for (const auto& shape : shape_detectors) {
            const double ln_p = f_.detector_ln_p[static_cast<std::size_t>(shape.detector)];
            if (ln_p < smallest) smallest = ln_p;
        }
        return smallest;
    }

    [[nodiscard]] std::string in_line() const {
        if ((f_.flags & resolved) != 0) {
            return observed() + " after " + amount(f_.previous) +
                   ": the difference is gone, nothing is outstanding";
        }
        if ((f_.flags & ongoing) != 0) {
            return observed() + " belongs to the difference that stands at about " +
                   amount(f_.expected) + " since " + iso_date(f_.since) +
                   ": known already, in line with the previous " +
                   count(f_.history_n, "row", "rows");
        }
        if ((f_.flags & sized_by_episodes) != 0) {
            return observed() + " is no larger than usual: " +
                   count(f_.history_n, "earlier break", "earlier breaks") +
                   " of this key reached " + "about " + amount(std::fabs(f_.expected));
        }
        if (f_.history_n > 0 && f_.low == f_.high && f_.observed == f_.low) {
            return observed() + ", the same as " + earlier() + ": in line with previous periods";
        }
        std::string text = observed() + " against " + history();
        if (const std::string usual = band(); !usual.empty()) text += ", usual " + usual;
        return text + ": in line with previous periods";
    }

    [[nodiscard]] std::string decoupled(const Decoupling& told) const {
        return observed() + " is not unusual by itself, but the key normally moves with " +
               std::string(c_.partner) + " (correlation " +
               digits_of(told.correlation, std::chars_format::fixed, 2) + " over " +
               count(told.dates, "date", "dates") + "): " + std::string(c_.partner) +
               " is off its level by " + amount(told.its_departure) + ", this key by " +
               amount(told.departure) + " where " + amount(told.expected) + " goes with it";
    }

    [[nodiscard]] std::string frequency() const {
        const std::string rate = "the key has opened " + count(f_.episodes, "break", "breaks") +
                                 " within its last 10 rows, far more often than its rate";
        if ((f_.flags & missing_side) != 0 && std::isnan(f_.observed)) {
            return "A side is missing: " + rate;
        }
        return observed() + " is ordinary in size, but " + rate;
    }

    [[nodiscard]] std::string new_key() const {
        std::string text = observed() + " is the first value of this key; " +
                           count(f_.peers, "other key", "other keys") + " begin at about " +
                           amount(f_.expected);
        if (const std::string usual = band(); !usual.empty()) text += ", usually " + usual;
        return text;
    }

    [[nodiscard]] std::string no_pattern() const {
        if (std::isnan(f_.observed)) return "A side is missing, so there is no value to judge";
        if ((f_.flags & non_finite) != 0)
            return "The value is no number of at most 150 digits and is not judged";
        if (f_.history_n == 0) {
            return observed() + " has nothing to be compared with: no earlier value and " +
                   (f_.peers <= 1 ? "no other key" : "too little known of other keys");
        }
        return observed() + " against " + history() + ": too little evidence of a pattern";
    }

    const Finding& f_;
    const ReasonContext& c_;
};

} // namespace

std::string reason(const Finding& finding, const ReasonContext& context) {
    return Sentence(finding, context).write();
}

std::string format_amount(double amount, int decimals) {
    if (std::isnan(amount)) return "unknown";
    if (std::isinf(amount)) return amount < 0 ? "-infinity" : "infinity";
    const double size = std::fabs(amount);
    if (size >= 1e15) return digits_of(amount, std::chars_format::general, 6);
    int digits = std::clamp(decimals, 0, 9);
    if (size > 0 && size < 1) {
        // Three significant digits, however small.
        const int leading = -static_cast<int>(std::floor(std::log10(size)));
        if (leading > 12) return digits_of(amount, std::chars_format::general, 3);
        digits = std::max(digits, leading + 2);
    }
    std::string text = digits_of(size, std::chars_format::fixed, digits);
    if (const auto point = text.find('.'); point != std::string::npos) {
        text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.') text.pop_back();
    }
    const auto point = std::min(text.find('.'), text.size());
    for (std::size_t place = point; place > 3; place -= 3)
        text.insert(place - 3, 1, ',');
    if (amount < 0 && text != "0") text.insert(0, 1, '-');
    return text;
}

} // namespace recon::breaks
