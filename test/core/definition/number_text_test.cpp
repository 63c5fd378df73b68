#include "core/definition/number_text.hpp"

#include <gtest/gtest.h>

namespace recon::definition {
namespace {

double value_of(const char* text, char group = '\0', char decimal = '.') {
    const auto number = read_number(text, group, decimal);
    EXPECT_TRUE(number) << text;
    return number ? number->value : 0;
}

TEST(ReadNumber, ReadsWhatPeopleWrite) {
    EXPECT_EQ(value_of("12.50"), 12.5);
    EXPECT_EQ(value_of(" -3 "), -3);
    EXPECT_EQ(value_of("+.5"), 0.5);
    EXPECT_EQ(value_of("1e5"), 1e5);
    EXPECT_EQ(value_of("1,234,567.89", ','), 1234567.89);
    EXPECT_EQ(value_of("(1,234.50)", ','), -1234.5);
    EXPECT_EQ(value_of("12-"), -12);
    EXPECT_EQ(value_of("1.234,56", '.', ','), 1234.56);
    EXPECT_EQ(value_of("1'234.5", '\''), 1234.5);
    EXPECT_EQ(value_of("1 234,5", ' ', ','), 1234.5);
    EXPECT_EQ(value_of("$-5"), -5);
    EXPECT_EQ(value_of("-$5"), -5);
    EXPECT_EQ(value_of("5 \xE2\x82\xAC"), 5);
    EXPECT_EQ(value_of("12 %"), 12);
}

TEST(ReadNumber, RefusesWhatIsNone) {
    for (const auto* text : {"", "-", "abc", "1.2.3", "1,2", "12a", "--1", "()", "(-1)", "1e",
                             "1e999", "NaN", "Infinity", "0x10", "1 2", "$", "."})
        EXPECT_FALSE(read_number(text, '\0', '.')) << text;
    for (const auto* text : {"12,34", "1,23,456", "1234,567", ",123", "1,234,56"})
        EXPECT_FALSE(read_number(text, ',', '.')) << text;
    EXPECT_FALSE(read_number(std::string(1000, '1'), '\0', '.'));
}

TEST(ReadNumber, CountsDecimalsAndSeesCodes) {
    EXPECT_EQ(read_number("1.250", '\0', '.')->decimals, 2);
    EXPECT_EQ(read_number("1.000", '\0', '.')->decimals, 0);
    EXPECT_TRUE(read_number("00012", '\0', '.')->leading_zero);
    EXPECT_FALSE(read_number("0.5", '\0', '.')->leading_zero);
    EXPECT_FALSE(read_number("0", '\0', '.')->leading_zero);
}

std::optional<NumberStyle> style_of(const std::vector<std::string_view>& texts) {
    return find_number_style(texts);
}

TEST(NumberStyle, IsFoundForTheWholeColumn) {
    EXPECT_EQ(style_of({"1", "2.5", "-3"})->group, '\0');
    const auto english = style_of({"1,234.50", "12", "(5.00)"});
    ASSERT_TRUE(english);
    EXPECT_EQ(english->group, ',');
    EXPECT_EQ(english->decimal, '.');
    const auto german = style_of({"1.234,50", "12,1", "1.000"});
    ASSERT_TRUE(german);
    EXPECT_EQ(german->group, '.');
    EXPECT_EQ(german->decimal, ',');
    // Thousands, unless something else shows that the comma is decimal.
    EXPECT_EQ(style_of({"1,234", "5,678"})->group, ',');
    EXPECT_EQ(style_of({"1,234", "5,67"})->decimal, ',');
    EXPECT_FALSE(style_of({"a", "b", "1"}));
    EXPECT_FALSE(style_of({}));
    EXPECT_EQ(find_number_style({"a", "1,5", "2,75"}, 50)->decimal, ',');
}

TEST(PlainNumber, NeedsNoMoreThanTheDecimalSign) {
    for (const auto* text :
         {"1234.50", "1,234.50", "1'234.50", "1 234.50", " $1,234.50 ", "+1234.50"})
        EXPECT_EQ(plain_number(text, '.'), "1234.50") << text;
    EXPECT_EQ(plain_number("(1,234.50)", '.'), "-1234.50");
    EXPECT_EQ(plain_number("12-", '.'), "-12");
    EXPECT_EQ(plain_number("1e-3", '.'), "1e-3");
    EXPECT_EQ(plain_number("-15 000,00", ','), "-15000.00");
    EXPECT_EQ(plain_number("1.234.567,5", ','), "1234567.5");
    // No digit is lost.
    EXPECT_EQ(plain_number("123,456,789,012,345,678.123456789", '.'),
              "123456789012345678.123456789");
}

TEST(PlainNumber, RefusesWhatIsNone) {
    for (const auto* text :
         {"", " ", "abc", "n/a", "1,2", "1.2.3", "12,345 678", "NaN", "1e999", "-"})
        EXPECT_FALSE(plain_number(text, '.')) << text;
    for (const auto* text : {"1,234.50", "1.2", "1e3"})
        EXPECT_FALSE(plain_number(text, ',')) << text;
}

TEST(Quoting, CannotBeLeft) {
    EXPECT_EQ(quote_identifier("a\"b"), "\"a\"\"b\"");
    EXPECT_EQ(quote_literal("it's"), "'it''s'");
    EXPECT_EQ(quote_literal("a\\'"), "E'a\\\\'''");
}

TEST(NumberText, HasNoExponentAndNoMinusZero) {
    EXPECT_EQ(number_text(0.00005), "0.00005");
    EXPECT_EQ(number_text(1e15), "1000000000000000");
    EXPECT_EQ(number_text(-0.0), "0");
    EXPECT_EQ(number_text(0.1), "0.1");
}

} // namespace
} // namespace recon::definition
