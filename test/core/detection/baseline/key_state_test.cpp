#include "core/detection/baseline/key_state.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/detection/judging/judge.hpp"
#include "detection/eventful_series.hpp"
#include "evidence/q_values.hpp"

namespace recon::breaks {
namespace {

std::vector<std::byte> bytes_of(const KeyState& state) {
    ByteWriter writer;
    state.serialize(writer);
    return writer.take();
}

KeyState read(std::span<const std::byte> bytes, const JudgeOptions& options) {
    ByteReader reader(bytes, "recon_key_state");
    auto state = KeyState::deserialize(reader, options);
    reader.expect_end();
    return state;
}

bool same(const Finding& a, const Finding& b) {
    return std::memcmp(&a, &b, sizeof(Finding)) == 0;
}

// A calendar whose holidays meet every part of a month.
std::shared_ptr<const series::Calendar> every_ninth_day() {
    std::vector<series::Day> holidays;
    for (series::Day day = 7000; day < 7700; day += 9)
        holidays.push_back(day);
    return std::make_shared<const series::Calendar>(std::move(holidays));
}

TEST(KeyState, RowsOneByOneFromAStoredStateGiveTheFindingsOfTheWholeHistory) {
    for (const std::size_t measures : {1U, 3U}) {
        JudgeOptions options;
        options.tolerance.assign(measures, 0.5);
        options.window = measures == 1 ? 24 : 64;
        if (measures == 3) options.calendar = every_ninth_day();
        const Population population = some_population(options, measures);
        for (std::uint64_t seed = 1; seed <= 30; ++seed) {
            const auto series = eventful(seed, 250, measures);
            std::vector<Finding> whole, stepwise;
            judge(series, population, options, whole);
            auto stored = bytes_of(KeyState(measures, options));
            for (std::size_t i = 0; i < series.size(); ++i) {
                auto state = read(stored, options);
                KeySeries row(measures);
                std::vector<double> values(measures);
                for (std::size_t j = 0; j < measures; ++j)
                    values[j] = series.value(i, j);
                row.append(series.date(i), values, series.is_break(i), series.is_target(i),
                           series.content(i), series.row(i));
                judge_next(state, row, population, options, stepwise);
                stored = bytes_of(state);
            }
            ASSERT_EQ(whole.size(), stepwise.size());
            for (std::size_t i = 0; i < whole.size(); ++i) {
                ASSERT_TRUE(same(whole[i], stepwise[i])) << "seed " << seed << " finding " << i;
            }
            EXPECT_LT(stored.size(), measures * 3000 + 1000);
        }
    }
}

// Noise alone, breaks where it is large, and now and then a step.
KeySeries uneventful(std::uint64_t seed, std::size_t rows, std::size_t measures) {
    Random random(seed);
    KeySeries series(measures);
    std::vector<double> values(measures);
    double level = 0;
    for (std::size_t i = 0; i < rows; ++i) {
        if (random.below(100) == 0) level = 10 * random.normal();
        bool is_break = false;
        for (double& value : values) {
            value = level + 4 * random.normal();
            is_break = is_break || std::fabs(value) > 9;
        }
        series.append(7000 + static_cast<std::int32_t>(i), values, is_break, true, 0, i);
    }
    return series;
}

TEST(JudgeBreaks, FindsTheSameBreaksAndLeavesEveryThresholdWhereItIs) {
    for (const std::size_t measures : {1U, 3U}) {
        JudgeOptions options;
        options.tolerance.assign(measures, 0.5);
        const Population population = some_population(options, measures);
        std::vector<double> every_ln_p, run_ln_p;
        for (std::uint64_t seed = 1; seed <= 40; ++seed) {
            const auto series =
                seed % 2 == 0 ? eventful(seed, 250, measures) : uneventful(seed, 250, measures);
            std::vector<Finding> whole, breaks;
            judge(series, population, options, whole);
            KeyState state(measures, options);
            const auto before = run_ln_p.size();
            judge_breaks(state, series, population, options, breaks, {.ln_p = &run_ln_p});
            ASSERT_EQ(whole.size(), run_ln_p.size() - before);
            auto found = breaks.begin();
            for (std::size_t i = 0; i < whole.size(); ++i) {
                every_ln_p.push_back(whole[i].ln_p);
                const double ln_p = run_ln_p[before + i];
                if (whole[i].is_break) {
                    ASSERT_TRUE(found != breaks.end() && same(whole[i], *found++));
                    ASSERT_TRUE(ln_p == whole[i].ln_p || std::isnan(ln_p));
                } else if (ln_p != whole[i].ln_p && !std::isnan(whole[i].ln_p)) {
                    // Less is said of what no rate would tell of.
                    ASSERT_GT(ln_p, whole[i].ln_p);
                    ASSERT_GT(whole[i].ln_p, std::log(0.2)) << "seed " << seed;
                }
            }
            EXPECT_TRUE(found == breaks.end());
        }
        const auto unremarkable = std::count(run_ln_p.begin(), run_ln_p.end(), 0.0);
        EXPECT_GE(unremarkable, std::count(every_ln_p.begin(), every_ln_p.end(), 0.0) + 500);
        const evidence::FalseDiscoveryCurve every(every_ln_p), run(run_ln_p);
        EXPECT_EQ(every.tests(), run.tests());
        for (const double alpha : {0.001, 0.01, 0.05, 0.1, 0.2}) {
            EXPECT_EQ(evidence::largest_rejected(every, every_ln_p, alpha),
                      evidence::largest_rejected(run, run_ln_p, alpha));
        }
    }
}

TEST(KeyState, RefusesDamageLateRowsAndOtherOptions) {
    JudgeOptions options;
    options.tolerance = {0.5};
    const auto series = eventful(3, 120, 1);
    KeyState state(1, options);
    std::vector<Finding> findings;
    judge_next(state, series, {}, options, findings);
    const auto bytes = bytes_of(state);
    EXPECT_EQ(bytes_of(read(bytes, options)), bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_THROW(read(std::span(bytes).first(size), options), Error);
    }
    // No damaged byte may do worse than be refused, or be read as another state.
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        auto damaged = bytes;
        damaged[at] ^= std::byte{0xff};
        try {
            auto other = read(damaged, options);
            other.close_date();
        } catch (const Error&) {
        }
    }
    JudgeOptions wider = options;
    wider.window = 65;
    EXPECT_THROW(read(bytes, wider), Error);
    JudgeOptions coarser = options;
    coarser.tolerance = {1};
    EXPECT_THROW(read(bytes, coarser), Error);
    EXPECT_THROW(state.open_date(state.date() - 1), Error);
    EXPECT_NO_THROW(state.open_date(state.date()));
}

} // namespace
} // namespace recon::breaks
