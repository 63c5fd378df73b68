// The models of the shapes of rows: what is strange only in how its numbers come together.
#include "core/detection/population/shape_models.hpp"

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/detection/baseline/key_state.hpp"
#include "core/detection/judging/judge.hpp"
#include "core/detection/judging/shape_evidence.hpp"
#include "core/detection/verdict/reason.hpp"
#include "core/evidence/false_discovery.hpp"

namespace recon::breaks {
namespace {

constexpr std::size_t past = 60;
constexpr std::size_t dates = 10;
constexpr std::size_t keys = 300;

struct PlantedPanel {
    std::vector<KeySeries> series;
    std::vector<bool> is_planted; // by tag
};

// Two measures of a key that move together. What is planted in one target row in fifty lies within
// two standard deviations of each, but the one is up and the other down.
PlantedPanel two_measures(std::uint64_t seed, bool plants) {
    PlantedPanel panel;
    for (std::uint64_t k = 0; k < keys; ++k) {
        Random random(mix64(mix64(seed) ^ k));
        KeySeries series(2);
        for (std::size_t i = 0; i < past + dates; ++i) {
            const double common = random.normal();
            double a = common + 0.15 * random.normal();
            double b = common + 0.15 * random.normal();
            const bool is_target = i >= past;
            const bool is_planted = plants && is_target && random.below(50) == 0;
            if (is_planted) {
                a = 1.8;
                b = -1.8;
            }
            const std::array<double, 2> values = {1000 + 50 * a, -300 + 5 * b};
            series.append(static_cast<std::int32_t>(8500 + i), values, true, is_target, 0,
                          panel.is_planted.size());
            if (is_target) panel.is_planted.push_back(is_planted);
        }
        series.sort();
        panel.series.push_back(std::move(series));
    }
    return panel;
}

struct Count {
    std::size_t planted = 0;
    std::size_t found = 0;
    std::size_t wrong = 0;
    std::size_t panels_with_wrong = 0;

