// What a key's past values say about its next one, when the population of keys says something too:
// the predictive distribution of a normal sample under a normal-inverse-gamma prior, a Student t.
//
//   kappa_n = kappa_0 + n            m_n = (kappa_0 m_0 + n xbar) / kappa_n
//   nu_n    = nu_0 + n               nu_n s^2 = nu_0 s_0^2 + SS + kappa_0 n / kappa_n (xbar -
//   m_0)^2 t = (x - m_n) / sqrt(s^2 (1 + 1/kappa_n)) on nu_n degrees of freedom
//
// The prior is estimated over all keys (empirical Bayes): s_0^2 and nu_0 by matching the mean and
// variance of the log variances (Smyth 2004, Statistical Applications in Genetics and Molecular
// Biology 3(1), section 6.2), kappa_0 as the pooled variance within keys over that between keys.
// Values are on whatever scale the caller models as normal (asinh of the amounts).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"

namespace recon::evidence {

// One key's past in three numbers: `sum_squares` is of deviations from the mean.
struct SampleSummary {
    std::int64_t count = 0;
    double mean = 0;
    double sum_squares = 0;

    void add(double x) noexcept;
};

struct NormalInverseGamma {
    double mean = 0;     // m_0
    double kappa = 0;    // prior observations the mean is worth
    double nu = -1;      // prior degrees of freedom; infinite: all keys share one variance
    double variance = 0; // s_0^2

    // No prior at all, as it begins: the classical t with n - 1 degrees of freedom.
    [[nodiscard]] bool is_flat() const noexcept { return nu <= 0; }

    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static NormalInverseGamma deserialize(ByteReader& reader);
};

// The Student t of the next value: expected value, scale and degrees of freedom. `defined` is false
// where a flat prior meets fewer than two values; scale is 0 where there is no spread at all (no
// prior and equal values).
struct Predictive {
    double location = 0;
    double scale = 0;
    double df = 0;
    bool defined = false;
};

// `minimum_variance` bounds s^2 from below (tolerance squared): a constant key has no noise of its
// own, and less than the tolerance is not news. 0 for no bound.
[[nodiscard]] Predictive predict(const NormalInverseGamma& prior, const SampleSummary& key,
                                 double minimum_variance = 0);

// Fits the prior to keys given in a canonical order. `minimum_variance` is added evidence that no
// key varies less than that (tolerance squared). Nothing is returned where no key has two values
// (then there is no measure of noise) and `minimum_variance` is 0.
//
// One key alone, or keys that agree perfectly, have no measurable variance between keys: kappa is
// then its lower or upper bound (`smallest_kappa`: the level of other keys says nothing;
// `largest_kappa`: all keys share a level).
[[nodiscard]] std::optional<NormalInverseGamma> fit_prior(std::span<const SampleSummary> keys,
                                                          double minimum_variance = 0);
inline constexpr double smallest_kappa = 1e-6;
inline constexpr double largest_kappa = 1e6;

// The y > 0 with trigamma(y) = x, for x > 0 (Smyth 2004, appendix: Newton on 1/trigamma).
[[nodiscard]] double trigamma_inverse(double x);

} // namespace recon::evidence
