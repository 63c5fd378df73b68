#include "core/evidence/volatility.hpp"

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

double deviation(Random& random, std::size_t n, int df) {
    SampleSummary key;
    for (std::size_t i = 0; i < n; ++i)
        key.add(student_noise(random, df));
    return std::sqrt(key.sum_squares / static_cast<double>(n - 1));
}

TEST(Volatility, HoldsItsErrorUnderNormalAndHeavyNoise) {
    for (const int df : {0, 4}) {
        for (const std::size_t rows : {6U, 9U, 12U}) {
            Random random(61);
            constexpr int rounds = 15000;
            int at_tenth = 0;
            int at_hundredth = 0;
            for (int round = 0; round < rounds; ++round) {
                const double sigma = deviation(random, 24, df);
                std::vector<double> recent(rows);
                for (auto& value : recent)
                    value = student_noise(random, df);
                const double ln_p = volatility(sigma, 23, recent).ln_p;
                at_tenth += ln_p <= std::log(.1);
                at_hundredth += ln_p <= std::log(.01);
            }
            // Heavy noise inflates the standard deviation, not the median deviation: safe side.
            EXPECT_LT(at_tenth / double{rounds}, .11) << rows;
            EXPECT_LT(at_hundredth / double{rounds}, .0135) << rows;
            if (df == 0) {
                EXPECT_GT(at_tenth / double{rounds}, .09) << rows;
                EXPECT_GT(at_hundredth / double{rounds}, .007) << rows;
            }
        }
    }
}

TEST(Volatility, FindsGrownSpreadButNotOneSpike) {
    Random random(62);
    int found = 0;
    constexpr int rounds = 2000;
    for (int round = 0; round < rounds; ++round) {
        std::vector<double> recent(12);
        for (auto& value : recent)
            value = 6 * random.normal();
        found += volatility(1, 40, recent).ln_p <= std::log(1e-3);
    }
    EXPECT_GT(found / double{rounds}, .9);
    std::vector<double> spiked{0.1, -0.3, 0.2, 0.4, -0.1, 0.3, -0.2, 0.1, -0.4, 0.2, 0.0, 1e6};
    EXPECT_GT(volatility(1, 40, spiked).ln_p, std::log(.5));
}

TEST(Volatility, ExactFormulaAndUnits) {
    // Median 3, deviations 0 0 1 1 2 5: median deviation 1.
    const std::vector<double> recent{1, 2, 3, 3, 4, 8};
    const auto result = volatility(2, 10, recent);
    EXPECT_EQ(result.rows, 6U);
    EXPECT_DOUBLE_EQ(result.spread, 1.639);
    EXPECT_DOUBLE_EQ(result.ln_p, ln_f_upper(result.spread * result.spread / 4, 1.91, 10));
    std::vector<double> scaled;
    for (const double value : recent)
        scaled.push_back(-1000 * value + 7);
    EXPECT_NEAR(volatility(2000, 10, scaled).ln_p, result.ln_p, 1e-9);
}

TEST(Volatility, EdgeCases) {
    const std::vector<double> few{1, 2, 3, 4, 5};
    EXPECT_TRUE(std::isnan(volatility(1, 5, few).ln_p));
    const std::vector<double> constant(20, 3.0);
    EXPECT_EQ(volatility(1, 5, constant).ln_p, 0);
    EXPECT_EQ(volatility(1, 5, constant).rows, 12U);
    EXPECT_TRUE(std::isnan(volatility(0, 5, constant).ln_p));
    EXPECT_TRUE(std::isnan(volatility(1, 0, constant).ln_p));
    const std::vector<double> six{1, 2, 3, 4, 5, 60};
    EXPECT_TRUE(std::isfinite(volatility(1, std::numeric_limits<double>::infinity(), six).ln_p));
}

} // namespace
} // namespace recon::evidence
