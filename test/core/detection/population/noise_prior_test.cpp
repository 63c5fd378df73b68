#include "core/detection/population/noise_prior.hpp"

#include <cmath>
#include <limits>
#include <span>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::breaks {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

// Variance of `df` + 1 rows of normal noise.
double sample_variance(Random& random, double noise, int df) {
    double sum = 0;
    for (int i = 0; i < df; ++i) {
        const double z = random.normal();
        sum += z * z;
    }
    return noise * noise * sum / df;
}

TEST(TailCurve, FollowsTheTailItIsMadeFrom) {
    for (const double df : {2.0, 5.0, 30.0, 500.0}) {
        const TailCurve curve(df);
        for (double t = 0.2; t < 2000; t *= 1.07) {
            const double exact = evidence::ln_student_two_sided(t, df);
            EXPECT_NEAR(curve.at(std::log(t)), exact, 2e-3 + 1e-3 * std::fabs(exact))
                << df << ' ' << t;
        }
        EXPECT_NEAR(curve.at(-30), 0, 1e-9);
        EXPECT_EQ(curve.at(-infinite), 0);
    }
}

TEST(NoisePrior, WhereAllKeysShareOneNoiseItIsKnown) {
    Random random(4);
    NoisePrior prior;
    for (int k = 0; k < 2000; ++k)
        prior.add(sample_variance(random, 3, 8), 8);
    prior.fit(infinite);
    ASSERT_TRUE(prior.known());
    // A key of four rows, whatever they say, is nearly judged by 3, and by its own spread alone
    // where nothing is known of others.
    for (const double own : {2.0, 3.0, 4.0}) {
        const double ln_p = prior.ln_p(12, own * own, 3, 1, 1, 0);
        EXPECT_NEAR(ln_p, evidence::ln_normal_two_sided(4), 2) << own;
        EXPECT_LT(ln_p, evidence::ln_student_two_sided(12 / own, 3) - 2) << own;
    }
}

TEST(NoisePrior, AKeyThatMayBeOneOfTheNoisyOnesIsJudgedWithCare) {
    Random random(5);
    NoisePrior even, mixed;
    for (int k = 0; k < 1000; ++k) {
        even.add(sample_variance(random, 1, 20), 20);
        mixed.add(sample_variance(random, k % 10 == 0 ? 4 : 1, 20), 20);
    }
    even.fit(infinite);
    mixed.fit(infinite);
    EXPECT_GT(mixed.ln_p(7, 1.5, 2, 1, 1, 0), even.ln_p(7, 1.5, 2, 1, 1, 0) + 3);
    // With forty rows it is clear which one it is.
    EXPECT_NEAR(mixed.ln_p(7, 1, 40, 1, 1, 0), even.ln_p(7, 1, 40, 1, 1, 0), 1);
}

// What is said to happen once in a hundred and once in a thousand times does.
TEST(NoisePrior, ProbabilitiesAreThoseOfRowsToCome) {
    Random random(6);
    const auto noise_of = [&] { return random.uniform() < 0.8 ? 1.0 : std::exp(random.normal()); };
    NoisePrior prior;
    for (int k = 0; k < 3000; ++k)
        prior.add(sample_variance(random, noise_of(), 6), 6);
    prior.fit(infinite);
    constexpr int rows = 200000;
    int hundredth = 0, thousandth = 0;
    for (int i = 0; i < rows; ++i) {
        const double noise = noise_of();
        const double variance = sample_variance(random, noise, 4);
        const double ln_p = prior.ln_p(noise * random.normal(), variance, 4, 1, 1, 0);
        hundredth += ln_p <= std::log(0.01) ? 1 : 0;
        thousandth += ln_p <= std::log(0.001) ? 1 : 0;
    }
    EXPECT_NEAR(hundredth / (0.01 * rows), 1, 0.15);
    EXPECT_NEAR(thousandth / (0.001 * rows), 1, 0.35);
}

TEST(NoisePrior, NoiseCountsAsAtLeastTheFloor) {
    Random random(7);
    NoisePrior prior;
    for (int k = 0; k < 100; ++k)
        prior.add(sample_variance(random, 0.01, 10), 10);
    prior.fit(infinite);
    EXPECT_NEAR(prior.ln_p(3, 0.0001, 10, 1, 1, 1), evidence::ln_normal_two_sided(3), 0.06);
    EXPECT_NEAR(prior.ln_p(3, 0.0001, 10, 4, 1, 1), evidence::ln_normal_two_sided(1.5), 0.06);
    EXPECT_NEAR(prior.ln_p(3, 0.0001, 10, 1, 2, 1), evidence::ln_normal_two_sided(1.5), 0.06);
}

TEST(NoisePrior, FewKeysSayNothingAndUnheardOfNoiseIsNotJudged) {
    NoisePrior prior;
    for (int k = 0; k < 9; ++k)
        prior.add(1, 10);
    prior.fit(infinite);
    EXPECT_FALSE(prior.known());
    NoisePrior more;
    for (int k = 0; k < 10; ++k)
        more.add(1 + 0.01 * k, 10);
    more.fit(5);
    EXPECT_TRUE(more.known());
    EXPECT_TRUE(std::isnan(more.ln_p(1, 1e40, 10, 1, 1, 0)));
    EXPECT_TRUE(std::isnan(more.ln_p(1, 1e-40, 10, 1, 1, 0)));
    // Amounts of any size among the keys are no trouble.
    NoisePrior wide;
    for (int k = 0; k < 40; ++k)
        wide.add(std::pow(10.0, k * 15 - 300), 10);
    wide.fit(infinite);
    EXPECT_TRUE(wide.known());
}

TEST(NoisePrior, ComesBackFromItsBytesAndRefusesDamage) {
    NoisePrior prior;
    for (int k = 0; k < 50; ++k)
        prior.add(1 + k, 10);
    prior.fit(7);
    ByteWriter writer;
    prior.serialize(writer);
    ByteReader reader(writer.bytes(), "noise");
    NoisePrior back;
    back.deserialize(reader);
    EXPECT_EQ(back.ln_p(30, 20, 5, 1.2, 1, 0.1), prior.ln_p(30, 20, 5, 1.2, 1, 0.1));
    for (std::size_t cut = 0; cut < writer.bytes().size(); cut += 7) {
        ByteReader part(std::span(writer.bytes()).first(cut), "noise");
        EXPECT_THROW(back.deserialize(part), Error) << cut;
    }
}

} // namespace
} // namespace recon::breaks
