#include "core/detection/baseline/calendar_slots.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/detection/baseline/key_state.hpp"
#include "core/detection/judging/judge.hpp"

namespace recon::breaks {
namespace {

using series::Calendar;
using series::day_of;

std::shared_ptr<const Calendar> calendar_of(std::vector<series::Day> holidays) {
    return std::make_shared<const Calendar>(std::move(holidays));
}

// By its definition, days counted one by one.
CalendarPosition counted(const Calendar& calendar, std::int32_t date) {
    CalendarPosition position;
    position.weekday = static_cast<std::uint8_t>(
        calendar.is_holiday(date)
            ? slot_holiday
            : slot_weekday + static_cast<std::size_t>(series::weekday(date) - 1));
    int before = 0;
    int after = 0;
    for (auto day = series::month_start(date); day <= series::month_end(date); ++day) {
        if (!calendar.is_business_day(day)) continue;
        before += day < date ? 1 : 0;
        after += day > date ? 1 : 0;
    }
    const bool is_open = calendar.is_business_day(date);
    if (before + after + (is_open ? 1 : 0) == 0) return position;
    if (after < 3) {
        position.in_month =
            static_cast<std::uint8_t>(slot_from_end + static_cast<std::size_t>(after));
        const auto month = series::civil_of(date).month;
        if (after == 0 && (month == 3 || month == 6 || month == 9 || month == 12)) {
            position.quarter_end = slot_quarter_end;
        }
        return position;
    }
    if (!is_open && before > 0) --before;
    if (before < 3) {
        position.in_month =
            static_cast<std::uint8_t>(slot_from_start + static_cast<std::size_t>(before));
    }
    return position;
}

void expect_same(const CalendarPosition& found, const CalendarPosition& wanted, std::int32_t date) {
    ASSERT_EQ(found.weekday, wanted.weekday) << date;
    ASSERT_EQ(found.in_month, wanted.in_month) << date;
    ASSERT_EQ(found.quarter_end, wanted.quarter_end) << date;
}

TEST(CalendarReader, AgreesWithACountDayByDay) {
    Random random(3);
    std::vector<series::Day> holidays;
    for (int i = 0; i < 400; ++i)
        holidays.push_back(8000 + static_cast<series::Day>(random.below(3000)));
    // A month without business days, and one with a single one.
    for (series::Day day = day_of({2024, 2, 1}); day <= day_of({2024, 3, 31}); ++day) {
        if (day != day_of({2024, 3, 13})) holidays.push_back(day);
    }
    const auto with_holidays = calendar_of(holidays);
    const Calendar weekends_only;
    CalendarReader by_calendar(with_holidays);
    CalendarReader by_weekends;
    for (std::int32_t date = 7900; date < 11100; ++date) {
        expect_same(by_calendar.position(date), counted(*with_holidays, date), date);
        expect_same(by_weekends.position(date), counted(weekends_only, date), date);
    }
    // Not in order of date, so that the month is another one each time.
    for (int i = 0; i < 2000; ++i) {
        const auto date = 7900 + static_cast<std::int32_t>(random.below(3200));
        expect_same(by_calendar.position(date), counted(*with_holidays, date), date);
    }
}

TEST(CalendarReader, AHolidayMovesTheEndOfTheMonth) {
    // Good Friday was the last weekday of March 2024, Easter Monday the first of April.
    const auto easter = day_of({2024, 3, 29});
    CalendarReader with(calendar_of({easter, easter + 3}));
    CalendarReader without;
    EXPECT_EQ(with.position(easter - 1).in_month, slot_from_end);
    EXPECT_EQ(with.position(easter - 1).quarter_end, slot_quarter_end);
    EXPECT_EQ(without.position(easter - 1).in_month, slot_from_end + 1);
    EXPECT_EQ(without.position(easter - 1).quarter_end, no_slot);
    EXPECT_EQ(with.position(easter).weekday, slot_holiday);
    EXPECT_EQ(with.position(easter).in_month, slot_from_end);
    EXPECT_EQ(without.position(easter).weekday, slot_weekday + 4);
    EXPECT_EQ(with.position(easter + 3).weekday, slot_holiday);
    EXPECT_EQ(with.position(easter + 4).in_month, slot_from_start);
    EXPECT_EQ(without.position(easter + 4).in_month, slot_from_start + 1);
}

TEST(CalendarReader, TakesAnyDate) {
    constexpr auto first = std::numeric_limits<std::int32_t>::min();
    constexpr auto last = std::numeric_limits<std::int32_t>::max();
    CalendarReader reader(calendar_of({first, first + 1, last - 1, last}));
    for (const std::int32_t date : {first, last, first + 1, last - 1, 0, -1}) {
        const auto position = reader.position(date);
        EXPECT_LT(position.weekday, slot_count);
        EXPECT_LE(position.in_month, no_slot);
    }
    EXPECT_EQ(reader.position(first).weekday, slot_holiday);
    EXPECT_EQ(reader.position(last).weekday, slot_holiday);
}

TEST(CalendarSlots, HolidaysSayNothingOfOtherDays) {
    CalendarSlots slots;
    CalendarPosition holiday;
    holiday.weekday = slot_holiday;
    holiday.in_month = slot_from_end;
    holiday.quarter_end = slot_quarter_end;
    slots.record(holiday, 40, true);
    EXPECT_EQ(slots.rows(), 1U);
    EXPECT_EQ(slots.off(), 1U);
    for (std::size_t slot = 0; slot < slot_count; ++slot) {
        EXPECT_EQ(slots.rows(slot), slot == slot_holiday ? 1U : 0U);
    }
    ASSERT_EQ(slots.count(slot_holiday), 1U);
    EXPECT_EQ(slots.deviations(slot_holiday)[0], 40);
}

// Rows of every business day of these months, `size` higher on the last one, by the calendar of the
// feed; the last month is judged.
KeySeries month_ends(const Calendar& feed, double size) {
    Random random(5);
    KeySeries rows;
    std::uint64_t row = 0;
    for (auto date = day_of({2023, 9, 1}); date <= day_of({2024, 3, 31}); ++date) {
        if (!feed.is_business_day(date)) continue;
        const bool is_last = feed.month_position(date).from_end == 1;
        const double value = random.normal() + (is_last ? size : 0);
        rows.append(date, std::span(&value, 1), true, date >= day_of({2024, 3, 1}), 0, row++);
    }
    rows.sort();
    return rows;
}

TEST(Judge, AMonthEndThatAHolidayMovesIsSeasonalByTheCalendarOnly) {
    const auto easter = calendar_of({day_of({2024, 3, 29})});
    const auto rows = month_ends(*easter, 40);
    JudgeOptions options;
    options.tolerance = {0.1};
    for (const bool has_calendar : {true, false}) {
        options.calendar = has_calendar ? easter : nullptr;
        std::vector<Finding> findings;
        judge(rows, {}, options, findings);
        ASSERT_EQ(findings.back().date, day_of({2024, 3, 28}));
        EXPECT_EQ(findings.back().pattern == Pattern::seasonal, has_calendar);
        EXPECT_EQ(findings.back().ln_p > std::log(0.01), has_calendar);
    }
}

TEST(Judge, WhatRecursOnHolidaysIsSeasonal) {
    // Each on a weekday of its own, none near an end of a month.
    const auto holidays =
        calendar_of({day_of({2024, 2, 12}), day_of({2024, 3, 13}), day_of({2024, 4, 11}),
                     day_of({2024, 5, 17}), day_of({2024, 6, 11})});
    Random random(7);
    KeySeries rows;
    std::uint64_t row = 0;
    for (auto date = day_of({2024, 1, 1}); date <= day_of({2024, 6, 11}); ++date) {
        if (series::weekday(date) > 5) continue;
        const double value = random.normal() + (holidays->is_holiday(date) ? -30 : 0);
        rows.append(date, std::span(&value, 1), true, date == day_of({2024, 6, 11}), 0, row++);
    }
    rows.sort();
    JudgeOptions options;
    options.tolerance = {0.1};
    for (const bool has_calendar : {true, false}) {
        options.calendar = has_calendar ? holidays : nullptr;
        std::vector<Finding> findings;
        judge(rows, {}, options, findings);
        ASSERT_EQ(findings.size(), 1U);
        EXPECT_EQ(findings[0].pattern == Pattern::seasonal, has_calendar);
        EXPECT_EQ(findings[0].ln_p > std::log(0.01), has_calendar);
    }
}

TEST(KeyState, BelongsToItsCalendar) {
    JudgeOptions options;
    const KeyState without(1, options);
    EXPECT_TRUE(without.fits(1, options));
    options.calendar = calendar_of({100});
    EXPECT_FALSE(without.fits(1, options));
    const KeyState with(1, options);
    EXPECT_TRUE(with.fits(1, options));
    options.calendar = calendar_of({101});
    EXPECT_FALSE(with.fits(1, options));
}

} // namespace
} // namespace recon::breaks
