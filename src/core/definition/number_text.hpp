// Numbers as people and systems write them into text columns: 1,234.56  (1.234,56)  1'234  $5  12-
// In brackets or with its minus behind, a number is negative; one currency sign or percent sign may
// stand beside it.
// One style is found for a whole column; to read it on, its decimal sign is enough.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon::definition {

struct NumberStyle {
    char group = '\0';  // separator of thousands: , . ' or space; 0 where there is none
    char decimal = '.'; // decimal sign: . or ,
};

struct Number {
    double value = 0;
    int decimals = 0;          // digits after the decimal sign that are not trailing zeros
    bool leading_zero = false; // 007: more a code than a number
};

// Text without leading and trailing blanks (ASCII).
[[nodiscard]] std::string_view trimmed(std::string_view text);
// "", n/a, null, -, and other ways of writing that nothing is there.
[[nodiscard]] bool is_placeholder(std::string_view trimmed_text);

// Nothing where the text is no finite number in these separators.
[[nodiscard]] std::optional<Number> read_number(std::string_view text, char group, char decimal);

// The same number in the digits that the server's numeric reads: -1234.50. Only the decimal sign is
// given: the other of . and , or an apostrophe or a blank may separate thousands, all alike in one
// number. Nothing where the text is no finite number.
[[nodiscard]] std::optional<std::string> plain_number(std::string_view text, char decimal);

// The style that reads the most of the texts (the first of equals in a fixed order, so 1,234 is
// one thousand and more), if it reads at least this many of 100 of them and at least one.
[[nodiscard]] std::optional<NumberStyle>
find_number_style(const std::vector<std::string_view>& texts, std::size_t percent = 95);

// "Column" quoted for SQL, and 'text' likewise.
[[nodiscard]] std::string quote_identifier(std::string_view name);
[[nodiscard]] std::string quote_literal(std::string_view text);

// SQL of type text, NULL where the SQL text is blank.
[[nodiscard]] std::string filled_text_sql(const std::string& text);

// Shortest decimal text of a number, without exponent.
[[nodiscard]] std::string number_text(double value);

} // namespace recon::definition
