// Rules of judging, one by one.
#include "core/detection/judging/judge.hpp"

#include <cmath>
#include <cstring>
#include <limits>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/detection/baseline/key_state.hpp"
#include "core/detection/judging/key_judge.hpp"
#include "core/detection/verdict/reason.hpp"

namespace recon::breaks {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();
constexpr double infinite = std::numeric_limits<double>::infinity();

JudgeOptions with_tolerance(double tolerance) {
    JudgeOptions options;
    options.tolerance = {tolerance};
    return options;
}

// Judges the last row of a daily series; a break is what exceeds the tolerance, or is missing.
Finding judge_last(const std::vector<double>& values, const JudgeOptions& options,
                   const Population& population = {}) {
    KeySeries series;
    for (std::size_t i = 0; i < values.size(); ++i) {
        series.append(static_cast<std::int32_t>(8000 + i), std::span(&values[i], 1),
                      !(std::fabs(values[i]) <= options.tolerance[0]), i + 1 == values.size(), 0,
                      i);
    }
    std::vector<Finding> findings;
    judge(series, population, options, findings);
    EXPECT_EQ(findings.size(), 1U);
    return findings.at(0);
}

std::vector<double> noise(std::size_t n, std::uint64_t seed, double level = 0) {
    Random random(seed);
    std::vector<double> values(n);
    for (double& value : values)
        value = level + random.normal();
    return values;
}

TEST(Judge, ARowIsNeverJudgedByRowsOfItsOwnDate) {
    KeySeries alone, together;
    const auto options = with_tolerance(0.5);
    for (std::int32_t i = 0; i < 10; ++i) {
        const double value = i % 3;
        alone.append(i, std::span(&value, 1), true, false, 0, 0);
        together.append(i, std::span(&value, 1), true, false, 0, 0);
    }
    const double odd = 500;
    alone.append(10, std::span(&odd, 1), true, true, 0, 7);
    for (std::uint64_t copy = 0; copy < 5; ++copy) {
        together.append(10, std::span(&odd, 1), true, true, 0, 7 + copy);
    }
    std::vector<Finding> one, five;
    judge(alone, {}, options, one);
    judge(together, {}, options, five);
    ASSERT_EQ(five.size(), 5U);
    for (std::uint32_t i = 0; i < 5; ++i) {
        EXPECT_EQ(five[i].ln_p, one[0].ln_p);
        EXPECT_EQ(five[i].occurrence, i + 1);
        EXPECT_EQ(five[i].row, 7U + i);
    }
}

TEST(Judge, AConstantHistoryWithoutPriorGivesOneInNPlusOne) {
    const auto options = with_tolerance(0);
    const Finding other = judge_last({5, 5, 5, 5, 6}, options);
    EXPECT_NEAR(other.detector_ln_p[0], std::log(1.0 / 5), 1e-6);
    EXPECT_TRUE(other.flags & constant_history);
    const Finding equal = judge_last({5, 5, 5, 5, 5}, options);
    EXPECT_EQ(equal.ln_p, 0);
    EXPECT_EQ(equal.pattern, Pattern::in_line);
}

TEST(Judge, WithoutEvidenceThereIsNoScore) {
    const Finding first = judge_last({5}, with_tolerance(1));
    EXPECT_TRUE(std::isnan(first.ln_p));
    EXPECT_EQ(first.basis, Basis::none);
    EXPECT_EQ(first.pattern, Pattern::no_pattern);
}

TEST(Judge, MissingAndNonFiniteValuesAreFlaggedAndNeverEnterState) {
    const auto options = with_tolerance(1);
    const Finding gap = judge_last({0, 0, 0.5, 0, 0, missing}, options);
    EXPECT_TRUE(gap.flags & missing_side);
    EXPECT_TRUE(std::isnan(gap.detector_ln_p[0]));
    EXPECT_FALSE(std::isnan(gap.ln_p)); // by frequency
    EXPECT_EQ(reason(gap, {}), "A side is missing, so there is no value to judge.");
    const Finding wild = judge_last({0, 0, 0.5, 0, 0, infinite}, options);
    EXPECT_TRUE(wild.flags & non_finite);
    EXPECT_TRUE(std::isnan(wild.ln_p)); // nor by frequency
    EXPECT_EQ(reason(wild, {}), "The value is no number of at most 150 digits and is not judged.");
    std::vector<double> often(30, 0.0);
    often.insert(often.end(), {infinite, 0, infinite, 0, infinite});
    const Finding often_wild = judge_last(often, options);
    EXPECT_TRUE(std::isnan(often_wild.ln_p));
    EXPECT_EQ(often_wild.pattern, Pattern::no_pattern);
    const Finding after = judge_last({0, 0, missing, 0.5, infinite, 0, 0, 50}, options);
    const Finding without = judge_last({0, 0, 0.5, 0, 0, 50}, options);
    EXPECT_EQ(after.detector_ln_p[0], without.detector_ln_p[0]);
    EXPECT_EQ(after.history_n, 5U);
}

TEST(Judge, AStepIsOneItemThatAgesAndThenANewLevel) {
    const auto options = with_tolerance(0.1);
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        auto values = noise(30, seed);
        const auto later = noise(40, seed + 1000, 15);
        values.insert(values.end(), later.begin(), later.end());
        KeySeries series;
        for (std::size_t i = 0; i < values.size(); ++i) {
            series.append(static_cast<std::int32_t>(i), std::span(&values[i], 1), true, i >= 30, 0,
                          i);
        }
        std::vector<Finding> findings;
        judge(series, {}, options, findings);
        EXPECT_LT(findings[0].ln_p, std::log(1e-5)) << seed;
        EXPECT_EQ(findings[0].pattern, Pattern::spike);
        std::size_t alarms = 0;
        for (std::size_t i = 1; i < findings.size(); ++i) {
            alarms += findings[i].ln_p < std::log(1e-3) ? 1 : 0;
        }
        EXPECT_LE(alarms, 1U) << seed;
    }
}

