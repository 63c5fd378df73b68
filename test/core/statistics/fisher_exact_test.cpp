#include "core/statistics/fisher_exact.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/random.hpp"

namespace recon::evidence {
namespace {

TEST(FisherExact, TheTastingOfTea) {
    const auto test = fisher_exact(3, 1, 1, 3);
    EXPECT_NEAR(std::exp(test.ln_p_high), 0.242857142857143, 1e-14);
    EXPECT_NEAR(std::exp(test.ln_p_both), 0.485714285714286, 1e-14);
    EXPECT_NEAR(std::exp(test.ln_p_low), 1 - 1.0 / 70, 1e-14);
}

// All tables with the margins of this one, by counting: each of the choices is as probable.
struct Counted {
    double low = 0, high = 0, both = 0;
};

Counted counted(std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d) {
    const auto choose = [](std::uint64_t n, std::uint64_t k) {
        long double ways = 1;
        for (std::uint64_t i = 0; i < k; ++i)
            ways = ways * static_cast<long double>(n - i) / static_cast<long double>(i + 1);
        return k > n ? 0.0L : ways;
    };
    const std::uint64_t drawn = a + c;
    std::vector<long double> ways;
    long double all = 0;
    for (std::uint64_t x = 0; x <= drawn; ++x) {
        ways.push_back(choose(a + b, x) * choose(c + d, drawn - x));
        all += ways.back();
    }
    Counted sums;
    for (std::uint64_t x = 0; x <= drawn; ++x) {
        const auto p = static_cast<double>(ways[x] / all);
        if (x <= a) sums.low += p;
        if (x >= a) sums.high += p;
        if (ways[x] <= ways[a] * 1.0000001L) sums.both += p;
    }
    return sums;
}

TEST(FisherExact, EqualsCountingOfAllTables) {
    Random random(5);
    for (int round = 0; round < 3000; ++round) {
        const std::uint64_t most = 1 + random.below(25);
        const auto a = random.below(most), b = random.below(most), c = random.below(most),
                   d = random.below(most);
        const auto expected = counted(a, b, c, d);
        const auto test = fisher_exact(a, b, c, d);
        ASSERT_NEAR(std::exp(test.ln_p_low), expected.low, 1e-12 * expected.low + 1e-14);
        ASSERT_NEAR(std::exp(test.ln_p_high), expected.high, 1e-12 * expected.high + 1e-14);
        ASSERT_NEAR(std::exp(test.ln_p_both), expected.both, 1e-12 * expected.both + 1e-14);
        // Rows for columns, and both ways round.
        ASSERT_NEAR(fisher_exact(a, c, b, d).ln_p_both, test.ln_p_both, 1e-9);
        ASSERT_NEAR(fisher_exact(c, d, a, b).ln_p_both, test.ln_p_both, 1e-9);
        ASSERT_NEAR(fisher_exact(b, a, d, c).ln_p_low, test.ln_p_high, 1e-9);
    }
}

TEST(FisherExact, LargeCountsAndTablesThatSayNothing) {
    // A chance of less than e^-1000 is none of 0.
    const auto far = fisher_exact(3000, 10, 10, 3000);
    EXPECT_LT(far.ln_p_high, -1000);
    EXPECT_GT(far.ln_p_high, -std::numeric_limits<double>::infinity());
    EXPECT_NEAR(far.ln_p_low, 0, 1e-12);
    // A billion of each: by the normal approximation, with correction for continuity.
    const std::uint64_t half = 500'000'000;
    const auto near = fisher_exact(half + 20'000, half - 20'000, half - 20'000, half + 20'000);
    const double z = (20'000 - 0.5) / std::sqrt(half / 4.0);
    EXPECT_NEAR(near.ln_p_high, std::log(0.5 * std::erfc(z / std::sqrt(2.0))), 1e-3);
    EXPECT_NEAR(near.ln_p_both, near.ln_p_high + std::log(2.0), 1e-6);
    for (const auto& nothing :
         {fisher_exact(0, 0, 0, 0), fisher_exact(5, 0, 7, 0), fisher_exact(0, 0, 3, 4)}) {
        EXPECT_EQ(nothing.ln_p_low, 0);
        EXPECT_EQ(nothing.ln_p_high, 0);
        EXPECT_EQ(nothing.ln_p_both, 0);
    }
    EXPECT_THROW((void)fisher_exact(most_fisher_counts, 1, 0, 0), Error);
    EXPECT_THROW((void)fisher_exact(std::numeric_limits<std::uint64_t>::max(), 1, 0, 0), Error);
}

} // namespace
} // namespace recon::evidence
