#include "core/statistics/normal_inverse_gamma.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <boost/math/special_functions/trigamma.hpp>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::evidence {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double ln_two_sided(const Predictive& predictive, double x) {
    return ln_student_two_sided((x - predictive.location) / predictive.scale, predictive.df);
}

SampleSummary summary_of(const std::vector<double>& values) {
    SampleSummary key;
    for (const double value : values)
        key.add(value);
    return key;
}

TEST(NormalInverseGamma, FlatPriorGoldenValue) {
    const auto predictive = predict(NormalInverseGamma{}, summary_of({10, 12, 11}));
    EXPECT_NEAR((20 - predictive.location) / predictive.scale, 7.794229, 5e-7);
    EXPECT_NEAR(std::exp(ln_two_sided(predictive, 20)), .0160653, 5e-8);
}

TEST(NormalInverseGamma, FormulasOfThePredictive) {
    const NormalInverseGamma prior{2, 0.5, 4, 9};
    const auto key = summary_of({10, 14});
    const auto predictive = predict(prior, key);
    // kappa 2.5, m = (1 + 24)/2.5 = 10, nu 6, nu s^2 = 36 + 8 + .5*2/2.5*100 = 84.
    EXPECT_DOUBLE_EQ(predictive.location, 10);
    EXPECT_DOUBLE_EQ(predictive.df, 6);
    EXPECT_NEAR(predictive.scale, std::sqrt(14 * 1.4), 1e-14);
    const auto unseen = predict(prior, SampleSummary{});
    EXPECT_EQ(unseen.location, 2);
    EXPECT_NEAR(unseen.scale, std::sqrt(9 * 3.0), 1e-14);
    EXPECT_EQ(unseen.df, 4);
    const auto one = predict(prior, summary_of({5}));
    EXPECT_NEAR(one.scale, std::sqrt((36 + 0.5 / 1.5 * 9) / 5 * (1 + 1 / 1.5)), 1e-14);
}

TEST(NormalInverseGamma, EdgeCasesWithoutPrior) {
    const auto flat = NormalInverseGamma{};
    EXPECT_FALSE(predict(flat, SampleSummary{}).defined);
    EXPECT_FALSE(predict(flat, summary_of({3})).defined);
    const auto constant = predict(flat, summary_of({3, 3, 3}));
    EXPECT_TRUE(constant.defined);
    EXPECT_EQ(constant.scale, 0);
    // With a tolerance there is a scale, and being off by one tolerance is unremarkable.
    const auto tolerant = predict(flat, summary_of({3, 3, 3}), 0.25);
    EXPECT_GT(std::exp(ln_two_sided(tolerant, 3.5)), 0.3);
}

TEST(NormalInverseGamma, InfinitePriorDegreesAreNormal) {
    const NormalInverseGamma prior{0, 1, infinity, 4};
    const auto predictive = predict(prior, summary_of({1, 1, 1}));
    EXPECT_EQ(predictive.scale, std::sqrt(4 * 1.25));
    EXPECT_EQ(ln_two_sided(predictive, 5.75), ln_normal_two_sided((5.75 - 0.75) / std::sqrt(5.0)));
}

TEST(TrigammaInverse, Inverts) {
    for (const double y : {1e-5, 0.01, 0.3, 1.0, 4.5, 80.0, 3000.0, 1e7})
        EXPECT_NEAR(trigamma_inverse(boost::math::trigamma(y)) / y, 1, 1e-6) << y;
}

// Keys drawn from the model itself.
std::vector<SampleSummary> draw_keys(Random& random, const NormalInverseGamma& truth, int keys,
                                     int shortest, int longest) {
    std::vector<SampleSummary> result;
    for (int g = 0; g < keys; ++g) {
        double chi = 0; // nu_0 whole here
        for (int i = 0; i < static_cast<int>(truth.nu); ++i) {
            const double z = random.normal();
            chi += z * z;
        }
        const double sigma = std::sqrt(truth.nu * truth.variance / chi);
        const double level = truth.mean + sigma / std::sqrt(truth.kappa) * random.normal();
        SampleSummary key;
        const auto length = shortest + static_cast<int>(random.below(longest - shortest + 1));
        for (int i = 0; i < length; ++i)
            key.add(level + sigma * random.normal());
        result.push_back(key);
    }
    return result;
}

