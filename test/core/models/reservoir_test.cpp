#include "core/models/reservoir.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include <gtest/gtest.h>

#include "models/hostile_bytes.hpp"

namespace recon::models {
namespace {

using Table = std::vector<std::vector<double>>;

Table normal_table(std::size_t rows, std::size_t columns, std::uint64_t seed) {
    Random random(seed);
    Table table(rows, std::vector<double>(columns));
    for (auto& row : table)
        for (auto& value : row)
            value = random.normal();
    return table;
}

void shuffle(Table& table, std::uint64_t seed) {
    Random random(seed);
    for (std::size_t i = table.size(); i > 1; --i)
        std::swap(table[i - 1], table[random.below(i)]);
}

Sample sample_of(const Table& table, ReservoirOptions options) {
    Reservoir reservoir(options);
    for (const auto& row : table)
        reservoir.add(row);
    return reservoir.sample();
}

// Cuts the table into parts, passes every other one through its bytes, and merges them in a tree.
Sample sample_in_parts(const Table& table, ReservoirOptions options, std::size_t parts) {
    std::vector<Reservoir> states;
    for (std::size_t part = 0; part < parts; ++part) {
        Reservoir state(options);
        for (std::size_t i = part; i < table.size(); i += parts)
            state.add(table[i]);
        if (part % 2 == 1) {
            ByteWriter writer;
            state.serialize(writer);
            ByteReader reader(writer.bytes(), "sample");
            states.push_back(Reservoir::deserialize(reader));
            reader.expect_end();
        } else {
            states.push_back(std::move(state));
        }
    }
    while (states.size() > 1) {
        std::vector<Reservoir> next;
        for (std::size_t i = 0; i < states.size(); i += 2) {
            if (i + 1 < states.size()) states[i].merge(states[i + 1]);
            next.push_back(std::move(states[i]));
        }
        states = std::move(next);
    }
    return states[0].sample();
}

void expect_same(const Sample& a, const Sample& b) {
    EXPECT_EQ(a.columns, b.columns);
    EXPECT_EQ(a.counts, b.counts);
    ASSERT_EQ(a.values.size(), b.values.size());
    EXPECT_EQ(std::memcmp(a.values.data(), b.values.data(), a.values.size() * sizeof(double)), 0);
    EXPECT_EQ(a.rows_seen, b.rows_seen);
    EXPECT_EQ(a.rows_without_values, b.rows_without_values);
    EXPECT_EQ(a.non_finite_values, b.non_finite_values);
    EXPECT_EQ(a.distinct_rows_seen, b.distinct_rows_seen);
    EXPECT_EQ(a.complete, b.complete);
}

TEST(Reservoir, SmallInputIsKeptWholeWithItsCounts) {
    const Table table{{1, 2}, {3, 4}, {1, 2}, {1, 2}, {-0.0, 5}, {0.0, 5}};
    const auto sample = sample_of(table, {});
    EXPECT_TRUE(sample.complete);
    EXPECT_EQ(sample.rows_seen, 6U);
    EXPECT_EQ(sample.total(), 6U);
    EXPECT_EQ(sample.distinct_rows_seen, 3);
    std::map<double, std::uint64_t> counts;
    for (std::size_t i = 0; i < sample.rows().count; ++i)
        counts[sample.rows().row(i)[0]] = sample.counts[i];
    EXPECT_EQ(counts, (std::map<double, std::uint64_t>{{0, 2}, {1, 3}, {3, 1}}));
}

TEST(Reservoir, AnyOrderAndAnyCutGivesTheSameSample) {
    for (const std::size_t rows : {50UL, 150UL, 190UL, 210UL, 5000UL}) {
        auto table = normal_table(rows, 3, rows);
        for (std::size_t i = 0; i < rows / 3; ++i)
            table.push_back(table[i % 7]);
        for (std::size_t i = 0; i < rows / 2; ++i)
            table.push_back({0, 0, 0});
        const ReservoirOptions options{.capacity = 100, .seed = 7};
        const auto whole = sample_of(table, options);
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
            shuffle(table, seed);
            expect_same(whole, sample_of(table, options));
            expect_same(whole, sample_in_parts(table, options, 1 + seed * 2));
        }
    }
}

TEST(Reservoir, EveryRowIsEquallyLikely) {
    // 2,000 distinct rows, 100 places, 400 seeds: each row is expected in 20 samples.
    Table table(2000, std::vector<double>(1));
    for (std::size_t i = 0; i < table.size(); ++i)
        table[i][0] = static_cast<double>(i);
    std::vector<int> times(table.size());
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        const auto sample = sample_of(table, {.capacity = 100, .seed = seed});
        EXPECT_EQ(sample.total(), 100U);
        EXPECT_FALSE(sample.complete);
        for (const double value : sample.values)
            ++times[static_cast<std::size_t>(value)];
    }
    double chi_square = 0;
    for (const int t : times)
        chi_square += (t - 20.0) * (t - 20.0) / (20.0 * (1 - 0.05));
    // 1,999 degrees of freedom: five standard deviations are 316.
    EXPECT_NEAR(chi_square, 1999, 320);
}

