// How character-separated text is written.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon::formats {

struct Dialect {
    char delimiter = ',';
    char quote = '"';           // 0: nothing is quoted
    char escape = '"';          // equal to the quote: it is doubled
    bool skips_blanks = false;  // between a delimiter and the field
    bool ends_at_return = true; // a carriage return alone ends a record
    std::size_t fields = 0;     // that records are expected to have; 0: not known

    friend bool operator==(const Dialect&, const Dialect&) = default;
};

// Fields as one record, quoted where they must be; without the end of the line.
[[nodiscard]] std::string record_text(const std::vector<std::string_view>& fields,
                                      const Dialect& dialect);

} // namespace recon::formats
