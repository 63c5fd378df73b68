#include "run/judge/key_judging.hpp"

#include <algorithm>

#include "run/judge/run_rules.hpp"
#include "run/source/series_digest.hpp"

namespace recon::run {

void KeyJudging::judge_targets(breaks::KeyState& state, const Rows& rows,
                               const breaks::LookAtFinding& look, Found& found) const {
    auto& verdict = found.verdict;
    breaks::judge_next(state, rows.series, rows.population, plan.judging, found.findings,
                       {.look =
                            [&](const breaks::Finding& finding, const breaks::KeyState& past) {
                                if (look) look(finding, past);
                                const auto history =
                                    past.measure(finding.measure).window().values();
                                verdict.targets.push_back(
                                    {{}, finding.observed, {history.begin(), history.end()}});
                            },
                        .ln_p = &verdict.ln_p,
                        .items = plan.persist ? &found.spans : nullptr,
                        .tracks = found.tracks});
    auto target = verdict.targets.end() - static_cast<std::ptrdiff_t>(found.findings.size());
    for (const auto& finding : found.findings)
        (target++)->ln_p = finding.detector_ln_p;
}

void KeyJudging::judge_rows(breaks::KeyState& state, const Rows& rows, KeyVerdict& verdict,
                            std::span<breaks::PartnerTrack> tracks) const {
    std::vector<breaks::RuleFlags> rules; // of the breaks, in order
    const auto look = take_down_rules(plan.rules, rules);
    const auto targets_before = static_cast<std::uint32_t>(verdict.ln_p.size());
    const auto breaks_before = verdict.breaks.size();
    verdict.ln_p.reserve(targets_before + rows.series.targets());
    Found found{verdict, {}, {}, tracks};
    if (asks_custom_detectors) {
        judge_targets(state, rows, look, found);
    } else {
        breaks::judge_breaks(state, rows.series, rows.population, plan.judging, found.findings,
                             {.look = look,
                              .ln_p = &verdict.ln_p,
                              .items = plan.persist ? &found.spans : nullptr,
                              .tracks = tracks});
    }
    add_breaks(rows, found, rules);
    // Only where custom detectors are asked does a match have a finding, and so a number.
    for (auto i = breaks_before; i < verdict.breaks.size(); ++i)
        verdict.breaks[i].target += targets_before;
    verdict.items.insert(verdict.items.end(), found.spans.begin(), found.spans.end());
}

void KeyJudging::add_breaks(const Rows& rows, const Found& found,
                            std::span<const breaks::RuleFlags> rules) const {
    auto& verdict = found.verdict;
    verdict.breaks.reserve(verdict.breaks.size() + found.findings.size());
    const double minimum_amount = plan.minimum_amounts.of(spool.key(rows.at).currency);
    std::size_t breaks_so_far = 0;
    auto item = found.spans.cbegin();
    for (std::uint32_t target = 0; target < found.findings.size(); ++target) {
        const auto& finding = found.findings[target];
        if (!finding.is_break) continue;
        JudgedBreak judged{static_cast<std::uint32_t>(rows.at), minimum_amount, finding};
        judged.rules = rules.empty() ? breaks::RuleFlags{0} : rules[breaks_so_far++];
        judged.target = target;
        if (plan.persist) {
            while (item->last_on < finding.date)
                ++item;
            judged.opened_on = item->opened_on;
        }
        auto amount = rows.value.exact_amount(finding.row, finding.measure);
        if (!amount.empty()) {
            judged.exact = OptionalIndex::next_of(verdict.exact_amounts);
            verdict.exact_amounts.push_back(std::move(amount));
        }
        verdict.breaks.push_back(judged);
    }
}

// Judged by the past of their own date, so once for each fit that this is judged by.
void KeyJudging::judge_late_rows(std::size_t at, const breaks::SeriesValue& value,
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
        judge_rows(state, {at, value, series, fit.populations.of(at)}, verdict, {});
    }
    verdict.items.clear();
    if (plan.persist) verdict.late_items = late_items(at, value);
}

LateItems KeyJudging::late_items(std::size_t at, const breaks::SeriesValue& value) const {
    auto spans = breaks::items_of(value.series);
    const auto first_late = detection.late.dates_of(at).front().date;
    const auto changed = std::find_if(spans.begin(), spans.end(), [&](const auto& span) {
        return span.closed_on ? *span.closed_on >= first_late : true;
    });
    spans.erase(spans.begin(), changed);
    const auto from = spans.empty() ? first_late : std::min(first_late, spans.front().opened_on);
    return {static_cast<std::uint32_t>(at), from, std::move(spans)};
}

breaks::KeyState KeyJudging::state_of(const breaks::KeySeries& series,
                                      std::span<const std::byte> remembered) const {
    if (remembered.empty()) return {series.measures(), plan.judging};
    ByteReader reader(remembered, "state of a key");
    auto stored = breaks::KeyState::deserialize(reader, plan.judging);
    reader.expect_end();
    return stored;
}

void KeyJudging::judge_window(std::size_t at, breaks::SeriesValue& value,
                              std::span<const std::byte> remembered, KeyVerdict& verdict) const {
    auto& series = value.series;
    series.restrict_targets(detection.window->from, detection.window->to);
    auto state = state_of(series, remembered);
    verdict.is_absent = absent->absent(series);
    verdict.is_present =
        !remembered.empty() && state.date() == absent->previous() && absent->present(series);
    verdict.tracks = partners.tracks(at);
    judge_rows(state, {at, value, series, detection.populations.of(at)}, verdict, verdict.tracks);
    if (!keeps_states) return;
    ByteWriter writer;
    state.serialize(writer);
    verdict.state = writer.take();
    verdict.history = state.rows();
}

KeyVerdict KeyJudging::judge(std::size_t at, breaks::SeriesValue& value,
                             std::span<const std::byte> remembered) const {
    KeyVerdict verdict;
    verdict.is_new = remembered.empty() && !value.series.empty();
    // What was read is remembered by runs that are stored, and compared by those that replay one.
    if (plan.persist || plan.replays_as_of) {
        sketches.with([&](breaks::RowsSketch& sketch) {
            verdict.digest = digest_of(value, spool.key(at).mark, sketch);
        });
    }
    if (detection.window) judge_window(at, value, remembered, verdict);
    judge_late_rows(at, value, verdict);
    return verdict;
}

} // namespace recon::run
