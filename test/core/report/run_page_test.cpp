#include "core/report/run_page.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/report/markup.hpp"

namespace recon::report {
namespace {

RunReport sample() {
    RunReport report;
    report.reconciliation = "cash <b>";
    report.window = "2024-05-31";
    report.judged = 100;
    report.matched = 90;
    report.breaks = 10;
    report.anomalies = 2;
    report.past = {{"2024-04-30", 5, 95}, {"2024-05-31", 2, 90}};
    report.list = {{"account 1",
                    "2024-05-31",
                    "5 EUR",
                    "high",
                    "spike",
                    "<script>alert(1)</script>",
                    "Look",
                    {{"2024-04-30", 0, false}, {"2024-05-31", 5, true}}},
                   {"account 2", "2024-05-31", "1 EUR", "low", "spike", "why", "Look", {}}};
    return report;
}

std::size_t count(const std::string& text, const std::string& what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
        ++found;
    }
    return found;
}

TEST(RunPage, SaysWhatHappenedInThreeSentences) {
    EXPECT_EQ(summary_of(sample()),
              (std::vector<std::string>{
                  "100 rows of 2024-05-31 were judged: 90 match (90%), 10 are breaks.",
                  "2 breaks are out of pattern; the strongest is account 1 with 5 EUR.",
                  "That is 3 fewer than in the run before."}));
}

TEST(RunPage, WhatPeopleWroteIsNeverMarkup) {
    const auto page = run_page(sample());
    EXPECT_EQ(count(page, "<script"), 0U);
    EXPECT_NE(page.find("&lt;script&gt;alert(1)&lt;/script&gt;"), std::string::npos);
    EXPECT_EQ(count(page, "<b>"), 0U);
}

TEST(RunPage, StandsAlone) {
    const auto page = run_page(sample());
    for (const auto* request : {"src=", "http:", "https:", "url(", "@import", "<link"}) {
        EXPECT_EQ(count(page, request), 0U) << request;
    }
}

TEST(RunPage, ChartsHaveTheirMarks) {
    const auto page = run_page(sample());
    EXPECT_EQ(count(page, "class=\"line-chart\""), 3U); // anomalies, match rate, one history
    EXPECT_EQ(count(page, "class=\"mark\""), 3U);
    EXPECT_EQ(count(page, "<tr><td>low"), 1U); // what has no history is in the table
}

TEST(Charts, GapsAndNothingAreDrawn) {
    const auto chart =
        line_chart({{"a", 1, false}, {"b", NAN, false}, {"c", 3, true}}, "t", 300, 100);
    EXPECT_EQ(count(chart, "M"), 2U);
    EXPECT_NE(line_chart({}, "t", 300, 100).find("no values"), std::string::npos);
    EXPECT_EQ(count(bar_chart({{"x", 0}, {"y", 2}}, "t", 300), "<rect"), 2U);
}

TEST(Markup, NumbersAreGrouped) {
    EXPECT_EQ(shown_number(1234567.5), "1,234,567.5");
    EXPECT_EQ(shown_number(-15000), "−15,000");
    EXPECT_EQ(shown_number(-0.001), "0");
    EXPECT_EQ(short_number(50000), "50k");
    EXPECT_EQ(short_number(1500000), "1.5M");
    EXPECT_EQ(shown_number(INFINITY), "∞");
}

} // namespace
} // namespace recon::report
