#include "core/statistics/normal_inverse_gamma.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>

#include "core/base/interrupt.hpp"

namespace recon::evidence {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// Few keys cannot tell a prior of a thousand degrees of freedom from an infinite one, nor fewer
// than this: it keeps the prior predictive's moments finite enough to be useful.
constexpr double smallest_nu = 0.5;

using Policy = boost::math::policies::policy<
    boost::math::policies::domain_error<boost::math::policies::ignore_error>,
    boost::math::policies::pole_error<boost::math::policies::ignore_error>,
    boost::math::policies::overflow_error<boost::math::policies::ignore_error>,
    boost::math::policies::evaluation_error<boost::math::policies::ignore_error>>;

double digamma(double x) {
    return boost::math::digamma(x, Policy());
}
double trigamma(double x) {
    return boost::math::trigamma(x, Policy());
}

} // namespace

void KeySummary::add(double x) noexcept {
    ++count;
    const double delta = x - mean;
    mean += delta / static_cast<double>(count);
    sum_squares += delta * (x - mean);
}

void KeySummary::merge(const KeySummary& other) noexcept {
    if (other.count == 0) return;
    if (count == 0) {
        *this = other;
        return;
    }
    const auto n = static_cast<double>(count);
    const auto m = static_cast<double>(other.count);
    const double delta = other.mean - mean;
    mean += delta * (m / (n + m));
    sum_squares += other.sum_squares + delta * delta * (n * m / (n + m));
    count += other.count;
}

void NormalInverseGamma::serialize(ByteWriter& writer) const {
    writer.put(mean);
    writer.put(kappa);
    writer.put(nu);
    writer.put(variance);
}

NormalInverseGamma NormalInverseGamma::deserialize(ByteReader& reader) {
    NormalInverseGamma prior;
    prior.mean = reader.get<double>();
    prior.kappa = reader.get<double>();
    prior.nu = reader.get<double>();
    prior.variance = reader.get<double>();
    const bool sound = std::isfinite(prior.mean) && prior.kappa >= 0 &&
                       std::isfinite(prior.kappa) && prior.nu >= -1 && prior.variance >= 0 &&
                       std::isfinite(prior.variance);
    if (!sound) reader.refuse("a prior out of range");
    return prior;
}

Predictive predict(const NormalInverseGamma& prior, const KeySummary& key,
                   double minimum_variance) {
    Predictive result;
    result.count = key.count;
    const auto n = static_cast<double>(key.count);
    const double kappa = prior.kappa + n;
    const double nu = prior.nu + n;
    if (!(kappa > 0) || !(nu > 0)) return result;
    result.defined = true;
    result.df = nu;
    double variance = prior.variance;
    if (key.count == 0) {
        result.location = prior.mean;
    } else {
        const double offset = key.mean - prior.mean;
        // m_n written from the sample mean, exact where the prior is flat.
        result.location = key.mean - offset * (prior.kappa / kappa);
        if (nu < infinity) {
            variance = (prior.is_flat() ? 0 : prior.nu * prior.variance) + key.sum_squares +
                       prior.kappa * n / kappa * offset * offset;
            variance /= nu;
        }
    }
    variance = std::max(variance, minimum_variance);
    result.scale = std::sqrt(variance * (1 + 1 / kappa));
    result.constant = result.scale == 0;
    return result;
}

namespace {

double ln_constant_history(const Predictive& predictive, double x) {
    if (x == predictive.location) return 0;
    return -std::log(static_cast<double>(predictive.count) + 1);
}

} // namespace

double ln_two_sided(const Predictive& predictive, double x) {
    if (!predictive.defined || !std::isfinite(x)) return not_a_number;
    if (predictive.constant) return ln_constant_history(predictive, x);
    return ln_student_two_sided((x - predictive.location) / predictive.scale, predictive.df);
}

PredictiveScorer::PredictiveScorer(const NormalInverseGamma& prior, double minimum_variance,
                                   std::size_t kept_lengths)
    : prior_(prior), minimum_variance_(minimum_variance) {
    tails_.reserve(kept_lengths + 1);
    for (std::size_t n = 0; n <= kept_lengths; ++n)
        tails_.emplace_back(std::max(prior.nu + static_cast<double>(n), 1e-3));
}

Predictive PredictiveScorer::predict(const KeySummary& key) const {
    return evidence::predict(prior_, key, minimum_variance_);
}

double PredictiveScorer::ln_two_sided(const Predictive& predictive, double x) const {
    if (!predictive.defined || !std::isfinite(x)) return not_a_number;
    if (predictive.constant) return ln_constant_history(predictive, x);
    const double t = (x - predictive.location) / predictive.scale;
    const auto n = static_cast<std::size_t>(predictive.count);
    if (n < tails_.size()) return tails_[n].ln_two_sided(t);
    return ln_student_two_sided(t, predictive.df);
}

bool PriorSample::before(const Entry& a, const Entry& b) noexcept {
    return std::tie(a.hash, a.key.count, a.key.mean, a.key.sum_squares) <
           std::tie(b.hash, b.key.count, b.key.mean, b.key.sum_squares);
}

void PriorSample::add(std::uint64_t key_hash, const KeySummary& key) {
    if (key.count <= 0) return;
    entries_.push_back({key_hash, key});
    if (entries_.size() >= 2 * std::max<std::size_t>(capacity_, 1)) shrink();
}

void PriorSample::merge(const PriorSample& other) {
    capacity_ = std::min(capacity_, other.capacity_);
    entries_.insert(entries_.end(), other.entries_.begin(), other.entries_.end());
    if (entries_.size() > capacity_) shrink();
}

void PriorSample::shrink() {
    if (entries_.size() <= capacity_) return;
    const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(capacity_);
    std::nth_element(entries_.begin(), end, entries_.end(), before);
    entries_.erase(end, entries_.end());
}

