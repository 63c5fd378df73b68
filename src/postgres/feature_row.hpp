// The elements of a float8[] argument that comes once for every row of a query.
#pragma once

#include <span>
#include <vector>

#include "postgres/guard.hpp"

namespace recon::postgres {

struct FeatureRow {
    std::span<const double> values;
    std::span<const double> kinds; // what the values are, if the array has two lines
};

// The elements; NULL ones become NaN. They stay where the server has them, or are copied into
// `storage`, which its owner keeps from row to row. An array of two dimensions has two lines: more
// are refused.
[[nodiscard]] FeatureRow read_features(Datum array, std::vector<double>& storage);

} // namespace recon::postgres
