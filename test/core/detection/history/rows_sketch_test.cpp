#include "core/detection/history/rows_sketch.hpp"

#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "core/base/random.hpp"

namespace recon::breaks {
namespace {

struct Row {
    std::uint64_t key;
    std::int32_t date;
    std::uint64_t row;
    std::uint64_t occurrence = 0;
};

std::vector<Row> some_rows(std::size_t n) {
    Random random(7);
    std::vector<Row> rows;
    for (std::size_t i = 0; i < n; ++i)
        rows.push_back({i % 100, static_cast<std::int32_t>(i / 100), random.next()});
    return rows;
}

RowsSketch sketch_of(std::span<const Row> rows) {
    RowsSketch sketch;
    for (const auto& row : rows)
        sketch.add(row.key, row.date, row.row, row.occurrence);
    return sketch;
}

TEST(RowsSketch, UnchangedRowsInAnyOrderAndInParts) {
    const auto rows = some_rows(5000);
    const std::vector<Row> reversed(rows.rbegin(), rows.rend() - 1234);
    RowsSketch parts = sketch_of(reversed);
    parts.add(sketch_of(std::span<const Row>(rows).first(1234)));
    EXPECT_EQ(parts.changes_since(sketch_of(rows)), RowChanges{});
}

TEST(RowsSketch, CountsWhatIsNewGoneAndAltered) {
    auto rows = some_rows(5000);
    const auto before = sketch_of(rows);
    rows[17].row += 1;
    rows[4000].row += 1;
    rows.pop_back();
    for (const std::int32_t date : {3, 4, 5})
        rows.push_back({1000, date, mix64(static_cast<std::uint64_t>(date))});
    EXPECT_EQ(sketch_of(rows).changes_since(before), (RowChanges{3, 1, 2}));
    EXPECT_EQ(before.changes_since(sketch_of(rows)), (RowChanges{1, 3, 2}));
}

TEST(RowsSketch, EqualRowsAreCountedOneByOne) {
    const std::vector<Row> rows = {{1, 1, 42, 0}, {1, 1, 42, 1}, {1, 1, 42, 2}};
    const auto first = [&](std::size_t n) {
        return sketch_of(std::span<const Row>(rows).first(n));
    };
    EXPECT_EQ(first(3).changes_since(first(1)), (RowChanges{2, 0, 0}));
    EXPECT_EQ(first(1).changes_since(first(2)), (RowChanges{0, 1, 0}));
}

TEST(RowsSketch, CountsAsManyAsItSaysAndKnowsWhenThereAreMore) {
    std::size_t failed = 0;
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        Random random(seed);
        RowsSketch now;
        for (std::size_t i = 0; i < RowsSketch::most_differences; ++i) {
            const auto key = random.next();
            now.add(key, 1, random.next(), 0);
        }
        const auto changes = now.changes_since(RowsSketch());
        failed += changes != RowChanges{RowsSketch::most_differences, 0, 0} ? 1 : 0;
    }
    EXPECT_EQ(failed, 0U);
    EXPECT_EQ(sketch_of(some_rows(5000)).changes_since(RowsSketch()), std::nullopt);
}

TEST(RowsSketch, BytesComeBackAndOthersAreRefused) {
    const auto rows = some_rows(300);
    ByteWriter writer;
    sketch_of(rows).serialize(writer);
    const auto& bytes = writer.bytes();
    ByteReader reader(bytes, "sketch");
    EXPECT_EQ(RowsSketch::deserialize(reader).changes_since(sketch_of(rows)), RowChanges{});
    reader.expect_end();
    for (const std::size_t size : {std::size_t{0}, std::size_t{3}, bytes.size() - 1}) {
        ByteReader shorter(std::span<const std::byte>(bytes).first(size), "sketch");
        EXPECT_THROW((void)RowsSketch::deserialize(shorter), Error);
    }
    auto other = bytes;
    other[0] = std::byte{9};
    ByteReader strange(other, "sketch");
    EXPECT_THROW((void)RowsSketch::deserialize(strange), Error);
}

TEST(RowsSketch, TellsWhereRowsAreNew) {
    RowsSketch before;
    RowsSketch after;
    for (std::uint64_t key = 0; key < 50; ++key) {
        for (std::int32_t date = 100; date < 140; ++date) {
            before.add(key, date, key * 1000 + static_cast<std::uint64_t>(date), 0);
            const bool is_gone = key == 3 && date == 110;
            const bool is_altered = key == 4 && date == 111;
            if (!is_gone)
                after.add(key, date, is_altered ? 1 : key * 1000 + static_cast<std::uint64_t>(date),
                          0);
        }
    }
    EXPECT_EQ(before.new_places_since(before), RowsSketch::Places{});
    after.add(5, 112, 5112, 1); // a second one like the first
    after.add(60, 113, 7, 0);
    EXPECT_EQ(after.new_places_since(before),
              (RowsSketch::Places{RowsSketch::place_of(4, 111), RowsSketch::place_of(5, 112),
                                  RowsSketch::place_of(60, 113)}));
    EXPECT_EQ(sketch_of(some_rows(5000)).new_places_since(RowsSketch()), std::nullopt);
}

// Cells that no rows have made must not be peeled for ever.
TEST(RowsSketch, DamagedCellsAreNoDifference) {
    Random random(3);
    for (int round = 0; round < 200; ++round) {
        ByteWriter writer;
        sketch_of(some_rows(1 + random.below(400))).serialize(writer);
        auto bytes = writer.take();
        const std::size_t head = 5;
        bytes[head + random.below(bytes.size() - head)] ^= std::byte{1};
        ByteReader reader(bytes, "sketch");
        EXPECT_EQ(RowsSketch::deserialize(reader).changes_since(RowsSketch()), std::nullopt);
    }
}

} // namespace
} // namespace recon::breaks
