#include "core/models/rolling_model.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "models/tables.hpp"

namespace recon::models {
namespace {

FitOptions few_trees() {
    FitOptions options;
    options.set("trees", 10.0);
    options.set("max_rows", 100.0);
    return options;
}

// Against a forest fitted on all rows up to the last time their number had doubled.
TEST(RollingModel, JudgesByTheRowsBefore) {
    const auto table = test::normal_table(600, 2, 3);
    RollingModel rolling(Fit("isolation_forest", few_trees()));
    for (std::size_t i = 0; i < 600; ++i) {
        const auto row = std::span(table).subspan(2 * i, 2);
        rolling.advance();
        const double score = rolling.score(row, {});
        if (i < RollingModel::fewest_rows) {
            EXPECT_TRUE(std::isnan(score)) << i;
            continue;
        }
        std::size_t known = RollingModel::fewest_rows;
        while (2 * known <= i)
            known *= 2;
        Fit fit("isolation_forest", few_trees());
        for (std::size_t k = 0; k < known; ++k)
            fit.rows().add(std::span(table).subspan(2 * k, 2));
        EXPECT_EQ(score, fit.fit()->score(row)) << i;
    }
}

// Rows of one place do not judge each other, whatever their order.
TEST(RollingModel, PlacesEnterTogether) {
    RollingModel rolling(Fit("isolation_forest", few_trees()));
    rolling.advance();
    for (int i = 0; i < 100; ++i)
        EXPECT_TRUE(std::isnan(rolling.score(std::vector<double>{i * 1.0}, {})));
    rolling.advance();
    EXPECT_GT(rolling.score(std::vector<double>{500}, {}),
              rolling.score(std::vector<double>{50}, {}));
}

TEST(RollingModel, DefinesOddRows) {
    RollingModel rolling(Fit("isolation_forest", few_trees()));
    const auto score = [&](double x) {
        rolling.advance();
        return rolling.score(std::vector<double>{x}, {});
    };
    for (int i = 0; i < 40; ++i)
        (void)score(missing_value);
    EXPECT_TRUE(std::isnan(score(7))); // no row held a value
    for (int i = 0; i < 100; ++i)
        (void)score(7);
    EXPECT_EQ(score(9), 0.5); // a constant distinguishes nothing
    EXPECT_TRUE(std::isnan(score(std::numeric_limits<double>::infinity())));
    EXPECT_THROW((void)rolling.score(std::vector<double>{1, 2}, {}), Error);
}

} // namespace
} // namespace recon::models
