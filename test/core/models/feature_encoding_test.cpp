// Rows of mixed columns: what becomes of amounts, categories and dates.
#include "core/models/feature_encoding.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "core/models/date_parts.hpp"
#include "core/models/fit.hpp"
#include "core/models/model_bytes.hpp"
#include "models/tables.hpp"

namespace recon::models {
namespace {

using enum FeatureKind;

constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<double> encode(const FeatureEncoding& encoding, const std::vector<double>& row) {
    std::vector<double> features(row.size());
    encoding.encode({row.data(), 1, row.size()}, features.data());
    return features;
}

double encode_one(const FeatureEncoding& encoding, double value) {
    return encode(encoding, {value})[0];
}

// Values 1 to 9: median 5, median absolute deviation 2.
TEST(FeatureEncoding, ScalesAmounts) {
    const FeatureKind kinds[] = {amount};
    const FeatureEncoding encoding(test::sample_of({1, 2, 3, 4, 5, 6, 7, 8, 9}, 1), kinds);
    EXPECT_DOUBLE_EQ(encode_one(encoding, 5), 0);
    EXPECT_DOUBLE_EQ(encode_one(encoding, 9), std::asinh(2));
    EXPECT_DOUBLE_EQ(encode_one(encoding, -1e6 + 5), std::asinh(-5e5));
    EXPECT_TRUE(std::isfinite(encode_one(encoding, -1.7e308)));
    EXPECT_TRUE(std::isnan(encode_one(encoding, missing_value)));
    EXPECT_EQ(encode_one(encoding, infinity), infinity);
}

// More than half of the amounts are equal: the others are 20 away on average.
TEST(FeatureEncoding, ScalesAmountsThatAreMostlyEqual) {
    const FeatureKind kinds[] = {amount};
    const FeatureEncoding encoding(test::sample_of({7, 7, 7, 7, 7, 37, -3}, 1), kinds);
    EXPECT_DOUBLE_EQ(encode_one(encoding, 27), std::asinh(1));
    const FeatureEncoding constant(test::sample_of({7, 7, 7}, 1), kinds);
    EXPECT_EQ(encode_one(constant, 7), 0);
    EXPECT_TRUE(std::isfinite(encode_one(constant, 8)));
}

TEST(FeatureEncoding, KnowsHowRareCategoriesAre) {
    const FeatureKind kinds[] = {category};
    const auto code = [](std::uint64_t name) { return category_code(mix64(name)); };
    std::vector<double> rows(6, code(1));
    rows.insert(rows.end(), 3, code(2));
    rows.push_back(code(3));
    rows.push_back(missing_value);
    const FeatureEncoding encoding(test::sample_of(rows, 1), kinds);
    EXPECT_DOUBLE_EQ(encode_one(encoding, code(1)), std::log(10.0 / 6));
    EXPECT_DOUBLE_EQ(encode_one(encoding, code(2)), std::log(10.0 / 3));
    EXPECT_DOUBLE_EQ(encode_one(encoding, code(3)), std::log(10.0)); // there once, and
    EXPECT_DOUBLE_EQ(encode_one(encoding, code(4)), std::log(10.0)); // never
    EXPECT_TRUE(std::isnan(encode_one(encoding, missing_value)));
}

TEST(FeatureEncoding, FindsNoIdentifierStrange) {
    const FeatureKind kinds[] = {category};
    std::vector<double> rows;
    for (std::uint64_t i = 0; i < 500; ++i)
        rows.push_back(category_code(mix64(i)));
    const FeatureEncoding encoding(test::sample_of(rows, 1), kinds);
    EXPECT_EQ(encode_one(encoding, rows[17]), encode_one(encoding, category_code(mix64(999))));
}

TEST(FeatureEncoding, LeavesNumbersAlone) {
    const FeatureKind kinds[] = {number, amount};
    const FeatureEncoding encoding(test::sample_of({3, 1, 1e300, 2, -4, 3}, 2), kinds);
    EXPECT_EQ(encode(encoding, {1e300, 2}), (std::vector<double>{1e300, 0}));
}

// Two columns: an amount that says nothing, a category of which one row has another.
class MixedFit : public testing::TestWithParam<const char*> {
  protected:
    static constexpr double kinds[] = {1, 2};
    static std::vector<double> row(std::uint64_t i) {
        return {static_cast<double>(i % 50), category_code(mix64(i == 300 ? 77 : i % 3))};
    }
};

TEST_P(MixedFit, FindsTheRareCategory) {
    Fit fit(GetParam(), {});
    fit.expect_kinds(kinds);
    for (std::uint64_t i = 0; i < 600; ++i)
        fit.rows().add(row(i));
    const auto model = fit.fit();
    EXPECT_GT(model->score(row(300)), model->score(row(301)));
    EXPECT_EQ(model->score(std::vector<double>{0, category_code(mix64(12345))}),
              model->score(row(300)));
    EXPECT_GT(model->contributions(row(300))[1], 0);
    EXPECT_TRUE(std::isnan(model->score(std::vector<double>{infinity, 3})));
    EXPECT_FALSE(std::isnan(model->score(std::vector<double>{3, missing_value})));
    const auto read = read_model(model_bytes(*model));
    EXPECT_EQ(model_bytes(*read), model_bytes(*model));
    EXPECT_EQ(read->score(row(5)), model->score(row(5)));
    EXPECT_EQ(read->kinds().size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(All, MixedFit,
                         testing::Values("isolation_forest", "neighbour_distance", "mahalanobis",
                                         "ecod", "histogram", "ensemble", "autoencoder"),
                         [](const auto& info) { return std::string(info.param); });

TEST(MixedFit, MergesRowsOfTheSameKindsOnly) {
    Fit plain("ecod", {});
    Fit mixed = plain;
    const std::vector<double> line{0, 2};
    mixed.expect_kinds(line);
    Fit other = plain;
    plain.rows().add(std::vector<double>{1, 2});
    mixed.rows().add(std::vector<double>{1, 2});
    EXPECT_THROW(plain.merge(mixed), Error);
    EXPECT_THROW(mixed.merge(plain), Error);
    EXPECT_THROW(mixed.expect_kinds({}), Error);
    EXPECT_THROW(mixed.expect_kinds(std::vector<double>{0, 1}), Error);
    EXPECT_THROW(plain.expect_kinds(line), Error);
    mixed.merge(other); // of no rows
    other.merge(mixed);
    EXPECT_EQ(other.fit()->kinds().size(), 2U);
}

} // namespace
} // namespace recon::models
