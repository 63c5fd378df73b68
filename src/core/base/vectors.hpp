// The vector instructions that are used: the widest of this processor. Whatever has a version for
// some of them gives the same bits with all of them, and with none.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/base/firewall.hpp"

namespace recon {

// Each includes those before it.
enum class Vectors : std::uint8_t { none, avx2, avx512 };

namespace detail {
extern std::atomic<Vectors> vectors_in_use;
}

[[nodiscard]] inline Vectors vectors() noexcept {
    return detail::vectors_in_use.load(std::memory_order_relaxed);
}

// The widest that the processor has, in use or not.
[[nodiscard]] Vectors vectors_of_processor() noexcept;

// For tests: while it lives, the whole process computes as on a processor with nothing wider.
class VectorsAtMost {
  public:
    explicit VectorsAtMost(Vectors most) noexcept;
    ~VectorsAtMost();
    VectorsAtMost(const VectorsAtMost&) = delete;
    VectorsAtMost& operator=(const VectorsAtMost&) = delete;

  private:
    Vectors before_;
};

} // namespace recon
