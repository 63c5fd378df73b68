#include "core/series/moments.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/series/admitted.hpp"
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

std::vector<std::byte> bytes_of(const Moments& moments) {
    ByteWriter writer;
    moments.serialize(writer);
    return writer.bytes();
}

// The textbook formulas in numbers of 1,000 bits with an exponent of any size.
using Long = boost::multiprecision::number<
    boost::multiprecision::cpp_bin_float<1000, boost::multiprecision::digit_base_2, void, int,
                                         -50000, 50000>,
    boost::multiprecision::et_off>;

struct Twin {
    Long mean, squares, cubes, fourths;
    Long n;
};

Twin twin_of(const std::vector<double>& values) {
    Twin twin;
    std::vector<Long> inside;
    for (const double value : values) {
        if (admitted(value)) inside.emplace_back(value);
    }
    twin.n = Long(inside.size());
    for (const auto& x : inside) {
        twin.mean += x;
    }
    twin.mean /= twin.n;
    for (const auto& x : inside) {
        const Long d = x - twin.mean;
        twin.squares += d * d;
        twin.cubes += d * d * d;
        twin.fourths += d * d * d * d;
    }
    return twin;
}

void expect_same(double found, const Long& wanted, const std::string& where) {
    const auto nearest = static_cast<double>(wanted);
    if (std::isinf(nearest)) {
        EXPECT_EQ(found, nearest) << where;
        return;
    }
    // One rounding, and one more where a root or a quotient of roots is taken.
    EXPECT_NEAR(found, nearest, 1e-15 * std::abs(nearest) + 5e-324) << where;
}

// NIST StRD univariate summary statistics.
TEST(Moments, NumAcc1) {
    const auto moments = moments_of({10000001, 10000003, 10000002});
    EXPECT_EQ(moments.mean(), 10000002);
    EXPECT_EQ(moments.stddev(), 1);
}

TEST(Moments, NumAcc4) {
    std::vector<double> values{10000000.2};
    for (int i = 0; i < 500; ++i) {
        values.push_back(10000000.1);
        values.push_back(10000000.3);
    }
    const auto moments = moments_of(values);
    EXPECT_DOUBLE_EQ(moments.mean(), 10000000.2);
    EXPECT_NEAR(moments.stddev(), 0.1, 1e-8); // the decimals themselves are rounded
}

// Michelson's 100 measurements of the speed of light, 1879, in 1,000 km/s.
TEST(Moments, Michelso) {
    const auto moments = moments_of(
        {299.85, 299.74, 299.90, 300.07, 299.93, 299.85, 299.95, 299.98, 299.98, 299.88,
         300.00, 299.98, 299.93, 299.65, 299.76, 299.81, 300.00, 300.00, 299.96, 299.96,
         299.96, 299.94, 299.96, 299.94, 299.88, 299.80, 299.85, 299.88, 299.90, 299.84,
         299.83, 299.79, 299.81, 299.88, 299.88, 299.83, 299.80, 299.79, 299.76, 299.80,
         299.88, 299.88, 299.88, 299.86, 299.72, 299.72, 299.62, 299.86, 299.97, 299.95,
         299.88, 299.91, 299.85, 299.87, 299.84, 299.84, 299.85, 299.84, 299.84, 299.84,
         299.89, 299.81, 299.81, 299.82, 299.80, 299.77, 299.76, 299.74, 299.75, 299.76,
         299.91, 299.92, 299.89, 299.86, 299.88, 299.72, 299.84, 299.85, 299.85, 299.78,
         299.89, 299.84, 299.78, 299.81, 299.76, 299.81, 299.79, 299.81, 299.82, 299.85,
         299.87, 299.87, 299.81, 299.74, 299.81, 299.94, 299.95, 299.80, 299.81, 299.87});
    EXPECT_EQ(moments.count(), 100);
    EXPECT_NEAR(moments.mean(), 299.8524, 1e-13 * 299.8524);
    EXPECT_NEAR(moments.stddev(), .0790105478190518, 1e-12 * .079); // decimals that are rounded
}

TEST(Moments, EqualsExactArithmeticOnEverySeries) {
    for (const auto& [name, values] : testing::adversarial_series(100)) {
        const auto moments = moments_of(values);
        const auto twin = twin_of(values);
        ASSERT_EQ(moments.count() + moments.non_finite(), 100) << name;
        if (moments.count() == 0) continue;
        expect_same(moments.mean(), twin.mean, name + ", mean");
        expect_same(moments.sum(), twin.mean * twin.n, name + ", sum");
        if (moments.count() < 2) continue;
        expect_same(moments.variance(), twin.squares / (twin.n - 1), name + ", variance");
        expect_same(moments.stddev(), sqrt(twin.squares / (twin.n - 1)), name + ", stddev");
        if (moments.variance() == 0 && moments.minimum() == moments.maximum()) {
            EXPECT_TRUE(std::isnan(moments.skewness())) << name;
            EXPECT_TRUE(std::isnan(moments.kurtosis())) << name;
            continue;
        }
        expect_same(moments.skewness(),
                    sqrt(twin.n) * twin.cubes / (twin.squares * sqrt(twin.squares)),
                    name + ", skewness");
        expect_same(moments.kurtosis(), twin.n * twin.fourths / (twin.squares * twin.squares) - 3,
                    name + ", kurtosis");
    }
}

