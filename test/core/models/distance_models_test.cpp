// The models whose scores are distances or densities, against the figures of other implementations.
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "core/models/ecod.hpp"
#include "core/models/kmeans.hpp"
#include "core/models/local_outlier_factor.hpp"
#include "core/models/mahalanobis.hpp"
#include "core/models/model_bytes.hpp"
#include "core/models/neighbour_distance.hpp"
#include "models/models_reference.hpp"
#include "models/tables.hpp"

namespace recon::models {
namespace {

using test::normal_table;
using test::sample_of;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

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

TEST(LocalOutlierFactor, OfFourPublishedValues) {
    const std::vector<double> values{-1.1, 0.2, 101.1, 0.3};
    const double expected[] = {.98214, 1.03704, 73.36971, .98214};
    for (const auto scaling : {Scaling::none, Scaling::standard}) {
        const LocalOutlierFactor model(sample_of(values, 1), {.neighbours = 2, .scaling = scaling});
        for (std::size_t i = 0; i < 4; ++i)
            EXPECT_NEAR(model.score(std::span(values).subspan(i, 1)), expected[i], 5e-6);
    }
}

TEST(Neighbours, AreThoseThatLookingAtAllFinds) {
    Random random(4);
    for (const std::size_t columns : {1UL, 2UL, 5UL, 40UL}) {
        for (const std::size_t count : {1UL, 15UL, 17UL, 700UL}) {
            auto table = normal_table(count, columns, columns + count);
            for (auto& value : table)
                if (random.below(2) == 0) value = std::round(value); // equal distances, equal rows
            const Neighbours set(Rows{table.data(), count, columns});
            ASSERT_LE(set.size(), count);
            std::vector<Neighbour> found;
            for (int query = 0; query < 20; ++query) {
                std::vector<double> place(columns);
                for (auto& value : place)
                    value = query % 2 == 0 ? random.normal() : std::round(random.normal());
                const std::size_t k = 1 + random.below(25);
                set.nearest(place.data(), k, found);
                std::vector<std::pair<double, std::uint32_t>> all;
                for (std::uint32_t i = 0; i < set.size(); ++i) {
                    double squared = 0;
                    for (std::size_t j = 0; j < columns; ++j) {
                        const double apart = set.coordinate(i, j) - place[j];
                        squared += apart * apart; // std::pow may round otherwise
                    }
                    if (squared > 0) all.emplace_back(squared, i);
                }
                std::sort(all.begin(), all.end());
                ASSERT_EQ(found.size(), std::min(k, all.size()));
                for (std::size_t i = 0; i < found.size(); ++i) {
                    EXPECT_EQ(found[i].squared, all[i].first);
                    EXPECT_EQ(found[i].point, all[i].second);
                }
            }
        }
    }
}

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

TEST(Mahalanobis, SeesWhatBreaksACorrelation) {
    Random random(13);
    std::vector<double> table;
    for (int i = 0; i < 2000; ++i) {
        const double x = random.normal();
        table.insert(table.end(), {x, x + 0.05 * random.normal(), 3});
    }
    const Mahalanobis model(sample_of(table, 3), {});
    EXPECT_GT(model.score(std::vector<double>{1, -1, 3}), 20);
    EXPECT_LT(model.score(std::vector<double>{1, 1, 3}), 3);
    // A column without spread has no part; a missing value leaves the distance in the others.
    EXPECT_EQ(model.score(std::vector<double>{1, 1, 3}),
              model.score(std::vector<double>{1, 1, 99}));
    EXPECT_NEAR(model.score(std::vector<double>{2, nan, 3}), 2, 0.15);
    const auto shares = model.contributions(std::vector<double>{2, nan, 3});
    EXPECT_NEAR(shares[0], 4, 0.5);
    EXPECT_EQ(shares[1], 0);
    EXPECT_EQ(shares[2], 0);
}

TEST(Mahalanobis, RowsAreScoredAloneAsInBlocks) {
    auto table = normal_table(200, 7, 3);
    for (std::size_t i = 0; i < table.size(); i += 41)
        table[i] = nan;
    const Mahalanobis model(sample_of(table, 7), {});
    const Rows rows{table.data(), 200, 7};
    std::vector<double> scores(200);
    model.score(rows, scores);
    for (std::size_t i = 0; i < 200; ++i)
        EXPECT_EQ(scores[i], model.score(rows[i]));
}

TEST(Mahalanobis, RefusesMoreColumnsThanACovarianceHasRoomFor) {
    EXPECT_THROW(Mahalanobis(sample_of(normal_table(3, 2001, 1), 2001), {}), Error);
}

} // namespace
} // namespace recon::models
