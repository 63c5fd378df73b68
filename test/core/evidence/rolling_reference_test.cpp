#include "core/evidence/rolling_reference.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"

namespace recon::evidence {
namespace {

// The share of the last 2,000 values that come within a tenth of it.
TEST(RollingReference, IsTheRankAmongTheLastValuesBelowTheTail) {
    Random random(4);
    RollingReference reference;
    std::deque<double> last;
    for (int i = 0; i < 5000; ++i) {
        const double value = static_cast<double>(random.below(7)); // ties: no tail
        const double ln_p = reference.ln_p(value);
        if (last.size() < 50) {
            EXPECT_TRUE(std::isnan(ln_p));
        } else {
            const auto above =
                std::count_if(last.begin(), last.end(), [&](double x) { return x >= 0.9 * value; });
            EXPECT_DOUBLE_EQ(ln_p, std::log((1.0 + static_cast<double>(above)) /
                                            (static_cast<double>(last.size()) + 1)));
        }
        reference.add(value);
        last.push_back(value);
        if (last.size() > 2000) last.pop_front();
    }
}

TEST(RollingReference, IsCalibratedFarOutToo) {
    Random random(5);
    RollingReference reference;
    int hundredth = 0;
    int ten_thousandth = 0;
    constexpr int rows = 200'000;
    for (int i = 0; i < rows; ++i) {
        const double value = std::abs(random.normal());
        // Without the tenth that counts as equal.
        const double ln_p = i < 2000 ? 0 : reference.ln_p(value / 0.9);
        hundredth += ln_p <= std::log(0.01);
        ten_thousandth += ln_p <= std::log(0.0001);
        reference.add(value);
    }
    EXPECT_NEAR(hundredth, 0.01 * rows, 0.001 * rows);
    EXPECT_NEAR(ten_thousandth, 0.0001 * rows, 0.0001 * rows);
}

TEST(RollingReference, OneAnomalyDoesNotHideTheNextAndManyDo) {
    const auto after = [](int anomalies) {
        Random random(6);
        RollingReference reference;
        for (int i = 0; i < 1500; ++i)
            reference.add(i >= 150 && i % 15 == 0 && i / 15 < 10 + anomalies
                              ? 1e6
                              : std::abs(random.normal()));
        return reference.ln_p(12);
    };
    EXPECT_LT(after(0), std::log(1e-5));
    EXPECT_LT(after(1), std::log(1e-4));
    EXPECT_GT(after(60), std::log(0.03)); // 60 of 1,500
}

} // namespace
} // namespace recon::evidence
