// Ranks within a sample, and beyond its 98th percentile a generalised Pareto tail, because ranks
// alone cannot tell 1/n from 1/1000n.
#pragma once

#include <limits>
#include <span>

#include "core/base/firewall.hpp"
#include "core/statistics/generalized_pareto.hpp"

namespace recon::evidence {

class RankedTail {
  public:
    // Of a sample in ascending order, without NaN. There is a tail where the sample has at least
    // 100 values, all of the highest finite, and ten different ones among them.
    void fit(std::span<const double> sorted);

    // ln p <= 0 of a value that is not NaN: by the tail, else p = (1 + #{sorted >= value}) / (n +
    // 1) in `sorted`, which is the sample of the fit or one that has changed little since.
    [[nodiscard]] double ln_p(std::span<const double> sorted, double value) const;

    // The value with this ln p in the tail; infinite where there is no tail, and no less than where
    // it begins.
    [[nodiscard]] double value_at(double ln_p) const;

    [[nodiscard]] bool exists() const noexcept { return law_.scale > 0; }
    [[nodiscard]] const GeneralizedPareto& law() const noexcept { return law_; }

  private:
    double threshold_ = std::numeric_limits<double>::infinity(); // where the tail begins
    double ln_p_there_ = 0;                                      // by rank
    GeneralizedPareto law_;
};

} // namespace recon::evidence
