#include "core/definition/date_text.hpp"

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "core/definition/column_profile.hpp"

namespace recon::definition {
namespace {

std::string read_as(const char* text, DateOrder order) {
    const auto fields = read_date_fields(text);
    if (!fields) return "no date";
    const auto days = date_days(*fields, order);
    return days ? iso_date(*days) + " by " + date_format(fields->form, order) : "no day";
}

TEST(DateText, FormsOfOneOrderOnly) {
    const auto any = DateOrder::year_first;
    EXPECT_EQ(read_as("2024-04-30", any), "2024-04-30 by YYYY-MM-DD");
    EXPECT_EQ(read_as("2024/4/3", any), "2024-04-03 by YYYY/MM/DD");
    EXPECT_EQ(read_as("20240430", any), "2024-04-30 by YYYYMMDD");
    EXPECT_EQ(read_as("202404", any), "2024-04-01 by YYYYMM");
    EXPECT_EQ(read_as("2024-04", any), "2024-04-01 by YYYY-MM");
    EXPECT_EQ(read_as("04/2024", any), "2024-04-01 by MM/YYYY");
    EXPECT_EQ(read_as("30-Apr-2024", any), "2024-04-30 by DD-Mon-YYYY");
    EXPECT_EQ(read_as("30 April 2024", any), "2024-04-30 by DD Month YYYY");
    EXPECT_EQ(read_as("30-APR-24", any), "2024-04-30 by DD-Mon-YY");
    EXPECT_EQ(read_as("Apr 30, 2024", any), "2024-04-30 by Mon DD, YYYY");
    EXPECT_EQ(read_as("Apr-24", any), "2024-04-01 by Mon-YY");
    EXPECT_EQ(read_as("30Apr2024", any), "2024-04-30 by DDMonYYYY");
    EXPECT_EQ(read_as("2024-04-30 23:59:01", any), "2024-04-30 by YYYY-MM-DD HH24:MI:SS");
    EXPECT_EQ(read_as("2024-04-30T23:59", any), "2024-04-30 by YYYY-MM-DD\"T\"HH24:MI");
    EXPECT_EQ(read_as("2024-04-30 10:00:00.123+02", any), "2024-04-30 by YYYY-MM-DD HH24:MI:SS");
}

TEST(DateText, TheOrderDecides) {
    EXPECT_EQ(read_as("04-03-2025", DateOrder::day_first), "2025-03-04 by DD-MM-YYYY");
    EXPECT_EQ(read_as("04-03-2025", DateOrder::month_first), "2025-04-03 by MM-DD-YYYY");
    EXPECT_EQ(read_as("4/30/2024", DateOrder::month_first), "2024-04-30 by MM/DD/YYYY");
    EXPECT_EQ(read_as("4/30/2024", DateOrder::day_first), "no day");
    EXPECT_EQ(read_as("01.02.03", DateOrder::day_first), "2003-02-01 by DD.MM.YY");
    EXPECT_EQ(read_as("01.02.03", DateOrder::year_first), "2001-02-03 by YY.MM.DD");
    EXPECT_EQ(read_as("4/30/2024 1:05 PM", DateOrder::month_first),
              "2024-04-30 by MM/DD/YYYY HH12:MI AM");
    EXPECT_EQ(read_as("31/12/70", DateOrder::day_first), "1970-12-31 by DD/MM/YY");
}

TEST(DateText, RefusesWhatIsNoDate) {
    for (const auto* text : {"", "12", "1.1034", "2024-13-01", "30/30/2024", "2023-02-29", "abc",
                             "12:30:00", "4/30", "April", "2024-04-30x", "1234567890123", "12 1999",
                             "5.25 2030", "00-00-0000", "31-04-2024", "2024-04-30 25:00"})
        EXPECT_FALSE(read_date_fields(text)) << text;
    EXPECT_TRUE(read_date_fields("2024-02-29"));
}

TEST(DateText, EveryDayComesBackFromItsText) {
    for (Day day = day_of({1896, 1, 1}); day <= day_of({2104, 12, 31}); ++day) {
        const auto iso = iso_date(day);
        const auto fields = read_date_fields(iso);
        ASSERT_TRUE(fields) << iso;
        ASSERT_EQ(date_days(*fields, DateOrder::year_first), day);
    }
}

TEST(DateText, AnythingIsReadWithoutHarm) {
    Random random(7);
    const std::string alphabet = "0123456789-/. :,TJanMayAprz+\xC3\xA9";
    for (int i = 0; i < 200000; ++i) {
        std::string text;
        for (std::uint64_t n = random.below(14); n > 0; --n)
            text += alphabet[random.below(alphabet.size())];
        const auto fields = read_date_fields(text);
        if (!fields) continue;
        for (const auto order :
             {DateOrder::day_first, DateOrder::month_first, DateOrder::year_first}) {
            const auto days = date_days(*fields, order);
            if (days) {
                EXPECT_EQ(iso_date(*days).size(), 10U) << text;
            }
            EXPECT_FALSE(date_format(fields->form, order).empty());
        }
    }
}

// ---- the order of a column, by evidence ----

ColumnSample text_column(const char* name, const std::vector<const char*>& values) {
    ColumnSample sample{name, ColumnSample::Type::text, {}};
    for (const auto* value : values)
        sample.values.emplace_back(value);
    return sample;
}

TEST(DateOrderEvidence, OneValueBeyondTwelveDecides) {
    const auto profiles = profile_columns({text_column("d", {"01/02/2024", "01/13/2024"})});
    EXPECT_EQ(profiles[0].date.order, DateOrder::month_first);
    EXPECT_FALSE(profiles[0].date.ambiguous);
    EXPECT_NE(profiles[0].date.evidence.find("01/13/2024"), std::string::npos);
}

TEST(DateOrderEvidence, AColumnFollowsOnesWrittenAlike) {
    const auto profiles = profile_columns({text_column("recon_date", {"05-03-2025", "04-03-2025"}),
                                           text_column("trade_date", {"26-02-2025", "04-03-2025"}),
                                           text_column("iso", {"2025-02-26", "2025-03-04"})});
    EXPECT_EQ(profiles[0].date.order, DateOrder::day_first);
    EXPECT_FALSE(profiles[0].date.ambiguous);
    EXPECT_NE(profiles[0].date.evidence.find("\"trade_date\""), std::string::npos);
}

TEST(DateOrderEvidence, OtherWritingIsNoWitness) {
    // Another separator may come from another system.
    const auto profiles =
        profile_columns({text_column("d", {"05/03/2025"}), text_column("e", {"26-02-2025"})});
    EXPECT_TRUE(profiles[0].date.ambiguous);
}

TEST(DateOrderEvidence, NearnessToOtherDatesOfTheRow) {
    const auto profiles =
        profile_columns({text_column("d", {"05/03/2025", "06/03/2025", "04/02/2025"}),
                         text_column("loaded", {"2025-03-06", "2025-03-07", "2025-02-05"})});
    EXPECT_EQ(profiles[0].date.order, DateOrder::day_first);
    EXPECT_FALSE(profiles[0].date.ambiguous);
}

TEST(DateOrderEvidence, WeekdaysAreAHintThatIsSaidToBeOne) {
    // 3, 4, 5 and 6 June 2024 are Monday to Thursday; 6 March … 6 June 2024 include a Saturday.
    const auto profiles = profile_columns(
        {text_column("d", {"03-06-2024", "04-06-2024", "05-06-2024", "06-06-2024"})});
    EXPECT_EQ(profiles[0].date.order, DateOrder::day_first);
    EXPECT_TRUE(profiles[0].date.ambiguous);
    EXPECT_NE(profiles[0].date.evidence.find("weekdays"), std::string::npos);
}

TEST(DateOrderEvidence, OtherwiseCustomAndAmbiguous) {
    const auto slash = profile_columns({text_column("d", {"03/04/2024"})});
    EXPECT_EQ(slash[0].date.order, DateOrder::month_first);
    EXPECT_TRUE(slash[0].date.ambiguous);
    const auto dot = profile_columns({text_column("d", {"03.04.2024"})});
    EXPECT_EQ(dot[0].date.order, DateOrder::day_first);
    EXPECT_TRUE(dot[0].date.ambiguous);
}

TEST(DateOrderEvidence, MixedOrdersAreSaid) {
    const auto profiles =
        profile_columns({text_column("d", {"13/01/2024", "01/13/2024", "14/01/2024"})});
    EXPECT_TRUE(profiles[0].is_date);
    EXPECT_TRUE(profiles[0].date.contradictory);
    EXPECT_TRUE(profiles[0].date.ambiguous);
}

TEST(DateOrderEvidence, DigitsAreDatesOnlyWhereTheNameSaysSo) {
    const auto profiles =
        profile_columns({text_column("value_date", {"20240131", "20240229", "20240331"}),
                         text_column("trade_id", {"20240131", "20240229", "20240331"}),
                         text_column("amount", {"20240131", "68911236", "69145541"})});
    EXPECT_TRUE(profiles[0].is_date);
    EXPECT_FALSE(profiles[1].is_date);
    EXPECT_FALSE(profiles[2].is_date);
    EXPECT_EQ(date_sql(profiles[0]), "recon.parse_date(\"value_date\", 'YYYYMMDD')");
}

TEST(DateOrderEvidence, MayIsShortAndLong) {
    const auto profiles = profile_columns({text_column("d", {"1 May 2024", "2 April 2024"}),
                                           text_column("e", {"1 May 2024", "2 Apr 2024"})});
    EXPECT_EQ(date_format(profiles[0].date.form, profiles[0].date.order), "DD Month YYYY");
    EXPECT_EQ(date_format(profiles[1].date.form, profiles[1].date.order), "DD Mon YYYY");
    EXPECT_EQ(profiles[0].distinct_days, 2U);
    EXPECT_EQ(profiles[1].distinct_days, 2U);
}

} // namespace
} // namespace recon::definition
