// k-means: rows around k centers so that the squared distances add up to little, by Lloyd's
// iterations from centers drawn by k-means++ (Arthur and Vassilvitskii 2007), the best of several
// starts. Clusters are numbered from 1, the one with the most rows first.
#pragma once

#include <memory>

#include "core/models/model.hpp"
#include "core/models/point_space.hpp"

namespace recon::models {

struct KMeansOptions {
    std::uint32_t clusters = 8; // fewer where the sample has fewer different rows
    std::uint32_t starts = 10;
    std::uint32_t iterations = 300; // of one start at most
    Scaling scaling = Scaling::standard;

    // Reads clusters, starts, iterations and scale.
    [[nodiscard]] static KMeansOptions read(FitOptions& options);
};

class KMeans final : public Model {
  public:
    static constexpr std::string_view name = "kmeans";
    static constexpr std::uint32_t usual_rows = 16384; // of the sample
    static constexpr std::uint32_t most_clusters = 1000;

    KMeans(const Sample& sample, const KMeansOptions& options);
    [[nodiscard]] static std::unique_ptr<const Model> deserialize(ByteReader& reader,
                                                                  FitSummary fit);

    [[nodiscard]] std::string_view method() const noexcept override { return name; }
    [[nodiscard]] std::string_view score_meaning() const noexcept override;
    void serialize_method(ByteWriter& writer) const override;

    // The sum of the sample's squared distances to their centers, in units of the scale.
    [[nodiscard]] double inertia() const noexcept { return inertia_; }

  protected:
    void score_rows(Rows rows, double* scores) const override;
    // Each column's squared distance to the center.
    void add_contributions(const double* row, double* magnitudes) const override;
    [[nodiscard]] std::size_t cluster_of(const double* row) const override;
    void describe_method(JsonWriter& json) const override;

  private:
    explicit KMeans(FitSummary fit) : Model(std::move(fit)) {}

    PointSpace space_;
    std::vector<double> centers_; // cluster, column
    std::vector<double> sizes_;   // rows of the sample in each
    double inertia_ = 0;
};

} // namespace recon::models
