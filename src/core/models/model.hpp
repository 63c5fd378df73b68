// What every multivariate model is: fitted on a Sample, then immutable; scores rows, says which
// columns made a score, describes itself, and is bytes.
//
// A new method is one class derived from Model, one line in methods.cpp and one fit aggregate.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/json_writer.hpp"
#include "core/models/column_centers.hpp"
#include "core/models/feature_encoding.hpp"
#include "core/models/reservoir.hpp"
#include "core/models/rows.hpp"

namespace recon::models {

// What a model was fitted on.
struct FitSummary {
    FitSummary() = default;
    explicit FitSummary(const Sample& sample);

    std::uint64_t seed = 0;
    std::uint64_t rows_seen = 0;           // all rows that came
    std::uint64_t rows_without_values = 0; // of these, not used
    std::uint64_t non_finite_values = 0;   // taken as missing
    std::uint64_t rows_sampled = 0;        // distinct rows that were kept
    double distinct_rows = 0;              // that came: exact if sample_complete, else estimated
    bool sample_complete = true;           // every usable row was kept
    std::vector<ColumnCenter> centers;
    std::shared_ptr<const FeatureEncoding> encoding; // of mixed columns; none for plain numbers

    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static FitSummary deserialize(ByteReader& reader);
};

class Model {
  public:
    virtual ~Model() = default;
    Model(const Model&) = delete;
    Model& operator=(const Model&) = delete;

    [[nodiscard]] const FitSummary& fit() const noexcept { return fit_; }
    [[nodiscard]] std::size_t columns() const noexcept { return fit_.centers.size(); }

    // What the values of rows that are given to it must be; none: plain numbers.
    [[nodiscard]] std::span<const FeatureKind> kinds() const noexcept;
    // Throws invalid_parameter for rows of another width.
    void expect_width(std::size_t columns) const { expect_width(columns, this->columns()); }
    static void expect_width(std::size_t columns, std::size_t of_model);

    // The numbers that the method sees in place of a row. Throws invalid_parameter for another
    // width, as all below.
    [[nodiscard]] std::vector<double> encode(std::span<const double> row) const;

    // One score for each row, larger for stranger rows; NaN for a row that holds an infinity or no
    // value at all.
    void score(Rows rows, std::span<double> scores) const;
    [[nodiscard]] double score(std::span<const double> row) const;

    // How much each column has to do with the row's score: the magnitude is the method's, the sign
    // says whether the value lies above or below the column's median. NaN throughout for a row
    // without a score.
    [[nodiscard]] std::vector<double> contributions(std::span<const double> row) const;

    // Which cluster the row belongs to, counted from 1; 0 for a row without a score. Throws
    // invalid_parameter where the model knows no clusters.
    [[nodiscard]] std::size_t cluster(std::span<const double> row) const;

    // Members of the JSON object that describes the model.
    void describe(JsonWriter& json) const;
    // Of these, those that say nothing of the rows it was fitted on.
    void describe_alone(JsonWriter& json) const;

    // The method's name, which is also what its bytes begin with.
    [[nodiscard]] virtual std::string_view method() const noexcept = 0;
    // What score() lies between and means, in one sentence.
    [[nodiscard]] virtual std::string_view score_meaning() const noexcept = 0;
    virtual void serialize_method(ByteWriter& writer) const = 0;

  protected:
    explicit Model(FitSummary fit) : fit_(std::move(fit)) {}

    // Rows of the model's width; what is written for a row that is no row of numbers does not
    // count.
    virtual void score_rows(Rows rows, double* scores) const = 0;
    // Adds to each column's magnitude, not below 0, which comes as 0. The row has a score.
    virtual void add_contributions(const double* row, double* magnitudes) const = 0;
    virtual void describe_method(JsonWriter& json) const = 0;
    // The row has a score.
    [[nodiscard]] virtual std::size_t cluster_of(const double* row) const;

  private:
    FitSummary fit_;
};

} // namespace recon::models
