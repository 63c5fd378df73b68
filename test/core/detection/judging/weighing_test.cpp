#include "core/detection/judging/weighing.hpp"

#include <array>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "core/detection/judging/judge.hpp"

namespace recon::breaks {
namespace {

constexpr float unsaid = std::numeric_limits<float>::quiet_NaN();
constexpr auto partners = static_cast<std::size_t>(Detector::partners);
constexpr auto forest = static_cast<std::size_t>(Detector::forest);
constexpr auto distance = static_cast<std::size_t>(Detector::distance);

// p = .5 of the baseline (weight 1) and nothing else.
Finding by_its_baseline() {
    Finding finding;
    finding.detector_ln_p.fill(unsaid);
    finding.detector_ln_p[0] = std::log(0.5F);
    finding.pattern = Pattern::in_line;
    return finding;
}

TEST(Weighing, WhatIsHeardJoinsWhatWasSaid) {
    auto finding = by_its_baseline();
    Weighing weighing(JudgeOptions{});
    weighing.begin(finding.detector_ln_p);
    EXPECT_TRUE(weighing.hear(partners, std::log(0.001)));
    weighing.settle(finding);
    // The weighted harmonic mean: (1 + .25) / (1 / .5 + .25 / .001).
    EXPECT_NEAR(finding.ln_p, std::log(1.25 / 252), 1e-7);
    EXPECT_NEAR(finding.share[partners], 250.0 / 252, 1e-6);
    EXPECT_NEAR(finding.share[0], 2.0 / 252, 1e-6);
    EXPECT_EQ(finding.detector_ln_p[0], std::log(0.5F));
    EXPECT_NEAR(finding.detector_ln_p[partners], std::log(0.001), 1e-6);
    EXPECT_TRUE(std::isnan(finding.detector_ln_p[forest]));
}

TEST(Weighing, FollowsTheStrategy) {
    JudgeOptions options;
    options.combination = evidence::Combination::fisher;
    options.detectors[forest].enabled = false;
    const auto finding = by_its_baseline();
    Weighing weighing(options);
    weighing.begin(finding.detector_ln_p);
    EXPECT_FALSE(weighing.hear(forest, std::log(1e-9))) << "nobody asks the forest";
    EXPECT_FALSE(weighing.hear(partners, unsaid)) << "it has nothing to say";
    EXPECT_DOUBLE_EQ(weighing.together(), finding.detector_ln_p[0]);
    EXPECT_TRUE(weighing.hear(partners, std::log(0.1)));
    // Fisher: of two p-values with the product x it is x (1 - ln x).
    EXPECT_NEAR(weighing.together(), std::log(0.05 * (1 - std::log(0.05))), 1e-7);
}

TEST(Weighing, NothingIsKeptFromTheRowBefore) {
    const auto finding = by_its_baseline();
    const std::array<double, 1> weight = {2};
    Weighing weighing(JudgeOptions{}, weight);
    weighing.begin(finding.detector_ln_p);
    EXPECT_TRUE(weighing.hear(detector_count, std::log(0.01)));
    EXPECT_NEAR(weighing.together(), std::log(3.0 / 202), 1e-7);
    EXPECT_NEAR(weighing.share(detector_count), 200.0 / 202, 1e-7);
    weighing.begin(finding.detector_ln_p);
    EXPECT_DOUBLE_EQ(weighing.together(), finding.detector_ln_p[0]);
    EXPECT_TRUE(std::isnan(weighing.ln_p(detector_count)));
    EXPECT_EQ(weighing.share(detector_count), 0);
}

TEST(Weighing, NamesWhatCarriesTheVerdictWhereNothingElseStandsOut) {
    const auto named = [](Pattern pattern, double ln_p, double ln_striking) {
        auto finding = by_its_baseline();
        finding.pattern = pattern;
        Weighing weighing(JudgeOptions{});
        weighing.begin(finding.detector_ln_p);
        weighing.hear(forest, ln_p);
        weighing.settle(finding);
        weighing.name(finding, std::array{forest, distance}, ln_striking,
                      Pattern::unusual_combination);
        return finding;
    };
    const double striking = std::log(0.001);
    const auto finding = named(Pattern::in_line, std::log(1e-4), striking);
    EXPECT_EQ(finding.pattern, Pattern::unusual_combination);
    EXPECT_EQ(finding.runner_up, Pattern::in_line);
    // Something else stands out; it is not striking; it carries less than half.
    EXPECT_EQ(named(Pattern::spike, std::log(1e-4), striking).pattern, Pattern::spike);
    EXPECT_EQ(named(Pattern::in_line, std::log(0.002), striking).pattern, Pattern::in_line);
    EXPECT_EQ(named(Pattern::in_line, std::log(0.1), 0).pattern, Pattern::in_line);
}

} // namespace
} // namespace recon::breaks
