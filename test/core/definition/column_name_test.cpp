#include "core/definition/column_name.hpp"

#include <gtest/gtest.h>

namespace recon::definition {
namespace {

using Words = std::vector<std::string>;

TEST(ColumnName, SpellingsOfOneNameGiveOneListOfWords) {
    for (const auto* name : {"GL Balance", "gl_balance", "GLBalance", "glBalance", "GL-BALANCE",
                             "glbalance", "  GL  bal. ", "gl balances"})
        EXPECT_EQ(read_column_name(name).words, (Words{"gl", "balance"})) << name;
    for (const auto* name : {"iHub Balance", "IHub Balance", "Ihub Balance", "ihub_balance"})
        EXPECT_EQ(read_column_name(name).words, (Words{"ihub", "balance"})) << name;
    for (const auto* name : {"As of Date", "as_of_date", "AsOfDate", "ASOFDATE", "as-of dt"})
        EXPECT_EQ(read_column_name(name).words, (Words{"asof", "date"})) << name;
}

TEST(ColumnName, CutsRunsOfKnownWords) {
    EXPECT_EQ(read_column_name("TRADEID").words, (Words{"trade", "id"}));
    EXPECT_EQ(read_column_name("QUANTITYDIFFERENCE").words, (Words{"quantity", "difference"}));
    EXPECT_EQ(read_column_name("ORIGINALFACEDIFFERENCE").words,
              (Words{"original", "face", "difference"}));
    EXPECT_EQ(read_column_name("Catalyst_ORIGINALFACE").words,
              (Words{"catalyst", "original", "face"}));
    EXPECT_EQ(read_column_name("RECONDATE").words, (Words{"recon", "date"}));
    EXPECT_EQ(read_column_name("amount1").words, (Words{"amount", "1"}));
    EXPECT_EQ(read_column_name("MatchStatus").words, (Words{"match", "status"}));
}

// Words that only end like a known one stay whole.
TEST(ColumnName, DoesNotCutWhatIsOneWord) {
    for (const auto* name : {"update", "mandate", "candidate", "valid", "corporate", "surface"})
        EXPECT_EQ(read_column_name(name).words, (Words{name}));
}

TEST(ColumnName, SpellsAbbreviationsOut) {
    EXPECT_EQ(read_column_name("cust_qty").words.back(), "quantity");
    EXPECT_EQ(read_column_name("acct_no").words, (Words{"account", "number"}));
    EXPECT_EQ(read_column_name("src_amt").words, (Words{"source", "amount"}));
}

TEST(ColumnName, OddNamesGiveNoWordsAndNoTrouble) {
    EXPECT_TRUE(read_column_name("").words.empty());
    EXPECT_TRUE(read_column_name("?? --").words.empty());
    EXPECT_EQ(read_column_name("\xC3\x9C"
                               "bertrag")
                  .words.size(),
              1U);
    EXPECT_EQ(read_column_name(std::string(5000, 'a')).words.size(), 1U);
    EXPECT_EQ(read_column_name(std::string(1, '\0')).words.size(), 0U);
    EXPECT_FALSE(ColumnName{}.only(sense_date));
    EXPECT_EQ(ColumnName{}.head(), 0U);
}

TEST(ColumnName, HeadIsWhatTheNameIsAbout) {
    EXPECT_TRUE(read_column_name("account balance").head() & sense_money);
    EXPECT_TRUE(read_column_name("cash account").head() & sense_entity);
    EXPECT_TRUE(read_column_name("Balance iHub").head() & sense_money);
    EXPECT_TRUE(read_column_name("Cost Center").head() & sense_entity);
    EXPECT_TRUE(read_column_name("price currency").head() & sense_currency);
}

TEST(CompareNames, FindsSharedWordsAndSides) {
    const auto names =
        compare_names(read_column_name("GL Balance"), read_column_name("Ihub Balance"));
    EXPECT_EQ(names.shared, "balance");
    EXPECT_EQ(names.left, "gl");
    EXPECT_EQ(names.right, "ihub");
    EXPECT_TRUE(names.known_sides());
    EXPECT_FALSE(names.different_things());
}

TEST(CompareNames, OrderOfWordsDoesNotMatter) {
    const auto names =
        compare_names(read_column_name("custodian_qty"), read_column_name("qty own"));
    EXPECT_EQ(names.common, (Words{"quantity"}));
    EXPECT_TRUE(names.known_sides());
}

TEST(CompareNames, TwoThingsAreNotTwoSides) {
    const auto different = [](const char* x, const char* y) {
        return compare_names(read_column_name(x), read_column_name(y)).different_things();
    };
    EXPECT_TRUE(different("Catalyst_PRICE", "Catalyst_QUANTITY"));
    EXPECT_TRUE(different("Opening Balance", "Closing Balance"));
    EXPECT_TRUE(different("trade_date", "settle_date"));
    EXPECT_TRUE(different("Primary Account", "Secondary Account"));
    EXPECT_TRUE(different("Gross Amount", "Net Amount"));
    EXPECT_TRUE(different("bid_price", "ask_price"));
    EXPECT_FALSE(different("Catalyst_PRICE", "Impact_PRICE"));
    EXPECT_FALSE(different("ledger_amount", "statement_amount"));
}

} // namespace
} // namespace recon::definition
