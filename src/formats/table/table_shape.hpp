// Where a table is in the rows of a file: lines above it, the rows of its header, its width.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/firewall.hpp"
#include "formats/table/column_scan.hpp"

namespace recon::formats {

// A row of a sample, with values of its own.
struct SampleRow {
    std::uint64_t line = 0;
    std::vector<std::string> cells;
    // Which cells the file holds as numbers and dates: written with a decimal point, and year
    // first. Empty where it holds text only.
    std::vector<bool> plain;

    [[nodiscard]] std::size_t filled() const;
};

struct TableShape {
    std::size_t preamble = 0;    // rows above the header, blank ones included
    std::size_t header_rows = 0; // 0: there is none
    std::size_t width = 0;       // columns
    double header_confidence = 0;
    std::string header_evidence;
    std::vector<std::string> headers; // one a column; column_3 where the file names none
};

// `rows` are those from the beginning of the file on.
[[nodiscard]] TableShape find_shape(const std::vector<SampleRow>& rows);
// With these numbers given.
[[nodiscard]] TableShape shape_with(const std::vector<SampleRow>& rows, std::size_t preamble,
                                    std::size_t header_rows);

// The row sums up others: one of its first filled cells is a word such as Total, and what follows
// are numbers.
[[nodiscard]] bool is_total(const std::vector<std::string_view>& cells);

} // namespace recon::formats
