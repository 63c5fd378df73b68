// Empirical tail probabilities of each column, their evidence added up (ECOD: Li, Zhao, Hu, Botta,
// Ionescu and Chen 2022): of the sums over left tails, over right tails, and over the tail to which
// each column is skewed, the largest.
#pragma once

#include <memory>
#include <vector>

#include "core/models/fit_options.hpp"
#include "core/models/model.hpp"

namespace recon::models {

// It has none of its own.
struct EcodOptions {
    [[nodiscard]] static EcodOptions read(FitOptions& /*options*/) { return {}; }
};

class Ecod final : public Model {
  public:
    static constexpr std::string_view name = "ecod";
    static constexpr std::uint32_t usual_rows = 10'000; // of the sample

    Ecod(const Sample& sample, const EcodOptions& options);
    [[nodiscard]] static std::unique_ptr<const Model> deserialize(ByteReader& reader,
                                                                  FitSummary fit);

    [[nodiscard]] std::string_view method() const noexcept override { return name; }
    [[nodiscard]] std::string_view score_meaning() const noexcept override;
    void serialize_method(ByteWriter& writer) const override;

  protected:
    void score_rows(Rows rows, double* scores) const override;
    // Each column's part of the sum that is the score.
    void add_contributions(const double* row, double* magnitudes) const override;
    void describe_method(JsonWriter& json) const override;

  private:
    explicit Ecod(FitSummary fit) : Model(std::move(fit)) {}

    struct Column {
        std::vector<double> values;        // different ones, ascending
        std::vector<std::uint64_t> counts; // rows up to each of them
        bool left_skewed = false;
    };
    // -ln of the shares of rows that are no larger and no smaller.
    struct Evidence {
        double left = 0;
        double right = 0;
    };
    [[nodiscard]] static Evidence evidence(const Column& column, double value) noexcept;
    struct Sums {
        double left = 0;
        double right = 0;
        double skewed = 0;
        [[nodiscard]] double largest() const noexcept;
    };
    template <typename Each>
    Sums sums(const double* row, const Each& each) const;

    std::vector<Column> columns_;
};

} // namespace recon::models
