#include "core/models/neighbour_distance.hpp"

#include <cmath>

namespace recon::models {

void NeighbourDistance::score_rows(Rows rows, double* scores) const {
    Finder find(*this);
    for (std::size_t i = 0; i < rows.count; ++i) {
        const auto found = find(rows.row(i));
        scores[i] = found.empty() ? 0 : std::sqrt(found.back().squared);
    }
}

std::string_view NeighbourDistance::score_meaning() const noexcept {
    return "0 or more: the distance to the last of the row's nearest neighbours among the "
           "different rows of the sample, in units of the scale";
}

std::unique_ptr<const Model> NeighbourDistance::deserialize(ByteReader& reader, FitSummary fit) {
    return std::unique_ptr<const Model>(new NeighbourDistance(reader, std::move(fit)));
}

} // namespace recon::models
