#include "core/evidence/frequency.hpp"

#include <cmath>
#include <vector>

#include <boost/math/distributions/gamma.hpp>
#include <boost/math/distributions/poisson.hpp>
#include <gtest/gtest.h>

#include "core/base/random.hpp"

namespace recon::evidence {
namespace {

// Gamma(shape, rate) for a whole shape, and a Poisson draw by counting exponential gaps.
double draw_gamma(Random& random, int shape, double rate) {
    double product = 1;
    for (int i = 0; i < shape; ++i)
        product *= 1 - random.uniform();
    return -std::log(product) / rate;
}
std::int64_t draw_poisson(Random& random, double mean) {
    std::int64_t count = 0;
    for (double at = -std::log(1 - random.uniform()); at < mean;
         at -= std::log(1 - random.uniform()))
        ++count;
    return count;
}

TEST(GammaPoisson, IsTheMixtureOfPoissons) {
    // The negative binomial tail against numerical integration over the posterior gamma.
    const GammaPrior prior{1.5, 4};
    const EventCount past{3, 10};
    const boost::math::gamma_distribution posterior(4.5, 1 / 14.0);
    for (const int events : {1, 2, 5, 9}) {
        double p = 0;
        constexpr double step = 1e-3;
        for (double rate = step / 2; rate < 5; rate += step) {
            const boost::math::poisson counts(rate * 2.5);
            p += boost::math::pdf(posterior, rate) * step *
                 boost::math::cdf(boost::math::complement(counts, events - 1.0));
        }
        EXPECT_NEAR(std::exp(ln_at_least(prior, past, events, 2.5)) / p, 1, 1e-5) << events;
    }
    EXPECT_DOUBLE_EQ(expected_events(prior, past, 2.5), 4.5 / 14 * 2.5);
}

TEST(GammaPoisson, EdgeCases) {
    const GammaPrior prior{1, 1};
    EXPECT_EQ(ln_at_least(prior, {}, 0, 1), 0);
    EXPECT_TRUE(std::isnan(ln_at_least(prior, {}, 3, 0)));
    // A key that says nothing is judged by the prior alone.
    EXPECT_EQ(ln_at_least(prior, {5, 0}, 3, 1), ln_at_least(prior, {}, 3, 1));
    EXPECT_NEAR(std::exp(ln_at_least(prior, {}, 3, 1)), 0.125, 1e-14); // geometric, 1/2 each
    EXPECT_TRUE(std::isfinite(ln_at_least(GammaPrior{largest_shape, 1e5}, {}, 5000, 1)));
}

TEST(GammaPoisson, FitRecoversTheTruth) {
    Random random(41);
    std::vector<EventCount> keys;
    for (int g = 0; g < 5000; ++g) {
        const double exposure = 10 + static_cast<double>(random.below(50));
        keys.push_back({draw_poisson(random, draw_gamma(random, 2, 20) * exposure), exposure});
    }
    const auto prior = fit_gamma_prior(keys);
    ASSERT_TRUE(prior.has_value());
    EXPECT_NEAR(prior->shape, 2, .2);
    EXPECT_NEAR(prior->shape / prior->rate, .1, .005);
}

TEST(GammaPoisson, HoldsItsErrorWherePluggingInDoesNot) {
    Random random(42);
    std::vector<EventCount> keys;
    std::vector<double> rates;
    for (int g = 0; g < 20000; ++g) {
        rates.push_back(draw_gamma(random, 1, 10));
        keys.push_back({draw_poisson(random, rates.back() * 30), 30});
    }
    const auto prior = fit_gamma_prior(keys);
    ASSERT_TRUE(prior.has_value());
    int alarms = 0;
    int plug_in = 0;
    int found = 0;
    for (std::size_t g = 0; g < keys.size(); ++g) {
        const auto events = draw_poisson(random, rates[g] * 3);
        alarms += ln_at_least(*prior, keys[g], events, 3) <= std::log(.001);
        const double rate = std::max(static_cast<double>(keys[g].events) / 30, 1e-9);
        const double tail =
            events == 0 ? 1.0
                        : boost::math::cdf(boost::math::complement(
                              boost::math::poisson(rate * 3), static_cast<double>(events) - 1));
        plug_in += tail <= .001;
        found +=
            ln_at_least(*prior, keys[g], draw_poisson(random, rates[g] * 18), 3) <= std::log(.001);
    }
    const auto share = [&](int count) { return count / static_cast<double>(keys.size()); };
    EXPECT_LT(share(alarms), .0012);
    EXPECT_GT(share(plug_in), 5 * share(alarms));
    EXPECT_GT(share(found), .1);
}

TEST(GammaPoisson, FitEdgeCases) {
    EXPECT_FALSE(fit_gamma_prior({}).has_value());
    const std::vector<EventCount> quiet{{0, 10}, {0, 20}};
    EXPECT_EQ(fit_gamma_prior(quiet)->shape, .5);
    EXPECT_EQ(fit_gamma_prior(quiet)->rate, 30);
    const std::vector<EventCount> alike{{3, 10}, {3, 10}, {3, 10}};
    EXPECT_EQ(fit_gamma_prior(alike)->shape, largest_shape);
    EXPECT_NEAR(fit_gamma_prior(alike)->shape / fit_gamma_prior(alike)->rate, .3, 1e-12);
    const std::vector<EventCount> one{{3, 10}};
    EXPECT_EQ(fit_gamma_prior(one)->shape, .5);
    const std::vector<EventCount> broken{{3, -1}, {-3, 4}};
    EXPECT_FALSE(fit_gamma_prior(broken).has_value());
}

TEST(BetaBinomial, GoldenMoments) {
    const auto prior = beta_from_moments(.136, .103);
    ASSERT_TRUE(prior.has_value());
    EXPECT_NEAR(prior->a, 1.3703, 5e-5);
    EXPECT_NEAR(prior->b, 8.7056, 5e-5);
    EXPECT_NEAR(std::exp(ln_at_least(BetaPrior{1.4, 8.6}, {}, 4, 14)), .190470, 5e-7);
    EXPECT_FALSE(beta_from_moments(.5, .6).has_value());
    EXPECT_FALSE(beta_from_moments(0, .1).has_value());
}

TEST(BetaBinomial, FitRecoversTheTruth) {
    Random random(43);
    std::vector<TrialCount> keys;
    for (int g = 0; g < 4000; ++g) {
        const double a = draw_gamma(random, 2, 1);
        const double p = a / (a + draw_gamma(random, 8, 1));
        TrialCount key{0, 5 + static_cast<std::int64_t>(random.below(40))};
        for (std::int64_t i = 0; i < key.trials; ++i)
            key.events += random.uniform() < p;
        keys.push_back(key);
    }
    const auto prior = fit_beta_prior(keys);
    ASSERT_TRUE(prior.has_value());
    EXPECT_NEAR(prior->a, 2, .25);
    EXPECT_NEAR(prior->b, 8, 1);
}

TEST(BetaBinomial, FitEdgeCases) {
    EXPECT_FALSE(fit_beta_prior({}).has_value());
    const std::vector<TrialCount> one{{3, 10}};
    EXPECT_NEAR(fit_beta_prior(one)->a + fit_beta_prior(one)->b, 1, 1e-12);
    const std::vector<TrialCount> never{{0, 10}, {0, 10}, {0, 10}};
    ASSERT_TRUE(fit_beta_prior(never).has_value());
    EXPECT_GT(fit_beta_prior(never)->a, 0);
    const std::vector<TrialCount> split{{10, 10}, {0, 10}, {10, 10}, {0, 10}};
    EXPECT_NEAR(fit_beta_prior(split)->a + fit_beta_prior(split)->b, .1, 1e-9);
    const std::vector<TrialCount> broken{{11, 10}, {-1, 5}, {0, 0}};
    EXPECT_FALSE(fit_beta_prior(broken).has_value());
}

} // namespace
} // namespace recon::evidence
