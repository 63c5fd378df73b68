#include "formats/values/moment.hpp"

#include <gtest/gtest.h>

namespace recon::formats {
namespace {

std::string read(std::string_view text, DateOrder order = DateOrder::year_month_day) {
    const auto moment = read_moment(text, order);
    if (!moment) return "-";
    const auto seconds = moment->microseconds / 1000000;
    return iso_date(moment->day) + (moment->has_time ? "+" + std::to_string(seconds) : "");
}

TEST(Moment, ReadsDatesOfEveryOrder) {
    EXPECT_EQ(read("2024-04-30"), "2024-04-30");
    EXPECT_EQ(read("2024/4/3"), "2024-04-03");
    EXPECT_EQ(read("20240430"), "2024-04-30");
    EXPECT_EQ(read("30.04.2024", DateOrder::day_month_year), "2024-04-30");
    EXPECT_EQ(read("4/30/2024", DateOrder::month_day_year), "2024-04-30");
    EXPECT_EQ(read("30/4/24", DateOrder::day_month_year), "2024-04-30");
    EXPECT_EQ(read("2024-30-04", DateOrder::year_day_month), "2024-04-30");
    EXPECT_EQ(read("30042024", DateOrder::day_month_year), "2024-04-30");
    EXPECT_EQ(read("24/04/30"), "2024-04-30");
    EXPECT_EQ(read("30.02.2024", DateOrder::day_month_year), "-");
    EXPECT_EQ(read("4/30/2024", DateOrder::day_month_year), "-");
    EXPECT_EQ(read("2024"), "-");
    EXPECT_EQ(read("1.2.3.4"), "-");
}

TEST(Moment, ReadsNamesMonthsAndQuarters) {
    EXPECT_EQ(read("30-Apr-2024"), "2024-04-30");
    EXPECT_EQ(read("Apr 30, 2024"), "2024-04-30");
    EXPECT_EQ(read("30. Mai 2024"), "2024-05-30");
    EXPECT_EQ(read("3 d\xC3\xA9"
                   "cembre 2024"),
              "-"); // accents within de are not known
    EXPECT_EQ(read("3 Dez 2024"), "2024-12-03");
    EXPECT_EQ(read("2024-04"), "2024-04-01");
    EXPECT_EQ(read("04/2024"), "2024-04-01");
    EXPECT_EQ(read("Apr-24"), "2024-04-01");
    EXPECT_EQ(read("Q2 2024"), "2024-04-01");
    EXPECT_EQ(read("2024Q2"), "2024-04-01");
    EXPECT_EQ(read("2024-Q4"), "2024-10-01");
    EXPECT_EQ(read("1Q24"), "2024-01-01");
    EXPECT_EQ(read("Q5 2024"), "-");
}

TEST(Moment, ReadsTimes) {
    EXPECT_EQ(read("2024-04-30 01:00"), "2024-04-30+3600");
    EXPECT_EQ(read("2024-04-30T01:00:01.5Z"), "2024-04-30+3601");
    EXPECT_EQ(read("2018-02-25 00:34:56 +0100"), "2018-02-24+84896");
    EXPECT_EQ(read("4/30/2024 1:00 PM", DateOrder::month_day_year), "2024-04-30+46800");
    EXPECT_EQ(read("2024-04-30 25:00"), "-");
    EXPECT_EQ(read("2024-04-30 x"), "-");
}

TEST(Moment, ReadsSerialNumbersOfBothEpochs) {
    EXPECT_EQ(read("45412", DateOrder::serial_1900), "2024-04-30");
    EXPECT_EQ(read("43950", DateOrder::serial_1904), "2024-04-30");
    EXPECT_EQ(read("45412.5", DateOrder::serial_1900), "2024-04-30+43200");
    EXPECT_EQ(read("x", DateOrder::serial_1900), "-");
}

TEST(OrderEvidence, OneDateDecidesAColumn) {
    OrderEvidence evidence;
    EXPECT_TRUE(evidence.add("03/04/2024", 2));
    EXPECT_TRUE(evidence.is_ambiguous());
    EXPECT_FALSE(evidence.order());
    EXPECT_TRUE(evidence.add("03/25/2024", 3));
    EXPECT_EQ(evidence.order(), DateOrder::month_day_year);
    EXPECT_EQ(evidence.witness(), "03/25/2024");
    EXPECT_FALSE(evidence.add("25/03/2024", 4));
}

TEST(OrderEvidence, WhatNobodySwapsIsDecided) {
    OrderEvidence iso;
    EXPECT_TRUE(iso.add("2024-04-03", 1));
    EXPECT_EQ(iso.order(), DateOrder::year_month_day);
    OrderEvidence dots;
    EXPECT_TRUE(dots.add("03.04.24", 1));
    EXPECT_EQ(dots.order(), DateOrder::day_month_year);
    OrderEvidence named;
    EXPECT_TRUE(named.add("03-Apr-2024", 1));
    EXPECT_TRUE(named.order());
    OrderEvidence number;
    EXPECT_FALSE(number.add("240131", 1));
}

} // namespace
} // namespace recon::formats
