#include "core/series/band.hpp"

#include <gtest/gtest.h>

namespace recon::series {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Band, SaysWhereAValueLies) {
    const auto above = band_around(10, 2, 3, 17);
    EXPECT_EQ(above.expected, 10);
    EXPECT_EQ(above.lower, 4);
    EXPECT_EQ(above.upper, 16);
    EXPECT_EQ(above.z, 3.5);
    EXPECT_EQ(above.direction, 1);
    EXPECT_EQ(band_around(10, 2, 3, 16).direction, 0);
    EXPECT_EQ(band_around(10, 2, 3, 3.9).direction, -1);
}

TEST(Band, OfAConstantEverythingElseIsInfinitelyFar) {
    EXPECT_EQ(band_around(7, 0, 2, 7).z, 0);
    EXPECT_EQ(band_around(7, 0, 2, 7).direction, 0);
    EXPECT_EQ(band_around(7, 0, 2, 8).z, infinity);
    EXPECT_EQ(band_around(7, 0, 2, 8).direction, 1);
    EXPECT_EQ(band_around(7, 0, 2, 6).z, -infinity);
    EXPECT_EQ(band_around(7, 0, 2, 6).direction, -1);
}

TEST(Band, JudgesNeitherWithoutSpreadNorWhatIsNoNumber) {
    EXPECT_FALSE(band_around(nan, nan, 2, 7).is_judged());
    EXPECT_FALSE(band_around(7, nan, 2, 7).is_judged());
    for (const double x : {nan, infinity, -infinity}) {
        const auto band = band_around(7, 1, 2, x);
        EXPECT_FALSE(band.is_judged());
        EXPECT_EQ(band.direction, 0);
        EXPECT_EQ(band.upper, 9);
    }
}

} // namespace
} // namespace recon::series
