#include "core/detection/verdict/large_amounts.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace recon::breaks {
namespace {

// Amounts 1 to `count`, alternately above and below zero.
void add_counted(LargeAmounts& large, std::uint8_t measure, const char* currency, int count) {
    for (int i = 1; i <= count; ++i)
        large.add(measure, currency, i % 2 == 0 ? i : -i);
}

TEST(LargeAmounts, EachMeasureAndCurrencyHasATenthOfItsOwn) {
    LargeAmounts large;
    add_counted(large, 0, "EUR", 30);
    add_counted(large, 0, "JPY", 19);
    add_counted(large, 0, "", 10);
    add_counted(large, 2, "EUR", 100);
    large.settle();
    EXPECT_EQ(large.of(0, "EUR"), 28) << "28, 29 and 30";
    EXPECT_EQ(large.of(0, "JPY"), 19) << "a tenth of 19 is one";
    EXPECT_EQ(large.of(0, ""), 10) << "no currency is like another one";
    EXPECT_EQ(large.of(2, "EUR"), 91);
    EXPECT_EQ(large.of(0, "eur"), LargeAmounts::unknown);
    EXPECT_EQ(large.of(1, "EUR"), LargeAmounts::unknown);
    EXPECT_EQ(large.of(255, "EUR"), LargeAmounts::unknown);
}

TEST(LargeAmounts, OfFewerThanTenThereIsNoTenth) {
    LargeAmounts large;
    EXPECT_EQ(large.of(0, "EUR"), LargeAmounts::unknown);
    add_counted(large, 0, "EUR", 9);
    add_counted(large, 1, "EUR", 9);
    for (int i = 0; i < 10; ++i)
        large.add(0, "EUR", std::numeric_limits<double>::quiet_NaN());
    large.settle();
    EXPECT_EQ(large.of(0, "EUR"), LargeAmounts::unknown) << "what has no amount does not count";
    EXPECT_EQ(large.of(1, "EUR"), LargeAmounts::unknown);
}

TEST(LargeAmounts, BytesKeepThem) {
    LargeAmounts large;
    add_counted(large, 0, "EUR", 30);
    add_counted(large, 1, "", 10);
    large.settle();
    ByteWriter writer;
    large.serialize(writer);
    ByteReader reader(writer.bytes(), "large amounts");
    const auto again = LargeAmounts::deserialize(reader);
    reader.expect_end();
    EXPECT_EQ(again.of(0, "EUR"), 28);
    EXPECT_EQ(again.of(1, ""), 10);
    EXPECT_EQ(again.of(1, "EUR"), LargeAmounts::unknown);
}

TEST(LargeAmounts, BytesThatAreNoneAreRefused) {
    const auto read = [](double begin, const char* second) {
        ByteWriter writer;
        writer.put(1U);
        writer.put(2U);
        writer.put_string("EUR");
        writer.put(1.0);
        writer.put_string(second);
        writer.put(begin);
        const auto bytes = writer.take();
        ByteReader reader(bytes, "large amounts");
        return LargeAmounts::deserialize(reader).of(0, second);
    };
    EXPECT_EQ(read(0, "JPY"), 0);
    EXPECT_THROW(read(-1, "JPY"), Error);
    EXPECT_THROW(read(std::numeric_limits<double>::quiet_NaN(), "JPY"), Error);
    EXPECT_THROW(read(2, "EUR"), Error) << "twice";
}

} // namespace
} // namespace recon::breaks