TEST(Judge, ADriftThatRestsOnItsWayIsStillADrift) {
    const auto options = with_tolerance(0.1);
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        auto values = noise(30, seed);
        // Three rows that agree begin a level, and the rows after them leave it.
        for (const double row : {3.0, 6.5, 7.0, 6.6, 9.5, 11.0, 13.5, 15.0})
            values.push_back(row);
        const Finding arrived = judge_last(values, options);
        EXPECT_EQ(arrived.pattern, Pattern::gradual_deviation) << seed;
        EXPECT_LT(arrived.ln_p, std::log(1e-4)) << seed;
        EXPECT_LT(std::fabs(arrived.expected), 1.5) << seed; // the level that the drift left
    }
}

TEST(Judge, ADropToZeroIsAResolution) {
    const Finding gone = judge_last({-500, -500, -501, -500, -500, 0}, with_tolerance(1));
    EXPECT_EQ(gone.ln_p, 0);
    EXPECT_TRUE(is_quiet(gone.pattern));
    EXPECT_TRUE(gone.flags & resolved);
    const Finding half = judge_last({-500, -500, -501, -500, -500, -250}, with_tolerance(1));
    EXPECT_EQ(half.pattern, Pattern::sudden_drop);
    EXPECT_LT(half.ln_p, std::log(1e-3));
}

TEST(Judge, TheOppositeOfTheLastMovementIsAReversal) {
    const Finding back = judge_last({-500, -500, -501, -500, -9000, -500}, with_tolerance(1));
    EXPECT_EQ(back.ln_p, 0);
    EXPECT_TRUE(is_quiet(back.pattern));
    // The same movement once more is not one.
    const Finding again =
        judge_last({-500, -500, -501, -500, -9000, -500, -9000}, with_tolerance(1));
    EXPECT_NE(again.pattern, Pattern::reversal);
    // After three rows the other level is the level; back from there is a reversal.
    const Finding late =
        judge_last({-500, -500, -501, -500, -9000, -9000, -9000, -9000, -500}, with_tolerance(1));
    EXPECT_EQ(late.pattern, Pattern::reversal);
}

TEST(Judge, AStandingItemIsNoNews) {
    const Finding second = judge_last({0, 0, 0, 0.5, 0, 8000, 8000}, with_tolerance(1));
    EXPECT_TRUE(second.flags & ongoing);
    EXPECT_EQ(second.pattern, Pattern::in_line);
    EXPECT_GT(second.ln_p, std::log(0.05));
    const Finding moved = judge_last({0, 0, 0, 0.5, 0, 8000, 12000}, with_tolerance(1));
    EXPECT_FALSE(moved.flags & ongoing);
    EXPECT_LT(moved.ln_p, std::log(1e-3));
}

