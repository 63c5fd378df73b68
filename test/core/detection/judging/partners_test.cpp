// Keys that normally move together: who is found to, and what is held against whom when they part.
#include "core/detection/judging/partners.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "detection/panel.hpp"
#include "seeds.hpp"

namespace recon::breaks::test {
namespace {

constexpr auto partners_at = static_cast<std::size_t>(Detector::partners);

const std::size_t panels = recon::test::seeds(1, 4, 24);

// Keys whose rows are `values`, on business days; the last `targets` of each are judged.
Panel panel_of(const std::vector<std::vector<double>>& values, std::size_t targets = 1) {
    Panel panel;
    panel.judging.tolerance = {0.1};
    for (const auto& of_key : values) {
        const auto days = panel_detail::business_days(9000, of_key.size());
        KeySeries series;
        for (std::size_t i = 0; i < of_key.size(); ++i) {
            const bool target = i + targets >= of_key.size();
            series.append(days[i], std::span(&of_key[i], 1), std::fabs(of_key[i]) > 0.1, target, 0,
                          target ? panel.rows.size() : 0);
            if (!target) continue;
            PanelRow row;
            row.key = static_cast<std::uint32_t>(panel.keys.size());
            panel.rows.push_back(row);
        }
        series.sort();
        panel.keys.push_back(std::move(series));
    }
    return panel;
}

// Some keys that move together, about levels of 100, 200 ... with a spread of 1, and others that do
// not: their past, to which tests add what happens.
std::vector<std::vector<double>> histories(std::size_t together, std::size_t others,
                                           double correlation, std::uint64_t seed,
                                           std::size_t rows = 120) {
    Random random(mix64(seed));
    std::vector<std::vector<double>> values(together + others);
    for (std::size_t i = 0; i < rows; ++i) {
        const double market = random.normal();
        for (std::size_t k = 0; k < values.size(); ++k) {
            const double common = k < together ? std::sqrt(correlation) * market : 0;
            const double own = k < together ? std::sqrt(1 - correlation) : 1;
            values[k].push_back(100.0 * static_cast<double>(k + 1) + common +
                                own * random.normal());
        }
    }
    return values;
}

std::vector<PanelVerdict> verdicts_of(std::vector<std::vector<double>> values,
                                      const std::vector<std::vector<double>>& then) {
    for (std::size_t k = 0; k < values.size(); ++k) {
        const double level = 100.0 * static_cast<double>(k + 1);
        for (std::size_t t = 0; t < then.front().size(); ++t)
            values[k].push_back(level + (k < then.size() ? then[k][t] : 0.1));
    }
    return judge_panel(panel_of(values, then.front().size()));
}

float said(const PanelVerdict& verdict) {
    return verdict.finding.detector_ln_p[partners_at];
}

bool says_nothing_against(const PanelVerdict& verdict) {
    return std::isnan(said(verdict)) || said(verdict) > std::log(0.05);
}

TEST(Partners, TwoThatPartAreToldOfOnceOnTheSideThatMoved) {
    const auto verdicts = verdicts_of(histories(2, 18, 0.98, 1), {{1.7}, {-0.1}});
    EXPECT_TRUE(verdicts[0].anomaly);
    EXPECT_EQ(verdicts[0].finding.pattern, Pattern::decoupled);
    EXPECT_EQ(verdicts[0].finding.runner_up, Pattern::in_line);
    EXPECT_LT(said(verdicts[0]), std::log(1e-6));
    EXPECT_GT(verdicts[0].finding.share[partners_at], 0.9F);
    EXPECT_LT(std::fabs(verdicts[0].finding.expected - 100), 1);
    EXPECT_EQ(verdicts[0].finding.direction, 1);
    EXPECT_FALSE(verdicts[1].anomaly);
    EXPECT_TRUE(std::isnan(said(verdicts[1])));
    for (std::size_t k = 2; k < verdicts.size(); ++k)
        EXPECT_TRUE(std::isnan(said(verdicts[k])));
}

TEST(Partners, OppositeMovementsAreRelatedToo) {
    auto values = histories(2, 18, 0.98, 2);
    for (double& value : values[1])
        value = 400 - value;
    EXPECT_FALSE(verdicts_of(values, {{2.2}, {-2.2}})[0].anomaly);
    EXPECT_TRUE(verdicts_of(values, {{2.2}, {1.7}})[0].anomaly);
}

TEST(Partners, OfThreeTheOneThatStaysBehindIsTold) {
    const auto verdicts = verdicts_of(histories(3, 17, 0.98, 33), {{0}, {1.8}, {1.8}});
    EXPECT_TRUE(verdicts[0].anomaly);
    EXPECT_EQ(verdicts[0].finding.pattern, Pattern::decoupled);
    EXPECT_TRUE(says_nothing_against(verdicts[1]));
    EXPECT_TRUE(says_nothing_against(verdicts[2]));
}

TEST(Partners, AValueThatWasNotUpdatedIsTheOne) {
    auto values = histories(2, 18, 0.98, 4);
    values[0].back() = 100;
    values[1].back() = 200;
    const auto verdicts = verdicts_of(values, {{0}, {2.2}});
    EXPECT_TRUE(verdicts[0].anomaly);
    EXPECT_TRUE(std::isnan(said(verdicts[1])));
}

TEST(Partners, AShockToBothIsNothingAgainstEither) {
    for (const double shock : {2.0, 6.0, 40.0}) {
        const auto verdicts = verdicts_of(histories(3, 17, 0.98, 5), {{shock}, {shock}, {shock}});
        for (std::size_t k = 0; k < 3; ++k)
            EXPECT_TRUE(says_nothing_against(verdicts[k])) << shock;
    }
}

TEST(Partners, NobodyIsBlamedForNotFollowingAnError) {
    for (const std::size_t together : {2U, 3U}) {
        const auto verdicts = verdicts_of(histories(together, 17, 0.98, 6), {{40}, {0.1}, {-0.1}});
        EXPECT_TRUE(verdicts[0].anomaly);
        EXPECT_EQ(verdicts[0].finding.pattern, Pattern::spike);
        EXPECT_TRUE(says_nothing_against(verdicts[1]));
        EXPECT_FALSE(verdicts[1].anomaly);
    }
}

TEST(Partners, WhatHasPartedIsToldOnTheDayAndNotForMonths) {
    std::vector<std::vector<double>> then(2);
    Random random(17);
    for (std::size_t day = 0; day < 20; ++day) {
        const double market = 0.5 * random.normal();
        then[0].push_back(market + (day >= 5 ? 2.0 : 0));
        then[1].push_back(market);
    }
    const auto verdicts = verdicts_of(histories(2, 18, 0.98, 7), then);
    std::size_t told = 0;
    for (std::size_t day = 0; day < 20; ++day) {
        EXPECT_TRUE(day != 5 || !says_nothing_against(verdicts[day]));
        told += std::exp(said(verdicts[day])) < 1e-3 ? 1 : 0;
    }
    EXPECT_EQ(told, 1U);
}

TEST(Partners, ARelationThatHasEndedSaysNothing) {
    std::vector<std::vector<double>> then(2);
    Random random(18);
    for (std::size_t day = 0; day < 30; ++day) {
        for (auto& of_key : then)
            of_key.push_back(random.normal());
    }
    const auto verdicts = verdicts_of(histories(2, 18, 0.98, 8), then);
    for (std::size_t day = 16; day < 30; ++day) {
        EXPECT_TRUE(std::isnan(said(verdicts[day])));
        EXPECT_TRUE(std::isnan(said(verdicts[30 + day])));
    }
}

TEST(Partners, WithoutCommonDatesThereIsNobodyToAsk) {
    auto values = histories(2, 18, 0.98, 9, 19);
    EXPECT_TRUE(std::isnan(said(verdicts_of(values, {{2.2}, {0}})[0])));
    values = histories(2, 18, 0.98, 9, 30);
    EXPECT_FALSE(std::isnan(said(verdicts_of(values, {{2.2}, {0}})[0])));
}

// What a run that continues stored states compares is what the whole history shows.
TEST(Partners, RowsNotedFromAStoredStateAreTheSame) {
    const auto values = histories(1, 0, 0, 10, 60);
    const Panel panel = panel_of(values, 4);
    const Population population;
    const KeySeries& series = panel.keys[0];
    std::vector<Finding> findings;
    PartnerTrack whole;
    KeyState state(1, panel.judging);
    judge_next(state, series, population, panel.judging, findings,
               {.tracks = std::span(&whole, 1)});
    KeyState stepwise(1, panel.judging);
    for (std::size_t i = 0; i < series.size(); ++i) {
        KeySeries row;
        const double value = series.value(i, 0);
        row.append(series.date(i), std::span(&value, 1), series.is_break(i), series.is_target(i), 0,
                   0);
        PartnerTrack track;
        judge_next(stepwise, row, population, panel.judging, findings,
                   {.tracks = std::span(&track, 1)});
        if (series.is_target(i)) {
            const auto& rows = track.rows();
            const auto at = whole.rows().size() - (series.size() - i);
            ASSERT_EQ(rows.size(), 1 + PartnerTrack::compared_before);
            for (std::size_t age = 0; age < rows.size(); ++age) {
                const auto& a = rows[rows.size() - 1 - age];
                const auto& b = whole.rows()[at - age];
                EXPECT_EQ(a.date, b.date);
                EXPECT_EQ(a.value, b.value);
                if (age > 0) continue;
                EXPECT_EQ(a.expected, b.expected);
                EXPECT_EQ(a.unit, b.unit);
                EXPECT_EQ(a.rows, b.rows);
            }
        }
        ByteWriter writer;
        stepwise.serialize(writer);
        const auto bytes = writer.take();
        ByteReader reader(bytes, "state of a key");
        stepwise = KeyState::deserialize(reader, panel.judging);
    }
}

TEST(Partners, ALineAndItsOutliers) {
    Random random(11);
    std::vector<double> own;
    std::vector<double> partner;
    for (std::size_t i = 0; i < 64; ++i) {
        partner.push_back(2 * random.normal());
        own.push_back(0.5 - 3 * partner.back() + random.normal());
    }
    own[3] = 400;                                          // an anomaly of its own
    partner[9] = std::numeric_limits<double>::quiet_NaN(); // no row
    own[20] = 0.5 - 3 * partner[20] + 15;                  // the two had parted
    const CorrelationLimit limit(100, smallest_correlation);
    const auto relation = relate(own, partner, 0, limit);
    ASSERT_TRUE(relation);
    EXPECT_NEAR(relation->slope, -3, 0.3);
    EXPECT_NEAR(relation->intercept, 0.5, 0.5);
    EXPECT_NEAR(relation->deviation, 1, 0.25);
    EXPECT_LT(relation->correlation, -0.95);
    EXPECT_LE(relation->n, 61);
    EXPECT_GE(relation->n, 58);
    EXPECT_GT(relation->deviation_at(10), relation->deviation_at(relation->mean));
    EXPECT_EQ(relate(own, partner, 5, limit)->deviation, 5);

    for (double& value : own)
        value = random.normal();
    EXPECT_FALSE(relate(own, partner, 0, limit));
    EXPECT_FALSE(relate(std::span(own).first(19), std::span(partner).first(19), 0, limit));
    std::fill(own.begin(), own.end(), 1.0);
    EXPECT_FALSE(relate(own, partner, 0, limit));
}

TEST(Partners, HostileBytesOfARelation) {
    Relation relation{1, 0, 2, 0.9, 0, 4, 40};
    ByteWriter writer;
    relation.serialize(writer);
    const auto bytes = writer.take();
    ByteReader reader(bytes, "relation");
    EXPECT_EQ(Relation::deserialize(reader).n, 40);
    for (const auto& spoil : std::vector<std::function<void(Relation&)>>{
             [](Relation& r) { r.deviation = 0; }, [](Relation& r) { r.squares = 0; },
             [](Relation& r) { r.correlation = 1.1; }, [](Relation& r) { r.n = 3; },
             [](Relation& r) { r.n = 66; },
             [](Relation& r) { r.slope = std::numeric_limits<double>::infinity(); }}) {
        Relation spoiled = relation;
        spoil(spoiled);
        ByteWriter bad;
        spoiled.serialize(bad);
        const auto bad_bytes = bad.take();
        ByteReader bad_reader(bad_bytes, "relation");
        EXPECT_THROW((void)Relation::deserialize(bad_reader), Error);
    }
}

std::vector<Movement> movements_of(const std::vector<std::vector<double>>& values) {
    const Panel panel = panel_of(values, 0);
    std::vector<std::int32_t> dates;
    for (const auto date : panel.keys.front().dates().last(Movement::most_changes + 1))
        dates.push_back(date);
    std::vector<Movement> movements;
    for (const KeySeries& series : panel.keys)
        movements.push_back(movement(series, 0, dates, 0.1, false));
    return movements;
}

TEST(Movements, IndependentKeysHaveNoPartners) {
    for (const std::size_t keys : {400U, 2000U}) {
        for (const bool wanders : {false, true}) {
            auto values = histories(0, keys, 0, 12 + keys, 70);
            for (auto& of_key : values) {
                if (wanders) std::partial_sum(of_key.begin(), of_key.end(), of_key.begin());
            }
            EXPECT_TRUE(moving_together(movements_of(values), 3).empty());
        }
    }
}

TEST(Movements, PairsAreFoundAmongFewAndAmongMany) {
    for (const std::size_t keys : {400U, 4000U}) {
        Random random(keys);
        auto values = histories(0, keys, 0, 13, 70);
        for (std::size_t k = 0; k < 200; k += 2) {
            for (std::size_t i = 0; i < values[k].size(); ++i)
                values[k + 1][i] = -2 * values[k][i] + 0.6 * random.normal();
        }
        const auto pairs = moving_together(movements_of(values), 3);
        EXPECT_GE(pairs.size(), 95U);
        for (const MovingPair& pair : pairs) {
            EXPECT_EQ(pair.first % 2, 0U);
            EXPECT_EQ(pair.second, pair.first + 1);
            EXPECT_LT(pair.correlation, -0.7);
        }
    }
}

TEST(Movements, KeysWithoutMovement) {
    auto values = histories(1, 3, 0, 14, 70);
    for (double& value : values[0])
        value = 5; // constant
    for (std::size_t i = 0; i < 70; ++i)
        values[1][i] = 0.01 * static_cast<double>(i % 2); // within the tolerance
    values[2].resize(20);                                 // few rows
    const auto movements = movements_of({values[3], values[0], values[1], values[2]});
    EXPECT_TRUE(movements[0].exists());
    for (std::size_t k = 1; k < 4; ++k)
        EXPECT_FALSE(movements[k].exists()) << k;
    EXPECT_EQ(keys_that_move(movements), 1U);
}

TEST(Movements, DatesWithFewKeysAreLeftOut) {
    std::vector<std::pair<std::int32_t, std::uint32_t>> keys_on;
    for (std::int32_t date = 0; date < 100; ++date)
        keys_on.emplace_back(date, date % 7 < 5 ? 100 : 3);
    const auto dates = movement_dates(keys_on, 90);
    EXPECT_EQ(dates.size(), 65U);
    EXPECT_EQ(dates.back(), 88);
    EXPECT_TRUE(std::is_sorted(dates.begin(), dates.end()));
    EXPECT_TRUE(std::none_of(dates.begin(), dates.end(), [](auto date) { return date % 7 >= 5; }));
    EXPECT_TRUE(movement_dates({}, 90).empty());
}

// 600 keys in groups that move together, and as many on their own. Some of the grouped rows part by
// `least` to `most` times the scale of their key's noise. The oracle knows
// where the market went that day and how heavy the noise is: no row can tell so much of another.
struct Decouplings {
    std::size_t group = 4;
    bool heavy = false;
    double least = 1.5; // well within what a key does by itself
    double most = 3;
};

Panel panel_of(const Decouplings& what, std::uint64_t seed) {
    constexpr double correlation = 0.95;
    constexpr std::size_t grouped = 600;
    constexpr std::size_t dates = 120;
    const PanelNoise noise(what.heavy);
    Random random(mix64(seed + 0xdec0));
    std::vector<std::vector<double>> values;
    std::vector<PanelRow> rows;
    while (values.size() < 2 * grouped) {
        const bool is_grouped = values.size() < grouped;
        const double common = std::sqrt(is_grouped ? correlation : 0);
        const double alone = std::sqrt(is_grouped ? 1 - correlation : 1);
        std::vector<double> market(dates);
        for (double& there : market)
            there = noise.draw(random);
        for (std::size_t member = 0; member < what.group; ++member) {
            const double scale = 1 + 4 * random.uniform();
            std::vector<double> of_key;
            double own = 0;
            for (const double there : market) {
                own = noise.draw(random);
                of_key.push_back(scale * (100 + common * there + alone * own));
            }
            PanelRow row;
            if (is_grouped && random.uniform() < 0.04) {
                row.plant = Plant::spike;
                row.size = (random.uniform() < 0.5 ? -1 : 1) *
                           (what.least + (what.most - what.least) * random.uniform());
                of_key.back() += scale * row.size;
            }
            row.ln_p_oracle = noise.ln_p(own + row.size / alone);
            values.push_back(of_key);
            rows.push_back(row);
        }
    }
    Panel panel = panel_of(values);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i].key = panel.rows[i].key;
        panel.rows[i] = rows[i];
    }
    return panel;
}

