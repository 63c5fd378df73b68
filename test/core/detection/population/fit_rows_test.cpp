#include "core/detection/population/fit_rows.hpp"

#include <cstdint>

#include <gtest/gtest.h>

namespace recon::breaks {
namespace {

TEST(FitRows, GrowsInStepsOfAnEighth) {
    std::uint64_t before = 0;
    std::uint64_t steps = 0;
    for (std::uint64_t rows = 0; rows <= 100'000; ++rows) {
        const auto fitted = rows_to_fit(rows);
        ASSERT_LE(fitted, rows);
        ASSERT_GE(fitted, before);
        ASSERT_GT(9 * (fitted + 1), 8 * rows) << rows;
        ASSERT_TRUE(rows >= 16 || fitted == rows) << rows;
        if (fitted != before) {
            // Once reached, it stays for an eighth of it.
            ASSERT_EQ(fitted, rows);
            ++steps;
        }
        before = fitted;
    }
    EXPECT_LT(steps, 100U);
    EXPECT_GT(rows_to_fit(10'000'000'000), 8'888'888'888U);
}

} // namespace
} // namespace recon::breaks
