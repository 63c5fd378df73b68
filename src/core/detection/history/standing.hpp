// An item: the standing break of a key. It opens on a date with a break and stands until a date of
// the key on which every row matches; dates without rows of the key leave it as it is.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon::breaks {

class KeySeries;

// Does the key's newest date belong to an item, and since when does that stand?
struct Standing {
    bool is_standing = false;
    std::int32_t since = 0; // meaningful while it stands, as is `last`: its dates so far
    std::int32_t last = 0;

    // After a further date of the key.
    [[nodiscard]] Standing after(std::int32_t date, bool has_break) const noexcept {
        if (!has_break) return {};
        return {true, is_standing ? since : date, date};
    }
};

// An item as far as the rows of a walk tell.
struct ItemSpan {
    std::int32_t opened_on = 0;
    std::int32_t last_on = 0;              // its newest date with a break
    std::optional<std::int32_t> closed_on; // the date of the match that ended it

    bool operator==(const ItemSpan&) const = default;
};

// All items of a key, in order of date. The rows must be sorted.
[[nodiscard]] std::vector<ItemSpan> items_of(const KeySeries& rows);

} // namespace recon::breaks
