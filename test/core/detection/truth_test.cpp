// The engine's error rates on panels with known truth (panel.hpp), at `balanced`: how many of the
// rows it reports are wrong, how many of the planted ones it finds, and how often it reports
// anything where there is nothing. test/bench/truth_table.cpp prints the tables behind this.
#include "detection/panel.hpp"
#include "seeds.hpp"

#include <future>
#include <utility>

#include <gtest/gtest.h>

namespace recon::breaks::test {
namespace {

// Under sanitizers a panel takes a second.
const std::size_t planted_seeds = recon::test::seeds(2, 20, 100);
const std::size_t empty_seeds = recon::test::seeds(2, 50, 400);
constexpr double slack = recon::test::under_sanitizers ? 0.05 : 0;

PanelTally tally(const PanelOptions& base, std::size_t seeds) {
    const auto judged = [&](std::size_t seed) {
        PanelOptions options = base;
        options.seed = seed;
        Panel panel = make_panel(options);
        auto verdicts = judge_panel(panel);
        return std::pair(std::move(panel), std::move(verdicts));
    };
    PanelTally tally;
    for (std::size_t seed = 1; seed <= seeds; seed += 2) {
        auto next = std::async(std::launch::async, judged, seed + 1);
        const auto [panel, verdicts] = judged(seed);
        tally.add(panel, verdicts);
        const auto [other, its_verdicts] = next.get();
        tally.add(other, its_verdicts);
    }
    return tally;
}

TEST(Truth, NormalNoise) {
    const PanelTally found = tally({}, planted_seeds);
    EXPECT_LE(found.false_discovery_rate(), 0.07 + slack);
    EXPECT_GE(found.longer.recall(), 0.95 - slack);
    EXPECT_GE(found.shorter.recall(), 0.60 - slack);
}

TEST(Truth, HeavyTailedNoise) {
    const PanelTally found = tally({.heavy = true}, planted_seeds);
    EXPECT_LE(found.false_discovery_rate(), 0.07 + slack);
    EXPECT_GE(found.longer.recall(), 0.9 * found.longer.oracle_recall() - slack);
}

TEST(Truth, PanelsWithNothingPlanted) {
    for (const bool heavy : {false, true}) {
        const PanelTally found = tally({.heavy = heavy, .planted = 0}, empty_seeds);
        EXPECT_LE(found.panels_with_false_alarm, empty_seeds / 10) << heavy;
    }
}

// Keys of noise, some of which step to another level on the eleventh of sixty judged days.
TEST(Truth, AStepAlarmsOnceNotForMonths) {
    constexpr std::size_t key_count = 200;
    constexpr std::size_t stepping = 20;
    constexpr std::size_t past = 40;
    constexpr std::size_t days = 60;
    constexpr std::size_t step_at = past + 10;
    for (const bool heavy : {false, true}) {
        const PanelNoise noise(heavy);
        Random random(mix64(heavy ? 11 : 12));
        Panel panel;
        panel.judging.tolerance = {0.1};
        for (std::size_t k = 0; k < key_count; ++k) {
            const double step = k < stepping ? 15 + 20 * random.uniform() : 0;
            KeySeries series;
            for (std::size_t i = 0; i < past + days; ++i) {
                const double value = noise.draw(random) + (i >= step_at ? step : 0);
                const bool target = i >= past;
                series.append(static_cast<std::int32_t>(8900 + i), std::span(&value, 1), true,
                              target, 0, target ? panel.rows.size() : 0);
                if (!target) continue;
                PanelRow row;
                row.key = static_cast<std::uint32_t>(k);
                row.past = static_cast<std::uint32_t>(i);
                panel.rows.push_back(row);
            }
            series.sort();
            panel.keys.push_back(std::move(series));
        }
        const auto verdicts = judge_panel(panel);
        std::array<std::size_t, stepping> alarms{};
        std::size_t on_the_day = 0;
        for (std::size_t i = 0; i < verdicts.size(); ++i) {
            const PanelRow& row = panel.rows[i];
            if (row.key >= stepping || !verdicts[i].anomaly) continue;
            ++alarms[row.key];
            on_the_day += row.past == step_at ? 1 : 0;
        }
        EXPECT_EQ(on_the_day, stepping) << heavy;
        std::size_t total = 0;
        for (const std::size_t count : alarms) {
            EXPECT_LE(count, 2U) << heavy;
            total += count;
        }
        EXPECT_LE(total, stepping + stepping / 10) << heavy;
    }
}

} // namespace
} // namespace recon::breaks::test
