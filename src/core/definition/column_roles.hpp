// Guesses what a reconciliation over a relation is made of: the role of every column, and the
// definition as a whole, each with its reason. Names propose and values confirm; where the sample
// does not decide, the answer says so. Nothing here throws on odd input: no rows, one row, hundreds
// of columns, equal names, values that are not what their column's name says. The same sample gives
// the same answer; the order of the columns matters only where nothing else tells two sides apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/firewall.hpp"
#include "core/definition/column_profile.hpp"
#include "core/definition/key_columns.hpp"

namespace recon::definition {

enum class Role : std::uint8_t {
    key,       // identifies what is compared
    criteria,  // one side of a compared pair
    derived,   // holds the difference of a pair
    date,      // the date a row is about
    loaded_at, // when the row arrived
    currency,  // the unit of the amounts (a currency that is part of the key has the role key)
    comment,   // what people wrote
    tolerance, // how large a difference may be
    status,    // what the comparison said: match or break
    label,     // an answer (Anomaly): never used as evidence
    identity,  // tells rows apart but does not come back on other dates
    attribute, // one side of a pair that is compared beside the amounts (two CUSIPs)
    dimension, // describes; drivers of breaks are looked for here
    ignored,
};

// The word used in SQL: key, criteria …
[[nodiscard]] const char* role_name(Role role) noexcept;

struct ColumnRole {
    std::string name;
    Role role = Role::ignored;
    std::string partner;   // the other side of a pair; of a derived column what it is: "x" - "y"
    double confidence = 0; // 0..1
    std::string reason;    // one sentence
};

struct SuggestedMeasure {
    std::string name;
    std::string a, b;       // its sides; empty where the relation has the difference only
    std::string derived;    // its stored difference; empty where it is computed
    std::string expression; // SQL, numeric: the difference (a - b)
    std::string tolerance;  // SQL: a number or a column
    std::optional<double> tolerance_value; // the number, also of a column that never changes
    std::string tolerance_column;          // empty where it is a number
    std::string tolerance_reason;
    std::string break_when;        // SQL, boolean
    std::size_t rows_compared = 0; // rows where derived and both sides are filled
    std::size_t rows_agreeing = 0; // of these, derived is the difference of the sides
    double confidence = 0;
};

struct SuggestedPair {
    std::string a, b;
    std::size_t rows_compared = 0;
    std::size_t rows_equal = 0;
};

struct SuggestedDefinition {
    std::size_t rows = 0;            // of the sample
    std::vector<ColumnRole> columns; // in the order given

    std::vector<std::string> key_columns;
    double key_confidence = 0;
    std::string key_reason;

    std::optional<std::string> date_column;
    std::optional<std::string> date_format; // to_date format of a text (or number) column
    std::string date_expression;            // SQL of type date; empty without a date column
    bool date_ambiguous = false;            // day and month could be the other way round
    double date_confidence = 0;
    std::string date_reason;

    std::vector<std::string> criteria_columns; // a, b, a, b …
    std::vector<std::string> derived_columns;
    std::vector<SuggestedMeasure> measures;
    std::vector<SuggestedPair> attributes;

    std::optional<double> tolerance; // of the first measure
    std::string break_when;          // SQL of type boolean; empty: none could be found
    double break_confidence = 0;
    std::string break_reason;

    std::optional<std::string> comment_column, currency_column, status_column, label_column,
        loaded_at_column, identity_column;
    std::vector<std::string> dimension_columns;
    // Of text columns whose values are numbers: the decimal sign, . or ,
    std::vector<std::pair<std::string, char>> decimal_signs;
    std::vector<std::string> notes; // sentences: what is doubtful, and what to check
};

// The rows are the whole relation, or what `origin` says of them.
[[nodiscard]] SuggestedDefinition suggest_definition(const std::vector<ColumnSample>& columns,
                                                     const SampleOrigin& origin = {});

} // namespace recon::definition
