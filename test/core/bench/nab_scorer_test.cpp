#include "nab_scorer.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace recon::nab {
namespace {

const auto& standard = profiles[0];
const auto& few_false_positives = profiles[1];
const auto& few_misses = profiles[2];

// A file of `rows` rows that scores 0 but for the rows given.
Judged judged(std::size_t rows, std::vector<Window> windows,
              const std::vector<std::pair<std::size_t, double>>& detections) {
    Judged file{std::vector<double>(rows, 0.0), std::move(windows)};
    for (const auto& [row, score] : detections)
        file.scores[row] = score;
    return file;
}

double score_of(const Judged& file, const Profile& profile) {
    return score(std::span(&file, 1), profile).score;
}

TEST(NabScorer, SigmoidIsThatOfTheBenchmark) {
    EXPECT_NEAR(sigmoid(-1), 0.98661429815143, 1e-14);
    EXPECT_EQ(sigmoid(0), 0);
    EXPECT_NEAR(sigmoid(0.5), -0.84828363995751, 1e-14);
    EXPECT_EQ(sigmoid(3.5), -1);
}

TEST(NabScorer, ProbationIsFifteenPerCentAndAtMost750Rows) {
    EXPECT_EQ(probation(100), 15U);
    EXPECT_EQ(probation(4032), 604U);
    EXPECT_EQ(probation(5000), 750U);
    EXPECT_EQ(probation(22695), 750U);
}

TEST(NabScorer, NoDetectorIsZeroAndThePerfectOneIsAHundred) {
    const std::vector<Window> windows{{40, 49}, {80, 89}};
    EXPECT_EQ(score_of(judged(100, windows, {}), standard), 0);
    for (const auto& profile : profiles) {
        EXPECT_NEAR(score_of(judged(100, windows, {{40, 1}, {80, 1}}), profile), 100, 1e-12);
        // One of two: the other costs what it would earn, and with few_misses twice that.
        EXPECT_NEAR(score_of(judged(100, windows, {{40, 1}}), profile), 50, 1e-12);
    }
}

TEST(NabScorer, EarlyDetectionsAreWorthMore) {
    // Ten rows, the sixth of them: position -5/10.
    const auto file = judged(100, {{40, 49}}, {{45, 1}});
    const double value = 0.84828363995751 / 0.98661429815143;
    EXPECT_NEAR(score_of(file, standard), 100 * (value + 1) / 2, 1e-10);
    EXPECT_NEAR(score_of(file, few_misses), 100 * (value + 2) / 3, 1e-10);
}

TEST(NabScorer, TheBestOfAWindowCountsOnce) {
    const auto once = judged(100, {{40, 49}}, {{42, 1}});
    const auto thrice = judged(100, {{40, 49}}, {{42, 1}, {44, 3}, {49, 2}});
    EXPECT_EQ(score_of(once, standard), score_of(thrice, standard));
}

TEST(NabScorer, FalsePositivesCostByTheirDistanceFromTheWindowBefore) {
    // Before every window: -1, and the threshold must be low enough to find the window's row.
    const auto before = judged(100, {{40, 49}}, {{20, 2}, {40, 1}});
    EXPECT_NEAR(score_of(before, standard), 100 * (1 - 0.11 + 1) / 2, 1e-10);
    EXPECT_NEAR(score_of(before, few_false_positives), 100 * (1 - 0.22 + 1) / 2, 1e-10);
    EXPECT_NEAR(score_of(before, few_misses), 100 * (1 - 0.11 + 2) / 3, 1e-10);
    // Three rows behind a window of ten: position 3/9.
    const auto behind = judged(100, {{40, 49}}, {{52, 2}, {40, 1}});
    const double cost = 0.11 * (2 / (1 + std::exp(5.0 / 3)) - 1);
    EXPECT_NEAR(score_of(behind, standard), 100 * (1 + cost + 1) / 2, 1e-10);
}

TEST(NabScorer, ProbationIsNotScored) {
    const auto file = judged(100, {{40, 49}}, {{0, 5}, {14, 5}, {40, 1}});
    EXPECT_NEAR(score_of(file, standard), 100, 1e-12);
}

TEST(NabScorer, TheThresholdIsTheBestOfAllFilesTogether) {
    // Alone, the first file would be best at 3, the second at 1.
    const std::vector<Judged> files{
        judged(100, {{40, 49}}, {{40, 3}, {20, 2}, {60, 2}}),
        judged(100, {{40, 49}}, {{40, 1}}),
    };
    const auto all = score(files, standard);
    EXPECT_EQ(all.threshold, 1);
    EXPECT_EQ(all.found, 2U);
    EXPECT_EQ(all.false_positives, 2U);
    const double behind = 2 / (1 + std::exp(5.0 * 11 / 9)) - 1;
    EXPECT_NEAR(all.score, 100 * (2 + 0.11 * (behind - 1) + 2) / 4, 1e-10);
}

TEST(NabScorer, EqualScoresAreDetectedTogetherAndNaNNever) {
    auto file = judged(100, {{40, 49}}, {{40, 1}, {20, 1}, {22, 1}});
    EXPECT_NEAR(score_of(file, standard), 100 * (1 - 0.22 + 1) / 2, 1e-10);
    file.scores[20] = NAN;
    EXPECT_NEAR(score_of(file, standard), 100 * (1 - 0.11 + 1) / 2, 1e-10);
}

} // namespace
} // namespace recon::nab
