// JSON as tables: an array of objects, objects line by line, or arrays of objects within an object,
// each known by its path.
#pragma once

#include <string_view>
#include <vector>

#include "core/base/firewall.hpp"
#include "formats/table/grid.hpp"

namespace recon::formats {

// Objects within a row become columns "outer.inner"; arrays within a row stay JSON text. Raises
// invalid_data for what is not JSON, with its place, and limit_exceeded for nesting deeper than
// 100.
[[nodiscard]] std::vector<Grid> read_json(std::string_view bytes);

} // namespace recon::formats
