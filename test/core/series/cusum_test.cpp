#include "core/series/cusum.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/series/admitted.hpp"
#include "series/adversarial_series.hpp"
#include "series/hostile_bytes.hpp"

namespace recon::series {
namespace {

using testing::adversarial_series;

// Golden values (NIST handbook 6.3.2.3).
TEST(Cusum, FollowsTheHandbook) {
    const std::vector<double> values{324.925, 324.675, 324.725, 324.350, 325.350, 325.225, 324.125,
                                     324.525, 325.225, 324.600, 324.625, 325.150, 328.325, 327.250,
                                     327.825, 328.500, 326.675, 327.775, 326.875, 328.350};
    Cusum cusum({.target = 325, .allowance = 0.3175, .threshold = 4.1959});
    std::vector<double> high;
    std::size_t first_alarm = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (cusum.add(values[i]) == 1 && first_alarm == 0) first_alarm = i + 1;
        high.push_back(cusum.high());
    }
    EXPECT_EQ(first_alarm, 14U);
    EXPECT_NEAR(high[12], 3.01, 0.0051);
    EXPECT_NEAR(high[13], 4.94, 0.0051);
    EXPECT_NEAR(high[14], 7.45, 0.0051);
    EXPECT_EQ(cusum.high_run(), 8);
    EXPECT_EQ(cusum.low(), 0);
    EXPECT_EQ(cusum.low_run(), 0);
}

// The sum is the largest sum over the runs of values that end here, or 0.
TEST(Cusum, EqualsTheLargestSumThatEndsHere) {
    for (const auto& [name, values] : adversarial_series(120)) {
        const Cusum::Options options{.target = 1, .allowance = 0.25, .threshold = 3};
        Cusum cusum(options);
        std::vector<double> seen;
        for (const double value : values) {
            const int alarm = cusum.add(value);
            if (!admitted(value)) {
                EXPECT_EQ(alarm, 0);
                continue;
            }
            seen.push_back(value);
            long double high = 0;
            long double low = 0;
            long double up = 0;
            long double down = 0;
            long double largest = 1;
            for (auto at = seen.rbegin(); at != seen.rend(); ++at) {
                up += *at - 1.0L - 0.25L;
                down += 1.0L - *at - 0.25L;
                high = std::max(high, up);
                low = std::max(low, down);
                largest = std::max(largest, std::abs(static_cast<long double>(*at)));
            }
            const auto rounding = static_cast<double>(largest) * 1e-13;
            EXPECT_NEAR(cusum.high(), static_cast<double>(high), rounding) << name;
            EXPECT_NEAR(cusum.low(), static_cast<double>(low), rounding) << name;
            const int wanted = cusum.high() > 3 && cusum.high() >= cusum.low() ? 1
                               : cusum.low() > 3                               ? -1
                                                                               : 0;
            EXPECT_EQ(alarm, wanted) << name;
        }
        EXPECT_EQ(cusum.count(), static_cast<std::int64_t>(seen.size()));
    }
}

TEST(Cusum, MirroredValuesGiveMirroredSums) {
    Random random(4);
    Cusum one({});
    Cusum other({});
    for (int i = 0; i < 500; ++i) {
        const double value = random.normal() + (i > 300 ? 0.7 : 0);
        EXPECT_EQ(one.add(value), -other.add(-value));
        EXPECT_EQ(one.high(), other.low());
        EXPECT_EQ(one.low_run(), other.high_run());
    }
}

TEST(Cusum, TheRunSaysWhenTheDriftBegan) {
    Cusum cusum({});
    int alarm_at = 0;
    for (int i = 1; i <= 40 && alarm_at == 0; ++i) {
        if (cusum.add(i <= 25 ? 0 : 1.25) == 1) alarm_at = i;
    }
    EXPECT_EQ(alarm_at, 32); // .75 a step: above 5 with the seventh
    EXPECT_EQ(alarm_at - cusum.high_run(), 25);
}

TEST(Cusum, RestartsAfterAnAlarmWhereAskedTo) {
    Cusum keeps({.threshold = 1});
    Cusum restarts({.threshold = 1, .restarts = true});
    EXPECT_EQ(keeps.add(2), 1);
    EXPECT_EQ(restarts.add(2), 1);
    EXPECT_EQ(restarts.high(), 1.5); // the sum that alarmed stays to be seen
    EXPECT_EQ(keeps.add(1), 1);
    EXPECT_EQ(restarts.add(std::nan("")), 0);
    EXPECT_EQ(restarts.add(1), 0);
    EXPECT_EQ(restarts.high(), 0.5);
    EXPECT_EQ(restarts.high_run(), 1);
    EXPECT_EQ(restarts.add(-3), -1);
    EXPECT_EQ(restarts.add(0), 0);
    EXPECT_EQ(restarts.low_run(), 0);
}

// Montgomery: with the defaults about 465 rows between false alarms, 10.4 to a shift of 1.
TEST(Cusum, AlarmsAsOftenAsItShould) {
    Random random(9);
    const auto average_run = [&](double shift) {
        double rows = 0;
        for (int alarms = 0; alarms < 600; ++alarms) {
            Cusum cusum({});
            do {
                ++rows;
            } while (cusum.add(random.normal() + shift) == 0);
        }
        return rows / 600;
    };
    EXPECT_NEAR(average_run(0), 465, 65);
    EXPECT_NEAR(average_run(1), 10.4, 0.8);
}

TEST(Cusum, OptionsOutOfRangeAreRefused) {
    EXPECT_THROW(Cusum({.target = std::nan("")}), Error);
    EXPECT_THROW(Cusum({.allowance = -0.1}), Error);
    EXPECT_THROW(Cusum({.allowance = INFINITY}), Error);
    EXPECT_THROW(Cusum({.threshold = 0}), Error);
    EXPECT_THROW(Cusum({.threshold = std::nan("")}), Error);
}

} // namespace
} // namespace recon::series
