#include "core/statistics/log_beta.hpp"

#include <cmath>
#include <limits>

#include <boost/math/special_functions/beta.hpp>
#include <gtest/gtest.h>

namespace recon::evidence {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(LogBeta, MatchesBoost) {
    for (const double a : {1e-3, 0.5, 3.0, 11.9, 12.1, 400.0, 1e6}) {
        EXPECT_NEAR(ln_gamma(a), std::lgamma(a), 1e-13 * (1 + std::fabs(std::lgamma(a))));
        for (const double b : {1e-2, 1.0, 25.0, 1e5}) {
            const double direct = std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b);
            const double size = std::lgamma(a + b) + std::fabs(std::lgamma(a)) + 10;
            EXPECT_NEAR(ln_beta(a, b), direct, 1e-14 * std::fabs(size) + 1e-12) << a << " " << b;
            EXPECT_EQ(ln_beta(a, b), ln_beta(b, a));
        }
    }
}

TEST(LogBeta, IncompleteBetaMatchesBoostAndItsComplement) {
    for (const double a : {0.2, 1.0, 7.0, 300.0}) {
        for (const double b : {0.5, 2.0, 60.0}) {
            for (double x = 0.003; x < 1; x += 0.0497) {
                const double ours = ln_incomplete_beta(a, b, x, 1 - x);
                const double theirs = boost::math::ibeta(a, b, x);
                if (theirs > 1e-290) {
                    EXPECT_NEAR(ours, std::log(theirs), 2e-11) << a << " " << b;
                }
                const double other = ln_incomplete_beta(b, a, 1 - x, x);
                EXPECT_NEAR(std::exp(ours) + std::exp(other), 1, 1e-12);
            }
        }
    }
    EXPECT_EQ(ln_incomplete_beta(2, 3, 0, 1), -infinity);
    EXPECT_EQ(ln_incomplete_beta(2, 3, 1, 0), 0);
}

TEST(LogBeta, DifferencesKeepTheirDigits) {
    EXPECT_NEAR(ln_one_minus_exp(-1e-20), -20 * std::log(10.0), 1e-12);
    EXPECT_NEAR(ln_one_minus_exp(-50), -std::exp(-50), 1e-35);
    EXPECT_EQ(ln_one_minus_exp(0), -infinity);
    EXPECT_NEAR(ln_sum_exp(-1000, -1000), -1000 + std::log(2), 1e-12);
    EXPECT_EQ(ln_sum_exp(-infinity, -infinity), -infinity);
    EXPECT_EQ(ln_sum_exp(-3, -infinity), -3);
}

} // namespace
} // namespace recon::evidence
