#include "core/definition/column_pairs.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "core/base/interrupt.hpp"
#include "core/definition/attribute_pairs.hpp"
#include "core/definition/currency_code.hpp"
#include "core/definition/name_census.hpp"
#include "core/definition/stored_difference.hpp"

namespace recon::definition {
namespace {

bool same_number(double x, double y) {
    return std::fabs(x - y) <= binary_error * std::max(std::fabs(x), std::fabs(y));
}

// ---- what names say about two number columns ----

struct NamedPair {
    std::size_t x = 0;
    std::size_t y = 0; // x < y
    NameComparison names;
    std::string subject;
    double score = 0; // 0: the names say nothing, or that these are two things
    bool known = false;
    bool excluded = false;   // two things by their names
    bool two_events = false; // excluded, but for no more than words such as risk or settlement
};

double name_score(const NamedPair& pair, const NameCensus& census) {
    const auto& names = pair.names;
    const bool both = !names.left.empty() && !names.right.empty();
    if (pair.excluded) return 0;
    if (pair.subject.empty()) {
        if (!pair.known) return 0;
        constexpr std::uint32_t sides = sense_side_a | sense_side_b;
        constexpr std::uint32_t measure = sense_measure;
        // ours/theirs; ledger balance/statement amount.
        const bool bare = (names.left_senses & ~(sides | sense_as_of | sense_entity)) == 0 &&
                          (names.right_senses & ~(sides | sense_as_of | sense_entity)) == 0;
        const bool alike = (names.left_senses & names.right_senses & measure) != 0;
        return bare ? 0.8 : alike ? 0.6 : 0;
    }
    if (!both) {
        const std::uint32_t senses = names.left_senses | names.right_senses;
        return (senses & (sense_side_a | sense_side_b)) != 0 ? 0.5 : 0.35;
    }
    const std::size_t family = census.rests.at(pair.subject).size();
    if (all_digits(names.left) && all_digits(names.right)) {
        return family == 2 ? 0.6 : 0; // amount 1, amount 2; not x0 … x99
    }
    if (pair.known) return 0.9;
    const std::size_t witnesses = census.subjects.at(NameCensus::sides(names)).size();
    if (family > 2 && witnesses < 2) return 0.2;
    return witnesses >= 2 ? 0.7 : 0.5;
}

// ---- differences by name ----

// The words of a difference column that say of what: balance in balance difference.
bool difference_of(const ColumnName& difference, const NamedPair& pair) {
    std::vector<std::string> subject;
    for (std::size_t i = 0; i < difference.words.size(); ++i) {
        if ((difference.senses[i] & (sense_difference | sense_break)) == 0) {
            subject.push_back(difference.words[i]);
        }
    }
    std::sort(subject.begin(), subject.end());
    return !subject.empty() && subject == pair.names.common;
}

bool named_difference(const ColumnProfile& column) {
    return column.words.has(sense_difference) ||
           (column.words.has(sense_break) && column.words.has(sense_measure));
}

// ---- putting pairs together ----

struct Proposal {
    const NamedPair* pair = nullptr;
    std::optional<std::size_t> derived;
    DifferenceFit fit;
    double score = 0;
    bool strong = false;
};

struct Search {
    const std::vector<ColumnProfile>& columns;
    std::vector<std::size_t> numbers;
    std::vector<NamedPair> pairs;
    NameCensus census;
    std::vector<bool> used;
    std::size_t differences = 0;  // columns named as one
    std::vector<bool> often_zero; // at least three of ten values are zero

