#include "run/judge/detection.hpp"

#include "postgres/threads.hpp"
#include "run/judge/own_detectors.hpp"
#include "run/judge/partner_evidence.hpp"
#include "run/judge/run_rules.hpp"
#include "run/source/key_batches.hpp"
#include "run/source/series_digest.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <tuple>

#include "core/base/parts_in_threads.hpp"
#include "core/base/progress.hpp"
#include "core/detection/baseline/key_state.hpp"
#include "core/detection/population/fit_rows.hpp"

namespace recon::run {

namespace {

// What is said of one key.
struct KeyVerdict {
    std::vector<double> ln_p; // of every target row
    std::vector<JudgedBreak> breaks;
    std::vector<breaks::ItemSpan> items;
    std::optional<LateItems> late_items;
    std::vector<std::string> exact_amounts;   // JudgedBreak::exact counts within these
    std::vector<breaks::PartnerTrack> tracks; // where the key has partners
    std::vector<JudgedTarget> targets;        // where detectors of one's own are asked
    breaks::RowsDigest digest;                // of the rows read
    bool is_new = false;                      // nothing was remembered of it
    bool is_absent = false;                   // on the newest date, judged by the rows read
    bool is_present = false; // on the newest date, and on the one before by its state
    std::uint64_t history = 0;
    std::vector<std::byte> state; // empty where none is wanted
};

// Everything that is the same for all keys of a run.
struct Judging {
    const KeySpool& spool;
    const RunPlan& plan;
    const Detection& detection;         // its window, what is usual, what came late
    const AbsentKeys* absent = nullptr; // none where no date is judged
    const PartnerEvidence& partners;
    PartsInThreads<breaks::RowsSketch>& sketches; // of the rows read
    bool keeps_states = false;
    bool asks_own_detectors = false;

    // The same as judge_breaks(), with all that detectors of one's own are told.
    void judge_targets(breaks::KeyState& state, const breaks::KeySeries& series,
                       const breaks::Population& population, const breaks::LookAtFinding& look,
                       std::vector<breaks::Finding>& found, KeyVerdict& verdict,
                       std::vector<breaks::ItemSpan>* items,
                       std::span<breaks::PartnerTrack> tracks) const;

    // Adds what is said of the targets among the rows.
    void judge_rows(breaks::KeyState& state, std::size_t at, const breaks::SeriesValue& value,
                    const breaks::KeySeries& series, const breaks::Population& population,
                    KeyVerdict& verdict, std::span<breaks::PartnerTrack> tracks = {}) const;
    void judge_late_rows(std::size_t at, const breaks::SeriesValue& value,
                         KeyVerdict& verdict) const;

