// The acceptance of the brief: verdicts and patterns of its four rows, and that they do not depend
// on units, sign, dates, order, or on what other keys are in the run.
#include "detection/brief.hpp"

#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "core/detection/verdict/reason.hpp"

namespace recon::breaks::test {
namespace {

struct Expected {
    const char* key;
    Pattern pattern;
    bool anomaly;
};
constexpr std::array<Expected, 4> expected = {{
    {"1 00000 1619205 4398 USD", Pattern::inconsistent_variation, true},
    {"2 00000 1619288 5701 USD", Pattern::consistent_change, false},
    {"3 00002 1618001 62695 USD", Pattern::spike, true},
    {"4 00002 1619205 4929 EUR", Pattern::in_line, false},
}};

void expect_the_brief(const std::map<std::string, Judged>& judged, bool as_typed = false) {
    for (const Expected& e : expected) {
        ASSERT_TRUE(judged.count(e.key)) << e.key;
        const Judged& j = judged.at(e.key);
        const bool typed_over = as_typed && e.key[0] == '4';
        EXPECT_EQ(name(j.finding.pattern), name(typed_over ? Pattern::new_key : e.pattern))
            << e.key;
        EXPECT_EQ(j.anomaly, e.anomaly)
            << e.key << " p " << std::exp(j.finding.ln_p) << " q " << j.q;
    }
}

JudgeOptions tolerance_of(double tolerance) {
    JudgeOptions options;
    options.tolerance = {tolerance};
    return options;
}

// Unrelated keys of several kinds, each with a history and one row that is in pattern.
std::vector<Row> unrelated(std::size_t keys, double unit, std::uint64_t seed,
                           const std::function<std::int32_t(std::size_t)>& date) {
    std::vector<Row> rows;
    Random random(seed);
    for (std::size_t k = 0; k < keys; ++k) {
        std::string key = std::to_string(1000 + k);
        key.insert(0, 1, 'x');
        const double level = 20000 * random.normal();
        const double noise = 50 * std::exp(random.normal());
        const double slope = 3000 * random.normal();
        for (std::size_t i = 0; i < 7; ++i) {
            double value = 0;
            switch (k % 4) {
            case 0: // stable noise
                value = level + noise * random.normal();
                break;
            case 1: // quiet: within the tolerance, or nothing at all
                value = k % 8 == 1 ? 0.0 : random.uniform() - 0.5;
                break;
            case 2: // trending
                value = level + slope * static_cast<double>(i) + 0.01 * slope * random.normal();
                break;
            default: // standing
                value = level;
            }
            rows.push_back({key, date(i), value * unit, i == 6});
        }
    }
    return rows;
}

std::int32_t month_end(std::size_t i) {
    return month_ends[i];
}

TEST(Brief, FourOfFourVerdictsAndPatterns) {
    const auto judged = run(brief_rows(), tolerance_of(1));
    ASSERT_EQ(judged.size(), 4U);
    expect_the_brief(judged);
}

TEST(Brief, TheFourthKeyAsTypedIsNewAndQuiet) {
    const auto judged = run(brief_rows(true), tolerance_of(1));
    expect_the_brief(judged, true);
    const Finding& finding = judged.at("4 00002 1619205 4929 EUR").finding;
    EXPECT_EQ(finding.basis, Basis::peers);
    EXPECT_EQ(finding.history_n, 0U);
}

TEST(Brief, VerdictsDoNotDependOnUnitsOrSign) {
    for (const double factor : {1e-3, 1e3, -1.0, 1e-9, 1e12}) {
        for (const bool typed : {false, true}) {
            auto rows = brief_rows(typed);
            for (Row& row : rows)
                row.value *= factor;
            SCOPED_TRACE(factor);
            expect_the_brief(run(rows, tolerance_of(std::fabs(factor))), typed);
        }
    }
}

TEST(Brief, VerdictsDoNotDependOnDates) {
    const std::array<std::function<std::int32_t(std::int32_t, std::size_t)>, 6> moves = {
        [](std::int32_t date, std::size_t) { return date - 10000; },
        [](std::int32_t date, std::size_t) { return date + 13; },
        [](std::int32_t, std::size_t i) { return static_cast<std::int32_t>(9000 + i); },
        [](std::int32_t, std::size_t i) { return static_cast<std::int32_t>(9003 + 7 * i); },
        [](std::int32_t, std::size_t i) { return static_cast<std::int32_t>(-3 + i * i); },
        [](std::int32_t, std::size_t i) { return static_cast<std::int32_t>(365 * i); }};
    for (std::size_t m = 0; m < moves.size(); ++m) {
        for (std::int32_t shift = 0; shift < 31; ++shift) {
            auto rows = brief_rows();
            for (std::size_t i = 0; i < rows.size(); ++i) {
                rows[i].date = moves[m](rows[i].date, i % 7) + shift;
            }
            SCOPED_TRACE(m * 100 + static_cast<std::size_t>(shift));
            expect_the_brief(run(rows, tolerance_of(1)));
        }
    }
}

TEST(Brief, VerdictsDoNotDependOnTheOrderOfRows) {
    Random random(3);
    auto rows = brief_rows();
    const auto first = run(rows, tolerance_of(1));
    for (int trial = 0; trial < 20; ++trial) {
        for (std::size_t i = rows.size() - 1; i > 0; --i) {
            std::swap(rows[i], rows[random.below(i + 1)]);
        }
        const auto judged = run(rows, tolerance_of(1));
        expect_the_brief(judged);
        for (const auto& [key, j] : judged) {
            EXPECT_EQ(j.finding.ln_p, first.at(key).finding.ln_p) << key;
        }
    }
}

TEST(Brief, VerdictsHoldAmongTwoHundredUnrelatedKeys) {
    for (const double unit : {0.01, 1.0, 100.0}) {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            SCOPED_TRACE(std::to_string(unit) + " seed " + std::to_string(seed));
            auto rows = brief_rows();
            const auto others = unrelated(200, unit, seed, month_end);
            rows.insert(rows.end(), others.begin(), others.end());
            const auto judged = run(rows, tolerance_of(1));
            EXPECT_EQ(judged.size(), 204U);
            expect_the_brief(judged);
            std::size_t false_alarms = 0;
            for (const auto& [key, j] : judged)
                false_alarms += key[0] == 'x' && j.anomaly ? 1 : 0;
            EXPECT_LE(false_alarms, 1U);
        }
    }
}

TEST(Brief, ReasonsCarryTheNumbers) {
    const auto judged = run(brief_rows(), tolerance_of(1));
    const ReasonContext context;
    EXPECT_EQ(reason(judged.at(expected[0].key).finding, context),
              "-15,000 against 6 earlier values between -40,000 and 200: the balance moves without "
              "a consistent level or trend.");
    EXPECT_EQ(reason(judged.at(expected[1].key).finding, context),
              "90,000 continues a consistent increase of about 10,000 per row over 6 earlier "
              "values since 2023-11-30 (90,000 expected).");
    EXPECT_EQ(reason(judged.at(expected[2].key).finding, context),
              "50,000 against 6 earlier values between -0.5 and 0.5: a jump of 50,000 from a quiet "
              "history.");
    EXPECT_EQ(reason(judged.at(expected[3].key).finding, context),
              "-10,000, the same as 6 earlier values: in line with previous periods.");
}

} // namespace
} // namespace recon::breaks::test