TEST(Judge, AMostlyQuietKeyIsSizedByItsEpisodes) {
    std::vector<double> values;
    for (const double size : {500.0, 700.0, 400.0}) {
        values.insert(values.end(), 8, 0.0);
        values.push_back(size);
    }
    values.insert(values.end(), 8, 0.0);
    auto usual = values;
    usual.push_back(600);
    const Finding ordinary = judge_last(usual, with_tolerance(1));
    // It breaks in about one row in ten, and is then seldom smaller.
    EXPECT_GT(ordinary.ln_p, std::log(0.02));
    EXPECT_EQ(ordinary.pattern, Pattern::in_line);
    EXPECT_TRUE(ordinary.flags & sized_by_episodes);
    auto huge = values;
    huge.push_back(6000000);
    EXPECT_LT(judge_last(huge, with_tolerance(1)).ln_p, std::log(0.005));
}

TEST(Judge, AMonthEndThatRecursIsSeasonal) {
    KeySeries series;
    Random random(5);
    std::size_t row = 0;
    for (std::int32_t date = 8000; date < 8000 + 200; ++date) {
        if ((date + 5) % 7 >= 5) continue; // 2000-01-01 was a Saturday
        CalendarReader calendar;
        const bool last = calendar.position(date).in_month == slot_from_end;
        const double value = random.normal() + (last ? 40 : 0);
        series.append(date, std::span(&value, 1), true, date >= 8110, 0, row++);
    }
    std::vector<Finding> findings;
    judge(series, {}, with_tolerance(0.1), findings);
    std::size_t seasonal = 0;
    for (const Finding& f : findings) {
        EXPECT_GT(f.ln_p, std::log(1e-3)) << iso_date(f.date);
        seasonal += f.pattern == Pattern::seasonal ? 1 : 0;
    }
    EXPECT_GE(seasonal, 2U);
}

TEST(Judge, SeveralMeasuresTakeTheStrongestTimesTheirNumber) {
    JudgeOptions one = with_tolerance(1);
    JudgeOptions two = one;
    two.tolerance = {1, 1};
    KeySeries single(1), both(2);
    for (std::int32_t i = 0; i < 12; ++i) {
        const double value = i == 11 ? 30 : i % 3;
        const std::array<double, 2> values = {static_cast<double>(i % 2), value};
        single.append(i, std::span(&value, 1), true, i == 11, 0, 0);
        both.append(i, values, true, i == 11, 0, 0);
    }
    std::vector<Finding> of_one, of_two;
    judge(single, {}, one, of_one);
    judge(both, {}, two, of_two);
    EXPECT_EQ(of_two[0].measure, 1);
    EXPECT_NEAR(of_two[0].detector_ln_p[0], of_one[0].detector_ln_p[0] + std::log(2.0), 1e-5);
}

TEST(Judge, OptionsAreChecked) {
    KeySeries series;
    std::vector<Finding> findings;
    for (const auto& spoil : std::vector<void (*)(JudgeOptions&)>{
             [](JudgeOptions& o) { o.window = 11; }, [](JudgeOptions& o) { o.window = 1025; },
             [](JudgeOptions& o) { o.tolerance = {-1}; },
             [](JudgeOptions& o) { o.tolerance = {missing}; },
             [](JudgeOptions& o) { o.detectors[0].weight = 0; }}) {
        JudgeOptions options;
        spoil(options);
        EXPECT_THROW(judge(series, {}, options, findings), Error);
    }
}

// From the first date that the server has to the last one: 4714-11-24 BC, 5874897-12-31.
TEST(Judge, RowsMayLieMillionsOfYearsApart) {
    constexpr std::int32_t first = -2451545;
    constexpr std::int32_t last = 2145031948;
    const auto values = noise(24, 11, 100);
    const auto options = with_tolerance(0.5);
    KeySeries series;
    const auto append = [&](std::int32_t date, double value) {
        series.append(date, std::span(&value, 1), true, true, 0, 0);
    };
    append(first, 100);
    append(first + 1, 101);
    for (std::size_t i = 0; i < values.size(); ++i)
        append(static_cast<std::int32_t>(8000 + i), values[i]);
    append(last - 1, 100);
    append(last, 5000);
    std::vector<Finding> findings;
    std::vector<ItemSpan> items;
    KeyState state(1, options);
    judge_next(state, series, {}, options, findings, {.items = &items});
    ASSERT_EQ(findings.size(), series.size());
    EXPECT_GT(findings[findings.size() - 2].ln_p, std::log(1e-3));
    EXPECT_LT(findings.back().ln_p, std::log(1e-6));
    EXPECT_EQ(state.date(), last);
}

} // namespace
} // namespace recon::breaks
