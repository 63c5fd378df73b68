#include "core/models/date_parts.hpp"

#include <array>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace recon::models {
namespace {

TEST(DateParts, CountTheMonthFromBothEnds) {
    const auto day = series::day_of({2024, 2, 28}); // a Wednesday
    EXPECT_EQ(date_parts(day), (std::array<double, 4>{3, 28, 1, 2}));
    for (const auto extreme : {std::numeric_limits<series::Day>::min() + 1,
                               std::numeric_limits<series::Day>::max() - 1}) {
        for (const double part : date_parts(extreme))
            EXPECT_TRUE(std::isfinite(part));
    }
}

} // namespace
} // namespace recon::models
