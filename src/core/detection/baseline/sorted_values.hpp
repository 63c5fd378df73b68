// A few values in ascending order, in memory taken once: one enters, or one takes the place of
// another, by one move of what lies between. A negative zero becomes zero: which of the two comes
// first would depend on the processor.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon::breaks {

class SortedValues {
  public:
    // Takes memory for `capacity` values; keeps none.
    void start(std::size_t capacity);
    void clear() noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::span<const double> values() const noexcept {
        return {memory_.data(), size_};
    }

    // Positions of the first values that are not below these. Of few values all are compared, as
    // many at a time as the processor can; among many both searches advance together, since each of
    // them alone would wait for memory at every step.
    struct Places {
        std::size_t first;
        std::size_t second;
    };
    [[nodiscard]] std::size_t place(double value) const noexcept;
    [[nodiscard]] Places places(double first, double second) const noexcept;
    // Values below less values above `value`, whose place is known.
    [[nodiscard]] std::ptrdiff_t balance(std::size_t place, double value) const noexcept;

    // There must be memory for one more.
    void insert(std::size_t place, double value) noexcept;
    // The value at places.first leaves, `value` of places.second enters.
    void replace(Places places, double value) noexcept;

    // To be filled with `size` values (at most the capacity), which are then sorted.
    template <typename Value>
    void assign(std::size_t size, Value value) {
        clear();
        size_ = size;
        for (std::size_t i = 0; i < size; ++i)
            memory_[i] = value(i) + 0.0;
        sort();
    }

  private:
    void sort() noexcept;

    std::size_t size_ = 0;
    std::vector<double> memory_; // infinite behind the values, which are finite
};

} // namespace recon::breaks
