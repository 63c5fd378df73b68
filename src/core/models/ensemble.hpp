// An isolation forest and the distance to the k-th neighbour, judging together. The forest sees
// what few random cuts set apart, whatever the units; neighbours see rows that lie alone inside the
// cloud, where every column by itself is usual. Each member's score becomes a p-value against the
// scores of the sample's own rows (evidence/conformal.hpp), and the weighted harmonic mean joins
// them: a row is as strange as one member finds it, hardly less for what the other does not see.
// The score is -log10 of that p.
#pragma once

#include <memory>
#include <vector>

#include "core/evidence/conformal.hpp"
#include "core/models/isolation_forest.hpp"
#include "core/models/neighbour_distance.hpp"

namespace recon::models {

struct EnsembleOptions {
    IsolationForestOptions forest;
    NeighbourOptions neighbours{20, Scaling::robust};

    // Reads what the members read.
    [[nodiscard]] static EnsembleOptions read(FitOptions& options);
};

class Ensemble final : public Model {
  public:
    static constexpr std::string_view name = "ensemble";
    static constexpr std::uint32_t usual_rows = 10'000; // of the sample

    Ensemble(const Sample& sample, const EnsembleOptions& options);
    [[nodiscard]] static std::unique_ptr<const Model> deserialize(ByteReader& reader,
                                                                  FitSummary fit);

    [[nodiscard]] std::string_view method() const noexcept override { return name; }
    [[nodiscard]] std::string_view score_meaning() const noexcept override;
    void serialize_method(ByteWriter& writer) const override;

  protected:
    void score_rows(Rows rows, double* scores) const override;
    // Parts that add up to the score: each member's share of the evidence, divided among columns as
    // the member's own contributions are.
    void add_contributions(const double* row, double* magnitudes) const override;
    void describe_method(JsonWriter& json) const override;

  private:
    explicit Ensemble(FitSummary fit) : Model(std::move(fit)) {}

    struct Member {
        std::unique_ptr<const Model> model;
        evidence::ConformalReference reference; // the scores of the sample's rows
    };
    std::vector<Member> members_;
};

} // namespace recon::models
