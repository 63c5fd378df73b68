#include "core/evidence/stream_detector.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/series/admitted.hpp"
#include "nab_data.hpp"
#include "series/adversarial_series.hpp"

namespace recon::evidence {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr double minutes = 60;

std::vector<double> scores(const std::vector<double>& values, double step = unknown) {
    StreamDetector detector;
    std::vector<double> all;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double at = static_cast<double>(i) * step;
        all.push_back(detector.judge(values[i], at).score);
        detector.add(values[i], at);
    }
    return all;
}

std::vector<double> noise(std::size_t rows, std::uint64_t seed = 1) {
    Random random(seed);
    std::vector<double> values(rows);
    for (auto& value : values)
        value = 100 + random.normal();
    return values;
}

TEST(StreamDetector, SaysNothingInTheFirstSixtyRows) {
    const auto all = scores(noise(100));
    for (std::size_t i = 0; i < 60; ++i)
        EXPECT_TRUE(std::isnan(all[i])) << i;
    for (std::size_t i = 60; i < 100; ++i)
        EXPECT_GE(all[i], 0) << i;
}

TEST(StreamDetector, IsCalibratedOnNoise) {
    StreamDetector detector;
    int hundredth = 0;
    int thousandth = 0;
    constexpr int rows = 100'000;
    for (const double x : noise(rows)) {
        const double ln_p = detector.judge(x, unknown).ln_p;
        hundredth += ln_p <= std::log(0.01);
        thousandth += ln_p <= std::log(0.001);
        detector.add(x, unknown);
    }
    EXPECT_LE(hundredth, 0.013 * rows);
    EXPECT_LE(thousandth, 0.0015 * rows);
    EXPECT_GE(thousandth, 0.0001 * rows); // and not by being silent
}

TEST(StreamDetector, AConstantSeriesIsNoNews) {
    for (const double score : scores(std::vector<double>(5000, 0.1))) {
        EXPECT_TRUE(std::isnan(score) || score == 0);
    }
}

TEST(StreamDetector, ASpikeIsAnAlarmOnceAndTheNextOneToo) {
    auto values = noise(2000);
    values[1000] = 120;
    values[1600] = 120;
    const auto all = scores(values);
    EXPECT_GT(all[1000], 4);
    for (std::size_t i = 1001; i < 1100; ++i)
        EXPECT_EQ(all[i], 0) << i;
    EXPECT_GT(all[1600], 3);
}

TEST(StreamDetector, AStepIsAnAlarmAndThenTheNewLevel) {
    auto values = noise(3000);
    for (std::size_t i = 1500; i < 3000; ++i)
        values[i] += 12;
    const auto all = scores(values);
    EXPECT_GT(all[1500], 3);
    EXPECT_LT(*std::max_element(all.begin() + 2000, all.end()), 4);
    values[2800] -= 12; // back at the old level is as strange as the step was
    EXPECT_GT(scores(values)[2800], 2.5);
}

TEST(StreamDetector, AStepFromAConstantIsAsImprobableAsItsLengthAllows) {
    std::vector<double> values(500, 5.0);
    values.back() = 6;
    EXPECT_NEAR(scores(values).back(), std::log10(490), 0.01); // p = 1/(n+1) of 489 remembered
}

TEST(StreamDetector, ASlowShiftIsFoundWhereNoRowAloneIsStrange) {
    auto values = noise(4000);
    for (std::size_t i = 3000; i < 3200; ++i)
        values[i] += 1.8;
    const auto all = scores(values);
    EXPECT_GT(*std::max_element(all.begin() + 3000, all.begin() + 3100), 3.5);
}

TEST(StreamDetector, TheStepsOfEveryDayAreNoNewsAndAMissingOneIs) {
    std::vector<double> values = noise(96 * 30);
    for (std::size_t i = 0; i < values.size(); ++i)
        if (i % 96 >= 36 && i % 96 < 72) values[i] += 40;
    for (std::size_t i = 96 * 25 + 36; i < 96 * 25 + 72; ++i)
        values[i] -= 40;
    const auto timed = scores(values, 15 * minutes);
    const auto begin = timed.begin();
    EXPECT_LT(*std::max_element(begin + 96 * 10, begin + 96 * 25 + 36), 3.5);
    EXPECT_GT(*std::max_element(begin + 96 * 25 + 36, begin + 96 * 25 + 40), 5);
    // Without the time there is nothing strange in a value between those of day and night.
    const auto untimed = scores(values);
    EXPECT_LT(*std::max_element(untimed.begin() + 96 * 25 + 36, untimed.begin() + 96 * 25 + 40), 3);
}

TEST(StreamDetector, WhatIsNotAdmittedChangesNothing) {
    const auto values = noise(1000);
    StreamDetector clean;
    StreamDetector dirty;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double at = static_cast<double>(i) * minutes;
        for (const double bad : {unknown, double{INFINITY}, -double{INFINITY}, 1e305}) {
            EXPECT_TRUE(std::isnan(dirty.judge(bad, at).score));
            EXPECT_FALSE(dirty.add(bad, at));
        }
        const auto one = clean.judge(values[i], at);
        const auto other = dirty.judge(values[i], at);
        EXPECT_TRUE(one.ln_p == other.ln_p || (std::isnan(one.ln_p) && std::isnan(other.ln_p)));
        clean.add(values[i], at);
        dirty.add(values[i], at);
    }
}

TEST(StreamDetector, ScoresAreNumbersOnEverySeries) {
    for (const auto& [name, values] : series::testing::adversarial_series(3000)) {
        for (const double step : {unknown, 60 * minutes, 0.0, 1e290}) {
            std::size_t entered = 0;
            const auto all = scores(values, step);
            for (std::size_t i = 0; i < values.size(); ++i) {
                const bool judged = series::admitted(values[i]) && entered >= 60;
                ASSERT_EQ(std::isnan(all[i]), !judged) << name << " " << i;
                ASSERT_TRUE(!judged || (all[i] >= 0 && std::isfinite(all[i]))) << name << " " << i;
                entered += series::admitted(values[i]);
            }
        }
    }
}

TEST(StreamDetector, UnitAndOriginDoNotMatter) {
    auto values = noise(1500);
    values[1200] = 110;
    const auto before = scores(values, 10 * minutes);
    for (auto& value : values)
        value = -1024 * value; // exact
    const auto after = scores(values, 10 * minutes);
    for (std::size_t i = 60; i < values.size(); ++i)
        EXPECT_EQ(before[i], after[i]) << i;
}

// The floor of a published figure (docs/detection.md): what it found must not be lost unseen.
TEST(StreamDetector, KeepsItsScoreOnTheAnomalyBenchmark) {
    const auto files = nab::read_files();
    if (files.empty()) GTEST_SKIP() << "no nab/combined_windows.json in $RECON_DATA";
    std::vector<nab::Judged> judged;
    for (const auto& file : files) {
        nab::Judged& one = judged.emplace_back();
        one.windows = file.windows;
        StreamDetector detector;
        for (std::size_t i = 0; i < file.values.size(); ++i) {
            one.scores.push_back(detector.judge(file.values[i], file.seconds[i]).score);
            detector.add(file.values[i], file.seconds[i]);
        }
    }
    EXPECT_GT(nab::score(judged, nab::profiles[0]).score, 70);
    EXPECT_GT(nab::score(judged, nab::profiles[1]).score, 60);
    EXPECT_GT(nab::score(judged, nab::profiles[2]).score, 74);
}

} // namespace
} // namespace recon::evidence
