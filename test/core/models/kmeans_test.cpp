#include "core/models/kmeans.hpp"

#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "models/models_reference.hpp"
#include "models/tables.hpp"

namespace recon::models {
namespace {

using test::sample_of;

TEST(KMeans, ReachesTheInertiaOfTheReference) {
    std::vector<double> table;
    for (int i = 0; i < 200; ++i) {
        const int part = i % 4;
        table.insert(table.end(),
                     {part * 100.0 + (i * i * 7) % 13, part * part * 50.0 + (i * i * 11) % 17});
    }
    const auto sample = sample_of(table, 2);
    const KMeans raw(sample, {.clusters = 4, .scaling = Scaling::none});
    EXPECT_NEAR(raw.inertia(), test::inertia[0], 1e-6 * test::inertia[0]);
    const KMeans scaled(sample, {.clusters = 4});
    EXPECT_NEAR(scaled.inertia(), test::inertia[1], 1e-6 * test::inertia[1]);
    for (std::size_t i = 4; i < 200; ++i)
        EXPECT_EQ(raw.cluster(std::span(table).subspan(2 * i, 2)),
                  raw.cluster(std::span(table).subspan(2 * (i % 4), 2)));
}

} // namespace
} // namespace recon::models
