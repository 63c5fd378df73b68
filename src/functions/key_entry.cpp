#include "functions/key_entry.hpp"

#include <cstring>

#include "core/random.hpp"

namespace recon::functions {

std::uint64_t hash_of_key(std::span<const std::byte> bytes) noexcept {
    std::uint64_t hash = mix64(bytes.size());
    while (bytes.size() >= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        memcpy(&word, bytes.data(), sizeof(word));
        hash = (hash ^ word) * 0x9fb21c651e98df25ULL;
        hash ^= hash >> 29;
        bytes = bytes.subspan(sizeof(word));
    }
    std::uint64_t tail = 0;
    if (!bytes.empty()) memcpy(&tail, bytes.data(), bytes.size());
    return mix64(hash ^ tail);
}

} // namespace recon::functions
