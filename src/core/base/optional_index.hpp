// A position in a vector that need not be there: what one struct says of an element of another,
// where not every struct has one. As small as the position itself, of which there may be ten
// million.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/firewall.hpp"

namespace recon {

class OptionalIndex {
  public:
    // None.
    constexpr OptionalIndex() noexcept = default;
    // Throws limit_exceeded for a position of 4294967295 or more.
    explicit constexpr OptionalIndex(std::size_t index)
        : index_(static_cast<std::uint32_t>(index)) {
        if (index >= none) {
            throw Error(ErrorKind::limit_exceeded, "a list holds at most 4294967295 elements");
        }
    }

    // Of the element that `elements` gets when it is pushed back next.
    template <typename T>
    [[nodiscard]] static OptionalIndex next_of(const std::vector<T>& elements) {
        return OptionalIndex(elements.size());
    }

    [[nodiscard]] constexpr bool has_value() const noexcept { return index_ != none; }
    explicit constexpr operator bool() const noexcept { return has_value(); }

    // Throws internal where there is none.
    [[nodiscard]] constexpr std::size_t value() const {
        if (!has_value()) throw Error(ErrorKind::internal, "an index is read that is not there");
        return index_;
    }

    // The element; null where there is none. Throws internal for an index of another, longer
    // vector.
    template <typename T>
    [[nodiscard]] const T* in(const std::vector<T>& elements) const {
        if (!has_value()) return nullptr;
        if (index_ >= elements.size()) {
            throw Error(ErrorKind::internal, "an index is beyond its list");
        }
        return &elements[index_];
    }

    friend constexpr bool operator==(OptionalIndex, OptionalIndex) noexcept = default;

  private:
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

    std::uint32_t index_ = none;
};

} // namespace recon
