// Days as the calendar of a business sees them: weekends, holidays, and the places of business days
// in their month.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/dates.hpp"
#include "core/base/firewall.hpp"

namespace recon::series {

using recon::civil_of;
using recon::CivilDate;
using recon::Day;
using recon::day_of;
using recon::month_end;
using recon::month_start;
using recon::weekday;

// Where a day stands among the business days of its month, counted from both ends.
struct MonthPosition {
    bool business_day = false;
    // Business days from the month's first day up to and including this one, and from this one
    // to the month's last: for a business day both are at least 1, and 1 means first and last.
    std::int32_t from_start = 0;
    std::int32_t from_end = 0;
};

// The days of a month, one bit each, the lowest for its first.
struct MonthDays {
    Day first = 0;
    Day last = 0; // at most 30 days later
    std::uint32_t business = 0;
    std::uint32_t holidays = 0;
};

class Calendar {
  public:
    // Saturday and Sunday; elsewhere other days (bit 0 Monday .. bit 6 Sunday).
    static constexpr std::uint8_t usual_weekend = 0x60;

    // The holidays in any order, repetitions allowed. Raises invalid_parameter for a weekend
    // that is the whole week or has bits beyond it.
    explicit Calendar(std::vector<Day> holidays = {}, std::uint8_t weekend = usual_weekend);

    [[nodiscard]] bool is_weekend(Day day) const noexcept;
    [[nodiscard]] bool is_holiday(Day day) const noexcept;
    [[nodiscard]] bool is_business_day(Day day) const noexcept {
        return !is_weekend(day) && !is_holiday(day);
    }

    // Business days in [from, to); negative, and of [to, from), where to is before from.
    [[nodiscard]] std::int64_t business_days(Day from, Day to) const noexcept;

    [[nodiscard]] MonthPosition month_position(Day day) const noexcept;

    // Of the month of `day`: what many days of it are asked about costs one search.
    [[nodiscard]] MonthDays month_days(Day day) const noexcept;

    [[nodiscard]] std::span<const Day> holidays() const noexcept { return holidays_; }

  private:
    // Days of the week that are not weekend, in [2000-01-01, day).
    [[nodiscard]] std::int64_t workdays_before(std::int64_t day) const noexcept;

    std::vector<Day> holidays_;         // ascending, each once
    std::vector<Day> working_holidays_; // those that are not on a weekend
    std::uint8_t weekend_;
};

} // namespace recon::series
