// A CUSUM that needs no target (Hawkins 1987): each value is measured by the mean and deviation of
// those before it, and its place in Student's t becomes the place of a standard normal, so that the
// sums mean the same from the third value on. No value counts for more than `most` deviations,
// neither in the sums nor in what the next ones are measured by: one spike is no drift (after the
// winsorized CUSUM of Lucas and Crosier 1982).
#pragma once

#include "core/base/firewall.hpp"
#include "core/series/cusum.hpp"
#include "core/series/mean_variance.hpp"

namespace recon::series {

class SelfStartingCusum {
  public:
    static constexpr double most = 3;

    // Allowance and threshold in standard deviations; the target is not used. Raises what Cusum
    // raises.
    explicit SelfStartingCusum(Cusum::Options options);

    // As Cusum::add(); the first two values only begin the history.
    int add(double x);

    [[nodiscard]] const Cusum& sums() const noexcept { return sums_; }

  private:
    Cusum sums_;
    MeanVariance past_;
};

} // namespace recon::series
