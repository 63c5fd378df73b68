#include "core/models/local_outlier_factor.hpp"

#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "models/tables.hpp"

namespace recon::models {
namespace {

using test::sample_of;

TEST(LocalOutlierFactor, OfFourPublishedValues) {
    const std::vector<double> values{-1.1, 0.2, 101.1, 0.3};
    const double expected[] = {.98214, 1.03704, 73.36971, .98214};
    for (const auto scaling : {Scaling::none, Scaling::standard}) {
        const LocalOutlierFactor model(sample_of(values, 1), {.neighbours = 2, .scaling = scaling});
        for (std::size_t i = 0; i < 4; ++i)
            EXPECT_NEAR(model.score(std::span(values).subspan(i, 1)), expected[i], 5e-6);
    }
}

} // namespace
} // namespace recon::models
