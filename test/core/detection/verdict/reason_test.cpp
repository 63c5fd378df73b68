#include "core/detection/verdict/reason.hpp"

#include <gtest/gtest.h>

namespace recon::breaks {
namespace {

TEST(Reason, DatesAreWrittenAsTheServerWritesThem) {
    EXPECT_EQ(format_date(0), "2000-01-01");
    EXPECT_EQ(format_date(-730119), "0001-01-01");
    EXPECT_EQ(format_date(-730120), "0001-12-31 BC");
    EXPECT_EQ(format_date(-2451545), "4714-11-24 BC");
    EXPECT_EQ(format_date(2145031948), "5874897-12-31");
}

} // namespace
} // namespace recon::breaks
