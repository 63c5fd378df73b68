// How a file is read, as it was found or given: what recon_sniff prints and a pinned profile holds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/firewall.hpp"
#include "formats/table/column_scan.hpp"
#include "formats/text/dialect.hpp"
#include "formats/text/encoding.hpp"

namespace recon::formats {

struct FileProfile {
    std::string format = "csv"; // or xlsx, json
    std::string table;          // of several in the file: its sheet, its title, its path
    Encoding encoding = Encoding::utf8;
    Dialect dialect;
    std::size_t preamble = 0; // records above the header
    std::size_t header_rows = 1;
    bool skips_totals = true;
    std::vector<ColumnProfile> columns;
};

// Where each part comes from: "encoding", "delimiter", "header", "column As of Date".
struct Finding {
    std::string part;
    std::string value;
    double confidence = 1;
    std::string evidence;
};

struct Sniffed {
    FileProfile profile;
    std::vector<Finding> findings;
    // Parts that the file leaves open, with the option that answers each.
    [[nodiscard]] std::vector<std::string> questions() const;
};

// As JSON: what a pinned profile is kept as.
[[nodiscard]] std::string profile_json(const FileProfile& profile);

} // namespace recon::formats
