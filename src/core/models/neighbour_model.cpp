#include "core/models/neighbour_model.hpp"

#include "core/base/interrupt.hpp"

namespace recon::models {

NeighbourOptions NeighbourOptions::read(FitOptions& options, Scaling usual) {
    NeighbourOptions read;
    read.neighbours = static_cast<std::uint32_t>(
        options.integer("neighbours", read.neighbours, 1, NeighbourModel::most_neighbours));
    read.scaling = read_scaling(options, usual);
    return read;
}

NeighbourModel::NeighbourModel(const Sample& sample, const NeighbourOptions& options)
    : Model(FitSummary(sample)), neighbours_(options.neighbours),
      space_(sample, fit().centers, options.scaling) {
    const auto places = space_.place(sample.rows());
    points_ = Neighbours(Rows{places.data(), sample.counts.size(), sample.columns});
}

std::span<const Neighbour> NeighbourModel::Finder::operator()(const double* row) {
    poll_interrupt();
    model_.space_.place(row, place_.data());
    model_.points_.nearest(place_.data(), model_.neighbours_, found_);
    return found_;
}

std::vector<Neighbour> NeighbourModel::nearest(const double* place) const {
    poll_interrupt();
    std::vector<Neighbour> found;
    points_.nearest(place, neighbours_, found);
    return found;
}

void NeighbourModel::add_contributions(const double* row, double* magnitudes) const {
    Finder find(*this);
    const auto found = find(row);
    for (const auto& neighbour : found) {
        for (std::size_t j = 0; j < columns(); ++j) {
            const double difference = find.place()[j] - points_.coordinate(neighbour.point, j);
            magnitudes[j] += difference * difference / static_cast<double>(found.size());
        }
    }
}

void NeighbourModel::describe_method(JsonWriter& json) const {
    json.member("neighbours", static_cast<std::size_t>(neighbours_));
    json.member("scale", name_of(space_.scaling()));
    json.member("points", points_.size());
}

void NeighbourModel::serialize_method(ByteWriter& writer) const {
    writer.put(neighbours_);
    space_.serialize(writer);
    points_.serialize(writer);
}

NeighbourModel::NeighbourModel(ByteReader& reader, FitSummary fit)
    : Model(std::move(fit)), neighbours_(reader.get<std::uint32_t>()) {
    if (neighbours_ == 0 || neighbours_ > most_neighbours) {
        reader.refuse("a number of neighbours is out of range");
    }
    space_ = PointSpace::deserialize(reader, this->fit().centers);
    points_ = Neighbours::deserialize(reader, columns());
}

} // namespace recon::models
