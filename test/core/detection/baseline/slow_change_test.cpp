// Slow changes in what judge() says: a level that moves away in steps too small for a row to show,
// a spread that grows. Each is reported once.
#include "core/detection/baseline/slow_change.hpp"

#include <array>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/detection/baseline/key_state.hpp"
#include "core/detection/judging/judge.hpp"
#include "core/detection/verdict/reason.hpp"
#include "core/evidence/false_discovery.hpp"

namespace recon::breaks {
namespace {

constexpr std::size_t past = 100;
constexpr std::size_t days = 120;
constexpr std::size_t change_at = past + 10;

enum class Change { none, drift, spread };

KeySeries make_key(std::uint64_t seed, Change change) {
    Random random(mix64(seed));
    KeySeries series;
    for (std::size_t i = 0; i < past + days; ++i) {
        const double since = i < change_at ? 0 : static_cast<double>(i - change_at + 1);
        double value = 50 + random.normal() * (change == Change::spread && since > 0 ? 5 : 1);
        // An eighth of the noise a row, until the level has moved by four times the noise.
        if (change == Change::drift) value += std::min(4.0, since / 8);
        series.append(static_cast<std::int32_t>(8500 + i), std::span(&value, 1), true, i >= past, 0,
                      i);
    }
    series.sort();
    return series;
}

JudgeOptions some_options() {
    JudgeOptions options;
    options.tolerance = {0.1};
    return options;
}

struct Told {
    std::vector<std::size_t> rows; // of anomalies
    std::vector<Pattern> patterns;
};

// What `balanced` reports of 200 keys, of which the first 20 change.
std::vector<Told> reported(Change change, const JudgeOptions& options) {
    std::vector<KeySeries> keys;
    std::vector<KeySummary> summaries;
    for (std::uint64_t k = 0; k < 200; ++k) {
        keys.push_back(make_key(k, k < 20 ? change : Change::none));
        summaries.push_back(summarize(keys.back(), options));
    }
    const Population population = fit_population(summaries, options);
    std::vector<Finding> findings;
    std::vector<double> ln_p;
    for (const KeySeries& key : keys)
        judge(key, population, options, findings);
    for (const Finding& finding : findings)
        ln_p.push_back(finding.ln_p);
    const evidence::FalseDiscoveryCurve family(std::move(ln_p));
    std::vector<Told> told(keys.size());
    for (std::size_t i = 0; i < findings.size(); ++i) {
        const Finding& finding = findings[i];
        if (is_quiet(finding.pattern) || std::exp(family.ln_q(finding.ln_p)) > 0.05) continue;
        told[i / days].rows.push_back(finding.row);
        told[i / days].patterns.push_back(finding.pattern);
    }
    return told;
}

std::size_t count(const std::vector<Told>& told, std::size_t from, std::size_t to,
                  Pattern pattern) {
    std::size_t sum = 0;
    for (std::size_t k = from; k < to; ++k) {
        for (const Pattern found : told[k].patterns)
            sum += found == pattern ? 1 : 0;
    }
    return sum;
}

TEST(SlowChange, ADriftThatNoRowShowsIsToldOnce) {
    const auto told = reported(Change::drift, some_options());
    std::size_t alarms = 0;
    for (std::size_t k = 0; k < 20; ++k) {
        alarms += told[k].rows.size();
        for (const std::size_t row : told[k].rows) {
            EXPECT_GE(row, change_at + 8) << k;
            EXPECT_LE(row, change_at + 40) << k;
        }
    }
    const auto found = count(told, 0, 20, Pattern::gradual_deviation);
    EXPECT_GE(found, 18U);
    EXPECT_LE(alarms, 21U);
    EXPECT_EQ(count(told, 20, 200, Pattern::gradual_deviation), 0U);

    // It is the drift detector that finds them.
    auto without = some_options();
    without.detectors[static_cast<std::size_t>(Detector::drift)].enabled = false;
    EXPECT_LE(count(reported(Change::drift, without), 0, 20, Pattern::gradual_deviation), 2U);
}

TEST(SlowChange, ASpreadThatHasGrownIsTold) {
    const auto told = reported(Change::spread, some_options());
    const auto found = count(told, 0, 20, Pattern::high_volatility);
    EXPECT_GE(found, 12U);
    EXPECT_EQ(count(told, 20, 200, Pattern::high_volatility), 0U);
    for (std::size_t k = 0; k < 20; ++k)
        EXPECT_LE(count({told[k]}, 0, 1, Pattern::high_volatility), 1U) << k;

    auto without = some_options();
    without.detectors[static_cast<std::size_t>(Detector::volatility)].enabled = false;
    EXPECT_EQ(count(reported(Change::spread, without), 0, 20, Pattern::high_volatility), 0U);
}

TEST(SlowChange, IsToldWithItsNumbersAndCarriesTheVerdict) {
    const auto options = some_options();
    for (const auto& [change, pattern, detector, words] :
         {std::tuple(Change::drift, Pattern::gradual_deviation, Detector::drift,
                     "has moved away, in small steps, from a level of "),
          std::tuple(Change::spread, Pattern::high_volatility, Detector::volatility,
                     "the last 12 rows lie within about ")}) {
        std::size_t seen = 0;
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            std::vector<Finding> findings;
            judge(make_key(seed, change), {}, options, findings);
            for (const Finding& finding : findings) {
                if (finding.pattern != pattern) continue;
                const auto at = static_cast<std::size_t>(detector);
                if (std::isnan(finding.detector_ln_p[at])) continue; // by the baseline
                ++seen;
                EXPECT_LE(finding.detector_ln_p[at], std::log(1e-5));
                EXPECT_GT(finding.share[at], 0.5F);
                EXPECT_NE(reason(finding, {}).find(words), std::string::npos)
                    << reason(finding, {});
                EXPECT_LT(finding.since, finding.date - 20);
                EXPECT_EQ(finding.history_n + 1 == 12U || change == Change::drift, true);
            }
        }
        EXPECT_GE(seen, 10U) << words;
    }
}

TEST(SlowChange, AStateThatIsStoredTellsTheSame) {
    const auto options = some_options();
    for (const Change change : {Change::drift, Change::spread}) {
        for (std::uint64_t seed = 0; seed < 5; ++seed) {
            const auto series = make_key(seed, change);
            std::vector<Finding> whole, stepwise;
            judge(series, {}, options, whole);
            KeyState state(1, options);
            for (std::size_t i = 0; i < series.size(); ++i) {
                KeySeries row;
                const double value = series.value(i, 0);
                row.append(series.date(i), std::span(&value, 1), true, series.is_target(i), 0,
                           series.row(i));
                judge_next(state, row, {}, options, stepwise);
                ByteWriter writer;
                state.serialize(writer);
                ByteReader reader(writer.bytes(), "recon_key_state");
                state = KeyState::deserialize(reader, options);
            }
            ASSERT_EQ(whole.size(), stepwise.size());
            for (std::size_t i = 0; i < whole.size(); ++i) {
                EXPECT_EQ(whole[i].ln_p, stepwise[i].ln_p);
                EXPECT_EQ(whole[i].pattern, stepwise[i].pattern);
            }
        }
    }
}

TEST(SlowChange, KeysWhoseLevelsAlwaysWanderAreNotToldOf) {
    // Rows that remember the ones before them: means of twelve move far more than noise would.
    const auto options = some_options();
    std::vector<KeySeries> keys;
    std::vector<KeySummary> summaries;
    for (std::uint64_t k = 0; k < 200; ++k) {
        Random random(mix64(k));
        KeySeries series;
        double level = 0;
        for (std::size_t i = 0; i < past + days; ++i) {
            level = 0.9 * level + 0.44 * random.normal();
            const double value = 50 + level + 0.3 * random.normal();
            series.append(static_cast<std::int32_t>(8500 + i), std::span(&value, 1), true,
                          i >= past, 0, i);
        }
        series.sort();
        keys.push_back(std::move(series));
        summaries.push_back(summarize(keys.back(), options));
    }
    const Population population = fit_population(summaries, options);
    EXPECT_GT(population.measure(0).slow.drift_widening, 1.5);
    const auto drifts = [&](const Population& usual) {
        std::size_t sum = 0;
        for (const KeySeries& key : keys) {
            std::vector<Finding> findings;
            judge(key, usual, options, findings);
            for (const Finding& finding : findings) {
                const float ln_p = finding.detector_ln_p[static_cast<std::size_t>(Detector::drift)];
                sum += ln_p <= std::log(1e-4F) ? 1 : 0;
            }
        }
        return sum;
    };
    const std::size_t unlearned = drifts({});
    EXPECT_GE(unlearned, 50U);
    EXPECT_LE(drifts(population), unlearned / 10);
}

TEST(SlowChange, RefusesDamage) {
    SlowChange slow;
    slow.remember({1, 2, 30, 20, 7});
    slow.remember({1, 2, 30, 20, 8});
    slow.take(slow.with(9));
    ByteWriter writer;
    slow.serialize(writer);
    const auto bytes = writer.take();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        ByteReader cut(std::span<const std::byte>(bytes).first(size), "recon_key_state");
        SlowChange other;
        EXPECT_THROW(other.deserialize(cut), Error);
    }
    SlowChange back;
    ByteReader reader(bytes, "recon_key_state");
    back.deserialize(reader);
    reader.expect_end();
    ByteWriter again;
    back.serialize(again);
    EXPECT_EQ(again.bytes(), bytes);
}

} // namespace
} // namespace recon::breaks
