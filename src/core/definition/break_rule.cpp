#include "core/definition/break_rule.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>
#include <utility>

#include "core/definition/wording.hpp"

namespace recon::definition {
namespace {

// Without the noise that binary fractions leave behind a subtraction.
double tidy(double value) {
    constexpr int digits = 12;
    std::array<char, 40> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value,
                                            std::chars_format::scientific, digits - 1);
    double result = value;
    if (error == std::errc()) std::from_chars(text.data(), end, result);
    return result;
}

// The difference of one measure in each row: its derived column, else a - b; NaN where missing.
std::vector<double> differences(const Measure& measure, const std::vector<ColumnProfile>& columns) {
    if (measure.derived) {
        const auto& numbers = columns[*measure.derived].numbers;
        if (!numbers.empty()) return numbers;
    }
    if (!measure.a || columns[*measure.a].numbers.empty() || columns[*measure.b].numbers.empty()) {
        return {};
    }
    const auto& x = columns[*measure.a].numbers;
    const auto& y = columns[*measure.b].numbers;
    std::vector<double> result(x.size());
    for (std::size_t row = 0; row < x.size(); ++row) {
        result[row] =
            std::isnan(x[row]) || std::isnan(y[row]) ? std::nan("") : tidy(x[row] - y[row]);
    }
    return result;
}

// 1, 2 or 5 times a power of ten in [low, high): the smallest from low on, or, where low is zero,
// the largest that stays well below high. Where there is none, low.
double simple_between(double low, double high) {
    const bool upward = low > 0;
    const double goal = upward ? low : high / 2;
    if (!(goal > 0) || std::isinf(goal)) return low;
    double best = low;
    const int exponent = static_cast<int>(std::floor(std::log10(goal)));
    for (int power = exponent - 1; power <= exponent + 1; ++power) {
        for (const double digit : {1.0, 2.0, 5.0}) {
            const double candidate = digit * std::pow(10.0, power);
            if (upward && candidate >= low && candidate < high) return candidate;
            if (!upward && candidate <= goal) best = candidate;
        }
    }
    return best;
}

// The words of a name that have none of these senses, in order of the alphabet.
std::vector<std::string> words_without(const ColumnName& name, unsigned senses) {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < name.words.size(); ++i) {
        if ((name.senses[i] & senses) == 0) words.push_back(name.words[i]);
    }
    std::sort(words.begin(), words.end());
    return words;
}

// What the status says of one measure.
struct StatusEvidence {
    std::size_t matches = 0;
    std::size_t breaks = 0;
    double largest_match = 0;
    double smallest_break = std::numeric_limits<double>::infinity();
};

struct Suggester {
    const BreakRuleInput& input;
    BreakRule rule;
    std::vector<std::vector<double>> gaps = {}; // differences of each measure
    std::vector<bool> used_tolerances = {};     // of each column

    [[nodiscard]] const ColumnProfile& column(std::size_t i) const { return input.columns[i]; }
    [[nodiscard]] std::string quoted(std::size_t i) const {
        return quote_identifier(column(i).name);
    }
    void add_measures();
    void assign_tolerances();
    [[nodiscard]] std::vector<std::size_t> tolerances_by_name() const;
    [[nodiscard]] bool may_be_tolerance(std::size_t c) const;
    void list_unused_tolerances(const std::vector<std::size_t>& order);
    void tolerance_column(Measure& measure, std::size_t c);
    [[nodiscard]] StatusEvidence evidence(std::size_t measure,
                                          const std::vector<double>& largest) const;
    void infer_tolerance(std::size_t index, const std::vector<double>& largest_match);
    struct Default {
        double value;
        std::string reason;
        double any_difference; // half of the last decimal
    };
    [[nodiscard]] Default default_tolerance(const Measure& measure) const;
    void write();
    void check_against_status();
    void fall_back();
};

