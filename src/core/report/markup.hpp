// Text for pages: nothing that people or feeds wrote is ever markup.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "core/base/firewall.hpp"

namespace recon::report {

// The parts, one behind the other.
[[nodiscard]] std::string joined(std::initializer_list<std::string_view> parts);

// & < > " ' as entities; for element contents and attribute values in quotes.
[[nodiscard]] std::string escaped(std::string_view text);

// 1234567.5 as 1,234,567.5; at most two decimals.
[[nodiscard]] std::string shown_number(double number);
// The same in few characters: 1.2M, 350k.
[[nodiscard]] std::string short_number(double number);

} // namespace recon::report
