// Distance to the k-th nearest row (Ramaswamy, Rastogi and Shim 2000).
#pragma once

#include <memory>

#include "core/models/neighbour_model.hpp"

namespace recon::models {

class NeighbourDistance final : public NeighbourModel {
  public:
    static constexpr std::string_view name = "neighbour_distance";

    NeighbourDistance(const Sample& sample, const NeighbourOptions& options)
        : NeighbourModel(sample, options) {}
    [[nodiscard]] static std::unique_ptr<const Model> deserialize(ByteReader& reader,
                                                                  FitSummary fit);

    [[nodiscard]] std::string_view method() const noexcept override { return name; }
    [[nodiscard]] std::string_view score_meaning() const noexcept override;

  protected:
    void score_rows(Rows rows, double* scores) const override;

  private:
    NeighbourDistance(ByteReader& reader, FitSummary fit)
        : NeighbourModel(reader, std::move(fit)) {}
};

} // namespace recon::models
