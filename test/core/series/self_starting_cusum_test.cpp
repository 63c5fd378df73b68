#include "core/series/self_starting_cusum.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/random.hpp"

namespace recon::series {
namespace {

// The row of the first alarm, or -1.
int first_alarm(const std::vector<double>& values) {
    SelfStartingCusum cusum({});
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (cusum.add(values[i]) != 0) return static_cast<int>(i);
    }
    return -1;
}

TEST(SelfStartingCusum, KnownScore) {
    // 10, 12, 11, then 20: t = 7.794229 on 2 degrees of freedom, two-sided p .0160653, of which the
    // normal quantile is 2.4079; the third value lies on the mean of the first two.
    SelfStartingCusum cusum({});
    for (const double x : {10.0, 12.0, 11.0, 20.0}) {
        cusum.add(x);
    }
    EXPECT_NEAR(cusum.sums().high(), 2.40743 - 0.5, 1e-5);
    EXPECT_EQ(cusum.sums().low(), 0);
    EXPECT_EQ(cusum.sums().count(), 2);
}

TEST(SelfStartingCusum, AConstantGivesOneInNPlusOneToAnotherValue) {
    SelfStartingCusum cusum({});
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(cusum.add(7), 0);
    }
    EXPECT_EQ(cusum.sums().high(), 0);
    cusum.add(8); // p = 1/5, of which the two-sided quantile is 1.28155
    EXPECT_NEAR(cusum.sums().high(), 1.281552 - 0.5, 1e-6);
}

TEST(SelfStartingCusum, OneSpikeIsNoDriftAndHidesNone) {
    Random random(7);
    std::vector<double> values;
    for (int i = 0; i < 40; ++i) {
        values.push_back(100 + random.normal());
    }
    values[20] = 1e9;
    EXPECT_EQ(first_alarm(values), -1);
    for (int i = 0; i < 20; ++i) {
        values.push_back(102 + random.normal());
    }
    const int alarm = first_alarm(values);
    EXPECT_GE(alarm, 40);
    EXPECT_LE(alarm, 50);
}

TEST(SelfStartingCusum, DoesNotHangOnScaleOrOrigin) {
    Random random(3);
    SelfStartingCusum plain({});
    SelfStartingCusum scaled({});
    for (int i = 0; i < 300; ++i) {
        const double x = random.normal() + (i > 200 ? 1 : 0);
        EXPECT_EQ(plain.add(x), scaled.add(1e6 + 1024 * x));
        EXPECT_NEAR(plain.sums().high(), scaled.sums().high(), 1e-6);
    }
}

TEST(SelfStartingCusum, FalseAlarmsAreAsRareAsThoseOfAKnownTarget) {
    Random random(11);
    double rows = 0;
    constexpr int runs = 300;
    for (int run = 0; run < runs; ++run) {
        SelfStartingCusum cusum({});
        do {
            rows += 1;
        } while (cusum.add(random.normal()) == 0);
    }
    // 465 for a known target and no limit to a row's weight; a wide margin around it.
    EXPECT_GT(rows / runs, 350);
    EXPECT_LT(rows / runs, 900);
}

TEST(SelfStartingCusum, WhatIsNoNumberChangesNothing) {
    SelfStartingCusum with({});
    SelfStartingCusum without({});
    for (const double x : {1.0, 3.0, 2.0, 8.0, 9.0}) {
        with.add(x);
        without.add(x);
        for (const double other : {std::nan(""), std::numeric_limits<double>::infinity(), -1e305}) {
            EXPECT_EQ(with.add(other), 0);
        }
    }
    EXPECT_EQ(with.sums().high(), without.sums().high());
    EXPECT_EQ(with.sums().count(), without.sums().count());
}

TEST(SelfStartingCusum, RefusesOptionsOutOfRange) {
    EXPECT_THROW(SelfStartingCusum({.threshold = 0}), Error);
    EXPECT_THROW(SelfStartingCusum({.allowance = -1}), Error);
}

} // namespace
} // namespace recon::series
