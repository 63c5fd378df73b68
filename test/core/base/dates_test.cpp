#include "core/base/dates.hpp"

#include <chrono>
#include <limits>

#include <gtest/gtest.h>

#include "core/base/error.hpp"

namespace recon {
namespace {

// 2000-01-01 in the standard library's own calendar.
constexpr std::chrono::sys_days epoch =
    std::chrono::year{2000} / std::chrono::January / std::chrono::day{1};

TEST(Dates, AgreesWithTheStandardLibraryOnEveryDayOfEightCenturies) {
    for (Day day = -146097; day <= 146097; ++day) {
        const std::chrono::year_month_day wanted{epoch + std::chrono::days{day}};
        const auto found = civil_of(day);
        ASSERT_EQ(found.year, static_cast<int>(wanted.year()));
        ASSERT_EQ(found.month, static_cast<unsigned>(wanted.month()));
        ASSERT_EQ(found.day, static_cast<unsigned>(wanted.day()));
        ASSERT_EQ(day_of(found), day);
        const std::chrono::weekday in_week{epoch + std::chrono::days{day}};
        ASSERT_EQ(weekday(day), static_cast<int>(in_week.iso_encoding()));
        const std::chrono::year_month_day_last last{wanted.year(),
                                                    std::chrono::month_day_last{wanted.month()}};
        ASSERT_EQ(month_end(day) - month_start(day) + 1,
                  static_cast<int>(static_cast<unsigned>(last.day())));
        ASSERT_EQ(civil_of(month_start(day)).day, 1);
        ASSERT_EQ(civil_of(month_end(day)).month, found.month);
    }
}

// Brute force: counting days one by one.
TEST(Dates, AgreeWithCounting) {
    Day day = day_of({1896, 1, 1});
    EXPECT_EQ(day_of({2000, 1, 1}), 0);
    for (int year = 1896; year <= 2104; ++year) {
        for (int month = 1; month <= 12; ++month) {
            const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
            const int length = month == 2 ? 28 + (leap ? 1 : 0)
                               : month == 4 || month == 6 || month == 9 || month == 11 ? 30
                                                                                       : 31;
            for (int d = 1; d <= length; ++d) {
                ASSERT_EQ(find_day(year, month, d), day);
                ++day;
            }
        }
    }
}

// Day 146097 n is 2000 + 400 n, with the same weekdays: what holds within four centuries, which the
// first test has seen, holds in all of them.
TEST(Dates, RepeatEveryFourCenturies) {
    for (const Day era : {-14'000, -100, -5, 1, 7, 82, 14'000}) {
        for (Day day = 0; day < 146097; day += 13) {
            const auto near = civil_of(day);
            const auto far = civil_of(day + era * 146097);
            ASSERT_EQ(far, (CivilDate{near.year + 400 * era, near.month, near.day}));
            ASSERT_EQ(day_of(far), day + era * 146097);
            ASSERT_EQ(weekday(day + era * 146097), weekday(day));
        }
    }
}

TEST(Dates, KnowsDatesFarAway) {
    EXPECT_EQ(weekday(0), 6);
    EXPECT_EQ(day_of({2024, 2, 29}), 8825);
    EXPECT_EQ(civil_of(-730485 - 1), (CivilDate{-1, 12, 31}));     // the day before 1 BC began
    EXPECT_EQ(civil_of(2145031948), (CivilDate{5874897, 12, 31})); // the server's last date
    constexpr Day first = std::numeric_limits<Day>::min();
    constexpr Day last = std::numeric_limits<Day>::max();
    for (const Day day : {first, first + 1, last - 1, last}) {
        EXPECT_EQ(day_of(civil_of(day)), day);
        EXPECT_LE(month_start(day), day);
        EXPECT_GE(month_end(day), day);
    }
    EXPECT_EQ(month_end(last), last);
    EXPECT_EQ(month_start(first), first);
}

TEST(Dates, ThatDoNotExistAreRefused) {
    for (const CivilDate date : {CivilDate{2023, 2, 29},
                                 CivilDate{1900, 2, 29},
                                 {2024, 0, 1},
                                 {2024, 13, 1},
                                 {2024, 4, 31},
                                 {2024, 4, 0},
                                 {6000000, 1, 1},
                                 {-6000000, 1, 1}}) {
        EXPECT_THROW(static_cast<void>(day_of(date)), Error);
    }
}

TEST(Dates, AreWrittenAsTheServerWritesThem) {
    EXPECT_EQ(iso_date(0), "2000-01-01");
    EXPECT_EQ(iso_date(8886), "2024-04-30");
    EXPECT_EQ(iso_date(day_of({1, 1, 1})), "0001-01-01");
    EXPECT_EQ(iso_date(day_of({0, 12, 31})), "0001-12-31 BC");
    EXPECT_EQ(iso_date(day_of({-43, 3, 15})), "0044-03-15 BC");
    EXPECT_EQ(iso_date(day_of({12024, 3, 5})), "12024-03-05");
    EXPECT_EQ(iso_date(2145031948), "5874897-12-31");
}

} // namespace
} // namespace recon
