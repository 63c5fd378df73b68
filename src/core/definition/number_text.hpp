// Numbers as people and systems write them into text columns: 1,234.56  (1.234,56)  1'234  $5  12-
// One style is found for a whole column, and the SQL that reads the column in that style.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/firewall.hpp"

namespace recon::definition {

struct NumberStyle {
    char group = '\0';           // separator of thousands: , . ' or space; 0 where there is none
    char decimal = '.';          // decimal sign: . or ,
    bool brackets = false;       // (12) is -12
    bool trailing_minus = false; // 12- is -12
    bool symbols = false;        // currency signs or a percent sign stand beside the number

    // Text that ::numeric reads as it is.
    [[nodiscard]] bool plain() const noexcept {
        return group == '\0' && decimal == '.' && !brackets && !trailing_minus && !symbols;
    }
};

struct Number {
    double value = 0;
    int decimals = 0;          // digits after the decimal sign that are not trailing zeros
    bool leading_zero = false; // 007: more a code than a number
    bool brackets = false;     // how it was written, for the style of the column
    bool trailing_minus = false;
    bool symbols = false;
};

// Text without leading and trailing blanks (ASCII).
[[nodiscard]] std::string_view trimmed(std::string_view text);
// "", n/a, null, -, and other ways of writing that nothing is there.
[[nodiscard]] bool is_placeholder(std::string_view trimmed_text);

// Nothing where the text is no finite number in these separators.
[[nodiscard]] std::optional<Number> read_number(std::string_view text, char group, char decimal);

// The style that reads the most of the texts (the first of equals in a fixed order, so 1,234 is
// one thousand and more), if it reads at least 95 of 100 of them and at least one.
[[nodiscard]] std::optional<NumberStyle>
find_number_style(const std::vector<std::string_view>& texts);

// "Column" quoted for SQL, and 'text' likewise.
[[nodiscard]] std::string quote_identifier(std::string_view name);
[[nodiscard]] std::string quote_literal(std::string_view text);

// SQL of type text, NULL where the SQL text is blank or one of the placeholders.
[[nodiscard]] std::string filled_text_sql(const std::string& text,
                                          const std::vector<std::string>& placeholders);
// SQL of type numeric that reads an SQL text in the given style.
[[nodiscard]] std::string numeric_sql(const std::string& text, const NumberStyle& style,
                                      const std::vector<std::string>& placeholders);

// Shortest decimal text of a number, without exponent.
[[nodiscard]] std::string number_text(double value);

} // namespace recon::definition
