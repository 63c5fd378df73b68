// Keys for the programs that measure speed: one measure, a row a day.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/detection/history/key_series.hpp"

namespace recon::bench {

inline constexpr std::int32_t first_day = 8402; // 2023-01-02

// value(k, i) is asked key by key, row after row.
template <typename Value>
std::vector<breaks::KeySeries> generated_keys(std::size_t keys, std::size_t rows, double tolerance,
                                              bool are_targets, const Value& value) {
    std::vector<breaks::KeySeries> result;
    result.reserve(keys);
    for (std::size_t k = 0; k < keys; ++k) {
        breaks::KeySeries series;
        series.reserve(rows);
        for (std::size_t i = 0; i < rows; ++i) {
            const double difference = value(k, i);
            series.append(first_day + static_cast<std::int32_t>(i), std::span(&difference, 1),
                          std::fabs(difference) > tolerance, are_targets, 0, i);
        }
        series.sort();
        result.push_back(std::move(series));
    }
    return result;
}

} // namespace recon::bench
