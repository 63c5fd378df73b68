// A panel with known truth: keys of several kinds, a few target rows planted, noise of unit scale.
// What the engine finds is compared with what was planted, and with an oracle that knows the true
// distribution of every row. Used by the truth test and by the program that prints the tables.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/random.hpp"
#include "core/detection/baseline/calendar_slots.hpp"
#include "core/detection/baseline/key_state.hpp"
#include "core/detection/judging/judge.hpp"
#include "core/detection/judging/partners.hpp"
#include "core/detection/judging/weighing.hpp"
#include "core/evidence/false_discovery.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::breaks::test {

enum class KeyKind : std::uint8_t { stable, trending, seasonal, stepped, varying, quiet, one_row };
inline constexpr std::array<std::string_view, 7> key_kind_names = {
    "stable", "trending", "seasonal", "stepped", "volatile", "quiet", "one_row"};

enum class Plant : std::uint8_t { none, spike, drop, drift, burst };
inline constexpr std::array<std::string_view, 5> plant_names = {"none", "spike", "drop", "drift",
                                                                "burst"};

struct PanelOptions {
    std::uint64_t seed = 1;
    bool heavy = false;    // Student t with 5 degrees of freedom instead of normal
    double planted = 0.02; // share of the target rows
    std::size_t target_rows = 2000;
    std::size_t target_dates = 1; // consecutive business days, one row each
    double tolerance = 0.1;       // a break is what exceeds it
    bool month_end = false;       // the newest date is one; else it is any business day
};

struct PanelRow {
    std::uint32_t key = 0;
    std::uint32_t past = 0; // rows of the key before this one
    KeyKind kind = KeyKind::stable;
    Plant plant = Plant::none;
    bool aside = false; // on the way to a plant: neither right nor wrong to report
    double size = 0;    // planted, in units of the key's noise
    double ln_p_oracle = 0;
};

struct Panel {
    std::vector<KeySeries> keys;
    std::vector<PanelRow> rows; // the target rows, by tag
    JudgeOptions judging;
};

// The noise of a panel: a draw, and the tail the oracle knows.
class PanelNoise {
  public:
    explicit PanelNoise(bool heavy) : heavy_(heavy), tail_(5) {}
    [[nodiscard]] double draw(Random& random) const {
        const double z = random.normal();
        if (!heavy_) return z;
        double chi_squared = 0;
        for (int i = 0; i < 5; ++i) {
            const double part = random.normal();
            chi_squared += part * part;
        }
        return z / std::sqrt(chi_squared / 5);
    }
    [[nodiscard]] double ln_p(double z) const {
        return heavy_ ? tail_.ln_two_sided(z) : evidence::ln_normal_two_sided(z);
    }

  private:
    bool heavy_;
    evidence::StudentTail tail_;
};

namespace panel_detail {

inline bool is_weekend(std::int32_t date) {
    return ((date + 5) % 7) >= 5; // 2000-01-01 was a Saturday
}

// The last `count` business days up to `newest`, ascending.
inline std::vector<std::int32_t> business_days(std::int32_t newest, std::size_t count) {
    std::vector<std::int32_t> days;
    for (std::int32_t day = newest; days.size() < count; --day)
        if (!is_weekend(day)) days.push_back(day);
    std::reverse(days.begin(), days.end());
    return days;
}

constexpr double quiet_opens = 0.05; // chance that a quiet key breaks, and that it goes on to
constexpr double quiet_stays = 0.4;
constexpr double quiet_unit = 2; // spread of what it breaks by

inline std::size_t draw_length(Random& random) {
    const double u = random.uniform();
    if (u < 0.08) return 1 + random.below(2);
    if (u < 0.40) return 3 + random.below(17);
    if (u < 0.70) return 20 + random.below(44);
    return 64 + random.below(187);
}

inline KeyKind draw_kind(Random& random) {
    const double u = random.uniform();
    if (u < 0.30) return KeyKind::stable;
    if (u < 0.45) return KeyKind::trending;
    if (u < 0.57) return KeyKind::seasonal;
    if (u < 0.69) return KeyKind::stepped;
    if (u < 0.80) return KeyKind::varying;
    if (u < 0.92) return KeyKind::quiet;
    return KeyKind::one_row;
}

} // namespace panel_detail

