#include "core/series/ewma.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/series/admitted.hpp"
#include "series/adversarial_series.hpp"
#include "series/hostile_bytes.hpp"

namespace recon::series {
namespace {

using testing::adversarial_series;

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Ewma, EqualsTheWeightedSumsOnEverySeries) {
    for (const auto& [name, values] : adversarial_series(150)) {
        for (const double lambda : {0.05, 0.3, 0.9}) {
            Ewma ewma(lambda);
            std::vector<double> seen;
            double largest = 0;
            for (const double value : values) {
                const bool entered = ewma.add(value);
                EXPECT_EQ(entered, admitted(value));
                if (entered) {
                    seen.push_back(value);
                    largest = std::max(largest, std::abs(value));
                }
                ASSERT_EQ(ewma.count(), static_cast<std::int64_t>(seen.size()));
                if (seen.empty()) {
                    EXPECT_TRUE(std::isnan(ewma.level()));
                    continue;
                }
                long double weights = 0;
                long double squared_weights = 0;
                long double sum = 0;
                long double weight = 1;
                for (auto at = seen.rbegin(); at != seen.rend(); ++at) {
                    weights += weight;
                    squared_weights += weight * weight;
                    sum += weight * *at;
                    weight *= 1 - static_cast<long double>(lambda);
                }
                const long double level = sum / weights;
                long double squares = 0;
                weight = 1;
                for (auto at = seen.rbegin(); at != seen.rend(); ++at) {
                    squares += weight * (*at - level) * (*at - level);
                    weight *= 1 - static_cast<long double>(lambda);
                }
                const double rounding = 1e-14 * largest;
                EXPECT_NEAR(ewma.level(), static_cast<double>(level), rounding) << name;
                if (seen.size() < 2) {
                    EXPECT_TRUE(std::isnan(ewma.variance())) << name;
                    continue;
                }
                const long double variance = squares / (weights - squared_weights / weights);
                if (largest > 1e150) { // the squares leave the range: saturated, then forgotten
                    EXPECT_TRUE(std::isfinite(ewma.variance())) << name;
                    continue;
                }
                const auto wanted = static_cast<double>(variance);
                EXPECT_NEAR(ewma.variance(), wanted,
                            1e-12 * wanted + rounding * (std::sqrt(wanted) + rounding))
                    << name << ", lambda " << lambda;
                EXPECT_NEAR(ewma.predictive_stddev(),
                            ewma.stddev() * std::sqrt(1 + static_cast<double>(squared_weights /
                                                                              (weights * weights))),
                            1e-12 * ewma.stddev());
            }
        }
    }
}

// The example of pandas' documentation: ewm(com=0.5, ignore_na=True) of 0, 1, 2, NaN, 4.
TEST(Ewma, GivesWhatPandasGives) {
    Ewma ewma(2.0 / 3);
    std::vector<double> levels;
    for (const double value : {0.0, 1.0, 2.0, std::nan(""), 4.0}) {
        ewma.add(value);
        levels.push_back(ewma.level());
    }
    EXPECT_DOUBLE_EQ(levels[0], 0);
    EXPECT_DOUBLE_EQ(levels[1], 0.75);
    EXPECT_NEAR(levels[2], 1.615385, 5e-7);
    EXPECT_EQ(levels[3], levels[2]);
    EXPECT_NEAR(levels[4], 3.225, 5e-7);
}

TEST(Ewma, ForgetsASpreadBeyondTheRangeOfDouble) {
    Ewma ewma(0.5);
    ewma.add(1e300);
    ewma.add(-1e300);
    EXPECT_TRUE(std::isfinite(ewma.variance()));
    for (int i = 0; i < 4000; ++i) {
        ewma.add(i % 2);
    }
    EXPECT_NEAR(ewma.variance(), 1.0 / 3, 0.02);
}

TEST(Ewma, WithAllWeightOnTheNewestThereIsNoVariance) {
    Ewma ewma(1);
    ewma.add(3);
    ewma.add(5);
    EXPECT_EQ(ewma.level(), 5);
    EXPECT_TRUE(std::isnan(ewma.variance()));
}

TEST(Ewma, OptionsOutOfRangeAreRefused) {
    for (const double lambda : {0.0, -0.1, 1.0001, infinity, std::nan("")}) {
        EXPECT_THROW(Ewma{lambda}, Error);
        EXPECT_THROW(EwmaChart({.lambda = lambda}), Error);
    }
    EXPECT_THROW(EwmaChart({.target = std::nan("")}), Error);
    EXPECT_THROW(EwmaChart({.sigma = -1}), Error);
    EXPECT_THROW(EwmaChart({.sigma = infinity}), Error);
    EXPECT_THROW(EwmaChart({.multiple = 0}), Error);
}

// Golden value (NIST handbook 6.3.2.4).
TEST(Ewma, NothingIsLeftOfASpikeThatHasNoWeight) {
    Ewma ewma(1);
    EwmaChart chart({.target = 0, .sigma = 1, .lambda = 1, .multiple = 3});
    for (const double x : {1e300, 4.0, -1e17, 0.7}) {
        ewma.add(x);
        chart.add(x);
        EXPECT_EQ(ewma.level(), x);
        EXPECT_EQ(chart.level(), x);
    }
}

TEST(EwmaChart, HasTheLimitsOfTheHandbook) {
    const auto limits = ewma_limits(50, 2.0539, 0.3, 3, infinity);
    EXPECT_NEAR(limits.upper, 52.5884, 5e-5);
    EXPECT_NEAR(limits.lower, 47.4115, 1.01e-4); // the handbook truncates
}

TEST(EwmaChart, FollowsTheHandbookWithoutAnAlarm) {
    EwmaChart chart({.target = 50, .sigma = 2.0539, .lambda = 0.3, .multiple = 3});
    const std::vector<double> values{52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5,
                                     49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1};
    const std::vector<double> levels{50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75,
                                     49.85, 50.26, 50.33, 50.11, 49.36, 49.52, 50.05,
                                     49.38, 49.92, 50.73, 51.23, 51.94, 51.99};
    for (std::size_t i = 0; i < values.size(); ++i) {
        EXPECT_EQ(chart.add(values[i]), 0);
        EXPECT_NEAR(chart.level(), levels[i], 0.0051) << i;
    }
}

TEST(EwmaChart, LimitsWidenFromTheFirstValueToTheLongRun) {
    EwmaChart chart({.target = 10, .sigma = 2, .lambda = 0.25, .multiple = 3});
    EXPECT_EQ(chart.limits().upper, 10);
    EXPECT_EQ(chart.add(10), 0);
    EXPECT_DOUBLE_EQ(chart.limits().upper, 10 + 3 * 2 * 0.25);
    for (int i = 0; i < 200; ++i) {
        chart.add(10);
    }
    EXPECT_DOUBLE_EQ(chart.limits().lower, ewma_limits(10, 2, 0.25, 3, infinity).lower);
    EXPECT_EQ(chart.add(std::nan("")), 0);
    int alarms = 0;
    for (int i = 0; i < 10; ++i) {
        alarms += chart.add(14);
    }
    EXPECT_GT(alarms, 5);
    for (int i = 0; i < 30; ++i) {
        chart.add(6);
    }
    EXPECT_EQ(chart.add(6), -1);
}

} // namespace
} // namespace recon::series
