#include "core/definition/number_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <system_error>

namespace recon::definition {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

constexpr std::array<std::string_view, 6> symbols = {
    "$", "%", "\xC2\xA3", "\xC2\xA5", "\xE2\x82\xAC", "\xC2\xA0"};

// Cuts one symbol off either end; true where there was one.
bool cut_symbol(std::string_view& text) {
    for (const auto symbol : symbols) {
        if (text.substr(0, symbol.size()) == symbol) {
            text.remove_prefix(symbol.size());
            return true;
        }
        if (text.size() >= symbol.size() && text.substr(text.size() - symbol.size()) == symbol) {
            text.remove_suffix(symbol.size());
            return true;
        }
    }
    return false;
}

struct Separators {
    char group;
    char decimal;
};

// Tried in this order; a later one is taken only where it reads more.
constexpr std::array<Separators, 7> separators = {
    {{'\0', '.'}, {',', '.'}, {'\'', '.'}, {' ', '.'}, {'.', ','}, {' ', ','}, {'\0', ','}}};

constexpr std::size_t longest = 64; // characters of a number

// A number as its reader sees it: the value, and its digits as the server's numeric reads them.
struct ReadNumber {
    Number number;
    std::array<char, longest + 2> plain{};
    std::size_t length = 0;
};

// Cuts blanks, a sign and a currency symbol off; true where the number is negative.
bool cut_sign(std::string_view& text) {
    text = trimmed(text);
    bool negative = false;
    bool sign = false;
    if (text.size() > 2 && text.front() == '(' && text.back() == ')') {
        text = text.substr(1, text.size() - 2);
        sign = negative = true;
    }
    // Sign and currency symbol may come in either order: -$5, $-5.
    for (bool again = true; again && !text.empty();) {
        again = false;
        if (cut_symbol(text)) {
            text = trimmed(text);
            again = true;
        } else if (!sign && (text.front() == '-' || text.front() == '+')) {
            negative = text.front() == '-';
            text.remove_prefix(1);
            sign = again = true;
        } else if (!sign && text.size() > 1 && text.back() == '-') {
            text.remove_suffix(1);
            sign = negative = again = true;
        }
    }
    return negative;
}

std::optional<ReadNumber> read_plainly(std::string_view text, char group, char decimal) {
    ReadNumber read;
    auto& number = read.number;
    auto& plain = read.plain;
    auto& length = read.length;
    const bool negative = cut_sign(text);
    if (text.empty() || text.size() > longest) return std::nullopt;

    if (negative) plain[length++] = '-';
    std::size_t i = 0;
    std::size_t digits = 0;
    std::size_t since_group = 0;
    bool grouped = false;
    for (; i < text.size() && (is_digit(text[i]) || (group != '\0' && text[i] == group)); ++i) {
        if (is_digit(text[i])) {
            plain[length++] = text[i];
            ++digits;
            ++since_group;
            continue;
        }
        // One to three digits before the first separator, exactly three between any two.
        if (digits == 0 || (grouped ? since_group != 3 : since_group > 3)) return std::nullopt;
        grouped = true;
        since_group = 0;
    }
    if (grouped && since_group != 3) return std::nullopt;
    number.leading_zero = digits > 1 && text.front() == '0';
    if (i < text.size() && text[i] == decimal) {
        plain[length++] = '.';
        ++i;
        int places = 0;
        for (; i < text.size() && is_digit(text[i]); ++i) {
            plain[length++] = text[i];
            ++digits;
            ++places;
            if (text[i] != '0') number.decimals = places;
        }
    }
    if (digits == 0) return std::nullopt;
    if (i < text.size() && (text[i] == 'e' || text[i] == 'E') && group == '\0' && decimal == '.') {
        plain[length++] = 'e';
        ++i;
        if (i < text.size() && text[i] == '+') ++i;
        if (i < text.size() && text[i] == '-') plain[length++] = text[i++];
        if (i == text.size()) return std::nullopt;
        for (; i < text.size() && is_digit(text[i]); ++i) {
            plain[length++] = text[i];
        }
    }
    if (i != text.size()) return std::nullopt;
    const auto [end, error] = std::from_chars(plain.data(), plain.data() + length, number.value);
    if (error != std::errc() || end != plain.data() + length || !std::isfinite(number.value)) {
        return std::nullopt;
    }
    return read;
}

} // namespace

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

bool is_placeholder(std::string_view text) {
    constexpr std::size_t longest = 4;
    if (text.size() > longest) return false;
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    constexpr std::array<std::string_view, 11> known = {"",     "-",  "--",  "?",    "#n/a", "n/a",
                                                        "n.a.", "na", "nan", "none", "null"};
    return std::find(known.begin(), known.end(), lower) != known.end();
}

std::optional<Number> read_number(std::string_view text, char group, char decimal) {
    const auto read = read_plainly(text, group, decimal);
    return read ? std::optional(read->number) : std::nullopt;
}

std::optional<std::string> plain_number(std::string_view text, char decimal) {
    for (const char group : {'\0', ',', '.', '\'', ' '}) {
        if (group == decimal) continue;
        if (const auto read = read_plainly(text, group, decimal)) {
            return std::string(read->plain.data(), read->length);
        }
    }
    return std::nullopt;
}

std::optional<NumberStyle> find_number_style(const std::vector<std::string_view>& texts,
                                             std::size_t percent) {
    std::size_t best_count = 0;
    NumberStyle best;
    for (const auto& [group, decimal] : separators) {
        NumberStyle style;
        style.group = group;
        style.decimal = decimal;
        std::size_t count = 0;
        for (const auto text : texts) {
            count += read_number(text, group, decimal) ? 1 : 0;
        }
        if (count > best_count) {
            best_count = count;
            best = style;
        }
        if (best_count == texts.size()) break;
    }
    if (best_count == 0 || best_count * 100 < texts.size() * percent) return std::nullopt;
    return best;
}

std::string quote_identifier(std::string_view name) {
    std::string quoted = "\"";
    for (const char c : name) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

std::string quote_literal(std::string_view text) {
    const bool escape = text.find('\\') != std::string_view::npos;
    std::string quoted = escape ? "E'" : "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') quoted += c;
        quoted += c;
    }
    return quoted + '\'';
}

std::string filled_text_sql(const std::string& text) {
    return "nullif(btrim(" + text + "), '')";
}

std::string number_text(double value) {
    constexpr std::size_t room = 400; // the longest double in fixed notation has 327 characters
    std::array<char, room> text{};
    if (value == 0) value = 0; // no minus zero
    const auto [end, error] =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    return error == std::errc() ? std::string(text.data(), end) : std::string("?");
}

} // namespace recon::definition
