#include "core/models/local_outlier_factor.hpp"

#include <algorithm>
#include <cmath>

namespace recon::models {

namespace {

// Keeps a density finite, as scikit-learn does.
constexpr double least_reach = 1e-10;

} // namespace

LocalOutlierFactor::LocalOutlierFactor(const Sample& sample, const NeighbourOptions& options)
    : NeighbourModel(sample, options) {
    const auto count = static_cast<std::uint32_t>(points().size());
    std::vector<std::vector<Neighbour>> neighbours_of(count);
    reach_.resize(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto place = points().point(i);
        neighbours_of[i] = nearest(place.data());
        if (!neighbours_of[i].empty()) reach_[i] = std::sqrt(neighbours_of[i].back().squared);
    }
    density_.resize(count);
    for (std::uint32_t i = 0; i < count; ++i)
        density_[i] = density_among(neighbours_of[i]);
}

// One over the mean distance to the neighbours, none counted as nearer than its own neighbours
// reach.
double LocalOutlierFactor::density_among(std::span<const Neighbour> found) const {
    if (found.empty()) return 1 / least_reach;
    double sum = 0;
    for (const auto& neighbour : found)
        sum += std::max(std::sqrt(neighbour.squared), reach_[neighbour.point]);
    return 1 / (sum / static_cast<double>(found.size()) + least_reach);
}

void LocalOutlierFactor::score_rows(Rows rows, double* scores) const {
    Finder find(*this);
    for (std::size_t i = 0; i < rows.count; ++i) {
        const auto found = find(rows.row(i));
        double around = 0;
        for (const auto& neighbour : found)
            around += density_[neighbour.point] / static_cast<double>(found.size());
        scores[i] = found.empty() ? 1 : around / density_among(found);
    }
}

std::string_view LocalOutlierFactor::score_meaning() const noexcept {
    return "0 or more: how many times thinner the sample's rows lie around the row than around its "
           "neighbours; near 1 is usual";
}

void LocalOutlierFactor::serialize_method(ByteWriter& writer) const {
    NeighbourModel::serialize_method(writer);
    for (const auto* values : {&reach_, &density_})
        writer.put_raw(values->data(), values->size() * sizeof(double));
}

LocalOutlierFactor::LocalOutlierFactor(ByteReader& reader, FitSummary fit)
    : NeighbourModel(reader, std::move(fit)) {
    for (auto* values : {&reach_, &density_}) {
        if (reader.remaining() / sizeof(double) < points().size()) {
            reader.refuse("the value ends too early");
        }
        values->resize(points().size());
        reader.get_raw(values->data(), values->size() * sizeof(double));
        for (const double value : *values) {
            if (!(value >= 0) || value > PointSpace::farthest * PointSpace::farthest)
                reader.refuse("a density is out of range");
        }
    }
}

std::unique_ptr<const Model> LocalOutlierFactor::deserialize(ByteReader& reader, FitSummary fit) {
    return std::unique_ptr<const Model>(new LocalOutlierFactor(reader, std::move(fit)));
}

} // namespace recon::models
