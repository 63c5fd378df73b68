#include "core/detection/history/standing.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/detection/baseline/key_state.hpp"
#include "core/detection/judging/judge.hpp"

namespace recon::breaks {
namespace {

using Items = std::vector<ItemSpan>;

struct Row {
    std::int32_t date;
    bool is_break;
};

// What a walk over these rows says, those from `first_target` on being judged.
Items items_of(KeyState& state, std::span<const Row> rows, std::int32_t first_target) {
    KeySeries series(1);
    for (const auto& row : rows) {
        const double value = row.is_break ? 9 : 0;
        series.append(row.date, {&value, 1}, row.is_break, row.date >= first_target, 0,
                      series.size());
    }
    series.sort();
    Items items;
    std::vector<Finding> breaks;
    judge_breaks(state, series, {}, {}, breaks, {.items = &items});
    return items;
}

Items items_of(std::span<const Row> rows, std::int32_t first_target = 0) {
    KeyState state(1, {});
    return items_of(state, rows, first_target);
}

TEST(Standing, AnItemLastsUntilADateOnWhichEveryRowMatches) {
    const std::vector<Row> rows = {{1, false}, {2, true}, {5, true},  {5, false},
                                   {6, false}, {7, true}, {8, false}, {9, false}};
    EXPECT_EQ(items_of(rows), (Items{{2, 5, 6}, {7, 7, 8}}));
    EXPECT_EQ(items_of(std::span(rows).first(4)), (Items{{2, 5, {}}}));
}

TEST(Standing, TheWindowTellsOfItemsThatItTouches) {
    const std::vector<Row> rows = {{1, true}, {2, false}, {3, true}, {4, false}, {5, true}};
    EXPECT_EQ(items_of(rows, 4), (Items{{3, 3, 4}, {5, 5, {}}}));
    EXPECT_EQ(items_of(rows, 5), (Items{{5, 5, {}}}));
    // Without a row in the window the item still stands.
    EXPECT_EQ(items_of(rows, 6), (Items{{5, 5, {}}}));
    EXPECT_TRUE(items_of(std::span(rows).first(2), 3).empty());
}

TEST(Standing, AStoredStateGoesOnWithTheSameItems) {
    Random random(5);
    for (int repeat = 0; repeat < 200; ++repeat) {
        std::vector<Row> rows;
        std::int32_t date = 7000;
        for (int i = 0; i < 60; ++i) {
            if (random.below(4) != 0) date += 1 + static_cast<std::int32_t>(random.below(3));
            rows.push_back({date, random.below(2) == 0});
        }
        const auto middle = rows[30].date;
        const auto split = std::find_if(rows.begin(), rows.end(),
                                        [&](const Row& row) { return row.date >= middle; });
        KeyState state(1, {});
        items_of(state, std::span(rows.begin(), split), 0);
        ByteWriter writer;
        state.serialize(writer);
        const auto bytes = writer.take();
        ByteReader reader(bytes, "state of a key");
        auto stored = KeyState::deserialize(reader, {});
        EXPECT_EQ(items_of(stored, std::span(split, rows.end()), middle), items_of(rows, middle));
    }
}

// What the rows alone tell is what a walk that judges all of them tells.
TEST(Standing, TheItemsOfAllRowsNeedNoJudge) {
    Random random(9);
    for (int repeat = 0; repeat < 200; ++repeat) {
        std::vector<Row> rows;
        KeySeries series(1);
        std::int32_t date = 7000;
        const auto count = random.below(40);
        for (std::uint64_t i = 0; i < count; ++i) {
            if (random.below(4) != 0) date += 1 + static_cast<std::int32_t>(random.below(3));
            rows.push_back({date, random.below(2) == 0});
            series.append(date, std::array{1.0}, rows.back().is_break, false, 0, i);
        }
        EXPECT_EQ(breaks::items_of(series), items_of(rows));
    }
}

TEST(Standing, AStateWhoseItemOutlastsItIsRefused) {
    KeyState state(1, {});
    const std::vector<Row> rows = {{100, true}, {200, true}};
    items_of(state, rows, 0);
    ByteWriter writer;
    state.serialize(writer);
    auto bytes = writer.take();
    // Date, then whether it stands, since when and until when; then the row that is held.
    const auto until = bytes.size() - (4 + 1 + 4 + 8) - 4;
    for (const std::uint8_t last : {99, 201}) {
        auto damaged = bytes;
        damaged[until] = static_cast<std::byte>(last);
        ByteReader reader(damaged, "state of a key");
        EXPECT_THROW(static_cast<void>(KeyState::deserialize(reader, {})), Error);
    }
}

} // namespace
} // namespace recon::breaks
