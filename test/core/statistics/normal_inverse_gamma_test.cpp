#include "core/statistics/normal_inverse_gamma.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <boost/math/special_functions/trigamma.hpp>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/random.hpp"

namespace recon::evidence {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

KeySummary summary_of(const std::vector<double>& values) {
    KeySummary key;
    for (const double value : values)
        key.add(value);
    return key;
}

TEST(NormalInverseGamma, FlatPriorGoldenValue) {
    const auto predictive = predict(NormalInverseGamma::flat(), summary_of({10, 12, 11}));
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
    const auto unseen = predict(prior, KeySummary{});
    EXPECT_EQ(unseen.location, 2);
    EXPECT_NEAR(unseen.scale, std::sqrt(9 * 3.0), 1e-14);
    EXPECT_EQ(unseen.df, 4);
    const auto one = predict(prior, summary_of({5}));
    EXPECT_NEAR(one.scale, std::sqrt((36 + 0.5 / 1.5 * 9) / 5 * (1 + 1 / 1.5)), 1e-14);
}

TEST(NormalInverseGamma, EdgeCasesWithoutPrior) {
    const auto flat = NormalInverseGamma::flat();
    EXPECT_FALSE(predict(flat, KeySummary{}).defined);
    EXPECT_FALSE(predict(flat, summary_of({3})).defined);
    EXPECT_TRUE(std::isnan(ln_two_sided(predict(flat, summary_of({3})), 3)));
    const auto constant = predict(flat, summary_of({3, 3, 3}));
    EXPECT_TRUE(constant.constant);
    EXPECT_EQ(ln_two_sided(constant, 3), 0);
    EXPECT_NEAR(std::exp(ln_two_sided(constant, 4)), 0.25, 1e-15);
    EXPECT_TRUE(std::isnan(ln_two_sided(constant, infinity)));
    // With a tolerance there is a scale, and being off by one tolerance is unremarkable.
    const auto tolerant = predict(flat, summary_of({3, 3, 3}), 0.25);
    EXPECT_FALSE(tolerant.constant);
    EXPECT_GT(std::exp(ln_two_sided(tolerant, 3.5)), 0.3);
}

TEST(NormalInverseGamma, InfinitePriorDegreesAreNormal) {
    const NormalInverseGamma prior{0, 1, infinity, 4};
    const auto predictive = predict(prior, summary_of({1, 1, 1}));
    EXPECT_EQ(predictive.scale, std::sqrt(4 * 1.25));
    EXPECT_EQ(ln_two_sided(predictive, 5.75), ln_normal_two_sided((5.75 - 0.75) / std::sqrt(5.0)));
}

TEST(NormalInverseGamma, ScorerAgreesWithTheFormula) {
    const NormalInverseGamma prior{1, 0.3, 3.7, 2};
    const PredictiveScorer scorer(prior, 1e-6, 8);
    Random random(3);
    KeySummary key;
    for (int n = 0; n < 20; ++n) {
        for (const double x : {-50.0, 0.5, 3.0})
            EXPECT_EQ(scorer.ln_two_sided(scorer.predict(key), x),
                      ln_two_sided(predict(prior, key, 1e-6), x));
        key.add(random.normal());
    }
}

TEST(KeySummary, MergeEqualsAdding) {
    Random random(4);
    std::vector<double> values(50);
    for (auto& value : values)
        value = 1e6 + random.normal();
    const auto whole = summary_of(values);
    for (const std::size_t cut : {0U, 1U, 20U, 50U}) {
        auto left = summary_of({values.begin(), values.begin() + static_cast<std::ptrdiff_t>(cut)});
        left.merge(summary_of({values.begin() + static_cast<std::ptrdiff_t>(cut), values.end()}));
        EXPECT_EQ(left.count, whole.count);
        EXPECT_NEAR(left.mean, whole.mean, 1e-9);
        EXPECT_NEAR(left.sum_squares, whole.sum_squares, 1e-7);
    }
}

TEST(TrigammaInverse, Inverts) {
    for (const double y : {1e-5, 0.01, 0.3, 1.0, 4.5, 80.0, 3000.0, 1e7})
        EXPECT_NEAR(trigamma_inverse(boost::math::trigamma(y)) / y, 1, 1e-6) << y;
}

// Keys drawn from the model itself.
std::vector<KeySummary> draw_keys(Random& random, const NormalInverseGamma& truth, int keys,
                                  int shortest, int longest) {
    std::vector<KeySummary> result;
    for (int g = 0; g < keys; ++g) {
        double chi = 0; // nu_0 whole here
        for (int i = 0; i < static_cast<int>(truth.nu); ++i) {
            const double z = random.normal();
            chi += z * z;
        }
        const double sigma = std::sqrt(truth.nu * truth.variance / chi);
        const double level = truth.mean + sigma / std::sqrt(truth.kappa) * random.normal();
        KeySummary key;
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
    const PredictiveScorer scorer(*prior);
    int false_alarms = 0;
    int found = 0;
    constexpr int keys = 100000;
    const auto alarms = [&](const KeySummary& key, double x) {
        return scorer.ln_two_sided(scorer.predict(key), x) <= std::log(.001);
    };
    for (int g = 0; g < keys; ++g) {
        double chi = 0;
        for (int i = 0; i < 8; ++i) {
            const double z = random.normal();
            chi += z * z;
        }
        const double sigma = std::sqrt(8 / chi);
        const double level = sigma / std::sqrt(0.5) * random.normal();
        KeySummary key;
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
    const std::vector<KeySummary> single{summary_of({5})};
    EXPECT_FALSE(fit_prior(single).has_value()); // no noise was ever seen
    ASSERT_TRUE(fit_prior(single, 0.01).has_value());
    EXPECT_EQ(fit_prior(single, 0.01)->variance, 0.01);
    const std::vector<KeySummary> constants{summary_of({5, 5, 5}), summary_of({8, 8})};
    EXPECT_FALSE(fit_prior(constants).has_value());
    const auto floored = fit_prior(constants, 1);
    ASSERT_TRUE(floored.has_value());
    EXPECT_GE(floored->variance, 0.5);
    const std::vector<KeySummary> one{summary_of({5, 6, 7})};
    const auto alone = fit_prior(one);
    ASSERT_TRUE(alone.has_value());
    EXPECT_EQ(alone->kappa, smallest_kappa);
    EXPECT_EQ(alone->nu, 2);
    EXPECT_EQ(alone->variance, 1);
    // Variances that differ less than chance: one common variance. Equal levels: shared level.
    const std::vector<KeySummary> alike{summary_of({5, 6, 7}), summary_of({7, 6, 5}),
                                        summary_of({6, 5, 7})};
    const auto common = fit_prior(alike);
    ASSERT_TRUE(common.has_value());
    EXPECT_EQ(common->nu, infinity);
    EXPECT_EQ(common->kappa, largest_kappa);
    EXPECT_EQ(common->mean, 6);
}

TEST(PriorSample, NoPlanChangesABit) {
    Random random(7);
    const auto keys = draw_keys(random, {0, 1, 5, 1}, 500, 1, 6);
    PriorSample whole(100);
    for (std::size_t i = 0; i < keys.size(); ++i)
        whole.add(mix64(i), keys[i]);
    PriorSample odd(100);
    PriorSample even(100);
    for (std::size_t i = keys.size(); i-- > 0;)
        (i % 2 == 0 ? even : odd).add(mix64(i), keys[i]);
    ByteWriter writer;
    odd.serialize(writer);
    ByteReader reader(writer.bytes(), "sample");
    even.merge(PriorSample::deserialize(reader));
    const auto a = fit_prior(whole.summaries());
    const auto b = fit_prior(even.summaries());
    ASSERT_TRUE(a.has_value());
    ASSERT_TRUE(b.has_value());
    EXPECT_EQ(whole.summaries().size(), 100U);
    EXPECT_EQ(a->mean, b->mean);
    EXPECT_EQ(a->kappa, b->kappa);
    EXPECT_EQ(a->nu, b->nu);
    EXPECT_EQ(a->variance, b->variance);
}

TEST(PriorSample, RefusesBrokenBytes) {
    PriorSample sample(10);
    sample.add(1, summary_of({1, 2}));
    ByteWriter writer;
    sample.serialize(writer);
    for (std::size_t cut = 0; cut < writer.bytes().size(); ++cut) {
        ByteReader reader(std::span(writer.bytes()).first(cut), "sample");
        EXPECT_THROW((void)PriorSample::deserialize(reader), Error);
    }
    NormalInverseGamma prior{0, -1, 3, 1};
    ByteWriter bad;
    prior.serialize(bad);
    ByteReader reader(bad.bytes(), "prior");
    EXPECT_THROW((void)NormalInverseGamma::deserialize(reader), Error);
}

} // namespace
} // namespace recon::evidence
