// What every method promises, whatever the rows are.
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "core/models/fit.hpp"
#include "core/models/model_bytes.hpp"
#include "models/tables.hpp"

namespace recon::models {
namespace {

using test::normal_table;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

class Methods : public testing::TestWithParam<const char*> {
  protected:
    [[nodiscard]] std::unique_ptr<const Model> fit(const std::vector<double>& table,
                                                   std::size_t columns, bool scaled = true) const {
        FitOptions options;
        const std::string_view method = GetParam();
        if (!scaled && method != "isolation_forest" && method != "ecod" && method != "histogram")
            options.set("scale", std::string("none"));
        Fit fit(method, options);
        for (std::size_t i = 0; i < table.size(); i += columns)
            fit.rows().add(std::span(table).subspan(i, columns));
        return fit.fit();
    }
};

// A score that is a number, for every row.
void expect_numbers(const Model& model, const std::vector<double>& rows) {
    const std::size_t columns = model.columns();
    std::vector<double> scores(rows.size() / columns);
    model.score({rows.data(), scores.size(), columns}, scores);
    for (std::size_t i = 0; i < scores.size(); ++i) {
        const auto row = std::span(rows).subspan(i * columns, columns);
        EXPECT_TRUE(scores[i] >= 0 && std::isfinite(scores[i])) << i << ": " << scores[i];
        EXPECT_EQ(scores[i], model.score(row)) << i;
        for (const double share : model.contributions(row))
            EXPECT_TRUE(std::isfinite(share)) << i;
    }
}

TEST_P(Methods, RankTheFarRowFirst) {
    const auto table = normal_table(2000, 4, 1);
    const auto model = fit(table, 4);
    EXPECT_EQ(model->method(), GetParam());
    const std::vector<double> usual(4, 0.1);
    const std::vector<double> far{0.1, -12, 0.1, 0.1};
    EXPECT_GT(model->score(far), model->score(usual));
    const auto shares = model->contributions(far);
    EXPECT_LT(shares[1], 0);
    for (const std::size_t j : {0UL, 2UL, 3UL})
        EXPECT_GT(std::abs(shares[1]), std::abs(shares[j]));
}

TEST_P(Methods, DefineOddRows) {
    auto table = normal_table(500, 3, 2);
    table[4] = nan;
    table[9] = infinity;
    for (std::size_t i = 0; i < 300; ++i)
        table.insert(table.end(), {0, 0, 0});
    const auto model = fit(table, 3);
    expect_numbers(*model, {nan, 0, 0, nan, nan, 9, 1e308, -1e308, 0, 0, 0, 0, 1e-320, 0, 5});
    EXPECT_TRUE(std::isnan(model->score(std::vector<double>{infinity, 0, 0})));
    EXPECT_TRUE(std::isnan(model->score(std::vector<double>{nan, nan, nan})));
    EXPECT_TRUE(std::isnan(model->contributions(std::vector<double>{0, 0, -infinity})[0]));
    EXPECT_THROW((void)model->score(std::vector<double>{1, 2}), Error);
    EXPECT_EQ(model->fit().non_finite_values, 1U);
}

TEST_P(Methods, DefineOddTables) {
    for (const bool scaled : {true, false}) {
        expect_numbers(*fit({1, 2, 3}, 3, scaled), {1, 2, 3, 4, 5, 6, nan, 1, 1});     // one row
        expect_numbers(*fit({1, 2, 3}, 1, scaled), {1, 9, 1e300});                     // one column
        expect_numbers(*fit({5, 5, 5, 5, 5, 5}, 2, scaled), {5, 5, 6, 5, 1e300, nan}); // constant
        expect_numbers(*fit({1, nan, 2, nan, 3, nan}, 2, scaled), {1, nan, 9, 9});     // no values
        expect_numbers(*fit({1, 2, 2, 4, 3, 6, 4, 8}, 2, scaled), {2.5, 5, 3, 1});     // collinear
        expect_numbers(*fit({1, 1, -1, -1}, 2, scaled), {1, 1, 1, -1});
        std::vector<double> huge;
        Random random(3);
        for (int i = 0; i < 300; ++i)
            huge.insert(huge.end(), {1.7e308 * (2 * random.uniform() - 1),
                                     1e-310 * random.uniform(), 1e15 + random.uniform()});
        const auto model = fit(huge, 3, scaled);
        expect_numbers(*model, huge);
        expect_numbers(*model, {-1.7e308, 1, -1e300, 0, 0, 0});
    }
}

TEST_P(Methods, HoldAThousandColumns) {
    const auto table = normal_table(200, 1000, 5);
    const auto model = fit(table, 1000);
    EXPECT_GT(model->score(std::vector<double>(1000, 6.0)),
              model->score(std::span(table).first(1000)));
}

TEST_P(Methods, NeedAValue) {
    Fit fit(GetParam(), {});
    EXPECT_EQ(fit.fit(), nullptr);
    fit.rows().add(std::vector<double>{nan, infinity});
    EXPECT_EQ(fit.fit(), nullptr);
}

TEST_P(Methods, AreTheirBytes) {
    auto table = normal_table(300, 3, 6);
    table[7] = nan;
    for (const bool scaled : {true, false}) {
        const auto model = fit(table, 3, scaled);
        const auto bytes = model_bytes(*model);
        const auto read = read_model(bytes);
        EXPECT_EQ(model_bytes(*read), bytes);
        const Rows rows{table.data(), 300, 3};
        std::vector<double> a(300);
        std::vector<double> b(300);
        model->score(rows, a);
        read->score(rows, b);
        EXPECT_EQ(a, b);
        EXPECT_EQ(model->contributions(rows[3]), read->contributions(rows[3]));
    }
}

TEST_P(Methods, DoNotMindTheOrderOfRows) {
    auto table = normal_table(400, 2, 15);
    const auto bytes = model_bytes(*fit(table, 2));
    for (std::size_t i = 0; i < 200; ++i)
        for (std::size_t j = 0; j < 2; ++j)
            std::swap(table[2 * i + j], table[2 * (399 - i) + j]);
    EXPECT_EQ(model_bytes(*fit(table, 2)), bytes);
}

TEST_P(Methods, KnowClustersOrSaySo) {
    const auto model = fit({1, 2, 3, 50, 51}, 1);
    const std::vector<double> row{2};
    if (std::string_view(GetParam()) == "kmeans") {
        EXPECT_GE(model->cluster(row), 1U);
        EXPECT_EQ(model->cluster(std::vector<double>{infinity}), 0U);
    } else {
        EXPECT_THROW((void)model->cluster(row), Error);
    }
}

INSTANTIATE_TEST_SUITE_P(All, Methods,
                         testing::Values("isolation_forest", "neighbour_distance", "mahalanobis",
                                         "ecod", "histogram", "local_outlier_factor", "kmeans",
                                         "ensemble", "autoencoder"),
                         [](const auto& info) { return std::string(info.param); });

} // namespace
} // namespace recon::models
