// What is known of a key besides its rows, and its identity.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "postgres/server.hpp"

namespace recon::run {

// What stays in memory of every key.
struct KeyEntry {
    Datum key = 0;          // jsonb, in the spool's context
    std::string order;      // bytes by which keys are ordered in every plan
    std::uint64_t hash = 0; // identity of the key within its reconciliation
    std::uint64_t mark = 0; // by which recon.rows_digest tells keys apart
    std::string pool;       // of its peers; the same for all keys without pool_by
    std::string currency;
};

// KeyEntry::hash of the jsonb whose bytes these are.
[[nodiscard]] std::uint64_t hash_of_key(std::span<const std::byte> key) noexcept;

// "account 1619205, currency USD".
[[nodiscard]] std::string words_of(const KeyEntry& key);

} // namespace recon::run
