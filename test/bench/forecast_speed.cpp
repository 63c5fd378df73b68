// Prints nanoseconds per row of fitting a population and of judging every row of its keys, and the
// bytes of a key that is stored: books of some laws (test/core/detection/forecast/laws.hpp), and
// those that match in so many of 100 rows. Medians of five.
//
//   forecast_speed [keys] [rows per key]
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "core/base/random.hpp"
#include "core/detection/forecast/forecast.hpp"
#include "detection/forecast/laws.hpp"
#include "processor_time.hpp"

namespace {

using namespace recon::forecast;
using namespace recon::bench;

std::vector<std::vector<Row>> make_keys(std::size_t keys, std::size_t rows, double breaks) {
    recon::Random random(42);
    const auto days = test::business_days(19000, rows);
    std::vector<std::vector<Row>> all(keys);
    for (auto& key : all) {
        const double unit = 20 * std::exp(random.normal());
        const double level = breaks == 1 ? 50 * unit * random.normal() : 0;
        for (const auto day : days) {
            const double value = random.uniform() < breaks ? level + unit * random.normal() : 0;
            key.push_back({day, std::round(100 * value) / 100, 1000, false, false});
        }
    }
    return all;
}

void measure(const char* name, const std::vector<std::vector<Row>>& keys) {
    const std::vector<KeyRows> past(keys.begin(), keys.end());
    Repeated fitting{}, judging{};
    double check = 0;
    std::size_t rows = 0, bytes = 0, exact = 0;
    for (std::size_t repeat = 0; repeat < repeats; ++repeat) {
        const double start = processor_seconds();
        const auto population = ForecastPopulation::fit(past, {});
        const double fitted = processor_seconds();
        Forecaster forecaster(population);
        rows = bytes = exact = 0;
        for (const auto& key : keys) {
            KeyForecast state = forecaster.start();
            for (const Row& row : key) {
                const Verdict verdict = forecaster.take(state, row);
                check += std::isnan(verdict.ln_p) ? 0 : verdict.ln_p;
                exact += verdict.judged.is_ordinary ? 0 : 1;
            }
            recon::ByteWriter writer;
            state.serialize(writer);
            bytes += writer.bytes().size();
            rows += key.size();
        }
        judging[repeat] = processor_seconds() - fitted;
        fitting[repeat] = fitted - start;
    }
    const auto n = static_cast<double>(rows);
    std::printf(
        "%-14s fit %5.0f  judge %5.0f ns per row; %2.0f%% exact; %4zu bytes per key  (%.17g)\n",
        name, 1e9 * median(fitting) / n, 1e9 * median(judging) / n,
        100 * static_cast<double>(exact) / n, bytes / keys.size(), check);
}

} // namespace

int main(int argc, char** argv) {
    const std::size_t keys = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 500;
    const std::size_t rows = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 250;
    measure("3 break", make_keys(keys, rows, 0.03));
    measure("50 break", make_keys(keys, rows, 0.5));
    measure("100 break", make_keys(keys, rows, 1));
    for (const char* law : {"mixed", "random_walk", "seasonal"}) {
        std::vector<std::vector<Row>> of_law;
        for (const auto& key : test::make_law_panel(law, 1, 0.02, keys).keys)
            of_law.push_back(key.rows);
        measure(law, of_law);
    }
    return 0;
}
