#include "core/detection/population/population.hpp"

#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/bytes.hpp"
#include "core/detection/judging/judge.hpp"
#include "detection/eventful_series.hpp"

namespace recon::breaks {
namespace {

bool same(const Finding& a, const Finding& b) {
    return std::memcmp(&a, &b, sizeof(Finding)) == 0;
}

TEST(Population, ComesBackFromItsBytesAndRefusesDamage) {
    JudgeOptions options;
    options.tolerance = {0.5, 0.5};
    const auto population = some_population(options, 2);
    ByteWriter writer;
    population.serialize(writer);
    const auto bytes = writer.take();
    ByteReader reader(bytes, "recon_population");
    const auto back = Population::deserialize(reader);
    reader.expect_end();
    std::vector<Finding> first, second;
    const auto series = eventful(50, 200, 2);
    judge(series, population, options, first);
    judge(series, back, options, second);
    ASSERT_EQ(first.size(), second.size());
    for (std::size_t i = 0; i < first.size(); ++i)
        EXPECT_TRUE(same(first[i], second[i]));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        ByteReader cut(std::span<const std::byte>(bytes).first(size), "recon_population");
        EXPECT_THROW((void)Population::deserialize(cut), Error);
    }
    KeySeries single(1);
    EXPECT_THROW(judge(single, population, options, first), Error);
}

TEST(KeySummary, IsBounded) {
    JudgeOptions options;
    options.tolerance = {0.5};
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        const auto summary = summarize(eventful(seed, 40 + 200 * seed, 1), options);
        ASSERT_EQ(summary.measures.size(), 1U);
        const MeasureSummary& measure = summary.measures.front();
        EXPECT_LE(measure.first.size(), MeasureSummary::kept_first);
        EXPECT_LE(measure.residuals.size(), MeasureSummary::kept_residuals);
        EXPECT_LE(measure.slow.size(), MeasureSummary::kept_slow);
        EXPECT_LE(measure.episode_sizes.size(), MeasureState::kept_episodes);
    }
}

} // namespace
} // namespace recon::breaks
