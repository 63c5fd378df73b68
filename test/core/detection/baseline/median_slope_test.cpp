#include "core/detection/baseline/median_slope.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/detection/baseline/slopes_within.hpp"
#include "with_all_vectors.hpp"

namespace recon::breaks {
namespace {

using recon::test::with_all_vectors;

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

TEST(SlopesWithin, AreThoseThatLieWithinTheLimitsInTheirOrder) {
    Random random(32);
    for (int round = 0; round < 2000; ++round) {
        const std::size_t n = random.below(40);
        const double apart = 1 + static_cast<double>(random.below(8));
        std::vector<double> earlier(n), later(n);
        for (std::size_t i = 0; i < n; ++i) {
            earlier[i] = static_cast<double>(random.below(30));
            later[i] = static_cast<double>(random.below(30));
        }
        // Halves of whole numbers, so that products are exact and pairs lie on the limits.
        const double lower = 0.5 * (static_cast<double>(random.below(20)) - 12);
        const double upper = lower + 0.5 * static_cast<double>(random.below(10));
        std::size_t below = 0;
        std::vector<double> expected;
        for (std::size_t i = 0; i < n; ++i) {
            const double step = later[i] - earlier[i];
            below += step < lower * apart ? 1 : 0;
            if (step >= lower * apart && step <= upper * apart) expected.push_back(step / apart);
        }
        with_all_vectors([&] {
            std::vector<double> slopes(n + slopes_overrun, -1);
            const auto found =
                slopes_within(earlier.data(), later.data(), n, apart, lower, upper, slopes.data());
            ASSERT_EQ(found.below, below);
            ASSERT_EQ(found.within, expected.size());
            slopes.resize(found.within);
            ASSERT_EQ(slopes, expected);
        });
    }
}

} // namespace
} // namespace recon::breaks
