#include "core/models/mahalanobis.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/models/model_bytes.hpp"
#include "models/tables.hpp"

namespace recon::models {
namespace {

using test::normal_table;
using test::sample_of;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

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
