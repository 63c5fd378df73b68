#include "core/series/calendar.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/random.hpp"

namespace recon::series {
namespace {

TEST(Calendar, BusinessDaysEqualACountDayByDay) {
    Random random(1);
    for (const std::uint8_t weekend :
         {Calendar::usual_weekend, std::uint8_t{0x30}, std::uint8_t{0x40}, std::uint8_t{0}}) {
        std::vector<Day> holidays;
        for (int i = 0; i < 120; ++i) {
            holidays.push_back(static_cast<Day>(random.below(2000)) - 1000);
        }
        const Calendar calendar(holidays, weekend);
        EXPECT_TRUE(std::is_sorted(calendar.holidays().begin(), calendar.holidays().end()));
        for (int round = 0; round < 300; ++round) {
            const auto from = static_cast<Day>(random.below(2200)) - 1100;
            const auto to = static_cast<Day>(random.below(2200)) - 1100;
            std::int64_t wanted = 0;
            for (Day day = std::min(from, to); day < std::max(from, to); ++day) {
                const bool holiday = std::count(holidays.begin(), holidays.end(), day) > 0;
                const bool free = (weekend >> (weekday(day) - 1) & 1) != 0;
                EXPECT_EQ(calendar.is_business_day(day), !holiday && !free);
                wanted += holiday || free ? 0 : 1;
            }
            EXPECT_EQ(calendar.business_days(from, to), from <= to ? wanted : -wanted);
        }
    }
}

TEST(Calendar, APositionInTheMonthIsCountedFromBothEnds) {
    const Calendar calendar({day_of({2024, 5, 1}), day_of({2024, 5, 20}), day_of({2024, 5, 4})});
    // May 2024 began on a Wednesday, here a holiday, and ended on a Friday: 21 business days.
    const auto second = calendar.month_position(day_of({2024, 5, 2}));
    EXPECT_TRUE(second.business_day);
    EXPECT_EQ(second.from_start, 1);
    EXPECT_EQ(second.from_end, 21);
    const auto last = calendar.month_position(day_of({2024, 5, 31}));
    EXPECT_EQ(last.from_start, 21);
    EXPECT_EQ(last.from_end, 1);
    const auto holiday = calendar.month_position(day_of({2024, 5, 1}));
    EXPECT_FALSE(holiday.business_day);
    EXPECT_EQ(holiday.from_start, 0);
    EXPECT_EQ(holiday.from_end, 21);
    const auto sunday = calendar.month_position(day_of({2024, 6, 30}));
    EXPECT_FALSE(sunday.business_day);
    EXPECT_EQ(sunday.from_start, 20);
    EXPECT_EQ(sunday.from_end, 0);
    for (Day day = day_of({2024, 1, 1}); day < day_of({2025, 1, 1}); ++day) {
        const auto position = calendar.month_position(day);
        const auto total = calendar.business_days(month_start(day), month_end(day)) +
                           (calendar.is_business_day(month_end(day)) ? 1 : 0);
        EXPECT_EQ(position.from_start + position.from_end, total + (position.business_day ? 1 : 0));
    }
}

TEST(Calendar, TheDaysOfAMonthAreThoseCountedOneByOne) {
    Random random(2);
    for (const std::uint8_t weekend :
         {Calendar::usual_weekend, std::uint8_t{0x30}, std::uint8_t{0}}) {
        std::vector<Day> holidays{std::numeric_limits<Day>::min(), std::numeric_limits<Day>::max()};
        for (int i = 0; i < 200; ++i)
            holidays.push_back(static_cast<Day>(random.below(2000)) - 1000);
        const Calendar calendar(holidays, weekend);
        std::vector<Day> asked{std::numeric_limits<Day>::min(), std::numeric_limits<Day>::max()};
        for (Day day = -1100; day < 1100; day += 9)
            asked.push_back(day);
        for (const Day day : asked) {
            const auto month = calendar.month_days(day);
            EXPECT_EQ(month.first, month_start(day));
            EXPECT_EQ(month.last, month_end(day));
            for (Day at = month.first; at - month.first < 32; ++at) {
                const bool is_of_month = at <= month.last;
                const auto bit = static_cast<unsigned>(at - month.first);
                EXPECT_EQ((month.business >> bit & 1U) != 0,
                          is_of_month && calendar.is_business_day(at));
                EXPECT_EQ((month.holidays >> bit & 1U) != 0,
                          is_of_month && calendar.is_holiday(at));
                if (at == std::numeric_limits<Day>::max()) break;
            }
        }
    }
}

TEST(Calendar, AWeekendOfAllDaysIsRefused) {
    EXPECT_THROW(Calendar({}, 0x7f), Error);
    EXPECT_THROW(Calendar({}, 0x80), Error);
}

} // namespace
} // namespace recon::series
