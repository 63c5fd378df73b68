// Dates as they are written into text columns. The form of a column (its separators, which field
// is the year, names of months, a time behind) is read off the texts; whether 04-03-2025 is in
// March or in April is decided by evidence, or said to be undecided.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/dates.hpp"
#include "core/base/firewall.hpp"

namespace recon::definition {

enum class DateOrder : std::uint8_t { undecided, day_first, month_first, year_first };

// How one text is written, the order of its numbers aside. Two texts of one form are read by one
// to_date format.
struct DateForm {
    enum class Kind : std::uint8_t {
        year_month_day,  // 2024-04-30
        two_and_year,    // 30/04/2024 or 04/30/2024
        three_short,     // 30/04/24, 04/30/24 or 24/04/30
        compact,         // 20240430
        compact_month,   // 202404
        day_month_name,  // 30-Apr-2024
        month_name_day,  // Apr 30, 2024
        year_month,      // 2024-04
        month_year,      // 04/2024
        month_name_year, // Apr-2024
    };
    enum class Time : std::uint8_t { none, minutes, seconds, minutes_pm, seconds_pm };

    Kind kind = Kind::year_month_day;
    std::string separator;   // between the first two fields
    std::string second;      // between the last two fields
    bool short_year = false; // two digits of year where the kind allows both
    bool long_month = false; // April rather than Apr; undecided (May) counts as short
    Time time = Time::none;
    char time_separator = ' '; // or T

    bool operator==(const DateForm&) const = default;
    // The numbers alone do not say which is the day.
    [[nodiscard]] bool needs_order() const noexcept {
        return kind == Kind::two_and_year || kind == Kind::three_short;
    }
};

struct DateFields {
    DateForm form;
    int first = 0; // in written order; a month name is its number
    int second = 0;
    int third = 0;
    bool may = false; // the month is written May, which is both long and short
};

// Nothing where the text is no date in any form. Fields are checked as far as they can be without
// the order (a year of four digits is 1000..9999, some order gives a day that exists).
[[nodiscard]] std::optional<DateFields> read_date_fields(std::string_view text);

// Nothing where the day does not exist
// in this order. A month without day is its first day. Two-digit years: 70..99 are 19xx, as in
// PostgreSQL's to_date.
[[nodiscard]] std::optional<Day> date_days(const DateFields& fields, DateOrder order);

// The format to give to to_date: MM/DD/YYYY, DD-Mon-YY, YYYY-MM-DD HH24:MI:SS …
[[nodiscard]] std::string date_format(const DateForm& form, DateOrder order);

} // namespace recon::definition
