// One column as it is seen by the guessing of roles: its name read, its values coded, counted, and
// read as numbers and as dates where they can be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/base/firewall.hpp"
#include "core/definition/column_name.hpp"
#include "core/definition/date_text.hpp"
#include "core/definition/number_text.hpp"

namespace recon::definition {

// One column of the relation. All columns have the same rows in the same order; a shorter one is
// taken to end in NULLs. Values are canonical text: ISO dates and timestamps, numerics as
// PostgreSQL prints them, booleans as true/false or t/f.
struct ColumnSample {
    enum class Type : std::uint8_t { text, numeric, date, timestamp, boolean, json, other };

    std::string name;
    Type type = Type::text;
    std::vector<std::optional<std::string>> values;
};

// Shares are compared in whole numbers, so that no rounding decides.
[[nodiscard]] constexpr bool at_least_95_of_100(std::size_t part, std::size_t whole) noexcept {
    return whole > 0 && part * 100 >= whole * 95;
}

inline constexpr std::int32_t no_day = std::numeric_limits<std::int32_t>::min();
inline constexpr std::int32_t no_value = -1;

// How the dates of a column are read, and by what evidence.
struct DateReading {
    DateForm form;
    DateOrder order = DateOrder::undecided;
    bool ambiguous = false;     // the order was taken without proof
    bool contradictory = false; // some values can only be day first, others only month first
    std::string evidence;       // a sentence without its full stop; empty for real date columns
    std::size_t proof = 0;      // rows that can be read in this order only
};

struct ColumnProfile {
    std::size_t index = 0;
    std::string name;
    ColumnSample::Type type = ColumnSample::Type::text;
    ColumnName words;

    std::size_t rows = 0;
    std::size_t filled = 0;          // neither NULL nor blank
    std::size_t distinct = 0;        // among the filled
    std::vector<std::int32_t> codes; // equal text, equal code; no_value where not filled
    std::vector<std::string> texts;  // the text of each code, trimmed
    std::vector<std::size_t> counts; // rows of each code

    // Numbers: at least 95 of 100 filled values are, placeholders aside.
    bool is_number = false;
    std::vector<double> numbers; // NaN where there is none
    // Of a text column at least half of whose values are numbers: enough to be read as numbers
    // where somebody names it as an amount. '\0' for others.
    char decimal_sign = '\0';
    int decimals = 0;           // enough for 95 of 100 values
    bool integers = false;      // no value has decimals
    bool leading_zeros = false; // codes rather than amounts
    double typical_size = 0;    // median of |x| over values other than zero

    // Dates: likewise.
    bool is_date = false;
    DateReading date;
    std::vector<std::int32_t> days; // no_day where there is none
    std::size_t distinct_days = 0;

    std::size_t words_values = 0; // distinct values with a blank between letters: prose, names
    double mean_length = 0;       // over distinct values, in bytes

    [[nodiscard]] bool is_text() const noexcept {
        return type == ColumnSample::Type::text || type == ColumnSample::Type::other;
    }
};

// A missing date, or one that stands for "none": before 1902 (1900-01-01) or after 9000
// (9999-12-31).
[[nodiscard]] bool is_no_date(std::int32_t day);

// Profiles of all columns, with the order of day and month decided across them: a column that
// could be read both ways follows those written alike that can be read in one way only, then the
// nearness to other dates of its rows, then the week (business dates avoid week-ends); what is
// left is marked ambiguous and read by custom (04/03 month first, 04-03 and 04.03 day first).
[[nodiscard]] std::vector<ColumnProfile> profile_columns(const std::vector<ColumnSample>& columns);

// SQL of type text for any column.
[[nodiscard]] std::string text_sql(const ColumnProfile& column);
// SQL of type numeric for a number column, whatever its type; NULL where a text is no number. Rules
// over the columns of measures need none: there a column of text is named like one of numbers.
[[nodiscard]] std::string number_sql(const ColumnProfile& column);
// SQL of type date for a date column, whatever its type.
[[nodiscard]] std::string date_sql(const ColumnProfile& column);

} // namespace recon::definition
