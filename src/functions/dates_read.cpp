#include "functions/dates_read.hpp"

#include <algorithm>
#include <vector>

#include "core/breaks/fit_rows.hpp"

namespace recon::functions {

using breaks::KeySeries;

void DatesRead::add(const KeySeries& series) {
    std::optional<std::int32_t> last;
    std::optional<std::int32_t> last_target;
    RowsOnDate nowhere;
    RowsOnDate* on_date = &nowhere;
    for (std::size_t i = 0; i < series.size(); ++i) {
        const auto date = series.date(i);
        if (series.is_target(i) && date != last_target) {
            last_target = date;
            target_cursor_ = std::next(target_dates_.insert(target_cursor_, date));
        }
        if (date != last) {
            last = date;
            // The next row of a key is often on the next date.
            if (cursor_ == on_.end() || cursor_->first != date) {
                cursor_ = on_.try_emplace(date).first;
            }
            on_date = &cursor_->second;
            ++on_date->keys;
            ++cursor_;
        }
        ++on_date->rows;
    }
}

void DatesRead::add(const DatesRead& others) {
    for (const auto& [date, there] : others.on_) {
        auto& here = on_[date];
        here.rows += there.rows;
        here.keys += there.keys;
    }
    target_dates_.insert(others.target_dates_.begin(), others.target_dates_.end());
}

std::uint64_t DatesRead::rows_before(std::int32_t date) const {
    std::uint64_t rows = 0;
    for (auto at = on_.begin(); at != on_.end() && at->first < date; ++at)
        rows += at->second.rows;
    return rows;
}

std::optional<Window> DatesRead::window(const RunPlan& plan) const {
    const auto& dates = target_dates_;
    if (dates.empty()) return std::nullopt;
    const std::int32_t oldest = *dates.begin();
    const std::int32_t newest = *dates.rbegin();
    Window window{plan.from_date.value_or(oldest), plan.to_date.value_or(newest), 0, 0};
    if (!plan.from_date && !plan.separate_target) {
        if (plan.to_date) {
            // One date was named: the newest up to it.
            const auto after = dates.upper_bound(*plan.to_date);
            if (after == dates.begin()) return std::nullopt;
            window.from = *std::prev(after);
        } else {
            window.from = plan.newest_judged ? *plan.newest_judged + 1 : newest;
        }
    }
    const auto first = dates.lower_bound(window.from);
    if (window.from > window.to || first == dates.end() || *first > window.to) return std::nullopt;
    window.first = *first;
    window.last = *std::prev(dates.upper_bound(window.to));
    return window;
}

// A date of the window is partial when it has fewer than half the keys of the dates before.
PartialDates DatesRead::partial_dates(const Window& window) const {
    PartialDates partial;
    std::vector<std::uint32_t> before;
    for (const auto& [date, on_date] : on_) {
        const auto keys = on_date.keys;
        if (date >= window.from && date <= window.to && before.size() >= 3) {
            const auto from = before.size() > usual_dates ? before.size() - usual_dates : 0;
            std::vector<std::uint32_t> recent(before.begin() + static_cast<std::ptrdiff_t>(from),
                                              before.end());
            std::sort(recent.begin(), recent.end());
            const auto usual = recent[recent.size() / 2];
            if (2 * keys < usual) {
                ++partial.dates;
                partial.newest = date;
                partial.keys = keys;
                partial.usual_keys = usual;
                continue; // a short date says nothing of what is usual
            }
        }
        before.push_back(keys);
        if (date >= window.from && date <= window.to) partial.complete.push_back(date);
    }
    return partial;
}

FitRange DatesRead::fit_range(std::uint64_t rows) const {
    const auto wanted = breaks::rows_to_fit(rows);
    FitRange range{on_.empty() ? 0 : on_.begin()->first, 0};
    for (auto at = on_.begin(); at != on_.end() && range.rows < wanted; ++at) {
        range.through = at->first;
        range.rows += at->second.rows;
    }
    return range;
}

AbsentKeys::AbsentKeys(const DatesRead& dates, const Window& window) {
    auto at = dates.on().upper_bound(window.to);
    if (at == dates.on().begin()) return;
    newest_ = (--at)->first;
    if (at != dates.on().begin()) previous_ = (--at)->first;
}

bool AbsentKeys::present(const KeySeries& series) const {
    for (std::size_t i = series.size(); i-- > 0 && series.date(i) >= newest_;) {
        if (series.date(i) == newest_) return true;
    }
    return false;
}

bool AbsentKeys::absent(const KeySeries& series) const {
    if (!previous_ || present(series)) return false;
    for (std::size_t i = series.size(); i-- > 0 && series.date(i) >= previous_;) {
        if (series.date(i) == previous_) return true;
    }
    return false;
}

} // namespace recon::functions
