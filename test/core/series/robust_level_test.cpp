#include "core/series/robust_level.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/series/admitted.hpp"
#include "series/adversarial_series.hpp"

namespace recon::series {
namespace {

TEST(RobustLevel, IsTheMeanInTheBeginningAndThenFollows) {
    RobustLevel level(0.05);
    for (const double x : {3.0, 5.0, 10.0})
        level.add(x);
    EXPECT_DOUBLE_EQ(level.level(), 6);
    Random random(1);
    RobustLevel noise(0.05);
    for (int i = 0; i < 5000; ++i)
        noise.add(50 + 2 * random.normal());
    EXPECT_NEAR(noise.level(), 50, 1);
    EXPECT_NEAR(noise.deviation(), 2 * std::sqrt(2 / M_PI), 0.3); // mean |x - level|
}

TEST(RobustLevel, SaysNothingBeforeTenValues) {
    RobustLevel level(0.3);
    for (int i = 0; i < 9; ++i)
        level.add(i);
    EXPECT_TRUE(std::isnan(level.z(3)));
    level.add(9);
    EXPECT_FALSE(std::isnan(level.z(3)));
}

TEST(RobustLevel, ASpikeMovesItByFourDeviationsAtMost) {
    Random random(2);
    RobustLevel level(0.05);
    for (int i = 0; i < 500; ++i)
        level.add(100 + random.normal());
    const double before = level.level();
    const double deviation = level.deviation();
    level.add(1e9);
    EXPECT_LE(level.level() - before, 0.05 * 4 * deviation * (1 + 1e-9));
    for (int i = 0; i < 100; ++i)
        level.add(100 + random.normal());
    EXPECT_NEAR(level.level(), 100, 1);
}

TEST(RobustLevel, FindsItsNewPlaceAfterAStepFromAConstant) {
    RobustLevel level(0.3);
    for (int i = 0; i < 500; ++i)
        level.add(7);
    EXPECT_EQ(level.z(7), 0);
    EXPECT_GT(level.z(8), 1000);
    for (int i = 0; i < 500; ++i)
        level.add(9);
    EXPECT_NEAR(level.level(), 9, 0.01);
}

TEST(RobustLevel, RoundingIsNoDeviation) {
    RobustLevel level(0.05);
    for (int i = 0; i < 100; ++i)
        level.add(0.1);
    EXPECT_LT(std::abs(level.z(std::nextafter(0.1, 1))), 1e-3);
}

TEST(RobustLevel, StaysFiniteOnEverySeries) {
    for (const auto& [name, values] : testing::adversarial_series(400)) {
        RobustLevel level(0.3);
        for (const double x : values) {
            if (!admitted(x)) continue;
            level.add(x);
            ASSERT_TRUE(std::isfinite(level.level())) << name;
            ASSERT_TRUE(std::isfinite(level.deviation())) << name;
            if (level.count() >= 10) {
                ASSERT_LE(std::abs(level.z(x)), 1e6) << name;
                ASSERT_FALSE(std::isnan(level.z(-x))) << name;
            }
        }
    }
}

} // namespace
} // namespace recon::series
