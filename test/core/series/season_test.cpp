#include "core/series/season.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/series/admitted.hpp"
#include "core/series/theil_sen.hpp"
#include "series/adversarial_series.hpp"

namespace recon::series {
namespace {

// The autocorrelation at one distance, by the definition.
long double correlation_at(const std::vector<double>& values, std::size_t distance) {
    std::vector<double> places;
    for (std::size_t i = 0; i < values.size(); ++i) {
        places.push_back(static_cast<double>(i));
    }
    const auto line = theil_sen(places, values);
    std::vector<long double> left(values.size());
    long double sum = 0;
    long double n = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!admitted(values[i])) continue;
        left[i] = static_cast<long double>(values[i]) - line.at(places[i]);
        sum += left[i];
        n += 1;
    }
    const long double mean = sum / n;
    long double squares = 0;
    long double products = 0;
    long double pairs = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!admitted(values[i])) continue;
        squares += (left[i] - mean) * (left[i] - mean);
        if (i < distance || !admitted(values[i - distance])) continue;
        products += (left[i] - mean) * (left[i - distance] - mean);
        pairs += 1;
    }
    return (products / pairs) / (squares / n);
}

TEST(Season, StrengthIsTheAutocorrelationAndAPeakOfIt) {
    int found = 0;
    for (const auto& [name, values] : testing::adversarial_series(120)) {
        const auto season = find_season(values, 40);
        if (season.period == 0) continue;
        ++found;
        ASSERT_GE(season.period, 2U) << name;
        ASSERT_LE(season.period, 40U) << name;
        const auto wanted = static_cast<double>(correlation_at(values, season.period));
        EXPECT_NEAR(season.strength, wanted, 1e-9) << name;
        EXPECT_GE(wanted + 1e-9, correlation_at(values, season.period - 1)) << name;
        EXPECT_GE(wanted + 1e-9, correlation_at(values, season.period + 1)) << name;
        EXPECT_LE(season.ln_p, 0) << name;
    }
    EXPECT_GT(found, 8);
}

TEST(Season, IsFoundUnderNoiseAndTrendAndGaps) {
    Random random(41);
    for (const std::size_t period : {2U, 5U, 7U, 12U, 21U}) {
        int right = 0;
        for (int round = 0; round < 100; ++round) {
            std::vector<double> shape(period);
            for (auto& value : shape) {
                value = random.normal();
            }
            shape[0] += 8; // far above the others: a shape of two may else be flat
            std::vector<double> values(12 * period);
            for (std::size_t i = 0; i < values.size(); ++i) {
                values[i] = shape[i % period] + 0.4 * static_cast<double>(i) + random.normal();
                if (random.below(20) == 0) values[i] = std::nan("");
            }
            const auto season = find_season(values, 50);
            right += season.period == period && season.ln_p < std::log(0.01) ? 1 : 0;
        }
        EXPECT_GE(right, 90) << period;
    }
}

TEST(Season, FalseAlarmsAreNoMoreThanPromised) {
    Random random(42);
    int alarms = 0;
    std::vector<double> values(90);
    for (int round = 0; round < 4000; ++round) {
        for (auto& value : values) {
            value = random.normal();
        }
        alarms += find_season(values, 30).ln_p < std::log(0.05) ? 1 : 0;
    }
    EXPECT_LE(alarms / 4000.0, 0.055);
    EXPECT_GE(alarms / 4000.0, 0.005);
}

TEST(Season, AnExactRepetitionIsToldByItsShortestPeriod) {
    std::vector<double> values(60);
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = i % 5 == 4 ? 1e9 : 0;
    }
    const auto season = find_season(values, 20);
    EXPECT_EQ(season.period, 5U);
    EXPECT_NEAR(season.strength, 1, 1e-9);
    EXPECT_LT(season.ln_p, -20);
}

TEST(Season, EdgesHaveDefinedAnswers) {
    const double nan = std::nan("");
    std::vector<double> line(40);
    for (std::size_t i = 0; i < line.size(); ++i) {
        line[i] = 0.1 * static_cast<double>(i) + 7;
    }
    for (const auto& values : {std::vector<double>{},
                               {1},
                               {1, 2, 1, 2, 1},
                               std::vector<double>(30, 0.1),
                               std::vector<double>(30, nan),
                               line}) {
        EXPECT_EQ(find_season(values, 10).period, 0U) << values.size();
        EXPECT_TRUE(std::isnan(find_season(values, 10).strength));
        EXPECT_TRUE(std::isnan(find_season(values, 10).ln_p));
    }
    EXPECT_EQ(find_season(std::vector<double>{1, 2, 1, 2, 1, 2, 1, 2, 1}, 1).period, 0U);
    EXPECT_EQ(find_season(std::vector<double>{1, 2, 1, 2, 1, 2, 1, 2, 1}, 9).period, 2U);
}

} // namespace
} // namespace recon::series
