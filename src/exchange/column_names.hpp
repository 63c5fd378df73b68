// What the columns of a file are called in a table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon::exchange {

// "GL Balance (USD)" becomes gl_balance_usd: lower case, words joined by underscores, at most 59
// bytes; names that come again get a number.
[[nodiscard]] std::vector<std::string> column_names(const std::vector<std::string>& headers);

} // namespace recon::exchange
