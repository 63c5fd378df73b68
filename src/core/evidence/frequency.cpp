#include "core/evidence/frequency.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/statistics/log_tails.hpp"

namespace recon::evidence {
namespace {

bool usable(const EventCount& key) {
    return key.exposure > 0 && std::isfinite(key.exposure) && key.events >= 0;
}

bool usable(const TrialCount& key) {
    return key.trials > 0 && key.events >= 0 && key.events <= key.trials;
}

constexpr double smallest_beta_size = 0.1;

} // namespace

std::optional<GammaPrior> fit_gamma_prior(std::span<const EventCount> keys) {
    double events = 0;
    double exposure = 0;
    for (const auto& key : keys) {
        if (!usable(key)) continue;
        events += static_cast<double>(key.events);
        exposure += key.exposure;
    }
    if (!(exposure > 0)) return std::nullopt;
    if (events == 0) return GammaPrior{0.5, exposure};
    const double mean = events / exposure;
    // E[(y - mean d)^2] = mean d + variance d^2, less what fitting the mean takes away.
    double squares = 0;
    double exposure_squares = 0;
    double exposure_share = 0; // sum of (d/D)^2
    for (const auto& key : keys) {
        if (!usable(key)) continue;
        const double residual = static_cast<double>(key.events) - mean * key.exposure;
        squares += residual * residual;
        exposure_squares += key.exposure * key.exposure;
        exposure_share += (key.exposure / exposure) * (key.exposure / exposure);
    }
    const double noise = mean * exposure * (1 - exposure_share);
    const double variance = (squares - noise) / (exposure_squares * (1 - exposure_share));
    const double shape = exposure_share < 1 && variance > 0
                             ? std::min(mean * mean / variance, largest_shape)
                         : exposure_share < 1 ? largest_shape
                                              : 0.5; // one key: nothing is known of how keys differ
    return GammaPrior{shape, shape / mean};
}

double ln_at_least(const GammaPrior& prior, const EventCount& past, std::int64_t events,
                   double exposure) {
    if (!(exposure > 0)) return std::numeric_limits<double>::quiet_NaN();
    const bool known = usable(past);
    const double shape = prior.shape + (known ? static_cast<double>(past.events) : 0.0);
    const double rate = prior.rate + (known ? past.exposure : 0.0);
    const double total = rate + exposure;
    return ln_negative_binomial_upper(events, shape, rate / total, exposure / total);
}

double expected_events(const GammaPrior& prior, const EventCount& past, double exposure) {
    const bool known = usable(past);
    const double shape = prior.shape + (known ? static_cast<double>(past.events) : 0.0);
    return shape / (prior.rate + (known ? past.exposure : 0.0)) * exposure;
}

std::optional<BetaPrior> beta_from_moments(double mean, double deviation) {
    if (!(mean > 0 && mean < 1 && deviation > 0)) return std::nullopt;
    const double size = mean * (1 - mean) / (deviation * deviation) - 1;
    if (!(size > 0)) return std::nullopt;
    return BetaPrior{mean * size, (1 - mean) * size};
}

std::optional<BetaPrior> fit_beta_prior(std::span<const TrialCount> keys) {
    double events = 0;
    double trials = 0;
    for (const auto& key : keys) {
        if (!usable(key)) continue;
        events += static_cast<double>(key.events);
        trials += static_cast<double>(key.trials);
    }
    if (trials == 0) return std::nullopt;
    // Half an event on each side keeps the mean inside (0, 1).
    const double mean = (events + 0.5) / (trials + 1);
    double squares = 0;   // of p - mean, weighted by trials
    double chance = 0;    // what they would be were all keys alike, over mean (1 - mean)
    double available = 0; // and were they as different as can be
    for (const auto& key : keys) {
        if (!usable(key)) continue;
        const auto n = static_cast<double>(key.trials);
        const double residual = static_cast<double>(key.events) / n - mean;
        squares += n * residual * residual;
        chance += 1 - n / trials;
        available += n * (1 - n / trials);
    }
    const double unit = mean * (1 - mean);
    const double share = (squares - unit * chance) / (unit * (available - chance));
    double size = 1; // one key, or one trial each: nothing is known of how keys differ
    if (available > chance) {
        size = share > 0 ? std::clamp(1 / share - 1, smallest_beta_size, largest_shape)
                         : largest_shape;
    }
    return BetaPrior{mean * size, (1 - mean) * size};
}

double ln_at_least(const BetaPrior& prior, const TrialCount& past, std::int64_t events,
                   std::int64_t trials) {
    const bool known = usable(past);
    const double a = prior.a + (known ? static_cast<double>(past.events) : 0.0);
    const double b = prior.b + (known ? static_cast<double>(past.trials - past.events) : 0.0);
    return ln_beta_binomial_upper(events, trials, a, b);
}

} // namespace recon::evidence
