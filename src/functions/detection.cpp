#include "functions/detection.hpp"

#include "functions/key_batches.hpp"
#include "postgres/threads.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "core/progress.hpp"

namespace recon::functions {

namespace {

using breaks::KeySeries;

constexpr std::int32_t no_date = std::numeric_limits<std::int32_t>::min();

// Which dates there are, and how many keys have a row on each: enough to choose the window and to
// see a feed that is late.
struct Calendar {
    std::map<std::int32_t, std::uint32_t> keys_on;
    std::set<std::int32_t> target_dates; // of rows that may be judged

    void add(const KeySeries& series) {
        std::int32_t last = no_date;
        std::int32_t last_target = no_date;
        for (std::size_t i = 0; i < series.size(); ++i) {
            const auto date = series.date(i);
            if (series.is_target(i) && date != last_target) {
                last_target = date;
                target_cursor_ = std::next(target_dates.insert(target_cursor_, date));
            }
            if (date == last) continue;
            last = date;
            if (cursor_ == keys_on.end() || cursor_->first != last) {
                cursor_ = keys_on.try_emplace(last, 0).first;
            }
            ++cursor_->second;
            ++cursor_; // the next row of the key is often on the next date
        }
    }

  private:
    std::map<std::int32_t, std::uint32_t>::iterator cursor_ = keys_on.end();
    std::set<std::int32_t>::iterator target_cursor_ = target_dates.end();
};

std::optional<Window> choose_window(const RunPlan& plan, const std::set<std::int32_t>& dates) {
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
void look_for_partial_dates(Detection& detection, const Calendar& calendar) {
    constexpr std::size_t usual_dates = 10;
    std::vector<std::uint32_t> before;
    for (const auto& [date, keys] : calendar.keys_on) {
        if (date >= detection.window->from && date <= detection.window->to && before.size() >= 3) {
            const auto from = before.size() > usual_dates ? before.size() - usual_dates : 0;
            std::vector<std::uint32_t> recent(before.begin() + static_cast<std::ptrdiff_t>(from),
                                              before.end());
            std::sort(recent.begin(), recent.end());
            const auto usual = recent[recent.size() / 2];
            if (2 * keys < usual) {
                ++detection.partial_dates;
                detection.partial_date = date;
                detection.partial_keys = keys;
                detection.usual_keys = usual;
                continue; // a short date says nothing of what is usual
            }
        }
        before.push_back(keys);
    }
}

// Keys with a row on the date before the newest one, and none on the newest.
class AbsentKeys {
  public:
    AbsentKeys(const Calendar& calendar, const Window& window) {
        auto at = calendar.keys_on.upper_bound(window.to);
        if (at == calendar.keys_on.begin()) return;
        newest_ = (--at)->first;
        if (at != calendar.keys_on.begin()) previous_ = (--at)->first;
    }
    [[nodiscard]] bool has(const KeySeries& series) const {
        if (previous_ == no_date) return false;
        bool on_previous = false;
        for (std::size_t i = series.size(); i-- > 0 && series.date(i) >= previous_;) {
            if (series.date(i) == newest_) return false;
            on_previous = on_previous || series.date(i) == previous_;
        }
        return on_previous;
    }

  private:
    std::int32_t newest_ = no_date;
    std::int32_t previous_ = no_date;
};

// What is said of one key.
struct KeyVerdict {
    std::vector<double> ln_p; // of every target row
    std::vector<JudgedBreak> breaks;
    std::vector<std::string> exact_amounts; // JudgedBreak::exact counts within these
    bool is_absent = false;
};

KeyVerdict judge_key(std::size_t at, SeriesValue& value, const breaks::Population& population,
                     const RunPlan& plan, const Window& window, const AbsentKeys& absent) {
    KeyVerdict verdict;
    verdict.is_absent = absent.has(value.series);
    value.series.restrict_targets(window.from, window.to);
    std::vector<breaks::Finding> findings;
    breaks::judge(value.series, population, plan.judging, findings);
    verdict.ln_p.reserve(findings.size());
    for (const auto& finding : findings) {
        verdict.ln_p.push_back(finding.ln_p);
        if (!finding.is_break) continue;
        verdict.breaks.push_back({static_cast<std::uint32_t>(at), finding});
        auto amount = value.exact_amount(finding.row, finding.measure);
        if (amount.empty()) continue;
        verdict.exact_amounts.push_back(std::move(amount));
        verdict.breaks.back().exact = static_cast<std::uint32_t>(verdict.exact_amounts.size());
    }
    return verdict;
}

// By date, key and occurrence. Findings are large, so what is sorted is their order.
void sort_breaks(std::vector<JudgedBreak>& found, const KeySpool& spool) {
    // Date, rank of the key, occurrence; position.
    using Place = std::tuple<std::int32_t, std::uint32_t, std::uint32_t, std::uint32_t>;
    std::vector<std::uint32_t> rank(spool.size());
    for (std::uint32_t i = 0; i < rank.size(); ++i)
        rank[spool.key_order()[i]] = i;
    std::vector<Place> places;
    places.reserve(found.size());
    for (const auto& judged : found) {
        places.emplace_back(judged.finding.date, rank[judged.key], judged.finding.occurrence,
                            static_cast<std::uint32_t>(places.size()));
    }
    std::sort(places.begin(), places.end());
    std::vector<JudgedBreak> sorted;
    sorted.reserve(found.size());
    for (const auto& place : places)
        sorted.push_back(found[std::get<3>(place)]);
    found = std::move(sorted);
}

double where_largest_tenth_begins(const Detection& detection) {
    std::vector<double> amounts;
    for (const auto& judged : detection.breaks) {
        if (detection.is_anomaly(judged.finding) && !std::isnan(judged.finding.observed)) {
            amounts.push_back(std::abs(judged.finding.observed));
        }
    }
    if (amounts.size() < 10) return std::numeric_limits<double>::infinity();
    const auto at =
        amounts.begin() + static_cast<std::ptrdiff_t>(amounts.size() - amounts.size() / 10);
    std::nth_element(amounts.begin(), at, amounts.end());
    return *at;
}

} // namespace

double Detection::q_value(const breaks::Finding& finding) const {
    return std::exp(family->ln_q(finding.ln_p));
}

bool Detection::is_anomaly(const breaks::Finding& finding) const {
    if (std::isnan(finding.ln_p) || breaks::is_quiet(finding.pattern)) return false;
    if (std::abs(finding.observed) < minimum_amount) return false;
    return family->ln_q(finding.ln_p) <= std::log(alpha);
}

Detection detect_breaks(KeySpool& spool, const RunPlan& plan) {
    Detection detection;
    detection.alpha = plan.alpha;
    detection.minimum_amount = plan.minimum_amount;

    Calendar calendar;
    std::vector<KeyExtent> extents(spool.size());
    spool.for_each([&](std::size_t at, const SeriesValue& value) {
        calendar.add(value.series);
        const auto& series = value.series;
        if (series.empty()) return;
        const auto targets_apart = plan.separate_target ? series.targets() : 0;
        extents[at] = {series.date(0), series.size() - targets_apart};
    });
    detection.window = choose_window(plan, calendar.target_dates);
    if (!detection.window) return detection;
    const Window window = *detection.window;
    if (!plan.separate_target) look_for_partial_dates(detection, calendar);

    postgres::BackendThreads threads;
    // The population is fitted on what precedes the window; where nothing does, on all rows.
    const bool nothing_precedes =
        !plan.separate_target && calendar.keys_on.begin()->first >= window.from;
    detection.populations =
        Populations::learn(spool, plan, window, extents, nothing_precedes, threads.team());
    AbsentKeys absent(calendar, window);
    std::vector<double> ln_p;
    progress.begin("judging", "keys", spool.size());
    for_each_in_threads<KeyVerdict>(
        spool, threads.team(), [](std::size_t) { return true; },
        [&](std::size_t at, SeriesValue value) {
            return judge_key(at, value, detection.populations.of(at), plan, window, absent);
        },
        [&](std::size_t, KeyVerdict verdict) {
            ++progress.done;
            detection.rows_judged += verdict.ln_p.size();
            ln_p.insert(ln_p.end(), verdict.ln_p.begin(), verdict.ln_p.end());
            detection.keys_absent += verdict.is_absent && !plan.separate_target ? 1 : 0;
            const auto known = static_cast<std::uint32_t>(detection.exact_amounts.size());
            for (auto& judged : verdict.breaks) {
                if (judged.exact != 0) judged.exact += known;
                detection.breaks.push_back(judged);
            }
            std::move(verdict.exact_amounts.begin(), verdict.exact_amounts.end(),
                      std::back_inserter(detection.exact_amounts));
        });
    detection.family.emplace(std::move(ln_p));
    sort_breaks(detection.breaks, spool);
    for (const auto& judged : detection.breaks) {
        detection.anomalies += detection.is_anomaly(judged.finding) ? 1 : 0;
    }
    detection.large_amount = where_largest_tenth_begins(detection);
    return detection;
}

} // namespace recon::functions
