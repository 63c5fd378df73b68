#include "core/models/point_space.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/interrupt.hpp"

namespace recon::models {

namespace {

constexpr std::array<std::string_view, 3> scaling_names{"standard", "robust", "none"};

// What makes the median absolute deviation of normal values their standard deviation.
constexpr double mad_to_sd = 1.482602218505602;

struct Spread {
    double mean = 0;
    double deviation = 0; // standard, of the population; 0 for a constant column
};

// In two passes, and with deviations brought near 1 by a power of two, so that no square overflows.
Spread spread_of(const Sample& sample, std::size_t column) {
    const Rows rows = sample.rows();
    double weight = 0;
    double least = std::numeric_limits<double>::infinity();
    double most = -least;
    for (std::size_t i = 0; i < rows.count; ++i) {
        const double value = rows.row(i)[column];
        if (std::isnan(value)) continue;
        weight += static_cast<double>(sample.counts[i]);
        least = std::min(least, value);
        most = std::max(most, value);
    }
    if (weight == 0) return {};
    if (least == most) return {least, 0};
    const double unit = std::exp2(std::ilogb(std::max(std::abs(least), std::abs(most))));
    double sum = 0;
    for (std::size_t i = 0; i < rows.count; ++i) {
        const double value = rows.row(i)[column];
        if (!std::isnan(value)) sum += static_cast<double>(sample.counts[i]) * (value / unit);
    }
    const double mean = sum / weight;
    double squares = 0;
    for (std::size_t i = 0; i < rows.count; ++i) {
        const double value = rows.row(i)[column];
        if (std::isnan(value)) continue;
        const double deviation = value / unit - mean;
        squares += static_cast<double>(sample.counts[i]) * (deviation * deviation);
    }
    return {mean * unit, std::sqrt(squares / weight) * unit};
}

} // namespace

Scaling read_scaling(FitOptions& options, Scaling otherwise) {
    const auto chosen =
        options.choice("scale", std::string(name_of(otherwise)), {"standard", "robust", "none"});
    const auto* const found = std::find(scaling_names.begin(), scaling_names.end(), chosen);
    return static_cast<Scaling>(found - scaling_names.begin());
}

std::string_view name_of(Scaling scaling) noexcept {
    return scaling_names[static_cast<std::size_t>(scaling)];
}

PointSpace::PointSpace(const Sample& sample, std::span<const ColumnCenter> centers, Scaling scaling)
    : scaling_(scaling), axes_(sample.columns) {
    for (std::size_t j = 0; j < axes_.size(); ++j) {
        poll_interrupt();
        const auto [mean, deviation] = spread_of(sample, j);
        axes_[j].mean = mean;
        const double robust = centers[j].mad * mad_to_sd;
        double unit = deviation;
        if (scaling == Scaling::robust && robust > 0) unit = robust;
        if (scaling == Scaling::none) unit = 1;
        // The smallest spreads have no reciprocal.
        if (unit > 0) axes_[j].factor = std::min(1 / unit, std::numeric_limits<double>::max());
    }
    place_missing(centers);
}

void PointSpace::place_missing(std::span<const ColumnCenter> centers) {
    for (std::size_t j = 0; j < axes_.size(); ++j)
        axes_[j].missing = coordinate(j, centers[j].median);
}

std::vector<double> PointSpace::place(Rows rows) const {
    std::vector<double> points(rows.count * columns());
    for (std::size_t i = 0; i < rows.count; ++i)
        place(rows.row(i), points.data() + i * columns());
    return points;
}

void PointSpace::serialize(ByteWriter& writer) const {
    writer.put(scaling_);
    for (const auto& axis : axes_) {
        writer.put(axis.mean);
        writer.put(axis.factor);
    }
}

PointSpace PointSpace::deserialize(ByteReader& reader, std::span<const ColumnCenter> centers) {
    PointSpace space;
    space.scaling_ = reader.get<Scaling>();
    if (static_cast<std::size_t>(space.scaling_) >= scaling_names.size()) {
        reader.refuse("its scale is unknown");
    }
    space.axes_.resize(centers.size());
    for (auto& axis : space.axes_) {
        axis.mean = reader.get<double>();
        axis.factor = reader.get<double>();
        if (!std::isfinite(axis.mean) || !(axis.factor >= 0) || !std::isfinite(axis.factor)) {
            reader.refuse("the scale of a column is out of range");
        }
    }
    space.place_missing(centers);
    return space;
}

} // namespace recon::models