    Count& operator+=(const Count& other) {
        planted += other.planted;
        found += other.found;
        wrong += other.wrong;
        panels_with_wrong += other.wrong > 0 ? 1 : 0;
        return *this;
    }
};

Population population_of(const PlantedPanel& panel, const JudgeOptions& options) {
    std::vector<KeySummary> summaries;
    for (const auto& series : panel.series)
        summaries.push_back(summarize(series, options));
    Population population = fit_population(summaries, options);
    std::vector<std::vector<double>> shapes;
    for (const auto& series : panel.series)
        shapes.push_back(shapes_of_past(series, population, options, 32));
    population.set_shapes(ShapeModels::fit(shapes, 2, options.forest));
    return population;
}

std::vector<Finding> findings_of(const PlantedPanel& panel, const JudgeOptions& options) {
    const auto population = population_of(panel, options);
    std::vector<Finding> findings;
    for (const auto& series : panel.series)
        judge(series, population, options, findings);
    return findings;
}

Count judge_panel(const PlantedPanel& panel, const JudgeOptions& options) {
    const auto findings = findings_of(panel, options);
    std::vector<double> ln_p;
    for (const auto& finding : findings)
        ln_p.push_back(finding.ln_p);
    const evidence::FalseDiscoveryCurve family(std::move(ln_p));
    Count count;
    for (const auto& finding : findings) {
        const bool is_found =
            !is_quiet(finding.pattern) && std::exp(family.ln_q(finding.ln_p)) <= 0.05;
        const bool is_planted = panel.is_planted[finding.row];
        count.planted += is_planted ? 1 : 0;
        count.found += is_planted && is_found ? 1 : 0;
        count.wrong += !is_planted && is_found ? 1 : 0;
    }
    return count;
}

JudgeOptions with_models() {
    JudgeOptions options;
    options.tolerance = {1, 0.1};
    return options;
}

JudgeOptions without_models() {
    JudgeOptions options = with_models();
    for (const auto& shape : shape_detectors)
        options.detectors[static_cast<std::size_t>(shape.detector)].enabled = false;
    return options;
}

TEST(ShapeModels, FindRowsWhoseMeasuresPartCompany) {
    Count alone, together, empty;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        const auto panel = two_measures(seed, true);
        alone += judge_panel(panel, without_models());
        together += judge_panel(panel, with_models());
        empty += judge_panel(two_measures(seed, false), with_models());
    }
    EXPECT_EQ(alone.found, 0U) << "each measure by itself is ordinary";
    EXPECT_GE(together.found, together.planted * 9 / 10) << together.planted;
    EXPECT_LE(together.wrong, together.found * 7 / 100);
    EXPECT_LE(empty.panels_with_wrong, 1U);
}

TEST(ShapeModels, SayWhyInTheirOwnPattern) {
    std::size_t told = 0;
    const auto panel = two_measures(2, true);
    const auto options = with_models();
    for (const auto& finding : findings_of(panel, options)) {
        double shares = 0;
        for (const float share : finding.share)
            shares += share;
        EXPECT_NEAR(shares, 1, 1e-6);
        if (finding.pattern != Pattern::unusual_combination) continue;
        ++told;
        EXPECT_TRUE(is_quiet(finding.runner_up));
        ReasonContext context;
        context.measures = 2;
        context.measure = "value";
        const auto text = reason(finding, context);
        EXPECT_NE(text.find("seldom comes together: a probability of "), std::string::npos) << text;
    }
    EXPECT_GT(told, 20U);
}

TEST(ShapeModels, SayNothingWhereTheyAreOff) {
    const auto panel = two_measures(3, true);
    auto options = without_models();
    const auto off = findings_of(panel, options);
    for (const auto& finding : off) {
        for (const auto& shape : shape_detectors)
            EXPECT_TRUE(
                std::isnan(finding.detector_ln_p[static_cast<std::size_t>(shape.detector)]));
    }
    // One of them alone.
    options.detectors[static_cast<std::size_t>(Detector::distance)].enabled = true;
    const auto one = findings_of(panel, options);
    ASSERT_EQ(one.size(), off.size());
    std::size_t said = 0;
    for (const auto& finding : one) {
        EXPECT_TRUE(std::isnan(finding.detector_ln_p[static_cast<std::size_t>(Detector::forest)]));
        said +=
            std::isnan(finding.detector_ln_p[static_cast<std::size_t>(Detector::distance)]) ? 0 : 1;
    }
    EXPECT_GT(said, one.size() / 2);
}

// Matches are not told of, so nobody asks what their shape is: they count with what the other
// detectors say.
TEST(ShapeModels, AreAskedAboutBreaksOnly) {
    auto panel = two_measures(4, false);
    const auto options = with_models();
    const auto population = population_of(panel, options);
    KeySeries rows(2);
    for (std::size_t i = 0; i < panel.series[0].size(); ++i) {
        const auto& series = panel.series[0];
        const std::array<double, 2> values = {series.value(i, 0), series.value(i, 1)};
        rows.append(series.date(i), values, i % 2 == 0, series.is_target(i), 0, series.row(i));
    }
    std::vector<Finding> findings;
    judge(rows, population, options, findings);
    std::vector<Finding> breaks;
    std::vector<double> ln_p;
    KeyState state(2, options);
    judge_breaks(state, rows, population, options, breaks, {.ln_p = &ln_p});
    std::size_t at = 0;
    for (std::size_t i = 0; i < findings.size(); ++i) {
        const auto& finding = findings[i];
        EXPECT_TRUE(
            finding.is_break ||
            std::isnan(finding.detector_ln_p[static_cast<std::size_t>(Detector::distance)]));
        if (!finding.is_break) continue;
        EXPECT_EQ(finding.ln_p, breaks[at].ln_p);
        EXPECT_EQ(finding.ln_p, ln_p[i]);
        ++at;
    }
    EXPECT_EQ(at, breaks.size());
}

TEST(ShapeModels, NeedTwoMeasuresAndEnoughRowsInEachHalf) {
    const std::vector<double> rows(2 * ShapeModels::fewest_rows, 0.5);
    const std::vector<double> fewer(2 * ShapeModels::fewest_rows - 2, 0.5);
    const auto fit = [](const std::vector<std::vector<double>>& of_keys, std::size_t measures) {
        return ShapeModels::fit(of_keys, measures, {});
    };
    EXPECT_EQ(fit({}, 2), nullptr);
    EXPECT_EQ(fit({rows}, 2), nullptr);
    EXPECT_EQ(fit({rows, fewer}, 2), nullptr);
    EXPECT_EQ(fit({rows, rows}, 1), nullptr);
    const auto constant = fit({rows, rows}, 2);
    ASSERT_NE(constant, nullptr);
    // Nothing varies: all that can be told is the rank.
    const std::array<double, 2> far = {9, 9};
    const auto evidence = constant->ln_p(far).front();
    for (const double ln_p : {evidence.forest, evidence.distance})
        EXPECT_TRUE(std::isnan(ln_p) || ln_p >= -std::log(ShapeModels::fewest_rows + 1.0));
}

TEST(ShapeModels, RefuseForestsThatNobodyGrows) {
    EXPECT_THROW((ForestOptions{0, 256}.check()), Error);
    EXPECT_THROW((ForestOptions{1001, 256}.check()), Error);
    EXPECT_THROW((ForestOptions{100, 1}.check()), Error);
    EXPECT_THROW((ForestOptions{100, 4097}.check()), Error);
    EXPECT_NO_THROW((ForestOptions{1000, 4096}.check()));
}

TEST(ShapeModels, ReadTheirBytes) {
    const auto panel = two_measures(5, false);
    const auto population = population_of(panel, with_models());
    ByteWriter writer;
    population.shapes()->serialize(writer);
    ByteReader reader(writer.bytes(), "shapes");
    const auto again = ShapeModels::deserialize(reader);
    reader.expect_end();
    const std::vector<double> shapes = {0.1, 0.2,          3,           -3, std::nan(""),
                                        1,   std::nan(""), std::nan("")};
    const auto before = population.shapes()->ln_p(shapes);
    const auto after = again->ln_p(shapes);
    ASSERT_EQ(before.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
        for (const auto& shape : shape_detectors) {
            EXPECT_EQ(std::isnan(before[i].*shape.evidence), i == 3);
            if (i < 3) {
                EXPECT_EQ(before[i].*shape.evidence, after[i].*shape.evidence);
            }
        }
    }
    EXPECT_LT(before[1].distance, before[0].distance);
}

} // namespace
} // namespace recon::breaks
