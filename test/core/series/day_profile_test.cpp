#include "core/series/day_profile.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/series/admitted.hpp"
#include "series/adversarial_series.hpp"

namespace recon::series {
namespace {

constexpr double day = 86400;
constexpr double quarter = 900;

// 10 by night, 50 from 9 to 18 hours.
double office_hours(double at) {
    const double hour = std::fmod(at, day) / 3600;
    return hour >= 9 && hour < 18 ? 50 : 10;
}

TEST(DayProfile, ExplainsWhatComesBackEveryDay) {
    Random random(1);
    DayProfile profile;
    for (double at = 0; at < 10 * day; at += quarter)
        profile.add(office_hours(at) + random.normal(), at);
    EXPECT_TRUE(profile.explains());
    EXPECT_NEAR(profile.residual(50, 10 * day + 12 * 3600), 0, 2);
    EXPECT_NEAR(profile.residual(10, 10 * day + 12 * 3600), -40, 2);
    EXPECT_NEAR(profile.residual(50, 10 * day + 3 * 3600), 40, 2);
    // The morning's step may come a quarter of an hour early or late.
    EXPECT_NEAR(profile.residual(50, 10 * day + 9 * 3600 - quarter), 0, 2);
    EXPECT_NEAR(profile.residual(10, 10 * day + 9 * 3600), 0, 2);
}

TEST(DayProfile, DoesNotExplainNoiseOrALevelThatMoves) {
    Random random(2);
    DayProfile noise;
    DayProfile walk;
    double level = 0;
    for (double at = 0; at < 20 * day; at += quarter) {
        noise.add(random.normal(), at);
        walk.add(level += random.normal(), at);
        EXPECT_FALSE(noise.explains());
        EXPECT_FALSE(walk.explains());
    }
}

TEST(DayProfile, KnowsAQuarterFromFourValuesOn) {
    DayProfile profile;
    for (int i = 0; i < 4; ++i) {
        EXPECT_TRUE(std::isnan(profile.residual(1, i * day)));
        profile.add(1, i * day);
    }
    EXPECT_EQ(profile.residual(1, 4 * day), 0);
    EXPECT_TRUE(std::isnan(profile.residual(1, 4 * day + quarter)));
}

TEST(DayProfile, ADayThatIsDifferentChangesLittleAndOneThatStaysIsLearned) {
    DayProfile profile; // exact, so that the residuals are 0
    double at = 0;
    for (; at < 10 * day; at += quarter)
        profile.add(office_hours(at), at);
    for (; at < 11 * day; at += quarter)
        profile.add(1000, at);
    EXPECT_TRUE(profile.explains());
    EXPECT_NEAR(profile.residual(50, at + 12 * 3600), 0, 10);
    for (; at < 400 * day; at += quarter)
        profile.add(60 - office_hours(at), at);
    EXPECT_TRUE(profile.explains());
    EXPECT_NEAR(profile.residual(10, at + 12 * 3600), 0, 2);
}

TEST(DayProfile, AnyTimeHasAPlaceInTheDay) {
    DayProfile profile;
    for (const double at : {-1e-300, -1.0, -1e18, 1e300, -1e300, 86399.99999999999, 0.0}) {
        for (int i = 0; i < 5; ++i)
            profile.add(1, at);
        EXPECT_EQ(profile.residual(1, at), 0) << at;
    }
}

TEST(DayProfile, StaysFiniteOnEverySeries) {
    for (const auto& [name, values] : testing::adversarial_series(1000)) {
        DayProfile profile;
        double at = 0;
        for (const double x : values) {
            at += quarter * 11;
            if (!admitted(x)) continue;
            profile.add(x, at);
            ASSERT_FALSE(std::isinf(profile.residual(x, at))) << name;
        }
    }
}

} // namespace
} // namespace recon::series
