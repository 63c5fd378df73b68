#include "core/models/column_centers.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/base/interrupt.hpp"

namespace recon::models {

namespace {

struct Weighted {
    double value;
    double weight;
};

// The value at half of the weight; the mean of the two around it where it falls between them.
double weighted_median(std::vector<Weighted>& values, double total) {
    std::sort(values.begin(), values.end(),
              [](const Weighted& a, const Weighted& b) { return a.value < b.value; });
    double below = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        below += values[i].weight;
        if (below * 2 < total) continue;
        if (below * 2 > total || i + 1 == values.size()) return values[i].value;
        return values[i].value / 2 + values[i + 1].value / 2;
    }
    return 0;
}

} // namespace

std::vector<ColumnCenter> column_centers(const Sample& sample) {
    const Rows rows = sample.rows();
    const auto total = static_cast<double>(sample.total());
    std::vector<ColumnCenter> centers(sample.columns);
    std::vector<Weighted> present;
    for (std::size_t j = 0; j < sample.columns; ++j) {
        poll_interrupt();
        present.clear();
        double weight = 0;
        for (std::size_t i = 0; i < rows.count; ++i) {
            const double value = rows.row(i)[j];
            if (std::isnan(value)) continue;
            present.push_back({value, static_cast<double>(sample.counts[i])});
            weight += present.back().weight;
        }
        auto& center = centers[j];
        center.missing = 1 - weight / total;
        center.median = weighted_median(present, weight);
        for (auto& each : present)
            each.value = std::abs(each.value - center.median);
        center.mad = weighted_median(present, weight);
        if (!std::isfinite(center.mad)) center.mad = std::numeric_limits<double>::max();
    }
    return centers;
}

void serialize(std::span<const ColumnCenter> centers, ByteWriter& writer) {
    for (const auto& center : centers) {
        writer.put(center.median);
        writer.put(center.mad);
        writer.put(center.missing);
    }
}

std::vector<ColumnCenter> deserialize_column_centers(ByteReader& reader, std::size_t columns) {
    std::vector<ColumnCenter> centers(columns);
    for (auto& center : centers) {
        center.median = reader.get<double>();
        center.mad = reader.get<double>();
        center.missing = reader.get<double>();
        if (!std::isfinite(center.median) || !(center.mad >= 0) || !std::isfinite(center.mad) ||
            !(center.missing >= 0 && center.missing <= 1)) {
            reader.refuse("the middle of a column is out of range");
        }
    }
    return centers;
}

} // namespace recon::models
