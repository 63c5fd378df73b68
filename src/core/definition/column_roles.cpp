#include "core/definition/column_roles.hpp"

#include <algorithm>
#include <cmath>

#include "core/definition/break_rule.hpp"
#include "core/definition/column_pairs.hpp"
#include "core/definition/date_column.hpp"

#include "core/definition/special_columns.hpp"
#include "core/definition/wording.hpp"

namespace recon::definition {
namespace {

using Type = ColumnSample::Type;

class Suggestion {
  public:
    Suggestion(const std::vector<ColumnSample>& samples, const SampleOrigin& origin)
        : columns_(profile_columns(samples)), origin_(origin), taken_(columns_.size(), false),
          assigned_(columns_.size(), false) {
        result_.columns.resize(columns_.size());
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            result_.columns[i].name = columns_[i].name;
        }
        if (!columns_.empty()) result_.rows = columns_.front().rows;
    }

    SuggestedDefinition make() {
        take_labels();
        take_tolerances();
        take_comments();
        take_loaded_at();
        take_status();
        pairs_ = find_pairs(columns_, taken_);
        choose_date_and_key();
        break_rule();
        assign_pairs();
        assign_key_and_date();
        assign_currency();
        assign_unnamed_comment();
        assign_rest();
        write_notes();
        write_decimal_signs();
        return std::move(result_);
    }

  private:
    [[nodiscard]] std::string quoted(std::size_t i) const {
        return quote_identifier(columns_[i].name);
    }
    [[nodiscard]] const std::string& name(std::size_t i) const { return columns_[i].name; }

    void assign(std::size_t i, Role role, double confidence, const std::string& reason,
                const std::string& partner = {}) {
        auto& column = result_.columns[i];
        column.role = role;
        column.confidence = std::clamp(std::round(confidence * 100) / 100, 0.0, 1.0);
        column.reason = sentence(reason);
        column.partner = partner;
        taken_[i] = assigned_[i] = true;
    }

    void take_labels() {
        for (const auto& column : columns_) {
            if (!column.words.has(sense_label)) continue;
            if (!result_.label_column) result_.label_column = column.name;
            assign(column.index, Role::label, 0.95,
                   "named as the answer to whether a row is an anomaly; it is never used as "
                   "evidence, only to measure how well detection does");
        }
    }

    void take_tolerances() {
        for (const auto& column : columns_) {
            if (taken_[column.index] || !column.words.has(sense_tolerance)) continue;
            if (!column.is_number && column.filled > 0) continue;
            tolerances_.push_back(column.index);
            taken_[column.index] = true;
        }
    }

    void take_comments() {
        const auto found = find_named_comments(columns_, taken_);
        for (std::size_t i = 0; i < found.size(); ++i) {
            const auto& comment = found[i];
            if (i == 0) result_.comment_column = name(comment.column);
            assign(comment.column, Role::comment, comment.confidence,
                   i == 0 ? comment.reason
                          : comment.reason + "; " + *result_.comment_column +
                                " is the one the definition uses");
        }
    }

    void take_loaded_at() {
        const auto found = find_loaded_at(columns_, taken_);
        if (!found) return;
        result_.loaded_at_column = name(found->column);
        assign(found->column, Role::loaded_at, found->confidence, found->reason);
    }

    void take_status() {
        status_ = find_status(columns_, taken_);
        if (!status_) return;
        result_.status_column = name(status_->column);
        assign(status_->column, Role::status, status_->confidence, status_->reason);
    }