TEST(Reservoir, RepeatedRowsKeepTheirShare) {
    // 60% zero rows, 10% and 3% of two others, the rest all different, far beyond capacity. A
    // uniform sample of distinct rows alone would miss the zero row in 14 of 15 seeds.
    auto table = normal_table(27000, 2, 3);
    table.insert(table.end(), 60000, {0, 0});
    table.insert(table.end(), 10000, {1, 1});
    table.insert(table.end(), 3000, {2, 2});
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
        shuffle(table, seed);
        const auto sample = sample_of(table, {.capacity = 2000, .seed = seed});
        EXPECT_EQ(sample.total(), 2000U);
        std::map<double, std::uint64_t> counts;
        for (std::size_t i = 0; i < sample.counts.size(); ++i)
            if (sample.counts[i] > 1) counts[sample.rows().row(i)[0]] += sample.counts[i];
        EXPECT_NEAR(static_cast<double>(counts[0]), 1200, 10);
        EXPECT_NEAR(static_cast<double>(counts[1]), 200, 10);
        EXPECT_NEAR(static_cast<double>(counts[2]), 60, 10);
        EXPECT_NEAR(sample.distinct_rows_seen, 27003, 5 * 27003 / std::sqrt(2000));
    }
}

TEST(Reservoir, RareDuplicatesKeepTheirShareOnAverage) {
    // Half of the distinct rows are there three times: three quarters of all rows.
    auto table = normal_table(4000, 1, 11);
    for (std::size_t i = 0; i < 2000; ++i) {
        table[i][0] = 100 + static_cast<double>(i);
        table.push_back(table[i]);
        table.push_back(table[i]);
    }
    double share = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const auto sample = sample_of(table, {.capacity = 500, .seed = seed});
        std::uint64_t repeated = 0;
        for (std::size_t i = 0; i < sample.counts.size(); ++i)
            if (sample.values[i] >= 100) repeated += sample.counts[i];
        share += static_cast<double>(repeated) / static_cast<double>(sample.total()) / 20;
    }
    EXPECT_NEAR(share, 0.75, 0.02);
}

TEST(Reservoir, IdentityTellsEqualRowsApart) {
    const ReservoirOptions options{.capacity = 50};
    Reservoir forward(options);
    Reservoir backward(options);
    for (int i = 0; i < 1000; ++i) {
        forward.add(std::vector<double>{i % 10 == 0 ? double(i) : 0.0}, i);
        const int j = 999 - i;
        backward.add(std::vector<double>{j % 10 == 0 ? double(j) : 0.0}, j);
    }
    const auto sample = forward.sample();
    expect_same(sample, backward.sample());
    EXPECT_EQ(sample.counts.size(), 50U);
    EXPECT_NEAR(sample.distinct_rows_seen, 1000, 500);
    EXPECT_NEAR(std::count(sample.values.begin(), sample.values.end(), 0.0), 45, 5);
}

TEST(Reservoir, MissingAndInfiniteValuesAreCountedAndStoredAsMissing) {
    const double inf = std::numeric_limits<double>::infinity();
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto sample = sample_of({{1, nan}, {1, -nan}, {inf, 2}, {nan, nan}, {-inf, nan}}, {});
    EXPECT_EQ(sample.rows_seen, 5U);
    EXPECT_EQ(sample.rows_without_values, 2U);
    EXPECT_EQ(sample.non_finite_values, 2U);
    EXPECT_EQ(sample.total(), 3U);
    EXPECT_EQ(sample.counts.size(), 2U); // NaN of either sign is the same missing value
}

TEST(Reservoir, RefusesWhatHasNoMeaning) {
    EXPECT_THROW(Reservoir(ReservoirOptions{.capacity = 1}), Error);
    EXPECT_THROW(Reservoir(ReservoirOptions{.capacity = 1'000'001}), Error);
    Reservoir reservoir;
    EXPECT_THROW(static_cast<void>(reservoir.sample()), Error);
    EXPECT_THROW(reservoir.add(std::vector<double>{}), Error);
    EXPECT_THROW(reservoir.add(std::vector<double>(max_columns + 1)), Error);
    reservoir.add(std::vector<double>{1, 2});
    EXPECT_THROW(reservoir.add(std::vector<double>{1}), Error);
    Reservoir other;
    other.add(std::vector<double>{1});
    EXPECT_THROW(reservoir.merge(other), Error);
    EXPECT_THROW(reservoir.merge(Reservoir(ReservoirOptions{.seed = 1})), Error);
    Reservoir only_missing;
    only_missing.add(std::vector<double>{missing_value});
    EXPECT_THROW(static_cast<void>(only_missing.sample()), Error);
}

TEST(Reservoir, VeryWideRowsShrinkTheCapacity) {
    Reservoir reservoir(ReservoirOptions{.capacity = 1'000'000});
    std::vector<double> row(4096);
    for (int i = 0; i < 2500; ++i) {
        row[0] = i;
        reservoir.add(row);
    }
    EXPECT_EQ(reservoir.sample().total(), 1024U);
    EXPECT_LT(reservoir.memory_bytes(), std::size_t{100} << 20);
}

TEST(Reservoir, MergingWithAnEmptyOneChangesNothing) {
    Reservoir reservoir;
    reservoir.add(std::vector<double>{1, 2});
    Reservoir empty;
    reservoir.merge(empty);
    empty.merge(reservoir);
    expect_same(reservoir.sample(), empty.sample());
}

TEST(Reservoir, HostileBytesAreRefusedOrUsable) {
    auto table = normal_table(60, 2, 5);
    table.insert(table.end(), 60, {0, missing_value});
    for (const std::uint32_t capacity : {200U, 20U}) {
        Reservoir reservoir(ReservoirOptions{.capacity = capacity});
        for (const auto& row : table)
            reservoir.add(row);
        ByteWriter writer;
        reservoir.serialize(writer);
        test::attack_bytes(writer.bytes(), [](std::span<const std::byte> bytes) {
            ByteReader reader(bytes, "sample");
            auto state = Reservoir::deserialize(reader);
            reader.expect_end();
            state.add(std::vector<double>(state.columns() == 0 ? 1 : state.columns(), 0.5));
            const auto sample = state.sample();
            EXPECT_EQ(sample.values.size(), sample.counts.size() * sample.columns);
        });
    }
}

} // namespace
} // namespace recon::models
