// Civil dates of the proleptic Gregorian calendar. A day is a number of days since 2000-01-01,
// which is how the server stores a date. std::chrono does the arithmetic; its years end at 32767,
// the server's at 5874897, so days are first brought into four centuries, after which the calendar
// repeats.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/firewall.hpp"

namespace recon {

using Day = std::int32_t;

struct CivilDate {
    std::int32_t year = 2000; // 0 is 1 BC
    std::uint8_t month = 1;   // 1 .. 12
    std::uint8_t day = 1;     // 1 .. 31
    friend bool operator==(const CivilDate&, const CivilDate&) = default;
};

[[nodiscard]] CivilDate civil_of(Day day) noexcept;

// Nothing for a month or day that does not exist, or a date that no Day can hold.
[[nodiscard]] std::optional<Day> find_day(std::int64_t year, std::int64_t month,
                                          std::int64_t day) noexcept;

// The same; raises invalid_parameter where find_day() finds nothing.
[[nodiscard]] Day day_of(const CivilDate& date);

// 1 Monday .. 7 Sunday, as ISO 8601 counts them.
[[nodiscard]] int weekday(Day day) noexcept;

// The first and the last day of the month of `day`. Of the first and last month that a Day can
// express only part exists; there the result is the end of what exists.
[[nodiscard]] Day month_start(Day day) noexcept;
[[nodiscard]] Day month_end(Day day) noexcept;

// 2024-04-30, and 0044-03-15 BC, as the server writes them.
[[nodiscard]] std::string iso_date(Day day);

} // namespace recon
