#include "core/series/moments.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/random.hpp"
#include "series/adversarial_series.hpp"
#include "series/hostile_bytes.hpp"

namespace recon::series {
namespace {

Moments moments_of(const std::vector<double>& values) {
    Moments moments;
    for (const double value : values) {
        moments.add(value);
    }
    return moments;
}

// NIST StRD univariate summary statistics.
TEST(Moments, NumAcc1) {
    const auto moments = moments_of({10000001, 10000003, 10000002});
    EXPECT_DOUBLE_EQ(moments.mean(), 10000002);
    EXPECT_DOUBLE_EQ(moments.stddev(), 1);
}

TEST(Moments, NumAcc4) {
    std::vector<double> values{10000000.2};
    for (int i = 0; i < 500; ++i) {
        values.push_back(10000000.1);
        values.push_back(10000000.3);
    }
    const auto moments = moments_of(values);
    EXPECT_DOUBLE_EQ(moments.mean(), 10000000.2);
    EXPECT_NEAR(moments.stddev(), 0.1, 1e-8);
}

TEST(Moments, AnyCutOfTheStreamGivesTheSame) {
    Random random(1);
    std::vector<double> values(1000);
    for (auto& value : values) {
        value = std::exp(3 * random.normal());
    }
    const auto whole = moments_of(values);
    for (const std::size_t cut : {0U, 1U, 17U, 500U, 999U, 1000U}) {
        const auto at = values.begin() + static_cast<std::ptrdiff_t>(cut);
        auto left = moments_of({values.begin(), at});
        left.merge(moments_of({at, values.end()}));
        EXPECT_EQ(left.count(), whole.count());
        EXPECT_NEAR(left.mean() / whole.mean(), 1, 1e-12);
        EXPECT_NEAR(left.variance() / whole.variance(), 1, 1e-12);
        EXPECT_NEAR(left.skewness() / whole.skewness(), 1, 1e-10);
        EXPECT_NEAR(left.kurtosis() / whole.kurtosis(), 1, 1e-10);
        EXPECT_EQ(left.minimum(), whole.minimum());
        EXPECT_EQ(left.maximum(), whole.maximum());
    }
}

TEST(Moments, NullsAndNonFiniteAreCountedOnly) {
    Moments moments;
    moments.add_null();
    moments.add(std::nan(""));
    moments.add(INFINITY);
    EXPECT_EQ(moments.nulls(), 1);
    EXPECT_EQ(moments.non_finite(), 2);
    EXPECT_EQ(moments.count(), 0);
    EXPECT_TRUE(std::isnan(moments.mean()));
    EXPECT_TRUE(std::isnan(moments.minimum()));
    moments.add(5);
    EXPECT_EQ(moments.mean(), 5);
    EXPECT_TRUE(std::isnan(moments.variance()));
}

TEST(Moments, SurviveSerialization) {
    const auto moments = moments_of({1, 2, 3, 10});
    ByteWriter writer;
    moments.serialize(writer);
    ByteReader reader(writer.bytes(), "moments");
    const auto copy = Moments::deserialize(reader);
    EXPECT_EQ(copy.mean(), moments.mean());
    EXPECT_EQ(copy.kurtosis(), moments.kurtosis());
}

TEST(Moments, AFirstMergeIsACopyThatKeepsTheCounters) {
    Moments empty;
    empty.add_null();
    empty.add(std::nan(""));
    empty.merge(moments_of({0.1, 0.1, 0.1}));
    EXPECT_EQ(empty.mean(), 0.1);
    EXPECT_EQ(empty.variance(), 0);
    EXPECT_EQ(empty.nulls(), 1);
    EXPECT_EQ(empty.non_finite(), 1);
}

TEST(Moments, NoSeriesMakesThemANumberThatIsNone) {
    for (const auto& [name, values] : testing::adversarial_series(200)) {
        const auto moments = moments_of(values);
        EXPECT_EQ(moments.count() + moments.non_finite(), 200) << name;
        if (moments.count() < 2) continue;
        EXPECT_TRUE(std::isfinite(moments.mean())) << name;
        EXPECT_GE(moments.variance(), 0) << name;
        EXPECT_FALSE(std::isinf(moments.skewness())) << name;
        EXPECT_FALSE(std::isinf(moments.kurtosis())) << name;

        ByteWriter writer;
        moments.serialize(writer);
        ByteReader reader(writer.bytes(), "moments");
        const auto copy = Moments::deserialize(reader);
        EXPECT_EQ(copy.mean(), moments.mean()) << name;
        EXPECT_EQ(copy.variance(), moments.variance()) << name;
    }
}

TEST(Moments, HostileBytesAreRefusedOrHarmless) {
    for (const auto& values : {std::vector<double>{}, std::vector<double>{1, 2, 3, 10}}) {
        ByteWriter writer;
        moments_of(values).serialize(writer);
        testing::expect_hostile_bytes_are_harmless(
            writer.bytes(), [](ByteReader& reader) { return Moments::deserialize(reader); },
            [](Moments& read) {
                read.merge(read);
                read.add(1);
                EXPECT_FALSE(read.variance() < 0);
                EXPECT_LE(read.minimum(), read.maximum());
            });
    }
}

} // namespace
} // namespace recon::series
