#include "core/series/sliding_order.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "series/adversarial_series.hpp"
#include "series/hostile_bytes.hpp"

namespace recon::series {
namespace {

using testing::adversarial_series;

template <class Values>
double median_of(const Values& window) {
    std::vector<double> values(window.begin(), window.end());
    std::sort(values.begin(), values.end());
    const std::size_t n = values.size();
    if (n == 0) return std::nan("");
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

template <class Values>
double mad_of(const Values& window, double center) {
    std::vector<double> deviations;
    for (const double value : window) {
        deviations.push_back(std::abs(value - center));
    }
    return median_of(deviations);
}

void expect_same(double found, double wanted, const std::string& where) {
    EXPECT_TRUE(found == wanted || (std::isnan(found) && std::isnan(wanted)))
        << where << ": " << found << " instead of " << wanted;
}

TEST(SlidingOrder, EqualsBruteForceOnEverySeries) {
    for (const auto& [name, values] : adversarial_series(250)) {
        for (const std::int64_t width : {1, 2, 3, 4, 5, 20, 21, 64, 1000}) {
            SlidingOrder order(width);
            std::deque<double> window;
            for (std::size_t i = 0; i < values.size(); ++i) {
                const bool entered = order.push(values[i]);
                EXPECT_EQ(entered, std::abs(values[i]) <= largest_admitted);
                if (entered) window.push_back(values[i]);
                if (window.size() > static_cast<std::size_t>(width)) window.pop_front();
                const auto where =
                    name + ", width " + std::to_string(width) + ", row " + std::to_string(i);
                ASSERT_EQ(order.size(), window.size()) << where;
                const double median = median_of(window);
                expect_same(order.median(), median, where);
                expect_same(order.mad(), mad_of(window, median), where);
            }
        }
    }
}

TEST(SlidingOrder, DeviationsAreRightFromAnyCenter) {
    Random random(2);
    for (int round = 0; round < 500; ++round) {
        std::vector<double> values(1 + random.below(30));
        for (auto& value : values) {
            value = static_cast<double>(random.below(12));
        }
        std::sort(values.begin(), values.end());
        for (const double center : {-3.0, 0.0, 2.5, 6.0, 11.0, 20.0}) {
            EXPECT_EQ(sorted_mad(values, center), mad_of(values, center));
            double sum = 0;
            for (const double value : values) {
                sum += std::abs(value - center);
            }
            EXPECT_NEAR(sorted_mean_deviation(values, center),
                        sum / static_cast<double>(values.size()), 1e-12);
        }
    }
}

TEST(SlidingOrder, ZeroHasNoSignWhateverTheOrderOfArrival) {
    SlidingOrder order(3);
    for (const double zero : {0.0, -0.0, 0.0, -0.0, -0.0, -0.0}) {
        order.push(zero);
        EXPECT_FALSE(std::signbit(order.median()));
    }
}

TEST(SlidingOrder, SigmaComesFromTheMadThenTheMeanDeviationThenTheFloor) {
    SlidingOrder order(5);
    EXPECT_TRUE(std::isnan(order.robust_sigma()));
    for (const double value : {1.0, 2.0, 3.0, 4.0, 100.0}) {
        order.push(value);
    }
    EXPECT_DOUBLE_EQ(order.robust_sigma(), 1 / 0.6744897501960817);
    EXPECT_DOUBLE_EQ(order.robust_sigma(50), 50);
    EXPECT_DOUBLE_EQ(order.robust_z(4), 0.6744897501960817);

    order = SlidingOrder(5);
    for (const double value : {7.0, 7.0, 7.0, 7.0, 12.0}) {
        order.push(value);
    }
    EXPECT_DOUBLE_EQ(order.robust_sigma(), std::sqrt(std::acos(-1.0) / 2) * 1);

    order.push(7);
    order.push(7);
    order.push(7);
    order.push(7);
    order.push(7);
    EXPECT_EQ(order.robust_sigma(), 0);
    EXPECT_EQ(order.robust_z(7), 0);
    EXPECT_EQ(order.robust_z(8), std::numeric_limits<double>::infinity());
    EXPECT_EQ(order.robust_z(6, 0.5), -2);
    EXPECT_TRUE(std::isnan(order.robust_z(std::nan(""))));
}

TEST(SlidingOrder, AWidthOutOfRangeIsRefused) {
    EXPECT_THROW(SlidingOrder(0), Error);
    EXPECT_THROW(SlidingOrder(-1), Error);
    EXPECT_THROW(SlidingOrder(SlidingOrder::widest + 1), Error);
    EXPECT_NO_THROW(SlidingOrder{SlidingOrder::widest});
}

TEST(SlidingOrder, AZWithinIsThatOfAWindowThatHoldsTheValue) {
    for (const auto& [name, values] : adversarial_series(120)) {
        SlidingOrder order(7);
        for (const double x : values) {
            SlidingOrder wider(8);
            for (const double held : order.sorted()) {
                wider.push(held);
            }
            wider.push(x);
            expect_same(order.robust_z_within(x), wider.robust_z(x), name);
            expect_same(order.robust_z_within(x, 2), wider.robust_z(x, 2), name);
            order.push(x);
        }
    }
}

} // namespace
} // namespace recon::series
