#include "core/series/outlier_tests.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "series/adversarial_series.hpp"

namespace recon::series {
namespace {

const std::vector<double> handbook_sample{199.31, 199.53, 200.19, 200.82,
                                          201.92, 201.95, 202.18, 245.57};

const std::vector<double> rosner_sample{
    -0.25, 0.68, 0.94, 1.15, 1.20, 1.26, 1.26, 1.34, 1.38, 1.43, 1.49, 1.49, 1.55, 1.56,
    1.58,  1.65, 1.69, 1.70, 1.76, 1.77, 1.81, 1.91, 1.94, 1.96, 1.99, 2.06, 2.09, 2.10,
    2.14,  2.15, 2.23, 2.24, 2.26, 2.35, 2.37, 2.40, 2.47, 2.54, 2.62, 2.64, 2.90, 2.92,
    2.92,  2.93, 3.21, 3.26, 3.30, 3.59, 3.68, 4.30, 4.64, 5.34, 5.42, 6.01};

// Golden values (NIST handbook 1.3.5.17).
TEST(GrubbsTest, GivesTheHandbooksAnswer) {
    const auto test = grubbs_test(handbook_sample, 0.05, Side::high);
    EXPECT_NEAR(test.statistic, 2.4687, 1e-4); // the handbook truncates
    EXPECT_NEAR(test.critical, 2.032, 5e-4);
    EXPECT_EQ(test.index, 7U);
    EXPECT_TRUE(test.significant());
    EXPECT_LT(test.ln_p, std::log(1e-6));
}

TEST(GrubbsTest, TheCriticalValueIsWhereThePValueIsTheLevel) {
    Random random(8);
    for (const Side side : {Side::low, Side::high, Side::both}) {
        for (int round = 0; round < 200; ++round) {
            std::vector<double> values(5 + random.below(40));
            for (auto& value : values) {
                value = random.normal();
            }
            values[0] *= 4;
            const auto at_5 = grubbs_test(values, 0.05, side);
            if (!(at_5.ln_p < 0)) continue;
            const auto at_p = grubbs_test(values, std::exp(at_5.ln_p), side);
            EXPECT_NEAR(at_p.critical, at_p.statistic, 1e-9);
            EXPECT_EQ(at_5.significant(), at_5.ln_p < std::log(0.05));
        }
    }
}

TEST(GrubbsTest, FalseAlarmsAreAsRareAsPromised) {
    Random random(12);
    int alarms = 0;
    std::vector<double> values(12);
    for (int round = 0; round < 20000; ++round) {
        for (auto& value : values) {
            value = random.normal();
        }
        alarms += grubbs_test(values).significant() ? 1 : 0;
    }
    EXPECT_NEAR(alarms / 20000.0, 0.05, 0.006);
}

TEST(GrubbsTest, SidesMirrorEachOther) {
    std::vector<double> mirrored;
    for (const double value : handbook_sample) {
        mirrored.push_back(-value);
    }
    const auto high = grubbs_test(handbook_sample, 0.05, Side::high);
    const auto low = grubbs_test(mirrored, 0.05, Side::low);
    EXPECT_EQ(high.statistic, low.statistic);
    EXPECT_EQ(high.ln_p, low.ln_p);
    EXPECT_EQ(grubbs_test(mirrored, 0.05, Side::both).index, 7U);
    EXPECT_FALSE(grubbs_test(mirrored, 0.05, Side::high).significant());
}

// Squares of such numbers leave the range of double, to either side.
TEST(GrubbsTest, TheUnitDoesNotMatterHoweverLargeOrSmall) {
    const auto as_it_is = generalized_esd(rosner_sample, 5);
    for (const int power : {-900, -600, 600, 980}) {
        auto scaled = handbook_sample;
        for (auto& value : scaled)
            value = std::ldexp(value, power);
        const auto found = grubbs_test(scaled, 0.05, Side::high);
        const auto wanted = grubbs_test(handbook_sample, 0.05, Side::high);
        EXPECT_EQ(found.statistic, wanted.statistic) << power;
        EXPECT_EQ(found.ln_p, wanted.ln_p) << power;
        scaled = rosner_sample;
        for (auto& value : scaled)
            value = std::ldexp(value, power);
        const auto several = generalized_esd(scaled, 5);
        EXPECT_EQ(several.outliers, as_it_is.outliers) << power;
        ASSERT_EQ(several.tests.size(), as_it_is.tests.size()) << power;
        for (std::size_t i = 0; i < several.tests.size(); ++i) {
            EXPECT_EQ(several.tests[i].statistic, as_it_is.tests[i].statistic) << power;
            EXPECT_EQ(several.tests[i].ln_p, as_it_is.tests[i].ln_p) << power;
        }
    }
    const auto far_out = grubbs_test(std::vector<double>{1e300, 2, 3, 9});
    EXPECT_DOUBLE_EQ(far_out.statistic, 1.5); // its limit for four numbers
    EXPECT_TRUE(far_out.significant());
    EXPECT_LT(far_out.ln_p, std::log(1e-300));
    EXPECT_TRUE(std::isfinite(far_out.ln_p));
}

TEST(GrubbsTest, EdgesHaveDefinedAnswers) {
    const double nan = std::nan("");
    for (const auto& values : {std::vector<double>{}, {1.0}, {1.0, 9.0}, {nan, 1.0, nan, 2.0}}) {
        EXPECT_TRUE(std::isnan(grubbs_test(values).statistic));
        EXPECT_TRUE(std::isnan(grubbs_test(values).ln_p));
        EXPECT_FALSE(grubbs_test(values).significant());
    }
    const auto constant = grubbs_test(std::vector<double>(10, 0.1));
    EXPECT_EQ(constant.statistic, 0);
    EXPECT_EQ(constant.ln_p, 0);
    EXPECT_FALSE(constant.significant());
    const auto one_off = grubbs_test(std::vector<double>{1, nan, 1, 1, 1, 8, 1, 1});
    EXPECT_EQ(one_off.index, 5U);
    EXPECT_LT(one_off.ln_p, -20);
    for (const double alpha : {0.0, 1.0, -1.0, nan}) {
        EXPECT_THROW(static_cast<void>(grubbs_test(handbook_sample, alpha)), Error);
        EXPECT_THROW(static_cast<void>(generalized_esd(handbook_sample, 2, alpha)), Error);
    }
}

// Golden values (Rosner 1983 in the NIST handbook 1.3.5.17.3).
TEST(GeneralizedEsd, GivesTheHandbooksAnswer) {
    ASSERT_EQ(rosner_sample.size(), 54U);
    const auto result = generalized_esd(rosner_sample, 10);
    EXPECT_EQ(result.outliers, 3U);
    ASSERT_EQ(result.tests.size(), 10U);
    const std::vector<double> statistic{3.118, 2.942, 3.179, 2.810};
    const std::vector<double> critical{3.158, 3.151, 3.143, 3.136};
    for (std::size_t i = 0; i < statistic.size(); ++i) {
        EXPECT_NEAR(result.tests[i].statistic, statistic[i], 1e-3) << i;
        EXPECT_NEAR(result.tests[i].critical, critical[i], 1e-3) << i;
    }
    EXPECT_EQ(result.tests[0].index, 53U);
    EXPECT_EQ(result.tests[1].index, 52U);
    EXPECT_EQ(result.tests[2].index, 51U);
}

TEST(GeneralizedEsd, EqualsRepeatedGrubbsTestsWhateverTheOrder) {
    for (const auto& [name, series] : testing::adversarial_series(60)) {
        auto values = series;
        const auto result = generalized_esd(values, 8);
        for (const auto& test : result.tests) {
            const auto single = grubbs_test(values);
            EXPECT_NEAR(single.statistic, test.statistic, 1e-11 * single.statistic) << name;
            EXPECT_NEAR(single.critical, test.critical, 1e-12) << name;
            if (std::isinf(test.ln_p)) {
                EXPECT_EQ(single.ln_p, test.ln_p) << name;
            } else {
                EXPECT_NEAR(single.ln_p, test.ln_p, 1e-9 * (1 - single.ln_p)) << name;
            }
            values[test.index] = std::nan("");
        }
    }
}

TEST(GeneralizedEsd, OneOutlierDoesNotMaskAnother) {
    std::vector<double> values;
    Random random(1);
    for (int i = 0; i < 40; ++i) {
        values.push_back(random.normal());
    }
    values[7] = 30;
    values[9] = 30;
    values[30] = 30.5;
    EXPECT_FALSE(generalized_esd(values, 1).outliers == 3);
    const auto result = generalized_esd(values, 5);
    EXPECT_EQ(result.outliers, 3U);
    EXPECT_EQ(result.tests[0].index, 30U);
}

TEST(GeneralizedEsd, EdgesHaveDefinedAnswers) {
    EXPECT_TRUE(generalized_esd({}, 3).tests.empty());
    EXPECT_TRUE(generalized_esd(std::vector<double>{1, 2}, 3).tests.empty());
    EXPECT_TRUE(generalized_esd(std::vector<double>(9, 0.1), 3).tests.empty());
    EXPECT_EQ(generalized_esd(std::vector<double>{1, 2, 3, 5}, 100).tests.size(), 2U);
    EXPECT_TRUE(generalized_esd(rosner_sample, 0).tests.empty());
    // What is left after the spike all agrees.
    const auto spike = generalized_esd(std::vector<double>{0, 0, 0, 0, 1e9, 0, 0}, 3);
    ASSERT_EQ(spike.tests.size(), 1U);
    EXPECT_EQ(spike.outliers, 1U);
    EXPECT_EQ(spike.tests[0].index, 4U);
}

} // namespace
} // namespace recon::series
