// The dates and values of one key, for who needs nothing else of a recon_series.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon::breaks {

// Keeps its memory between reads: use one object for many series.
class DatedValues {
  public:
    // The bytes are a recon_series of one measure, as recon_series(at, x) makes it. Throws
    // invalid_data where they are no recon_series, invalid_parameter where it has several measures.
    void read(std::span<const std::byte> bytes);

    // By date, and by value within one: days since 2000-01-01, and what was found on them. NaN is
    // what is missing, infinity what is no finite number.
    [[nodiscard]] std::span<const std::int32_t> dates() const noexcept { return dates_; }
    [[nodiscard]] std::span<const double> values() const noexcept { return values_; }

  private:
    [[nodiscard]] bool read_sorted(std::span<const std::byte> bytes);

    std::vector<std::int32_t> dates_;
    std::vector<double> values_;
};

} // namespace recon::breaks
