#include "core/report/markup.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace recon::report {

std::string joined(std::initializer_list<std::string_view> parts) {
    std::string whole;
    for (const auto part : parts) {
        whole += part;
    }
    return whole;
}

std::string escaped(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        switch (c) {
        case '&':
            safe += "&amp;";
            break;
        case '<':
            safe += "&lt;";
            break;
        case '>':
            safe += "&gt;";
            break;
        case '"':
            safe += "&quot;";
            break;
        case '\'':
            safe += "&#39;";
            break;
        default:
            safe += c;
        }
    }
    return safe;
}

std::string shown_number(double number) {
    if (!std::isfinite(number))
        return std::isnan(number) ? "not a number" : number > 0 ? "∞" : "−∞";
    std::array<char, 400> digits{};
    const double rounded = std::abs(number) < 0.005 ? 0 : number;
    (void)std::snprintf(digits.data(), digits.size(), "%.2f", std::abs(rounded));
    std::string text = digits.data();
    const auto point = text.find('.');
    std::string decimals = text.substr(point);
    text.resize(point);
    while (decimals.back() == '0') {
        decimals.pop_back();
    }
    if (decimals == ".") decimals.clear();
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
        text.insert(static_cast<std::size_t>(at), ",");
    }
    return joined({rounded < 0 ? "−" : "", text, decimals});
}

std::string short_number(double number) {
    constexpr std::array<std::pair<double, const char*>, 3> units = {
        {{1e9, "bn"}, {1e6, "M"}, {1e3, "k"}}};
    for (const auto& [size, unit] : units) {
        if (std::abs(number) >= size * 10 || (size > 1e3 && std::abs(number) >= size)) {
            return shown_number(std::round(number / size * 10) / 10) + unit;
        }
    }
    return shown_number(number);
}

} // namespace recon::report