inline Panel make_panel(const PanelOptions& options) {
    using namespace panel_detail;
    Panel panel;
    panel.judging.tolerance = {options.tolerance};
    Random random(mix64(options.seed + 0x5eed));
    const PanelNoise noise(options.heavy);

    // Any business day of a year may be the newest; a month end as often as there are some.
    std::int32_t newest = 8900 + static_cast<std::int32_t>(random.below(365));
    CalendarReader calendar;
    while (is_weekend(newest) ||
           (options.month_end && calendar.position(newest).in_month != slot_from_end)) {
        ++newest;
    }
    const std::size_t dates = options.target_dates;
    const std::size_t key_count = options.target_rows / dates;
    const auto days = business_days(newest, 260 + dates);

    // Which keys carry a plant: drawn without replacement.
    const auto planted =
        static_cast<std::size_t>(options.planted * static_cast<double>(key_count * dates) + 0.5);
    std::vector<std::uint32_t> order(key_count);
    for (std::size_t k = 0; k < key_count; ++k)
        order[k] = static_cast<std::uint32_t>(k);
    for (std::size_t k = 0; k < key_count; ++k)
        std::swap(order[k], order[k + random.below(key_count - k)]);
    std::vector<Plant> plant_of(key_count, Plant::none);
    for (std::size_t i = 0; i < std::min(planted, key_count); ++i)
        plant_of[order[i]] = static_cast<Plant>(1 + i % 4);

    for (std::size_t k = 0; k < key_count; ++k) {
        const KeyKind kind = draw_kind(random);
        const std::size_t past = kind == KeyKind::one_row ? 0 : draw_length(random);
        const std::size_t n = past + dates;
        const double level = random.uniform() < 0.5 ? 0.0 : 100 * random.normal();
        const double scale = kind == KeyKind::varying ? 2 + 3 * random.uniform() : 1.0;
        const double slope = (random.uniform() < 0.5 ? -1 : 1) * (0.2 + 1.8 * random.uniform());
        const double season = (random.uniform() < 0.5 ? -1 : 1) * (10 + 20 * random.uniform());
        const double step = (random.uniform() < 0.5 ? -1 : 1) * (10 + 30 * random.uniform());
        const std::size_t step_at = past > 0 ? random.below(past) : 0;
        bool in_episode = false;

        std::vector<double> mean(n), value(n), ln_oracle_base(n, 0.0);
        for (std::size_t i = 0; i < n; ++i) {
            const std::int32_t date = days[days.size() - n + i];
            mean[i] = level;
            if (kind == KeyKind::trending) mean[i] += slope * static_cast<double>(i);
            if (kind == KeyKind::stepped && i >= step_at) mean[i] += step;
            if (kind == KeyKind::seasonal && calendar.position(date).in_month == slot_from_end) {
                mean[i] += season;
            }
            if (kind == KeyKind::quiet) {
                mean[i] = 0;
                const double chance = in_episode ? quiet_stays : quiet_opens;
                in_episode = random.uniform() < chance;
                ln_oracle_base[i] = std::log(chance);
                value[i] = in_episode ? quiet_unit * noise.draw(random) : 0.0;
            } else {
                value[i] = mean[i] + scale * noise.draw(random);
            }
        }

        // What is planted, at one of the target rows.
        std::vector<PanelRow> truth(dates);
        const Plant plant = plant_of[k];
        if (plant != Plant::none) {
            const std::size_t t = dates > 1 ? random.below(dates) : 0;
            const std::size_t at = past + t;
            const auto draw_size = [&] { return 8 + 12 * random.uniform(); };
            const double size = draw_size();
            double sign = random.uniform() < 0.5 ? -1 : 1;
            truth[t].plant = plant;
            truth[t].size = size;
            if (plant == Plant::spike) {
                value[at] += sign * size * scale;
            } else if (plant == Plant::drop) {
                // Falls towards zero and stays there.
                sign = mean[at] > 0 ? -1 : 1;
                for (std::size_t i = at; i < n; ++i)
                    value[i] += sign * size * scale;
            } else if (plant == Plant::drift) {
                // Over the last rows, half of the history at most, each step small; arrives with
                // the planted row and stays.
                const std::size_t rows =
                    std::min<std::size_t>(4 + random.below(6), std::max<std::size_t>(at / 2, 1));
                for (std::size_t i = at + 1 - rows; i < n; ++i) {
                    const double part = std::min(1.0, static_cast<double>(i + rows - at) /
                                                          static_cast<double>(rows));
                    value[i] += sign * size * scale * part;
                    if (i >= past && i != at) truth[i - past].aside = true;
                }
            } else {
                // Three rows in succession, to one side and the other; on one side they would be
                // a step.
                const std::size_t first = at >= 2 ? at - 2 : 0;
                for (std::size_t i = first; i <= at; ++i) {
                    const double own = i == at ? size : draw_size();
                    value[i] += sign * own * scale;
                    sign = -sign;
                    if (i >= past && i != at) truth[i - past].aside = true;
                }
            }
        }

        KeySeries series;
        for (std::size_t i = 0; i < n; ++i) {
            const std::int32_t date = days[days.size() - n + i];
            const bool target = i >= past;
            series.append(date, std::span(&value[i], 1),
                          !(std::fabs(value[i]) <= options.tolerance), target, 0,
                          target ? panel.rows.size() : 0);
            if (!target) continue;
            PanelRow row = truth[i - past];
            row.key = static_cast<std::uint32_t>(k);
            row.past = static_cast<std::uint32_t>(i);
            row.kind = kind;
            const double unit = kind == KeyKind::quiet ? quiet_unit : scale;
            row.ln_p_oracle = kind == KeyKind::quiet && value[i] == 0
                                  ? 0.0
                                  : ln_oracle_base[i] + noise.ln_p((value[i] - mean[i]) / unit);
            panel.rows.push_back(row);
        }
        series.sort();
        panel.keys.push_back(std::move(series));
    }
    return panel;
}

