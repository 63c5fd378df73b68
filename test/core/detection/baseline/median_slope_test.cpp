#include "core/detection/baseline/median_slope.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/detection/baseline/slopes_within.hpp"

namespace recon::breaks {
namespace {

double median_of_all(std::span<const double> values, std::size_t nearest) {
    std::vector<double> slopes;
    for (std::size_t apart = nearest; apart < values.size(); ++apart) {
        for (std::size_t i = 0; i + apart < values.size(); ++i)
            slopes.push_back((values[i + apart] - values[i]) / static_cast<double>(apart));
    }
    std::sort(slopes.begin(), slopes.end());
    const std::size_t n = slopes.size();
    return n % 2 == 1 ? slopes[n / 2] : 0.5 * slopes[n / 2] + 0.5 * slopes[n / 2 - 1];
}

// Rows that rise, with noise, steps, rows far off, and stretches that are all the same.
std::vector<double> some_rows(Random& random, std::size_t count) {
    const double slope = 10 * random.normal();
    const bool is_coarse = random.below(3) == 0;
    std::vector<double> rows(count);
    double level = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (random.below(60) == 0) level += 500 * random.normal();
        double value = level + slope * static_cast<double>(i) + 20 * random.normal();
        if (random.below(40) == 0) value *= 1000;
        rows[i] = is_coarse ? 100 * static_cast<double>(static_cast<int>(value / 100)) : value;
    }
    return rows;
}

TEST(MedianSlope, IsThatOfAllPairsWhereverItIsExpected) {
    Random random(31);
    for (int round = 0; round < 100; ++round) {
        const auto rows = some_rows(random, 400);
        const std::size_t window = 4 + random.below(70);
        MedianSlope slope; // remembers where it was
        for (std::size_t begin = 0; begin + window <= rows.size(); begin += 1 + random.below(40)) {
            const auto values = std::span(rows).subspan(begin, window);
            const std::size_t nearest = random.below(2) == 0 ? 1 : window / 2;
            ASSERT_EQ(slope.of(values, nearest), median_of_all(values, nearest))
                << "round " << round << ", rows from " << begin;
            if (random.below(20) == 0) slope.forget();
        }
    }
}

} // namespace
} // namespace recon::breaks
