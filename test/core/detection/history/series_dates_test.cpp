#include "core/detection/history/series_dates.hpp"

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/detection/history/series_value.hpp"

namespace recon::breaks {
namespace {

// By the whole series, sorted.
std::vector<RowsOfDate> counted(std::span<const std::byte> bytes) {
    const auto series = SeriesValue::deserialize(bytes).series;
    std::vector<RowsOfDate> dates;
    for (std::size_t i = 0; i < series.size(); ++i) {
        if (dates.empty() || dates.back().date != series.date(i)) {
            dates.push_back({series.date(i), 0, 0});
        }
        ++dates.back().rows;
        dates.back().targets += series.is_target(i) ? 1 : 0;
    }
    return dates;
}

std::vector<std::byte> some_rows(Random& random, PackedLayout layout, std::size_t rows,
                                 std::uint64_t days) {
    ByteWriter writer;
    PackedSeries{layout, 0, static_cast<std::uint32_t>(rows)}.write_head(writer);
    for (std::size_t i = 0; i < rows; ++i) {
        writer.put(static_cast<std::int32_t>(random.below(days)) - 50);
        writer.put(static_cast<std::uint32_t>(random.below(32)));
        if (layout.has_content) writer.put(random.below(9));
        for (unsigned j = 0; j < layout.measures; ++j)
            writer.put(random.normal());
    }
    writer.put(0U);
    return writer.take();
}

TEST(SeriesDates, AreThoseOfTheWholeSeries) {
    Random random(21);
    for (int round = 0; round < 300; ++round) {
        const PackedLayout layout{static_cast<std::uint8_t>(1 + random.below(3)),
                                  random.below(2) == 0};
        const auto bytes = some_rows(random, layout, random.below(200), 1 + random.below(300));
        ASSERT_EQ(dates_of_series(bytes), counted(bytes));
        // And as a series that has been stored.
        ByteWriter stored;
        SeriesValue::deserialize(bytes).serialize(stored);
        ASSERT_EQ(dates_of_series(stored.bytes()), counted(bytes));
    }
}

TEST(SeriesDates, RefusesWhatIsNoSeries) {
    Random random(22);
    const auto bytes = some_rows(random, {2, false}, 5, 10);
    const auto all_but = [&](std::size_t missing) {
        return std::span(bytes).first(bytes.size() - missing);
    };
    EXPECT_THROW((void)dates_of_series({}), Error);
    EXPECT_THROW((void)dates_of_series(all_but(30)), Error);
    auto other = bytes;
    other[0] = std::byte{99};
    EXPECT_THROW((void)dates_of_series(other), Error);
}

} // namespace
} // namespace recon::breaks
