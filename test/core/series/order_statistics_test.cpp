#include "core/series/order_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/series/admitted.hpp"
#include "core/series/sliding_order.hpp"
#include "series/adversarial_series.hpp"

namespace recon::series {
namespace {

// A network that sorts every sequence of zeros and ones sorts everything (Knuth, volume 3, 5.3.4);
// all of them up to 16 values, a selection beyond.
TEST(OrderStatistics, TheNetworkSortsEverything) {
    for (std::size_t n = 0; n <= 16; ++n) {
        for (unsigned bits = 0; bits < (1U << n); ++bits) {
            double x[16];
            for (std::size_t i = 0; i < n; ++i) {
                x[i] = (bits >> i) & 1U;
            }
            sort_small(x, n);
            ASSERT_TRUE(std::is_sorted(x, x + n)) << n << " values, pattern " << bits;
        }
    }
    Random random(3);
    for (int round = 0; round < 20000; ++round) {
        std::vector<double> values(17 + random.below(16));
        const std::uint64_t kinds = 1 + random.below(40);
        for (auto& value : values) {
            value = static_cast<double>(random.below(kinds));
        }
        auto wanted = values;
        std::sort(wanted.begin(), wanted.end());
        sort_small(values.data(), values.size());
        ASSERT_EQ(values, wanted);
    }
}

TEST(OrderStatistics, TheMedianIsThatOfTheSortedValues) {
    const auto check = [](std::vector<double> values, const std::string& name) {
        auto sorted = values;
        std::sort(sorted.begin(), sorted.end());
        ASSERT_EQ(median_in_place(values), sorted_median(sorted))
            << name << ", " << sorted.size() << " values";
    };
    for (const auto& [name, series] : testing::adversarial_series(3000)) {
        std::vector<double> admitted_values;
        for (const double value : series) {
            if (admitted(value)) admitted_values.push_back(value);
        }
        for (std::size_t n = 1; n <= admitted_values.size(); n += 1 + n / 7) {
            check(
                {admitted_values.begin(), admitted_values.begin() + static_cast<std::ptrdiff_t>(n)},
                name);
        }
    }
    // Sorted, reversed, periodic: an evenly spaced sample of these is as wrong as it can be.
    for (const std::size_t n : {33U, 64U, 500U, 2048U, 2049U, 5000U}) {
        std::vector<double> values(n);
        for (const std::uint64_t period : {1U, 2U, 16U, 32U, 63U, 100000U}) {
            for (std::size_t i = 0; i < n; ++i) {
                values[i] = static_cast<double>(i % period);
            }
            check(values, "period " + std::to_string(period));
            std::reverse(values.begin(), values.end());
            check(values, "reversed period " + std::to_string(period));
        }
    }
    EXPECT_TRUE(std::isnan(median_in_place({})));
}

TEST(OrderStatistics, AnyTwoNeighbouringRanksAreFound) {
    Random random(7);
    for (int round = 0; round < 3000; ++round) {
        const std::size_t n = 1 + random.below(300);
        std::vector<double> values(n);
        const std::uint64_t kinds = 1 + random.below(200);
        for (auto& value : values) {
            value = static_cast<double>(random.below(kinds));
        }
        auto sorted = values;
        std::sort(sorted.begin(), sorted.end());
        const std::size_t first = random.below(n);
        const std::size_t last = std::min<std::size_t>(n - 1, first + random.below(2));
        std::vector<double> spare(n);
        const auto found = select_ranks(values.data(), spare.data(), n, first, last);
        ASSERT_EQ(found.low, sorted[first]);
        ASSERT_EQ(found.high, sorted[last]);
    }
}

} // namespace
} // namespace recon::series
