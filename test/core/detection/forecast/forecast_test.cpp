#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/detection/forecast/forecast.hpp"
#include "core/detection/forecast/quick_log.hpp"
#include "detection/forecast/laws.hpp"
#include "with_all_vectors.hpp"

namespace recon::forecast {
namespace {

using test::business_days;
using test::make_law_panel;

std::vector<KeyRows> pasts(const test::LawPanel& panel) {
    std::vector<KeyRows> past;
    for (const auto& key : panel.keys)
        past.emplace_back(key.rows.data(), key.rows.size() - 1);
    return past;
}

// Keys with the same value on each of so many days.
std::vector<std::vector<Row>> constant_keys(std::size_t keys, std::size_t days, double value) {
    std::vector<std::vector<Row>> all(keys);
    for (auto& rows : all) {
        for (const auto day : business_days(9000, days))
            rows.push_back({day, value, 1000, false, false});
    }
    return all;
}

ForecastPopulation fit(const std::vector<std::vector<Row>>& keys) {
    std::vector<KeyRows> past(keys.begin(), keys.end());
    return ForecastPopulation::fit(past, {});
}

Verdict last_verdict(const ForecastPopulation& population, std::vector<Row> rows, Row newest) {
    Forecaster forecaster(population);
    KeyForecast key = forecaster.start();
    for (const Row& row : rows)
        forecaster.take(key, row);
    return forecaster.judge(key, newest);
}

std::vector<std::byte> bytes_of(const KeyForecast& key) {
    ByteWriter writer;
    key.serialize(writer);
    return writer.take();
}

TEST(QuickLog, IsRightToABillionth) {
    for (double x = 1e-300; x < 1e300; x *= 1.37)
        EXPECT_NEAR(quick_ln(x), std::log(x), 1e-9 + 1e-13 * std::fabs(std::log(x))) << x;
}

TEST(KeyForecast, GivesTheSameBitsWithAllVectors) {
    for (const char* law : {"mixed", "seasonal"}) {
        const auto panel = make_law_panel(law, 4, 0.02, 60);
        recon::test::expect_the_same_with_all_vectors([&] {
            const auto population = ForecastPopulation::fit(pasts(panel), {});
            Forecaster forecaster(population);
            ByteWriter all;
            population.serialize(all);
            for (const auto& key : panel.keys) {
                KeyForecast state = forecaster.start();
                for (const Row& row : key.rows)
                    all.put(forecaster.take(state, row).ln_p);
                state.serialize(all);
            }
            return all.take();
        });
    }
}

// What is far behind is asked about every fourth row only: a key that changes its kind is still
// understood soon.
TEST(KeyForecast, WakesTheForecastersOfAKeyThatChangesItsKind) {
    Random random(5);
    std::vector<std::vector<Row>> keys(60);
    for (std::size_t k = 0; k < keys.size(); ++k) {
        for (const auto day : business_days(9000, 200)) {
            const bool matches = k % 2 == 0 && random.uniform() < 0.97;
            const double value = matches ? 0 : std::round(100 * (500 + 10 * random.normal())) / 100;
            keys[k].push_back({day, value, 1000, false, false});
        }
    }
    const auto population = fit(keys);
    Forecaster forecaster(population);
    KeyForecast key = forecaster.start();
    std::size_t alarms = 0, row = 0;
    for (const auto day : business_days(9000, 400)) {
        const double value = row < 200 ? 0 : std::round(100 * (500 + 10 * random.normal())) / 100;
        const Verdict verdict = forecaster.take(key, {day, value, 1000, false, false});
        if (row >= 260 && verdict.ln_p < std::log(1e-3)) ++alarms;
        ++row;
    }
    EXPECT_LE(alarms, 2U);
    const Explanation explanation = key.explain();
    EXPECT_LT(explanation.model, first_hurdle);
    EXPECT_NEAR(explanation.expected, 500, 20);
}

TEST(KeyForecast, GoesOnFromStoredBytesWithTheSameBits) {
    for (const char* law : {"mixed", "seasonal", "items", "one_sided", "weekday_levels"}) {
        const auto panel = make_law_panel(law, 3, 0.02, 120);
        const auto population = ForecastPopulation::fit(pasts(panel), {});
        Forecaster whole(population);
        Forecaster stored(population);
        for (const auto& key : panel.keys) {
            KeyForecast all = whole.start();
            std::vector<std::byte> bytes = bytes_of(stored.start());
            for (const Row& row : key.rows) {
                const double expected = whole.take(all, row).ln_p;
                ByteReader reader(bytes, "forecast");
                KeyForecast again = stored.read(reader);
                reader.expect_end();
                ASSERT_EQ(expected, stored.take(again, row).ln_p) << law;
                bytes = bytes_of(again);
            }
            ASSERT_EQ(bytes_of(all), bytes) << law;
            ASSERT_LT(bytes.size(), 2600U) << law;
        }
    }
}

TEST(KeyForecast, RefusesBytesThatAreCutOrOfAnotherFit) {
    const auto panel = make_law_panel("mixed", 1, 0.02, 120);
    const auto population = ForecastPopulation::fit(pasts(panel), {});
    Forecaster forecaster(population);
    KeyForecast key = forecaster.start();
    for (const Row& row : panel.keys[7].rows)
        forecaster.take(key, row);
    const auto bytes = bytes_of(key);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        ByteReader reader{std::span(bytes).first(size), "forecast"};
        EXPECT_THROW(static_cast<void>(forecaster.read(reader)), Error) << size;
    }
    const auto other = ForecastPopulation::fit({}, {});
    Forecaster stranger(other);
    ByteReader reader(bytes, "forecast");
    EXPECT_THROW(static_cast<void>(stranger.read(reader)), Error);
}

TEST(KeyForecast, SurvivesHostileBytes) {
    const auto panel = make_law_panel("mixed", 2, 0.02, 120);
    const auto population = ForecastPopulation::fit(pasts(panel), {});
    Forecaster forecaster(population);
    KeyForecast key = forecaster.start();
    for (const Row& row : panel.keys[3].rows)
        forecaster.take(key, row);
    const auto bytes = bytes_of(key);
    Random random(5);
    for (int i = 0; i < 3000; ++i) {
        auto changed = bytes;
        changed[random.below(changed.size())] = static_cast<std::byte>(random.below(256));
        try {
            ByteReader reader(changed, "forecast");
            KeyForecast read = forecaster.read(reader);
            Row row = panel.keys[3].rows.back();
            row.date += 1 << 20;
            static_cast<void>(forecaster.take(read, row));
        } catch (const Error&) {
        }
    }
}

TEST(ForecastPopulation, IsTheSameAfterItWasStored) {
    const auto panel = make_law_panel("seasonal", 3, 0.02, 200);
    const auto population = ForecastPopulation::fit(pasts(panel), {});
    ByteWriter writer;
    population.serialize(writer);
    ByteReader reader(writer.bytes(), "population");
    const auto again = ForecastPopulation::deserialize(reader);
    reader.expect_end();
    ByteWriter second;
    again.serialize(second);
    EXPECT_EQ(writer.bytes(), second.bytes());
    EXPECT_EQ(population.prior.fingerprint(), again.prior.fingerprint());
    for (std::size_t size = 0; size < writer.bytes().size(); size += 7) {
        ByteReader cut{std::span(writer.bytes()).first(size), "population"};
        EXPECT_THROW(static_cast<void>(ForecastPopulation::deserialize(cut)), Error);
    }
}

TEST(ForecastPopulation, IsTheSameInThreads) {
    const auto panel = make_law_panel("mixed", 5, 0.02, 200);
    ThreadTeam team(3);
    ByteWriter alone;
    ForecastPopulation::fit(pasts(panel), {}).serialize(alone);
    ByteWriter together;
    ForecastPopulation::fit(pasts(panel), {}, &team).serialize(together);
    EXPECT_EQ(alone.bytes(), together.bytes());
}

TEST(KeyForecast, RowsOfOneDateDoNotJudgeEachOther) {
    const auto panel = make_law_panel("steady", 1, 0, 200);
    const auto population = ForecastPopulation::fit(pasts(panel), {});
    Forecaster forecaster(population);
    const auto& rows = panel.keys[1].rows;
    KeyForecast key = forecaster.start();
    for (const Row& row : rows)
        forecaster.take(key, row);
    const series::Day next = rows.back().date + 1;
    const Row odd{next, rows.back().value + 1e6, 1000, false, false};
    const double alone = forecaster.take(key, odd).ln_p;
    EXPECT_EQ(alone, forecaster.take(key, odd).ln_p);
    EXPECT_LT(alone, -5);
    EXPECT_THROW(key.open(next - 1), Error);
}

TEST(KeyForecast, OneValueAmongManyZerosIsAJump) {
    const auto keys = constant_keys(200, 100, 0);
    const auto population = fit(keys);
    EXPECT_LT(last_verdict(population, keys[0], {9001, 1e6, 1000, false, false}).ln_p,
              std::log(1e-9));
    const double cent = last_verdict(population, keys[0], {9001, 0.01, 1000, false, false}).ln_p;
    EXPECT_LT(cent, std::log(1e-4)); // its rate
    EXPECT_GT(cent, std::log(1e-8)); // and no more
    EXPECT_EQ(last_verdict(population, keys[0], {9001, 0, 1000, false, false}).ln_p, 0);
}

TEST(KeyForecast, AMissingSideHasASize) {
    auto keys = constant_keys(200, 100, 0);
    Random random(3);
    for (auto& rows : keys) {
        for (Row& row : rows) {
            row.amount = 1000 * std::exp(0.5 * random.normal());
            row.lacks_side = random.uniform() < 0.02;
            if (row.lacks_side) row.value = row.amount;
        }
    }
    const auto population = fit(keys);
    const double usual = last_verdict(population, keys[0], {9001, 1000, 1000, true, false}).ln_p;
    EXPECT_GT(usual, std::log(1e-3));
    EXPECT_LT(last_verdict(population, keys[0], {9001, 5e7, 5e7, true, false}).ln_p,
              std::log(1e-6));
    // A missing item of its usual size does not hide a mismatch of that size.
    EXPECT_LT(last_verdict(population, keys[0], {9001, 1000, 1000, false, false}).ln_p,
              std::log(1e-4));
}

TEST(KeyForecast, ANewKeyIsJudgedByItsPeers) {
    auto keys = constant_keys(100, 10, 0);
    Random random(4);
    for (auto& rows : keys) {
        for (Row& row : rows)
            row.value = 20 + test::to_cents(4 * random.uniform());
    }
    const auto population = fit(keys);
    const auto verdict = last_verdict(population, {}, {9001, 1e9, 1000, false, false});
    EXPECT_EQ(verdict.judged.ground, Ground::peers);
    EXPECT_LT(verdict.ln_p, std::log(1e-9));
    EXPECT_GT(last_verdict(population, {}, {9001, 23, 1000, false, false}).ln_p, std::log(0.05));
}

TEST(KeyForecast, FewPeersSayNothingOfANewKey) {
    const auto keys = constant_keys(8, 7, 21);
    const auto verdict = last_verdict(fit(keys), {}, {9001, 1e9, 1000, false, false});
    EXPECT_EQ(verdict.judged.ground, Ground::none);
    EXPECT_TRUE(std::isnan(verdict.ln_p));
}

TEST(KeyForecast, WhatIsNotKnownIsNotJudged) {
    const auto keys = constant_keys(40, 30, 0);
    const double nan = std::nan("");
    EXPECT_TRUE(std::isnan(last_verdict(fit(keys), keys[0], {9001, nan, 1, false, false}).ln_p));
}

TEST(KeyForecast, WhatWasSeenBeforeIsNoJump) {
    auto keys = constant_keys(200, 119, 0);
    keys[0][40].value = keys[0][80].value = 5000;
    const auto population = fit(keys);
    const Row again{9001, 5000, 1000, false, false};
    const double seen = last_verdict(population, keys[0], again).ln_p;
    EXPECT_GT(seen, std::log(1e-3));
    auto disputed = keys[0];
    disputed[40].is_disputed = disputed[80].is_disputed = true;
    EXPECT_LT(last_verdict(population, disputed, again).ln_p, seen);
}

TEST(KeyForecast, ExplainsByTheForecasterThatItUsed) {
    auto keys = constant_keys(100, 100, 0);
    Random random(9);
    for (auto& rows : keys) {
        for (Row& row : rows) {
            if (random.uniform() < 0.05) row.value = test::to_cents(50 * random.normal());
        }
    }
    const auto population = fit(keys);
    Forecaster forecaster(population);
    KeyForecast key = forecaster.start();
    for (const Row& row : keys[0])
        forecaster.take(key, row);
    key.open(9001);
    const Explanation e = key.explain();
    EXPECT_EQ(family_of(e.model), Family::hurdle);
    EXPECT_EQ(e.rows, 100U);
    EXPECT_GT(e.matches, 85U);
    EXPECT_EQ(e.matches + e.breaks, 100U);
    EXPECT_EQ(e.expected, 0);
    EXPECT_GT(e.typical_break, 5);
    EXPECT_LT(e.typical_break, 150);
}

TEST(Places, WeekendsAndHolidaysMoveTheDayOfTheMonth) {
    PlaceReader reader;
    const auto monday = reader.of(series::day_of({2024, 6, 17}));
    for (const std::size_t day : {15U, 16U, 17U})
        EXPECT_TRUE(monday.has(place_day_of_month + day - 1)) << day;
    EXPECT_FALSE(monday.has(place_day_of_month + 13));
    EXPECT_TRUE(monday.has(place_weekday));
    const auto end = reader.of(series::day_of({2024, 6, 28}));
    EXPECT_TRUE(end.has(place_quarter_end));
    EXPECT_TRUE(end.has(place_from_end));
    EXPECT_TRUE(end.has(place_month + 5));
    PlaceReader holidays(std::make_shared<const series::Calendar>(
        std::vector<series::Day>{series::day_of({2024, 3, 29})}));
    EXPECT_TRUE(holidays.of(series::day_of({2024, 3, 28})).has(place_quarter_end));
}

TEST(Pools, ADeskThatMovesIsOneFinding) {
    std::vector<PoolRow> rows;
    Random random(1);
    for (std::uint32_t k = 0; k < 200; ++k) {
        const bool moves = k % 4 == 2;
        const double z = random.normal() + (moves ? 8 : 0);
        rows.push_back({k % 4, evidence::ln_normal_two_sided(z), z, 40, 41});
    }
    rows[2].deviations = 40;
    rows[2].ln_p = -100;
    const auto moves = find_moves(rows);
    ASSERT_EQ(moves.size(), 1U);
    EXPECT_EQ(moves[0].pool, 2U);
    EXPECT_EQ(moves[0].keys, 50U);
    EXPECT_NEAR(moves[0].deviations, 8, 1);
    for (std::size_t k = 6; k < rows.size(); k += 4)
        EXPECT_GT(rows[k].ln_p, std::log(1e-4));
    EXPECT_LT(rows[2].ln_p, std::log(1e-6)); // it moved by far more than its desk
}

TEST(Pools, AMissingPoolIsNamedOnlyWhereItIsAlwaysThere) {
    EXPECT_EQ(change_of({1, 60, 60, 20, 0, 0}), PoolChange::silent);
    EXPECT_EQ(change_of({1, 60, 40, 20, 0, 0}), PoolChange::none); // it often has none
    EXPECT_EQ(change_of({1, 60, 60, 20, 1, 0}), PoolChange::none);
    EXPECT_EQ(change_of({1, 3, 3, 20, 0, 0}), PoolChange::none); // too young
    EXPECT_EQ(change_of({1, 0, 0, 0, 100, 100}), PoolChange::fresh);
}

} // namespace
} // namespace recon::forecast
