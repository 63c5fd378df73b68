#include "core/models/ensemble.hpp"

#include <numeric>

#include <gtest/gtest.h>

#include "models/tables.hpp"

namespace recon::models {
namespace {

TEST(Ensemble, ContributionsAddUpToTheScore) {
    const auto table = test::normal_table(1000, 3, 4);
    const Ensemble model(test::sample_of(table, 3), {});
    for (const auto& row :
         {std::vector<double>{0, 0, 9}, {0.3, -0.2, 0.1}, {-4, missing_value, 2}}) {
        const auto parts = model.contributions(row);
        const double sum = std::accumulate(parts.begin(), parts.end(), 0.0,
                                           [](double a, double b) { return a + std::abs(b); });
        EXPECT_NEAR(sum, model.score(row), 1e-9);
    }
}

// A p-value: one row of the fit in ten is at least that strange.
TEST(Ensemble, ScoresAreCalibrated) {
    const auto table = test::normal_table(4000, 3, 5);
    const Ensemble model(test::sample_of(table, 3), {});
    const auto fresh = test::normal_table(4000, 3, 6);
    std::vector<double> scores(4000);
    model.score({fresh.data(), 4000, 3}, scores);
    for (const double level : {1.0, 2.0}) {
        const auto strange = std::count_if(scores.begin(), scores.end(),
                                           [&](double score) { return score >= level; });
        const double expected = std::pow(10, -level) * 4000;
        EXPECT_GT(strange, expected / 2) << level;
        EXPECT_LT(strange, expected * 2) << level;
    }
}

// Neighbours see what no single column does: a row off the line that all others lie on.
TEST(Ensemble, FindsWhatOneMemberFinds) {
    std::vector<double> table;
    for (int i = 0; i < 2000; ++i)
        table.insert(table.end(), {i / 100.0, i / 100.0 + 0.01 * (i % 7)});
    const Ensemble model(test::sample_of(table, 2), {});
    EXPECT_GT(model.score(std::vector<double>{12, 8}), 2);
    EXPECT_LT(model.score(std::vector<double>{10, 10.02}), 1);
}

// A row that is there a million times has its share of the reference.
TEST(Ensemble, CountsRepeatedRows) {
    auto sample = test::sample_of({0, 0, 1, 0, 2, 3, 9, 9}, 2);
    for (auto& count : sample.counts)
        count = 1'000'000;
    const Ensemble model(sample, {});
    EXPECT_LE(model.score(std::vector<double>{9, 9}), std::log10(4.0));
    EXPECT_GT(model.score(std::vector<double>{99, 99}), 3);
}

TEST(Ensemble, OneRowIsNoEvidence) {
    const Ensemble model(test::sample_of({1, 2}, 2), {});
    EXPECT_EQ(model.score(std::vector<double>{1, 2}), 0);
    EXPECT_EQ(model.score(std::vector<double>{100, 2}), 0);
}

} // namespace
} // namespace recon::models