struct PanelVerdict {
    Finding finding; // of the row with this tag
    double q = 0;
    bool anomaly = false;
    bool oracle = false;
};

// What the partners say of the findings.
inline void hear_partners(const Panel& panel, const Population& population,
                          std::span<const PartnerTrack> tracks,
                          std::span<const std::pair<std::size_t, std::size_t>> place,
                          std::vector<Finding>& findings) {
    std::map<std::int32_t, std::uint32_t> keys_on;
    std::int32_t through = std::numeric_limits<std::int32_t>::max();
    for (const KeySeries& series : panel.keys) {
        for (std::size_t i = 0; i < series.size(); ++i) {
            ++keys_on[series.date(i)];
            if (series.is_target(i)) through = std::min(through, series.date(i) - 1);
        }
    }
    const std::vector<std::pair<std::int32_t, std::uint32_t>> on(keys_on.begin(), keys_on.end());
    const auto dates = movement_dates(on, through);
    const double tolerance = panel.judging.tolerance.front();
    std::vector<Movement> movements;
    for (const KeySeries& series : panel.keys)
        movements.push_back(movement(series, 0, dates, tolerance, true));
    const auto pairs = moving_together(movements, 2);
    std::vector<std::vector<double>> departing(panel.keys.size());
    for (const MovingPair& pair : pairs) {
        for (const auto key : {pair.first, pair.second})
            departing[key] = departures(panel.keys[key], std::array<std::size_t, 1>{0}, dates,
                                        panel.judging, true)
                                 .front();
    }
    const auto partners = partnerships(pairs, departing, keys_that_move(movements), tolerance);
    const TailLaw& law = population.measure(0).laws[static_cast<std::size_t>(History::longer)];
    const std::vector<const TailLaw*> laws(panel.keys.size(), &law);
    const std::vector<double> tolerances(panel.keys.size(), tolerance);
    const PartnerJudge judge(partners, tracks, laws, tolerances);
    Weighing weighing(panel.judging);
    for (std::size_t f = 0; f < findings.size(); ++f) {
        if (!findings[f].is_break) continue;
        const auto [key, number] = place[f];
        const auto& rows = tracks[key].rows();
        const auto first = static_cast<std::size_t>(
            std::find_if(rows.begin(), rows.end(), [](const auto& row) { return row.is_target; }) -
            rows.begin());
        const auto decoupling = judge.judge(static_cast<std::uint32_t>(key), first + number);
        if (!decoupling) continue;
        const auto& row = rows[first + number];
        add_evidence(findings[f], *decoupling, {0, row.value, row.expected}, law, 1, weighing);
    }
}

// As recon_detect does it: fit on what precedes the targets, judge, control the false-discovery
// rate over every target row.
inline std::vector<PanelVerdict> judge_panel(const Panel& panel, double alpha = 0.05,
                                             bool with_partners = true) {
    std::vector<KeySummary> summaries;
    summaries.reserve(panel.keys.size());
    for (const KeySeries& series : panel.keys)
        summaries.push_back(summarize(series, panel.judging));
    const Population population = fit_population(summaries, panel.judging);
    std::vector<Finding> findings;
    std::vector<PartnerTrack> tracks(panel.keys.size());
    std::vector<std::pair<std::size_t, std::size_t>> place; // of each finding: key, number in it
    for (std::size_t k = 0; k < panel.keys.size(); ++k) {
        KeyState state(1, panel.judging);
        judge_next(state, panel.keys[k], population, panel.judging, findings,
                   {.tracks = std::span(&tracks[k], 1)});
        for (std::size_t row = 0; place.size() < findings.size(); ++row)
            place.emplace_back(k, row);
    }
    if (with_partners) hear_partners(panel, population, tracks, place, findings);
    std::vector<double> ln_p, oracle;
    for (const Finding& finding : findings)
        ln_p.push_back(finding.ln_p);
    for (const PanelRow& row : panel.rows)
        oracle.push_back(row.ln_p_oracle);
    const evidence::FalseDiscoveryCurve family(std::move(ln_p));
    const evidence::FalseDiscoveryCurve oracle_family(std::move(oracle));
    std::vector<PanelVerdict> verdicts(panel.rows.size());
    for (const Finding& finding : findings) {
        PanelVerdict& verdict = verdicts[finding.row];
        verdict.finding = finding;
        verdict.q = std::exp(family.ln_q(finding.ln_p));
        verdict.anomaly = finding.is_break && !is_quiet(finding.pattern) && verdict.q <= alpha;
    }
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
        verdicts[i].oracle = oracle_family.ln_q(panel.rows[i].ln_p_oracle) <= std::log(alpha);
    }
    return verdicts;
}