TEST(Moments, NeitherOrderNorPartsChangeABit) {
    for (const auto& [name, values] : testing::adversarial_series(200)) {
        const auto whole = bytes_of(moments_of(values));
        auto shuffled = values;
        Random random(1);
        for (std::size_t i = shuffled.size(); i > 1; --i) {
            std::swap(shuffled[i - 1], shuffled[random.below(i)]);
        }
        EXPECT_EQ(bytes_of(moments_of(shuffled)), whole) << name;
        for (const std::size_t cut : {0U, 1U, 17U, 100U, 199U, 200U}) {
            const auto at = values.begin() + static_cast<std::ptrdiff_t>(cut);
            auto left = moments_of({values.begin(), at});
            left.merge(moments_of({at, values.end()}));
            EXPECT_EQ(bytes_of(left), whole) << name << " cut at " << cut;
        }
    }
}

TEST(Moments, MergingWithItselfDoublesEverything) {
    for (const auto& [name, values] : testing::adversarial_series(50)) {
        auto twice = values;
        twice.insert(twice.end(), values.begin(), values.end());
        auto moments = moments_of(values);
        moments.merge(moments);
        EXPECT_EQ(bytes_of(moments), bytes_of(moments_of(twice))) << name;
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
    EXPECT_TRUE(std::isnan(moments.sum()));
    EXPECT_TRUE(std::isnan(moments.mean()));
    EXPECT_TRUE(std::isnan(moments.minimum()));
    moments.add(5);
    EXPECT_EQ(moments.mean(), 5);
    EXPECT_TRUE(std::isnan(moments.variance()));
}

TEST(Moments, MoreRowsThanCanBeCountedAreRefused) {
    auto bytes = bytes_of(moments_of({0, 0}));
    const std::int64_t most = largest_count;
    std::memcpy(bytes.data() + 1, &most, sizeof(most));
    ByteReader reader(bytes, "moments");
    auto moments = Moments::deserialize(reader);
    try {
        moments.merge(moments_of({1}));
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::limit_exceeded);
    }
    EXPECT_EQ(moments.count(), most);
    EXPECT_EQ(moments.maximum(), 0);
}

TEST(Moments, SurviveSerialization) {
    for (const auto& [name, values] : testing::adversarial_series(60)) {
        const auto bytes = bytes_of(moments_of(values));
        ByteReader reader(bytes, "moments");
        auto copy = Moments::deserialize(reader);
        EXPECT_NO_THROW(reader.expect_end()) << name;
        EXPECT_EQ(bytes_of(copy), bytes) << name;
        copy.merge(moments_of({0.1, 1e200}));
        auto more = values;
        more.insert(more.end(), {0.1, 1e200});
        EXPECT_EQ(bytes_of(copy), bytes_of(moments_of(more))) << name;
    }
}

TEST(Moments, HostileBytesReadWithoutTheCheckDoNoHarm) {
    testing::expect_hostile_bytes_are_harmless(
        bytes_of(moments_of({0.1, -1e99, 1e-99, 3})),
        [](ByteReader& reader) { return Moments::deserialize_again(reader); },
        [](Moments& read) {
            try {
                read.merge(Moments(read));
                read.add(1);
                (void)read.mean();
                (void)read.stddev();
                (void)read.skewness();
                (void)read.kurtosis();
            } catch (const Error& error) {
                EXPECT_NE(error.kind(), ErrorKind::invalid_data);
            }
        });
}

TEST(Moments, HostileBytesAreRefusedOrHarmless) {
    for (const auto& values : {std::vector<double>{}, std::vector<double>{1, 2, 3, 10},
                               std::vector<double>{0.1, -1e99}}) {
        testing::expect_hostile_bytes_are_harmless(
            bytes_of(moments_of(values)),
            [](ByteReader& reader) { return Moments::deserialize(reader); },
            [](Moments& read) {
                if (read.count() + read.nulls() + read.non_finite() > 1000) return;
                read.merge(read);
                read.add(1);
                EXPECT_FALSE(read.variance() < 0);
                EXPECT_FALSE(read.kurtosis() < -3);
                EXPECT_LE(read.minimum(), read.maximum());
            });
    }
}

} // namespace
} // namespace recon::series
