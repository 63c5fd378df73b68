#include "core/series/dated_bands.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/series/admitted.hpp"

namespace recon::series {
namespace {

struct Twin {
    std::vector<double> window; // the values that a row is judged by

    [[nodiscard]] double mean() const {
        if (window.empty()) return std::nan("");
        double sum = 0;
        for (const double x : window) {
            sum += x;
        }
        return sum / static_cast<double>(window.size());
    }
    [[nodiscard]] double stddev() const {
        if (window.size() < 2) return std::nan("");
        double squares = 0;
        for (const double x : window) {
            squares += (x - mean()) * (x - mean());
        }
        return std::sqrt(squares / static_cast<double>(window.size() - 1));
    }
};

Twin judged_by(const std::vector<Day>& dates, const std::vector<double>& values, std::size_t row,
               std::size_t width, OwnRow own_row) {
    Twin twin;
    if (own_row == OwnRow::included && admitted(values[row])) twin.window.push_back(values[row]);
    for (std::size_t back = row; back-- > 0 && twin.window.size() < width;) {
        if (dates[back] != dates[row] && admitted(values[back]))
            twin.window.push_back(values[back]);
    }
    return twin;
}

void expect_near(double found, double wanted) {
    if (std::isnan(wanted)) {
        EXPECT_TRUE(std::isnan(found)) << found;
    } else {
        EXPECT_NEAR(found, wanted, 1e-9 * (1 + std::abs(wanted)));
    }
}

TEST(DatedBands, EqualTheirTwin) {
    Random random(9);
    for (const std::size_t dates_per_row : {1U, 3U, 1000000U}) {
        std::vector<Day> dates;
        std::vector<double> values;
        for (int i = 0; i < 150; ++i) {
            const bool unusable = i % 11 == 4;
            dates.push_back(static_cast<Day>(random.below(50 * dates_per_row)));
            values.push_back(unusable ? std::nan("") : 100 + random.normal());
        }
        std::sort(dates.begin(), dates.end());
        for (std::size_t begin = 0; begin < dates.size();) { // by value within a date
            std::size_t end = begin;
            while (end < dates.size() && dates[end] == dates[begin]) {
                ++end;
            }
            std::sort(values.begin() + static_cast<std::ptrdiff_t>(begin),
                      values.begin() + static_cast<std::ptrdiff_t>(end),
                      [](double a, double b) { return std::isnan(b) ? !std::isnan(a) : a < b; });
            begin = end;
        }
        for (const OwnRow own_row : {OwnRow::excluded, OwnRow::included}) {
            for (const std::size_t width : {2U, 3U, 20U, 500U}) {
                DatedBands bands(static_cast<std::int64_t>(width), own_row);
                std::vector<double> mean(values.size());
                std::vector<double> stddev(values.size());
                bands.compute(dates, values, mean, stddev);
                for (std::size_t i = 0; i < values.size(); ++i) {
                    SCOPED_TRACE("width " + std::to_string(width) + ", row " + std::to_string(i));
                    const auto twin = judged_by(dates, values, i, width, own_row);
                    expect_near(mean[i], twin.mean());
                    expect_near(stddev[i], twin.stddev());
                }
            }
        }
    }
}

TEST(DatedBands, NothingAndOneRow) {
    DatedBands bands(20, OwnRow::excluded);
    bands.compute({}, {}, {}, {});
    const Day date = 7;
    const double value = 3;
    double mean = 0;
    double stddev = 0;
    bands.compute({&date, 1}, {&value, 1}, {&mean, 1}, {&stddev, 1});
    EXPECT_TRUE(std::isnan(mean));
    EXPECT_TRUE(std::isnan(stddev));
    EXPECT_THROW(DatedBands(0, OwnRow::excluded), Error);
}

} // namespace
} // namespace recon::series
