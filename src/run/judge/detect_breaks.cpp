#include "run/judge/detect_breaks.hpp"

#include <algorithm>

#include "core/base/parts_in_threads.hpp"
#include "core/detection/population/fit_rows.hpp"
#include "postgres/threads.hpp"
#include "run/source/key_batches.hpp"
#include "run/source/series_digest.hpp"

namespace recon::run {

namespace {

Detection begin_detection(const RunPlan& plan) {
    Detection detection;
    detection.alpha = plan.alpha;
    return detection;
}

// Of everything that was read, where nothing of it is judged.
void add_digest(Detection& detection, KeySpool& spool) {
    spool.for_each([&](std::size_t at, const breaks::SeriesValue& value) {
        detection.source.digest.add(digest_of(value, spool.key(at).mark, detection.source.sketch));
    });
}

// What knows the future is of no use to the runs of the next days.
bool is_over(const DatesRead& dates, const RunPlan& plan) {
    return dates.newest() <= plan.today;
}

std::vector<std::pair<std::int32_t, std::uint32_t>> recent_dates(const DatesRead& dates) {
    std::vector<std::pair<std::int32_t, std::uint32_t>> recent;
    for (auto at = dates.on().rbegin();
         at != dates.on().rend() && recent.size() < DatesRead::usual_dates; ++at) {
        recent.emplace_back(at->date, at->keys);
    }
    std::reverse(recent.begin(), recent.end());
    return recent;
}

// The dates of all keys, read before any is judged.
struct DatesOfScan {
    explicit DatesOfScan(const KeySpool& spool) : first_dates(spool.size(), Populations::never) {}