    // Columns of pairs are no keys or dates, except where nothing else says what the pair says.
    void choose_date_and_key() {
        std::vector<bool> out = taken_;
        for (const auto& pair : pairs_.measures) {
            out[pair.a] = out[pair.b] = true;
            for (const auto& derived : pair.derived) {
                out[derived.column] = true;
            }
        }
        for (const auto c : pairs_.lone_differences) {
            out[c] = true;
        }
        for (const auto& pair : pairs_.attributes) {
            out[pair.a] = out[pair.b] = true;
        }
        std::vector<std::size_t> dates;
        std::vector<std::size_t> keys;
        for (const auto& column : columns_) {
            if (out[column.index]) continue;
            if (may_be_date(column)) {
                dates.push_back(column.index);
            } else if (may_be_key(column)) {
                keys.push_back(column.index);
            }
        }
        const bool own_date = !dates.empty();
        for (const auto& pair : pairs_.attributes) {
            if (!own_date && may_be_date(columns_[pair.a])) dates.push_back(pair.a);
            constexpr std::uint32_t identifies = sense_entity | sense_record | sense_identifier;
            const auto& side = columns_[pair.a];
            if (!may_be_key(side) || !side.words.has(identifies)) continue;
            const bool repeated = std::any_of(keys.begin(), keys.end(), [&](std::size_t k) {
                auto words = columns_[k].words.words;
                std::sort(words.begin(), words.end());
                std::string text;
                for (const auto& word : words) {
                    text += (text.empty() ? "" : " ") + word;
                }
                return text == pair.subject;
            });
            if (!repeated && side.words.has(sense_entity | sense_record)) keys.push_back(pair.a);
        }
        std::sort(keys.begin(), keys.end());
        date_ = choose_date(columns_, dates, keys, origin_);
    }

    void break_rule() {
        // A column named as a difference is a measure of its own only where its sides are not
        // here; one that contradicts its sides is not used.
        for (const auto c : pairs_.lone_differences) {
            if (pairs_.measures.empty() && columns_[c].is_number) lone_measures_.push_back(c);
        }
        rule_ = suggest_break_rule({columns_, pairs_, lone_measures_, tolerances_, status_});
        result_.break_when = rule_.break_when;
        result_.break_confidence = std::round(rule_.confidence * 100) / 100;
        result_.break_reason = sentence(rule_.reason);
        for (const auto& measure : rule_.measures) {
            SuggestedMeasure suggested;
            suggested.name = measure.name;
            if (measure.a) suggested.a = name(*measure.a);
            if (measure.b) suggested.b = name(*measure.b);
            if (measure.derived) suggested.derived = name(*measure.derived);
            suggested.expression = measure.expression;
            suggested.tolerance = measure.tolerance;
            suggested.tolerance_value = measure.tolerance_value;
            if (measure.tolerance_column) {
                suggested.tolerance_column = name(*measure.tolerance_column);
            }
            suggested.tolerance_reason = sentence(measure.tolerance_reason);
            suggested.break_when = measure.break_when;
            suggested.confidence = std::round(measure.confidence * 100) / 100;
            for (const auto& pair : pairs_.measures) {
                for (const auto& derived : pair.derived) {
                    if (measure.derived == derived.column) {
                        suggested.rows_compared = derived.compared;
                        suggested.rows_agreeing = derived.agreeing;
                    }
                }
            }
            result_.measures.push_back(std::move(suggested));
        }
        if (!rule_.measures.empty()) result_.tolerance = rule_.measures.front().tolerance_value;
        for (const auto& measure : rule_.measures) {
            if (measure.tolerance_column) {
                assign(*measure.tolerance_column, Role::tolerance, 0.95,
                       "named as the tolerance of " + quote_identifier(measure.name) + "; " +
                           measure.tolerance_reason,
                       measure.name);
            }
        }
        for (const auto& unused : rule_.unused_tolerances) {
            assign(unused.column, Role::tolerance, unused.confidence, unused.reason);
        }
    }

