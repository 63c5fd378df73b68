// How a workbook shows numbers, as far as that says that they are dates.
#pragma once

#include <string_view>

#include "core/base/firewall.hpp"

namespace recon::formats {

// Of the formats that every spreadsheet has, by number.
[[nodiscard]] bool is_date_format(int number) noexcept;
// Of a custom one: yyyy-mm-dd, [$-407]d. mmmm yyyy, dd/mm/yy hh:mm. A time of day alone is no date.
[[nodiscard]] bool is_date_format(std::string_view code) noexcept;

} // namespace recon::formats
