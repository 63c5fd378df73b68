// Prints how the engine does on panels with known truth (test/core/breaks/panel.hpp): realised
// false-discovery rate, recall by history length, plant and size, beside that of an oracle.
//
//   truth_table [seeds] [empty seeds]
#include <cstdio>
#include <cstdlib>

#include "../core/breaks/panel.hpp"

namespace {

using namespace recon::breaks::test;

void print(const char* name, const PanelCount& count) {
    if (count.planted == 0) return;
    std::printf("  %-22s %6llu  %.3f  %.3f\n", name, static_cast<unsigned long long>(count.planted),
                count.recall(), count.oracle_recall());
}

void table(const char* title, const PanelOptions& base, std::size_t seeds, bool details) {
    PanelTally tally;
    for (std::size_t seed = 1; seed <= seeds; ++seed) {
        PanelOptions options = base;
        options.seed = seed;
        const Panel panel = make_panel(options);
        const auto verdicts = judge_panel(panel);
        tally.add(panel, verdicts);
        if (std::getenv("SHOW") != nullptr) {
            for (std::size_t i = 0; i < verdicts.size(); ++i) {
                const PanelRow& row = panel.rows[i];
                const PanelVerdict& v = verdicts[i];
                if (row.aside || v.anomaly == (row.plant != Plant::none)) continue;
                if (row.plant != Plant::none && row.past < 3) continue;
                std::printf("%s seed %zu key %u past %u %s plant %s size %.1f observed %.2f "
                            "expected %.2f scale %.2f lnp %.2f q %.4f pattern %s flags %x since "
                            "%d\n",
                            v.anomaly ? "FALSE" : "MISSED", seed, row.key, row.past,
                            key_kind_names[static_cast<std::size_t>(row.kind)].data(),
                            plant_names[static_cast<std::size_t>(row.plant)].data(), row.size,
                            v.finding.observed, v.finding.expected, v.finding.scale, v.finding.ln_p,
                            v.q, name(v.finding.pattern).data(), v.finding.flags, v.finding.since);
                const auto& series = panel.keys[row.key];
                std::printf("    ");
                for (std::size_t j = series.size() > 24 ? series.size() - 24 : 0; j < series.size();
                     ++j)
                    std::printf("%.1f ", series.value(j, 0));
                std::printf("\n");
            }
        }
    }
    std::printf("%s: %zu panels, false-discovery rate %.3f, false alarms %llu in %llu panels, "
                "recall %.3f (oracle %.3f) from 20 rows, %.3f (%.3f) for 3-19\n",
                title, seeds, tally.false_discovery_rate(),
                static_cast<unsigned long long>(tally.false_alarms),
                static_cast<unsigned long long>(tally.panels_with_false_alarm),
                tally.longer.recall(), tally.longer.oracle_recall(), tally.shorter.recall(),
                tally.shorter.oracle_recall());
    for (std::size_t i = 0; i < tally.false_by_kind.size(); ++i) {
        if (tally.false_by_kind[i] > 0)
            std::printf("  false, %s: %llu\n", key_kind_names[i].data(),
                        static_cast<unsigned long long>(tally.false_by_kind[i]));
    }
    for (std::size_t i = 0; i < panel_lengths.size(); ++i) {
        if (tally.false_by_length[i] > 0)
            std::printf("  false, past %u..: %llu of %llu\n", panel_lengths[i],
                        static_cast<unsigned long long>(tally.false_by_length[i]),
                        static_cast<unsigned long long>(tally.rows_by_length[i]));
    }
    if (!details) return;
    std::printf("  %-22s planted engine oracle\n", "");
    for (std::size_t i = 0; i < panel_lengths.size(); ++i) {
        const std::string name = "past " + std::to_string(panel_lengths[i]) + "..";
        print(name.c_str(), tally.by_length[i]);
    }
    for (std::size_t i = 1; i < 5; ++i)
        print((std::string(plant_names[i]) + ", 20..").c_str(), tally.by_plant[i]);
    for (std::size_t i = 1; i < 5; ++i)
        print((std::string(plant_names[i]) + ", 3-19").c_str(), tally.by_plant_short[i]);
    for (std::size_t i = 0; i < panel_sizes.size(); ++i)
        print(("size " + std::to_string(static_cast<int>(panel_sizes[i])) + "..").c_str(),
              tally.by_size[i]);
    for (std::size_t i = 0; i < 7; ++i)
        print((std::string(key_kind_names[i]) + ", 20..").c_str(), tally.by_kind[i]);
}

} // namespace

int main(int argc, char** argv) {
    const std::size_t seeds = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 20;
    const std::size_t empty = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100;
    for (const std::size_t dates : {std::size_t{1}, std::size_t{5}}) {
        for (const double tolerance : {0.1, 1.0}) {
            for (const bool heavy : {false, true}) {
                PanelOptions options;
                options.heavy = heavy;
                options.target_dates = dates;
                options.tolerance = tolerance;
                char title[100];
                std::snprintf(title, sizeof title, "%s noise, %zu date(s), tolerance %.1f",
                              heavy ? "t5" : "normal", dates, tolerance);
                if (seeds > 0) table(title, options, seeds, dates == 1 && tolerance == 0.1);
                options.planted = 0;
                if (empty > 0)
                    table((std::string(title) + ", nothing planted").c_str(), options, empty,
                          false);
            }
        }
    }
    return 0;
}
