#include "core/definition/date_column.hpp"

#include <algorithm>

#include "core/base/interrupt.hpp"
#include "core/definition/wording.hpp"

namespace recon::definition {
namespace {

using Type = ColumnSample::Type;

// What the name says: 0.9 as of date, business date; 0.75 value date; 0.7 date; 0.1 trade date.
double name_score(const ColumnName& words) {
    bool value_date = false;
    for (const auto& word : words.words) {
        value_date |= word == "value" || word == "effective" || word == "posting" ||
                      word == "posted" || word == "booking";
    }
    if (words.has(sense_loaded)) return 0;
    if (words.has(sense_event)) return 0.1;
    if (words.has(sense_as_of)) return value_date ? 0.75 : 0.9;
    if (words.has(sense_date)) return words.only(sense_date | sense_plain) ? 0.7 : 0.4;
    return 0.2;
}

struct Candidate {
    std::size_t column = 0;
    double name = 0;
    double score = 0;
    KeyChoice key;
};

double share(std::size_t part, std::size_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string span_of(const ColumnProfile& column) {
    std::int32_t first = no_day;
    std::int32_t last = no_day;
    for (const auto day : column.days) {
        if (day == no_day) continue;
        first = first == no_day ? day : std::min(first, day);
        last = std::max(last, day);
    }
    if (first == no_day) return "named as a date; there is no value to confirm that";
    return number_of(column.distinct_days, "date") + " from " + iso_date(first) + " to " +
           iso_date(last) + " in " + number_of(column.rows, "row");
}

bool has_history(const KeyChoice& key) {
    return key.dates > 1 && key.rows_per_key > 1.2;
}

// The dates by their names, then by how many rows have one.
std::vector<Candidate> candidates_of(const std::vector<ColumnProfile>& columns,
                                     const std::vector<std::size_t>& dates) {
    std::vector<Candidate> candidates;
    candidates.reserve(dates.size());
    for (const auto c : dates) {
        candidates.push_back({c, name_score(columns[c].words), 0, {}});
    }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [&](const Candidate& x, const Candidate& y) {
                         if (x.name != y.name) return x.name > y.name;
                         if (columns[x.column].filled != columns[y.column].filled) {
                             return columns[x.column].filled > columns[y.column].filled;
                         }
                         return columns[x.column].name < columns[y.column].name;
                     });
    return candidates;
}

double score_of(const Candidate& candidate, const ColumnProfile& column) {
    double score = candidate.name;
    if (column.rows == 0) return score;
    const auto& key = candidate.key;
    score += 0.2 * share(column.filled, column.rows);
    if (has_history(key) && key.varies) score += 0.5 * share(key.told_apart, key.judged);
    if (column.date.contradictory) score -= 0.4;
    std::size_t sentinels = 0;
    for (const auto day : column.days) {
        sentinels += day != no_day && is_no_date(day) ? 1 : 0;
    }
    return score - 0.5 * share(sentinels, column.rows);
}

std::string reason_of(const Candidate& best, const std::vector<ColumnProfile>& columns,
                      const std::vector<std::size_t>& dates) {
    const auto& column = columns[best.column];
    std::string reason = span_of(column);
    if (has_history(best.key)) {
        reason += ", " + rounded_text(best.key.rows_per_key, 1) + " for each key";
    }
    if (!column.date.evidence.empty()) reason += "; " + column.date.evidence;
    if (dates.size() > 1) {
        std::vector<std::string> others;
        for (const auto c : dates) {
            if (c != best.column) others.push_back(quote_identifier(columns[c].name));
        }
        reason += "; chosen before " + enumerate(others, 3) + " by its name and because it tells " +
                  std::to_string(best.key.told_apart) + " of " + number_of(best.key.judged, "row") +
                  " apart with the key";
    }
    return reason;
}

double confidence_of(const Candidate& best, const ColumnProfile& column) {
    double confidence = 0.45 + 0.35 * best.name + (best.key.dates > 1 ? 0.15 : 0.05);
    if (column.rows == 0) confidence = 0.3 + 0.3 * best.name;
    if (column.date.ambiguous) confidence = std::min(confidence, 0.5);
    return confidence;
}

} // namespace

bool may_be_date(const ColumnProfile& column) {
    if (column.words.has(sense_loaded)) return false;
    if (column.is_date) return true;
    return column.filled == 0 && column.type == Type::text && column.words.has(sense_date);
}

DateChoice choose_date(const std::vector<ColumnProfile>& columns,
                       const std::vector<std::size_t>& dates,
                       const std::vector<std::size_t>& key_candidates, const SampleOrigin& origin) {
    auto candidates = candidates_of(columns, dates);
    // The key is tried with the best names only: each try reads the sample several times.
    constexpr std::size_t most_tried = 6;
    if (candidates.size() > most_tried) candidates.resize(most_tried);
    const Candidate* best = nullptr;
    for (auto& candidate : candidates) {
        poll_interrupt();
        candidate.key = choose_key(columns, key_candidates, candidate.column, origin);
        candidate.score = score_of(candidate, columns[candidate.column]);
        if (best == nullptr || candidate.score > best->score) best = &candidate;
    }
    DateChoice choice;
    if (best == nullptr) {
        choice.key = choose_key(columns, key_candidates, std::nullopt, origin);
        choice.reason = "no column holds dates, so rows have no order in time and every row is "
                        "judged against its peers";
        return choice;
    }
    choice.column = best->column;
    choice.key = best->key;
    choice.reason = reason_of(*best, columns, dates);
    choice.confidence = confidence_of(*best, columns[best->column]);
    return choice;
}

} // namespace recon::definition
