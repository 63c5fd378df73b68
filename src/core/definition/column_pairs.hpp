// Which columns are the two sides of one thing, and which columns hold their difference. Names
// propose (GL Balance / Ihub Balance, price_custodian / price_own, ours / theirs), values dispose:
// a stored difference must agree with its sides, row by row; sides are mostly equal or near.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/firewall.hpp"
#include "core/definition/column_profile.hpp"
#include "core/definition/stored_difference.hpp"

namespace recon::definition {

struct DerivedColumn {
    std::size_t column = 0;
    DifferenceForm form = DifferenceForm::a_minus_b;
    std::size_t compared = 0; // rows where all three are filled
    std::size_t agreeing = 0;
    bool sign_shown = true; // false where every compared difference is zero
    bool over_a = false;    // relative: the share is of a, not of b
};

struct ColumnPair {
    std::size_t a = 0; // a stored signed difference is a - b; else a is the nearer side by its name
    std::size_t b = 0; // (gl, ledger, ours, source, expected), or the column that comes first
    std::string subject;        // the words both names share, in the order of a name
    std::string a_side, b_side; // the words that tell them apart
    std::size_t compared = 0;   // rows where both are filled
    std::size_t equal = 0;
    bool named = false;       // the names make the pair; otherwise the values alone
    bool known_sides = false; // the names are of sides known from reconciliation
    double confidence = 0;
    std::vector<DerivedColumn> derived; // a signed one, if any, first

    [[nodiscard]] bool has_signed_difference() const noexcept {
        return !derived.empty() && (derived.front().form == DifferenceForm::a_minus_b ||
                                    derived.front().form == DifferenceForm::b_minus_a);
    }
};

struct PairSearch {
    std::vector<ColumnPair> measures;   // numbers: with a stored difference first, as columns come
    std::vector<ColumnPair> attributes; // the rest: texts, dates, identifiers
    // Columns named as a difference that agree with no pair, or have none.
    std::vector<std::size_t> lone_differences;
};

// `taken[i]`: column i has its role already and is no side of anything.
[[nodiscard]] PairSearch find_pairs(const std::vector<ColumnProfile>& columns,
                                    const std::vector<bool>& taken);

// A number that could be a measure: no identifier, code or date by its name and values. A column
// without any value counts by its name and type.
[[nodiscard]] bool may_be_measure(const ColumnProfile& column);
// Its name is of an identifier, an account, a currency, a date ..., and of no amount.
[[nodiscard]] bool is_named_as_code(const ColumnProfile& column);

// How often two columns hold the same, compared as numbers, as dates or as text.
struct Likeness {
    std::size_t compared = 0;
    std::size_t equal = 0;
    std::size_t near = 0; // numbers within a tenth of the larger
};
[[nodiscard]] Likeness compare_values(const ColumnProfile& x, const ColumnProfile& y);

} // namespace recon::definition
