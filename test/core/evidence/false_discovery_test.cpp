#include "core/evidence/false_discovery.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/statistics/log_tails.hpp"
#include "evidence/q_values.hpp"

namespace recon::evidence {
namespace {

// The 15 p-values of Benjamini and Hochberg (1995), section 4.1.
const std::vector<double> thrombolysis{.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344,
                                       .0459, .3240, .4262, .5719, .6528, .7590, 1.0};

std::vector<double> logs(std::vector<double> p) {
    for (auto& value : p)
        value = std::log(value);
    return p;
}

// By the definition: q_i is the minimum over p_j >= p_i of n p_j / #{p <= p_j}.
std::vector<double> q_by_definition(const std::vector<double>& ln_p) {
    std::vector<double> q;
    for (const double mine : ln_p) {
        double lowest = 0;
        for (const double other : ln_p) {
            if (other < mine) continue;
            const auto rank = std::count_if(ln_p.begin(), ln_p.end(),
                                            [&](double value) { return value <= other; });
            lowest = std::min(lowest, other + std::log(static_cast<double>(ln_p.size())) -
                                          std::log(static_cast<double>(rank)));
        }
        q.push_back(lowest);
    }
    return q;
}

TEST(FalseDiscovery, GoldenValues) {
    const auto q = ln_q_values(logs(thrombolysis));
    const std::vector<double> expected{.0015, .003, .0095, .035625, .0603};
    for (std::size_t i = 0; i < expected.size(); ++i)
        EXPECT_NEAR(std::exp(q[i]), expected[i], 1e-12);
    EXPECT_EQ(std::count_if(q.begin(), q.end(), [](double v) { return v <= std::log(.05); }), 4);
    const FalseDiscoveryCurve curve(logs(thrombolysis));
    EXPECT_EQ(largest_rejected(curve, logs(thrombolysis), .05), std::log(.0095));
    EXPECT_EQ(largest_rejected(curve, logs(thrombolysis), .001), -INFINITY);
}

TEST(FalseDiscovery, MatchesTheDefinition) {
    Random random(8);
    for (int round = 0; round < 200; ++round) {
        std::vector<double> ln_p(1 + random.below(60));
        for (auto& value : ln_p) // coarse, so that there are ties
            value = -std::floor(random.uniform() * 12) / 4 * (random.below(4) == 0 ? 8 : 1);
        const auto q = ln_q_values(ln_p);
        const auto expected = q_by_definition(ln_p);
        for (std::size_t i = 0; i < q.size(); ++i)
            EXPECT_NEAR(q[i], expected[i], 1e-12);
    }
}

TEST(FalseDiscovery, ManyTestsGiveWhatFewWould) {
    // Above the size where sorting changes its method; the twin sorts by comparison.
    Random random(9);
    std::vector<double> ln_p(20000);
    for (auto& value : ln_p) {
        value = std::log(1 - random.uniform()) * (random.below(50) == 0 ? 20 : 1);
        if (random.below(10) == 0) value = std::round(value * 8) / 8;
    }
    const auto q = ln_q_values(ln_p);
    auto sorted = ln_p;
    std::sort(sorted.begin(), sorted.end());
    std::vector<double> curve(sorted.size());
    double lowest = 0;
    for (std::size_t i = sorted.size(); i-- > 0;) {
        if (i + 1 == sorted.size() || sorted[i] != sorted[i + 1])
            lowest = std::min(lowest, sorted[i] + std::log(static_cast<double>(sorted.size())) -
                                          std::log(static_cast<double>(i + 1)));
        curve[i] = lowest;
    }
    for (std::size_t i = 0; i < ln_p.size(); ++i) {
        const auto at = std::lower_bound(sorted.begin(), sorted.end(), ln_p[i]) - sorted.begin();
        EXPECT_NEAR(q[i], curve[static_cast<std::size_t>(at)], 1e-12);
    }
}

TEST(FalseDiscovery, OrderDoesNotMatter) {
    Random random(10);
    std::vector<double> ln_p(5000);
    for (auto& value : ln_p)
        value = std::log(1 - random.uniform());
    const FalseDiscoveryCurve curve(ln_p);
    std::sort(ln_p.begin(), ln_p.end());
    const FalseDiscoveryCurve again(ln_p);
    ByteWriter first;
    curve.serialize(first);
    ByteWriter second;
    again.serialize(second);
    EXPECT_EQ(first.bytes(), second.bytes());
}

TEST(FalseDiscovery, OnlyTheSmallNeedBeListed) {
    Random random(11);
    std::vector<double> ln_p(4000);
    for (auto& value : ln_p)
        value = std::log(1 - random.uniform()) * (random.below(20) == 0 ? 10 : 1);
    const FalseDiscoveryCurve all(ln_p);
    const double bound = std::log(0.2);
    std::vector<double> small;
    for (const double value : ln_p)
        if (value <= bound) small.push_back(value);
    const FalseDiscoveryCurve listed(small, ln_p.size(), bound);
    int compared = 0;
    for (const double value : small) {
        if (all.ln_q(value) < bound) {
            EXPECT_EQ(listed.ln_q(value), all.ln_q(value));
            ++compared;
        } else {
            EXPECT_GE(listed.ln_q(value), bound);
        }
    }
    EXPECT_GT(compared, 50);
    EXPECT_EQ(largest_rejected(listed, small, .05), largest_rejected(all, ln_p, .05));
}

// A p-value that is no test of the family, as if it stood in the place of one of its tests.
TEST(FalseDiscovery, BoundsWhatIsNoTestOfTheFamily) {
    Random random(5);
    for (int round = 0; round < 50; ++round) {
        std::vector<double> ln_p(1 + random.below(60));
        for (auto& value : ln_p)
            value = std::log(1 - random.uniform()) * (random.below(5) == 0 ? 6 : 1);
        const FalseDiscoveryCurve curve(ln_p);
        const auto tests = static_cast<double>(ln_p.size());
        double before = -INFINITY;
        for (double other = -40; other <= 0; other += 0.01) {
            double exact = 0;
            for (const double bound : ln_p) {
                if (bound < other) continue;
                const auto rank = std::count_if(ln_p.begin(), ln_p.end(),
                                                [=](double value) { return value <= bound; });
                exact = std::min(exact, bound + std::log(tests / static_cast<double>(rank)));
            }
            const auto below = std::max<std::ptrdiff_t>(
                std::count_if(ln_p.begin(), ln_p.end(),
                              [=](double value) { return value <= other; }),
                1);
            exact = std::min(exact, other + std::log(tests / static_cast<double>(below)));
            EXPECT_GE(curve.ln_q(other), exact - 1e-12);
            EXPECT_GE(curve.ln_q(other), before);
            before = curve.ln_q(other);
        }
        // Alone below all tests, the bound is exact.
        const double lowest = *std::min_element(ln_p.begin(), ln_p.end());
        EXPECT_NEAR(curve.ln_q(lowest - 30), lowest - 30 + std::log(tests), 1e-12);
    }
    EXPECT_EQ(FalseDiscoveryCurve({0.0}).ln_q(-20), -20);
    EXPECT_EQ(FalseDiscoveryCurve(std::vector<double>{}).ln_q(-20), -20);
}

TEST(FalseDiscovery, EdgeCases) {
    const FalseDiscoveryCurve none(std::vector<double>{});
    EXPECT_EQ(none.tests(), 0U);
    const FalseDiscoveryCurve unity({0.0, 0.0, -0.0});
    EXPECT_EQ(unity.ln_q(0), 0);
    const FalseDiscoveryCurve certain({-INFINITY, 0.0});
    EXPECT_EQ(certain.ln_q(-INFINITY), -INFINITY);
    EXPECT_EQ(certain.ln_q(0), 0);
    const FalseDiscoveryCurve missing({std::nan(""), std::log(.01)});
    EXPECT_EQ(missing.tests(), 1U);
    EXPECT_TRUE(std::isnan(missing.ln_q(std::nan(""))));
    EXPECT_THROW(FalseDiscoveryCurve({-1.0, -2.0}, 1, -0.5), Error);
    EXPECT_THROW(FalseDiscoveryCurve({-1.0, -2.0}, 5, -1.5), Error);
    // Ties are rejected together or not at all: 2 of 2 at .05.
    const FalseDiscoveryCurve ties({std::log(.05), std::log(.05)});
    EXPECT_NEAR(std::exp(ties.ln_q(std::log(.05))), .05, 1e-15);
}

TEST(FalseDiscovery, SurvivesSerializationAndRefusesDisorder) {
    const FalseDiscoveryCurve curve(logs(thrombolysis));
    ByteWriter writer;
    curve.serialize(writer);
    ByteReader reader(writer.bytes(), "q");
    const auto copy = FalseDiscoveryCurve::deserialize(reader);
    reader.expect_end();
    for (const double p : thrombolysis)
        EXPECT_EQ(copy.ln_q(std::log(p)), curve.ln_q(std::log(p)));
    auto bytes = writer.bytes();
    bytes[bytes.size() - 1] = std::byte{0x7f};
    ByteReader broken(bytes, "q");
    EXPECT_THROW((void)FalseDiscoveryCurve::deserialize(broken), Error);
}

TEST(FalseDiscovery, RateIsHeldOverTheWholeFamilyOnly) {
    // 5,000 rows, 10 planted at z = 6, breaks are the rows with |z| > 2: over the whole family the
    // false-discovery proportion is near its level, over the breaks alone it is near one.
    Random random(12);
    double over_all = 0;
    double over_breaks = 0;
    constexpr int rounds = 60;
    for (int round = 0; round < rounds; ++round) {
        std::vector<double> all;
        for (int i = 0; i < 5000; ++i)
            all.push_back(ln_normal_two_sided(random.normal() + (i < 10 ? 6.0 : 0.0)));
        std::vector<double> breaks;
        for (const double value : all)
            if (value <= ln_normal_two_sided(2)) breaks.push_back(value);
        const auto proportion = [&](const FalseDiscoveryCurve& curve) {
            int found = 0;
            int wrong = 0;
            for (int i = 0; i < 5000; ++i) {
                if (all[static_cast<std::size_t>(i)] > ln_normal_two_sided(2)) continue;
                if (curve.ln_q(all[static_cast<std::size_t>(i)]) > std::log(.05)) continue;
                ++found;
                wrong += i >= 10;
            }
            return found == 0 ? 0.0 : wrong / double(found);
        };
        over_all += proportion(FalseDiscoveryCurve(all)) / rounds;
        over_breaks += proportion(FalseDiscoveryCurve(breaks)) / rounds;
    }
    EXPECT_LT(over_all, 0.08);
    EXPECT_GT(over_all, 0.02);
    EXPECT_GT(over_breaks, 0.9);
}

} // namespace
} // namespace recon::evidence
