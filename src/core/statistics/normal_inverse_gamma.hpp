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
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::evidence {

// One key's past in three numbers: `sum_squares` is of deviations from the mean.
struct KeySummary {
    std::int64_t count = 0;
    double mean = 0;
    double sum_squares = 0;

    void add(double x) noexcept;
    void merge(const KeySummary& other) noexcept; // Chan, Golub, LeVeque (1979)
};

struct NormalInverseGamma {
    double mean = 0;     // m_0
    double kappa = 0;    // prior observations the mean is worth
    double nu = -1;      // prior degrees of freedom; infinite: all keys share one variance
    double variance = 0; // s_0^2

    // No prior at all: the classical t with n - 1 degrees of freedom.
    [[nodiscard]] static NormalInverseGamma flat() noexcept { return {}; }
    [[nodiscard]] bool is_flat() const noexcept { return nu <= 0; }

    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static NormalInverseGamma deserialize(ByteReader& reader);
};

// The Student t of the next value: expected value, scale and degrees of freedom. `defined` is false
// where a flat prior meets fewer than two values; `constant` is true where there is no spread at
// all (no prior and equal values), and scale is then 0.
struct Predictive {
    double location = 0;
    double scale = 0;
    double df = 0;
    std::int64_t count = 0;
    bool defined = false;
    bool constant = false;
};

// `minimum_variance` bounds s^2 from below (tolerance squared): a constant key has no noise of its
// own, and less than the tolerance is not news. 0 for no bound.
[[nodiscard]] Predictive predict(const NormalInverseGamma& prior, const KeySummary& key,
                                 double minimum_variance = 0);

// ln P(a next value lies at least as far from its expectation as x). NaN where not defined or x is
// not finite. A constant history gives p = 1 for an equal x and p = 1/(n+1) for another.
[[nodiscard]] double ln_two_sided(const Predictive& predictive, double x);

// Predictions for many rows under one prior. Degrees of freedom are nu_0 + n, so their constants
// are kept for the lengths up to `kept_lengths` and shared by all keys.
class PredictiveScorer {
  public:
    explicit PredictiveScorer(const NormalInverseGamma& prior, double minimum_variance = 0,
                              std::size_t kept_lengths = 64);

    [[nodiscard]] const NormalInverseGamma& prior() const noexcept { return prior_; }
    [[nodiscard]] Predictive predict(const KeySummary& key) const;
    [[nodiscard]] double ln_two_sided(const Predictive& predictive, double x) const;

  private:
    NormalInverseGamma prior_;
    double minimum_variance_;
    std::vector<StudentTail> tails_; // by history length
};

// Collects key summaries in any order and from any number of workers, and fits the prior. It keeps
// at most `capacity` keys, those with the smallest hash, so memory is bounded and the kept keys
// depend on the set of keys alone; sums run in the order of the hash, so no plan changes a bit.
class PriorSample {
  public:
    explicit PriorSample(std::size_t capacity = 65536) : capacity_(capacity) {}

    // `key_hash` identifies the key: equal for the same key in every plan, well mixed. Keys with no
    // values are left out. Each key is added once.
    void add(std::uint64_t key_hash, const KeySummary& key);
    void merge(const PriorSample& other);
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

    // The kept summaries in canonical order.
    [[nodiscard]] std::vector<KeySummary> summaries() const;

    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static PriorSample deserialize(ByteReader& reader);

  private:
    struct Entry {
        std::uint64_t hash = 0;
        KeySummary key;
    };
    static bool before(const Entry& a, const Entry& b) noexcept;
    void shrink();

    std::size_t capacity_;
    std::vector<Entry> entries_; // unordered, at most twice the capacity
};

// Fits the prior to keys given in a canonical order. `minimum_variance` is added evidence that no
// key varies less than that (tolerance squared). Nothing is returned where no key has two values
// (then there is no measure of noise) and `minimum_variance` is 0.
//
// One key alone, or keys that agree perfectly, have no measurable variance between keys: kappa is
// then its lower or upper bound (`smallest_kappa`: the level of other keys says nothing;
// `largest_kappa`: all keys share a level).
[[nodiscard]] std::optional<NormalInverseGamma> fit_prior(std::span<const KeySummary> keys,
                                                          double minimum_variance = 0);
inline constexpr double smallest_kappa = 1e-6;
inline constexpr double largest_kappa = 1e6;

// The y > 0 with trigamma(y) = x, for x > 0 (Smyth 2004, appendix: Newton on 1/trigamma).
[[nodiscard]] double trigamma_inverse(double x);

} // namespace recon::evidence
