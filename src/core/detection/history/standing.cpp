#include "core/detection/history/standing.hpp"

#include "core/detection/history/key_series.hpp"

namespace recon::breaks {

std::vector<ItemSpan> items_of(const KeySeries& rows) {
    std::vector<ItemSpan> items;
    Standing standing;
    for (std::size_t i = 0; i < rows.size();) {
        const auto date = rows.date(i);
        bool has_break = false;
        for (; i < rows.size() && rows.date(i) == date; ++i)
            has_break = has_break || rows.is_break(i);
        const auto now = standing.after(date, has_break);
        if (now.is_standing && !standing.is_standing) {
            items.push_back({now.since, now.last, std::nullopt});
        } else if (now.is_standing) {
            items.back().last_on = now.last;
        } else if (standing.is_standing) {
            items.back().closed_on = date;
        }
        standing = now;
    }
    return items;
}

} // namespace recon::breaks
