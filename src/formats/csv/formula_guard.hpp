// Texts that a spreadsheet would take for formulas: =, +, -, @ and blanks that it skips in front.
// They are written with an apostrophe before them, which says that text follows, and read without
// it.
#pragma once

#include <string>
#include <string_view>

#include "core/base/firewall.hpp"

namespace recon::formats {

// Apostrophes, then what begins a formula: what is guarded once can be guarded again and read back.
[[nodiscard]] inline bool looks_like_formula(std::string_view text) {
    const auto begin = text.find_first_not_of('\'');
    return begin != std::string_view::npos &&
           std::string_view("=+-@\t\r").find(text[begin]) != std::string_view::npos;
}

[[nodiscard]] inline std::string with_guard(std::string_view text) {
    return (looks_like_formula(text) ? "'" : "") + std::string(text);
}

[[nodiscard]] inline std::string_view without_guard(std::string_view text) {
    return text.size() > 1 && text[0] == '\'' && looks_like_formula(text) ? text.substr(1) : text;
}

} // namespace recon::formats
