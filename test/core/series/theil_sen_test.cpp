#include "core/series/theil_sen.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/series/admitted.hpp"
#include "core/series/sliding_order.hpp"
#include "series/adversarial_series.hpp"

namespace recon::series {
namespace {

double median_of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return sorted_median(values);
}

RobustLine brute_force(const std::vector<double>& y) {
    std::vector<double> slopes;
    for (std::size_t i = 0; i < y.size(); ++i) {
        for (std::size_t j = i + 1; j < y.size(); ++j) {
            slopes.push_back((y[j] - y[i]) / static_cast<double>(j - i));
        }
    }
    RobustLine line;
    line.slope = slopes.empty() ? 0 : median_of(slopes);
    std::vector<double> left;
    for (std::size_t i = 0; i < y.size(); ++i) {
        left.push_back(y[i] - line.slope * static_cast<double>(i));
    }
    line.intercept = median_of(left);
    return line;
}

TEST(TheilSen, EqualsAllPairsOnEverySeries) {
    for (const auto& [name, series] : testing::adversarial_series(200)) {
        std::vector<double> values;
        for (const double value : series) {
            if (admitted(value)) values.push_back(value);
        }
        for (std::size_t n = 1; n <= values.size(); n += n < 70 ? 1 : 97) {
            for (const std::size_t start : {std::size_t{0}, (values.size() - n) / 2}) {
                const auto at = values.begin() + static_cast<std::ptrdiff_t>(start);
                const std::vector<double> part(at, at + static_cast<std::ptrdiff_t>(n));
                const auto found = theil_sen(part);
                const auto wanted = brute_force(part);
                ASSERT_NEAR(found.slope, wanted.slope, 1e-15 * std::abs(wanted.slope))
                    << name << ", " << n << " values from " << start;
                ASSERT_NEAR(found.intercept, wanted.intercept,
                            1e-14 * std::abs(wanted.intercept) +
                                1e-15 * std::abs(wanted.slope) * static_cast<double>(n))
                    << name << ", " << n << " values from " << start;
            }
        }
    }
}

TEST(TheilSen, AnExactLineIsFoundExactly) {
    for (const std::size_t n : {2U, 3U, 7U, 24U, 25U, 31U, 64U, 65U, 500U, 3000U}) {
        std::vector<double> values(n);
        for (std::size_t i = 0; i < n; ++i) {
            values[i] = 30000 + 10000 * static_cast<double>(i);
        }
        const auto line = theil_sen(values);
        EXPECT_EQ(line.slope, 10000) << n;
        EXPECT_EQ(line.intercept, 30000) << n;
        EXPECT_EQ(line.at(static_cast<double>(n)), 30000 + 10000 * static_cast<double>(n));
    }
}

TEST(TheilSen, AQuarterOfSpikesMovesNothing) {
    Random random(31);
    for (const std::size_t n : {12U, 40U, 64U, 300U, 4000U}) {
        std::vector<double> values(n);
        for (std::size_t i = 0; i < n; ++i) {
            values[i] = 5 + 2 * static_cast<double>(i);
            if (i % 4 == 1) values[i] = random.below(2) == 0 ? 1e9 : -1e9;
        }
        EXPECT_NEAR(theil_sen(values).slope, 2, 1e-9) << n;
        EXPECT_NEAR(theil_sen(values).intercept, 5, 1e-6) << n;
    }
}

TEST(TheilSen, ALongSeriesIsFollowedByASelectionOfItsPairs) {
    Random random(32);
    std::vector<double> values(1600);
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = 7 - 0.003 * static_cast<double>(i) + random.normal();
    }
    ASSERT_GT(values.size(), most_all_pairs);
    const auto found = theil_sen(values);
    const auto wanted = brute_force(values);
    // The slope's own standard error is sigma sqrt(12 / n^3) = 5.4e-5.
    EXPECT_NEAR(found.slope, wanted.slope, 1.5e-5);
    EXPECT_NEAR(found.slope, -0.003, 2e-4);
    EXPECT_EQ(theil_sen(values).slope, found.slope);
}

