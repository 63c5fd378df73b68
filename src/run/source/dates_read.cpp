#include "run/source/dates_read.hpp"

#include <algorithm>
#include <iterator>

#include "core/detection/population/fit_rows.hpp"

namespace recon::run {

using breaks::KeySeries;

void FutureRows::add(const FutureRows& others) {
    rows += others.rows;
    if (others.newest) newest = std::max(newest.value_or(*others.newest), *others.newest);
}

namespace {

std::span<const breaks::RowsOfDate>::iterator first_after(std::span<const breaks::RowsOfDate> on,
                                                          std::int32_t date) {
    return std::upper_bound(
        on.begin(), on.end(), date,
        [](std::int32_t last, const breaks::RowsOfDate& there) { return last < there.date; });
}

} // namespace

FutureRows FutureRows::of_key(std::span<const breaks::RowsOfDate> on, const RunPlan& plan) {
    FutureRows future;
    for (auto at = first_after(on, plan.today); at != on.end(); ++at)
        future.add({at->rows, at->date});
    return future;
}

std::span<const breaks::RowsOfDate> dates_of_run(std::span<const breaks::RowsOfDate> on,
                                                 const RunPlan& plan) {
    return {on.begin(), first_after(on, plan.last_date())};
}

void DatesRead::add(std::span<const breaks::RowsOfDate> of_key) {
    of_key_.clear();
    for (const auto& there : of_key)
        of_key_.push_back({there.date, 1, there.rows, there.targets > 0});
    add(of_key_);
}

void DatesRead::add(std::int32_t date, std::uint32_t keys) {
    add(Dates{{date, keys, 0, false}});
}

void DatesRead::add(const DatesRead& others) {
    add(others.on_);
}

void DatesRead::add(const Dates& others) {
    fresh_.clear();
    auto here = on_.begin();
    for (const auto& there : others) {
        // Most keys have rows on the same dates, one after the other.
        if (here == on_.end() || here->date != there.date) {
            here = std::lower_bound(
                on_.begin(), on_.end(), there.date,
                [](const RowsOnDate& known, std::int32_t date) { return known.date < date; });
        }
        if (here == on_.end() || here->date != there.date) {
            fresh_.push_back(there);
            continue;
        }
        here->keys += there.keys;
        here->rows += there.rows;
        here->is_target = here->is_target || there.is_target;
        ++here;
    }
    if (fresh_.empty()) return;
    const auto known = static_cast<std::ptrdiff_t>(on_.size());
    on_.insert(on_.end(), fresh_.begin(), fresh_.end());
    std::inplace_merge(on_.begin(), on_.begin() + known, on_.end(),
                       [](const RowsOnDate& a, const RowsOnDate& b) { return a.date < b.date; });
}

DatesRead::Dates::const_iterator DatesRead::from(std::int32_t date) const {
    return std::lower_bound(
        on_.begin(), on_.end(), date,
        [](const RowsOnDate& known, std::int32_t first) { return known.date < first; });
}

std::uint64_t DatesRead::rows_on(std::int32_t date) const {
    const auto at = from(date);
    return at != on_.end() && at->date == date ? at->rows : 0;
}

std::uint64_t DatesRead::rows_before(std::int32_t date) const {
    std::uint64_t rows = 0;
    for (auto at = on_.begin(); at != on_.end() && at->date < date; ++at)
        rows += at->rows;
    return rows;
}

std::optional<Window> DatesRead::window(const RunPlan& plan) const {
    std::vector<std::int32_t> dates; // that may be judged
    for (const auto& on_date : on_) {
        if (on_date.is_target) dates.push_back(on_date.date);
    }
    if (dates.empty()) return std::nullopt;
    Window window{plan.from_date.value_or(dates.front()), plan.to_date.value_or(dates.back()), 0,
                  0};
    if (!plan.from_date && !plan.separate_target) {
        if (plan.to_date) {
            // One date was named: the newest up to it.
            const auto after = std::upper_bound(dates.begin(), dates.end(), *plan.to_date);
            if (after == dates.begin()) return std::nullopt;
            window.from = *std::prev(after);
        } else {
            window.from = plan.newest_judged ? *plan.newest_judged + 1 : dates.back();
        }
    }
    const auto first = std::lower_bound(dates.begin(), dates.end(), window.from);
    if (window.from > window.to || first == dates.end() || *first > window.to) return std::nullopt;
    window.first = *first;
    window.last = *std::prev(std::upper_bound(first, dates.end(), window.to));
    return window;
}

std::optional<std::int32_t> DatesRead::judged_through(const Window& window,
                                                      const RunPlan& plan) const {
    const auto last = std::min({window.last, plan.today, plan.run_day});
    for (auto at = on_.rbegin(); at != on_.rend() && at->date >= window.first; ++at) {
        if (at->is_target && at->date <= last) return at->date;
    }
    return std::nullopt;
}

// A date of the window is partial when it has fewer than half the keys of the dates before.
PartialDates DatesRead::partial_dates(const Window& window) const {
    PartialDates partial;
    std::vector<std::uint32_t> before;
    for (const auto& [date, keys, rows, is_target] : on_) {
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
                continue; // a short date is not compared with
            }
        }
        before.push_back(keys);
        if (date >= window.from && date <= window.to) partial.complete.push_back(date);
    }
    return partial;
}

FitRange DatesRead::fit_range(std::uint64_t rows) const {
    const auto wanted = breaks::rows_to_fit(rows);
    FitRange range{on_.empty() ? 0 : on_.front().date, 0};
    for (auto at = on_.begin(); at != on_.end() && range.rows < wanted; ++at) {
        range.through = at->date;
        range.rows += at->rows;
    }
    return range;
}

AbsentKeys::AbsentKeys(const DatesRead& dates, const Window& window) {
    const auto& on = dates.on();
    auto at = std::upper_bound(
        on.begin(), on.end(), window.to,
        [](std::int32_t last, const RowsOnDate& known) { return last < known.date; });
    if (at == on.begin()) return;
    newest_ = (--at)->date;
    if (at != on.begin()) previous_ = (--at)->date;
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

} // namespace recon::run
