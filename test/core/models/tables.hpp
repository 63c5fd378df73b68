// Tables for the tests of models.
#pragma once

#include <vector>

#include "core/models/reservoir.hpp"

namespace recon::models::test {

// Independent standard normal columns.
inline std::vector<double> normal_table(std::size_t rows, std::size_t columns, std::uint64_t seed) {
    Random random(seed);
    std::vector<double> values(rows * columns);
    for (auto& value : values)
        value = random.normal();
    return values;
}

inline Sample sample_of(const std::vector<double>& values, std::size_t columns,
                        std::uint64_t seed = 0) {
    return sample_rows({values.data(), values.size() / columns, columns}, {.seed = seed});
}

} // namespace recon::models::test
