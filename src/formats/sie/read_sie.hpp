// SIE 4, in which Swedish bookkeeping programs exchange ledgers: vouchers and balances as tables.
#pragma once

#include <string_view>
#include <vector>

#include "core/base/firewall.hpp"
#include "formats/table/grid.hpp"

namespace recon::formats {

// Two tables: "transactions", one row for each posting that counts (added ones in place of the copy
// for older readers, deleted ones not), and "balances", one row for each account of the current
// year with its opening balance, the sum of its postings, the closing balance that follows, and the
// one that is stated. Bytes are code page 437 as the format says, or UTF-8 where they are. Raises
// invalid_data for what is no SIE file, with the line.
[[nodiscard]] std::vector<Grid> read_sie(std::string_view bytes);

} // namespace recon::formats