    // `state` is what is remembered of the key, empty for a new one.
    [[nodiscard]] KeyVerdict judge(std::size_t at, breaks::SeriesValue& value,
                                   std::span<const std::byte> state) const;
};

void Judging::judge_targets(breaks::KeyState& state, const breaks::KeySeries& series,
                            const breaks::Population& population, const breaks::LookAtFinding& look,
                            std::vector<breaks::Finding>& found, KeyVerdict& verdict,
                            std::vector<breaks::ItemSpan>* items,
                            std::span<breaks::PartnerTrack> tracks) const {
    breaks::judge_next(
        state, series, population, plan.judging, found,
        [&](const breaks::Finding& finding, const breaks::KeyState& past) {
            if (look) look(finding, past);
            const auto history = past.measure(finding.measure).window().values();
            verdict.targets.push_back({{}, finding.observed, {history.begin(), history.end()}});
        },
        items, tracks);
    auto target = verdict.targets.end() - static_cast<std::ptrdiff_t>(found.size());
    for (const auto& finding : found) {
        (target++)->ln_p = finding.detector_ln_p;
        verdict.ln_p.push_back(finding.ln_p);
    }
}

void Judging::judge_rows(breaks::KeyState& state, std::size_t at, const breaks::SeriesValue& value,
                         const breaks::KeySeries& series, const breaks::Population& population,
                         KeyVerdict& verdict, std::span<breaks::PartnerTrack> tracks) const {
    std::vector<breaks::Finding> findings;
    std::vector<breaks::RuleFlags> rules; // of the breaks, in order
    const auto look = take_down_rules(plan.rules, rules);
    auto target = static_cast<std::uint32_t>(verdict.ln_p.size());
    verdict.ln_p.reserve(target + series.targets());
    std::vector<breaks::ItemSpan> spans;
    auto* const items = plan.persist ? &spans : nullptr;
    if (asks_own_detectors) {
        judge_targets(state, series, population, look, findings, verdict, items, tracks);
    } else {
        breaks::judge_breaks(state, series, population, plan.judging, findings, verdict.ln_p, look,
                             items, tracks);
    }
    verdict.breaks.reserve(verdict.breaks.size() + findings.size());
    const double minimum_amount = plan.minimum_amounts.of(spool.key(at).currency);
    std::size_t breaks_so_far = 0;
    auto item = spans.cbegin();
    for (const auto& finding : findings) {
        ++target;
        if (!finding.is_break) continue;
        const auto broken = rules.empty() ? breaks::RuleFlags{0} : rules[breaks_so_far++];
        verdict.breaks.push_back({static_cast<std::uint32_t>(at), minimum_amount, finding, broken});
        auto& judged = verdict.breaks.back();
        judged.target = target - 1;
        if (plan.persist) {
            while (item->last_on < finding.date)
                ++item;
            judged.opened_on = item->opened_on;
        }
        auto amount = value.exact_amount(finding.row, finding.measure);
        if (amount.empty()) continue;
        verdict.exact_amounts.push_back(std::move(amount));
        judged.exact = static_cast<std::uint32_t>(verdict.exact_amounts.size());
    }
    verdict.items.insert(verdict.items.end(), spans.begin(), spans.end());
}

// Judged by the past of their own date, so once for each fit that this is judged by.
void Judging::judge_late_rows(std::size_t at, const breaks::SeriesValue& value,
                              KeyVerdict& verdict) const {
    const auto late = detection.late.dates_of(at);
    if (late.empty()) return;
    for (const auto& fit : detection.late.fits()) {
        std::vector<std::int32_t> dates;
        for (const auto& there : late) {
            if (there.date >= fit.from && there.date <= fit.to) dates.push_back(there.date);
        }
        if (dates.empty()) continue;
        const auto series = value.series.up_to(dates.back(), dates);
        breaks::KeyState state(series.measures(), plan.judging);
        judge_rows(state, at, value, series, fit.populations.of(at), verdict);
    }
    verdict.items.clear();
    if (!plan.persist) return;
    auto spans = breaks::items_of(value.series);
    const auto first_late = late.front().date;
    const auto changed = std::find_if(spans.begin(), spans.end(), [&](const auto& span) {
        return span.closed_on ? *span.closed_on >= first_late : true;
    });
    spans.erase(spans.begin(), changed);
    const auto from = spans.empty() ? first_late : std::min(first_late, spans.front().opened_on);
    verdict.late_items = {static_cast<std::uint32_t>(at), from, std::move(spans)};
}

KeyVerdict Judging::judge(std::size_t at, breaks::SeriesValue& value,
                          std::span<const std::byte> remembered) const {
    KeyVerdict verdict;
    auto& series = value.series;
    verdict.is_new = remembered.empty();
    // What was read is remembered by runs that are stored, and compared by those that replay one.
    if (plan.persist || plan.replays_as_of) {
        sketches.with([&](breaks::RowsSketch& sketch) {
            verdict.digest = digest_of(value, spool.key(at).mark, sketch);
        });
    }
    if (detection.window) {
        series.restrict_targets(detection.window->from, detection.window->to);
        auto state = [&] {
            if (remembered.empty()) return breaks::KeyState(series.measures(), plan.judging);
            ByteReader reader(remembered, "state of a key");
            auto stored = breaks::KeyState::deserialize(reader, plan.judging);
            reader.expect_end();
            return stored;
        }();
        verdict.is_absent = absent->absent(series);
        verdict.is_present =
            !remembered.empty() && state.date() == absent->previous() && absent->present(series);
        verdict.tracks = partners.tracks(at);
        judge_rows(state, at, value, series, detection.populations.of(at), verdict, verdict.tracks);
        if (keeps_states) {
            ByteWriter writer;
            state.serialize(writer);
            verdict.state = writer.take();
            verdict.history = state.rows();
        }
    }
    judge_late_rows(at, value, verdict);
    return verdict;
}

void mark_large_amounts(std::vector<JudgedBreak>& found, const KeySpool& spool,
                        const breaks::Rules& rules) {
    if (!rules.is_on(breaks::Rule::amount_threshold)) return;
    std::vector<double> limits(spool.size(), std::numeric_limits<double>::quiet_NaN());
    for (auto& judged : found) {
        double& limit = limits[judged.key];
        if (std::isnan(limit)) limit = amount_limit(rules, spool.key(judged.key));
        mark_if_large(judged, limit);
    }
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
    // Around each cycle of breaks that take each other's places.
    for (std::uint32_t start = 0; start < places.size(); ++start) {
        if (std::get<3>(places[start]) == start) continue;
        const JudgedBreak first = found[start];
        std::uint32_t at = start;
        for (auto from = std::get<3>(places[at]); from != start; from = std::get<3>(places[at])) {
            found[at] = found[from];
            std::get<3>(places[at]) = at;
            at = from;
        }
        found[at] = first;
        std::get<3>(places[at]) = at;
    }
}

} // namespace

double Detection::q_value(const breaks::Finding& finding) const {
    return std::exp(family->ln_q(finding.ln_p));
}

bool Detection::is_anomaly(const breaks::Finding& finding, double minimum_amount) const {
    if (std::isnan(finding.ln_p) || breaks::is_quiet(finding.pattern)) return false;
    if (!breaks::is_material(finding.observed, minimum_amount)) return false;
    return family->ln_q(finding.ln_p) <= std::log(alpha);
}

breaks::Severity Detection::severity(const JudgedBreak& judged, std::string_view currency) const {
    return breaks::severity_of(judged.finding.ln_p, judged.finding.observed, is_anomaly(judged),
                               large_amounts.of(judged.finding.measure, currency));
}

namespace {

Detection begin_detection(const RunPlan& plan) {
    Detection detection;
    detection.alpha = plan.alpha;
    return detection;
}

// How the keys of a run that continues stored baselines stand to these.
struct Continued {
    std::uint64_t new_keys = 0;
    std::uint64_t present = 0; // on the newest date, of those on the last date of the baselines
};

// Judges every key of the spool and adds what is found.
Continued judge_keys(Detection& detection, KeySpool& spool, const RunPlan& plan,
                     const AbsentKeys* absent, const GiveStates& give_states,
                     const TakeState& take_state, ThreadTeam& team) {
    PartsInThreads<breaks::RowsSketch> sketches;
    PartnerEvidence partners(detection.partners, plan, spool);
    const Judging judging{spool,
                          plan,
                          detection,
                          absent,
                          partners,
                          sketches,
                          static_cast<bool>(take_state),
                          OwnEvidence::is_asked(plan)};
    std::optional<OwnEvidence> own;
    if (judging.asks_own_detectors) own.emplace(plan);
    Continued continued;
    std::vector<double> ln_p;
    // Where all rows are judged; of more, the vector grows as it may.
    constexpr std::uint64_t most_reserved = std::uint64_t{1} << 22;
    ln_p.reserve(std::min(spool.rows_read(), most_reserved));
    std::vector<std::vector<std::byte>> states;
    std::vector<std::uint32_t> place(spool.size()); // of a key's state within the batch
    progress.begin("judging", "keys", spool.size());
    for_each_in_threads<KeyVerdict>(
        spool, team, [](std::size_t) { return true; },
        [&](std::size_t at, breaks::SeriesValue value) {
            return judging.judge(at, value,
                                 states.empty() ? std::span<const std::byte>()
                                                : std::span<const std::byte>(states[place[at]]));
        },
        [&](std::size_t at, KeyVerdict verdict) {
            ++progress.done;
            detection.rows_judged += verdict.ln_p.size();
            detection.source.digest.add(verdict.digest);
            continued.new_keys += verdict.is_new ? 1 : 0;
            continued.present += verdict.is_present ? 1 : 0;
            ln_p.insert(ln_p.end(), verdict.ln_p.begin(), verdict.ln_p.end());
            detection.keys_absent += verdict.is_absent && !plan.separate_target ? 1 : 0;
            const auto known = static_cast<std::uint32_t>(detection.exact_amounts.size());
            const auto targets = static_cast<std::uint32_t>(ln_p.size() - verdict.ln_p.size());
            for (const auto& target : verdict.targets)
                own->add(target);
            partners.take(at, std::move(verdict.tracks), detection.breaks.size(), targets);
            for (auto& judged : verdict.breaks) {
                judged.target += targets;
                if (judged.exact != 0) judged.exact += known;
                detection.breaks.push_back(judged);
            }
            std::move(verdict.exact_amounts.begin(), verdict.exact_amounts.end(),
                      std::back_inserter(detection.exact_amounts));
            for (const auto& span : verdict.items)
                detection.items.push_back({static_cast<std::uint32_t>(at), span});
            if (verdict.late_items) detection.late_items.push_back(std::move(*verdict.late_items));
            if (take_state && verdict.history > 0) take_state(at, verdict.history, verdict.state);
        },
        [&](std::span<const std::size_t> positions) {
            if (!give_states) return;
            states = give_states(positions);
            for (std::uint32_t i = 0; i < positions.size(); ++i)
                place[positions[i]] = i;
        });
    sketches.gather(detection.source.sketch);
    partners.decide(detection, ln_p, [&](const JudgedBreak& judged) {
        if (own) own->hear(judged);
    });
    if (own) own->decide(detection, ln_p);
    // Neither needs the other.
    team.run(2, [&](std::size_t piece) {
        if (piece == 0) {
            detection.family.emplace(std::move(ln_p));
        } else {
            sort_breaks(detection.breaks, spool);
        }
    });
    mark_large_amounts(detection.breaks, spool, plan.rules);
    for (const auto& judged : detection.breaks) {
        if (!detection.is_anomaly(judged)) continue;
        ++detection.anomalies;
        detection.large_amounts.add(judged.finding.measure, spool.key(judged.key).currency,
                                    judged.finding.observed);
    }
    detection.large_amounts.settle();
    return continued;
}

// Of everything that was read, where nothing of it is judged.
void add_digest(Detection& detection, KeySpool& spool) {
    spool.for_each([&](std::size_t at, const breaks::SeriesValue& value) {
        detection.source.digest.add(digest_of(value, spool.key(at).mark, detection.source.sketch));
    });
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

} // namespace

Detection detect_breaks(KeySpool& spool, const RunPlan& plan, const TakeState& take_state) {
    auto detection = begin_detection(plan);
    detection.source.rows = spool.rows_read();
    detection.source.rows_without_date = spool.rows_without_date();
    detection.source.rows_unreadable = spool.rows_unreadable();

    postgres::BackendThreads threads;
    struct KeyDates {
        std::int32_t first = Populations::never;
        std::uint64_t history = 0; // rows; without the targets where these are apart
        bool has_rows = false;
        std::vector<LateDate> late;
    };
    PartsInThreads<DatesRead> dates_of_keys;
    std::vector<std::int32_t> first_dates(spool.size(), Populations::never);
    FitRange history; // of a target that is apart
    LateRows::DatesOfKeys late;
    for_each_bytes_in_threads<KeyDates>(
        spool, threads.team(), [](std::size_t) { return true; },
        [&](std::size_t, std::span<const std::byte> bytes) {
            const auto on = breaks::dates_of_series(bytes);
            dates_of_keys.with([&](DatesRead& dates) { dates.add(on); });
            KeyDates of_key;
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
            if (!of_key.late.empty()) late.emplace(at, std::move(of_key.late));
            detection.source.keys += of_key.has_rows ? 1 : 0;
            first_dates[at] = of_key.first;
            history.rows += of_key.history;
        });
    DatesRead dates;
    dates_of_keys.gather(dates);
    detection.window = dates.window(plan);
    if (!late.empty()) {
        detection.late = LateRows(std::move(late), spool, plan, dates, first_dates, threads.team());
    }
    if (!detection.window) {
        // The stored baselines are left to a run that judges new dates: its family is that of a
        // day.
        if (detection.late.empty()) {
            add_digest(detection, spool);
        } else {
            judge_keys(detection, spool, plan, nullptr, {}, {}, threads.team());
        }
        return detection;
    }
    const Window window = *detection.window;
    if (!plan.separate_target) detection.partial = dates.partial_dates(window);

    // What is usual is learned from what precedes the window; where nothing does, from all rows.
    const auto all_rows = dates.rows_before(Populations::never);
    const auto rows_before = dates.rows_before(window.from);
    const auto rows = rows_before == 0 ? all_rows : rows_before;
    const auto range = plan.separate_target ? history : dates.fit_range(rows);
    detection.populations = Populations::learn(spool, plan, range, first_dates, threads.team());
    const bool asks_partners = PartnerFit::is_wanted(plan);
    if (asks_partners && (plan.separate_target || rows_before > 0)) {
        detection.partners = PartnerFit::learn(spool, plan, range, dates, threads.team());
    }
    const AbsentKeys absent(dates, window);
    judge_keys(detection, spool, plan, &absent, {}, take_state, threads.team());
    if (take_state) {
        StoredFit next;
        next.through = dates.newest();
        next.rows = all_rows;
        next.keys = detection.source.keys;
        next.digest = detection.source.digest;
        next.sketch = detection.source.sketch;
        next.fitted_rows = breaks::rows_to_fit(all_rows);
        next.recent_dates = recent_dates(dates);
        next.family = *detection.family;
        next.large_amounts = detection.large_amounts;
        const bool is_same = next.fitted_rows == breaks::rows_to_fit(rows);
        next.populations = is_same ? detection.populations
                                   : Populations::learn(spool, plan, dates.fit_range(all_rows),
                                                        first_dates, threads.team());
        if (is_same && detection.partners.is_learned()) {
            next.partners = detection.partners;
        } else if (asks_partners) {
            next.partners =
                PartnerFit::learn(spool, plan, dates.fit_range(all_rows), dates, threads.team());
        }
        detection.next_fit = std::move(next);
    }
    return detection;
}

std::optional<Detection> continue_detection(KeySpool& spool, const RunPlan& plan, StoredFit fit,
                                            const SourceCounts& counts, const GiveStates& states,
                                            const TakeState& take_state) {
    auto detection = begin_detection(plan);
    detection.baseline_date = fit.through;
    detection.source = counts;
    DatesRead dates;
    for (const auto& [date, keys] : fit.recent_dates)
        dates.add(date, keys);
    std::uint64_t later_rows = 0;
    spool.for_each_bytes([&](std::size_t, std::span<const std::byte> bytes, bool) {
        const auto on = breaks::dates_of_series(bytes);
        dates.add(on);
        for (const auto& there : on)
            later_rows += there.rows;
    });
    detection.window = dates.window(plan);
    detection.source.keys = fit.keys;
    detection.source.digest = fit.digest;
    detection.source.sketch = fit.sketch;
    if (!detection.window) {
        // A date named alone may be one that the baselines already know.
        if (spool.size() > 0 || (plan.to_date && !plan.from_date)) return std::nullopt;
        return detection;
    }
    const Window window = *detection.window;
    // Of earlier dates the calendar has no rows.
    if (breaks::rows_to_fit(fit.rows + dates.rows_before(window.from)) != fit.fitted_rows) {
        return std::nullopt;
    }
    detection.partial = dates.partial_dates(window);
    if (PartnerFit::is_wanted(plan) && !fit.partners.is_learned()) return std::nullopt;
    detection.populations = std::move(fit.populations);
    detection.populations.assign(spool);
    if (PartnerFit::is_wanted(plan)) {
        detection.partners = fit.partners;
        detection.partners.assign(spool);
    }
    const AbsentKeys absent(dates, window);
    postgres::BackendThreads threads;
    const auto continued =
        judge_keys(detection, spool, plan, &absent, states, take_state, threads.team());
    detection.source.keys += continued.new_keys;
    if (absent.previous() == fit.through) {
        detection.keys_absent = fit.recent_dates.back().second - continued.present;
    }
    if (take_state) {
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
