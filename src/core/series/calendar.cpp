#include "core/series/calendar.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <limits>
#include <string>
#include <utility>

#include "core/base/error.hpp"

namespace recon::series {

namespace {

// Days from 0000-03-01 to 2000-01-01. Counting years from March puts the leap day last (Howard
// Hinnant, "chrono-Compatible Low-Level Date Algorithms").
constexpr std::int64_t era_start = 730425;
constexpr std::int64_t days_per_era = 146097; // 400 years
constexpr std::uint8_t whole_week = 0x7f;

struct Civil {
    std::int64_t year;
    std::int64_t month;
    std::int64_t day;
};

std::int64_t floor_divide(std::int64_t a, std::int64_t b) noexcept {
    return a / b - (a % b < 0 ? 1 : 0);
}

Civil civil(std::int64_t day) noexcept {
    const std::int64_t since = day + era_start;
    const std::int64_t era = floor_divide(since, days_per_era);
    const std::int64_t day_of_era = since - era * days_per_era;
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const std::int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
    const std::int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
            day_of_year - (153 * month_from_march + 2) / 5 + 1};
}

std::int64_t days(std::int64_t year, std::int64_t month, std::int64_t day) noexcept {
    year -= month <= 2 ? 1 : 0;
    const std::int64_t era = floor_divide(year, 400);
    const std::int64_t year_of_era = year - era * 400;
    const std::int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    const std::int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * days_per_era + day_of_era - era_start;
}

int days_in_month(std::int64_t year, std::int64_t month) noexcept {
    constexpr std::array<int, 12> lengths{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return lengths[static_cast<std::size_t>(month - 1)] + (leap && month == 2 ? 1 : 0);
}

Day clamped(std::int64_t day) noexcept {
    return static_cast<Day>(std::clamp<std::int64_t>(day, std::numeric_limits<Day>::min(),
                                                     std::numeric_limits<Day>::max()));
}

// 0 Monday .. 6 Sunday; 2000-01-01 was a Saturday.
int weekday_from_monday(std::int64_t day) noexcept {
    const std::int64_t left = (day + 5) % 7;
    return static_cast<int>(left < 0 ? left + 7 : left);
}

} // namespace

CivilDate civil_of(Day day) noexcept {
    const auto [year, month, day_of_month] = civil(day);
    return {static_cast<std::int32_t>(year), static_cast<std::uint8_t>(month),
            static_cast<std::uint8_t>(day_of_month)};
}

Day day_of(const CivilDate& date) {
    const bool exists = date.month >= 1 && date.month <= 12 && date.day >= 1 &&
                        date.day <= days_in_month(date.year, date.month);
    const std::int64_t day = exists ? days(date.year, date.month, date.day) : 0;
    if (!exists || day != clamped(day)) {
        throw Error(ErrorKind::invalid_parameter, "date out of range",
                    "Year " + std::to_string(date.year) + ", month " + std::to_string(date.month) +
                        ", day " + std::to_string(date.day) + ".");
    }
    return static_cast<Day>(day);
}

int weekday(Day day) noexcept {
    return weekday_from_monday(day) + 1;
}

Day month_start(Day day) noexcept {
    return clamped(std::int64_t{day} - (civil(day).day - 1));
}

Day month_end(Day day) noexcept {
    const auto [year, month, day_of_month] = civil(day);
    return clamped(std::int64_t{day} + (days_in_month(year, month) - day_of_month));
}

Calendar::Calendar(std::vector<Day> holidays, std::uint8_t weekend)
    : holidays_(std::move(holidays)), weekend_(weekend) {
    if (weekend >= whole_week) {
        throw Error(ErrorKind::invalid_parameter, "weekend out of range",
                    "At least one day of the week must be a working day.");
    }
    std::sort(holidays_.begin(), holidays_.end());
    holidays_.erase(std::unique(holidays_.begin(), holidays_.end()), holidays_.end());
    std::copy_if(holidays_.begin(), holidays_.end(), std::back_inserter(working_holidays_),
                 [this](Day day) { return !is_weekend(day); });
}

bool Calendar::is_weekend(Day day) const noexcept {
    return (weekend_ >> static_cast<unsigned>(weekday_from_monday(day)) & 1U) != 0;
}

bool Calendar::is_holiday(Day day) const noexcept {
    return std::binary_search(holidays_.begin(), holidays_.end(), day);
}

std::int64_t Calendar::workdays_before(std::int64_t day) const noexcept {
    // Whole weeks, counted from the Monday before 2000-01-01, and the days of the last one.
    const std::int64_t week = floor_divide(day + 5, 7);
    const auto in_week = static_cast<unsigned>(day + 5 - week * 7);
    const unsigned working = whole_week & ~static_cast<unsigned>(weekend_);
    return week * std::popcount(working) + std::popcount(working & ((1U << in_week) - 1U));
}

std::int64_t Calendar::business_days(Day from, Day to) const noexcept {
    const auto holidays_before = [this](Day day) {
        return std::lower_bound(working_holidays_.begin(), working_holidays_.end(), day) -
               working_holidays_.begin();
    };
    return workdays_before(to) - workdays_before(from) -
           (holidays_before(to) - holidays_before(from));
}

MonthPosition Calendar::month_position(Day day) const noexcept {
    MonthPosition position;
    position.business_day = is_business_day(day);
    const std::int32_t own = position.business_day ? 1 : 0;
    const Day last = month_end(day);
    const std::int32_t last_own = is_business_day(last) ? 1 : 0;
    position.from_start = static_cast<std::int32_t>(business_days(month_start(day), day)) + own;
    position.from_end = static_cast<std::int32_t>(business_days(day, last)) + last_own;
    return position;
}

MonthDays Calendar::month_days(Day day) const noexcept {
    MonthDays month{month_start(day), month_end(day), 0, 0};
    // The weekend of six weeks, as many as a month can touch, from a Monday on.
    constexpr std::uint64_t six_weeks = 0x0810204081;
    const std::uint64_t weekends =
        weekend_ * six_weeks >> static_cast<unsigned>(weekday_from_monday(month.first));
    const auto length = static_cast<unsigned>(month.last - month.first) + 1;
    const auto all = static_cast<std::uint32_t>((std::uint64_t{1} << length) - 1);
    for (auto at = std::lower_bound(holidays_.begin(), holidays_.end(), month.first);
         at != holidays_.end() && *at <= month.last; ++at) {
        month.holidays |= std::uint32_t{1} << static_cast<unsigned>(*at - month.first);
    }
    month.business = all & ~static_cast<std::uint32_t>(weekends) & ~month.holidays;
    return month;
}

} // namespace recon::series