    DatesRead dates;
    std::vector<std::int32_t> first_dates; // of the rows of each key that are learned from
    std::uint64_t history_rows = 0;        // without the targets, where these are apart
    std::uint64_t keys = 0;                // with dated rows
    FutureRows future;
    LateRows::DatesOfKeys late;
};

DatesOfScan read_dates(KeySpool& spool, const RunPlan& plan, ThreadTeam& team) {
    struct KeyDates {
        std::int32_t first = Populations::never;
        std::uint64_t history = 0;
        bool has_rows = false;
        std::vector<LateDate> late;
        FutureRows future;
    };
    DatesOfScan scan(spool);
    PartsInThreads<DatesRead> dates_of_keys;
    for_each_bytes_in_threads<KeyDates>(
        spool, team, [](std::size_t) { return true; },
        [&](std::size_t, std::span<const std::byte> bytes) {
            const auto all = breaks::dates_of_series(bytes);
            const auto on = dates_of_run(all, plan);
            dates_of_keys.with([&](DatesRead& dates) { dates.add(on); });
            KeyDates of_key;
            of_key.future = FutureRows::of_key(all, plan);
            for (const auto& there : on)
                of_key.history += there.rows - (plan.separate_target ? there.targets : 0);
            if (of_key.history > 0) of_key.first = on.front().date;
            of_key.has_rows = !on.empty();
            if (plan.late_rows && plan.newest_judged) {
                of_key.late = late_dates_of(on, *plan.newest_judged);
            }
            return of_key;
        },
        [&](std::size_t at, KeyDates of_key) {
            if (!of_key.late.empty()) scan.late.emplace(at, std::move(of_key.late));
            scan.keys += of_key.has_rows ? 1 : 0;
            scan.future.add(of_key.future);
            scan.first_dates[at] = of_key.first;
            scan.history_rows += of_key.history;
        });
    dates_of_keys.gather(scan.dates);
    return scan;
}

// Which rows the fit of a run is learned from.
struct Learning {
    std::uint64_t all_rows = 0;
    std::uint64_t rows = 0; // that precede the window; where none does, all
    bool has_past = false;  // some do, or the targets are apart
    FitRange range;
};

Learning learning_of(const DatesOfScan& scan, const Window& window, const RunPlan& plan) {
    Learning learning;
    learning.all_rows = scan.dates.rows_before(Populations::never);
    const auto rows_before = scan.dates.rows_before(window.from);
    learning.rows = rows_before == 0 ? learning.all_rows : rows_before;
    learning.has_past = plan.separate_target || rows_before > 0;
    learning.range = scan.dates.fit_range(learning.rows);
    if (plan.separate_target) {
        learning.range = {};
        learning.range.rows = scan.history_rows;
    }
    return learning;
}

// What later runs may continue from.
StoredFit next_fit(const Detection& detection, KeySpool& spool, const RunPlan& plan,
                   const DatesOfScan& scan, const Learning& learning, ThreadTeam& team) {
    const auto& dates = scan.dates;
    StoredFit next;
    next.through = dates.newest();
    next.rows = learning.all_rows;
    next.keys = detection.source.keys;
    next.digest = detection.source.digest;
    next.sketch = detection.source.sketch;
    next.fitted_rows = breaks::rows_to_fit(learning.all_rows);
    next.recent_dates = recent_dates(dates);
    next.family = *detection.family;
    next.large_amounts = detection.large_amounts;
    const bool is_same = next.fitted_rows == breaks::rows_to_fit(learning.rows);
    const auto range = dates.fit_range(learning.all_rows);
    next.populations = is_same ? detection.populations
                               : Populations::learn(spool, plan, range, scan.first_dates, team);
    if (is_same && detection.partners.is_learned()) {
        next.partners = detection.partners;
    } else if (PartnerFit::is_wanted(plan)) {
        next.partners = PartnerFit::learn(spool, plan, range, dates, team);
    }
    return next;
}

} // namespace

Detection detect_breaks(KeySpool& spool, const RunPlan& plan, const TakeState& take_state) {
    auto detection = begin_detection(plan);
    detection.source.rows = spool.rows_read();
    detection.source.rows_without_date = spool.rows_without_date();
    detection.source.rows_unreadable = spool.rows_unreadable();

    spool.leave_out_after(plan.last_date());

    postgres::BackendThreads threads;
    auto& team = threads.team();
    auto scan = read_dates(spool, plan, team);
    const auto& dates = scan.dates;
    detection.source.keys = scan.keys;
    detection.source.future = scan.future;
    detection.window = dates.window(plan);
    if (!scan.late.empty()) {
        detection.late = LateRows(std::move(scan.late), spool, plan, dates, scan.first_dates, team);
    }
    if (!detection.window) {
        // The stored baselines are left to a run that judges new dates: its family is that of a
        // day.
        if (detection.late.empty()) {
            add_digest(detection, spool);
        } else {
            judge_keys(detection, spool, plan, nullptr, {}, team);
        }
        return detection;
    }
    const Window window = *detection.window;
    detection.judged_through = dates.judged_through(window, plan);
    if (!plan.separate_target) detection.partial = dates.partial_dates(window);

    const auto learning = learning_of(scan, window, plan);
    detection.populations = Populations::learn(spool, plan, learning.range, scan.first_dates, team);
    if (PartnerFit::is_wanted(plan) && learning.has_past) {
        detection.partners = PartnerFit::learn(spool, plan, learning.range, dates, team);
    }
    const AbsentKeys absent(dates, window);
    const bool keeps_states = take_state && is_over(dates, plan);
    judge_keys(detection, spool, plan, &absent, {{}, keeps_states ? take_state : TakeState{}},
               team);
    if (keeps_states) {
        detection.next_fit = next_fit(detection, spool, plan, scan, learning, team);
    }
    return detection;
}

namespace {

// What a run that continues knows of the dates: the newest ones of the baselines, and those read.
// Gives the number of rows read.
std::uint64_t read_later_dates(DatesRead& dates, FutureRows& future, KeySpool& spool,
                               const RunPlan& plan, const StoredFit& fit) {
    for (const auto& [date, keys] : fit.recent_dates)
        dates.add(date, keys);
    std::uint64_t rows = 0;
    spool.for_each_bytes([&](std::size_t, std::span<const std::byte> bytes, bool) {
        const auto all = breaks::dates_of_series(bytes);
        const auto on = dates_of_run(all, plan);
        future.add(FutureRows::of_key(all, plan));
        dates.add(on);
        for (const auto& there : on)
            rows += there.rows;
    });
    return rows;
}

} // namespace

std::optional<Detection> continue_detection(KeySpool& spool, const RunPlan& plan, StoredFit fit,
                                            const SourceCounts& counts, const KeyStates& states) {
    auto detection = begin_detection(plan);
    detection.baseline_date = fit.through;
    detection.source = counts;
    spool.leave_out_after(plan.last_date());
    DatesRead dates;
    const auto later_rows = read_later_dates(dates, detection.source.future, spool, plan, fit);
    detection.window = dates.window(plan);
    detection.source.keys = fit.keys;
    detection.source.digest = fit.digest;
    detection.source.sketch = fit.sketch;
    if (!detection.window) {
        // A date named alone may be one that the baselines already know.
        if (later_rows > 0 || (plan.to_date && !plan.from_date)) return std::nullopt;
        return detection;
    }
    const Window window = *detection.window;
    detection.judged_through = dates.judged_through(window, plan);
    // Of earlier dates the calendar has no rows.
    if (breaks::rows_to_fit(fit.rows + dates.rows_before(window.from)) != fit.fitted_rows) {
        return std::nullopt;
    }
    detection.partial = dates.partial_dates(window);
    if (PartnerFit::is_wanted(plan)) {
        if (!fit.partners.is_learned()) return std::nullopt;
        detection.partners = fit.partners;
        detection.partners.assign(spool);
    }
    detection.populations = std::move(fit.populations);
    detection.populations.assign(spool);
    const AbsentKeys absent(dates, window);
    postgres::BackendThreads threads;
    const bool keeps_states = states.take && is_over(dates, plan);
    const auto continued =
        judge_keys(detection, spool, plan, &absent,
                   {states.give, keeps_states ? states.take : TakeState{}}, threads.team());
    detection.source.keys += continued.new_keys;
    if (absent.previous() == fit.through) {
        detection.keys_absent = fit.recent_dates.back().second - continued.present;
    }
    if (keeps_states) {
        fit.through = dates.newest();
        fit.rows += later_rows;
        fit.keys = detection.source.keys;
        fit.digest = detection.source.digest;
        fit.sketch = detection.source.sketch;
        fit.recent_dates = recent_dates(dates);
        fit.populations = detection.populations;
        fit.family = *detection.family;
        fit.large_amounts = detection.large_amounts;
        detection.next_fit = std::move(fit);
    }
    return detection;
}

} // namespace recon::run