    void propose_names();
    [[nodiscard]] std::vector<Proposal> propose() const;
    void propose_derived(const NamedPair& pair, std::vector<Proposal>& into) const;
    [[nodiscard]] double value_score(const NamedPair& pair) const;
    [[nodiscard]] bool mostly_near(const NamedPair& pair) const;
};

void Search::propose_names() {
    // Unnamed pairs are looked at where they are few enough for their values to be compared.
    constexpr std::size_t few = 60;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        poll_interrupt();
        for (std::size_t j = i + 1; j < numbers.size(); ++j) {
            NamedPair pair;
            pair.x = numbers[i];
            pair.y = numbers[j];
            pair.names = compare_names(columns[pair.x].words, columns[pair.y].words);
            pair.subject = joined_words(pair.names.common);
            const auto left = pair.names.left_senses & sense_measure;
            const auto right = pair.names.right_senses & sense_measure;
            const bool two_kinds = left != 0 && right != 0 && (left & right) == 0;
            const bool currencies = is_currency_code(pair.names.left) ||
                                    is_currency_code(pair.names.right); // amount usd, amount eur
            pair.excluded = pair.names.different_things() || two_kinds || currencies;
            pair.two_events = pair.names.different_events() && !two_kinds && !currencies;
            pair.known = pair.names.known_sides();
            if (!pair.excluded) census.add(pair.names, pair.subject);
            if (!pair.subject.empty() || pair.known || numbers.size() <= few) {
                pairs.push_back(std::move(pair));
            }
        }
    }
    for (auto& pair : pairs) {
        pair.score = name_score(pair, census);
    }
    if (numbers.size() > few) {
        pairs.erase(std::remove_if(pairs.begin(), pairs.end(),
                                   [](const NamedPair& pair) { return pair.score == 0; }),
                    pairs.end());
    }
}

double Search::value_score(const NamedPair& pair) const {
    const auto& x = columns[pair.x];
    const auto& y = columns[pair.y];
    if (std::min(x.distinct, y.distinct) < 3) return 0;
    const auto likeness = compare_values(x, y);
    if (likeness.compared < 3) return 0;
    const auto rows = static_cast<double>(likeness.compared);
    return 0.6 * static_cast<double>(likeness.equal) / rows +
           0.4 * static_cast<double>(likeness.near) / rows;
}

// Whether values say that two columns which share the end of their names are two views of one
// thing, such as Front Office PV and Risk PV: near each other in most rows that tell.
bool Search::mostly_near(const NamedPair& pair) const {
    const auto& x = columns[pair.x];
    const auto& y = columns[pair.y];
    constexpr std::size_t enough = 5;
    if (std::min(x.distinct, y.distinct) < enough) return false;
    const auto likeness = compare_values(x, y);
    return likeness.compared >= enough && likeness.near * 4 >= likeness.compared * 3;
}

void Search::propose_derived(const NamedPair& pair, std::vector<Proposal>& into) const {
    const auto& x = columns[pair.x];
    const auto& y = columns[pair.y];
    if (named_difference(x) || named_difference(y)) return;
    for (const auto c : numbers) {
        if (c == pair.x || c == pair.y) continue;
        const auto& column = columns[c];
        const bool named = named_difference(column);
        const bool of_subject = named && difference_of(column.words, pair);
        // An unnamed column is a difference only if it is often zero, or if names make the pair.
        if (!named && (pair.excluded || column.distinct < 3)) continue;
        if (!named && pair.score < 0.35 && !often_zero[c]) continue;
        const bool lenient = of_subject || (named && differences == 1 && pair.score >= 0.5);
        if (x.filled == 0 || y.filled == 0 || column.filled == 0) {
            // Nothing to check: names alone.
            if (!of_subject && !(lenient && pair.score >= 0.5)) continue;
            Proposal proposal{&pair, c, {}, pair.score + 0.01, true};
            proposal.fit.sign_shown = false;
            into.push_back(proposal);
            continue;
        }
        const auto fit = fit_difference(x, y, column, lenient ? 0.5 : 0.95);
        if (!fit || fit->compared == 0) continue;
        const bool coincidence = !named && fit->telling < 3;
        if (coincidence || (!lenient && fit->telling == 0)) continue;
        const double share =
            static_cast<double>(fit->agreeing) / static_cast<double>(fit->compared);
        Proposal proposal{&pair, c, *fit, 0, true};
        proposal.score = 0.75 + 0.1 * share + (pair.score >= 0.35 ? 0.1 : 0) +
                         (of_subject ? 0.04 : 0) + (pair.score >= 0.5 ? 0.02 : 0) +
                         (fit->form == DifferenceForm::absolute ? -0.02 : 0) - (named ? 0 : 0.15);
        into.push_back(proposal);
    }
}

std::vector<Proposal> Search::propose() const {
    std::vector<Proposal> proposals;
    for (const auto& pair : pairs) {
        poll_interrupt();
        propose_derived(pair, proposals);
        if (pair.excluded) {
            const bool shared = pair.two_events && !pair.subject.empty() &&
                                !pair.names.left.empty() && !pair.names.right.empty();
            if (!shared || !mostly_near(pair)) continue;
        }
        const bool differences_among =
            named_difference(columns[pair.x]) || named_difference(columns[pair.y]);
        if (differences_among) continue;
        const double values = value_score(pair);
        if (pair.excluded) {
            proposals.push_back({&pair, std::nullopt, {}, 0.3 + 0.3 * values, true});
        } else if (pair.score > 0) {
            const bool empty = columns[pair.x].filled == 0 || columns[pair.y].filled == 0;
            const bool strong = pair.score >= 0.7 || (pair.known && pair.score >= 0.6) ||
                                values >= 0.3 || (empty && pair.score >= 0.5);
            if (!strong && pair.score < 0.5) continue;
            proposals.push_back({&pair, std::nullopt, {}, 0.7 * pair.score + 0.3 * values, strong});
        } else if (values >= 0.75 &&
                   std::min(columns[pair.x].distinct, columns[pair.y].distinct) >= 5) {
            proposals.push_back({&pair, std::nullopt, {}, 0.5 * values, true});
        }
    }
    // Best first; equals by name, so that the order of the columns decides nothing.
    std::stable_sort(
        proposals.begin(), proposals.end(), [this](const Proposal& p, const Proposal& q) {
            if (p.score != q.score) return p.score > q.score;
            const auto names = [this](const Proposal& r) {
                const auto sides = std::minmax(columns[r.pair->x].name, columns[r.pair->y].name);
                return std::make_pair(sides.first, sides.second);
            };
            return names(p) < names(q);
        });
    return proposals;
}

// Sides are ordered: by the sign of the stored difference, by known names, by position.
ColumnPair make_pair_of(const Proposal& proposal, const std::vector<ColumnProfile>& columns) {
    const auto& named = *proposal.pair;
    ColumnPair pair;
    pair.subject = named.names.shared;
    pair.named = named.score > 0;
    pair.known_sides = named.known;
    // Where there is no value to look at, names alone are half the evidence.
    const bool seen = columns[named.x].filled > 0 && columns[named.y].filled > 0;
    pair.confidence = std::min(proposal.score, seen ? 0.99 : 0.5);
    bool swapped = named.known && (named.names.right_senses & sense_side_a) != 0 &&
                   (named.names.left_senses & sense_side_b) != 0;
    if (proposal.derived && proposal.fit.sign_shown) {
        if (proposal.fit.form == DifferenceForm::b_minus_a) swapped = true;
        if (proposal.fit.form == DifferenceForm::a_minus_b) swapped = false;
    }
    pair.a = swapped ? named.y : named.x;
    pair.b = swapped ? named.x : named.y;
    pair.a_side = swapped ? named.names.right : named.names.left;
    pair.b_side = swapped ? named.names.left : named.names.right;
    if (proposal.derived) {
        const auto form = proposal.fit.form == DifferenceForm::absolute ? DifferenceForm::absolute
                                                                        : DifferenceForm::a_minus_b;
        pair.derived.push_back({*proposal.derived, form, proposal.fit.compared,
                                proposal.fit.agreeing, proposal.fit.sign_shown, false});
    }
    const auto likeness = compare_values(columns[pair.a], columns[pair.b]);
    pair.compared = likeness.compared;
    pair.equal = likeness.equal;
    return pair;
}

// Further columns derived from a pair that was found: the absolute value, the percentage.
void add_derived(ColumnPair& pair, Search& search) {
    const auto& x = search.columns[pair.a];
    const auto& y = search.columns[pair.b];
    if (x.filled == 0 || y.filled == 0) return;
    for (const auto c : search.numbers) {
        const auto& column = search.columns[c];
        if (search.used[c] || column.filled == 0) continue;
        const bool share = column.words.only(sense_price | sense_difference | sense_plain);
        std::optional<DifferenceFit> fit;
        if (named_difference(column)) fit = fit_difference(x, y, column, 0.9);
        if (!fit && (named_difference(column) || share)) fit = fit_relative(x, y, column);
        if (!fit || fit->telling == 0) continue;
        pair.derived.push_back({c, fit->form, fit->compared, fit->agreeing, true, fit->over_x});
        search.used[c] = true;
    }
    std::stable_partition(pair.derived.begin(), pair.derived.end(), [](const DerivedColumn& d) {
        return d.form == DifferenceForm::a_minus_b || d.form == DifferenceForm::b_minus_a;
    });
}

void find_measures(Search& search, PairSearch& found) {
    search.propose_names();
    const auto proposals = search.propose();
    const auto take = [&](const Proposal& proposal) {
        if (search.used[proposal.pair->x] || search.used[proposal.pair->y]) return;
        if (proposal.derived && search.used[*proposal.derived]) return;
        found.measures.push_back(make_pair_of(proposal, search.columns));
        search.used[proposal.pair->x] = search.used[proposal.pair->y] = true;
        if (proposal.derived) search.used[*proposal.derived] = true;
    };
    for (const auto& proposal : proposals) {
        if (proposal.strong) take(proposal);
    }
    // Names alone that are not known as sides count only where nothing better was found.
    if (found.measures.empty()) {
        for (const auto& proposal : proposals) {
            if (!proposal.strong && found.measures.empty()) take(proposal);
        }
    }
    for (auto& pair : found.measures) {
        add_derived(pair, search);
    }
    // Pairs with a stored difference first, so that derived columns and pairs go side by side.
    std::stable_sort(found.measures.begin(), found.measures.end(),
                     [](const ColumnPair& p, const ColumnPair& q) {
                         if (p.has_signed_difference() != q.has_signed_difference()) {
                             return p.has_signed_difference();
                         }
                         return std::min(p.a, p.b) < std::min(q.a, q.b);
                     });
}

} // namespace

