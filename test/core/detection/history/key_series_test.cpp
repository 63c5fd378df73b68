#include "core/detection/history/key_series.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

#include <gtest/gtest.h>

#include "core/base/random.hpp"

namespace recon::breaks {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();
constexpr double infinite = std::numeric_limits<double>::infinity();

std::vector<std::byte> bytes_of(const KeySeries& series) {
    ByteWriter writer;
    series.serialize(writer);
    return writer.take();
}

KeySeries read(std::span<const std::byte> bytes) {
    ByteReader reader(bytes, "recon_series");
    auto series = KeySeries::deserialize(reader);
    reader.expect_end();
    return series;
}

TEST(KeySeries, AnyOrderOfArrivalAndAnyCutGivesTheSameBytes) {
    struct Row {
        std::int32_t date;
        std::array<double, 2> values;
        bool is_break, is_target;
        std::uint64_t content, row;
    };
    std::vector<Row> rows;
    Random random(7);
    const std::array<double, 6> choices = {0.0, -0.0, 5.0, missing, infinite, -infinite};
    for (std::uint64_t i = 0; i < 300; ++i) {
        rows.push_back({static_cast<std::int32_t>(random.below(20)) - 10,
                        {choices[random.below(6)], choices[random.below(6)]},
                        random.below(2) == 1,
                        random.below(4) == 0,
                        random.below(3),
                        i});
    }
    std::vector<std::byte> expected;
    for (int trial = 0; trial < 20; ++trial) {
        for (std::size_t i = rows.size() - 1; i > 0; --i) {
            std::swap(rows[i], rows[random.below(i + 1)]);
        }
        KeySeries series(2);
        for (const Row& r : rows)
            series.append(r.date, r.values, r.is_break, r.is_target, r.content, r.row);
        series.sort();
        const auto bytes = bytes_of(series);
        if (trial == 0) expected = bytes;
        ASSERT_EQ(bytes, expected);
        EXPECT_EQ(series.targets(),
                  static_cast<std::size_t>(std::count_if(
                      rows.begin(), rows.end(), [](const Row& r) { return r.is_target; })));
        for (std::size_t i = 1; i < series.size(); ++i)
            ASSERT_LE(series.date(i - 1), series.date(i));
    }
}

// The rows of a series as a scan packs them, in the order of `places`.
std::vector<std::byte> packed(const KeySeries& series, PackedLayout layout,
                              std::span<const std::size_t> places) {
    ByteWriter writer;
    for (const auto i : places) {
        writer.put(series.date(i));
        writer.put(
            (series.is_break(i) ? PackedRow::break_bit : 0) |
            (series.is_target(i) ? PackedRow::target_bit : 0) |
            ((series.row(i) & KeySeries::mismatch_tag) != 0 ? PackedRow::mismatch_bit : 0) |
            ((series.row(i) & KeySeries::other_period_tag) != 0 ? PackedRow::other_period_bit : 0) |
            ((series.row(i) & KeySeries::time_of_day_tag) != 0 ? PackedRow::time_of_day_bit : 0));
        if (layout.has_content) writer.put(series.content(i));
        for (std::size_t j = 0; j < layout.measures; ++j)
            writer.put(series.value(i, j));
    }
    return writer.take();
}

TEST(KeySeries, PackedRowsInAnyOrderAreTheSameSeries) {
    Random random(11);
    for (const bool has_content : {false, true}) {
        for (std::size_t rows = 0; rows < 120; rows += 1 + random.below(9)) {
            KeySeries series(2);
            for (std::size_t i = 0; i < rows; ++i) {
                const std::array<double, 2> values = {random.normal(), i % 9 == 0 ? missing : -0.0};
                const auto found = (i % 5 == 0 ? KeySeries::mismatch_tag : 0) |
                                   (i % 3 == 0 ? KeySeries::other_period_tag : 0) |
                                   (i % 7 == 0 ? KeySeries::time_of_day_tag : 0);
                series.append(static_cast<std::int32_t>(random.below(40)) - 20, values,
                              random.below(2) == 1, random.below(2) == 1,
                              has_content ? random.next() : 0, found);
            }
            series.sort();
            std::vector<std::size_t> places(rows);
            std::iota(places.begin(), places.end(), std::size_t{0});
            // In order, in some ascending stretches, in disorder.
            for (const std::size_t stretches : {1U, 2U, 3U, 5U, 11U, 200U}) {
                std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
                    return mix64(a) % stretches < mix64(b) % stretches;
                });
                const PackedLayout layout{2, has_content};
                auto unpacked = KeySeries::unpack(layout, packed(series, layout, places));
                unpacked.sort();
                ASSERT_EQ(bytes_of(unpacked), bytes_of(series));
                ASSERT_EQ(unpacked.targets(), series.targets());
                auto sorted = packed(series, layout, places);
                sort_rows(layout, sorted);
                std::sort(places.begin(), places.end());
                ASSERT_EQ(sorted, packed(series, layout, places));
            }
        }
    }
    KeySeries one;
    one.append(1, std::array{2.0}, true, true, 0, 0);
    auto bytes = packed(one, {1, false}, std::array{std::size_t{0}});
    bytes[4] = std::byte{32};
    EXPECT_THROW((void)KeySeries::unpack({1, false}, bytes), Error);
}