void Suggester::add_measures() {
    for (const auto& pair : input.pairs.measures) {
        Measure measure;
        measure.a = pair.a;
        measure.b = pair.b;
        measure.confidence = pair.confidence;
        for (const auto& derived : pair.derived) {
            // An absolute value has lost its sign: the sides are subtracted again.
            const bool has_sign = derived.form == DifferenceForm::a_minus_b ||
                                  derived.form == DifferenceForm::b_minus_a;
            if (has_sign && !measure.derived) measure.derived = derived.column;
        }
        if (measure.derived) {
            measure.name = column(*measure.derived).name;
            measure.expression = quoted(*measure.derived);
        } else {
            measure.name = pair.subject.empty() ? "difference" : pair.subject + " difference";
            std::replace(measure.name.begin(), measure.name.end(), ' ', '_');
            measure.expression = quoted(pair.a) + " - " + quoted(pair.b);
        }
        const auto same =
            std::count_if(rule.measures.begin(), rule.measures.end(),
                          [&measure](const Measure& other) { return other.name == measure.name; });
        if (same > 0) measure.name.append("_").append(std::to_string(rule.measures.size() + 1));
        rule.measures.push_back(std::move(measure));
    }
    for (const auto c : input.lone_differences) {
        Measure measure;
        measure.derived = c;
        measure.name = column(c).name;
        measure.expression = quoted(c);
        measure.confidence = 0.6;
        rule.measures.push_back(std::move(measure));
    }
    for (const auto& measure : rule.measures) {
        gaps.push_back(differences(measure, input.columns));
    }
}

// A tolerance column is used as it stands, row by row.
void Suggester::tolerance_column(Measure& measure, std::size_t c) {
    const auto& tolerance = column(c);
    measure.tolerance_column = c;
    measure.tolerance = quoted(c);
    std::size_t filled = 0;
    double low = std::numeric_limits<double>::infinity();
    double high = 0;
    for (const double value : tolerance.numbers) {
        if (std::isnan(value)) continue;
        ++filled;
        low = std::min(low, std::fabs(value));
        high = std::max(high, std::fabs(value));
    }
    if (filled == 0) {
        measure.tolerance_reason = "its own tolerance column " + quoted(c);
        return;
    }
    const std::string values = low == high
                                   ? "always " + number_text(low)
                                   : "between " + number_text(low) + " and " + number_text(high);
    measure.tolerance_reason =
        "its own tolerance column " + quoted(c) + ", " + values + " in " + number_of(filled, "row");
    if (filled < tolerance.rows) {
        // Without a tolerance every row would be a break.
        measure.tolerance = "coalesce(" + measure.tolerance + ", " + number_text(low) + ")";
        measure.tolerance_reason += "; " + number_text(low) + " where it is missing";
    }
    if (low == high) measure.tolerance_value = low;
}

// By the words shared with the measure; a column named nothing but tolerance serves all others.
// Shorter names first: PRICE_TOLERANCE before Catalyst_PRICE_TOLERANCE.
std::vector<std::size_t> Suggester::tolerances_by_name() const {
    std::vector<std::size_t> order = input.tolerances;
    std::stable_sort(order.begin(), order.end(), [this](std::size_t x, std::size_t y) {
        const auto& left = column(x);
        const auto& right = column(y);
        if (left.words.words.size() != right.words.words.size()) {
            return left.words.words.size() < right.words.words.size();
        }
        return left.name < right.name;
    });
    return order;
}

bool Suggester::may_be_tolerance(std::size_t c) const {
    return column(c).is_number || column(c).filled == 0;
}

// What a tolerance is named after is what its measure is named after.
void Suggester::assign_tolerances() {
    const auto order = tolerances_by_name();
    used_tolerances.assign(input.columns.size(), false);
    const auto assign = [&](const auto& goes_with) {
        for (auto& measure : rule.measures) {
            for (const auto c : order) {
                if (!may_be_tolerance(c) || measure.tolerance_column) continue;
                if (!goes_with(measure, column(c).words)) continue;
                tolerance_column(measure, c);
                used_tolerances[c] = true;
            }
        }
    };
    constexpr auto of_breaks = sense_difference | sense_break;
    assign([&](const Measure& measure, const ColumnName& tolerance) {
        const auto own = words_without(tolerance, of_breaks | sense_tolerance | sense_match);
        const ColumnName words =
            measure.derived ? column(*measure.derived).words : read_column_name(measure.name);
        return !own.empty() && own == words_without(words, of_breaks);
    });
    assign([&](const Measure&, const ColumnName& tolerance) {
        return tolerance.only(of_breaks | sense_tolerance | sense_match | sense_as_of |
                              sense_plain);
    });
    list_unused_tolerances(order);
}

