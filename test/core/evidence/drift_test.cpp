#include "core/evidence/drift.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/statistics/log_tails.hpp"
#include "core/statistics/normal_inverse_gamma.hpp"
#include "evidence/student_noise.hpp"

namespace recon::evidence {
namespace {

using test::student_noise;

EarlierLevel measured(const std::vector<double>& values) {
    SampleSummary key;
    for (const double value : values)
        key.add(value);
    const auto n = static_cast<double>(key.count);
    return {key.mean, std::sqrt(key.sum_squares / (n - 1)), n, n - 1};
}

TEST(Drift, HoldsItsError) {
    for (const int df : {0, 4}) {
        Random random(51);
        constexpr int rounds = 20000;
        int at_hundredth = 0;
        int at_thousandth = 0;
        for (int round = 0; round < rounds; ++round) {
            std::vector<double> past(20);
            std::vector<double> recent(12);
            for (auto& value : past)
                value = student_noise(random, df);
            for (auto& value : recent)
                value = student_noise(random, df);
            const double ln_p = drift(measured(past), recent).ln_p;
            at_hundredth += ln_p <= std::log(.01);
            at_thousandth += ln_p <= std::log(.001);
        }
        EXPECT_LT(at_hundredth / double{rounds}, .0125) << df;
        EXPECT_GT(at_hundredth / double{rounds}, .004) << df;
        EXPECT_LT(at_thousandth / double{rounds}, .002) << df;
    }
}

TEST(Drift, FindsSmallStepsThatNoRowShows) {
    Random random(52);
    int found = 0;
    int single = 0;
    constexpr int rounds = 2000;
    for (int round = 0; round < rounds; ++round) {
        std::vector<double> past(40);
        for (auto& value : past)
            value = random.normal();
        std::vector<double> recent(24);
        for (std::size_t i = 0; i < recent.size(); ++i)
            recent[i] = 0.1 * static_cast<double>(i) + random.normal();
        const auto level = measured(past);
        const auto result = drift(level, recent);
        found += result.ln_p <= std::log(1e-4);
        single += ln_student_two_sided((recent.back() - level.location) / level.sigma, level.df) <=
                  std::log(1e-4);
        if (result.ln_p <= std::log(1e-4)) {
            EXPECT_EQ(result.direction, 1);
        }
    }
    EXPECT_GT(found / double{rounds}, .65);
    EXPECT_LT(single / double{rounds}, .2);
}

TEST(Drift, OneSpikeIsNone) {
    std::vector<double> recent(12, 0.0);
    recent.back() = 1e9;
    const EarlierLevel level{0, 1, 30, 29};
    EXPECT_GT(drift(level, recent).ln_p, std::log(.05));
}

TEST(Drift, ExactFormula) {
    const EarlierLevel level{10, 2, 8, 5};
    const std::vector<double> recent{13, 12, 11};
    const auto result = drift(level, recent);
    EXPECT_EQ(result.rows, 3U);
    EXPECT_DOUBLE_EQ(result.shift, 2);
    EXPECT_NEAR(result.ln_p, ln_student_two_sided(1 / std::sqrt(1.0 / 3 + 1.0 / 8), 5), 1e-14);
    // Scale, sign and origin are only units.
    const std::vector<double> mirrored{-1300, -1200, -1100};
    EXPECT_NEAR(drift({-1000, 200, 8, 5}, mirrored).ln_p, result.ln_p, 1e-12);
    EXPECT_EQ(drift({-1000, 200, 8, 5}, mirrored).direction, -1);
}

TEST(Drift, EdgeCases) {
    const std::vector<double> two{1, 2};
    const std::vector<double> three{1, 2, 3};
    EXPECT_TRUE(std::isnan(drift({0, 1, 5, 4}, two).ln_p));
    EXPECT_TRUE(std::isnan(drift({0, 0, 5, 4}, three).ln_p));
    EXPECT_TRUE(std::isnan(drift({0, 1, 5, 0}, three).ln_p));
    EXPECT_TRUE(
        std::isfinite(drift({0, 1, 5, std::numeric_limits<double>::infinity()}, three).ln_p));
    EXPECT_EQ(drift({2, 1, 5, 4}, std::vector<double>{2, 2, 2}).ln_p, 0);
}

} // namespace
} // namespace recon::evidence
