// Local outlier factor (Breunig, Kriegel, Ng and Sander 2000): how much thinner the rows lie around
// a row than around its neighbours. A row of the sample has the factor it has within the sample;
// another one that of a row that joins it without changing the others.
#pragma once

#include <memory>

#include "core/models/neighbour_model.hpp"

namespace recon::models {

class LocalOutlierFactor final : public NeighbourModel {
  public:
    static constexpr std::string_view name = "local_outlier_factor";

    LocalOutlierFactor(const Sample& sample, const NeighbourOptions& options);
    [[nodiscard]] static std::unique_ptr<const Model> deserialize(ByteReader& reader,
                                                                  FitSummary fit);

    [[nodiscard]] std::string_view method() const noexcept override { return name; }
    [[nodiscard]] std::string_view score_meaning() const noexcept override;
    void serialize_method(ByteWriter& writer) const override;

  protected:
    void score_rows(Rows rows, double* scores) const override;

  private:
    LocalOutlierFactor(ByteReader& reader, FitSummary fit);
    [[nodiscard]] double density_among(std::span<const Neighbour> found) const;

    std::vector<double> reach_;   // by point, the distance to its last neighbour
    std::vector<double> density_; // by point, local reachability density
};

} // namespace recon::models
