// Logarithms of the gamma and beta functions and of the regularized incomplete beta function, from
// which the tails of Student's t, the binomial and the negative binomial follow. Everything stays a
// logarithm, so a probability of e^-5000 is an ordinary number here. The functions keep no state
// (std::lgamma writes a global) and take positive finite parameters.
#pragma once

#include "core/base/firewall.hpp"

namespace recon::evidence {

// ln Gamma(z) less Stirling's (z - 1/2) ln z - z + ln(2 pi)/2; below 1/(12 z) for every z > 0.
[[nodiscard]] double stirling_remainder(double z);

[[nodiscard]] double ln_gamma(double z);

[[nodiscard]] double ln_beta(double a, double b);

// ln I_x(a, b), where y = 1 - x is given too because it may be known more exactly than x.
// 0 where x >= 1, -infinity where x <= 0.
[[nodiscard]] double ln_incomplete_beta(double a, double b, double x, double y);

// ln(1 - e^v) for v <= 0, without cancellation at either end (Maechler 2012).
[[nodiscard]] double ln_one_minus_exp(double v);

// ln(e^u + e^v).
[[nodiscard]] double ln_sum_exp(double u, double v);

// The factor F of I_x(a, b) = x^a (1-x)^b / (a B(a, b)) F: the continued fraction 26.5.8 of
// Abramowitz and Stegun by its forward recurrence. It converges fast for x < (a+1)/(a+b+2).
[[nodiscard]] double beta_continued_fraction(double a, double b, double x);

} // namespace recon::evidence
