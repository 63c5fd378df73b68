// A robust line through the rows of a level: slope by Theil and Sen over the row index (Sen 1968,
// JASA 63), level by the median of what is left.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/detection/baseline/baseline_window.hpp"
#include "core/detection/baseline/median_slope.hpp"
#include "core/detection/baseline/sorted_values.hpp"

namespace recon::breaks {

// Follows a window. A line is drawn only where the rows rise or fall more consistently than noise
// does (Kendall's S beyond 2.6 standard deviations, or without exception): that test costs
// nothing, the slope does. From 17 rows on the slope is fitted again after every n/4 rows, and only
// from pairs at least n/2 apart; in between the residuals of new rows are measured from it.
class TrendLine {
  public:
    void start(std::size_t capacity);
    void forget() noexcept;

    // To be called before the window takes a value; `index` counts the rows pushed so far.
    void before_push(const BaselineWindow& window, std::uint64_t index, double value);
    // To be called after the window has taken it; `index` now counts it.
    void after_push(const BaselineWindow& window, std::uint64_t index);

    [[nodiscard]] bool active() const noexcept { return active_; }
    [[nodiscard]] double slope() const noexcept { return slope_; }
    // Values less slope times (index - origin), ascending.
    [[nodiscard]] std::span<const double> residuals() const noexcept { return residuals_.values(); }
    // What the line adds to the median residual at the next row.
    [[nodiscard]] double rise_at(std::uint64_t index) const noexcept {
        return slope_ * (static_cast<double>(index) - static_cast<double>(origin_));
    }

    void serialize(ByteWriter& writer) const;
    // The residuals are computed again from the window's values: the same bits.
    void deserialize(ByteReader& reader, const BaselineWindow& window, std::uint64_t index);

  private:
    void fit(const BaselineWindow& window, std::uint64_t index);
    void measure(const BaselineWindow& window, std::uint64_t index);

    bool active_ = false;
    double slope_ = 0;
    std::uint64_t origin_ = 0;
    std::uint64_t next_fit_ = 0;
    SortedValues residuals_;
    MedianSlope median_slope_;
};

} // namespace recon::breaks
