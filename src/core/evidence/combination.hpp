// One p-value from several detectors' p-values on the same row. Inputs are ln p and weights > 0 of
// equal length; a NaN ln p means that the detector had nothing to say, and it takes no part.
// Values above 0 are taken as 0 (p = 1). No detector with an answer gives NaN.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/firewall.hpp"

namespace recon::evidence {

// The weighted harmonic mean of the p-values: min(0, ln sum(w) - ln sum(w/p)) (Wilson 2019). Its
// type I error hardly depends on how the detectors are correlated, which is why it is the one in
// use: at .001 with five detectors correlated 0, .5 or .9 it is .0011.
[[nodiscard]] double harmonic_ln_p(std::span<const double> ln_p, std::span<const double> weights);

// The same, and each detector's share of it, (w/p) / sum(w/p): an exact additive explanation that
// sums to 1 (0 for a NaN). `shares` has the length of `ln_p`. Detectors with p = 0 share equally
// by weight.
double harmonic_ln_p(std::span<const double> ln_p, std::span<const double> weights,
                     std::span<double> shares);

// Fisher's method: -2 sum(ln p) is chi-squared with 2k degrees of freedom. Only for independent
// detectors: at .001 with five detectors correlated .5 or .9 its type I error is .023 or .047.
[[nodiscard]] double fisher_ln_p(std::span<const double> ln_p);

// Stouffer's method: the weighted sum of normal quantiles over the root of the summed squares of
// the weights. Only for independent detectors, for the same reason.
[[nodiscard]] double stouffer_ln_p(std::span<const double> ln_p, std::span<const double> weights);

enum class Combination : std::uint8_t { harmonic, fisher, stouffer };
[[nodiscard]] std::string_view name(Combination combination) noexcept;
[[nodiscard]] std::optional<Combination> combination_named(std::string_view name) noexcept;

// One of the three, and each detector's share of it: of the sum of w/p, of Fisher's sum of -ln p
// (weights do not count), of Stouffer's weighted sum of those normal quantiles that are above 0.
// A p of exactly 1 is what a detector says that can only ever speak against a row (no break, no
// frequency): to Stouffer it is p = .5, or its infinite quantile would silence all the others.
double combined_ln_p(Combination combination, std::span<const double> ln_p,
                     std::span<const double> weights, std::span<double> shares);

} // namespace recon::evidence
