// Rolling bands of one key's dated rows: as RollingBands, but rows of one date do not judge each
// other, since none of them comes before another.
#pragma once

#include <cstdint>
#include <span>

#include "core/base/firewall.hpp"
#include "core/series/calendar.hpp"
#include "core/series/rolling_bands.hpp"

namespace recon::series {

class DatedBands {
  public:
    // Raises what checked_width() raises.
    DatedBands(std::int64_t width, OwnRow own_row) : own_row_(own_row), bands_(width) {}

    // For every row the mean and sample standard deviation of the last `width` admitted values of
    // earlier dates; with OwnRow::included and where the row's value is admitted, of that and the
    // last width - 1 before its date. Rows come by date, and by value within one. What a window
    // does not have is NaN, see RollingBands. The spans have one size.
    void compute(std::span<const Day> dates, std::span<const double> values, std::span<double> mean,
                 std::span<double> stddev);

    [[nodiscard]] OwnRow own_row() const noexcept { return own_row_; }
    [[nodiscard]] std::int64_t width() const noexcept {
        return static_cast<std::int64_t>(bands_.width());
    }

  private:
    void compute_by_row(std::span<const Day> dates, std::span<const double> values,
                        std::span<double> mean, std::span<double> stddev) const;

    OwnRow own_row_;
    RollingBands bands_;
};

} // namespace recon::series