bool may_be_measure(const ColumnProfile& column) {
    using Type = ColumnSample::Type;
    const auto& words = column.words;
    if (column.is_date || words.has(sense_label | sense_tolerance | sense_comment)) return false;
    const bool measure = (words.head() & (sense_measure | sense_difference)) != 0;
    if (column.filled == 0) {
        return (column.type == Type::text || column.type == Type::numeric) && measure &&
               !words.has(sense_identifier | sense_date | sense_status | sense_currency);
    }
    if (!column.is_number || column.leading_zeros) return false;
    if (words.has(sense_currency | sense_date | sense_identifier) && !measure) return false;
    return !(is_named_as_code(column) && column.integers);
}

bool is_named_as_code(const ColumnProfile& column) {
    const auto& words = column.words;
    if ((words.head() & (sense_measure | sense_difference)) != 0) return false;
    bool identified = false; // by what it is an account, a trade … of, sides aside
    for (const auto sense : words.senses) {
        identified |= (sense & (sense_entity | sense_record)) != 0 &&
                      (sense & (sense_side_a | sense_side_b)) == 0;
    }
    return identified || words.has(sense_currency | sense_date | sense_identifier);
}

Likeness compare_values(const ColumnProfile& x, const ColumnProfile& y) {
    Likeness likeness;
    const bool numbers = x.is_number && y.is_number;
    const bool dates = x.is_date && y.is_date;
    std::map<std::string_view, std::int32_t> known;
    std::vector<std::int32_t> code_in_y(x.texts.size(), no_value);
    if (!numbers && !dates) {
        for (std::size_t i = 0; i < y.texts.size(); ++i) {
            known.emplace(y.texts[i], static_cast<std::int32_t>(i));
        }
        for (std::size_t i = 0; i < x.texts.size(); ++i) {
            if (const auto at = known.find(x.texts[i]); at != known.end()) {
                code_in_y[i] = at->second;
            }
        }
    }
    for (std::size_t row = 0; row < x.rows; ++row) {
        if (x.codes[row] == no_value || y.codes[row] == no_value) continue;
        if (numbers) {
            const double a = x.numbers[row];
            const double b = y.numbers[row];
            // Zero on one side alone is how many files write a missing side.
            if (std::isnan(a) || std::isnan(b) || ((a == 0) != (b == 0))) continue;
            likeness.near += std::fabs(a - b) <= 0.1 * std::max(std::fabs(a), std::fabs(b)) ? 1 : 0;
            likeness.equal += same_number(a, b) ? 1 : 0;
        } else if (dates) {
            if (is_no_date(x.days[row]) || is_no_date(y.days[row])) continue;
            likeness.equal += x.days[row] == y.days[row] ? 1 : 0;
        } else {
            likeness.equal +=
                code_in_y[static_cast<std::size_t>(x.codes[row])] == y.codes[row] ? 1 : 0;
        }
        ++likeness.compared;
    }
    if (!numbers) likeness.near = likeness.equal;
    return likeness;
}

PairSearch find_pairs(const std::vector<ColumnProfile>& columns, const std::vector<bool>& taken) {
    const std::vector<bool> none(columns.size(), false);
    Search search{columns, {}, {}, {}, none, 0, none};
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (taken[i] || !may_be_measure(columns[i])) continue;
        search.numbers.push_back(i);
        search.differences += named_difference(columns[i]) ? 1 : 0;
        const auto zeros = std::count(columns[i].numbers.begin(), columns[i].numbers.end(), 0.0);
        search.often_zero[i] = static_cast<std::size_t>(zeros) * 10 >= columns[i].filled * 3;
    }
    PairSearch found;
    find_measures(search, found);
    for (const auto c : search.numbers) {
        if (search.used[c] || !named_difference(columns[c])) continue;
        found.lone_differences.push_back(c);
        search.used[c] = true;
    }
    std::vector<bool> out = taken;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (search.used[i]) out[i] = true;
    }
    find_attribute_pairs(columns, out, found);
    return found;
}

} // namespace recon::definition
