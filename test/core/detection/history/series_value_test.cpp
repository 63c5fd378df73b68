#include "core/detection/history/series_value.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "core/base/error.hpp"

namespace recon::breaks {
namespace {

// A series of one row whose amounts are kept as these texts.
std::vector<std::byte> bytes_with(const std::string& texts) {
    SeriesValue value{KeySeries(2), {texts}};
    const double values[] = {std::numeric_limits<double>::infinity(), 1e10};
    value.series.append(8000, values, true, true, 0, 1);
    ByteWriter writer;
    value.serialize(writer);
    return writer.take();
}

TEST(SeriesValue, AnAmountIsKeptAsItWasWritten) {
    for (const std::string amount : {"NaN", "90071992547409.93", "-1e400", "+0.5"}) {
        const auto value = SeriesValue::deserialize(bytes_with(amount + " -"));
        EXPECT_EQ(value.exact_amount(value.series.row(0), 0), amount);
        EXPECT_EQ(value.exact_amount(value.series.row(0), 1), "");
    }
}

TEST(SeriesValue, WhatIsNoNumberIsRefused) {
    for (const std::string text : {"nan", "NaNs", "N", "Infinity", "1;2", "a", "NaN\t"})
        EXPECT_THROW((void)SeriesValue::deserialize(bytes_with("- " + text)), Error) << text;
}

} // namespace
} // namespace recon::breaks
