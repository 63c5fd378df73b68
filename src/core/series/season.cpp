#include "core/series/season.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "core/base/interrupt.hpp"
#include "core/series/admitted.hpp"
#include "core/series/theil_sen.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::series {

namespace {

// What is left of the values without their line, scaled to at most 1 so that squares stay finite;
// 0, with a weight of 0, where there is no number.
struct Deviations {
    std::vector<double> value;
    std::vector<double> weight;
    double numbers = 0;
    double variance = 0;
};

Deviations without_trend(std::span<const double> values) {
    std::vector<double> places(values.size());
    std::iota(places.begin(), places.end(), 0.0);
    const auto line = theil_sen(places, values);
    Deviations left;
    left.value.resize(values.size());
    left.weight.resize(values.size());
    if (!admitted(line.slope) || !admitted(line.intercept)) return left;
    double largest = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!admitted(values[i])) continue;
        left.value[i] = values[i] - line.at(places[i]);
        left.weight[i] = 1;
        left.numbers += 1;
        largest = std::max(largest, std::abs(left.value[i]));
    }
    // Of a line, rounding is all that is left.
    const double level = std::abs(line.intercept) + std::abs(line.slope) * places.back();
    if (!(largest > 1e-12 * level) || !std::isfinite(largest)) return left;
    double sum = 0;
    for (auto& value : left.value) {
        value /= largest;
        sum += value;
    }
    const double mean = sum / left.numbers;
    double squares = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        left.value[i] -= left.weight[i] * mean;
        squares += left.value[i] * left.value[i];
    }
    left.variance = squares / left.numbers;
    return left;
}

struct Lag {
    double correlation = 0;
    double pairs = 0;
    [[nodiscard]] double z() const noexcept { return correlation * std::sqrt(pairs); }
};

Lag lag_of(const Deviations& left, std::size_t distance) {
    poll_interrupt();
    const std::size_t n = left.value.size() - distance;
    double products = 0;
    Lag lag;
    for (std::size_t i = 0; i < n; ++i) {
        products += left.value[i] * left.value[i + distance];
        lag.pairs += left.weight[i] * left.weight[i + distance];
    }
    if (lag.pairs > 0) lag.correlation = products / lag.pairs / left.variance;
    return lag;
}

} // namespace

Season find_season(std::span<const double> values, std::size_t longest) {
    longest = std::min(longest, values.size() / 3);
    if (longest < 2) return {};
    const auto left = without_trend(values);
    if (!(left.variance > 0)) return {};

    // One distance more to each side, to tell what is a peak.
    std::vector<Lag> lags(longest + 2);
    for (std::size_t distance = 1; distance < lags.size(); ++distance) {
        lags[distance] = lag_of(left, distance);
    }
    const auto peaks = [&](std::size_t at) {
        const double height = lags[at].correlation;
        return height > 0 && height > lags[at - 1].correlation &&
               height >= lags[at + 1].correlation;
    };
    std::size_t best = 0;
    for (std::size_t at = 2; at <= longest; ++at) {
        if (peaks(at) && (best == 0 || lags[at].z() > lags[best].z())) best = at;
    }
    if (best == 0) return {};
    const double high_enough = lags[best].correlation - 2 / std::sqrt(lags[best].pairs);
    std::size_t period = best;
    for (std::size_t at = best / 2; at >= 2; --at) {
        if (best % at == 0 && peaks(at) && lags[at].correlation >= high_enough) period = at;
    }
    const double tail = evidence::ln_normal_upper(lags[best].z());
    return {period, lags[period].correlation,
            std::min(0.0, tail + std::log(static_cast<double>(longest - 1)))};
}

} // namespace recon::series
