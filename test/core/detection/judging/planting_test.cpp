#include "core/detection/judging/planting.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/error.hpp"

namespace {

using namespace recon;
using namespace recon::breaks;

KeySeries flat(std::size_t rows, double value) {
    KeySeries series(2);
    for (std::size_t i = 0; i < rows; ++i) {
        const double values[] = {value, -1.0};
        series.append(static_cast<std::int32_t>(i), values, false, i + 1 == rows, 7, i);
    }
    return series;
}

std::vector<double> moves(const KeySeries& planted, double value) {
    std::vector<double> all;
    for (std::size_t i = 0; i < planted.size(); ++i)
        all.push_back(planted.value(i, 0) - value);
    return all;
}

TEST(Planting, ASpikeMovesOneRowToEitherSide) {
    Random random(1);
    bool up = false;
    bool down = false;
    for (int i = 0; i < 50; ++i) {
        const auto m = moves(with_plant(flat(5, 100), 0, 4, Plant::spike, 12, random), 100);
        EXPECT_EQ(std::vector(m.begin(), m.end() - 1), std::vector<double>(4, 0.0));
        EXPECT_EQ(std::fabs(m.back()), 12);
        up = up || m.back() > 0;
        down = down || m.back() < 0;
    }
    EXPECT_TRUE(up && down);
}

TEST(Planting, ADropFallsTowardsZeroAndBeyond) {
    Random random(1);
    EXPECT_EQ(moves(with_plant(flat(3, 100), 0, 2, Plant::drop, 12, random), 100).back(), -12);
    EXPECT_EQ(moves(with_plant(flat(3, -100), 0, 2, Plant::drop, 12, random), -100).back(), 12);
}

TEST(Planting, ADriftArrivesInEqualSteps) {
    Random random(3);
    for (int i = 0; i < 50; ++i) {
        const auto m = moves(with_plant(flat(40, 0), 0, 39, Plant::drift, 9, random), 0);
        std::size_t moved = 0;
        for (const double move : m)
            moved += move != 0 ? 1 : 0;
        EXPECT_GE(moved, 4U);
        EXPECT_LE(moved, 9U);
        EXPECT_DOUBLE_EQ(std::fabs(m[39]), 9);
        for (std::size_t k = 40 - moved; k < 40; ++k)
            EXPECT_NEAR(m[k] - m[k - 1], m[39] / static_cast<double>(moved), 1e-12);
    }
    // A short history keeps half of its rows.
    const auto m = moves(with_plant(flat(5, 0), 0, 4, Plant::drift, 9, random), 0);
    EXPECT_EQ(std::vector(m.begin(), m.begin() + 3), std::vector<double>(3, 0.0));
}

TEST(Planting, ABurstGoesToOneSideAndTheOther) {
    Random random(3);
    const auto m = moves(with_plant(flat(9, 0), 0, 8, Plant::burst, 10, random), 0);
    EXPECT_EQ(std::fabs(m[8]), 10);
    EXPECT_LT(m[7] * m[8], 0);
    EXPECT_GT(m[6] * m[8], 0);
    EXPECT_NE(m[6], m[8]);
    EXPECT_GE(std::min(std::fabs(m[6]), std::fabs(m[7])), 5);
    EXPECT_LE(std::max(std::fabs(m[6]), std::fabs(m[7])), 15);
    EXPECT_EQ(m[5], 0);
    EXPECT_EQ(std::fabs(moves(with_plant(flat(1, 0), 0, 0, Plant::burst, 10, random), 0)[0]), 10);
}

TEST(Planting, LeavesTheRestAlone) {
    Random random(5);
    const auto before = flat(6, 50);
    const auto after = with_plant(before, 0, 3, Plant::spike, 5, random);
    for (std::size_t i = 0; i < before.size(); ++i) {
        EXPECT_EQ(after.value(i, 1), -1.0);
        EXPECT_EQ(after.date(i), before.date(i));
        EXPECT_EQ(after.row(i), before.row(i));
        EXPECT_EQ(after.content(i), before.content(i));
        EXPECT_EQ(after.is_target(i), before.is_target(i));
        EXPECT_EQ(after.is_break(i), i == 3);
    }
    EXPECT_THROW((void)with_plant(before, 0, 6, Plant::spike, 5, random), Error);
    EXPECT_THROW((void)with_plant(before, 2, 0, Plant::spike, 5, random), Error);
}

} // namespace
