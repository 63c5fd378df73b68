// One p-value from several detectors' p-values on the same row. Inputs are ln p and weights > 0 of
// equal length; a NaN ln p means that the detector had nothing to say, and it takes no part.
// Values above 0 are taken as 0 (p = 1). No detector with an answer gives NaN.
#pragma once

#include <span>

#include "core/firewall.hpp"

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

} // namespace recon::evidence
