#include "formats/xlsx/cell_format.hpp"

#include <cstddef>

namespace recon::formats {

bool is_date_format(int number) noexcept {
    return (number >= 14 && number <= 17) || number == 22 || (number >= 27 && number <= 36) ||
           (number >= 50 && number <= 58);
}

bool is_date_format(std::string_view code) noexcept {
    bool quoted = false;
    bool bracketed = false;
    for (std::size_t i = 0; i < code.size(); ++i) {
        const char c = code[i];
        if (c == '"') {
            quoted = !quoted;
        } else if (c == '[' && !quoted) {
            bracketed = true;
        } else if (c == ']' && !quoted) {
            bracketed = false;
        } else if (c == '\\' || c == '_' || c == '*') {
            ++i; // the next character stands for itself
        } else if (c == ';' && !quoted) {
            return false; // the first section is that of positive numbers
        } else if (!quoted && !bracketed && (c == 'y' || c == 'Y' || c == 'd' || c == 'D')) {
            return true;
        }
    }
    return false;
}

} // namespace recon::formats
