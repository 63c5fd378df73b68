#include "core/detection/baseline/slopes_within.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "with_all_vectors.hpp"

namespace recon::breaks {
namespace {

TEST(SlopesWithin, AreThoseThatLieWithinTheLimitsInTheirOrder) {
    Random random(32);
    for (int round = 0; round < 2000; ++round) {
        const std::size_t n = random.below(40);
        const std::size_t rows_apart = 1 + random.below(8);
        const auto apart = static_cast<double>(rows_apart);
        std::vector<double> values(n + rows_apart);
        for (double& value : values)
            value = static_cast<double>(random.below(30));
        // Halves of whole numbers, so that products are exact and pairs lie on the limits.
        const double lower = 0.5 * (static_cast<double>(random.below(20)) - 12);
        const double upper = lower + 0.5 * static_cast<double>(random.below(10));
        std::size_t below = 0;
        std::vector<double> expected;
        for (std::size_t i = 0; i < n; ++i) {
            const double step = values[i + rows_apart] - values[i];
            below += step < lower * apart ? 1 : 0;
            if (step >= lower * apart && step <= upper * apart) expected.push_back(step / apart);
        }
        test::with_all_vectors([&] {
            std::vector<double> slopes(n + slopes_overrun, -1);
            const auto found = slopes_within(values, rows_apart, lower, upper, slopes.data());
            ASSERT_EQ(found.below, below);
            ASSERT_EQ(found.within, expected.size());
            slopes.resize(found.within);
            ASSERT_EQ(slopes, expected);
        });
    }
}

} // namespace
} // namespace recon::breaks
