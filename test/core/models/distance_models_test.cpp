// The models whose scores are distances or densities, against the figures of other implementations.
#include <cmath>

#include <gtest/gtest.h>

#include "core/models/ecod.hpp"
#include "core/models/local_outlier_factor.hpp"
#include "core/models/mahalanobis.hpp"
#include "core/models/neighbour_distance.hpp"
#include "models/models_reference.hpp"
#include "models/tables.hpp"

namespace recon::models {
namespace {

using test::sample_of;

// The table of models_reference.py.
std::vector<double> reference_table() {
    std::vector<double> values;
    for (int i = 0; i < 500; ++i) {
        const int x = (i * i * 31 + i * 7) % 1009;
        const int y = (i * i * 17 + i * 101) % 797;
        const auto z = static_cast<double>((std::int64_t{i} * i * i * 5 + i) % 613);
        values.insert(values.end(), {x / 10.0, (3 * x + y) / 100.0, z});
    }
    return values;
}

// The scores of its first ten rows and of its three others.
void expect_scores(const Model& model, std::span<const double> expected) {
    auto rows = reference_table();
    rows.resize(30);
    rows.insert(rows.end(), {50, 25, 300, 500, 25, 300, 10, 39, -40});
    std::vector<double> scores(13);
    model.score({rows.data(), 13, 3}, scores);
    for (std::size_t i = 0; i < expected.size(); ++i)
        EXPECT_NEAR(scores[i], expected[i], 1e-6 * expected[i]) << model.method() << i;
}

TEST(DistanceModels, ScoreAsTheReferenceDoes) {
    const auto sample = sample_of(reference_table(), 3);
    expect_scores(NeighbourDistance(sample, {}), test::knn_standard);
    expect_scores(NeighbourDistance(sample, {.scaling = Scaling::none}), test::knn_none);
    expect_scores(LocalOutlierFactor(sample, {}), test::lof_standard);
    expect_scores(LocalOutlierFactor(sample, {.scaling = Scaling::none}), test::lof_none);
    expect_scores(Mahalanobis(sample, {}), test::mahalanobis_standard);
    expect_scores(Mahalanobis(sample, {Scaling::none}), test::mahalanobis_none);
    expect_scores(Ecod(sample, {}), test::ecod);
}

} // namespace
} // namespace recon::models
