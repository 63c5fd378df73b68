// What a column's name says. A name is cut into words ("GL Balance", gl_balance, GLBalance and
// glbalance all give gl, balance), abbreviations are spelled out (qty is quantity), and each word
// carries the senses it has in reconciliation work. A name is a prior only: values may overrule it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon::definition {

enum Sense : std::uint32_t {
    sense_date = 1U << 0,        // date, period, asof
    sense_as_of = 1U << 1,       // says "the day this row is about": recon, business, position
    sense_event = 1U << 2,       // a date in the life of the item: trade, settle, maturity
    sense_loaded = 1U << 3,      // when the row arrived: loaded, inserted
    sense_money = 1U << 4,       // balance, amount: a default tolerance of one unit makes sense
    sense_price = 1U << 5,       // price, rate: no such default
    sense_quantity = 1U << 6,    // quantity, shares
    sense_difference = 1U << 7,  // difference, variance
    sense_tolerance = 1U << 8,   // tolerance, threshold
    sense_entity = 1U << 9,      // what keys are made of: account, company, isin
    sense_record = 1U << 10,     // one item among many: trade, payment, order
    sense_identifier = 1U << 11, // id, number, reference
    sense_descriptive =
        1U << 12,             // name, type, primary: says more about something identified elsewhere
    sense_comment = 1U << 13, // comment, remark
    sense_label = 1U << 14,   // anomaly, outlier: an answer, never evidence
    sense_status = 1U << 15,  // status, result
    sense_match = 1U << 16,   // match, reconciled
    sense_break = 1U << 17,   // break, exception
    sense_currency = 1U << 18, // currency
    sense_side_a = 1U << 19,   // gl, ledger, ours, source, expected
    sense_side_b = 1U << 20,   // subledger, statement, theirs, target, actual
    sense_opposite = 1U << 21, // opening/closing, bid/ask: two of these are not two sources
    sense_plain = 1U << 22,    // a known word of no further sense; keeps it in one piece
};

inline constexpr std::uint32_t sense_measure = sense_money | sense_price | sense_quantity;

struct ColumnName {
    std::vector<std::string> words;    // lower case, spelled out, in order
    std::vector<std::uint32_t> senses; // one mask per word; 0 for a word not in the vocabulary
    std::uint32_t all = 0;             // union of the masks

    [[nodiscard]] bool has(std::uint32_t sense) const noexcept { return (all & sense) != 0; }
    // What the name is about: the senses of its last word that is no side and no filler (balance in
    // account balance, account in cash account, balance in balance ihub); 0 if there is none.
    [[nodiscard]] std::uint32_t head() const noexcept;
    // The name is nothing but words of these senses (and has at least one word).
    [[nodiscard]] bool only(std::uint32_t sense) const noexcept;
};

// Never fails: a name without a letter or digit gives no words.
[[nodiscard]] ColumnName read_column_name(std::string_view name);

// How the names of two columns are related: the words they share, and what is left of each.
struct NameComparison {
    std::vector<std::string> common; // sorted
    std::string shared;              // the same words joined by a space, in the first name's order
    std::string left;                // words only the first has, joined by a space, in order
    std::string right;
    std::uint32_t common_senses = 0;
    std::uint32_t left_senses = 0;
    std::uint32_t right_senses = 0;

    // One of the rests is a known first side and the other a known second side.
    [[nodiscard]] bool known_sides() const noexcept;
    // The rests are themselves what is measured or described (price/quantity, trade/settle,
    // opening/closing), so the two columns are two things, not two views of one.
    [[nodiscard]] bool different_things() const noexcept;
    // Two things by no more than words that say when, or describe (risk, settlement, region): words
    // that name a department as well.
    [[nodiscard]] bool different_events() const noexcept;
};

[[nodiscard]] NameComparison compare_names(const ColumnName& left, const ColumnName& right);

} // namespace recon::definition
