#include "core/series/self_starting_cusum.hpp"

#include <algorithm>
#include <cmath>

#include "core/series/admitted.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::series {

namespace {

Cusum::Options around_zero(Cusum::Options options) {
    options.target = 0;
    return options;
}

} // namespace

SelfStartingCusum::SelfStartingCusum(Cusum::Options options) : sums_(around_zero(options)) {}

int SelfStartingCusum::add(double x) {
    if (!admitted(x)) return 0;
    if (past_.n < 2) {
        past_.add(x);
        return 0;
    }
    const double distance = x - past_.mean();
    const double scale = past_.stddev() * std::sqrt(1 + 1 / past_.n);
    double score = 0;
    double entering = x;
    if (distance != 0 && scale == 0) {
        // Of a constant the deviation is not known: another value has probability 1 / (n + 1).
        score = std::min(most, evidence::normal_two_sided_quantile(-std::log1p(past_.n)));
    } else if (distance != 0) {
        const evidence::StudentTail tail(past_.n - 1);
        score = evidence::normal_two_sided_quantile(tail.ln_two_sided(distance / scale));
        if (score > most) {
            score = most;
            const double limit = tail.two_sided_quantile(evidence::ln_normal_two_sided(most));
            entering = past_.mean() + std::copysign(limit * scale, distance);
        }
    }
    past_.add(admitted(entering) ? entering : x);
    return sums_.add(std::copysign(score, distance));
}

} // namespace recon::series
