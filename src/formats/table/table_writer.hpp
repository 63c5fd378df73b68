// A table on its way into a file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/firewall.hpp"
#include "formats/table/column_scan.hpp"

namespace recon::formats {

struct OutColumn {
    std::string header;
    ColumnKind kind = ColumnKind::text;
    bool is_to_fill_in = false;       // by the reader of the file
    std::vector<std::string> choices; // what may be filled in
};

// Values as text: numbers with a decimal point, dates as 2024-04-30; nothing is NULL.
using OutRow = std::vector<std::optional<std::string_view>>;

class TableWriter {
  public:
    TableWriter() = default;
    virtual ~TableWriter() = default;
    TableWriter(const TableWriter&) = delete;
    TableWriter& operator=(const TableWriter&) = delete;

    virtual void add(const OutRow& row, bool is_highlighted) = 0;
    // The bytes of the file.
    virtual std::string finish() = 0;
};

} // namespace recon::formats
