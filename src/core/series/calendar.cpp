#include "core/series/calendar.hpp"

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

#include "core/base/error.hpp"

namespace recon::series {

namespace {

constexpr std::uint8_t whole_week = 0x7f;

std::int64_t floor_divide(std::int64_t a, std::int64_t b) noexcept {
    return a / b - (a % b < 0 ? 1 : 0);
}

// 0 Monday .. 6 Sunday.
unsigned weekday_from_monday(Day day) noexcept {
    return static_cast<unsigned>(weekday(day) - 1);
}

} // namespace

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
    return (weekend_ >> weekday_from_monday(day) & 1U) != 0;
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
    const std::uint64_t weekends = weekend_ * six_weeks >> weekday_from_monday(month.first);
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
