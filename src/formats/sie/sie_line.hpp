// A line of a SIE file: its label and fields.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon::formats {

struct SieLine {
    std::string label; // TRANS; empty for a blank line, { or } for the brackets of a voucher
    std::vector<std::string> fields;

    // Empty where the line has fewer.
    [[nodiscard]] std::string_view field(std::size_t at) const {
        return at < fields.size() ? std::string_view(fields[at]) : std::string_view();
    }
};

// Fields are separated by blanks; quoted ones may hold blanks and \"; {1 "100"} is one field.
[[nodiscard]] SieLine read_sie_line(std::string_view line);

} // namespace recon::formats
