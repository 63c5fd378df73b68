// Mahalanobis distance from the mean, by a covariance that is shrunk towards equal variances
// (Ledoit and Wolf 2004): defined and stable also where columns depend on each other or outnumber
// the rows. With columns in units of their spread, as usual, it is the correlation that is shrunk.
#pragma once

#include <memory>
#include <vector>

#include <Eigen/Core>

#include "core/models/model.hpp"
#include "core/models/point_space.hpp"

namespace recon::models {

struct MahalanobisOptions {
    Scaling scaling = Scaling::standard;

    // Reads scale.
    [[nodiscard]] static MahalanobisOptions read(FitOptions& options);
};

class Mahalanobis final : public Model {
  public:
    static constexpr std::string_view name = "mahalanobis";
    static constexpr std::uint32_t usual_rows = 16384; // of the sample
    // Its bytes grow with the square of this, the fit with the cube.
    static constexpr std::size_t most_columns = 2000;

    Mahalanobis(const Sample& sample, const MahalanobisOptions& options);
    [[nodiscard]] static std::unique_ptr<const Model> deserialize(ByteReader& reader,
                                                                  FitSummary fit);

    [[nodiscard]] std::string_view method() const noexcept override { return name; }
    [[nodiscard]] std::string_view score_meaning() const noexcept override;
    void serialize_method(ByteWriter& writer) const override;

  protected:
    void score_rows(Rows rows, double* scores) const override;
    // By how much the squared distance would be less, were the column not known.
    void add_contributions(const double* row, double* magnitudes) const override;
    void describe_method(JsonWriter& json) const override;

  private:
    explicit Mahalanobis(FitSummary fit) : Model(std::move(fit)) {}
    void estimate(const Sample& sample);
    [[nodiscard]] bool whiten_all();

    // For rows in which the same columns are known: the inverse of the Cholesky factor of their
    // covariance, its lower triangle row by row. The distance of a row is the length of what this
    // makes of it.
    struct Whitening {
        std::vector<std::size_t> columns; // known and counting, by their place in counting_
        std::vector<double> factor;
        bool exists = true; // not where the covariance of the columns is none
    };
    [[nodiscard]] Whitening whitening(std::vector<std::size_t> columns) const;
    [[nodiscard]] std::vector<std::size_t> known_columns(const double* row) const;
    template <std::size_t count>
    void distances(const Whitening& whitening, const double* rows, double* result) const;

    PointSpace space_;
    double shrinkage_ = 0;
    std::vector<std::size_t> counting_; // the columns that count
    Eigen::MatrixXd covariance_;        // of these, shrunk: the lower triangle
    Whitening all_;                     // of complete rows
};

} // namespace recon::models
