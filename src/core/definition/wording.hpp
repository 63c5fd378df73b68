// Pieces of the one-sentence reasons that go with every suggestion.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon::definition {

// "1 row", "24 rows"; the plural adds an s.
[[nodiscard]] std::string number_of(std::size_t count, const std::string& thing);
// "x", "x and y", "x, y and z"; more than `most` are counted: "x, y and 7 others".
[[nodiscard]] std::string enumerate(const std::vector<std::string>& things, std::size_t most = 6);
// With at most that many decimals, no trailing zeros.
[[nodiscard]] std::string rounded_text(double value, int decimals);
// At most that many bytes, with ... where something was cut off; cut between ASCII characters only.
[[nodiscard]] std::string shortened(const std::string& text, std::size_t most);
// First letter in upper case, a full stop at the end.
[[nodiscard]] std::string sentence(std::string text);

} // namespace recon::definition
