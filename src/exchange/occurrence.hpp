// Which of several equal rows of a file a row is, in eight bytes a row.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon::exchange {

// Rows are known by a hash of 64 bits. The n-th of equal rows is remembered under a hash that
// follows from that of the (n-1)-th, so that no counts are kept. Parts grow one by one: there is
// never twice the whole.
class OccurrenceCounter {
  public:
    // The hash that stands for the row and its occurrence.
    [[nodiscard]] std::uint64_t add(std::uint64_t hash);

  private:
    static constexpr std::size_t parts = 64;
    struct Part {
        std::vector<std::uint64_t> slots;
        std::size_t used = 0;
    };
    // True where it was not there.
    static bool insert(Part& part, std::uint64_t hash);
    static void grow(Part& part);

    std::array<Part, parts> parts_;
};

} // namespace recon::exchange
