#include "core/models/isolation_forest.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "core/models/model_bytes.hpp"
#include "core/models/path_length.hpp"
#include "models/tables.hpp"
#include "with_all_vectors.hpp"

namespace recon::models {
namespace {

using test::normal_table;
using test::sample_of;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(IsolationForest, RowsFarOutScoreHigh) {
    const auto table = normal_table(5000, 4, 1);
    const IsolationForest forest(sample_of(table, 4), {});
    const std::vector<double> center(4, 0.0);
    const std::vector<double> far{0, 0, 9, 0};
    const std::vector<double> farther(4, 9.0);
    EXPECT_LT(forest.score(center), 0.42);
    EXPECT_GT(forest.score(far), 0.5);
    EXPECT_GT(forest.score(farther), 0.7);
}

TEST(IsolationForest, BlocksAndSingleRowsAndPlainWalkingAgreeToTheBit) {
    for (const std::size_t columns : {1UL, 3UL, 6UL, 70UL}) {
        auto table = normal_table(777, columns, columns);
        for (std::size_t i = 0; i < table.size(); i += 5)
            table[i] = std::round(table[i]); // ties with thresholds and each other
        const IsolationForest forest(sample_of(table, columns), {.trees = 37});
        const Rows rows{table.data(), 777, columns};
        std::vector<double> scores(rows.count);
        forest.score(rows, scores);
        for (std::size_t i = 0; i < rows.count; ++i) {
            EXPECT_EQ(scores[i], forest.score(rows[i]));
            const double usual = std::round(1024 * average_path_length(256)) / 1024;
            EXPECT_NEAR(scores[i], std::exp2(-forest.mean_depth(rows.row(i)) / usual), 1e-12);
        }
    }
}

TEST(IsolationForest, GivesTheSameBitsWithAllVectorInstructions) {
    for (const std::size_t columns : {1UL, 3UL, 70UL}) {
        auto table = normal_table(777, columns, columns);
        for (std::size_t i = 0; i < table.size(); i += 5)
            table[i] = std::round(table[i]); // ties with thresholds and each other
        const IsolationForest forest(sample_of(table, columns), {.trees = 37});
        for (const std::size_t count : {8UL, 17UL, 777UL}) {
            recon::test::expect_the_same_with_all_vectors([&] {
                std::vector<double> scores(count);
                forest.score(Rows{table.data(), count, columns}, scores);
                return scores;
            });
        }
    }
}

TEST(IsolationForest, ManyTreesOfManyRowsAreScoredInGroups) {
    // Together more thresholds in the one column than 15 bits tell apart.
    const auto table = normal_table(6000, 1, 3);
    const IsolationForest forest(sample_of(table, 1), {.trees = 200, .sample_size = 2048});
    const Rows rows{table.data(), 6000, 1};
    std::vector<double> scores(rows.count);
    forest.score(rows, scores);
    const double usual = std::round(1024 * average_path_length(2048)) / 1024;
    for (std::size_t i = 0; i < rows.count; i += 97)
        EXPECT_NEAR(scores[i], std::exp2(-forest.mean_depth(rows.row(i)) / usual), 1e-12);
}

TEST(IsolationForest, ConstantColumnsAreNeverSplit) {
    auto table = normal_table(1000, 2, 2);
    for (std::size_t i = 0; i < 1000; ++i)
        table[2 * i + 1] = 7;
    const IsolationForest forest(sample_of(table, 2), {});
    EXPECT_EQ(forest.score(std::vector<double>{0.3, 7}),
              forest.score(std::vector<double>{0.3, -99}));
    EXPECT_EQ(forest.contributions(std::vector<double>{9, 0})[1], 0);
}

TEST(IsolationForest, WhereNothingDiffersEveryScoreIsAHalf) {
    for (const std::size_t rows : {1UL, 2UL, 255UL, 1000UL}) {
        const IsolationForest forest(sample_of(std::vector<double>(3 * rows, 5.0), 3), {});
        EXPECT_EQ(forest.score(std::vector<double>{5, 5, 5}), 0.5) << rows;
        EXPECT_EQ(forest.score(std::vector<double>{1e300, 0, nan}), 0.5) << rows;
    }
}

TEST(IsolationForest, TwoRowsAreToldApart) {
    const IsolationForest forest(sample_of({1, 2, 3, 4}, 2), {});
    // Each is alone at depth 1, and c(2) = 1.
    EXPECT_EQ(forest.score(std::vector<double>{1, 2}), 0.5);
    EXPECT_EQ(forest.score(std::vector<double>{3, 4}), 0.5);
}

TEST(IsolationForest, AMissingValueTakesBothBranches) {
    // One column decides; with it missing, the depth is the mean over the rows of the sample.
    const auto table = normal_table(256, 1, 5);
    std::vector<double> pairs;
    for (const double value : table)
        pairs.insert(pairs.end(), {value, 1.0});
    const IsolationForest forest(sample_of(pairs, 2), {.trees = 20});
    double mean = 0;
    for (std::size_t i = 0; i < 256; ++i)
        mean += forest.mean_depth(pairs.data() + 2 * i) / 256;
    const std::vector<double> missing{nan, 1};
    EXPECT_NEAR(forest.mean_depth(missing.data()), mean, 1e-9);
}

TEST(IsolationForest, LearnsFromRowsWithMissingValues) {
    auto table = normal_table(3000, 3, 6);
    Random random(1);
    for (auto& value : table)
        if (random.below(4) == 0) value = nan;
    const IsolationForest forest(sample_of(table, 3), {});
    EXPECT_GT(forest.score(std::vector<double>{8, nan, 0}),
              forest.score(std::vector<double>{0, nan, 0}) + 0.1);
    EXPECT_NEAR(forest.fit().centers[0].missing, 0.25, 0.03);
}

TEST(IsolationForest, RowsThatAreNoNumbersHaveNoScore) {
    const auto table = normal_table(300, 2, 7);
    const IsolationForest forest(sample_of(table, 2), {});
    EXPECT_TRUE(std::isnan(forest.score(std::vector<double>{infinity, 0})));
    EXPECT_TRUE(std::isnan(forest.score(std::vector<double>{nan, -infinity})));
    EXPECT_TRUE(std::isnan(forest.score(std::vector<double>{nan, nan})));
    EXPECT_TRUE(std::isnan(forest.contributions(std::vector<double>{nan, nan})[0]));
    EXPECT_THROW((void)forest.score(std::vector<double>{1}), Error);
    EXPECT_THROW((void)forest.contributions(std::vector<double>{1, 2, 3}), Error);
}

TEST(IsolationForest, HugeAndTinyNumbersAreNumbers) {
    std::vector<double> table;
    Random random(3);
    for (int i = 0; i < 500; ++i)
        table.insert(table.end(), {1.7e308 * (2 * random.uniform() - 1), 1e-310 * random.uniform(),
                                   1e15 + random.uniform()});
    for (const std::uint32_t columns_per_split : {1U, 2U}) {
        const IsolationForest forest(sample_of(table, 3), {.columns_per_split = columns_per_split});
        for (std::size_t i = 0; i < 500; i += 50) {
            const double score = forest.score(std::span(table).subspan(3 * i, 3));
            EXPECT_TRUE(score > 0 && score < 1) << score;
        }
    }
}

TEST(IsolationForest, DuplicatesKeepTheirShare) {
    // 900 equal rows among 1,000: they are the thick of it.
    std::vector<double> table(1800, 0.0);
    const auto others = normal_table(100, 2, 9);
    table.insert(table.end(), others.begin(), others.end());
    const IsolationForest forest(sample_of(table, 2), {});
    const double usual = forest.score(std::vector<double>{0, 0});
    for (std::size_t i = 0; i < 100; ++i)
        EXPECT_GT(forest.score(std::span(others).subspan(2 * i, 2)), usual);
}

TEST(IsolationForest, ThousandColumns) {
    const auto table = normal_table(300, 1000, 10);
    const IsolationForest forest(sample_of(table, 1000), {.trees = 50});
    std::vector<double> far(1000, 6.0);
    EXPECT_GT(forest.score(far), forest.score(std::span(table).first(1000)) + 0.2);
}

TEST(IsolationForest, ContributionsPointAtTheColumnAndItsDirection) {
    const auto table = normal_table(5000, 5, 11);
    const IsolationForest forest(sample_of(table, 5), {.trees = 200});
    for (std::size_t planted = 0; planted < 5; ++planted) {
        for (const double direction : {-1.0, 1.0}) {
            std::vector<double> row(5, 0.01);
            row[planted] = 12 * direction;
            const auto shares = forest.contributions(row);
            for (std::size_t j = 0; j < 5; ++j)
                EXPECT_LE(std::abs(shares[j]), std::abs(shares[planted]));
            EXPECT_GT(shares[planted] * direction, 0);
        }
    }
}

TEST(IsolationForest, HyperplanesDoNotMindUnitsOfMeasure) {
    const auto table = normal_table(2000, 3, 12);
    auto scaled = table;
    for (std::size_t i = 0; i < scaled.size(); i += 3)
        scaled[i] *= 1024; // a power of two: rounds nothing
    // The same rows for both: a sample's order follows the content.
    auto sample = sample_of(table, 3);
    const IsolationForest forest(sample, {.columns_per_split = 2});
    for (std::size_t i = 0; i < sample.values.size(); i += 3)
        sample.values[i] *= 1024;
    const IsolationForest other(sample, {.columns_per_split = 2});
    for (std::size_t i = 0; i < 2000; i += 100)
        EXPECT_EQ(forest.score(std::span(table).subspan(3 * i, 3)),
                  other.score(std::span(scaled).subspan(3 * i, 3)));
}

TEST(IsolationForest, HyperplanesFindWhatBreaksARule) {
    // Two columns that are equal but for noise; the stranger is ordinary in each.
    Random random(13);
    std::vector<double> table;
    for (int i = 0; i < 2000; ++i) {
        const double x = random.normal();
        table.insert(table.end(), {x, x + 0.05 * random.normal()});
    }
    const IsolationForest forest(sample_of(table, 2), {.columns_per_split = 2});
    EXPECT_GT(forest.score(std::vector<double>{1, -1}),
              forest.score(std::vector<double>{1, 1}) + 0.1);
}

TEST(IsolationForest, BytesGiveTheSameModel) {
    auto table = normal_table(500, 3, 14);
    table[7] = nan;
    for (const std::uint32_t columns_per_split : {1U, 3U}) {
        const IsolationForest forest(sample_of(table, 3, 42),
                                     {.trees = 30, .columns_per_split = columns_per_split});
        const auto bytes = model_bytes(forest);
        const auto read = read_model(bytes);
        EXPECT_EQ(model_bytes(*read), bytes);
        EXPECT_EQ(read->method(), "isolation_forest");
        const Rows rows{table.data(), 500, 3};
        std::vector<double> a(500);
        std::vector<double> b(500);
        forest.score(rows, a);
        read->score(rows, b);
        EXPECT_EQ(a, b);
        EXPECT_EQ(forest.contributions(rows[3]), read->contributions(rows[3]));
    }
}

TEST(IsolationForest, SeedAndRowsDecideAlone) {
    const auto table = normal_table(400, 2, 15);
    auto reversed = table;
    for (std::size_t i = 0; i < 200; ++i)
        std::swap_ranges(reversed.begin() + 2 * std::ptrdiff_t(i),
                         reversed.begin() + 2 * std::ptrdiff_t(i) + 2,
                         reversed.begin() + 2 * std::ptrdiff_t(399 - i));
    const auto bytes = model_bytes(IsolationForest(sample_of(table, 2, 1), {}));
    EXPECT_EQ(bytes, model_bytes(IsolationForest(sample_of(reversed, 2, 1), {})));
    EXPECT_NE(bytes, model_bytes(IsolationForest(sample_of(table, 2, 2), {})));
}

} // namespace
} // namespace recon::models