void Suggester::list_unused_tolerances(const std::vector<std::size_t>& order) {
    for (const auto c : input.tolerances) {
        if (used_tolerances[c]) continue;
        std::string reason = "named as a tolerance, but no measure goes with it by name";
        for (const auto d : order) {
            if (used_tolerances[d] && column(d).words.words.size() < column(c).words.words.size() &&
                compare_names(column(c).words, column(d).words).right.empty()) {
                reason = "named as a tolerance, but " + quoted(d) + " says the same for both sides";
            }
        }
        if (!may_be_tolerance(c)) reason = "named as a tolerance, but its values are no numbers";
        rule.unused_tolerances.push_back({c, 0.6, reason});
    }
}

StatusEvidence Suggester::evidence(std::size_t index, const std::vector<double>& largest) const {
    StatusEvidence found;
    const auto& verdicts = input.status->verdicts;
    const auto& gap = gaps[index];
    for (std::size_t row = 0; row < gap.size(); ++row) {
        if (std::isnan(gap[row])) continue;
        const double size = std::fabs(gap[row]);
        if (verdicts[row] == Verdict::match) {
            ++found.matches;
            found.largest_match = std::max(found.largest_match, size);
        } else if (verdicts[row] == Verdict::breaks) {
            // A break speaks of this measure only where no other can have made it.
            bool others = false;
            for (std::size_t m = 0; m < gaps.size(); ++m) {
                others |=
                    m != index && !gaps[m].empty() && !(std::fabs(gaps[m][row]) <= largest[m]);
            }
            if (others || size == 0) continue;
            ++found.breaks;
            found.smallest_break = std::min(found.smallest_break, size);
        }
    }
    return found;
}

Suggester::Default Suggester::default_tolerance(const Measure& measure) const {
    std::uint32_t senses = 0;
    int decimals = 0;
    double size = 0;
    for (const auto& part : {measure.a, measure.b, measure.derived}) {
        if (!part) continue;
        senses |= column(*part).words.all;
        decimals = std::max(decimals, column(*part).decimals);
        if (part == measure.a || !measure.a) size = std::max(size, column(*part).typical_size);
    }
    constexpr int most = 10; // digits beyond are noise of binary numbers
    const double any = 0.5 * std::pow(10.0, -std::min(decimals, most));
    const bool money =
        (senses & sense_money) != 0 && (senses & (sense_price | sense_quantity)) == 0;
    constexpr double large = 100; // amounts for which one unit is a trifle
    if (money && (size >= large || size == 0)) {
        return {1, "one unit of currency, the custom for balances and amounts", any};
    }
    return {any, "half of the last decimal of its values, so that any difference counts", any};
}

void Suggester::infer_tolerance(std::size_t index, const std::vector<double>& largest_match) {
    auto& measure = rule.measures[index];
    auto [value, why, any] = default_tolerance(measure);
    StatusEvidence found;
    if (input.status && input.status->understood) found = evidence(index, largest_match);
    if (found.matches > 0 || found.breaks > 0) {
        const std::string status = quoted(input.status->column);
        std::string seen;
        if (found.matches > 0) {
            seen = "the largest difference that " + status + " calls a match is " +
                   number_text(found.largest_match);
        }
        if (found.breaks > 0) {
            seen += (seen.empty() ? "the smallest that " + status + " calls a break is "
                                  : std::string(" and the smallest it calls a break ")) +
                    number_text(found.smallest_break);
        }
        const auto separates = [&found](double tolerance) {
            return tolerance >= found.largest_match && tolerance < found.smallest_break;
        };
        if (found.largest_match >= found.smallest_break) {
            why += "; " + seen + ", so size alone does not decide";
        } else if (separates(value)) {
            why += "; " + seen + ", which it separates";
        } else {
            why = seen;
            if (separates(any)) {
                value = any;
            } else {
                value = simple_between(found.largest_match, found.smallest_break);
            }
        }
    }
    measure.tolerance_value = value;
    measure.tolerance = number_text(value);
    measure.tolerance_reason = measure.tolerance + ": " + why;
}

void Suggester::write() {
    for (auto& measure : rule.measures) {
        measure.break_when = "abs(" + measure.expression + ") > " + measure.tolerance;
        if (!rule.break_when.empty()) rule.break_when += " OR ";
        rule.break_when += measure.break_when;
        if (!rule.reason.empty()) rule.reason += "; ";
        rule.reason += "the tolerance of " + quote_identifier(measure.name) + " is " +
                       measure.tolerance_reason;
        rule.confidence = rule.confidence == 0 ? measure.confidence
                                               : std::min(rule.confidence, measure.confidence);
    }
}

