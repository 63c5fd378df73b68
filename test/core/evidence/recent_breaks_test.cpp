#include "core/evidence/recent_breaks.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::evidence {
namespace {

TEST(RecentBreaks, FourOfTheNewestFourteen) {
    // methods.md: prior (1.4, 8.6), P(at least 4 of 14) = .190470.
    RecentBreaks breaks(14, {1.4, 8.6});
    for (int i = 0; i < 13; ++i) {
        breaks.add(i < 3);
    }
    EXPECT_NEAR(std::exp(breaks.ln_p_of(true)), 0.190470, 1e-6);
}

TEST(RecentBreaks, EqualsItsTwin) {
    Random random(5);
    const BetaPrior prior{0.5, 0.5};
    for (const std::int64_t recent : {1, 2, 3, 10, 1000}) {
        RecentBreaks breaks(recent, prior);
        std::vector<bool> rows;
        for (int i = 0; i < 200; ++i) {
            const bool is_break = random.uniform() < 0.2;
            std::int64_t past_breaks = 0;
            std::int64_t past_rows = 0;
            std::int64_t newest_breaks = is_break ? 1 : 0;
            std::int64_t newest_rows = 1;
            for (std::size_t back = 1; back <= rows.size(); ++back) {
                const bool is_newest = static_cast<std::int64_t>(back) < recent;
                (is_newest ? newest_breaks : past_breaks) += rows[rows.size() - back] ? 1 : 0;
                ++(is_newest ? newest_rows : past_rows);
            }
            ASSERT_EQ(breaks.ln_p_of(is_break),
                      ln_beta_binomial_upper(
                          newest_breaks, newest_rows, prior.a + static_cast<double>(past_breaks),
                          prior.b + static_cast<double>(past_rows - past_breaks)));
            breaks.add(is_break);
            rows.push_back(is_break);
        }
    }
}

TEST(RecentBreaks, RefusesOptionsOutOfRange) {
    EXPECT_THROW(RecentBreaks(0, {1, 1}), Error);
    EXPECT_THROW(RecentBreaks(RecentBreaks::most_recent + 1, {1, 1}), Error);
    EXPECT_THROW(RecentBreaks(3, {0, 1}), Error);
    EXPECT_THROW(RecentBreaks(3, {1, std::nan("")}), Error);
}

} // namespace
} // namespace recon::evidence
