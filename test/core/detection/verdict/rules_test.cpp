#include "core/detection/verdict/rules.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/error.hpp"

namespace recon::breaks {
namespace {

constexpr std::int32_t monday = 2; // 2000-01-03

TEST(Rules, HaveNames) {
    for (std::size_t i = 0; i < rule_count; ++i) {
        const auto rule = static_cast<Rule>(i);
        EXPECT_EQ(rule_named(name(rule)), rule);
    }
    EXPECT_FALSE(rule_named("weekends"));
}

TEST(Rules, OnlyThoseThatAreOnSpeak) {
    Rules rules;
    const Rhythm past;
    EXPECT_EQ(rules.broken(monday - 1, 5000, past, flag(Rule::time_of_day)), 0);
    rules.on = flag(Rule::weekend) | flag(Rule::time_of_day);
    EXPECT_EQ(
        rules.broken(monday - 1, 5000, past, flag(Rule::time_of_day) | flag(Rule::other_period)),
        flag(Rule::weekend) | flag(Rule::time_of_day));
    EXPECT_EQ(rules.broken(monday, 5000, past, 0), 0);
    rules.on = flag(Rule::round_amount);
    EXPECT_EQ(rules.broken(monday, 5000, past, 0), flag(Rule::round_amount));
}

TEST(Rules, Dates) {
    Rules rules;
    rules.on = flag(Rule::weekend) | flag(Rule::holiday);
    rules.calendar = series::Calendar({monday, monday + 5}, 0x30); // Friday and Saturday
    const Rhythm past;
    EXPECT_EQ(rules.broken(monday, 1, past, 0), flag(Rule::holiday));
    EXPECT_EQ(rules.broken(monday + 4, 1, past, 0), flag(Rule::weekend));
    EXPECT_EQ(rules.broken(monday + 5, 1, past, 0), flag(Rule::weekend) | flag(Rule::holiday));
    EXPECT_EQ(rules.broken(monday + 6, 1, past, 0), 0);
}

TEST(Rules, StaleFromTheDayOn) {
    Rules rules;
    rules.on = flag(Rule::stale);
    rules.stale_days = 10;
    Rhythm past;
    past.close(100, true);
    EXPECT_EQ(rules.broken(109, 1, past, 0), 0);
    EXPECT_EQ(rules.broken(110, 1, past, 0), flag(Rule::stale));
    past.close(105, false);
    EXPECT_EQ(rules.broken(200, 1, past, 0), 0);
}

TEST(Rules, RoundAmounts) {
    EXPECT_TRUE(is_round(5000, 1000));
    EXPECT_TRUE(is_round(-5000, 1000));
    EXPECT_FALSE(is_round(5000.01, 1000));
    EXPECT_FALSE(is_round(500, 1000));
    EXPECT_FALSE(is_round(0, 1000));
    EXPECT_TRUE(is_round(0.3, 0.1));
    EXPECT_FALSE(is_round(0.35, 0.1));
    EXPECT_TRUE(is_round(1e15, 1000));
    EXPECT_FALSE(is_round(1e15 + 1, 1000));
    EXPECT_FALSE(is_round(std::nan(""), 1000));
    EXPECT_FALSE(is_round(INFINITY, 1000));
}

TEST(Rules, TheFirstLimitThatFitsCounts) {
    Rules rules;
    rules.limits = {{"account", "16%", std::nullopt, 100},
                    {"account", "1%", "EUR", 200},
                    {std::nullopt, "", "USD", 300}};
    const auto of = [&](const char* account, const char* currency) {
        return rules.limit(
            [&](const std::string& column, const std::string& pattern) {
                return column == "account" &&
                       std::string(account).starts_with(pattern.substr(0, pattern.size() - 1));
            },
            currency);
    };
    EXPECT_EQ(of("160", "USD"), 100);
    EXPECT_EQ(of("150", "EUR"), 200);
    EXPECT_EQ(of("150", "USD"), 300);
    EXPECT_EQ(of("250", "EUR"), INFINITY);
}

} // namespace
} // namespace recon::breaks
