#include "core/models/neighbour_distance.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "models/tables.hpp"

namespace recon::models {
namespace {

using test::normal_table;
using test::sample_of;

TEST(NeighbourDistance, CountsEqualRowsOnce) {
    std::vector<double> table = normal_table(100, 2, 1);
    const NeighbourDistance once(sample_of(table, 2), {.scaling = Scaling::none});
    for (int i = 0; i < 1000; ++i)
        table.insert(table.end(), {0.25, 0.5});
    const NeighbourDistance often(sample_of(table, 2), {.scaling = Scaling::none});
    table.resize(202);
    const NeighbourDistance twice(sample_of(table, 2), {.scaling = Scaling::none});
    const std::vector<double> row{0.25, 0.5};
    EXPECT_NEAR(often.score(row), twice.score(row), 1e-12);
    EXPECT_NEAR(often.score(row), once.score(row), 1e-12); // itself is no neighbour
}

} // namespace
} // namespace recon::models
