// A number as messages say it: the shortest digits that mean it, in the server's spelling of what
// is no finite number.
#pragma once

#include <charconv>
#include <cmath>
#include <string>

#include "core/base/firewall.hpp"

namespace recon {

[[nodiscard]] inline std::string said_number(double number) {
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
    char text[32];
    // What a person would write out is written out: 1000000, not 1e+06.
    const bool is_short = number == 0 || (std::abs(number) >= 1e-5 && std::abs(number) < 1e15);
    const auto end =
        is_short ? std::to_chars(text, text + sizeof(text), number, std::chars_format::fixed).ptr
                 : std::to_chars(text, text + sizeof(text), number).ptr;
    return {text, end};
}

} // namespace recon
