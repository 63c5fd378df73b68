// A key's rows for tests of what is remembered of them.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/base/random.hpp"
#include "core/detection/history/key_series.hpp"
#include "core/detection/judging/judge.hpp"

namespace recon::breaks {

// A history in which everything happens: noise, trends, steps, gaps, quiet stretches with
// episodes, month ends, several rows on one date, missing and infinite values.
inline KeySeries eventful(std::uint64_t seed, std::size_t rows, std::size_t measures) {
    Random random(seed);
    KeySeries series(measures);
    std::int32_t date = 7000;
    std::vector<double> level(measures, 0.0), slope(measures, 0.0);
    double noise = 1;
    for (std::size_t i = 0; i < rows; ++i) {
        if (random.below(8) != 0) date += 1 + static_cast<std::int32_t>(random.below(3));
        std::vector<double> values(measures);
        bool is_break = false;
        for (std::size_t j = 0; j < measures; ++j) {
            if (random.below(40) == 0) level[j] += 30 * random.normal();
            if (random.below(40) == 0) slope[j] = random.below(2) == 0 ? 0 : 3 * random.normal();
            if (random.below(60) == 0) noise = random.below(3) == 0 ? 0 : 3 * random.uniform();
            level[j] += slope[j];
            values[j] = level[j] + noise * random.normal();
            if (random.below(25) == 0) values[j] += 200 * random.normal();
            if (random.below(30) == 0) values[j] = std::numeric_limits<double>::quiet_NaN();
            if (random.below(60) == 0) values[j] = std::numeric_limits<double>::infinity();
            is_break = is_break || !(std::fabs(values[j]) <= 20);
        }
        series.append(date, values, is_break, random.below(3) != 0, random.next(), i);
    }
    series.sort();
    return series;
}

// What is known of forty such keys.
inline Population some_population(const JudgeOptions& options, std::size_t measures) {
    std::vector<KeySummary> summaries;
    for (std::uint64_t seed = 100; seed < 140; ++seed) {
        summaries.push_back(summarize(eventful(seed, 60, measures), options));
    }
    return fit_population(summaries, options);
}

} // namespace recon::breaks