    void assign_derived(const ColumnPair& pair, const DerivedColumn& derived) {
        const std::string a = quoted(pair.a);
        const std::string b = quoted(pair.b);
        std::string what = a + " minus " + b;
        std::string formula = a + " - " + b;
        std::string without_sign;
        if (derived.form == DifferenceForm::b_minus_a) {
            what = b + " minus " + a;
            formula = b + " - " + a;
        } else if (derived.form == DifferenceForm::absolute) {
            what = "the absolute value of " + what;
            without_sign = "; it has no sign, so the measure is computed from the sides";
            formula = "abs(" + formula + ")";
        } else if (derived.form == DifferenceForm::relative) {
            what += " as a share of " + (derived.over_a ? a : b);
            formula = "(" + formula + ") / " + (derived.over_a ? a : b);
        }
        if (derived.compared == 0) {
            assign(derived.column, Role::derived, 0.5,
                   "by its name it is " + what + "; there is no row to confirm that", formula);
            return;
        }
        const std::size_t off = derived.compared - derived.agreeing;
        std::string reason = "differs from " + what + " in " + std::to_string(off) + " of " +
                             number_of(derived.compared, "row");
        reason += without_sign;
        if (!derived.sign_shown) reason += "; all are zero, so the sign is taken from the order";
        const double share =
            static_cast<double>(derived.agreeing) / static_cast<double>(derived.compared);
        assign(derived.column, Role::derived,
               std::min(0.99, (derived.compared < 3 ? 0.7 : 0.99) * share), reason, formula);
        if (off > 0) {
            result_.notes.push_back(sentence(quoted(derived.column) + " differs from " + what +
                                             " in " + std::to_string(off) + " of " +
                                             number_of(derived.compared, "row") +
                                             "; those rows will carry the flag derived_mismatch"));
        }
    }

    [[nodiscard]] std::string pair_reason(const ColumnPair& pair) const {
        std::string text;
        if (pair.named && !pair.a_side.empty() && !pair.b_side.empty() && !pair.subject.empty()) {
            text = "compared with its other side: the names share " + pair.subject +
                   " and differ in " + pair.a_side + " and " + pair.b_side;
        } else if (pair.named && pair.subject.empty()) {
            text = "compared with its other side: the names are of two known sides";
        } else if (pair.named) {
            text = "compared with its other side: the names share " + pair.subject;
        } else {
            text = "compared with its other side: the values go together";
        }
        if (pair.compared > 0) {
            text += "; equal in " + std::to_string(pair.equal) + " of " +
                    number_of(pair.compared, "row") + " that have both";
        }
        return text;
    }

    void assign_pairs() {
        for (const auto& pair : pairs_.measures) {
            std::string reason = pair_reason(pair);
            for (const auto& derived : pair.derived) {
                assign_derived(pair, derived);
                const bool first = &derived == &pair.derived.front();
                if (!first || derived.form == DifferenceForm::relative) continue;
                reason += "; " + quoted(derived.column) + " is their difference";
                if (derived.compared > 0) {
                    reason += " in " + std::to_string(derived.agreeing) + " of " +
                              number_of(derived.compared, "row");
                }
            }
            assign(pair.a, Role::criteria, pair.confidence, reason, name(pair.b));
            assign(pair.b, Role::criteria, pair.confidence, reason, name(pair.a));
            result_.criteria_columns.push_back(name(pair.a));
            result_.criteria_columns.push_back(name(pair.b));
        }
        for (const auto& measure : rule_.measures) {
            if (measure.derived) result_.derived_columns.push_back(name(*measure.derived));
        }
        for (const auto c : pairs_.lone_differences) {
            assign_lone_difference(c);
        }
        const bool compared = pairs_.measures.empty() && lone_measures_.empty();
        for (const auto& pair : pairs_.attributes) {
            result_.attributes.push_back({name(pair.a), name(pair.b), pair.compared, pair.equal});
            const Role role = compared ? Role::criteria : Role::attribute;
            if (compared) {
                result_.criteria_columns.push_back(name(pair.a));
                result_.criteria_columns.push_back(name(pair.b));
            }
            const std::string reason = pair_reason(pair);
            assign(pair.a, role, pair.confidence, reason, name(pair.b));
            assign(pair.b, role, pair.confidence, reason, name(pair.a));
        }
    }

