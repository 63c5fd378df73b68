// Numbers as files hold them: 1,234.56  1.234,56  1 234,56  1'234.56  (200)  12-  −5  100 CR  S 20
// USD 5  5 kr. The decimal sign of a column is found once, from all that was seen of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/firewall.hpp"

namespace recon::formats {

// A decimal number: its digits, without the decimal sign, and how many stand behind that. Digits
// keep trailing zeros: 12.50 has two decimals.
struct Amount {
    std::int64_t mantissa = 0; // where it fits
    std::string digits;        // else: the number as SQL writes it, -123.45
    int scale = 0;
    bool fits = true;
    std::string_view currency; // a code of three letters that stood beside it

    [[nodiscard]] std::string text() const;
};

// Which sign the letters of debit have (D, DR, S); those of credit (C, CR, K, H) have the other.
enum class DebitSign : std::uint8_t { negative, positive };

// Nothing where the text is not a number with this decimal sign, '.' or ','.
[[nodiscard]] std::optional<Amount> read_amount(std::string_view text, char decimal,
                                                DebitSign debit = DebitSign::negative);

// What the numbers of a column say about its decimal sign.
class DecimalEvidence {
  public:
    // False where the text is a number with neither sign.
    bool add(std::string_view text, std::uint64_t line);
    // The same of a text whose decimal sign is known to be a point.
    bool add_plain(std::string_view text, std::uint64_t line);

    // '.' or ',' where the column decides it; nothing where every number reads both ways and at
    // least one of them differently (3.000).
    [[nodiscard]] std::optional<char> decimal() const;
    [[nodiscard]] bool is_ambiguous() const;
    // The text that decided it, or the first that reads both ways.
    [[nodiscard]] const std::string& witness() const;
    [[nodiscard]] std::uint64_t witness_line() const;
    // Some numbers have decimals, so that the column is not one of whole numbers.
    [[nodiscard]] bool has_separator() const noexcept { return separator_; }

  private:
    struct Witness {
        std::size_t count = 0;
        std::string text;
        std::uint64_t line = 0;
    };
    static void note(Witness& witness, std::string_view text, std::uint64_t line);

    Witness point_;
    Witness comma_;
    Witness both_; // reads as different numbers
    bool separator_ = false;
};

// Text without blanks at its ends, those of Unicode included.
[[nodiscard]] std::string_view trimmed(std::string_view text);
// "", -, n/a, null and the like.
[[nodiscard]] bool is_placeholder(std::string_view trimmed_text);
[[nodiscard]] std::string lower_ascii(std::string_view text);

} // namespace recon::formats
