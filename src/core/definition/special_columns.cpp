#include "core/definition/special_columns.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/definition/currency_code.hpp"
#include "core/definition/wording.hpp"

namespace recon::definition {
namespace {

using Type = ColumnSample::Type;

template <std::size_t n>
bool among(const std::array<std::string_view, n>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

enum class Answer : std::uint8_t { none, yes, no };

Answer read_answer(const std::string& text) {
    std::string lower = text;
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    if (lower == "y" || lower == "yes" || lower == "true" || lower == "t" || lower == "1") {
        return Answer::yes;
    }
    if (lower == "n" || lower == "no" || lower == "false" || lower == "f" || lower == "0") {
        return Answer::no;
    }
    return Answer::none;
}

// The text of a "(…)" with the most frequent values, for reasons.
std::string frequent_values(const ColumnProfile& column, std::size_t most) {
    std::vector<std::size_t> order(column.distinct);
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i] = i;
    }
    std::sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
        if (column.counts[x] != column.counts[y]) return column.counts[x] > column.counts[y];
        return column.texts[x] < column.texts[y];
    });
    std::vector<std::string> words;
    for (const auto i : order) {
        constexpr std::size_t longest = 30;
        words.push_back(shortened(column.texts[i], longest) + " " +
                        std::to_string(column.counts[i]));
    }
    return enumerate(words, most);
}

void sort_found(std::vector<FoundColumn>& found, const std::vector<ColumnProfile>& columns) {
    std::stable_sort(found.begin(), found.end(), [&](const FoundColumn& x, const FoundColumn& y) {
        if (x.confidence != y.confidence) return x.confidence > y.confidence;
        return columns[x.column].name < columns[y.column].name;
    });
}

// Reads every value of a column as a verdict. Yes and no mean what the name asks.
StatusColumn read_status(const ColumnProfile& column) {
    StatusColumn status;
    status.column = column.index;
    const bool asks_match = column.words.has(sense_match) && !column.words.has(sense_break);
    const bool asks_break = column.words.has(sense_break);
    std::vector<Verdict> of_code;
    for (std::size_t i = 0; i < column.texts.size(); ++i) {
        Verdict verdict = Verdict::unknown;
        const auto answer = read_answer(column.texts[i]);
        if (answer == Answer::none) {
            verdict = read_verdict(column.texts[i]);
        } else if (asks_match || asks_break) {
            verdict = (answer == Answer::yes) == asks_match ? Verdict::match : Verdict::breaks;
        }
        of_code.push_back(verdict);
        if (verdict == Verdict::match) {
            status.matches += column.counts[i];
            status.match_texts.push_back(column.texts[i]);
        } else if (verdict == Verdict::breaks) {
            status.breaks += column.counts[i];
            status.break_texts.push_back(column.texts[i]);
        }
    }
    std::sort(status.match_texts.begin(), status.match_texts.end());
    std::sort(status.break_texts.begin(), status.break_texts.end());
    status.verdicts.assign(column.rows, Verdict::unknown);
    for (std::size_t row = 0; row < column.rows; ++row) {
        if (column.codes[row] != no_value) {
            status.verdicts[row] = of_code[static_cast<std::size_t>(column.codes[row])];
        }
    }
    const std::size_t read = status.matches + status.breaks;
    status.understood = read > 0 && read * 2 >= column.filled;
    return status;
}

} // namespace

