// All that a text file says about how it is to be read.
#pragma once

#include <optional>
#include <vector>

#include "core/base/firewall.hpp"
#include "formats/table/profile.hpp"
#include "formats/table/table_shape.hpp"

namespace recon::formats {

// What the caller knows already, and what is not to be guessed.
struct SniffOptions {
    std::optional<Encoding> encoding;
    std::optional<char> delimiter;
    std::optional<char> quote; // 0: none
    std::optional<char> escape;
    std::optional<std::size_t> preamble;
    std::optional<std::size_t> header_rows;
    std::optional<char> decimal;
    std::optional<DateOrder> date_order;
    std::optional<DebitSign> debit;
    // Types of single columns, by header.
    std::vector<std::pair<std::string, ColumnKind>> types;
};

// Reads the beginning of the file; all of it only where the beginning leaves a question open.
// Raises invalid_data for an empty file and for what is not text.
[[nodiscard]] Sniffed sniff_csv(ByteSource& source, const SniffOptions& options = {});

// The columns of rows whose place is known: types, and the questions that stay open. Columns that
// leave a question take the answer of the other columns of the file where those agree.
[[nodiscard]] std::vector<ColumnProfile> decide_columns(const std::vector<ColumnScan>& scans,
                                                        const std::vector<std::string>& headers,
                                                        const SniffOptions& options);

} // namespace recon::formats
