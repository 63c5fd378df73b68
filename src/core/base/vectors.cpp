#include "core/base/vectors.hpp"

#include <algorithm>

namespace recon {

namespace detail {
std::atomic<Vectors> vectors_in_use{vectors_of_processor()};
}

Vectors vectors_of_processor() noexcept {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0)
        return Vectors::avx512;
    if (__builtin_cpu_supports("avx2") != 0) return Vectors::avx2;
#endif
    return Vectors::none;
}

VectorsAtMost::VectorsAtMost(Vectors most) noexcept : before_(vectors()) {
    detail::vectors_in_use.store(std::min(most, before_), std::memory_order_relaxed);
}

VectorsAtMost::~VectorsAtMost() {
    detail::vectors_in_use.store(before_, std::memory_order_relaxed);
}

} // namespace recon