Verdict read_verdict(const std::string& text) {
    using namespace std::string_view_literals;
    constexpr std::array breaking = {
        "break"sv,      "broken"sv,     "un"sv,       "mis"sv,    "not"sv,       "non"sv,
        "difference"sv, "different"sv,  "fail"sv,     "failed"sv, "exception"sv, "only"sv,
        "missing"sv,    "error"sv,      "disagree"sv, "ko"sv,     "nok"sv,       "outside"sv,
        "unequal"sv,    "unbalanced"sv, "out"sv,      "without"sv};
    constexpr std::array matching = {"match"sv,  "matches"sv, "ok"sv,      "equal"sv,
                                     "equals"sv, "agree"sv,   "agreed"sv,  "agrees"sv,
                                     "pass"sv,   "passed"sv,  "tied"sv,    "balanced"sv,
                                     "clean"sv,  "same"sv,    "cleared"sv, "within"sv};
    const auto words = read_column_name(text).words;
    bool match = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (among(breaking, words[i])) return Verdict::breaks;
        // "no match": no is also short for number.
        if (words[i] == "number" && i + 1 < words.size() && words[i + 1] == "match") {
            return Verdict::breaks;
        }
        match |= among(matching, words[i]);
    }
    return match ? Verdict::match : Verdict::unknown;
}

std::optional<StatusColumn> find_status(const std::vector<ColumnProfile>& columns,
                                        const std::vector<bool>& taken) {
    std::optional<StatusColumn> best;
    for (const auto& column : columns) {
        const auto& words = column.words;
        if (taken[column.index] || column.is_date || column.type == Type::json) continue;
        if (words.has(sense_identifier | sense_difference | sense_comment | sense_date |
                      sense_tolerance) ||
            (words.head() & sense_measure) != 0) {
            continue;
        }
        constexpr std::size_t most_values = 20;
        constexpr double longest = 40;
        const bool about = words.has(sense_match | sense_break) ||
                           (words.has(sense_as_of) && words.has(sense_status));
        const bool named = about || words.has(sense_status);
        if (column.distinct > most_values || column.mean_length > longest) continue;
        if (column.is_number && !about) continue;
        auto status = read_status(column);
        const std::size_t read = status.matches + status.breaks;
        const bool all_read = read > 0 && read * 100 >= column.filled * 95;
        const std::string counts = number_of(status.matches, "row") + " read as match and " +
                                   std::to_string(status.breaks) + " as break";
        if (status.understood && named) {
            status.confidence = about ? 0.97 : 0.9;
            status.reason =
                "named as a status, and " + counts + " (" + frequent_values(column, 4) + ")";
        } else if (all_read && column.distinct >= 2) {
            status.confidence = 0.75;
            status.reason = "its values are words for match and break: " + counts + " (" +
                            frequent_values(column, 4) + ")";
        } else if (about && words.has(sense_status)) {
            status.confidence = 0.5;
            status.reason =
                column.filled == 0
                    ? "named as the status of the match; it has no value to confirm that"
                    : "named as the status of the match, but its values (" +
                          frequent_values(column, 4) +
                          ") are no words known for match or break, so nothing is inferred from it";
        } else {
            continue;
        }
        const bool better =
            !best || status.confidence > best->confidence ||
            (status.confidence == best->confidence && column.name < columns[best->column].name);
        if (better) best = std::move(status);
    }
    return best;
}

std::vector<FoundColumn> find_named_comments(const std::vector<ColumnProfile>& columns,
                                             const std::vector<bool>& taken) {
    std::vector<FoundColumn> found;
    for (const auto& column : columns) {
        if (taken[column.index] || !column.words.has(sense_comment)) continue;
        if (!column.is_text() && column.type != Type::json) continue;
        // note_id, comment_date, comment_by
        if (column.is_date || column.words.has(sense_identifier | sense_date)) continue;
        double confidence = column.words.only(sense_comment) ? 0.97 : 0.85;
        std::string reason = "named as what people wrote; " + number_of(column.filled, "row") +
                             " of " + std::to_string(column.rows) + " " +
                             (column.filled == 1 ? "has" : "have") + " a text, " +
                             std::to_string(column.distinct) + " different";
        if (column.filled == 0) {
            confidence -= 0.2;
            reason = column.rows == 0
                         ? "named as what people wrote; there is no row to confirm that"
                         : "named as what people wrote; it is empty in all " +
                               number_of(column.rows, "row");
        }
        found.push_back({column.index, confidence, std::move(reason)});
    }
    sort_found(found, columns);
    return found;
}

