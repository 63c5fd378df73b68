// How long the methods of one key's series take for one row. Prints `name ns_per_row`, the best of
// several rounds, so that other work on the machine disturbs little.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "core/base/random.hpp"
#include "core/series/cusum.hpp"
#include "core/series/ewma.hpp"
#include "core/series/moments.hpp"
#include "core/series/rolling_bands.hpp"
#include "core/series/sliding_moments.hpp"
#include "core/series/sliding_order.hpp"
#include "core/series/theil_sen.hpp"

namespace {

using namespace recon::series;

constexpr std::size_t key_rows = 500;

volatile double sink;

// run() works through `rows` rows and returns something that depends on all its work.
void measure(const std::string& name, std::size_t rows, const std::function<double()>& run) {
    double best = std::numeric_limits<double>::infinity();
    for (int round = 0; round < 100; ++round) {
        const auto start = std::chrono::steady_clock::now();
        sink = run();
        const std::chrono::duration<double, std::nano> took =
            std::chrono::steady_clock::now() - start;
        best = std::min(best, took.count());
    }
    std::printf("%-32s %8.2f\n", name.c_str(), best / static_cast<double>(rows));
}

std::vector<double> noise(std::size_t n) {
    recon::Random random(7);
    std::vector<double> values(n);
    for (auto& value : values) {
        value = 100 + random.normal();
    }
    return values;
}

void bands(const std::vector<double>& values) {
    for (const std::int64_t width : {20, 100, 1000, 10000}) {
        RollingBands bands(width);
        std::vector<double> mean(values.size());
        std::vector<double> stddev(values.size());
        measure("rolling_bands_" + std::to_string(width), values.size(), [&] {
            bands.compute(values, OwnRow::excluded, mean, stddev);
            return stddev.back();
        });
    }
    RollingBands bands(20);
    std::vector<double> mean(key_rows);
    std::vector<double> stddev(key_rows);
    measure("rolling_bands_20_by_key", values.size(), [&] {
        for (std::size_t at = 0; at < values.size(); at += key_rows) {
            bands.compute(std::span(values).subspan(at, key_rows), OwnRow::excluded, mean, stddev);
        }
        return stddev.back();
    });
}

void moments(const std::vector<double>& values) {
    measure("moments_exact", values.size(), [&] {
        Moments moments;
        for (const double value : values) {
            moments.add(value);
        }
        return moments.stddev();
    });
    for (const std::int64_t width : {20, 100, 1000, 10000}) {
        measure("sliding_moments_" + std::to_string(width), values.size(), [&] {
            SlidingMoments moments(width);
            double total = 0;
            for (const double value : values) {
                total += moments.window().squares;
                moments.push(value);
            }
            return total;
        });
    }
}

void order(const std::vector<double>& values) {
    for (const std::int64_t width : {20, 64, 100, 1000, 10000}) {
        measure("sliding_median_mad_" + std::to_string(width), values.size(), [&] {
            SlidingOrder order(width);
            double total = 0;
            for (const double value : values) {
                const double median = order.median();
                if (order.size() > 0) total += median + sorted_mad(order.sorted(), median);
                order.push(value);
            }
            return total;
        });
    }
}

void charts(const std::vector<double>& values) {
    measure("ewma", values.size(), [&] {
        Ewma ewma(0.2);
        double total = 0;
        for (const double value : values) {
            ewma.add(value);
            total += ewma.level();
        }
        return total;
    });
    measure("ewma_with_stddev", values.size(), [&] {
        Ewma ewma(0.2);
        double total = 0;
        for (const double value : values) {
            ewma.add(value);
            total += ewma.predictive_stddev();
        }
        return total;
    });
    measure("cusum", values.size(), [&] {
        Cusum cusum({.target = 100});
        double total = 0;
        for (const double value : values) {
            total += cusum.add(value);
        }
        return total;
    });
}

void lines(const std::vector<double>& values) {
    for (const std::size_t n : {16U, 32U, 64U}) {
        const std::size_t rows = 500;
        measure("theil_sen_" + std::to_string(n), rows, [&] {
            double total = 0;
            for (std::size_t i = 0; i < rows; ++i) {
                total += theil_sen(std::span(values).subspan(i, n)).slope;
            }
            return total;
        });
    }
}

} // namespace

int main() {
    const auto values = noise(40'000);
    bands(values);
    moments(values);
    order(values);
    charts(values);
    lines(values);
    return 0;
}
