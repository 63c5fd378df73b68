#include "core/detection/baseline/rhythm.hpp"

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/bytes.hpp"
#include "core/base/dates.hpp"
#include "core/base/error.hpp"

namespace recon::breaks {
namespace {

constexpr std::int32_t monday = 2; // 2000-01-03

Rhythm rhythm_of(const std::vector<std::int32_t>& dates) {
    Rhythm rhythm;
    for (const auto date : dates)
        rhythm.close(date, false);
    return rhythm;
}

std::vector<std::int32_t> month_ends(int months) {
    std::vector<std::int32_t> dates;
    for (int month = 0; month < months; ++month) {
        dates.push_back(
            month_end(day_of({2023 + month / 12, static_cast<std::uint8_t>(1 + month % 12), 1})));
    }
    return dates;
}

TEST(Rhythm, KnowsSinceWhenAKeyIsInBreak) {
    Rhythm rhythm;
    EXPECT_EQ(rhythm.in_break_since(10), 10);
    rhythm.close(10, true);
    rhythm.close(11, true);
    EXPECT_EQ(rhythm.in_break_since(20), 10);
    rhythm.close(20, false);
    EXPECT_EQ(rhythm.in_break_since(21), 21);
    rhythm.close(21, true);
    EXPECT_EQ(rhythm.in_break_since(21), 21);
    EXPECT_EQ(rhythm.in_break_since(30), 21);
}

TEST(Rhythm, SaysNothingBeforeFourGaps) {
    EXPECT_FALSE(rhythm_of({0, 30, 60, 90}).is_out(91, 1.5));
    EXPECT_TRUE(rhythm_of({0, 30, 60, 90, 120}).is_out(121, 1.5));
}

TEST(Rhythm, OfMonthEnds) {
    const auto ends = month_ends(13);
    const Rhythm rhythm = rhythm_of({ends.begin(), ends.end() - 1});
    const auto last = ends[11];
    EXPECT_FALSE(rhythm.is_out(ends[12], 1.5)); // the next month end
    EXPECT_TRUE(rhythm.is_out(last + 15, 1.5)); // the middle of the month
    EXPECT_TRUE(rhythm.is_out(last + 60, 1.5)); // a month was left out
    EXPECT_FALSE(rhythm.is_out(last + 15, 2));
}

TEST(Rhythm, OfBusinessDaysKnowsNoWeekends) {
    std::vector<std::int32_t> dates;
    for (std::int32_t day = monday; day < monday + 30; ++day) {
        if (weekday(day) <= 5) dates.push_back(day);
    }
    const Rhythm rhythm = rhythm_of(dates);
    const auto last = dates.back();
    for (std::int32_t gap = 1; gap <= 6; ++gap)
        EXPECT_FALSE(rhythm.is_out(last + gap, 1.5)) << gap;
    EXPECT_TRUE(rhythm.is_out(last + 7, 1.5));
}

TEST(Rhythm, ARowInBetweenDoesNotPutTheNextOneOut) {
    auto dates = month_ends(13);
    const auto next = dates.back();
    dates.back() = dates[11] + 15;
    EXPECT_FALSE(rhythm_of(dates).is_out(next, 1.5));
}

TEST(Rhythm, ThreeDatesMakeANewOne) {
    auto dates = month_ends(12);
    std::vector<bool> out;
    for (int week = 0; week < 12; ++week) {
        const auto next = dates.back() + 7;
        out.push_back(rhythm_of(dates).is_out(next, 1.5));
        dates.push_back(next);
    }
    EXPECT_TRUE(out.front());
    EXPECT_FALSE(out[4]);
    EXPECT_FALSE(out.back());
    EXPECT_TRUE(rhythm_of(dates).is_out(dates.back() + 1, 1.5)); // weeks, by now
}

TEST(Rhythm, GapsOfAllSizesAreNoRhythm) {
    std::vector<std::int32_t> dates{0};
    for (int i = 0; i < 40; ++i)
        dates.push_back(dates.back() + 1 + i * 7919 % 31);
    const Rhythm rhythm = rhythm_of(dates);
    int out = 0;
    for (int gap = 1; gap <= 31; ++gap)
        out += rhythm.is_out(dates.back() + gap, 1.5) ? 1 : 0;
    EXPECT_LE(out, 6);
}

TEST(Rhythm, SurvivesBytes) {
    Rhythm rhythm = rhythm_of(month_ends(9));
    rhythm.close(20000, true);
    ByteWriter writer;
    rhythm.serialize(writer);
    const auto bytes = writer.take();
    ByteReader reader(bytes, "rhythm");
    Rhythm back;
    back.deserialize(reader);
    reader.expect_end();
    for (const std::int32_t date : {20001, 20015, 20030, 20100})
        EXPECT_EQ(back.is_out(date, 1.5), rhythm.is_out(date, 1.5));
    EXPECT_EQ(back.in_break_since(20001), 20000);
    auto wrong = bytes;
    wrong[2] = std::byte{9}; // gaps
    ByteReader hostile(wrong, "rhythm");
    EXPECT_THROW(back.deserialize(hostile), Error);
}

} // namespace
} // namespace recon::breaks
