#include "core/definition/key_columns.hpp"

#include <map>
#include <set>

#include "definition/sample_checks.hpp"

namespace recon::definition {
namespace {

TEST(Partition, AgreesWithAMap) {
    Random random(1);
    for (int round = 0; round < 50; ++round) {
        const std::size_t rows = random.below(300);
        Partition partition(rows);
        std::vector<std::vector<std::int32_t>> columns(1 + random.below(4));
        for (auto& codes : columns) {
            const auto values = 1 + random.below(20);
            for (std::size_t row = 0; row < rows; ++row)
                codes.push_back(static_cast<std::int32_t>(random.below(values)) - 1);
            partition = partition.refined(codes);
        }
        std::map<std::vector<std::int32_t>, std::uint32_t> groups;
        for (std::size_t row = 0; row < rows; ++row) {
            std::vector<std::int32_t> tuple;
            for (const auto& codes : columns)
                tuple.push_back(codes[row]);
            const auto next = static_cast<std::uint32_t>(groups.size());
            const auto group = groups.emplace(tuple, next).first->second;
            EXPECT_EQ(partition.groups()[row], group); // numbered by first rows
        }
        EXPECT_EQ(partition.count(), groups.size());
    }
}

// A large relation of `keys` trades over `dates` dates, seen through a sample: neighbours (the
// first rows of a date) and strangers.
struct Large {
    int keys;
    int dates;
    bool comes_back; // else every row has a trade of its own

    [[nodiscard]] Samples sample(std::size_t neighbours, std::size_t strangers) const {
        Samples samples(4);
        samples[0].name = "trade_id";
        samples[1] = {"as_of_date", ColumnSample::Type::date, {}};
        samples[2] = {"ours", ColumnSample::Type::numeric, {}};
        samples[3] = {"theirs", ColumnSample::Type::numeric, {}};
        Random random(5);
        const auto add = [&](std::uint64_t row) {
            const auto key = row % static_cast<std::uint64_t>(keys);
            const auto date = row / static_cast<std::uint64_t>(keys);
            samples[0].values.emplace_back(numbered("T", comes_back ? key : row));
            samples[1].values.emplace_back(iso_date(day_of({2020, 1, 1}) + static_cast<int>(date)));
            samples[2].values.emplace_back(std::to_string(1000 + row % 977));
            samples[3].values.emplace_back(std::to_string(1000 + row % 977));
        };
        for (std::size_t row = 0; row < neighbours; ++row)
            add(row);
        for (std::size_t n = 0; n < strangers; ++n)
            add(random.below(static_cast<std::uint64_t>(keys) * static_cast<std::uint64_t>(dates)));
        return samples;
    }
    [[nodiscard]] SampleOrigin origin(std::size_t neighbours) const {
        return {false, neighbours, static_cast<double>(keys) * dates};
    }
};

// In 10,000 rows out of a million hardly any trade is seen twice; it still comes back.
TEST(LargeRelation, AKeySeenOnceInTheSampleMayStillComeBack) {
    const Large large{50000, 20, true};
    const auto d = suggested(large.sample(5000, 5000), large.origin(5000));
    EXPECT_EQ(d.key_columns, (Names{"trade_id"}));
    EXPECT_FALSE(d.identity_column);
    EXPECT_GT(d.key_confidence, 0.9);
}

TEST(LargeRelation, AnIdentifierThatNeverComesBackIsSeenToBeOne) {
    const Large large{50000, 20, false};
    const auto d = suggested(large.sample(5000, 5000), large.origin(5000));
    EXPECT_TRUE(d.key_columns.empty() || d.key_confidence < 0.5);
}

TEST(LargeRelation, RowsPerKeyAreEstimated) {
    const Large large{2000, 500, true};
    const auto profiles = profile_columns(large.sample(4000, 5000));
    const auto choice = choose_key(profiles, {0}, 1, large.origin(4000));
    EXPECT_EQ(choice.columns, (std::vector<std::size_t>{0}));
    EXPECT_NEAR(choice.rows_per_key, 500, 50);
    EXPECT_EQ(choice.judged, 4000U);
    EXPECT_EQ(choice.told_apart, 4000U);
}

// Rows of one key and date are seen together only among neighbours.
TEST(LargeRelation, DuplicatesAreSoughtAmongNeighbours) {
    Samples samples(5);
    samples[0].name = "account";
    samples[1] = {"as_of_date", ColumnSample::Type::date, {}};
    samples[2].name = "leg";
    samples[3] = {"ours", ColumnSample::Type::numeric, {}};
    samples[4] = {"theirs", ColumnSample::Type::numeric, {}};
    Random random(6);
    const auto add = [&](std::uint64_t row) { // 1000 accounts, two legs each, 400 dates
        samples[0].values.emplace_back(numbered("A", row / 2 % 1000));
        samples[1].values.emplace_back(
            iso_date(day_of({2020, 1, 1}) + static_cast<int>(row / 2000)));
        samples[2].values.emplace_back(row % 2 ? "pay" : "receive");
        samples[3].values.emplace_back("5");
        samples[4].values.emplace_back("5");
    };
    for (std::uint64_t row = 0; row < 4000; ++row)
        add(row);
    for (int n = 0; n < 4000; ++n)
        add(random.below(800000));
    const auto d = suggested(samples, {false, 4000, 800000});
    EXPECT_EQ(d.key_columns, (Names{"account", "leg"}));
}

} // namespace
} // namespace recon::definition