TEST(TheilSen, EdgesHaveDefinedAnswers) {
    EXPECT_TRUE(std::isnan(theil_sen({}).slope));
    EXPECT_TRUE(std::isnan(theil_sen({}).intercept));
    const std::vector<double> one{7};
    EXPECT_EQ(theil_sen(one).slope, 0);
    EXPECT_EQ(theil_sen(one).intercept, 7);
    for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL, 1.7e308}) {
        const std::vector<double> values{1, 2, bad, 4};
        EXPECT_TRUE(std::isnan(theil_sen(values).slope));
        EXPECT_TRUE(std::isnan(theil_sen(values).intercept));
    }
}

RobustLine brute_force(const std::vector<double>& x, const std::vector<double>& y) {
    std::vector<double> slopes;
    for (std::size_t i = 0; i < y.size(); ++i) {
        for (std::size_t j = i + 1; j < y.size(); ++j) {
            if (x[i] != x[j]) slopes.push_back((y[j] - y[i]) / (x[j] - x[i]));
        }
    }
    RobustLine line;
    line.slope = median_of(slopes);
    std::vector<double> left;
    for (std::size_t i = 0; i < y.size(); ++i) {
        left.push_back(y[i] - line.slope * x[i]);
    }
    line.intercept = median_of(left);
    return line;
}

TEST(TheilSenOfPoints, EqualsAllPairsOfDifferentX) {
    Random random(33);
    for (const auto& [name, series] : testing::adversarial_series(150)) {
        std::vector<double> x;
        std::vector<double> y;
        std::vector<double> kept_x;
        std::vector<double> kept_y;
        for (const double value : series) {
            x.push_back(random.below(9) == 0 ? std::nan("")
                                             : 0.5 * static_cast<double>(random.below(60)));
            y.push_back(value);
            if (!admitted(x.back()) || !admitted(value)) continue;
            kept_x.push_back(x.back());
            kept_y.push_back(value);
        }
        const auto found = theil_sen(x, y);
        if (kept_y.size() < 2) { // of series without numbers
            EXPECT_TRUE(std::isnan(found.slope)) << name;
            continue;
        }
        const auto wanted = brute_force(kept_x, kept_y);
        EXPECT_NEAR(found.slope, wanted.slope, 1e-15 * std::abs(wanted.slope)) << name;
        EXPECT_NEAR(found.intercept, wanted.intercept, 1e-15 * std::abs(wanted.intercept)) << name;
    }
}

TEST(TheilSenOfPoints, OverTheIndexItIsTheLineOverTheIndexInAnyOrder) {
    Random random(34);
    for (const std::size_t n : {2U, 25U, 200U, 1600U}) {
        std::vector<double> x(n);
        std::vector<double> y(n);
        for (std::size_t i = 0; i < n; ++i) {
            x[i] = static_cast<double>(i);
            y[i] = 0.01 * static_cast<double>(i) + random.normal();
        }
        const auto by_index = theil_sen(y);
        for (std::size_t i = n - 1; i > 0; --i) {
            const std::size_t other = random.below(i + 1);
            std::swap(x[i], x[other]);
            std::swap(y[i], y[other]);
        }
        EXPECT_EQ(theil_sen(x, y).slope, by_index.slope) << n;
        EXPECT_EQ(theil_sen(x, y).intercept, by_index.intercept) << n;
    }
}

TEST(TheilSenOfPoints, EdgesHaveDefinedAnswers) {
    using Numbers = std::vector<double>;
    const double nan = std::nan("");
    for (const auto& [x, y] : {std::pair<Numbers, Numbers>{{}, {}},
                               {{3}, {7}},
                               {{3, 3, 3}, {1, 2, 3}},
                               {{1, 2}, {nan, 4}},
                               {{1, HUGE_VAL}, {3, 4}},
                               {{0, 5e-324}, {0, 1e300}}}) {
        EXPECT_TRUE(std::isnan(theil_sen(x, y).slope));
        EXPECT_TRUE(std::isnan(theil_sen(x, y).intercept));
    }
    EXPECT_EQ(theil_sen(Numbers{4, 2}, Numbers{10, 6}).slope, 2);
    EXPECT_EQ(theil_sen(Numbers{4, 2}, Numbers{10, 6}).intercept, 2);
    EXPECT_THROW(static_cast<void>(theil_sen(Numbers{1, 2}, Numbers{1})), Error);
}

} // namespace
} // namespace recon::series