// Found of planted, by the engine and by the oracle.
struct PanelCount {
    std::uint64_t planted = 0;
    std::uint64_t found = 0;
    std::uint64_t oracle = 0;
    [[nodiscard]] double recall() const { return planted > 0 ? rate(found) : 1; }
    [[nodiscard]] double oracle_recall() const { return planted > 0 ? rate(oracle) : 1; }

  private:
    [[nodiscard]] double rate(std::uint64_t count) const {
        return static_cast<double>(count) / static_cast<double>(planted);
    }
};

inline constexpr std::array<std::uint32_t, 9> panel_lengths = {0, 1, 3, 5, 8, 13, 20, 41, 65};
inline constexpr std::array<double, 4> panel_sizes = {8, 11, 14, 17};

struct PanelTally {
    std::array<PanelCount, panel_lengths.size()> by_length{};
    std::array<PanelCount, 5> by_plant{};       // 20 past rows or more
    std::array<PanelCount, 5> by_plant_short{}; // 3 .. 19
    std::array<PanelCount, panel_sizes.size()> by_size{};
    std::array<PanelCount, 7> by_kind{};
    PanelCount longer, shorter; // 20 and more past rows, 3 .. 19
    std::array<std::uint64_t, 7> false_by_kind{};
    std::array<std::uint64_t, panel_lengths.size()> false_by_length{};
    std::array<std::uint64_t, panel_lengths.size()> rows_by_length{};
    std::uint64_t false_alarms = 0;
    std::uint64_t panels = 0;
    std::uint64_t panels_with_false_alarm = 0;
    double proportions = 0; // of false discoveries, summed over panels

    [[nodiscard]] double false_discovery_rate() const {
        return panels > 0 ? proportions / static_cast<double>(panels) : 0;
    }

    void add(const Panel& panel, const std::vector<PanelVerdict>& verdicts) {
        std::uint64_t wrong = 0, right = 0;
        for (std::size_t i = 0; i < verdicts.size(); ++i) {
            const PanelRow& row = panel.rows[i];
            const PanelVerdict& verdict = verdicts[i];
            if (row.aside) continue;
            const auto length = static_cast<std::size_t>(
                std::upper_bound(panel_lengths.begin(), panel_lengths.end(), row.past) -
                panel_lengths.begin() - 1);
            ++rows_by_length[length];
            if (row.plant == Plant::none) {
                if (!verdict.anomaly) continue;
                ++wrong;
                ++false_by_kind[static_cast<std::size_t>(row.kind)];
                ++false_by_length[length];
                continue;
            }
            right += verdict.anomaly ? 1 : 0;
            const auto count = [&](PanelCount& c) {
                ++c.planted;
                c.found += verdict.anomaly ? 1 : 0;
                c.oracle += verdict.oracle ? 1 : 0;
            };
            count(by_length[length]);
            if (row.past < 3) continue;
            const bool is_long = row.past >= 20;
            count(is_long ? longer : shorter);
            const auto plant = static_cast<std::size_t>(row.plant);
            count(is_long ? by_plant[plant] : by_plant_short[plant]);
            if (!is_long) continue;
            count(by_kind[static_cast<std::size_t>(row.kind)]);
            const auto size = static_cast<std::size_t>(
                std::upper_bound(panel_sizes.begin(), panel_sizes.end(), row.size) -
                panel_sizes.begin() - 1);
            count(by_size[size]);
        }
        ++panels;
        false_alarms += wrong;
        panels_with_false_alarm += wrong > 0 ? 1 : 0;
        if (wrong > 0) {
            proportions += static_cast<double>(wrong) / static_cast<double>(wrong + right);
        }
    }
};

} // namespace recon::breaks::test
