// The median of the slopes between pairs of rows (Sen 1968, JASA 63), again and again, of rows of
// which few change from one time to the next.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon::breaks {

// Expects the median close to where it was: most pairs are then only counted, as steeper or less
// steep, and few slopes are computed. Where the expectation fails, all are. What it gives does not
// depend on what it has given before.
class MedianSlope {
  public:
    void forget() noexcept { reach_ = 0; }

    // Per row, of all pairs of rows at least `nearest` (positive) apart, of which there must be
    // one.
    [[nodiscard]] double of(std::span<const double> values, std::size_t nearest);

  private:
    [[nodiscard]] bool found_nearby(std::span<const double> values, std::size_t nearest,
                                    std::size_t pairs);
    void look_everywhere(std::span<const double> values, std::size_t nearest, std::size_t pairs);

    double slope_ = 0;
    double reach_ = 0;           // the next median is expected so close to this one; 0: anywhere
    std::vector<double> slopes_; // scratch
};

} // namespace recon::breaks