    void assign_lone_difference(std::size_t c) {
        const bool used =
            std::find(lone_measures_.begin(), lone_measures_.end(), c) != lone_measures_.end();
        if (used) {
            assign(c, Role::derived, 0.7,
                   "named as a difference; the sides it was computed from are not in the relation");
            return;
        }
        if (!columns_[c].is_number) {
            assign(c, Role::derived, 0.3,
                   "named as a difference, but it has no value and no sides to compute it from");
            return;
        }
        assign(c, Role::ignored, 0.5,
               "named as a difference, but it is the difference of no pair of columns here, so "
               "measures are computed from their sides");
        result_.notes.push_back(sentence(quoted(c) + " is named as a difference but agrees with "
                                                     "no pair of columns; it is not used"));
    }

    void assign_key_and_date() {
        const auto& key = date_.key;
        result_.key_confidence = std::round(key.confidence * 100) / 100;
        result_.key_reason = sentence(key.reason);
        for (const auto c : key.columns) {
            const auto& column = columns_[c];
            result_.key_columns.push_back(column.name);
            std::string reason =
                "identifies what is compared: " + number_of(column.distinct, "value") + " in " +
                number_of(column.filled, "row");
            if (key.dates > 0) reason += " on " + number_of(key.dates, "date");
            if (column.distinct == 1 && result_.rows > 1) {
                reason += "; the same in all rows so far, and in the key by its name";
            }
            if (key.identity_as_key) reason += "; used for want of a column that repeats";
            if (key.columns.size() > 1) {
                reason += "; the key has " + number_of(key.keys, "value") + " with its other " +
                          number_of(key.columns.size() - 1, "column");
            }
            const std::string partner = result_.columns[c].partner;
            assign(c, Role::key, key.confidence, reason, partner);
        }
        if (date_.column) {
            const auto& column = columns_[*date_.column];
            result_.date_column = column.name;
            result_.date_reason = sentence(date_.reason);
            result_.date_confidence = std::round(date_.confidence * 100) / 100;
            const bool real = column.type == Type::date || column.type == Type::timestamp;
            if (column.is_date) {
                if (!real) result_.date_format = date_format(column.date.form, column.date.order);
                result_.date_expression = date_sql(column);
                result_.date_ambiguous = column.date.ambiguous;
            }
            assign(column.index, Role::date, date_.confidence,
                   "the date a row is about: " + date_.reason,
                   std::string(result_.columns[column.index].partner));
        } else {
            result_.date_reason = sentence(date_.reason);
        }
        for (const auto& identity : {key.identity}) {
            if (!identity || key.identity_as_key) continue;
            result_.identity_column = name(*identity);
            assign(*identity, Role::identity, 0.85,
                   "has another value in " + std::to_string(columns_[*identity].distinct) + " of " +
                       number_of(result_.rows, "row") + " on " + number_of(key.dates, "date") +
                       ", so it tells rows apart but makes no history");
        }
    }

    void assign_currency() {
        auto free = assigned_;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const auto role = result_.columns[i].role;
            if (assigned_[i] &&
                (role == Role::key || role == Role::attribute || role == Role::criteria)) {
                free[i] = false; // may still be the currency
            }
        }
        const auto found = find_currencies(columns_, free);
        if (found.empty()) return;
        const auto& best = found.front();
        result_.currency_column = name(best.column);
        auto& column = result_.columns[best.column];
        if (assigned_[best.column]) {
            column.reason = column.reason.substr(0, column.reason.size() - 1) +
                            "; it is also the currency of the amounts.";
        } else {
            assign(best.column, Role::currency, best.confidence, best.reason);
        }
    }

    void assign_unnamed_comment() {
        if (result_.comment_column) return;
        const auto found = find_unnamed_comment(columns_, assigned_);
        if (!found) return;
        result_.comment_column = name(found->column);
        assign(found->column, Role::comment, found->confidence, found->reason);
    }