struct Told {
    double planted = 0;
    double found = 0;
    double by_themselves = 0; // found without asking partners
    double by_oracle = 0;
    double beside = 0; // told of another key of the group
    // Of what is reported, summed over panels: rows that are not planted, and those of groups
    // where nothing is.
    double wrong_rows = 0;
    double wrong_groups = 0;
    double wrong_by_partners = 0; // rows of these groups that are reported for their partners
};

Told told_of(const Decouplings& what) {
    const std::size_t group = what.group;
    Told told;
    for (std::size_t seed = 1; seed <= panels; ++seed) {
        const Panel panel = panel_of(what, seed);
        const auto is_planted = [&](std::size_t i) { return panel.rows[i].plant != Plant::none; };
        const auto alone = judge_panel(panel, 0.05, false);
        const auto verdicts = judge_panel(panel);
        double reported = 0;
        double wrong = 0;
        double beside = 0;
        for (std::size_t i = 0; i < verdicts.size(); ++i) {
            const bool anomaly = verdicts[i].anomaly;
            reported += anomaly ? 1 : 0;
            if (is_planted(i)) {
                ++told.planted;
                told.found += anomaly ? 1 : 0;
                told.by_themselves += alone[i].anomaly ? 1 : 0;
                told.by_oracle += verdicts[i].oracle ? 1 : 0;
            } else if (anomaly) {
                ++wrong;
                bool is_beside = false;
                for (std::size_t k = i / group * group; k < (i / group + 1) * group; ++k)
                    is_beside = is_beside || is_planted(k);
                beside += is_beside ? 1 : 0;
                const bool by_partners = verdicts[i].finding.share[partners_at] > 0.5F;
                told.wrong_by_partners += by_partners && !is_beside ? 1 : 0;
            }
        }
        told.beside += beside;
        if (reported == 0) continue;
        told.wrong_rows += wrong / reported / static_cast<double>(panels);
        told.wrong_groups += (wrong - beside) / reported / static_cast<double>(panels);
    }
    const auto record = [&](const std::string& name, double figure) {
        const auto least = static_cast<int>(what.least);
        testing::Test::RecordProperty(name + "_" + std::to_string(group) + "_" +
                                          std::to_string(least),
                                      std::to_string(figure));
    };
    record("found", told.found / told.planted);
    record("found_by_themselves", told.by_themselves / told.planted);
    record("found_by_oracle", told.by_oracle / told.planted);
    record("told_beside", told.beside / std::max(1.0, told.found + told.beside));
    record("wrong_rows", told.wrong_rows);
    record("wrong_groups", told.wrong_groups);
    record("wrong_by_partners", told.wrong_by_partners);
    return told;
}