std::vector<KeySummary> PriorSample::summaries() const {
    auto ordered = entries_;
    std::sort(ordered.begin(), ordered.end(), before);
    if (ordered.size() > capacity_) ordered.resize(capacity_);
    std::vector<KeySummary> result;
    result.reserve(ordered.size());
    for (const auto& entry : ordered)
        result.push_back(entry.key);
    return result;
}

void PriorSample::serialize(ByteWriter& writer) const {
    writer.put(std::uint8_t{1});
    writer.put(static_cast<std::uint64_t>(capacity_));
    writer.put(static_cast<std::uint32_t>(entries_.size()));
    for (const auto& entry : entries_) {
        writer.put(entry.hash);
        writer.put(entry.key.count);
        writer.put(entry.key.mean);
        writer.put(entry.key.sum_squares);
    }
}

PriorSample PriorSample::deserialize(ByteReader& reader) {
    if (reader.get<std::uint8_t>() != 1) reader.refuse("an unknown version of a prior sample");
    const auto capacity = reader.get<std::uint64_t>();
    if (capacity == 0 || capacity > (std::uint64_t{1} << 32))
        reader.refuse("a capacity out of range");
    PriorSample sample(static_cast<std::size_t>(capacity));
    const auto count = reader.get_count(4 * sizeof(double));
    if (count > 2 * capacity) reader.refuse("more keys than the capacity");
    sample.entries_.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        Entry entry{};
        entry.hash = reader.get<std::uint64_t>();
        entry.key.count = reader.get<std::int64_t>();
        entry.key.mean = reader.get<double>();
        entry.key.sum_squares = reader.get<double>();
        if (entry.key.count < 1 || !std::isfinite(entry.key.mean) ||
            !(entry.key.sum_squares >= 0) || !std::isfinite(entry.key.sum_squares)) {
            reader.refuse("a key summary out of range");
        }
        sample.entries_.push_back(entry);
    }
    return sample;
}

double trigamma_inverse(double x) {
    if (x > 1e7) return 1 / std::sqrt(x);
    if (x < 1e-6) return 1 / x;
    double y = 0.5 + 1 / x;
    for (int i = 0; i < 50; ++i) {
        const double value = trigamma(y);
        // The derivative of trigamma, by a series shifted to where it converges.
        double slope = 0;
        double shifted = y;
        for (; shifted < 10; shifted += 1)
            slope -= 2 / (shifted * shifted * shifted);
        const double r = 1 / (shifted * shifted);
        slope -= r * (1 + 1 / shifted + r * (0.5 - r * (1.0 / 6 - r * (1.0 / 6 - r * 0.3))));
        const double step = value * (1 - value / x) / slope;
        y += step;
        if (-step / y < 1e-10) break;
    }
    return y;
}

std::optional<NormalInverseGamma> fit_prior(std::span<const KeySummary> keys,
                                            double minimum_variance) {
    // First the noise: e = ln s^2 corrected for its own degrees of freedom has mean
    // ln s_0^2 - digamma(nu_0/2) + ln(nu_0/2) and variance trigamma(d/2) + trigamma(nu_0/2).
    KeySummary logs;
    double mean_trigamma = 0;
    double within = 0; // pooled sum of squares and its degrees of freedom
    double within_df = 0;
    KeySummary means; // of the keys' means, every key counting once
    double mean_inverse_count = 0;
    std::size_t seen = 0;
    for (const auto& key : keys) {
        if ((++seen & 0xfff) == 0) poll_interrupt();
        if (key.count < 1) continue;
        means.add(key.mean);
        mean_inverse_count += (1 / static_cast<double>(key.count) - mean_inverse_count) /
                              static_cast<double>(means.count);
        if (key.count < 2) continue;
        const double df = static_cast<double>(key.count) - 1;
        const double variance = std::max(key.sum_squares / df, minimum_variance);
        within += variance * df;
        within_df += df;
        if (!(variance > 0)) continue; // a constant key's logarithm says nothing
        logs.add(std::log(variance) - digamma(0.5 * df) + std::log(0.5 * df));
        mean_trigamma += (trigamma(0.5 * df) - mean_trigamma) / static_cast<double>(logs.count);
    }
    if (means.count == 0) return std::nullopt;
    NormalInverseGamma prior;
    if (logs.count == 0) {
        if (!(minimum_variance > 0)) return std::nullopt;
        prior.variance = minimum_variance;
        prior.nu = 1;
    } else {
        const auto count = static_cast<double>(logs.count);
        const double excess =
            logs.count < 2 ? infinity : logs.sum_squares / (count - 1) - mean_trigamma;
        if (logs.count < 2) {
            // One variance cannot say how variances differ: it is worth what it was measured with.
            prior.nu = std::max(within_df, smallest_nu);
            prior.variance = within / within_df;
        } else if (excess > 0) {
            prior.nu = std::max(2 * trigamma_inverse(excess), smallest_nu);
            prior.variance =
                std::exp(logs.mean + digamma(0.5 * prior.nu) - std::log(0.5 * prior.nu));
        } else {
            prior.nu = infinity;
            prior.variance = std::exp(logs.mean);
        }
    }
    // Then the levels: the variance of the keys' means, less what their own noise contributes.
    prior.mean = means.mean;
    const double noise =
        within_df > 0 ? std::max(within / within_df, minimum_variance) : prior.variance;
    const double between = means.count < 2
                               ? infinity
                               : means.sum_squares / (static_cast<double>(means.count) - 1) -
                                     noise * mean_inverse_count;
    prior.kappa =
        between <= 0 ? largest_kappa : std::clamp(noise / between, smallest_kappa, largest_kappa);
    return prior;
}

} // namespace recon::evidence