    // Which side of which pair a number repeats, if any.
    [[nodiscard]] std::string repeated_side(const ColumnProfile& column) const {
        if (!column.is_number) return {};
        for (const auto& pair : pairs_.measures) {
            const auto& x = columns_[pair.a].numbers;
            const auto& y = columns_[pair.b].numbers;
            if (x.empty() || y.empty()) continue;
            std::size_t compared = 0;
            std::size_t equal = 0;
            for (std::size_t row = 0; row < column.numbers.size(); ++row) {
                const double value = column.numbers[row];
                if (std::isnan(value)) continue;
                ++compared;
                equal += value == x[row] || value == y[row] ? 1 : 0;
            }
            if (compared == 0 || equal * 100 < compared * 95 || column.distinct < 3) continue;
            return "repeats " + quoted(pair.a) + " or " + quoted(pair.b) + " in " +
                   std::to_string(equal) + " of " + number_of(compared, "row") +
                   ", so it adds nothing to them";
        }
        return {};
    }

    void assign_rest() {
        for (const auto& column : columns_) {
            if (assigned_[column.index]) continue;
            const auto i = column.index;
            const std::string rows = number_of(column.rows, "row");
            if (column.filled == 0 && column.rows > 0) {
                assign(i, Role::ignored, 0.9, "empty in all " + rows);
            } else if (column.is_date) {
                assign(i, Role::ignored, 0.7,
                       date_.column ? "another date; " + quoted(*date_.column) +
                                          " is the one that says what day a row is about"
                                    : "a date that says nothing of the day a row is about");
            } else if (column.type == Type::json) {
                assign(i, Role::ignored, 0.8,
                       "holds documents, which are neither compared nor "
                       "grouped by");
            } else if (const auto repeated = repeated_side(column); !repeated.empty()) {
                assign(i, Role::ignored, 0.85, repeated);
            } else if (std::find(date_.key.other_identities.begin(),
                                 date_.key.other_identities.end(),
                                 i) != date_.key.other_identities.end()) {
                assign(i, Role::ignored, 0.7,
                       "has another value in " + std::to_string(column.distinct) + " of " + rows +
                           ", so it neither makes a history nor a group");
            } else if (may_be_measure(column) && !may_be_key(column)) {
                assign(i, Role::ignored, 0.6,
                       "a number without a second column to compare it with");
            } else {
                assign_dimension(column);
            }
        }
    }

    void assign_dimension(const ColumnProfile& column) {
        std::string why;
        for (const auto& left : date_.key.left_out) {
            if (left.column == column.index) why = "; " + left.reason;
        }
        // Groups worth looking at: not one, and not nearly as many as rows.
        constexpr std::size_t many = 50;
        const std::string values =
            number_of(column.distinct, "value") + " in " + number_of(column.filled, "row");
        if (column.rows == 0) {
            assign(column.index, Role::dimension, 0.2,
                   "describes what is compared, as far as the name says; there is no row");
        } else if (column.distinct <= std::max(many, column.filled / 4)) {
            result_.dimension_columns.push_back(column.name);
            assign(column.index, Role::dimension, column.distinct > 1 ? 0.7 : 0.5,
                   "describes what is compared: " + values + why);
        } else {
            assign(column.index, Role::ignored, 0.5,
                   "too many different values to group by: " + values + why);
        }
    }

