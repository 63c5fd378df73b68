#include "exchange/occurrence.hpp"

#include <utility>

namespace recon::exchange {
namespace {

// The finalizer of SplitMix64: a permutation, so that different rows stay different.
std::uint64_t following(std::uint64_t hash) {
    hash += 0x9E3779B97F4A7C15U;
    hash = (hash ^ (hash >> 30U)) * 0xBF58476D1CE4E5B9U;
    hash = (hash ^ (hash >> 27U)) * 0x94D049BB133111EBU;
    return hash ^ (hash >> 31U);
}

} // namespace

void OccurrenceCounter::grow(Part& part) {
    auto old = std::exchange(part.slots, std::vector<std::uint64_t>(
                                             part.slots.empty() ? 64 : part.slots.size() * 3 / 2));
    part.used = 0;
    for (const auto hash : old) {
        if (hash != 0) (void)insert(part, hash);
    }
}

bool OccurrenceCounter::insert(Part& part, std::uint64_t hash) {
    if ((part.used + 1) * 5 > part.slots.size() * 4) grow(part);
    std::size_t at = static_cast<std::size_t>(hash % part.slots.size());
    while (part.slots[at] != 0) {
        if (part.slots[at] == hash) return false;
        at = at + 1 == part.slots.size() ? 0 : at + 1;
    }
    part.slots[at] = hash;
    ++part.used;
    return true;
}

std::uint64_t OccurrenceCounter::add(std::uint64_t hash) {
    while (hash == 0 || !insert(parts_.at(hash >> 58U), hash)) {
        hash = following(hash);
    }
    return hash;
}

} // namespace recon::exchange
