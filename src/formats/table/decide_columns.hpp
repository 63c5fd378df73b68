// The types of a table's columns, by what each holds, what the others say, and what the caller
// knows.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/firewall.hpp"
#include "formats/table/profile.hpp"

namespace recon::formats {

inline constexpr std::array<std::string_view, 4> file_formats = {"csv", "json", "xlsx", "sie"};

// What the caller knows already, and what is not to be guessed.
struct SniffOptions {
    std::optional<std::string> format;
    std::optional<std::string> table; // of several
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

// The columns of rows whose place is known: types, and the questions that stay open. Columns that
// leave a question take the answer of the other columns of the file where those agree.
[[nodiscard]] std::vector<ColumnProfile> decide_columns(const std::vector<ColumnScan>& scans,
                                                        const std::vector<std::string>& headers,
                                                        const SniffOptions& options);

// What was found, line by line: one finding for each column.
void describe_columns(Sniffed& found);

} // namespace recon::formats
