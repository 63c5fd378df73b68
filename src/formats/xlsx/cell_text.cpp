#include "formats/xlsx/cell_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "formats/values/amount.hpp"

namespace recon::formats {
namespace {

std::string time_of_day(std::int64_t microseconds) {
    const auto seconds = static_cast<int>(microseconds / 1000000);
    std::array<char, 48> text{};
    (void)std::snprintf(text.data(), text.size(), " %02d:%02d:%02d", seconds / 3600,
                        seconds / 60 % 60, seconds % 60);
    return text.data();
}

// Up to this many digits stand as they are written: all that a double holds for certain.
constexpr std::size_t certain_digits = 15;

} // namespace

std::size_t column_number(std::string_view place) {
    std::size_t number = 0;
    for (const char c : place) {
        if (c < 'A' || c > 'Z' || number > 100000) break;
        number = number * 26 + static_cast<std::size_t>(c - 'A') + 1;
    }
    return number == 0 ? 0 : number - 1;
}

std::string number_cell(const std::string& stored, bool is_date, DateOrder epoch) {
    std::string text = stored;
    if (stored.size() > certain_digits || stored.find_first_of("eE") != std::string::npos) {
        double number = 0;
        const auto read = std::from_chars(stored.data(), stored.data() + stored.size(), number);
        if (read.ec != std::errc() || !std::isfinite(number)) return stored;
        std::array<char, 40> shown{};
        (void)std::snprintf(shown.data(), shown.size(), "%.15g", number);
        text = shown.data();
        // Written out: 1.5E-05 is 0.000015.
        if (const auto amount = read_amount(text, '.')) text = amount->text();
    }
    if (!is_date) return text;
    const auto moment = read_moment(text, epoch);
    if (!moment) return text;
    return iso_date(moment->day) + (moment->has_time ? time_of_day(moment->microseconds) : "");
}

} // namespace recon::formats
