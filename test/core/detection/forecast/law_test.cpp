// A few panels of each kind; build/core/forecast_table runs many of all.
#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "detection/forecast/law_run.hpp"
#include "seeds.hpp"

namespace recon::forecast::test {
namespace {

struct Case {
    const char* law;
    double recall; // of what the oracle finds, from 20 past rows on
};

class Laws : public testing::TestWithParam<Case> {};

TEST_P(Laws, KeepThePromiseAndFindMost) {
    LawTally planted, empty;
    const std::uint64_t panels = recon::test::seeds(1, 3, 20);
    for (std::uint64_t seed = 1; seed <= panels; ++seed) {
        const LawPanel panel = make_law_panel(GetParam().law, seed);
        planted.add(panel, judge_panel(panel));
        const LawPanel nothing = make_law_panel(GetParam().law, seed + 50, 0);
        empty.add(nothing, judge_panel(nothing));
    }
    // Few panels say it less exactly. One has some 17 alarms, so the standard error of a share of
    // .05 is .06 there; three of them, because the laws are many.
    EXPECT_LE(planted.false_discovery_rate(), 0.08 + 0.18 / std::sqrt(panels));
    EXPECT_LE(empty.panels_with_false_alarms, 1 + panels / 8);
    const auto& longer = planted.by_length[3];
    EXPECT_GE(static_cast<double>(longer.found),
              GetParam().recall * static_cast<double>(longer.by_oracle));
    EXPECT_EQ(planted.false_pools + empty.false_pools, 0U);
    const std::string law = GetParam().law;
    if (law == "desk_moves" || law == "desk_stops") {
        EXPECT_EQ(planted.pools_found + empty.pools_found, 2 * panels);
    }
}

INSTANTIATE_TEST_SUITE_P(Forecast, Laws,
                         testing::Values(Case{"steady", 0.95}, Case{"random_walk", 0.95},
                                         Case{"zero_inflated", 0.95}, Case{"one_sided", 0.95},
                                         Case{"mixed", 0.85}, Case{"desk_moves", 0.95},
                                         Case{"desk_stops", 0.9}, Case{"permanent_steps", 0}),
                         [](const auto& info) { return std::string(info.param.law); });

// The oracle's p is at most p with probability p, at most a little conservative.
TEST(Laws, OraclesAreCalibrated) {
    for (const NamedLaw& law : laws) {
        double rows = 0, small = 0;
        for (std::uint64_t seed = 1; seed <= 2; ++seed) {
            for (const LawKey& key : make_law_panel(law.name, seed, 0).keys) {
                rows += 1;
                small += key.oracle_ln_p <= std::log(0.01) ? 1 : 0;
            }
        }
        EXPECT_LE(small / rows, 0.018) << law.name;
    }
}

} // namespace
} // namespace recon::forecast::test
