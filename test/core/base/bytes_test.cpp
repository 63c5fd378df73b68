#include "core/base/bytes.hpp"

#include <gtest/gtest.h>

namespace recon {
namespace {

TEST(Bytes, ValuesComeBackAsWritten) {
    ByteWriter writer;
    writer.put<std::int32_t>(-7);
    writer.put_string("ledger");
    writer.put_array<double>(std::vector<double>{1.5, -2.5});
    writer.put(true);

    ByteReader reader(writer.bytes(), "test value");
    EXPECT_EQ(reader.get<std::int32_t>(), -7);
    EXPECT_EQ(reader.get_string(), "ledger");
    EXPECT_EQ(reader.get_array<double>(), (std::vector<double>{1.5, -2.5}));
    EXPECT_TRUE(reader.get<bool>());
    EXPECT_NO_THROW(reader.expect_end());
}

TEST(Bytes, EveryTruncationIsRefused) {
    ByteWriter writer;
    writer.put_string("sub-ledger");
    writer.put_array<double>(std::vector<double>{1, 2, 3});
    const auto& whole = writer.bytes();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        ByteReader reader{std::span{whole}.first(size), "test value"};
        EXPECT_THROW(
            {
                reader.get_string();
                reader.get_array<double>();
            },
            Error)
            << "size " << size;
    }
}

TEST(Bytes, AHugeCountIsRefusedBeforeAnythingIsAllocated) {
    ByteWriter writer;
    writer.put<std::uint32_t>(0xffffffffU);
    ByteReader reader(writer.bytes(), "test value");
    EXPECT_THROW(reader.get_array<double>(), Error);
}

TEST(Bytes, ATruthValueIsZeroOrOne) {
    ByteWriter writer;
    writer.put<std::uint8_t>(2);
    ByteReader reader(writer.bytes(), "test value");
    EXPECT_THROW(reader.get<bool>(), Error);
}

} // namespace
} // namespace recon