void Suggester::check_against_status() {
    if (!input.status || !input.status->understood || rule.measures.empty()) return;
    std::size_t compared = 0;
    std::size_t agreeing = 0;
    for (std::size_t row = 0; row < input.status->verdicts.size(); ++row) {
        const auto verdict = input.status->verdicts[row];
        if (verdict == Verdict::unknown) continue;
        bool breaks = false;
        for (std::size_t m = 0; m < gaps.size(); ++m) {
            const auto& measure = rule.measures[m];
            if (gaps[m].empty()) return;
            double tolerance = measure.tolerance_value.value_or(0);
            if (measure.tolerance_column) {
                const auto& numbers = column(*measure.tolerance_column).numbers;
                if (!numbers.empty() && !std::isnan(numbers[row])) tolerance = numbers[row];
            }
            breaks |= !(std::fabs(gaps[m][row]) <= tolerance);
        }
        ++compared;
        agreeing += breaks == (verdict == Verdict::breaks) ? 1 : 0;
    }
    if (compared == 0) return;
    rule.reason += "; the rule agrees with " + quoted(input.status->column) + " in " +
                   std::to_string(agreeing) + " of " + number_of(compared, "row");
    if (agreeing * 100 < compared * 90) rule.confidence *= 0.6;
}

// Without numbers to compare: texts that differ, or else what the status says.
void Suggester::fall_back() {
    for (const auto& pair : input.pairs.attributes) {
        const auto sql = [this](std::size_t c) {
            const auto& side = column(c);
            if (side.is_number) return number_sql(side);
            if (side.is_date) return date_sql(side);
            return side.type == ColumnSample::Type::text ? filled_text_sql(text_sql(side))
                                                         : quote_identifier(side.name);
        };
        if (!rule.break_when.empty()) rule.break_when += " OR ";
        rule.break_when += sql(pair.a) + " IS DISTINCT FROM " + sql(pair.b);
    }
    if (!rule.break_when.empty()) {
        rule.confidence = 0.6;
        rule.reason = "no two numbers are compared, so a row is a break where the two sides of " +
                      std::string(input.pairs.attributes.size() == 1 ? "the pair" : "any pair") +
                      " differ or one is missing";
        return;
    }
    if (!input.status || !input.status->understood) {
        rule.reason = "no pair of columns to compare, no difference and no status were found";
        return;
    }
    const auto& texts =
        input.status->match_texts.empty() ? input.status->break_texts : input.status->match_texts;
    std::string list;
    for (const auto& text : texts) {
        list += (list.empty() ? "" : ", ") + quote_literal(text);
    }
    const auto& status = column(input.status->column);
    const std::string value = status.type == ColumnSample::Type::text
                                  ? "btrim(" + text_sql(status) + ")"
                                  : text_sql(status);
    rule.break_when =
        value + (input.status->match_texts.empty() ? " IN (" : " NOT IN (") + list + ")";
    rule.confidence = 0.5;
    rule.reason =
        "no pair of columns to compare and no difference were found, so the rule is what " +
        quote_identifier(status.name) + " says";
}

} // namespace

BreakRule suggest_break_rule(const BreakRuleInput& input) {
    Suggester suggester{input, {}, {}};
    suggester.add_measures();
    suggester.assign_tolerances();
    std::vector<double> largest(suggester.gaps.size(), 0);
    if (input.status) {
        for (std::size_t m = 0; m < largest.size(); ++m) {
            for (std::size_t row = 0; row < suggester.gaps[m].size(); ++row) {
                if (input.status->verdicts[row] == Verdict::match &&
                    !std::isnan(suggester.gaps[m][row])) {
                    largest[m] = std::max(largest[m], std::fabs(suggester.gaps[m][row]));
                }
            }
        }
    }
    for (std::size_t m = 0; m < suggester.rule.measures.size(); ++m) {
        if (!suggester.rule.measures[m].tolerance_column) suggester.infer_tolerance(m, largest);
    }
    suggester.write();
    suggester.check_against_status();
    if (suggester.rule.break_when.empty()) suggester.fall_back();
    return std::move(suggester.rule);
}

} // namespace recon::definition
