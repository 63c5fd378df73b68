#include "core/evidence/combination.hpp"

#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include <boost/math/distributions/chi_squared.hpp>
#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::evidence {
namespace {

std::vector<double> logs(std::vector<double> p) {
    for (auto& value : p)
        value = std::log(value);
    return p;
}

TEST(HarmonicMean, GoldenValue) {
    const auto ln_p = logs({0.01, 0.02, 0.3});
    const std::vector<double> weights{1, 1, 1};
    EXPECT_NEAR(std::exp(harmonic_ln_p(ln_p, weights)), 0.0195652174, 5e-11);
    // Only the ratio of the weights counts.
    const std::vector<double> thirds{1.0 / 3, 1.0 / 3, 1.0 / 3};
    EXPECT_NEAR(harmonic_ln_p(ln_p, thirds), harmonic_ln_p(ln_p, weights), 1e-15);
}

TEST(HarmonicMean, SharesAddUpAndFollowTheEvidence) {
    const auto ln_p = logs({0.01, 0.02, 0.3});
    const std::vector<double> weights{1, 2, 1};
    std::array<double, 3> shares{};
    harmonic_ln_p(ln_p, weights, shares);
    const double total = 1 / 0.01 + 2 / 0.02 + 1 / 0.3;
    EXPECT_NEAR(shares[0], 100 / total, 1e-15);
    EXPECT_NEAR(shares[1], 100 / total, 1e-15);
    EXPECT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), 1, 1e-15);
}

TEST(HarmonicMean, EdgeCases) {
    const std::vector<double> two{1, 3};
    const double missing = std::nan("");
    EXPECT_TRUE(std::isnan(harmonic_ln_p(std::vector<double>{missing, missing}, two)));
    EXPECT_TRUE(std::isnan(harmonic_ln_p({}, std::span<const double>{})));
    EXPECT_EQ(harmonic_ln_p(std::vector<double>{missing, -4.0}, two), -4.0);
    EXPECT_EQ(harmonic_ln_p(std::vector<double>{0.0, 1e-9}, two), 0.0);
    EXPECT_EQ(harmonic_ln_p(std::vector<double>{-INFINITY, -1.0}, two), -INFINITY);
    // Far below the range of double: three quarters of the weight at p = 1.
    EXPECT_NEAR(harmonic_ln_p(std::vector<double>{-5000.0, 0.0}, two), -5000 + std::log(4), 1e-12);
    std::array<double, 2> shares{};
    harmonic_ln_p(std::vector<double>{-INFINITY, -1.0}, two, shares);
    EXPECT_EQ(shares[0], 1);
    EXPECT_EQ(shares[1], 0);
    harmonic_ln_p(std::vector<double>{missing, -4.0}, two, shares);
    EXPECT_EQ(shares[0], 0);
    EXPECT_EQ(shares[1], 1);
}

TEST(HarmonicMean, NoPNearOneCancelsEvidence) {
    const std::vector<double> weights{1, 1};
    const double with_one = harmonic_ln_p(std::vector<double>{std::log(1e-6), 0.0}, weights);
    EXPECT_NEAR(with_one, std::log(2e-6), 1e-5);
}

// Five detectors with normal scores of equal correlation: the share of rows at combined p <= .001.
struct Errors {
    double harmonic;
    double fisher;
};
Errors type_one_error(double correlation) {
    Random random(20240531);
    constexpr int trials = 200000;
    const std::vector<double> weights(5, 1.0);
    int harmonic = 0;
    int fisher = 0;
    const double limit = std::log(0.001);
    std::vector<double> ln_p(5);
    for (int i = 0; i < trials; ++i) {
        const double common = random.normal();
        for (auto& value : ln_p)
            value = ln_normal_upper(std::sqrt(correlation) * common +
                                    std::sqrt(1 - correlation) * random.normal());
        harmonic += harmonic_ln_p(ln_p, weights) <= limit;
        fisher += fisher_ln_p(ln_p) <= limit;
    }
    return {harmonic / double{trials}, fisher / double{trials}};
}

TEST(HarmonicMean, TypeOneErrorHardlyDependsOnCorrelation) {
    for (const double correlation : {0.0, 0.5, 0.9})
        EXPECT_NEAR(type_one_error(correlation).harmonic, 0.0011, 0.0003) << correlation;
}

TEST(Fisher, NeedsIndependence) {
    EXPECT_NEAR(type_one_error(0).fisher, 0.001, 0.0003);
    EXPECT_NEAR(type_one_error(0.5).fisher, 0.023, 0.003);
    EXPECT_NEAR(type_one_error(0.9).fisher, 0.047, 0.005);
}

