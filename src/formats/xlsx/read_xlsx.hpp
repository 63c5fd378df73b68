// Workbooks of the .xlsx format: every sheet as its tables.
#pragma once

#include <string_view>
#include <vector>

#include "core/base/firewall.hpp"
#include "formats/table/grid.hpp"

namespace recon::formats {

// Cells as text: numbers with a decimal point in the 15 digits that a spreadsheet keeps, dates as
// 2024-04-30 of either epoch, formulas by their cached values. Raises invalid_data for what is no
// workbook, limit_exceeded for what grows without end.
[[nodiscard]] std::vector<Grid> read_xlsx(std::string_view bytes);

} // namespace recon::formats
