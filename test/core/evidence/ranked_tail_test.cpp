#include "core/evidence/ranked_tail.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/statistics/generalized_pareto.hpp"

namespace recon::evidence {
namespace {

TEST(RankedTail, TheLawHasAnInverse) {
    for (const GeneralizedPareto law : {GeneralizedPareto{0, 2}, {0.3, 2}, {1.5, 0.1}}) {
        for (const double ln_p : {0.0, -0.1, -3.0, -40.0}) {
            EXPECT_NEAR(law.ln_survival(law.excess_at(ln_p)), ln_p, 1e-12 * std::abs(ln_p));
        }
    }
}

TEST(RankedTail, ValueAtIsTheInverseOfLnPInTheTail) {
    Random random(3);
    std::vector<double> sample(1000);
    for (auto& value : sample)
        value = std::abs(random.normal());
    std::sort(sample.begin(), sample.end());
    RankedTail tail;
    EXPECT_TRUE(std::isinf(tail.value_at(-3)));
    tail.fit(sample);
    ASSERT_TRUE(tail.exists());
    for (const double ln_p : {-5.0, -9.0, -30.0})
        EXPECT_NEAR(tail.ln_p(sample, tail.value_at(ln_p)), ln_p, 1e-9);
    EXPECT_EQ(tail.value_at(0), tail.value_at(-1)); // where it begins
    tail.fit(std::span(sample).first(99));
    EXPECT_FALSE(tail.exists());
}

} // namespace
} // namespace recon::evidence
