#include "core/base/said_number.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace recon {
namespace {

TEST(SaidNumber, IsShortAndWhatItWas) {
    EXPECT_EQ(said_number(0), "0");
    EXPECT_EQ(said_number(-1), "-1");
    EXPECT_EQ(said_number(0.1), "0.1");
    EXPECT_EQ(said_number(1e6), "1000000");
    EXPECT_EQ(said_number(-123456789012345.0), "-123456789012345");
    EXPECT_EQ(said_number(1e-12), "1e-12");
    EXPECT_EQ(said_number(1e300), "1e+300");
    EXPECT_EQ(said_number(-std::numeric_limits<double>::max()), "-1.7976931348623157e+308");
    EXPECT_EQ(said_number(std::numeric_limits<double>::denorm_min()), "5e-324");
    EXPECT_EQ(said_number(0.000012345678901234567), "0.000012345678901234568");
}

TEST(SaidNumber, SpellsWhatIsNoFiniteNumberAsTheServerDoes) {
    EXPECT_EQ(said_number(std::numeric_limits<double>::quiet_NaN()), "NaN");
    EXPECT_EQ(said_number(std::numeric_limits<double>::infinity()), "Infinity");
    EXPECT_EQ(said_number(-std::numeric_limits<double>::infinity()), "-Infinity");
}

} // namespace
} // namespace recon
