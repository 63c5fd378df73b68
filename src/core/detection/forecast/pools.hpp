// What happens to a whole pool of keys on a date: it moves together, it has no rows, or it is new.
// Such a cause is one finding; the keys of the pool are judged by what remains.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon::forecast {

// A row of the date that is judged.
struct PoolRow {
    std::uint32_t pool = 0;
    double ln_p = 0;       // calibrated; NaN where it cannot be judged
    double deviations = 0; // from the key's best forecast, with its sign
    double df = 1;         // of these
    std::uint64_t past = 0;
};

struct PoolMove {
    std::uint32_t pool = 0;
    std::uint32_t keys = 0;  // with enough rows to tell
    std::uint32_t moved = 0; // to the side of the pool
    double deviations = 0;   // the median: "move by 8 times their usual spread"
};

// The pools that move together, in the order of their numbers. ln p of their rows becomes that of
// what remains when the pool's movement is taken off, where that is larger.
[[nodiscard]] std::vector<PoolMove> find_moves(std::span<PoolRow> rows);

// A pool on the dates up to the one that is judged, of those on which the reconciliation has rows.
struct PoolPresence {
    std::uint32_t pool = 0;
    std::uint32_t dates = 0;           // since its first row, the newest date left out
    std::uint32_t dates_with_rows = 0; // of these
    std::uint32_t keys_before = 0;     // with a row on the last of these on which it had any
    std::uint32_t keys_now = 0;        // with a row on the newest date
    std::uint32_t new_keys_now = 0;    // of these, keys without a past
};

enum class PoolChange : std::uint8_t { none, silent, fresh };
[[nodiscard]] PoolChange change_of(const PoolPresence& presence) noexcept;

} // namespace recon::forecast
