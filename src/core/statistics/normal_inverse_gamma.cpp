#include "core/statistics/normal_inverse_gamma.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>

#include "core/base/interrupt.hpp"

namespace recon::evidence {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

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

void SampleSummary::add(double x) noexcept {
    ++count;
    const double delta = x - mean;
    mean += delta / static_cast<double>(count);
    sum_squares += delta * (x - mean);
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

Predictive predict(const NormalInverseGamma& prior, const SampleSummary& key,
                   double minimum_variance) {
    Predictive result;
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
    return result;
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

std::optional<NormalInverseGamma> fit_prior(std::span<const SampleSummary> keys,
                                            double minimum_variance) {
    // First the noise: e = ln s^2 corrected for its own degrees of freedom has mean
    // ln s_0^2 - digamma(nu_0/2) + ln(nu_0/2) and variance trigamma(d/2) + trigamma(nu_0/2).
    SampleSummary logs;
    double mean_trigamma = 0;
    double within = 0; // pooled sum of squares and its degrees of freedom
    double within_df = 0;
    SampleSummary means; // of the keys' means, every key counting once
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
