// The generalised Pareto law of excesses over a high threshold (Balkema and de Haan 1974, Pickands
// 1975), kept to tails that do not end: shape >= 0, where 0 is the exponential.
#pragma once

#include <span>

#include "core/base/firewall.hpp"

namespace recon::evidence {

struct GeneralizedPareto {
    double shape = 0;
    double scale = 0;

    // ln P(excess >= value); 0 for value <= 0.
    [[nodiscard]] double ln_survival(double value) const;

    // The value >= 0 with ln P(excess >= value) = ln_survival <= 0.
    [[nodiscard]] double excess_at(double ln_survival) const;
};

// Shape and scale from excesses > 0 in ascending order, at least two: the quasi-Bayesian estimator
// of Zhang and Stephens (2009, Technometrics 51), which exists for every sample. A shape below 0
// becomes the exponential with the same mean. The shape is then raised by 1/n, which makes the
// law that of the next excess instead of the fitted one: with an exponential of estimated scale
// that is exact, P = (1 + y/(n scale))^-n.
[[nodiscard]] GeneralizedPareto fit_generalized_pareto(std::span<const double> excesses);

} // namespace recon::evidence
