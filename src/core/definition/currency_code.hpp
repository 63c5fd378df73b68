// The codes of ISO 4217 (list one, active codes, and the few that still occur in histories).
#pragma once

#include <string_view>

#include "core/base/firewall.hpp"

namespace recon::definition {

// Three letters of either case that are a currency's code.
[[nodiscard]] bool is_currency_code(std::string_view text);
// One of the most traded: a column of three-letter words is of currencies only if it has one.
[[nodiscard]] bool is_major_currency(std::string_view text);

} // namespace recon::definition
