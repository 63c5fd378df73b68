#include "formats/text/dialect.hpp"

namespace recon::formats {

std::string record_text(const std::vector<std::string_view>& fields, const Dialect& dialect) {
    const std::string special{dialect.delimiter, dialect.quote, '\n', '\r'};
    std::string record;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) record += dialect.delimiter;
        const bool plain = fields[i].find_first_of(special) == std::string_view::npos;
        if (plain || dialect.quote == '\0') {
            record += fields[i];
            continue;
        }
        record += dialect.quote;
        for (const char c : fields[i]) {
            if (c == dialect.quote) record += dialect.escape;
            record += c;
        }
        record += dialect.quote;
    }
    return record;
}

} // namespace recon::formats
