// Does a key break more often than its rate says? Counts over an exposure (rows, days) with a rate
// that varies from key to key: gamma-Poisson, of which the predictive is negative binomial. Where
// the number of trials is known (breaks among n rows), beta-binomial. Priors are fitted over all
// keys by moments. A plug-in Poisson rate would false-alarm (.052 at a nominal .001).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/base/firewall.hpp"

namespace recon::evidence {

// `events` in `exposure` units; exposure > 0 and events >= 0, else the key says nothing.
struct EventCount {
    std::int64_t events = 0;
    double exposure = 0;
};

// The rate of a key drawn at random is Gamma(shape, rate): mean shape/rate events per unit.
struct GammaPrior {
    double shape = 0;
    double rate = 0;
};

// Keys in a canonical order (it decides the last bits of the sums). Nothing where no key has any
// exposure. Where no event was ever seen, the prior is worth half an event in all the exposure
// (Jeffreys). Where keys differ no more than chance, the shape is `largest_shape`, which is as good
// as a common rate.
inline constexpr double largest_shape = 1e4;
[[nodiscard]] std::optional<GammaPrior> fit_gamma_prior(std::span<const EventCount> keys);

// ln P(at least `events` in the next `exposure`), given the key's past: with r = shape + past
// events, success probability (rate + past exposure) / (rate + past exposure + exposure).
// NaN for an exposure that is not positive.
[[nodiscard]] double ln_at_least(const GammaPrior& prior, const EventCount& past,
                                 std::int64_t events, double exposure);

// Expected number of events in the next `exposure`.
[[nodiscard]] double expected_events(const GammaPrior& prior, const EventCount& past,
                                     double exposure);

// `events` among `trials`, 0 <= events <= trials, else the key says nothing.
struct TrialCount {
    std::int64_t events = 0;
    std::int64_t trials = 0;
};

// The probability of a key drawn at random is Beta(a, b).
struct BetaPrior {
    double a = 0;
    double b = 0;
};

// From mean in (0, 1) and standard deviation; nothing where no beta has that deviation.
[[nodiscard]] std::optional<BetaPrior> beta_from_moments(double mean, double deviation);

// Moments weighted by trials (Kleinman 1973, JASA 68). Nothing where no key has trials; a + b is
// between .1 and `largest_shape`.
[[nodiscard]] std::optional<BetaPrior> fit_beta_prior(std::span<const TrialCount> keys);

// ln P(at least `events` among the next `trials`), given the key's past.
[[nodiscard]] double ln_at_least(const BetaPrior& prior, const TrialCount& past,
                                 std::int64_t events, std::int64_t trials);

} // namespace recon::evidence
