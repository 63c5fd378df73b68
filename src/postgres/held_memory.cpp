#include "postgres/held_memory.hpp"

#include <algorithm>
#include <string>

#include "core/base/error.hpp"
#include "postgres/guard.hpp"

namespace recon::postgres {

std::size_t HeldMemory::all_ = 0;

void HeldMemory::change(std::size_t bytes) {
    constexpr std::size_t megabyte = std::size_t{1} << 20;
    const bool grows = bytes > bytes_;
    all_ += bytes - bytes_;
    bytes_ = bytes;
    if (!grows || all_ <= 256 * megabyte) return;
    const std::size_t most =
        std::max(256 * megabyte, 8 * guarded([] { return get_hash_memory_limit(); }));
    if (all_ <= most) return;
    throw Error(ErrorKind::limit_exceeded, "the samples of all groups hold too much memory",
                "They hold " + std::to_string(all_ / megabyte) +
                    " MB; with this work_mem at most " + std::to_string(most / megabyte) +
                    " MB are allowed.",
                "SET enable_hashagg = off, so that one group is fitted after the other, or give a "
                "lower max_rows.");
}

} // namespace recon::postgres
