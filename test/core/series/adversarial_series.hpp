// Series that break careless arithmetic, and a few ordinary ones, for the tests of every method.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "core/base/random.hpp"

namespace recon::series::testing {

struct NamedSeries {
    std::string name;
    std::vector<double> values;
};

inline std::vector<NamedSeries> adversarial_series(std::size_t n) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    constexpr double infinity = std::numeric_limits<double>::infinity();
    Random random(20240531);
    std::vector<NamedSeries> all;
    const auto make = [&](const std::string& name, auto value_at) {
        std::vector<double> values(n);
        for (std::size_t i = 0; i < n; ++i) {
            values[i] = value_at(i);
        }
        all.push_back({name, values});
    };
    make("constant", [](std::size_t) { return 0.1; });
    make("zero", [](std::size_t) { return 0.0; });
    make("signed zeros", [](std::size_t i) { return i % 2 == 0 ? 0.0 : -0.0; });
    make("normal", [&](std::size_t) { return random.normal(); });
    make("large offset", [&](std::size_t) { return 1e9 + random.normal(); });
    make("spike", [&](std::size_t i) { return i % 47 == 13 ? 1e9 : 100 + 0.01 * random.normal(); });
    make("first is a spike",
         [&](std::size_t i) { return i == 0 ? -1e9 : 100 + 0.01 * random.normal(); });
    make("constant but spikes", [](std::size_t i) { return i % 31 == 7 ? 1e9 : 0.1; });
    make("alternating", [](std::size_t i) { return i % 2 == 0 ? 1e6 : -1e6; });
    make("trend", [](std::size_t i) { return 10000.0 * static_cast<double>(i); });
    make("duplicates", [&](std::size_t) { return static_cast<double>(random.below(4)); });
    make("mostly quiet", [&](std::size_t) { return random.below(10) == 0 ? random.normal() : 0; });
    make("tiny", [&](std::size_t) { return 1e-300 * random.normal(); });
    make("huge", [&](std::size_t) { return 1e300 * (2 * random.uniform() - 1); });
    make("all magnitudes", [&](std::size_t) {
        return (random.below(2) == 0 ? 1 : -1) * std::pow(10, 600 * random.uniform() - 300);
    });
    make("lognormal", [&](std::size_t) { return std::exp(5 * random.normal()); });
    make("gaps", [&](std::size_t i) {
        switch (random.below(6)) {
        case 0:
            return nan;
        case 1:
            return i % 2 == 0 ? infinity : -infinity;
        case 2:
            return std::numeric_limits<double>::max();
        default:
            return random.normal();
        }
    });
    make("nothing admitted", [&](std::size_t i) { return i % 2 == 0 ? nan : infinity; });
    make("one admitted", [&](std::size_t i) { return i == n / 2 ? 7.0 : nan; });
    return all;
}

} // namespace recon::series::testing
