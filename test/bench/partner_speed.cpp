// Prints the processor time of learning which keys are partners: keys in groups of four that move
// together, which is where most is to do. Medians of five.
//
//   partner_speed [keys]
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <vector>

#include "core/base/random.hpp"
#include "core/detection/judging/judge.hpp"
#include "core/detection/judging/partners.hpp"
#include "generated_keys.hpp"
#include "processor_time.hpp"

namespace {

using namespace recon::breaks;
using namespace recon::bench;

constexpr double tolerance = 0.1;

std::vector<KeySeries> make_keys(std::size_t keys, std::size_t rows) {
    recon::Random random(42);
    std::vector<double> market(rows);
    return generated_keys(keys, rows, tolerance, false, [&](std::size_t k, std::size_t i) {
        if (k % 4 == 0 && i == 0) {
            for (double& there : market)
                there = random.normal();
        }
        return 100 + std::sqrt(0.95) * market[i] + std::sqrt(0.05) * random.normal();
    });
}

} // namespace

int main(int argc, char** argv) {
    const std::size_t keys = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 2000;
    std::vector<std::int32_t> dates(120);
    std::iota(dates.begin(), dates.end(), first_day);
    const auto series = make_keys(keys, dates.size());
    const auto newest = std::span(dates).last(Movement::most_changes + 1);
    JudgeOptions options;
    options.tolerance = {tolerance};
    Repeated moving{}, pairing{}, departing{}, relating{};
    std::size_t found = 0;
    for (std::size_t repeat = 0; repeat < repeats; ++repeat) {
        const double start = processor_seconds();
        std::vector<Movement> movements;
        movements.reserve(keys);
        for (const auto& key : series)
            movements.push_back(movement(key, 0, newest, tolerance, false));
        const double moved = processor_seconds();
        const auto pairs = moving_together(movements, 3);
        const double paired = processor_seconds();
        std::vector<std::vector<double>> off(keys);
        for (std::size_t k = 0; k < keys; ++k)
            off[k] = departures(series[k], std::array<std::size_t, 1>{0}, newest, options, false)
                         .front();
        const double departed = processor_seconds();
        found = partnerships(pairs, off, keys, 0.1).size();
        const double related = processor_seconds();
        moving[repeat] = moved - start;
        pairing[repeat] = paired - moved;
        departing[repeat] = departed - paired;
        relating[repeat] = related - departed;
    }
    const double per_key = 1e6 / static_cast<double>(keys);
    std::printf("movements %.2f us a key\npairs %.2f us a key, %.1f ms\n"
                "departures %.1f us a key\nlines %.1f us a key (%zu found)\n",
                median(moving) * per_key, median(pairing) * per_key, 1e3 * median(pairing),
                median(departing) * per_key, median(relating) * per_key, found);
    return 0;
}
