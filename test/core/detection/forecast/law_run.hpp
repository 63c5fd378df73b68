// Judges a panel of known truth and counts what was right.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/detection/forecast/pools.hpp"
#include "core/detection/forecast/population_fit.hpp"
#include "core/evidence/false_discovery.hpp"
#include "detection/forecast/laws.hpp"

namespace recon::forecast::test {

struct LawVerdict {
    double ln_p = 0; // NaN where it was not judged
    Judged judged;
};

struct LawVerdicts {
    std::vector<LawVerdict> keys;
    std::vector<PoolMove> moves;     // of desks
    std::vector<std::size_t> silent; // desks
    [[nodiscard]] const LawVerdict& operator[](std::size_t k) const { return keys[k]; }
};

inline std::vector<std::size_t> silent_desks(const LawPanel& panel) {
    std::vector<std::size_t> silent;
    for (std::uint32_t desk = 0; desk < 10; ++desk) {
        std::vector<Day> dates; // before the newest
        PoolPresence presence;
        presence.pool = desk;
        for (const LawKey& key : panel.keys) {
            if (key.desk != desk) continue;
            for (const Row& row : key.rows) {
                if (row.date < panel.newest) dates.push_back(row.date);
            }
            const bool is_now = key.rows.size() > 0 && key.rows.back().date == panel.newest;
            presence.keys_now += is_now ? 1 : 0;
            presence.keys_before += key.past > 0 ? 1 : 0;
        }
        std::sort(dates.begin(), dates.end());
        dates.erase(std::unique(dates.begin(), dates.end()), dates.end());
        presence.dates = presence.dates_with_rows = static_cast<std::uint32_t>(dates.size());
        if (change_of(presence) == PoolChange::silent) silent.push_back(desk);
    }
    return silent;
}

// The newest row of each key that has one, by the rows before it.
inline LawVerdicts judge_panel(const LawPanel& panel) {
    std::vector<KeyRows> past;
    for (const LawKey& key : panel.keys) {
        const std::size_t rows = key.rows.size() - (key.has_stopped ? 0 : 1);
        past.emplace_back(key.rows.data(), rows);
    }
    const auto population = ForecastPopulation::fit(past, {});
    Basis basis(population.prior);
    LawVerdicts result;
    auto& verdicts = result.keys;
    verdicts.resize(panel.keys.size());
    std::vector<PoolRow> rows(panel.keys.size());
    for (std::size_t k = 0; k < panel.keys.size(); ++k) {
        const LawKey& key = panel.keys[k];
        KeyForecast state(basis);
        for (const Row& row : key.rows) {
            state.open(row.date);
            const Judged judged = state.judge(row);
            verdicts[k].judged = judged;
            if (&row == &key.rows.back()) {
                verdicts[k].ln_p =
                    key.has_stopped
                        ? std::nan("")
                        : population.calibration.ln_p(judged, basis.places.of(row.date), state);
                const auto deviation = state.deviation(row);
                rows[k] = {static_cast<std::uint32_t>(key.desk), verdicts[k].ln_p,
                           deviation.deviations, deviation.df, state.rows()};
            }
            state.hold(row, judged);
        }
        if (key.rows.empty()) rows[k].ln_p = std::nan("");
    }
    result.moves = find_moves(rows);
    for (std::size_t k = 0; k < rows.size(); ++k)
        verdicts[k].ln_p = rows[k].ln_p;
    result.silent = silent_desks(panel);
    return result;
}

// Past rows 0-2, 3-9, 10-19, 20 and more.
inline constexpr std::array<std::size_t, 4> law_lengths = {0, 3, 10, 20};

// ln q of each, by the family of all that were judged.
inline std::vector<double> ln_q_of(const std::vector<double>& ln_p) {
    const evidence::FalseDiscoveryCurve curve(ln_p);
    std::vector<double> ln_q;
    for (const double value : ln_p)
        ln_q.push_back(curve.ln_q(value));
    return ln_q;
}

struct LawTally {
    struct Length {
        std::size_t planted = 0, found = 0, by_oracle = 0;
    };
    std::array<Length, 4> by_length{};
    Length lived_through; // 20 rows and two of its seasons, or more
    std::size_t pools_found = 0, false_pools = 0;
    std::size_t panels = 0, false_alarms = 0, panels_with_false_alarms = 0, moved_alarms = 0;
    double rate = 0, rate_squares = 0, oracle_rate = 0;

    void add(const LawPanel& panel, const LawVerdicts& verdicts, double alpha = 0.05) {
        std::vector<double> ln_p, oracle;
        for (std::size_t k = 0; k < panel.keys.size(); ++k) {
            const bool is_judged = !panel.keys[k].has_stopped;
            ln_p.push_back(is_judged ? verdicts[k].ln_p : std::nan(""));
            oracle.push_back(is_judged ? panel.keys[k].oracle_ln_p : std::nan(""));
        }
        const auto q = ln_q_of(ln_p);
        const auto oracle_q = ln_q_of(oracle);
        std::size_t alarms = 0, wrong = 0, oracle_alarms = 0, oracle_wrong = 0;
        for (std::size_t k = 0; k < panel.keys.size(); ++k) {
            const LawKey& key = panel.keys[k];
            const bool alarm = q[k] <= std::log(alpha);
            const bool by_oracle = oracle_q[k] <= std::log(alpha);
            if (key.has_moved) {
                moved_alarms += alarm ? 1 : 0;
                continue;
            }
            alarms += alarm ? 1 : 0;
            wrong += alarm && !key.is_planted ? 1 : 0;
            oracle_alarms += by_oracle ? 1 : 0;
            oracle_wrong += by_oracle && !key.is_planted ? 1 : 0;
            if (!key.is_planted || key.has_stopped) continue;
            std::size_t length = 3;
            while (key.past < law_lengths[length])
                --length;
            for (Length* count : {&by_length[length], &lived_through}) {
                if (count == &lived_through && (length < 3 || key.seasons < 2)) continue;
                ++count->planted;
                count->found += alarm ? 1 : 0;
                count->by_oracle += by_oracle ? 1 : 0;
            }
        }
        for (const PoolMove& move : verdicts.moves)
            (panel.has_moving_desk && move.pool == panel.special_desk ? pools_found
                                                                      : false_pools) += 1;
        for (const std::size_t desk : verdicts.silent)
            (panel.has_stopping_desk && desk == panel.special_desk ? pools_found : false_pools) +=
                1;
        ++panels;
        false_alarms += wrong;
        panels_with_false_alarms += wrong > 0 ? 1 : 0;
        const double share =
            alarms > 0 ? static_cast<double>(wrong) / static_cast<double>(alarms) : 0;
        rate += share;
        rate_squares += share * share;
        oracle_rate += oracle_alarms > 0
                           ? static_cast<double>(oracle_wrong) / static_cast<double>(oracle_alarms)
                           : 0;
    }
    [[nodiscard]] double false_discovery_rate() const { return rate / static_cast<double>(panels); }
    [[nodiscard]] double standard_error() const {
        const auto n = static_cast<double>(panels);
        const double mean = rate / n;
        return std::sqrt(std::max(rate_squares / n - mean * mean, 0.0) / n);
    }
};

} // namespace recon::forecast::test