TEST(PriorFit, RecoversTheTruth) {
    Random random(5);
    const NormalInverseGamma truth{7, 0.25, 6, 4};
    const auto keys = draw_keys(random, truth, 4000, 2, 12);
    const auto prior = fit_prior(keys);
    ASSERT_TRUE(prior.has_value());
    EXPECT_NEAR(prior->mean, 7, 0.3);
    EXPECT_NEAR(prior->variance, 4, 0.4);
    EXPECT_NEAR(prior->nu, 6, 1.2);
    EXPECT_NEAR(prior->kappa, 0.25, 0.05);
}

TEST(PriorFit, CalibratesShortHistories) {
    // Histories of one to five values: false alarms at a nominal .001, and power at six sigma.
    Random random(6);
    const NormalInverseGamma truth{0, 0.5, 8, 1};
    const auto prior = fit_prior(draw_keys(random, truth, 3000, 1, 5));
    ASSERT_TRUE(prior.has_value());
    int false_alarms = 0;
    int found = 0;
    constexpr int keys = 100000;
    const auto alarms = [&](const SampleSummary& key, double x) {
        return ln_two_sided(predict(*prior, key), x) <= std::log(.001);
    };
    for (int g = 0; g < keys; ++g) {
        double chi = 0;
        for (int i = 0; i < 8; ++i) {
            const double z = random.normal();
            chi += z * z;
        }
        const double sigma = std::sqrt(8 / chi);
        const double level = sigma / std::sqrt(0.5) * random.normal();
        SampleSummary key;
        for (std::uint64_t i = 0, n = 1 + random.below(5); i < n; ++i)
            key.add(level + sigma * random.normal());
        false_alarms += alarms(key, level + sigma * random.normal());
        found += alarms(key, level + sigma * (6 + random.normal()));
    }
    EXPECT_NEAR(false_alarms / double{keys}, .001, .0005);
    EXPECT_GT(found / double{keys}, 0.3);
}

TEST(PriorFit, EdgeCases) {
    EXPECT_FALSE(fit_prior({}).has_value());
    const std::vector<SampleSummary> single{summary_of({5})};
    EXPECT_FALSE(fit_prior(single).has_value()); // no noise was ever seen
    ASSERT_TRUE(fit_prior(single, 0.01).has_value());
    EXPECT_EQ(fit_prior(single, 0.01)->variance, 0.01);
    const std::vector<SampleSummary> constants{summary_of({5, 5, 5}), summary_of({8, 8})};
    EXPECT_FALSE(fit_prior(constants).has_value());
    const auto floored = fit_prior(constants, 1);
    ASSERT_TRUE(floored.has_value());
    EXPECT_GE(floored->variance, 0.5);
    const std::vector<SampleSummary> one{summary_of({5, 6, 7})};
    const auto alone = fit_prior(one);
    ASSERT_TRUE(alone.has_value());
    EXPECT_EQ(alone->kappa, smallest_kappa);
    EXPECT_EQ(alone->nu, 2);
    EXPECT_EQ(alone->variance, 1);
    // Variances that differ less than chance: one common variance. Equal levels: shared level.
    const std::vector<SampleSummary> alike{summary_of({5, 6, 7}), summary_of({7, 6, 5}),
                                           summary_of({6, 5, 7})};
    const auto common = fit_prior(alike);
    ASSERT_TRUE(common.has_value());
    EXPECT_EQ(common->nu, infinity);
    EXPECT_EQ(common->kappa, largest_kappa);
    EXPECT_EQ(common->mean, 6);
}

TEST(NormalInverseGamma, RefusesBrokenBytes) {
    NormalInverseGamma prior{0, -1, 3, 1};
    ByteWriter bad;
    prior.serialize(bad);
    ByteReader reader(bad.bytes(), "prior");
    EXPECT_THROW((void)NormalInverseGamma::deserialize(reader), Error);
}

} // namespace
} // namespace recon::evidence
