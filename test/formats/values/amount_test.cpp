#include "formats/values/amount.hpp"

#include <gtest/gtest.h>

namespace recon::formats {
namespace {

std::string read(std::string_view text, char decimal = '.', DebitSign debit = DebitSign::negative) {
    const auto amount = read_amount(text, decimal, debit);
    return amount ? amount->text() : "-";
}

TEST(Amount, ReadsDecimalSignsAndThousands) {
    EXPECT_EQ(read("1,234.56"), "1234.56");
    EXPECT_EQ(read("1.234,56", ','), "1234.56");
    EXPECT_EQ(read("1 234,56", ','), "1234.56");
    EXPECT_EQ(read("1\xC2\xA0"
                   "234,5",
                   ','),
              "1234.5");
    EXPECT_EQ(read("1\xE2\x80\xAF"
                   "234"),
              "1234");
    EXPECT_EQ(read("1'234.50"), "1234.50");
    EXPECT_EQ(read("1\xE2\x80\x99"
                   "234.50"),
              "1234.50");
    EXPECT_EQ(read("12,34,567.00"), "1234567.00");
    EXPECT_EQ(read("0.50"), "0.50");
    EXPECT_EQ(read(",5", ','), "0.5");
    EXPECT_EQ(read("0"), "0");
    EXPECT_EQ(read("000"), "0");
    EXPECT_EQ(read("5."), "5");
    EXPECT_EQ(read("1,5"), "-");
    EXPECT_EQ(read("1.234.5"), "-");
    EXPECT_EQ(read("1,234,56"), "-");
    EXPECT_EQ(read("1 234'567"), "-");
}

TEST(Amount, ReadsSigns) {
    EXPECT_EQ(read("-5"), "-5");
    EXPECT_EQ(read("+5"), "5");
    EXPECT_EQ(read("5-"), "-5");
    EXPECT_EQ(read("(5.00)"), "-5.00");
    EXPECT_EQ(read("\xE2\x88\x92"
                   "5"),
              "-5");
    EXPECT_EQ(read("- 5"), "-5");
    EXPECT_EQ(read("-5-"), "-");
    EXPECT_EQ(read("(-5)"), "-");
    EXPECT_EQ(read("--5"), "-");
    EXPECT_EQ(read("100,-", ','), "100");
}

TEST(Amount, ReadsLettersOfDebitAndCredit) {
    EXPECT_EQ(read("100.00 CR"), "100.00");
    EXPECT_EQ(read("100.00DR"), "-100.00");
    EXPECT_EQ(read("100,00 S", ','), "-100.00");
    EXPECT_EQ(read("100,00 H", ','), "100.00");
    EXPECT_EQ(read("D 100"), "-100");
    EXPECT_EQ(read("K 100"), "100");
    EXPECT_EQ(read("100 D", '.', DebitSign::positive), "100");
    EXPECT_EQ(read("100 K", '.', DebitSign::positive), "-100");
    EXPECT_EQ(read("K2"), "-");
    EXPECT_EQ(read("100 CR DR"), "-");
}

TEST(Amount, ReadsCurrencies) {
    EXPECT_EQ(read("USD 1,234.00"), "1234.00");
    EXPECT_EQ(read("1,234.00 EUR"), "1234.00");
    EXPECT_EQ(read_amount("EUR5", '.')->currency, "EUR");
    EXPECT_EQ(read("-$5"), "-5");
    EXPECT_EQ(read("$-5"), "-5");
    EXPECT_EQ(read("5 \xE2\x82\xAC"), "5");
    EXPECT_EQ(read("5 kr."), "5");
    EXPECT_EQ(read("kr. 5"), "5");
    EXPECT_EQ(read("ABC 5"), "-");
    EXPECT_EQ(read("MG-8769"), "-");
    EXPECT_EQ(read("USD"), "-");
    EXPECT_EQ(read("5 USD EUR"), "-");
}

TEST(Amount, KeepsAllDigits) {
    EXPECT_EQ(read("12345678901234567890.123456789"), "12345678901234567890.123456789");
    EXPECT_EQ(read("-0.000000000000000000001"), "-0.000000000000000000001");
    EXPECT_EQ(read("999999999999999999"), "999999999999999999");
    EXPECT_EQ(read("1999999999999999999"), "1999999999999999999");
    EXPECT_EQ(read("1.5E+05"), "150000");
    EXPECT_EQ(read("1.5e-3"), "0.0015");
    EXPECT_EQ(read("1E400"), "-");
    EXPECT_EQ(read(std::string(500, '9')), "-");
}

TEST(DecimalEvidence, OneNumberDecidesAColumn) {
    DecimalEvidence evidence;
    EXPECT_TRUE(evidence.add("3.000", 2));
    EXPECT_TRUE(evidence.is_ambiguous());
    EXPECT_FALSE(evidence.decimal());
    EXPECT_EQ(evidence.witness(), "3.000");
    EXPECT_TRUE(evidence.add("4,5", 3));
    EXPECT_EQ(evidence.decimal(), ',');
    EXPECT_EQ(evidence.witness_line(), 3U);
    DecimalEvidence whole;
    EXPECT_TRUE(whole.add("3000", 2));
    EXPECT_EQ(whole.decimal(), '.');
    EXPECT_FALSE(whole.add("three", 3));
}

} // namespace
} // namespace recon::formats
