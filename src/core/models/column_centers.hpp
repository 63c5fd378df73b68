// Where the middle of each column lies and how far its rows usually are from it: what a model says
// of itself, the direction of a contribution, and what stands in for a missing value.
#pragma once

#include <vector>

#include "core/base/bytes.hpp"
#include "core/models/reservoir.hpp"

namespace recon::models {

struct ColumnCenter {
    double median = 0;  // of the present values; 0 where there are none
    double mad = 0;     // median absolute deviation from it
    double missing = 0; // share of the rows in which it is missing
};

[[nodiscard]] std::vector<ColumnCenter> column_centers(const Sample& sample);

void serialize(std::span<const ColumnCenter> centers, ByteWriter& writer);
[[nodiscard]] std::vector<ColumnCenter> deserialize_column_centers(ByteReader& reader,
                                                                   std::size_t columns);

} // namespace recon::models
