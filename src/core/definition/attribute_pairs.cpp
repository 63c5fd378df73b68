#include "core/definition/attribute_pairs.hpp"

#include <algorithm>
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

} // namespace

void find_attribute_pairs(const std::vector<ColumnProfile>& columns, const std::vector<bool>& taken,
                          PairSearch& found) {
    std::set<std::pair<std::string, std::string>> established;
    for (const auto& pair : found.measures) {
        if (!pair.a_side.empty() && !pair.b_side.empty()) {
            established.insert(std::minmax(pair.a_side, pair.b_side));
        }
    }
    struct Candidate {
        std::size_t x, y;
        NameComparison names;
        std::string subject;
        Likeness likeness;
    };
    std::vector<Candidate> candidates;
    NameCensus census;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        poll_interrupt();
        if (taken[i]) continue;
        for (std::size_t j = i + 1; j < columns.size(); ++j) {
            if (taken[j] || !comparable(columns[i], columns[j])) continue;
            auto names = compare_names(columns[i].words, columns[j].words);
            if (names.left.empty() || names.right.empty() || names.different_things()) continue;
            const bool of_known = established.count(NameCensus::sides(names)) > 0;
            if (names.common.empty() && !(names.known_sides() && found.measures.empty())) continue;
            auto subject = joined_words(names.common);
            const auto likeness = compare_values(columns[i], columns[j]);
            // a and b, 1 and 2 are sides only where the values say so.
            const bool letters = names.left.size() == 1 && names.right.size() == 1;
            if (names.common.empty() && letters && likeness.compared == 0) continue;
            const bool alike = likeness.equal * 10 >= likeness.compared * 3;
            const bool telling =
                std::min(columns[i].distinct, columns[j].distinct) > 1 || likeness.compared < 3;
            if (!of_known && !(alike && (telling || names.known_sides()))) continue;
            census.add(names, subject);
            candidates.push_back({i, j, std::move(names), std::move(subject), likeness});
        }
    }
    struct Ranked {
        const Candidate* candidate;
        double score;
    };
    std::vector<Ranked> ranked;
    for (const auto& candidate : candidates) {
        const auto& names = candidate.names;
        const bool of_known = established.count(NameCensus::sides(names)) > 0;
        const bool digits = all_digits(names.left) && all_digits(names.right);
        const std::size_t witnesses =
            candidate.subject.empty() ? 1 : census.subjects.at(NameCensus::sides(names)).size();
        const std::size_t family =
            candidate.subject.empty() ? 2 : census.rests.at(candidate.subject).size();
        const double equal = candidate.likeness.compared > 0
                                 ? static_cast<double>(candidate.likeness.equal) /
                                       static_cast<double>(candidate.likeness.compared)
                                 : 0;
        double score = 0;
        if (of_known) {
            score = 0.9;
        } else if (names.known_sides() && !(digits && family > 2)) {
            score = 0.75;
        } else if (witnesses >= 2 && equal >= 0.5) {
            score = 0.6;
        } else if (equal >= 0.8 && found.measures.empty()) {
            score = 0.4;
        }
        // Where there is no value to look at, names alone are half the evidence.
        if (candidate.likeness.compared == 0) score = std::min(score, 0.5);
        if (score > 0) ranked.push_back({&candidate, score + 0.09 * equal});
    }
    std::stable_sort(ranked.begin(), ranked.end(), [&](const Ranked& p, const Ranked& q) {
        if (p.score != q.score) return p.score > q.score;
        const auto key = [&](const Ranked& r) {
            const auto sides =
                std::minmax(columns[r.candidate->x].name, columns[r.candidate->y].name);
            return std::make_pair(sides.first, sides.second);
        };
        return key(p) < key(q);
    });
    std::vector<bool> used(columns.size(), false);
    for (const auto& [candidate, score] : ranked) {
        if (used[candidate->x] || used[candidate->y]) continue;
        used[candidate->x] = used[candidate->y] = true;
        ColumnPair pair;
        const auto& names = candidate->names;
        bool swapped = names.known_sides() && (names.right_senses & sense_side_a) != 0 &&
                       (names.left_senses & sense_side_b) != 0;
        for (const auto& measure : found.measures) { // as the amounts are ordered
            if (measure.a_side == names.right && measure.b_side == names.left) swapped = true;
        }
        pair.a = swapped ? candidate->y : candidate->x;
        pair.b = swapped ? candidate->x : candidate->y;
        pair.a_side = swapped ? names.right : names.left;
        pair.b_side = swapped ? names.left : names.right;
        pair.subject = names.shared;
        pair.named = true;
        pair.known_sides = names.known_sides();
        pair.compared = candidate->likeness.compared;
        pair.equal = candidate->likeness.equal;
        pair.confidence = score;
        found.attributes.push_back(std::move(pair));
    }
    std::stable_sort(found.attributes.begin(), found.attributes.end(),
                     [](const ColumnPair& p, const ColumnPair& q) {
                         return std::min(p.a, p.b) < std::min(q.a, q.b);
                     });
}

} // namespace recon::definition
