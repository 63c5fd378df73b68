#include "core/models/path_length.hpp"

#include <gtest/gtest.h>

namespace recon::models {
namespace {

TEST(AveragePathLength, HasItsPublishedValues) {
    EXPECT_EQ(average_path_length(0), 0);
    EXPECT_EQ(average_path_length(1), 0);
    EXPECT_DOUBLE_EQ(average_path_length(2), 1);
    EXPECT_NEAR(average_path_length(256), 10.2486899256, 1e-10);
    // The form that takes ln(n - 1) + .5772 for the harmonic number, and the rest of its expansion.
    const auto rest = [](double m) { return 1 / m - 1 / (6 * m * m) + 1 / (60 * m * m * m * m); };
    EXPECT_NEAR(average_path_length(5), 2.3270200520 + rest(4), 1e-5);
    EXPECT_NEAR(average_path_length(256), 10.2447709201 + rest(255), 1e-9);
    // Sums of unit fractions, and between them no jump.
    double harmonic = 0;
    for (int n = 2; n <= 2000; ++n) {
        harmonic += 1.0 / (n - 1);
        EXPECT_NEAR(average_path_length(n), 2 * harmonic - 2.0 * (n - 1) / n, 1e-11) << n;
        EXPECT_NEAR(average_path_length(n + 1e-9), average_path_length(n), 1e-7) << n;
    }
}

} // namespace
} // namespace recon::models