    // What a text column's numbers are read by. Codes (007) and what is compared as text are none.
    void write_decimal_signs() {
        std::vector<bool> measured(columns_.size(), false);
        for (const auto& measure : rule_.measures) {
            for (const auto part :
                 {measure.a, measure.b, measure.derived, measure.tolerance_column}) {
                if (part) measured[*part] = true;
            }
        }
        std::vector<bool> compared_as_text(columns_.size(), false);
        for (const auto& pair : pairs_.attributes) {
            compared_as_text[pair.a] = is_named_as_code(columns_[pair.a]);
            compared_as_text[pair.b] = is_named_as_code(columns_[pair.b]);
        }
        std::vector<std::string> kept_as_text;
        for (const auto& column : columns_) {
            const auto i = column.index;
            if (!column.is_text() || column.is_date || compared_as_text[i]) continue;
            char sign = column.decimal_sign;
            if (column.leading_zeros && column.integers && !measured[i]) sign = '\0';
            if (sign == '\0' && measured[i]) sign = '.'; // it has no value yet
            if (sign == '\0') continue;
            result_.decimal_signs.emplace_back(column.name, sign);
            if (measured[i]) kept_as_text.push_back(quoted(i));
        }
        if (kept_as_text.empty()) return;
        constexpr std::size_t most = 6;
        result_.notes.push_back(enumerate(kept_as_text, most) +
                                (kept_as_text.size() == 1 ? " is" : " are") +
                                " kept as text and read as numbers; where a text is no number, "
                                "the amount counts as missing.");
    }

    void write_notes() {
        auto& notes = result_.notes;
        const auto& key = date_.key;
        if (result_.rows == 0) {
            notes.push_back("There is no row in the sample, so all of this is by name and type.");
        }
        if (date_.column) {
            const auto& date = columns_[*date_.column];
            if (date.date.ambiguous) {
                notes.push_back(sentence(quoted(*date_.column) + ": " + date.date.evidence +
                                         "; check the date format"));
            }
            if (!date.is_date) {
                notes.push_back(sentence(quoted(*date_.column) +
                                         " has no value from which its format could be read"));
            }
            const std::size_t missing =
                static_cast<std::size_t>(std::count(date.days.begin(), date.days.end(), no_day));
            if (missing > 0) {
                notes.push_back(sentence(number_of(missing, "row") + " of " +
                                         std::to_string(result_.rows) + " " +
                                         (missing == 1 ? "has" : "have") + " no date"));
            }
        }
        if (key.columns.empty() && result_.rows > 0) notes.push_back(sentence(key.reason));
        const std::size_t alike = key.judged - key.told_apart;
        if (date_.column && !key.columns.empty() && alike > 0 && result_.rows > 0) {
            notes.push_back(sentence(
                number_of(alike, "row") + " of " + std::to_string(key.judged) + " " +
                (alike == 1 ? "repeats" : "repeat") +
                " the key and date of another; such rows are told apart by their content"));
        }
        if (key.identity_as_key) {
            notes.push_back(sentence("every value of " + quoted(key.columns.front()) +
                                     " occurs about once, so rows can only be judged against "
                                     "their peers"));
        }
        if (result_.break_when.empty()) notes.push_back(result_.break_reason);
    }

    std::vector<ColumnProfile> columns_;
    SampleOrigin origin_;
    std::vector<bool> taken_;
    std::vector<bool> assigned_;
    std::vector<std::size_t> tolerances_;
    std::vector<std::size_t> lone_measures_;
    std::optional<StatusColumn> status_;
    PairSearch pairs_;
    DateChoice date_;
    BreakRule rule_;
    SuggestedDefinition result_;
};

} // namespace

const char* role_name(Role role) noexcept {
    switch (role) {
    case Role::key:
        return "key";
    case Role::criteria:
        return "criteria";
    case Role::derived:
        return "derived";
    case Role::date:
        return "date";
    case Role::loaded_at:
        return "loaded_at";
    case Role::currency:
        return "currency";
    case Role::comment:
        return "comment";
    case Role::tolerance:
        return "tolerance";
    case Role::status:
        return "status";
    case Role::label:
        return "label";
    case Role::identity:
        return "identity";
    case Role::attribute:
        return "attribute";
    case Role::dimension:
        return "dimension";
    case Role::ignored:
        break;
    }
    return "ignored";
}

SuggestedDefinition suggest_definition(const std::vector<ColumnSample>& columns,
                                       const SampleOrigin& origin) {
    return Suggestion(columns, origin).make();
}

} // namespace recon::definition