TEST(KeySeries, EqualPackedRowsAreEqualBytes) {
    const auto row = [](double value) {
        ByteWriter writer;
        writer.put(std::int32_t{3});
        writer.put(PackedRow::break_bit);
        writer.put(value);
        return writer.take();
    };
    auto zero = row(-0.0);
    sort_rows({1, false}, zero);
    EXPECT_EQ(zero, row(0.0));
    auto nothing = row(-missing);
    sort_rows({1, false}, nothing);
    EXPECT_EQ(nothing, row(missing));
}

TEST(KeySeries, MissingValuesComeAfterEveryNumberOfTheSameDate) {
    KeySeries series;
    const std::array<double, 4> values = {missing, infinite, -3, 4};
    for (std::size_t i = 0; i < values.size(); ++i) {
        series.append(5, std::span(&values[i], 1), true, false, 0, i);
    }
    series.sort();
    EXPECT_EQ(series.value(0, 0), -3);
    EXPECT_EQ(series.value(1, 0), 4);
    EXPECT_EQ(series.value(2, 0), infinite);
    EXPECT_EQ(series.row(3), 0U);
}

TEST(KeySeries, ComesBackFromItsBytes) {
    KeySeries series(2);
    series.append(-5, std::array{1.0, missing}, true, false, 11, 21);
    series.append(9, std::array{-infinite, 2.5}, false, true, 12, 22);
    const auto bytes = bytes_of(series);
    const auto back = read(bytes);
    EXPECT_EQ(bytes_of(back), bytes);
    ASSERT_EQ(back.size(), 2U);
    EXPECT_EQ(back.targets(), 1U);
    EXPECT_EQ(back.value(0, 0), 1.0);
    EXPECT_TRUE(std::isnan(back.value(0, 1)));
    EXPECT_TRUE(back.is_break(0));
    EXPECT_FALSE(back.is_target(0));
    EXPECT_EQ(back.row(1), 22U);
    EXPECT_EQ(back.content(1), 12U);
}

TEST(KeySeries, RefusesEveryTruncationAndHostileCounts) {
    KeySeries series(3);
    series.append(1, std::array{1.0, 2.0, 3.0}, true, true, 4, 5);
    const auto bytes = bytes_of(series);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_THROW(read(std::span(bytes).first(size)), Error) << size;
    }
    auto wrong = bytes;
    wrong[0] = std::byte{99};
    EXPECT_THROW(read(wrong), Error);
    for (const unsigned measures : {0U, 17U, 255U}) {
        wrong = bytes;
        wrong[1] = std::byte(measures);
        EXPECT_THROW(read(wrong), Error);
    }
    wrong = bytes;
    for (int i = 2; i < 6; ++i)
        wrong[static_cast<std::size_t>(i)] = std::byte{0xff};
    EXPECT_THROW(read(wrong), Error);
    wrong = bytes;
    wrong[6 + 4] = std::byte{0x80}; // the flags of the only row
    EXPECT_THROW(read(wrong), Error);
}

TEST(KeySeries, RefusesWrongShapes) {
    EXPECT_THROW(KeySeries(0), Error);
    EXPECT_THROW(KeySeries(17), Error);
    KeySeries two(2);
    EXPECT_THROW(two.append(0, std::array{1.0}, false, false, 0, 0), Error);
}

TEST(KeySeries, ThePastOfSomeDatesHasTheseAsTargets) {
    KeySeries series(2);
    for (std::uint64_t row = 0; row < 6; ++row) {
        const double value = static_cast<double>(row);
        series.append(static_cast<std::int32_t>(row / 2) + 10, std::array{value, -value}, row == 3,
                      row == 5, 100 + row, 200 + row);
    }
    const auto past = series.up_to(11, std::array{9, 11, 12});
    ASSERT_EQ(past.size(), 4U);
    EXPECT_EQ(past.targets(), 2U);
    for (std::size_t i = 0; i < past.size(); ++i) {
        EXPECT_EQ(past.date(i), series.date(i));
        EXPECT_EQ(past.value(i, 1), series.value(i, 1));
        EXPECT_EQ(past.is_break(i), i == 3);
        EXPECT_EQ(past.is_target(i), i >= 2);
        EXPECT_EQ(past.content(i), series.content(i));
        EXPECT_EQ(past.row(i), series.row(i));
    }
    EXPECT_TRUE(series.up_to(9, {}).empty());
}

TEST(KeySeries, RowsDatedAfterALastDateAreLeftOut) {
    KeySeries series(2);
    for (std::int32_t date : {1, 2, 2, 3, 9}) {
        const double values[] = {1.0 * date, missing};
        series.append(date, values, true, date > 1, 0, 0);
    }
    series.leave_out_after(2);
    EXPECT_EQ(series.size(), 3U);
    EXPECT_EQ(series.targets(), 2U);
    EXPECT_EQ(series.values().size(), 6U);
    series.leave_out_after(2);
    EXPECT_EQ(series.size(), 3U);
    series.leave_out_after(std::numeric_limits<std::int32_t>::min());
    EXPECT_TRUE(series.empty());
    EXPECT_EQ(series.targets(), 0U);
}

} // namespace
} // namespace recon::breaks
