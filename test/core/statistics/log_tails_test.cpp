#include "core/statistics/log_tails.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <gtest/gtest.h>

#include "core/statistics/log_beta.hpp"

namespace recon::evidence {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(NormalTail, MatchesTheComplementWhereThatHasDigits) {
    const boost::math::normal normal;
    for (double z = -30; z < 37; z += 0.37) {
        const double expected = std::log(boost::math::cdf(boost::math::complement(normal, z)));
        EXPECT_NEAR(ln_normal_upper(z), expected, 1e-12 * (1 + std::fabs(expected))) << z;
    }
}

TEST(NormalTail, StaysFiniteFarOut) {
    // Reference by 50 terms of arithmetic with 60 digits: ln of the upper tail at 50 and 1e4.
    EXPECT_NEAR(ln_normal_upper(50), -1254.8313611394, 1e-9);
    EXPECT_NEAR(ln_normal_upper(1e4), -50000010.1292788915, 1e-6);
    EXPECT_EQ(ln_normal_upper(infinity), -infinity);
    EXPECT_EQ(ln_normal_upper(-infinity), 0);
    EXPECT_EQ(ln_normal_two_sided(0), 0);
    EXPECT_TRUE(std::isnan(ln_normal_two_sided(std::nan(""))));
}

TEST(NormalTail, FallsAllTheWay) {
    double before = 1;
    for (double z = 0; z < 60; z += 0.01) {
        const double value = ln_normal_two_sided(z);
        EXPECT_LT(value, before);
        before = value;
    }
}

TEST(NormalTail, QuantileInverts) {
    for (const double z : {-7.0, -3.0, -0.5, 0.0, 0.1, 1.0, 2.5, 8.0, 40.0, 300.0}) {
        EXPECT_NEAR(normal_upper_quantile(ln_normal_upper(z)), z, 1e-9 * (1 + std::fabs(z))) << z;
    }
    EXPECT_NEAR(normal_two_sided_quantile(std::log(0.05)), 1.959963984540054, 1e-12);
    EXPECT_EQ(normal_two_sided_quantile(0), 0);
    EXPECT_EQ(normal_upper_quantile(-infinity), infinity);
}

TEST(StudentTail, MatchesBoostOverTheWholeGrid) {
    for (const double df :
         {0.3, 0.5, 1.0, 1.7, 2.0, 3.0, 5.0, 9.5, 30.0, 64.0, 200.0, 3000.0, 9e5}) {
        const StudentTail tail(df);
        const boost::math::students_t student(df);
        for (double t = 1e-3; t < 40; t *= 1.07) {
            const double p = 2 * boost::math::cdf(boost::math::complement(student, t));
            if (p < 1e-290) break;
            // Boost's own error grows with df; ours was compared with 40-digit arithmetic.
            const double tolerance = 1e-12 * (1 + df / 10) + (df > 1e4 ? 1e-8 : 0);
            EXPECT_NEAR(tail.ln_two_sided(t), std::log(p), tolerance) << df << " " << t;
            EXPECT_EQ(tail.ln_two_sided(t), tail.ln_two_sided(-t));
        }
    }
}

TEST(StudentTail, HasTheClosedFormsOfOneAndTwoDegrees) {
    const StudentTail one(1);
    const StudentTail two(2);
    for (const double t : {0.01, 0.5, 1.0, 1.9, 2.1, 30.0, 1e6, 1e12, 1e200}) {
        EXPECT_NEAR(one.ln_two_sided(t), std::log(2 / M_PI * std::atan(1 / t)), 1e-12) << t;
        const double root = std::hypot(t, std::sqrt(2.0));
        const double p = 2 / root / (root + t); // 1 - t/root without cancellation
        EXPECT_NEAR(two.ln_two_sided(t), std::log(2 / root) - std::log(root + t), 1e-11) << t << p;
    }
}

TEST(StudentTail, StaysFiniteBelowTheRangeOfDouble) {
    const StudentTail tail(64);
    const double far = tail.ln_two_sided(1e9);
    EXPECT_LT(far, -700);
    EXPECT_TRUE(std::isfinite(far));
    // ln p falls by df ln 10 for every factor of ten.
    EXPECT_NEAR(tail.ln_two_sided(1e10) - far, -64 * std::log(10.0), 1e-9);
    EXPECT_TRUE(std::isfinite(tail.ln_two_sided(1e300)));
    EXPECT_EQ(tail.ln_two_sided(infinity), -infinity);
    EXPECT_TRUE(std::isnan(tail.ln_two_sided(std::nan(""))));
}

TEST(StudentTail, FallsWithTAndRisesWithHeavierTails) {
    for (const double df : {0.7, 1.0, 2.5, 4.0, 11.0, 59.0, 61.0, 1000.0, 2e6, infinity}) {
        const StudentTail tail(df);
        double before = 0;
        for (double t = 1e-6; t < 1e5; t *= 1.01) {
            const double value = tail.ln_two_sided(t);
            EXPECT_LT(value, before + 1e-15) << df << " " << t;
            before = value;
        }
    }
    double before = 0;
    for (const double df :
         {0.5, 1.0, 2.0, 5.0, 20.0, 100.0, 1e3, 1e5, 0.99e6, 1.01e6, 1e9, infinity}) {
        const double value = StudentTail(df).ln_two_sided(6);
        EXPECT_LT(value, before) << df;
        before = value;
    }
}

TEST(StudentTail, MeetsItsNormalLimit) {
    for (const double t : {0.3, 2.9, 3.1, 10.0, 50.0, 1e3, 1e5}) {
        const double below = StudentTail(0.999999e6).ln_two_sided(t);
        const double above = StudentTail(1.000001e6).ln_two_sided(t);
        EXPECT_NEAR(below, above, 1e-8 + 3e-6 * std::fabs(below)) << t;
    }
    EXPECT_EQ(StudentTail(infinity).ln_two_sided(4), ln_normal_two_sided(4));
}

TEST(StudentTail, QuantileInverts) {
    for (const double df : {1.0, 3.0, 8.5, 60.0, 1e4, infinity}) {
        const StudentTail tail(df);
        for (const double ln_p : {-1e-6, -0.1, -1.0, -3.0, -20.0, -200.0}) {
            const double t = tail.two_sided_quantile(ln_p);
            EXPECT_NEAR(tail.ln_two_sided(t), ln_p, 1e-9 * (1 - ln_p)) << df << " " << ln_p;
        }
    }
    EXPECT_NEAR(StudentTail(4).two_sided_quantile(std::log(0.05)), 2.776445105198, 1e-10);
}

TEST(StudentTail, OneSidedHalves) {
    EXPECT_NEAR(ln_student_upper(2, 5), ln_student_two_sided(2, 5) - std::log(2), 1e-15);
    EXPECT_NEAR(std::exp(ln_student_upper(-2, 5)) + std::exp(ln_student_upper(2, 5)), 1, 1e-15);
    EXPECT_NEAR(ln_student_upper(0, 5), std::log(0.5), 1e-15);
}

TEST(FTail, MatchesBoost) {
    for (const double above : {1.0, 3.9, 20.0}) {
        for (const double below : {0.7, 5.0, 63.0}) {
            const boost::math::fisher_f reference(above, below);
            for (double f = 0.01; f < 1e4; f *= 1.7) {
                const double p = boost::math::cdf(boost::math::complement(reference, f));
                EXPECT_NEAR(ln_f_upper(f, above, below), std::log(p), 1e-9 * (1 - std::log(p)))
                    << f << " " << above << " " << below;
            }
        }
    }
    // F with one degree above is the square of Student's t; with none to lose below, chi-squared.
    EXPECT_NEAR(ln_f_upper(9, 1, 7), ln_student_two_sided(3, 7), 1e-12);
    EXPECT_NEAR(ln_f_upper(9, 1, infinity), ln_normal_two_sided(3), 1e-4);
    EXPECT_NEAR(ln_f_upper(1e300, 3, 4), -2 * std::log(1e300), 10);
    EXPECT_EQ(ln_f_upper(0, 3, 4), 0);
    EXPECT_EQ(ln_f_upper(infinity, 3, 4), -infinity);
}

double beta_binomial_by_sum(int k, int n, double a, double b) {
    double sum = 0;
    for (int y = n; y >= k; --y)
        sum += std::exp(std::lgamma(n + 1.0) - std::lgamma(y + 1.0) - std::lgamma(n - y + 1.0) +
                        std::lgamma(y + a) + std::lgamma(n - y + b) - std::lgamma(n + a + b) -
                        std::lgamma(a) - std::lgamma(b) + std::lgamma(a + b));
    return sum;
}

TEST(BetaBinomialTail, GoldenValue) {
    EXPECT_NEAR(std::exp(ln_beta_binomial_upper(4, 14, 1.4, 8.6)), 0.190470, 5e-7);
}

TEST(BetaBinomialTail, MatchesTheSum) {
    for (const int n : {1, 5, 40}) {
        for (const double a : {0.2, 1.0, 6.0, 50.0}) {
            for (const double b : {0.4, 1.0, 9.0}) {
                for (int k = 1; k <= n; ++k) {
                    EXPECT_NEAR(ln_beta_binomial_upper(k, n, a, b),
                                std::log(beta_binomial_by_sum(k, n, a, b)), 1e-9)
                        << n << " " << a << " " << b << " " << k;
                }
            }
        }
    }
    EXPECT_EQ(ln_beta_binomial_upper(0, 5, 1, 1), 0);
    EXPECT_EQ(ln_beta_binomial_upper(6, 5, 1, 1), -infinity);
    // A flat beta makes every count equally likely, however many draws.
    EXPECT_NEAR(ln_beta_binomial_upper(999001, 1000000, 1, 1), std::log(1000.0 / 1000001), 1e-7);
}

} // namespace
} // namespace recon::evidence
