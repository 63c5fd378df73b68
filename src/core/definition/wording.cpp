#include "core/definition/wording.hpp"

#include <algorithm>
#include <cmath>

#include "core/definition/number_text.hpp"

namespace recon::definition {

std::string number_of(std::size_t count, const std::string& thing) {
    return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

std::string enumerate(const std::vector<std::string>& things, std::size_t most) {
    std::string text;
    const std::size_t shown = things.size() > most ? std::max<std::size_t>(most, 1) : things.size();
    const std::size_t others = things.size() - shown;
    for (std::size_t i = 0; i < shown; ++i) {
        if (i > 0) text += i + 1 == shown && others == 0 ? " and " : ", ";
        text += things[i];
    }
    if (others > 0) text += " and " + number_of(others, "other");
    return text;
}

std::string rounded_text(double value, int decimals) {
    const double scale = std::pow(10.0, decimals);
    return number_text(std::round(value * scale) / scale);
}

std::string shortened(const std::string& text, std::size_t most) {
    if (text.size() <= most) return text;
    const auto ascii = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]) < 128; };
    std::size_t end = most;
    while (end > 0 && !(ascii(end) && ascii(end - 1))) {
        --end;
    }
    return text.substr(0, end) + "...";
}

std::string sentence(std::string text) {
    if (text.empty()) return text;
    if (text.front() >= 'a' && text.front() <= 'z') {
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    }
    if (text.back() != '.') text += '.';
    return text;
}

} // namespace recon::definition