TEST(Fisher, IsChiSquared) {
    for (const auto& p : {std::vector<double>{0.3}, std::vector<double>{0.9, 0.8, 0.99},
                          std::vector<double>{0.01, 0.02, 0.3, 0.5}}) {
        double statistic = 0;
        for (const double value : p)
            statistic -= 2 * std::log(value);
        const boost::math::chi_squared chi(2.0 * static_cast<double>(p.size()));
        EXPECT_NEAR(std::exp(fisher_ln_p(logs(p))),
                    boost::math::cdf(boost::math::complement(chi, statistic)), 1e-13);
    }
    EXPECT_EQ(fisher_ln_p(std::vector<double>{0, 0, 0}), 0);
    EXPECT_EQ(fisher_ln_p(std::vector<double>{-INFINITY, 0}), -INFINITY);
    EXPECT_TRUE(std::isnan(fisher_ln_p({})));
    EXPECT_NEAR(fisher_ln_p(std::vector<double>{-3000, -3000}), -6000 + std::log(6001), 1e-9);
}

TEST(Stouffer, AddsNormalScores) {
    const std::vector<double> weights{1, 1};
    const auto ln_p = logs({0.05, 0.05});
    EXPECT_NEAR(stouffer_ln_p(ln_p, weights), ln_normal_upper(1.6448536269514722 * std::sqrt(2)),
                1e-10);
    EXPECT_NEAR(stouffer_ln_p(logs({0.2}), std::vector<double>{7}), std::log(0.2), 1e-12);
    EXPECT_TRUE(std::isnan(stouffer_ln_p({}, std::span<const double>{})));
}

TEST(CombinedLnP, IsTheMethodOfItsName) {
    const auto ln_p = logs({0.01, 0.02, 0.3});
    const std::vector<double> weights{1, 2, 1};
    std::array<double, 3> shares{};
    EXPECT_EQ(combined_ln_p(Combination::harmonic, ln_p, weights, shares),
              harmonic_ln_p(ln_p, weights));
    EXPECT_EQ(combined_ln_p(Combination::fisher, ln_p, weights, shares), fisher_ln_p(ln_p));
    EXPECT_NEAR(shares[0], std::log(0.01) / std::log(0.01 * 0.02 * 0.3), 1e-15);
    EXPECT_EQ(combined_ln_p(Combination::stouffer, ln_p, weights, shares),
              stouffer_ln_p(ln_p, weights));
    const double total = normal_upper_quantile(ln_p[0]) + 2 * normal_upper_quantile(ln_p[1]) +
                         normal_upper_quantile(ln_p[2]);
    EXPECT_NEAR(shares[1], 2 * normal_upper_quantile(ln_p[1]) / total, 1e-15);
    for (const auto combination :
         {Combination::harmonic, Combination::fisher, Combination::stouffer}) {
        EXPECT_EQ(combination_named(name(combination)), combination);
    }
    EXPECT_FALSE(combination_named("median"));
}

TEST(CombinedLnP, SharesAlwaysAddUp) {
    const double missing = std::nan("");
    const std::vector<double> weights{1, 2, 1};
    for (const auto combination :
         {Combination::harmonic, Combination::fisher, Combination::stouffer}) {
        for (const auto& ln_p : std::vector<std::vector<double>>{{0, 0, 0},
                                                                 {-3, 0, missing},
                                                                 {-INFINITY, -1, -INFINITY},
                                                                 {-5000, -1, 0},
                                                                 {missing, -2, missing}}) {
            std::array<double, 3> shares{};
            const double all = combined_ln_p(combination, ln_p, weights, shares);
            EXPECT_LE(all, 0) << name(combination);
            double sum = 0;
            for (std::size_t i = 0; i < 3; ++i) {
                EXPECT_GE(shares[i], 0);
                if (std::isnan(ln_p[i])) {
                    EXPECT_EQ(shares[i], 0);
                }
                sum += shares[i];
            }
            EXPECT_NEAR(sum, 1, 1e-12) << name(combination);
        }
    }
    std::array<double, 1> share{};
    EXPECT_TRUE(std::isnan(
        combined_ln_p(Combination::fisher, std::vector<double>{missing}, std::vector{1.0}, share)));
    EXPECT_EQ(share[0], 0);
}

TEST(CombinedLnP, APOfOneDoesNotSilenceTheOthers) {
    const std::vector<double> weights{1, 1};
    std::array<double, 2> shares{};
    // z of p = 1e-6 over the root of two.
    EXPECT_NEAR(
        combined_ln_p(Combination::stouffer, std::vector{std::log(1e-6), 0.0}, weights, shares),
        ln_normal_upper(normal_upper_quantile(std::log(1e-6)) / std::sqrt(2.0)), 1e-12);
    EXPECT_EQ(shares[0], 1);
}

} // namespace
} // namespace recon::evidence