TEST(Partners, APanelOfDecouplings) {
    const Told told = told_of({});
    EXPECT_LE(told.by_themselves, 0.1 * told.planted);
    EXPECT_GE(told.found, 0.75 * told.planted);
    EXPECT_LE(told.wrong_rows, recon::test::under_sanitizers ? 0.2 : 0.07);
}

// With nobody else to ask, all that tells which of the two rows is the one at fault is how far each
// is from its own baseline. That errs where the market had gone half as far to the other side or
// more, as it does for 14% of errors of 1.5 to 3.
TEST(Partners, APanelOfLonePairs) {
    const Told told = told_of({.group = 2});
    EXPECT_LE(told.by_themselves, 0.1 * told.planted);
    EXPECT_GE(told.found, 0.65 * told.planted);
    EXPECT_LE(told.wrong_groups, recon::test::under_sanitizers ? 0.2 : 0.06);
    EXPECT_LE(told.beside, 0.2 * (told.found + told.beside));
}

// Under tails of 5 degrees of freedom rows lie off the line by 1.5 to 3 now and then by themselves:
// partners tell next to nothing of these, and nothing wrong, and find what is farther off. The
// oracle, who sees the market itself and weighs no other evidence, finds most of either.
TEST(Partners, UnderHeavyTailsOnlyWhatIsFarOffTheLineIsTold) {
    for (const std::size_t group : {2U, 4U}) {
        const Told near = told_of({.group = group, .heavy = true});
        EXPECT_GE(near.by_oracle, 0.8 * near.planted);
        EXPECT_LE(near.wrong_by_partners, 1);
        EXPECT_LE(near.beside, 1);
        const Told far = told_of({.group = group, .heavy = true, .least = 4, .most = 6});
        EXPECT_LE(far.by_themselves, 0.1 * far.planted);
        EXPECT_GE(far.found, 0.6 * far.planted);
        EXPECT_LE(far.wrong_by_partners, 0.05 * far.found);
    }
}

} // namespace
} // namespace recon::breaks::test
