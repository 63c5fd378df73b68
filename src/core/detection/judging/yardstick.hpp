// What a deviation from a baseline is measured by: the key's own noise, with what the population
// knows of noise.
#pragma once

#include <cstdint>

#include "core/base/firewall.hpp"
#include "core/detection/baseline/measure_state.hpp"
#include "core/detection/population/population.hpp"

namespace recon::breaks {

struct Verdict {
    double ln_p; // of a deviation at least so large; NaN where nothing says how large is usual
    double deviation = 0; // standard deviation that was compared with; 0 where there is none
    double df = 0;
    const TailLaw* law = nullptr;

    // 95% deviate by no more. Worked out for the rows that are reported only.
    [[nodiscard]] double half_band() const { return deviation > 0 ? deviation * law->band(df) : 0; }
};

// A residual of this variance on `df` degrees of freedom.
[[nodiscard]] Verdict against(double residual, double variance, double df, const TailLaw& law);

class Yardstick {
  public:
    // `baseline` has three rows or more; `tolerance` is the least that noise counts as.
    Yardstick(const Baseline& baseline, const MeasurePopulation& usual, double tolerance);

    // Of one row's noise, at least the tolerance squared; what it is worth in degrees of freedom,
    // and how many of those the population has added.
    [[nodiscard]] double variance() const noexcept { return variance_; }
    [[nodiscard]] double noise() const noexcept;
    [[nodiscard]] double df() const noexcept { return df_; }
    [[nodiscard]] double prior_df() const noexcept { return prior_df_; }
    [[nodiscard]] const TailLaw& law() const noexcept { return *law_; }

    // A residual whose variance is `spread` times that of the noise. What is out of the ordinary
    // is averaged over the noise that the key may have (noise_prior.hpp).
    [[nodiscard]] Verdict against(double residual, double spread) const;

  private:
    double tolerance_;
    double own_variance_; // 0: none that could be compared with other keys'
    double own_df_;
    double variance_;
    double df_;
    double prior_df_ = 0;
    const TailLaw* law_;
    const NoisePrior* prior_;
};

} // namespace recon::breaks
