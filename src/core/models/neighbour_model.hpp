// What models have in common that look for a row's neighbours among the rows of the sample: equal
// rows are there once, and a row is not its own neighbour.
#pragma once

#include "core/models/model.hpp"
#include "core/models/neighbours.hpp"
#include "core/models/point_space.hpp"

namespace recon::models {

struct NeighbourOptions {
    std::uint32_t neighbours = 20;
    Scaling scaling = Scaling::standard;

    // Reads neighbours and scale.
    [[nodiscard]] static NeighbourOptions read(FitOptions& options,
                                               Scaling usual = Scaling::standard);
};

class NeighbourModel : public Model {
  public:
    static constexpr std::uint32_t most_neighbours = 1000;
    static constexpr std::uint32_t usual_rows = 10'000; // of the sample

    void serialize_method(ByteWriter& writer) const override;

  protected:
    NeighbourModel(const Sample& sample, const NeighbourOptions& options);
    NeighbourModel(ByteReader& reader, FitSummary fit);

    // One row after another that asks for its neighbours.
    class Finder {
      public:
        explicit Finder(const NeighbourModel& model)
            : model_(model), place_(model.columns(), 0.0) {}
        // The nearest first; none only where the sample holds no other row. Lives until the next
        // call.
        std::span<const Neighbour> operator()(const double* row);
        // Where the row stands.
        [[nodiscard]] std::span<const double> place() const noexcept { return place_; }

      private:
        const NeighbourModel& model_;
        std::vector<double> place_;
        std::vector<Neighbour> found_;
    };

    [[nodiscard]] const Neighbours& points() const noexcept { return points_; }
    // The nearest points to a place.
    [[nodiscard]] std::vector<Neighbour> nearest(const double* place) const;

    // Each column's mean squared distance to the neighbours.
    void add_contributions(const double* row, double* magnitudes) const override;
    void describe_method(JsonWriter& json) const override;

  private:
    std::uint32_t neighbours_;
    PointSpace space_;
    Neighbours points_;
};

} // namespace recon::models
