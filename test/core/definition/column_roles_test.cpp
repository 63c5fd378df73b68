// The reconciliations of test data, as they are, shuffled, renamed and with real types.
#include <map>

#include "definition/sample_checks.hpp"

namespace recon::definition {
namespace {

#define RECON_NEEDS(samples)                                                                       \
    if ((samples).empty()) GTEST_SKIP() << "no data in " << data_directory()

// Numbers and dates as a table with real types would hold them.
Samples typed(Samples samples) {
    const auto profiles = profile_columns(samples);
    for (std::size_t c = 0; c < samples.size(); ++c) {
        const auto& profile = profiles[c];
        if (profile.is_date) {
            samples[c].type = ColumnSample::Type::date;
            for (std::size_t row = 0; row < profile.rows; ++row)
                if (profile.days[row] != no_day)
                    samples[c].values[row] = iso_date(profile.days[row]);
        } else if (profile.is_number && !profile.leading_zeros) {
            samples[c].type = ColumnSample::Type::numeric;
        }
    }
    return samples;
}

Samples renamed(Samples samples, const std::map<std::string, std::string>& names) {
    for (auto& sample : samples)
        if (const auto at = names.find(sample.name); at != names.end()) sample.name = at->second;
    return samples;
}

// The same roles by name, whatever the order of columns or rows.
void expect_same_roles(const SuggestedDefinition& expected, const SuggestedDefinition& got) {
    for (const auto& column : expected.columns) {
        EXPECT_EQ(role_word(got, column.name), role_name(column.role)) << column.name;
        if (column.role != Role::derived) {
            EXPECT_EQ(role_of(got, column.name).partner, column.partner) << column.name;
        }
    }
    EXPECT_EQ(sorted(got.key_columns), sorted(expected.key_columns));
    EXPECT_EQ(sorted(got.criteria_columns), sorted(expected.criteria_columns));
    EXPECT_EQ(sorted(got.derived_columns), sorted(expected.derived_columns));
    EXPECT_EQ(got.date_column, expected.date_column);
    EXPECT_EQ(got.date_format, expected.date_format);
    EXPECT_EQ(got.currency_column, expected.currency_column);
    EXPECT_EQ(got.comment_column, expected.comment_column);
    EXPECT_EQ(got.measures.size(), expected.measures.size());
}

void expect_order_of_columns_and_rows_not_to_matter(const Samples& samples, int times) {
    const auto expected = suggested(samples);
    Random random(11);
    for (int i = 0; i < times; ++i) {
        auto other = samples;
        shuffle(other, random);
        shuffle_rows(other, random);
        expect_same_roles(expected, suggested(other));
    }
}

void expect_ihub(const SuggestedDefinition& d, const std::string& ihub, const std::string& format) {
    EXPECT_EQ(d.key_columns, (Names{"Company", "Account", "AU", "Currency"}));
    EXPECT_EQ(d.date_column, "As of Date");
    EXPECT_EQ(d.date_format, format);
    EXPECT_FALSE(d.date_ambiguous);
    EXPECT_EQ(d.criteria_columns, (Names{"GL Balance", ihub}));
    EXPECT_EQ(d.currency_column, "Currency");
    EXPECT_EQ(role_of(d, "GL Balance").partner, ihub);
    EXPECT_EQ(role_of(d, ihub).partner, "GL Balance");
    EXPECT_EQ(role_word(d, "Primary Account"), "dimension");
    EXPECT_EQ(role_word(d, "Secondary Account"), "dimension");
    EXPECT_EQ(d.tolerance, 1);
    ASSERT_EQ(d.measures.size(), 1U);
}

TEST(Ihub, MonthlyHistory) {
    const auto samples = read_samples("ihub/ihub_history_24.csv");
    RECON_NEEDS(samples);
    const auto d = suggested(samples);
    expect_ihub(d, "Ihub Balance", "MM/DD/YYYY");
    EXPECT_EQ(d.derived_columns, (Names{"Balance Difference"}));
    const auto& derived = role_of(d, "Balance Difference");
    EXPECT_EQ(derived.partner, "\"GL Balance\" - \"Ihub Balance\"");
    EXPECT_EQ(derived.reason,
              "Differs from \"GL Balance\" minus \"Ihub Balance\" in 0 of 24 rows.");
    EXPECT_EQ(d.measures[0].rows_agreeing, 24U);
    EXPECT_EQ(d.comment_column, "Comments");
    EXPECT_EQ(d.status_column, "Match Status");
    EXPECT_EQ(d.break_when, "abs(\"Balance Difference\") > 1");
    // The evidence of the status column, and the check against it.
    EXPECT_NE(d.break_reason.find("a match is 0.5 and the smallest it calls a break 200"),
              std::string::npos);
    EXPECT_NE(d.break_reason.find("agrees with \"Match Status\" in 24 of 24 rows"),
              std::string::npos);
    EXPECT_NE(d.key_reason.find("\"Primary Account\" and \"Secondary Account\" have one value"),
              std::string::npos);
    EXPECT_GT(d.key_confidence, 0.9);
    EXPECT_GT(role_of(d, "Ihub Balance").confidence, 0.9);
}

TEST(Ihub, MonthlyHistoryWithRealTypes) {
    const auto samples = typed(read_samples("ihub/ihub_history_24.csv"));
    RECON_NEEDS(samples);
    const auto d = suggested(samples);
    EXPECT_EQ(d.key_columns, (Names{"Company", "Account", "AU", "Currency"}));
    EXPECT_FALSE(d.date_format);
    EXPECT_EQ(d.date_expression, "\"As of Date\"");
    EXPECT_EQ(d.measures[0].expression, "\"Balance Difference\"");
    EXPECT_EQ(d.break_when, "abs(\"Balance Difference\") > 1");
}

TEST(Ihub, SnakeCase) {
    const auto samples = renamed(typed(read_samples("ihub/ihub_history_24.csv")),
                                 {{"As of Date", "as_of_date"},
                                  {"Company", "company"},
                                  {"Account", "account"},
                                  {"AU", "au"},
                                  {"Currency", "currency"},
                                  {"Primary Account", "primary_account"},
                                  {"Secondary Account", "secondary_account"},
                                  {"GL Balance", "gl_balance"},
                                  {"Ihub Balance", "ihub_balance"},
                                  {"Balance Difference", "balance_difference"},
                                  {"Match Status", "match_status"},
                                  {"Comments", "comments"}});
    RECON_NEEDS(samples);
    const auto d = suggested(samples);
    EXPECT_EQ(d.key_columns, (Names{"company", "account", "au", "currency"}));
    EXPECT_EQ(d.criteria_columns, (Names{"gl_balance", "ihub_balance"}));
    EXPECT_EQ(d.derived_columns, (Names{"balance_difference"}));
    EXPECT_EQ(d.date_column, "as_of_date");
    EXPECT_EQ(d.comment_column, "comments");
    EXPECT_EQ(d.currency_column, "currency");
    EXPECT_EQ(d.break_when, "abs(\"balance_difference\") > 1");
}

TEST(Ihub, LiveRowsHaveALabelThatIsNoEvidence) {
    const auto samples = read_samples("ihub/ihub_live_4_labelled.csv");
    RECON_NEEDS(samples);
    const auto d = suggested(samples);
    expect_ihub(d, "Ihub Balance", "MM/DD/YYYY");
    EXPECT_EQ(d.label_column, "Anomaly");
    EXPECT_NE(role_of(d, "Anomaly").reason.find("never used as evidence"), std::string::npos);
    // One date: nothing can be seen to repeat, which costs confidence.
    EXPECT_LT(d.key_confidence, 0.8);
}

TEST(Ihub, DailyHistoryHasNoDerivedColumnAndNoStatus) {
    const auto samples = read_samples("ihub/ihub_daily_history_20000.csv");
    RECON_NEEDS(samples);
    const auto d = suggested(samples);
    expect_ihub(d, "iHub Balance", "DD-MM-YYYY");
    EXPECT_TRUE(d.derived_columns.empty());
    EXPECT_FALSE(d.status_column);
    EXPECT_FALSE(d.comment_column);
    EXPECT_EQ(d.measures[0].name, "balance_difference");
    EXPECT_EQ(typed(samples)[7].type, ColumnSample::Type::numeric);
    const auto real = suggested(typed(samples));
    EXPECT_EQ(real.break_when, "abs(\"GL Balance\" - \"iHub Balance\") > 1");
}

TEST(Ihub, DailyRowsOfOneDate) {
    const auto samples = read_samples("ihub/ihub_daily_current_100.csv");
    RECON_NEEDS(samples);
    expect_ihub(suggested(samples), "iHub Balance", "DD-MM-YYYY");
}

TEST(Ihub, VisionproRepeatsKeyAndDate) {
    const auto samples = read_samples("ihub/ihub_visionpro_6064.csv");
    RECON_NEEDS(samples);
    const auto d = suggested(samples);
    expect_ihub(d, "IHub Balance", "YYYY-MM-DD");
    EXPECT_EQ(d.derived_columns, (Names{"Balance Difference"}));
    EXPECT_EQ(d.measures[0].rows_agreeing, 6064U);
    ASSERT_FALSE(d.notes.empty());
    EXPECT_EQ(d.notes[0], "234 rows of 6064 repeat the key and date of another; such rows are told "
                          "apart by their content.");
}

TEST(Ihub, RaggedRows) {
    const auto samples = read_samples("ihub/ihub_visionpro_ragged_865.csv");
    RECON_NEEDS(samples);
    const auto d = suggested(samples);
    EXPECT_EQ(d.key_columns, (Names{"Company", "Account", "AU", "Currency"}));
    EXPECT_EQ(d.date_format, "DD-MM-YYYY");
    // Here the status calls 0.02 a break: one unit would be too much.
    EXPECT_EQ(d.tolerance, 0.01);
}

TEST(Ihub, OrderDoesNotMatter) {
    const auto monthly = read_samples("ihub/ihub_history_24.csv");
    RECON_NEEDS(monthly);
    expect_order_of_columns_and_rows_not_to_matter(monthly, 40);
    expect_order_of_columns_and_rows_not_to_matter(typed(monthly), 20);
    const auto daily = read_samples("ihub/ihub_daily_history_20000.csv");
    expect_order_of_columns_and_rows_not_to_matter(first_rows(daily, 3000), 5);
    const auto vision = read_samples("ihub/ihub_visionpro_6064.csv");
    expect_order_of_columns_and_rows_not_to_matter(vision, 3);
}

// One stored difference is wrong: the column is still the difference, and that is said.
TEST(Ihub, AWrongDifferenceIsCounted) {
    auto samples = read_samples("ihub/ihub_history_24.csv");
    RECON_NEEDS(samples);
    find_sample(samples, "Balance Difference")->values[0] = "-15000";
    const auto d = suggested(samples);
    EXPECT_EQ(d.derived_columns, (Names{"Balance Difference"}));
    EXPECT_EQ(d.measures[0].rows_agreeing, 23U);
    EXPECT_EQ(role_of(d, "Balance Difference").reason,
              "Differs from \"GL Balance\" minus \"Ihub Balance\" in 1 of 24 rows.");
    ASSERT_FALSE(d.notes.empty());
    EXPECT_NE(d.notes[0].find("derived_mismatch"), std::string::npos);
}

TEST(Ihub, TheSignOfTheDifferenceOrdersTheSides) {
    auto samples = read_samples("ihub/ihub_history_24.csv");
    RECON_NEEDS(samples);
    for (auto& value : find_sample(samples, "Balance Difference")->values)
        value = number_text(-std::stod(*value));
    const auto d = suggested(samples);
    EXPECT_EQ(d.criteria_columns, (Names{"Ihub Balance", "GL Balance"}));
    EXPECT_EQ(role_of(d, "Balance Difference").partner, "\"Ihub Balance\" - \"GL Balance\"");
}

TEST(Ihub, UnderlyingUnitsDoNotMatter) {
    auto samples = read_samples("ihub/ihub_history_24.csv");
    RECON_NEEDS(samples);
    for (const char* name : {"GL Balance", "Ihub Balance", "Balance Difference"})
        for (auto& value : find_sample(samples, name)->values)
            value = number_text(std::stod(*value) * 1000);
    const auto d = suggested(samples);
    expect_same_roles(suggested(read_samples("ihub/ihub_history_24.csv")), d);
    // The status calls 500 a match now: one unit no longer fits, 500 does.
    EXPECT_EQ(d.tolerance, 500);
}

void expect_catalyst(const SuggestedDefinition& d) {
    EXPECT_EQ(d.key_columns, (Names{"TRADEID"}));
    EXPECT_EQ(d.date_column, "RECONDATE");
    EXPECT_EQ(d.comment_column, "COMMENT");
    EXPECT_EQ(d.status_column, "MatchStatus");
    EXPECT_FALSE(d.currency_column);
    EXPECT_EQ(sorted(d.derived_columns),
              (Names{"ORIGINALFACEDIFFERENCE", "PRICEDIFFERENCE", "QUANTITYDIFFERENCE"}));
    EXPECT_EQ(sorted(d.criteria_columns),
              (Names{"Catalyst_ORIGINALFACE", "Catalyst_PRICE", "Catalyst_QUANTITY",
                     "Impact_ORIGINALFACE", "Impact_PRICE", "Impact_QUANTITY"}));
    EXPECT_EQ(d.measures.size(), 3U);
    for (const auto& measure : d.measures) {
        EXPECT_EQ(measure.a.substr(0, 9), "Catalyst_");
        EXPECT_EQ(measure.b.substr(0, 7), "Impact_");
        EXPECT_EQ(measure.rows_agreeing, measure.rows_compared);
        if (measure.name == "PRICEDIFFERENCE") {
            EXPECT_EQ(measure.tolerance_column, "PRICE_TOLERANCE");
            EXPECT_EQ(measure.tolerance_value, 0.001);
        } else if (measure.name == "QUANTITYDIFFERENCE") {
            EXPECT_EQ(measure.tolerance_column, "QUANTITY_TOLERANCE");
            EXPECT_EQ(measure.tolerance_value, 1);
        } else {
            EXPECT_EQ(measure.tolerance_column, "");
        }
    }
    EXPECT_EQ(role_of(d, "Catalyst_CUSIP").partner, "Impact_CUSIP");
    EXPECT_EQ(columns_of(d, Role::attribute).size(), 14U);
    EXPECT_EQ(role_word(d, "QUANTITY"), "ignored"); // repeats one of the sides
    EXPECT_EQ(role_word(d, "RISKDATE"), "ignored");
    EXPECT_EQ(role_word(d, "Catalyst_PRICE_TOLERANCE"), "tolerance");
    for (const char* name : {"DESKNAME", "BUY_SELL", "CUSIP", "INVENTORY", "TRADING_UNIT_NAME"})
        EXPECT_EQ(role_word(d, name), "dimension") << name;
}

TEST(Catalyst, History) {
    const auto samples = read_samples("catalyst/catalyst_history_20.csv");
    RECON_NEEDS(samples);
    const auto d = suggested(samples);
    expect_catalyst(d);
    EXPECT_EQ(d.date_format, "DD-MM-YYYY");
    EXPECT_FALSE(d.date_ambiguous);
    EXPECT_NE(d.date_reason.find("could be read both ways"), std::string::npos);
    EXPECT_NE(d.date_reason.find("26-02-2025"), std::string::npos);
    EXPECT_NE(d.break_reason.find("agrees with \"MatchStatus\" in 20 of 20 rows"),
              std::string::npos);
}

TEST(Catalyst, RealTypesGiveAPlainRule) {
    const auto samples = typed(read_samples("catalyst/catalyst_history_20.csv"));
    RECON_NEEDS(samples);
    const auto d = suggested(samples);
    expect_catalyst(d);
    EXPECT_EQ(d.break_when, "abs(\"ORIGINALFACEDIFFERENCE\") > 0.5 OR "
                            "abs(\"PRICEDIFFERENCE\") > \"PRICE_TOLERANCE\" OR "
                            "abs(\"QUANTITYDIFFERENCE\") > \"QUANTITY_TOLERANCE\"");
}

TEST(Catalyst, OneDateWithLabels) {
    const auto samples = read_samples("catalyst/catalyst_current_10_labelled.csv");
    RECON_NEEDS(samples);
    const auto d = suggested(samples);
    expect_catalyst(d);
    EXPECT_EQ(d.label_column, "Anomaly");
}

TEST(Catalyst, OrderDoesNotMatter) {
    const auto samples = read_samples("catalyst/catalyst_history_20.csv");
    RECON_NEEDS(samples);
    expect_order_of_columns_and_rows_not_to_matter(samples, 25);
}

// Without the columns that prove the order of day and month, it is said to be ambiguous.
TEST(Catalyst, WithoutEvidenceTheDateIsAmbiguous) {
    auto samples = read_samples("catalyst/catalyst_history_20.csv");
    RECON_NEEDS(samples);
    const auto proves = [](const ColumnSample& sample) {
        return sample.name.find("DATE") != std::string::npos && sample.name != "RECONDATE";
    };
    samples.erase(std::remove_if(samples.begin(), samples.end(), proves), samples.end());
    const auto d = suggested(samples);
    EXPECT_EQ(d.date_column, "RECONDATE");
    EXPECT_EQ(d.date_format, "DD-MM-YYYY");
    EXPECT_TRUE(d.date_ambiguous);
    EXPECT_LE(d.date_confidence, 0.5);
    EXPECT_FALSE(d.notes.empty());
}

} // namespace
} // namespace recon::definition
