// Prints how forecasts do on panels of known truth (test/core/detection/forecast/laws.hpp):
// realised false-discovery rate, recall as a share of the oracle's by length of history, and alarms
// in panels in which nothing is planted.
//
//   forecast_table [seeds] [first seed] [law...]        SHOW=1 prints what was wrong and missed
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "detection/forecast/law_run.hpp"

namespace {

using namespace recon::forecast;
using namespace recon::forecast::test;

void show(const LawPanel& panel, const LawVerdicts& verdicts) {
    std::vector<double> ln_p;
    for (const LawVerdict& v : verdicts.keys)
        ln_p.push_back(v.ln_p);
    const auto q = ln_q_of(ln_p);
    for (std::size_t k = 0; k < panel.keys.size(); ++k) {
        const LawKey& key = panel.keys[k];
        const bool alarm = q[k] <= std::log(0.05);
        if (alarm == key.is_planted || key.has_moved) continue;
        if (key.is_planted && (key.past < 3 || key.oracle_ln_p > -12)) continue;
        const Judged& j = verdicts[k].judged;
        std::printf(
            "  %s %s past %zu size %.1f ln p %.1f raw %.1f oracle %.1f model %d family %d\n",
            alarm ? "FALSE" : "missed", key.law.data(), key.past, key.size, verdicts[k].ln_p,
            j.ln_p, key.oracle_ln_p, j.model, static_cast<int>(j.family));
        if (std::getenv("SHOW")[0] == '2') {
            std::printf("     ");
            for (std::size_t i = key.rows.size() > 30 ? key.rows.size() - 30 : 0;
                 i < key.rows.size(); ++i)
                std::printf(" %.2f", key.rows[i].value);
            std::printf("\n");
        }
    }
}

double pooled_empty = 0, pooled_runs = 0;

void table(std::string_view law, std::size_t first, std::size_t seeds) {
    LawTally planted, empty;
    for (std::size_t seed = first; seed < first + seeds; ++seed) {
        const LawPanel panel = make_law_panel(law, seed);
        const auto verdicts = judge_panel(panel);
        planted.add(panel, verdicts);
        if (std::getenv("SHOW") != nullptr) show(panel, verdicts);
        const LawPanel nothing = make_law_panel(law, seed + 100000, 0);
        empty.add(nothing, judge_panel(nothing));
    }
    std::printf("%-18s %.3f (%.3f) oracle %.3f  ", law.data(), planted.false_discovery_rate(),
                planted.standard_error(), planted.oracle_rate / static_cast<double>(seeds));
    for (const std::size_t length : {3U, 2U, 1U, 0U}) {
        const auto& l = planted.by_length[length];
        std::printf(" %.2f of %-4zu",
                    static_cast<double>(l.found) /
                        static_cast<double>(std::max<std::size_t>(l.by_oracle, 1)),
                    l.by_oracle);
    }
    std::printf("  empty: %zu of %zu, %zu alarms", empty.panels_with_false_alarms, empty.panels,
                empty.false_alarms);
    const auto& lived = planted.lived_through;
    if (lived.planted < planted.by_length[3].planted) {
        std::printf("; two seasons: %.2f of %zu",
                    static_cast<double>(lived.found) /
                        static_cast<double>(std::max<std::size_t>(lived.by_oracle, 1)),
                    lived.by_oracle);
    }
    const std::size_t found = planted.pools_found + empty.pools_found;
    const std::size_t wrong = planted.false_pools + empty.false_pools;
    if (found + wrong > 0) {
        std::printf("; pools found %zu of %zu, wrong %zu, their keys that alarm %zu", found,
                    2 * seeds, wrong, planted.moved_alarms);
    }
    std::printf("\n");
    std::fflush(stdout);
    pooled_empty += static_cast<double>(empty.panels_with_false_alarms);
    pooled_runs += static_cast<double>(empty.panels);
}

} // namespace

int main(int argc, char** argv) {
    const std::size_t seeds = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 30;
    const std::size_t first = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 0;
    std::printf("%-18s false-discovery rate (standard error), recall/oracle by past rows 20.., "
                "10-19, 3-9, 0-2\n",
                "law");
    if (argc > 3) {
        for (int i = 3; i < argc; ++i)
            table(argv[i], first, seeds);
    } else {
        for (const NamedLaw& law : laws)
            table(law.name, first, seeds);
    }
    std::printf("panels without plants that alarm: %.3f\n", pooled_empty / pooled_runs);
    return 0;
}
