#include "core/series/calendar_effects.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "series/hostile_bytes.hpp"

namespace recon::series {
namespace {

const Calendar& calendar() {
    static const Calendar calendar({day_of({2022, 12, 26}), day_of({2023, 5, 1}),
                                    day_of({2023, 12, 25}), day_of({2024, 1, 1}),
                                    day_of({2024, 5, 1}), day_of({2024, 12, 25})});
    return calendar;
}

std::vector<Day> business_days_of(int months) {
    std::vector<Day> days;
    Day day = day_of({2022, 12, 1});
    for (int month = 0; month < months; ++month) {
        const Day last = month_end(day);
        for (; day <= last; ++day) {
            if (calendar().is_business_day(day)) days.push_back(day);
        }
    }
    return days;
}

double month_end_load(Day day) {
    const auto position = calendar().month_position(day);
    if (position.from_end == 1) return 5;
    if (position.from_start == 2) return -3;
    return weekday(day) == 1 ? 1 : 0;
}

TEST(DayClass, NamesTheEffectsOfADay) {
    const auto indexes = [](const CivilDate& date) {
        const DayClass day(calendar(), day_of(date));
        return std::vector<int>(day.begin(), day.end());
    };
    constexpr int from_end = DayClass::counted_from_ends;
    constexpr int weekdays = 2 * DayClass::counted_from_ends;
    EXPECT_EQ(indexes({2024, 5, 2}), (std::vector{0, weekdays + 3}));
    EXPECT_EQ(indexes({2024, 5, 1}), (std::vector{weekdays + 2, weekdays + 7}));
    EXPECT_EQ(indexes({2024, 5, 31}), (std::vector{from_end, weekdays + 4}));
    EXPECT_EQ(indexes({2024, 5, 16}), (std::vector{weekdays + 3}));
    EXPECT_EQ(indexes({2024, 5, 18}), (std::vector{weekdays + 5}));
    std::vector<Day> many_holidays;
    for (int day = 3; day <= 31; ++day) {
        many_holidays.push_back(day_of({2024, 5, static_cast<std::uint8_t>(day)}));
    }
    const DayClass both(Calendar(many_holidays), day_of({2024, 5, 2}));
    EXPECT_EQ(std::vector<int>(both.begin(), both.end()), (std::vector{1, from_end, weekdays + 3}));
}

TEST(CalendarProfile, FindsTheEffectsThatAreThere) {
    Random random(3);
    CalendarProfile profile;
    for (const Day day : business_days_of(24)) {
        profile.add(DayClass(calendar(), day), month_end_load(day) + 0.5 * random.normal());
    }
    const auto effects = profile.effects();
    EXPECT_GT(effects.explained, 0.7);
    const auto expected = [&](const CivilDate& date) {
        return effects.of(DayClass(calendar(), day_of(date)));
    };
    const double ordinary = expected({2025, 1, 15}); // a Wednesday in the middle of a month
    EXPECT_NEAR(expected({2025, 1, 31}) - ordinary, 5, 0.6);
    EXPECT_NEAR(expected({2025, 1, 2}) - ordinary, -3, 0.6);
    EXPECT_NEAR(expected({2025, 1, 14}) - ordinary, 0, 0.3);
}

// What is estimated from few rows must not do more harm than good in the days to come.
TEST(CalendarProfile, WithoutEffectsItAddsNextToNoError) {
    Random random(4);
    const auto days = business_days_of(24);
    for (const std::size_t past : {15U, 42U, 126U, 400U}) {
        double error = 0;
        double plain = 0;
        double explained = 0;
        for (int round = 0; round < 300; ++round) {
            CalendarProfile profile;
            for (std::size_t i = 0; i < past; ++i) {
                profile.add(DayClass(calendar(), days[i]), random.normal());
            }
            const auto effects = profile.effects();
            explained += effects.explained;
            for (std::size_t i = past; i < past + 42; ++i) {
                const double value = random.normal();
                const double left = value - effects.of(DayClass(calendar(), days[i]));
                error += left * left;
                plain += value * value;
            }
        }
        EXPECT_LT(error / plain, 1.05) << past << " rows";
        EXPECT_LT(explained / 300, 0.06) << past << " rows";
    }
}

TEST(CalendarProfile, AFewMonthsAlreadyHelp) {
    Random random(5);
    const auto days = business_days_of(24);
    for (const std::size_t past : {63U, 126U, 400U}) {
        double error = 0;
        double plain = 0;
        for (int round = 0; round < 100; ++round) {
            CalendarProfile profile;
            for (std::size_t i = 0; i < past; ++i) {
                profile.add(DayClass(calendar(), days[i]),
                            month_end_load(days[i]) + random.normal());
            }
            const auto effects = profile.effects();
            for (std::size_t i = past; i < past + 42; ++i) {
                const double value = month_end_load(days[i]) + random.normal();
                const double left = value - effects.of(DayClass(calendar(), days[i]));
                error += left * left;
                plain += value * value;
            }
        }
        EXPECT_LT(error / plain, 0.65) << past << " rows"; // noise alone is 0.34
    }
}

TEST(CalendarProfile, AnEffectIsShrunkByItsCount) {
    // The last business day of every month is 1 higher, without noise: what is left of the 1
    // says how far it is believed.
    double before = 0;
    for (const int months : {2, 4, 12, 24}) {
        CalendarProfile profile;
        for (const Day day : business_days_of(months)) {
            const bool last = calendar().month_position(day).from_end == 1;
            profile.add(DayClass(calendar(), day), last ? 1 : 0);
        }
        const double found = profile.effects().effect[DayClass::counted_from_ends];
        EXPECT_GT(found, before);
        EXPECT_LT(found, 1);
        before = found;
    }
    EXPECT_GT(before, 0.85);
}

TEST(CalendarProfile, PartsMergeIntoTheWhole) {
    Random random(6);
    CalendarProfile whole;
    CalendarProfile left;
    CalendarProfile right;
    const auto days = business_days_of(12);
    for (std::size_t i = 0; i < days.size(); ++i) {
        const double value = month_end_load(days[i]) + random.normal();
        const DayClass day(calendar(), days[i]);
        whole.add(day, value);
        (i < 100 ? left : right).add(day, value);
    }
    EXPECT_FALSE(left.add(DayClass(calendar(), days[0]), std::nan("")));
    left.merge(right);
    EXPECT_EQ(left.count(), whole.count());
    const auto found = left.effects();
    const auto wanted = whole.effects();
    EXPECT_NEAR(found.explained, wanted.explained, 1e-9);
    for (std::size_t i = 0; i < found.effect.size(); ++i) {
        EXPECT_NEAR(found.effect[i], wanted.effect[i], 1e-9);
    }
}

TEST(CalendarProfile, EdgesHaveDefinedAnswers) {
    EXPECT_EQ(CalendarProfile().effects().explained, 0);
    CalendarProfile constant;
    for (const Day day : business_days_of(3)) {
        constant.add(DayClass(calendar(), day), 0.1);
    }
    for (const double effect : constant.effects().effect) {
        EXPECT_NEAR(effect, 0, 1e-12);
    }
    CalendarProfile huge;
    for (const Day day : business_days_of(3)) {
        huge.add(DayClass(calendar(), day), day % 2 == 0 ? 1e300 : -1e300);
    }
    for (const double effect : huge.effects().effect) {
        EXPECT_TRUE(std::isfinite(effect));
    }
}

TEST(CalendarProfile, HostileBytesAreRefusedOrHarmless) {
    Random random(7);
    CalendarProfile profile;
    for (const Day day : business_days_of(3)) {
        profile.add(DayClass(calendar(), day), random.normal());
    }
    ByteWriter writer;
    profile.serialize(writer);
    ByteReader reader(writer.bytes(), "calendar profile");
    const auto copy = CalendarProfile::deserialize(reader);
    EXPECT_NO_THROW(reader.expect_end());
    EXPECT_EQ(copy.effects().effect, profile.effects().effect);
    testing::expect_hostile_bytes_are_harmless(
        writer.bytes(), [](ByteReader& bytes) { return CalendarProfile::deserialize(bytes); },
        [](CalendarProfile& read) {
            read.merge(read);
            read.add(DayClass(calendar(), 0), 1);
            const auto effects = read.effects();
            EXPECT_GE(effects.explained, 0);
            EXPECT_TRUE(std::isfinite(effects.of(DayClass(calendar(), 0))));
        });
}

} // namespace
} // namespace recon::series
