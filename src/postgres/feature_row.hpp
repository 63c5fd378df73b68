// The elements of a float8[] argument that comes once for every row of a query.
#pragma once

#include <span>
#include <vector>

#include "postgres/guard.hpp"

namespace recon::postgres {

// The elements; NULL ones become NaN. They stay where the server has them, or are copied into
// `storage`, which its owner keeps from row to row. More than one dimension is refused.
[[nodiscard]] std::span<const double> read_features(Datum array, std::vector<double>& storage);

} // namespace recon::postgres
