#include "core/detection/history/rows_digest.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "core/detection/population/fit_rows.hpp"

namespace recon::breaks {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

struct Row {
    std::uint64_t key;
    std::int32_t date;
    bool is_break;
    bool is_mismatch;
    std::uint64_t content;
    std::vector<double> values;
};

RowsDigest digest(const std::vector<Row>& rows) {
    RowsDigest digest;
    for (const auto& row : rows) {
        digest.add(row.key,
                   row_hash(row.date, row.is_break, row.is_mismatch, row.content, row.values));
    }
    return digest;
}

std::vector<Row> some_rows() {
    std::vector<Row> rows;
    for (std::uint64_t key = 0; key < 5; ++key) {
        for (std::int32_t date = -3; date < 20; ++date) {
            rows.push_back({key, date, date % 2 == 0, false, 0, {0.5 * date, nan}});
        }
    }
    rows.push_back(rows.front()); // twice the same
    return rows;
}

TEST(RowsDigest, OrderAndGroupingDoNotMatter) {
    auto rows = some_rows();
    const auto expected = digest(rows);
    std::reverse(rows.begin(), rows.end());
    EXPECT_EQ(digest(rows), expected);
    RowsDigest joined = digest({rows.begin(), rows.begin() + 40});
    joined.add(digest({rows.begin() + 40, rows.end()}));
    EXPECT_EQ(joined, expected);
    EXPECT_EQ(RowsDigest(expected.sums()), expected);
}

TEST(RowsDigest, EveryChangeOfARowShows) {
    const auto rows = some_rows();
    const auto expected = digest(rows);
    const std::vector<void (*)(Row&)> changes = {
        [](Row& row) { ++row.key; },
        [](Row& row) { ++row.date; },
        [](Row& row) { row.is_break = !row.is_break; },
        [](Row& row) { row.is_mismatch = true; },
        [](Row& row) { ++row.content; },
        [](Row& row) { row.values[0] = std::nextafter(row.values[0], 1e9); },
        [](Row& row) { row.values[0] = -row.values[0]; },
        [](Row& row) { row.values[1] = 0; },
        [](Row& row) { row.values[1] = infinity; },
        [](Row& row) { std::swap(row.values[0], row.values[1]); },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        auto changed = rows;
        changes[i](changed[7]);
        EXPECT_NE(digest(changed), expected) << "change " << i;
    }
    EXPECT_NE(digest({rows.begin(), rows.end() - 1}), expected);
    auto twice = rows;
    twice.push_back(rows.back());
    EXPECT_NE(digest(twice), expected);
    EXPECT_EQ(digest({}), RowsDigest());
    // Two keys exchange a row of the same date.
    auto exchanged = rows;
    std::swap(exchanged[0].values[0], exchanged[1].values[0]);
    EXPECT_NE(digest(exchanged), expected);
}

TEST(RowsDigest, EqualNumbersAreEqualRows) {
    const double values[] = {0.0, nan};
    const double others[] = {-0.0, -nan};
    EXPECT_EQ(row_hash(1, true, false, 9, values), row_hash(1, true, false, 9, others));
}

TEST(RowsDigest, TextIsOfFixedLength) {
    EXPECT_EQ(RowsDigest().text(), std::string(32, '0'));
    EXPECT_EQ(RowsDigest({0x1, 0xfedcba9876543210}).text(), "0000000000000001fedcba9876543210");
}

} // namespace
} // namespace recon::breaks
