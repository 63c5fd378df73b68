// The last rows of a level, kept both in order of arrival and in order of size, so that median,
// median deviation and the evidence of a trend are at hand after every row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/firewall.hpp"
#include "core/detection/baseline/sorted_values.hpp"

namespace recon::breaks {

class BaselineWindow {
  public:
    // Takes memory for `capacity` values; empties the window.
    void start(std::size_t capacity);

    // Adds a finite value; the oldest leaves a full window.
    void push(double value);

    // Keeps the newest `count` values only.
    void keep_newest(std::size_t count);

    [[nodiscard]] std::size_t size() const noexcept { return sorted_.size(); }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] std::span<const double> sorted() const noexcept { return sorted_.values(); }

    // In order of arrival, the oldest first.
    [[nodiscard]] std::span<const double> values() const noexcept {
        return {arrival_.data() + oldest_, size()};
    }
    // Value by age: 0 is the oldest.
    [[nodiscard]] double at(std::size_t age) const noexcept { return values()[age]; }
    [[nodiscard]] double newest() const noexcept { return at(size() - 1); }

    // Kendall's S: pairs that rise less pairs that fall, kept up to date from the ranks of the
    // values that come and go.
    [[nodiscard]] std::int64_t rising_pairs() const noexcept { return rising_; }

  private:
    std::size_t capacity_ = 0;
    std::size_t oldest_ = 0;
    std::int64_t rising_ = 0;
    std::vector<double> arrival_; // ring, written twice, so that any stretch of it is in one piece
    SortedValues sorted_;
};

} // namespace recon::breaks
