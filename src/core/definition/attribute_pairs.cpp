#include "core/definition/attribute_pairs.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "core/base/interrupt.hpp"
#include "core/definition/name_census.hpp"

namespace recon::definition {
namespace {

bool comparable(const ColumnProfile& x, const ColumnProfile& y) {
    if (x.filled == 0 || y.filled == 0) return true;
    return x.is_date == y.is_date &&
           (x.is_number == y.is_number || x.distinct < 2 || y.distinct < 2);
}

using Sides = std::set<std::pair<std::string, std::string>>;

// The words by which the amounts that were found name their sides.
Sides established_sides(const std::vector<ColumnPair>& measures) {
    Sides established;
    for (const auto& pair : measures) {
        if (!pair.a_side.empty() && !pair.b_side.empty()) {
            established.insert(std::minmax(pair.a_side, pair.b_side));
        }
    }
    return established;
}

// Two columns that may be one attribute of both sides.
struct Candidate {
    std::size_t x, y;
    NameComparison names;
    std::string subject;
    Likeness likeness;
    bool of_known = false; // its sides are named as those of the amounts
    double score = 0;

    [[nodiscard]] double equal_share() const {
        return likeness.compared > 0
                   ? static_cast<double>(likeness.equal) / static_cast<double>(likeness.compared)
                   : 0;
    }
};

std::optional<Candidate> candidate_of(const std::vector<ColumnProfile>& columns, std::size_t x,
                                      std::size_t y, const Sides& established, bool has_measures) {
    if (!comparable(columns[x], columns[y])) return std::nullopt;
    auto names = compare_names(columns[x].words, columns[y].words);
    if (names.left.empty() || names.right.empty() || names.different_things()) return std::nullopt;
    if (names.common.empty() && (!names.known_sides() || has_measures)) return std::nullopt;
    const bool of_known = established.count(NameCensus::sides(names)) > 0;
    const auto likeness = compare_values(columns[x], columns[y]);
    // a and b, 1 and 2 are sides only where the values say so.
    const bool letters = names.left.size() == 1 && names.right.size() == 1;
    if (names.common.empty() && letters && likeness.compared == 0) return std::nullopt;
    const bool alike = likeness.equal * 10 >= likeness.compared * 3;
    const bool telling =
        std::min(columns[x].distinct, columns[y].distinct) > 1 || likeness.compared < 3;
    if (!of_known && !(alike && (telling || names.known_sides()))) return std::nullopt;
    auto subject = joined_words(names.common);
    return Candidate{x, y, std::move(names), std::move(subject), likeness, of_known};
}

double score_of(const Candidate& candidate, const NameCensus& census, bool has_measures) {
    const auto& names = candidate.names;
    const bool digits = all_digits(names.left) && all_digits(names.right);
    const std::size_t witnesses =
        candidate.subject.empty() ? 1 : census.subjects.at(NameCensus::sides(names)).size();
    const std::size_t family =
        candidate.subject.empty() ? 2 : census.rests.at(candidate.subject).size();
    const double equal = candidate.equal_share();
    double score = 0;
    if (candidate.of_known) {
        score = 0.9;
    } else if (names.known_sides() && !(digits && family > 2)) {
        score = 0.75;
    } else if (witnesses >= 2 && equal >= 0.5) {
        score = 0.6;
    } else if (equal >= 0.8 && !has_measures) {
        score = 0.4;
    }
    // Where there is no value to look at, names alone are half the evidence.
    if (candidate.likeness.compared == 0) score = std::min(score, 0.5);
    return score > 0 ? score + 0.09 * equal : 0;
}

// By score, those without one left out; by name among equals.
void rank(std::vector<Candidate>& candidates, const std::vector<ColumnProfile>& columns) {
    candidates.erase(std::remove_if(candidates.begin(), candidates.end(),
                                    [](const Candidate& each) { return !(each.score > 0); }),
                     candidates.end());
    std::stable_sort(
        candidates.begin(), candidates.end(), [&](const Candidate& p, const Candidate& q) {
            if (p.score != q.score) return p.score > q.score;
            const auto key = [&](const Candidate& each) {
                const auto sides = std::minmax(columns[each.x].name, columns[each.y].name);
                return std::make_pair(sides.first, sides.second);
            };
            return key(p) < key(q);
        });
}

ColumnPair pair_of(const Candidate& candidate, const std::vector<ColumnPair>& measures) {
    const auto& names = candidate.names;
    bool swapped = names.known_sides() && (names.right_senses & sense_side_a) != 0 &&
                   (names.left_senses & sense_side_b) != 0;
    for (const auto& measure : measures) { // as the amounts are ordered
        if (measure.a_side == names.right && measure.b_side == names.left) swapped = true;
    }
    ColumnPair pair;
    pair.a = swapped ? candidate.y : candidate.x;
    pair.b = swapped ? candidate.x : candidate.y;
    pair.a_side = swapped ? names.right : names.left;
    pair.b_side = swapped ? names.left : names.right;
    pair.subject = names.shared;
    pair.named = true;
    pair.known_sides = names.known_sides();
    pair.compared = candidate.likeness.compared;
    pair.equal = candidate.likeness.equal;
    pair.confidence = candidate.score;
    return pair;
}

} // namespace

void find_attribute_pairs(const std::vector<ColumnProfile>& columns, const std::vector<bool>& taken,
                          PairSearch& found) {
    const bool has_measures = !found.measures.empty();
    const auto established = established_sides(found.measures);
    std::vector<Candidate> candidates;
    NameCensus census;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        poll_interrupt();
        if (taken[i]) continue;
        for (std::size_t j = i + 1; j < columns.size(); ++j) {
            if (taken[j]) continue;
            auto candidate = candidate_of(columns, i, j, established, has_measures);
            if (!candidate) continue;
            census.add(candidate->names, candidate->subject);
            candidates.push_back(std::move(*candidate));
        }
    }
    for (auto& candidate : candidates)
        candidate.score = score_of(candidate, census, has_measures);
    rank(candidates, columns);
    std::vector<bool> used(columns.size(), false);
    for (const auto& candidate : candidates) {
        if (used[candidate.x] || used[candidate.y]) continue;
        used[candidate.x] = used[candidate.y] = true;
        found.attributes.push_back(pair_of(candidate, found.measures));
    }
    std::stable_sort(found.attributes.begin(), found.attributes.end(),
                     [](const ColumnPair& p, const ColumnPair& q) {
                         return std::min(p.a, p.b) < std::min(q.a, q.b);
                     });
}

} // namespace recon::definition
