#include "core/series/sliding_moments.hpp"

#include <cmath>
#include <deque>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/series/rolling_bands.hpp"
#include "series/adversarial_series.hpp"
#include "series/hostile_bytes.hpp"

namespace recon::series {
namespace {

using testing::adversarial_series;

struct Exact {
    std::size_t n;
    double mean;
    double variance;
};

// Two passes in long double: the range and precision that the results are judged by.
template <class Values>
Exact exact_moments(const Values& values) {
    const auto n = static_cast<long double>(values.size());
    if (values.empty()) return {0, std::nan(""), std::nan("")};
    long double sum = 0;
    for (const double value : values) {
        sum += value;
    }
    const long double mean = sum / n;
    long double squares = 0;
    for (const double value : values) {
        squares += (value - mean) * (value - mean);
    }
    return {values.size(), static_cast<double>(mean),
            values.size() > 1 ? static_cast<double>(squares / (n - 1)) : std::nan("")};
}

// What rounding of a mean of such values amounts to.
template <class Values>
double rounding_of(const Values& values) {
    double largest = 0;
    for (const double value : values) {
        largest = std::max(largest, std::abs(value));
    }
    return 4 * std::numeric_limits<double>::epsilon() * largest;
}

// The same number, or the same kind of nothing.
void expect_close(double found, double wanted, double rounding, const std::string& where) {
    if (std::isnan(wanted)) {
        EXPECT_TRUE(std::isnan(found)) << where << ": " << found;
    } else if (std::isinf(wanted)) {
        EXPECT_EQ(found, wanted) << where;
    } else {
        EXPECT_NEAR(found, wanted, 1e-12 * std::abs(wanted) + rounding) << where;
    }
}

void expect_moments(double mean, double variance, const std::deque<double>& window,
                    const std::string& where) {
    const auto wanted = exact_moments(window);
    const double rounding = rounding_of(window);
    expect_close(mean, wanted.mean, rounding, where);
    expect_close(variance, wanted.variance, rounding * (std::sqrt(wanted.variance) + rounding),
                 where);
    EXPECT_FALSE(variance < 0) << where;
}

TEST(SlidingMoments, EqualsBruteForceOnEverySeries) {
    for (const auto& [name, values] : adversarial_series(300)) {
        for (const std::int64_t width : {1, 2, 3, 20, 64, 1000}) {
            SlidingMoments moments(width);
            std::deque<double> window;
            for (std::size_t i = 0; i < values.size(); ++i) {
                const bool entered = moments.push(values[i]);
                EXPECT_EQ(entered, std::abs(values[i]) <= largest_admitted);
                if (entered) window.push_back(values[i]);
                if (window.size() > static_cast<std::size_t>(width)) window.pop_front();
                const auto found = moments.window();
                const auto where =
                    name + ", width " + std::to_string(width) + ", row " + std::to_string(i);
                ASSERT_EQ(moments.size(), window.size()) << where;
                ASSERT_EQ(found.n, static_cast<double>(window.size())) << where;
                expect_moments(found.mean(), found.variance(), window, where);
            }
        }
    }
}

// Golden value: N(100, .01), one 1e9 passes through a window of 20.
TEST(SlidingMoments, NothingIsLeftOfASpikeThatHasLeft) {
    Random random(5);
    SlidingMoments moments(20);
    std::deque<double> window;
    for (int i = 0; i < 200; ++i) {
        const double value = i == 57 ? 1e9 : 100 + 0.01 * random.normal();
        moments.push(value);
        window.push_back(value);
        if (window.size() > 20) window.pop_front();
        if (window.size() < 2) continue;
        EXPECT_NEAR(moments.window().variance() / exact_moments(window).variance, 1, 1e-10) << i;
    }
}

TEST(SlidingMoments, AConstantHasNoVarianceAtAll) {
    SlidingMoments moments(7);
    moments.push(0.1);
    for (int i = 1; i < 50; ++i) {
        moments.push(0.1);
        EXPECT_EQ(moments.window().mean(), 0.1);
        EXPECT_EQ(moments.window().variance(), 0);
    }
}

TEST(SlidingMoments, AWidthOutOfRangeIsRefused) {
    for (const std::int64_t width :
         {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::min(),
          std::numeric_limits<std::int64_t>::max()}) {
        try {
            const SlidingMoments moments(width);
            FAIL() << width;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::invalid_parameter);
        }
    }
}

TEST(RollingBands, EqualsSlidingMomentsOnEverySeries) {
    for (const auto& [name, values] : adversarial_series(700)) {
        for (const std::int64_t width : {1, 2, 3, 20, 64, 349, 350, 699, 700, 5000}) {
            for (const auto own_row : {OwnRow::excluded, OwnRow::included}) {
                RollingBands bands(width);
                std::vector<double> mean(values.size(), -1);
                std::vector<double> stddev(values.size(), -1);
                bands.compute(values, own_row, mean, stddev);
                SlidingMoments moments(width);
                std::deque<double> inside;
                const auto push = [&](double value) {
                    if (moments.push(value)) inside.push_back(value);
                    if (inside.size() > moments.size()) inside.pop_front();
                };
                for (std::size_t i = 0; i < values.size(); ++i) {
                    if (own_row == OwnRow::included) push(values[i]);
                    const auto window = moments.window();
                    const auto where =
                        name + ", width " + std::to_string(width) + ", row " + std::to_string(i);
                    const double rounding = rounding_of(inside);
                    expect_close(mean[i], window.mean(), rounding, where);
                    expect_close(stddev[i], window.stddev(), rounding, where);
                    if (own_row == OwnRow::excluded) push(values[i]);
                }
            }
        }
    }
}

TEST(RollingBands, NothingIsLeftOfASpikeThatHasLeft) {
    Random random(5);
    for (const std::size_t width : {20U, 500U}) {
        std::vector<double> values(2000);
        for (auto& value : values) {
            value = 100 + 0.01 * random.normal();
        }
        values[777] = 1e9;
        std::vector<double> mean(values.size());
        std::vector<double> stddev(values.size());
        RollingBands bands(static_cast<std::int64_t>(width));
        bands.compute(values, OwnRow::excluded, mean, stddev);
        for (std::size_t i = width; i < values.size(); ++i) {
            const std::vector<double> window(values.begin() +
                                                 static_cast<std::ptrdiff_t>(i - width),
                                             values.begin() + static_cast<std::ptrdiff_t>(i));
            EXPECT_NEAR(stddev[i] * stddev[i] / exact_moments(window).variance, 1, 1e-10) << i;
        }
    }
}

TEST(RollingBands, OneObjectServesManySeriesOfAnyLength) {
    Random random(17);
    RollingBands reused(20);
    for (const std::size_t n : {0U, 1U, 5U, 300U, 20U, 21U, 19U, 41U, 2U, 1000U}) {
        std::vector<double> values(n);
        for (auto& value : values) {
            value = random.below(7) == 0 ? std::nan("") : random.normal();
        }
        std::vector<double> mean(n);
        std::vector<double> stddev(n);
        reused.compute(values, OwnRow::excluded, mean, stddev);
        std::vector<double> fresh_mean(n);
        std::vector<double> fresh_stddev(n);
        RollingBands(20).compute(values, OwnRow::excluded, fresh_mean, fresh_stddev);
        for (std::size_t i = 0; i < n; ++i) {
            EXPECT_TRUE(mean[i] == fresh_mean[i] || std::isnan(fresh_mean[i]));
            EXPECT_TRUE(stddev[i] == fresh_stddev[i] || std::isnan(fresh_stddev[i]));
            EXPECT_EQ(std::isnan(mean[i]), std::isnan(fresh_mean[i]));
        }
    }
}

TEST(RollingBands, WidthsOutOfRangeAreRefused) {
    EXPECT_THROW(RollingBands(0), Error);
    EXPECT_THROW(RollingBands(-3), Error);
}

TEST(SlidingMoments, AWindowWithAValueIsTheWindowOnceItIsPushed) {
    for (const auto& [name, values] : adversarial_series(120)) {
        for (const std::int64_t width : {1, 2, 3, 20, 1000}) {
            SlidingMoments moments(width);
            for (const double x : values) {
                const auto with = moments.window_with(x);
                moments.push(x);
                const auto after = moments.window();
                ASSERT_EQ(with.n, after.n) << name;
                if (with.n == 0) continue;
                // The sums may have been put together in another order.
                const double size = std::abs(after.center) + (after.n > 1 ? after.stddev() : 0.0);
                ASSERT_NEAR(with.center, after.center, 1e-9 * size) << name;
                if (with.n > 1 && std::isfinite(after.squares)) {
                    ASSERT_NEAR(with.stddev(), after.stddev(), 1e-6 * size) << name;
                }
            }
        }
    }
}

} // namespace
} // namespace recon::series
