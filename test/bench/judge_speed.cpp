// Prints nanoseconds per row of the three steps of a run over generated keys, every row a target:
// summaries, population, findings. Medians of five.
//
//   judge_speed [keys] [rows per key] [tolerance]
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "core/base/random.hpp"
#include "core/detection/baseline/key_state.hpp"
#include "core/detection/judging/judge.hpp"
#include "generated_keys.hpp"
#include "processor_time.hpp"

namespace {

using namespace recon::breaks;
using namespace recon::bench;

// The keys of test/bench/detect_data.sql: stable, trending, stepped, quiet and volatile ones.
std::vector<KeySeries> make_keys(std::size_t keys, std::size_t rows, double tolerance) {
    recon::Random random(42);
    return generated_keys(keys, rows, tolerance, true, [&](std::size_t k, std::size_t i) {
        double value = 20 * random.normal();
        switch (k % 5) {
        case 0:
            value += 1000;
            break;
        case 1:
            value += 1000 + 10 * static_cast<double>(i);
            break;
        case 2:
            value += i < rows / 2 ? 500 : 5000;
            break;
        case 3:
            value = 0.005 * value + (random.uniform() < 0.9 ? 0 : 200);
            break;
        default:
            value *= 15;
        }
        if (10 * i >= 9 * rows && random.uniform() < 0.02) value += 2000;
        return value;
    });
}

} // namespace

int main(int argc, char** argv) {
    const std::size_t keys = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 2000;
    const std::size_t rows = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 500;
    const double tolerance = argc > 3 ? std::strtod(argv[3], nullptr) : 1000;
    const auto series = make_keys(keys, rows, tolerance);
    JudgeOptions options;
    options.tolerance = {tolerance};
    Repeated summarizing{}, fitting{}, judging{};
    double check = 0;
    for (std::size_t repeat = 0; repeat < repeats; ++repeat) {
        const double start = processor_seconds();
        std::vector<KeySummary> summaries;
        summaries.reserve(keys);
        for (const auto& key : series)
            summaries.push_back(summarize(key, options, true));
        const double summarized = processor_seconds();
        const Population population = fit_population(summaries, options);
        const double fitted = processor_seconds();
        std::vector<Finding> findings;
        std::vector<double> ln_p;
        for (const auto& key : series) {
            findings.clear();
            ln_p.clear();
            KeyState state(1, options);
            judge_breaks(state, key, population, options, findings, {.ln_p = &ln_p});
            check += ln_p.back();
        }
        const double judged = processor_seconds();
        const double per_row = 1e9 / static_cast<double>(keys * rows);
        summarizing[repeat] = (summarized - start) * per_row;
        fitting[repeat] = (fitted - summarized) * per_row;
        judging[repeat] = (judged - fitted) * per_row;
    }
    std::printf("summarize %.0f ns a row\nfit %.0f ns a row\njudge %.0f ns a row\n"
                "together %.0f ns a row (check %.3f)\n",
                median(summarizing), median(fitting), median(judging),
                median(summarizing) + median(fitting) + median(judging), check);
    return 0;
}
