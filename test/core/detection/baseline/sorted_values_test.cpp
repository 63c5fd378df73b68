#include "core/detection/baseline/sorted_values.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "with_all_vectors.hpp"

namespace recon::breaks {
namespace {

using recon::test::with_all_vectors;

std::vector<double> kept(const SortedValues& sorted) {
    return {sorted.values().begin(), sorted.values().end()};
}

std::size_t not_below(const std::vector<double>& sorted, double value) {
    return static_cast<std::size_t>(std::lower_bound(sorted.begin(), sorted.end(), value) -
                                    sorted.begin());
}

// Few kinds of values make ties, many make none; both signs, and the largest there are.
double some_value(Random& random, std::uint64_t kinds) {
    const double value = static_cast<double>(random.below(kinds)) - static_cast<double>(kinds / 2);
    return random.below(50) == 0 ? value * std::numeric_limits<double>::max() / 1e6 : value;
}

TEST(SortedValues, KeepsTheOrderOfAWindowThatMoves) {
    with_all_vectors([] {
        Random random(11);
        for (int round = 0; round < 300; ++round) {
            const std::size_t capacity = 1 + random.below(round % 10 == 0 ? 400 : 140);
            const std::uint64_t kinds = 1 + random.below(round % 3 == 0 ? 5 : 5000);
            SortedValues sorted;
            sorted.start(capacity);
            std::vector<double> arrived, expected;
            for (std::size_t i = 0; i < 3 * capacity; ++i) {
                const double value = some_value(random, kinds);
                if (expected.size() < capacity) {
                    ASSERT_EQ(sorted.place(value), not_below(expected, value));
                    sorted.insert(sorted.place(value), value);
                } else {
                    const double leaving = arrived[arrived.size() - capacity];
                    const auto places = sorted.places(leaving, value);
                    ASSERT_EQ(places.first, not_below(expected, leaving));
                    ASSERT_EQ(places.second, not_below(expected, value));
                    const auto below =
                        std::count_if(expected.begin(), expected.end(),
                                      [value](double other) { return other < value; });
                    const auto above =
                        std::count_if(expected.begin(), expected.end(),
                                      [value](double other) { return other > value; });
                    ASSERT_EQ(sorted.balance(places.second, value), below - above);
                    sorted.replace(places, value);
                    expected.erase(std::find(expected.begin(), expected.end(), leaving));
                }
                arrived.push_back(value);
                expected.insert(std::upper_bound(expected.begin(), expected.end(), value), value);
                ASSERT_EQ(kept(sorted), expected);
            }
            sorted.clear();
            EXPECT_EQ(sorted.size(), 0U);
            EXPECT_EQ(sorted.place(-1), 0U);
        }
    });
}

TEST(SortedValues, SortsWhatItIsGivenAndForgetsTheRest) {
    with_all_vectors([] {
        Random random(12);
        SortedValues sorted;
        sorted.start(300);
        for (int round = 0; round < 2000; ++round) {
            // From long to short and back: nothing of a longer list may show in a shorter one.
            std::vector<double> values(random.below(round % 4 == 0 ? 301 : 70));
            const std::uint64_t kinds = 1 + random.below(round % 3 == 0 ? 4 : 10000);
            for (double& value : values)
                value = some_value(random, kinds);
            sorted.assign(values.size(), [&](std::size_t i) { return values[i]; });
            std::sort(values.begin(), values.end());
            ASSERT_EQ(kept(sorted), values);
            const double asked = some_value(random, kinds);
            ASSERT_EQ(sorted.place(asked), not_below(values, asked));
        }
    });
}

// Of equal zeros one could take the other's place, and a sign would depend on the processor.
TEST(SortedValues, HaveNoNegativeZero) {
    with_all_vectors([] {
        SortedValues sorted;
        sorted.start(8);
        sorted.assign(4, [](std::size_t i) { return i % 2 == 0 ? -0.0 : 0.0; });
        sorted.insert(sorted.place(-0.0), -0.0);
        sorted.replace(sorted.places(0.0, -0.0), -0.0);
        ASSERT_EQ(sorted.size(), 5U);
        for (const double value : sorted.values())
            EXPECT_FALSE(std::signbit(value));
    });
}

} // namespace
} // namespace recon::breaks
