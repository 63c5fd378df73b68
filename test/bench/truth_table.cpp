// Prints how the engine does on panels with known truth (test/core/detection/panel.hpp): realised
// false-discovery rate, recall by history length, plant and size, beside that of an oracle.
//
//   truth_table [seeds] [empty seeds] [how many of the four variants]
#include <cstdio>
#include <cstdlib>
#include <string>

#include "../core/detection/panel.hpp"

namespace {

using namespace recon::breaks::test;

// How many rows of panels with nothing planted have so small a p, for each that should.
struct Calibration {
    static constexpr std::array<double, 4> nominal = {1e-2, 1e-3, 1e-4, 1e-5};
    struct Line {
        double rows = 0;
        std::array<double, nominal.size()> below{};
    };
    std::array<Line, 7> by_kind{};
    std::array<Line, panel_lengths.size()> by_length{};

    void add(const Panel& panel, const std::vector<PanelVerdict>& verdicts) {
        for (std::size_t i = 0; i < verdicts.size(); ++i) {
            const PanelRow& row = panel.rows[i];
            const auto length =
                std::upper_bound(panel_lengths.begin(), panel_lengths.end(), row.past) -
                panel_lengths.begin() - 1;
            for (Line* line : {&by_kind[static_cast<std::size_t>(row.kind)],
                               &by_length[static_cast<std::size_t>(length)]}) {
                line->rows += 1;
                for (std::size_t k = 0; k < nominal.size(); ++k) {
                    line->below[k] +=
                        verdicts[i].finding.ln_p <= std::log(nominal[k]) ? 1 / nominal[k] : 0;
                }
            }
        }
    }
    static void print(const std::string& name, const Line& line) {
        if (line.rows == 0) return;
        std::printf("  %-12s %8.0f", name.c_str(), line.rows);
        for (const double below : line.below)
            std::printf(" %6.2f", below / line.rows);
        std::printf("\n");
    }
    void print() const {
        std::printf("  rows with p so small, for each expected\n  %-12s %8s", "", "rows");
        for (const double p : nominal)
            std::printf(" %6.0e", p);
        std::printf("\n");
        for (std::size_t k = 0; k < by_kind.size(); ++k)
            print(std::string(key_kind_names[k]), by_kind[k]);
        for (std::size_t k = 0; k < by_length.size(); ++k)
            print("past " + std::to_string(panel_lengths[k]) + "..", by_length[k]);
    }
};

void print(const char* name, const PanelCount& count) {
    if (count.planted == 0) return;
    std::printf("  %-22s %6llu  %.3f  %.3f\n", name, static_cast<unsigned long long>(count.planted),
                count.recall(), count.oracle_recall());
}

void table(const char* title, const PanelOptions& base, std::size_t seeds, bool details) {
    PanelTally tally;
    Calibration calibration;
    for (std::size_t seed = 1; seed <= seeds; ++seed) {
        PanelOptions options = base;
        options.seed = seed;
        const Panel panel = make_panel(options);
        const auto verdicts = judge_panel(panel);
        tally.add(panel, verdicts);
        if (base.planted == 0) calibration.add(panel, verdicts);
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
    if (base.planted == 0) calibration.print();
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
    const std::size_t variants = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 4;
    struct Variant {
        const char* name;
        std::size_t dates;
        double tolerance;
        bool month_end;
    };
    constexpr std::array<Variant, 4> all = {{{"1 date, tolerance 0.1", 1, 0.1, false},
                                             {"1 date, tolerance 1", 1, 1.0, false},
                                             {"1 date, a month end", 1, 0.1, true},
                                             {"5 dates, tolerance 0.1", 5, 0.1, false}}};
    for (std::size_t v = 0; v < std::min(variants, all.size()); ++v) {
        for (const bool heavy : {false, true}) {
            PanelOptions options;
            options.heavy = heavy;
            options.target_dates = all[v].dates;
            options.tolerance = all[v].tolerance;
            options.month_end = all[v].month_end;
            const std::string title =
                std::string(heavy ? "t5" : "normal") + " noise, " + all[v].name;
            if (seeds > 0) table(title.c_str(), options, seeds, v == 0);
            options.planted = 0;
            if (empty > 0) table((title + ", nothing planted").c_str(), options, empty, false);
        }
    }
    return 0;
}
