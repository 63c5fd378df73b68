// A p-value for a statistic of a stream: how often was it as large among its last values? By rank,
// with a generalised Pareto tail, as in conformal.hpp; but nothing is removed from the reference:
// in a stream, what keeps coming back is normal. A single anomaly does not hide the next: it enters
// as no more than a value of p = .0001.
#pragma once

#include <cstddef>

#include "core/base/firewall.hpp"
#include "core/evidence/ranked_tail.hpp"
#include "core/series/sliding_order.hpp"

namespace recon::evidence {

class RollingReference {
  public:
    static constexpr std::size_t remembered = 2000;
    static constexpr std::size_t fewest = 50;

    // NaN with fewer than 50 values remembered. A statistic within a tenth of a remembered one
    // counts as equal to it: its scale was estimated, and drifts.
    [[nodiscard]] double ln_p(double statistic) const;

    // Statistics are finite and not negative; higher is more unusual.
    void add(double statistic);

  private:
    series::SlidingOrder values_{remembered};
    RankedTail tail_;
    std::size_t since_fit_ = 0;
};

} // namespace recon::evidence
