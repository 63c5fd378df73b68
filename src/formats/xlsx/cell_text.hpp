// What is in a cell of a workbook, as text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/firewall.hpp"
#include "formats/values/moment.hpp"

namespace recon::formats {

// "B7" is column 1, counted from 0.
[[nodiscard]] std::size_t column_number(std::string_view place);

// A number as the workbook stores it: 0.30000000000000004 is 0.3, as a spreadsheet shows it; a
// serial number under the format of a date is 2024-04-30, with the time where there is one.
[[nodiscard]] std::string number_cell(const std::string& stored, bool is_date, DateOrder epoch);

} // namespace recon::formats
