// A row of a file of any format, on its way into a table.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon::formats {

enum class RowKind : std::uint8_t { data, preamble, header, repeated_header, blank, total };
inline constexpr std::array<std::string_view, 6> row_kinds = {
    "data", "preamble", "header", "repeated_header", "blank", "total"};

struct Row {
    std::uint64_t line = 0; // where it begins in the file; the first is 1
    RowKind kind = RowKind::data;
    std::string_view raw; // as the file has it, decoded
    std::vector<std::string_view> cells;
};

class RowSource {
  public:
    RowSource() = default;
    virtual ~RowSource() = default;
    RowSource(const RowSource&) = delete;
    RowSource& operator=(const RowSource&) = delete;

    // The next row; false at the end. What it points to lives until the next call.
    virtual bool next(Row& row) = 0;
    // For progress: how much of the file was read.
    [[nodiscard]] virtual std::uint64_t bytes_read() const = 0;
};

} // namespace recon::formats
