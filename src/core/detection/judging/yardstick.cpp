#include "core/detection/judging/yardstick.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace recon::breaks {

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

// Beyond the band that holds 95% it is worth while to average over what the noise may be.
constexpr double ln_ordinary = -2.995732273553991; // ln .05

} // namespace

Verdict against(double residual, double variance, double df, const TailLaw& law) {
    const double deviation = std::sqrt(variance);
    if (!(deviation > 0)) return {residual == 0 ? 0.0 : missing};
    return {law.ln_p(std::fabs(residual) / deviation, df), deviation, df, &law};
}

Yardstick::Yardstick(const Baseline& baseline, const MeasurePopulation& usual, double tolerance)
    : tolerance_(tolerance), own_variance_(baseline.variance), own_df_(baseline.df),
      variance_(tolerance * tolerance), df_(baseline.tail_df),
      law_(&usual.laws[static_cast<std::size_t>(
          history_of(baseline.n, baseline.trend, baseline.quiet))]),
      prior_(&usual.noise) {
    // A key that moves less than the tolerance is measured by it.
    if (baseline.quiet && tolerance > 0) return;
    const JointVariance joint =
        join_variance(usual.variance, usual.df, baseline.variance, baseline.df);
    variance_ = std::max(joint.variance, variance_);
    prior_df_ = joint.df;
    df_ += joint.df;
}

double Yardstick::noise() const noexcept {
    return std::sqrt(variance_);
}

Verdict Yardstick::against(double residual, double spread) const {
    Verdict verdict = breaks::against(residual, variance_ * spread, df_, *law_);
    if (!(verdict.ln_p < ln_ordinary) || !(own_variance_ > 0) || !prior_->known()) return verdict;
    const double averaged =
        prior_->ln_p(residual, own_variance_, own_df_, spread, law_->scale(), tolerance_);
    if (!std::isnan(averaged)) verdict.ln_p = averaged;
    return verdict;
}

} // namespace recon::breaks
