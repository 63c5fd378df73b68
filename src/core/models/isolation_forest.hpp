// Isolation forest (Liu, Ting and Zhou 2008): rows that few random splits set apart are strange.
// The score is 2^(-E[h] / c(n)): near 1 for what is isolated at once, .5 where nothing
// distinguishes the rows, lower in the thick of them.
//
// Columns constant in the sample are never split; a missing value takes both branches, weighted by
// the rows that went there.
#pragma once

#include <memory>

#include "core/models/fit_options.hpp"
#include "core/models/forest_blocks.hpp"
#include "core/models/isolation_tree.hpp"
#include "core/models/model.hpp"

namespace recon::models {

struct IsolationForestOptions {
    std::uint32_t trees = 100;
    std::uint32_t sample_size = 256;     // rows drawn for each tree, without replacement
    std::uint32_t columns_per_split = 1; // more: extended forest, splits are hyperplanes

    // Reads trees, sample_size and columns_per_split.
    [[nodiscard]] static IsolationForestOptions read(FitOptions& options);
};

class IsolationForest final : public Model {
  public:
    static constexpr std::string_view name = "isolation_forest";
    static constexpr std::uint32_t usual_rows = 16384; // of the sample
    static constexpr std::uint32_t most_trees = 1000;
    static constexpr std::uint32_t largest_sample = 4096;

    IsolationForest(const Sample& sample, const IsolationForestOptions& options);
    [[nodiscard]] static std::unique_ptr<const Model> deserialize(ByteReader& reader,
                                                                  FitSummary fit);

    [[nodiscard]] std::string_view method() const noexcept override { return name; }
    [[nodiscard]] std::string_view score_meaning() const noexcept override;
    void serialize_method(ByteWriter& writer) const override;

    // E[h], the row's mean depth: what the score is made of.
    [[nodiscard]] double mean_depth(const double* row) const;

  protected:
    void score_rows(Rows rows, double* scores) const override;
    void add_contributions(const double* row, double* magnitudes) const override;
    void describe_method(JsonWriter& json) const override;

  private:
    explicit IsolationForest(FitSummary fit) : Model(std::move(fit)) {}
    [[nodiscard]] double score_of_depth(double depth) const noexcept;
    void prepare();

    IsolationForestOptions options_;
    double rows_per_tree_ = 0; // sample_size, or all rows where there are fewer
    double usual_depth_ = 0;   // of a row, were all alike
    std::vector<IsolationTree> trees_;
    ForestBlocks blocks_; // the same trees, laid out for complete rows; empty for hyperplanes
};

} // namespace recon::models
