#include "core/detection/history/dated_values.hpp"

#include <array>
#include <bit>
#include <limits>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/detection/history/series_value.hpp"

namespace recon::breaks {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();
constexpr double infinite = std::numeric_limits<double>::infinity();

struct Row {
    std::int32_t date;
    double value;
};

std::vector<std::byte> packed(std::span<const Row> rows, PackedLayout layout = {1, false},
                              std::uint32_t flags = 0) {
    ByteWriter writer;
    PackedSeries{layout, 2, static_cast<std::uint32_t>(rows.size())}.write_head(writer);
    for (const auto& row : rows) {
        writer.put(row.date);
        writer.put(flags);
        if (layout.has_content) writer.put(std::uint64_t{7});
        for (unsigned i = 0; i < layout.measures; ++i)
            writer.put(row.value);
    }
    writer.put(0U);
    return writer.take();
}

void expect_rows(const DatedValues& history, std::span<const Row> rows) {
    ASSERT_EQ(history.dates().size(), rows.size());
    ASSERT_EQ(history.values().size(), rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(history.dates()[i], rows[i].date);
        EXPECT_EQ(std::bit_cast<std::uint64_t>(history.values()[i]),
                  std::bit_cast<std::uint64_t>(rows[i].value));
    }
}

TEST(DatedValues, ReadsSortedRowsAsTheyAreAndSortsOthers) {
    const std::array<Row, 6> sorted = {Row{-4, 1}, {0, -infinite}, {0, 2},
                                       {0, 2},     {0, missing},   {9, infinite}};
    DatedValues history;
    history.read(packed(sorted));
    expect_rows(history, sorted);
    history.read(packed(std::array<Row, 0>{}));
    expect_rows(history, {});

    auto rows = sorted;
    Random random(3);
    for (int trial = 0; trial < 50; ++trial) {
        for (std::size_t i = rows.size() - 1; i > 0; --i)
            std::swap(rows[i], rows[random.below(i + 1)]);
        history.read(packed(rows));
        expect_rows(history, sorted);
        history.read(packed(rows, {1, true}));
        expect_rows(history, sorted);
    }
    history.read(packed(std::array{Row{1, -0.0}}));
    expect_rows(history, std::array{Row{1, 0.0}});
}

TEST(DatedValues, ReadsTheFormatOfReleaseOne) {
    KeySeries series;
    series.append(3, std::array{5.0}, true, false, 0, 0);
    series.append(1, std::array{missing}, true, false, 0, 0);
    series.sort();
    ByteWriter writer;
    SeriesValue{series, {}}.serialize(writer);
    DatedValues history;
    history.read(writer.bytes());
    expect_rows(history, std::array{Row{1, missing}, Row{3, 5}});
}

TEST(DatedValues, RefusesSeveralMeasuresAndWhatIsNoSeries) {
    const std::array<Row, 1> row = {Row{1, 2}};
    DatedValues history;
    try {
        history.read(packed(row, {2, false}));
        FAIL() << "two measures are read";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::invalid_parameter);
    }
    for (const auto& bytes : {packed(row, {1, false}, 32), std::vector<std::byte>{},
                              std::vector<std::byte>{std::byte{2}, std::byte{1}}}) {
        try {
            history.read(bytes);
            FAIL() << "what is no series is read";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::invalid_data);
        }
    }
}

} // namespace
} // namespace recon::breaks