std::optional<FoundColumn> find_unnamed_comment(const std::vector<ColumnProfile>& columns,
                                                const std::vector<bool>& taken) {
    std::vector<FoundColumn> found;
    for (const auto& column : columns) {
        if (taken[column.index] || column.type != Type::text || column.is_date) continue;
        if (column.words.has(sense_entity | sense_record | sense_identifier | sense_descriptive)) {
            continue;
        }
        constexpr double prose = 15; // mean length in bytes
        const bool some_rows = column.filled > 0 && column.filled * 10 < column.rows * 9;
        const bool words = column.words_values * 10 >= column.distinct * 8;
        if (!some_rows || !words || column.mean_length < prose) continue;
        found.push_back({column.index, 0.5,
                         "free text of " + rounded_text(column.mean_length, 0) +
                             " characters on average in " + number_of(column.filled, "row") +
                             " of " + std::to_string(column.rows) + ", as people write comments"});
    }
    sort_found(found, columns);
    return found.empty() ? std::nullopt : std::optional(found.front());
}

std::vector<FoundColumn> find_currencies(const std::vector<ColumnProfile>& columns,
                                         const std::vector<bool>& taken) {
    std::vector<FoundColumn> found;
    for (const auto& column : columns) {
        if (taken[column.index] || !column.is_text() || column.is_number || column.is_date) {
            continue;
        }
        std::size_t codes = 0;
        bool major = false;
        for (std::size_t i = 0; i < column.texts.size(); ++i) {
            if (!is_currency_code(column.texts[i])) continue;
            codes += column.counts[i];
            major |= is_major_currency(column.texts[i]);
        }
        const auto& words = column.words;
        const bool named = (words.head() & (sense_currency | sense_identifier)) != 0 &&
                           words.has(sense_currency) && !words.has(sense_descriptive);
        const bool valued = major && codes * 100 >= column.filled * 95;
        const std::string counts =
            number_of(codes, "row") + " of " + std::to_string(column.filled) +
            " with a value have a currency's code (" + frequent_values(column, 4) + ")";
        if (named && valued) {
            found.push_back({column.index, words.words.size() == 1 ? 0.98 : 0.9,
                             "named as the currency, and " + counts});
        } else if (named && column.filled == 0) {
            found.push_back({column.index, 0.6, "named as the currency; it has no value yet"});
        } else if (named) {
            found.push_back({column.index, 0.5, "named as the currency, though only " + counts});
        } else if (valued && !words.has(sense_label | sense_status | sense_comment)) {
            found.push_back({column.index, 0.7, "by its values: " + counts});
        }
    }
    sort_found(found, columns);
    return found;
}

std::optional<FoundColumn> find_loaded_at(const std::vector<ColumnProfile>& columns,
                                          const std::vector<bool>& taken) {
    constexpr std::array<std::string_view, 8> arrival = {
        "loaded", "load", "inserted", "ingested", "etl", "import", "imported", "uploaded"};
    constexpr std::array<std::string_view, 3> birth = {"created", "received", "upload"};
    std::vector<FoundColumn> found;
    for (const auto& column : columns) {
        if (taken[column.index] || !column.words.has(sense_loaded)) continue;
        const bool real = column.type == Type::timestamp || column.type == Type::date;
        const bool dated =
            column.is_date || real || (column.filled == 0 && column.words.has(sense_date));
        if (!dated) continue;
        double confidence = 0.6;
        for (const auto& word : column.words.words) {
            if (among(arrival, word)) confidence = std::max(confidence, 0.95);
            if (among(birth, word)) confidence = std::max(confidence, 0.8);
        }
        if (column.type != Type::timestamp) confidence -= 0.1;
        found.push_back({column.index, confidence,
                         "named as the moment the row arrived or changed, and holds dates"});
    }
    sort_found(found, columns);
    return found.empty() ? std::nullopt : std::optional(found.front());
}

} // namespace recon::definition
