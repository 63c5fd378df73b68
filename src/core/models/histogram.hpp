// Histograms of each column, their evidence added up (HBOS: Goldstein and Dengel 2012). A column
// with few different values is counted value by value: the frequencies of categories. Others have
// bins of equal width over asinh((x - median) / spread), which is linear in the thick of the rows
// and logarithmic far out, so that one huge amount does not put all others into one bin.
#pragma once

#include <memory>
#include <vector>

#include "core/models/asinh_scale.hpp"
#include "core/models/fit_options.hpp"
#include "core/models/model.hpp"

namespace recon::models {

struct HistogramOptions {
    std::uint32_t bins = 10;

    // Reads bins.
    [[nodiscard]] static HistogramOptions read(FitOptions& options);
};

class Histogram final : public Model {
  public:
    static constexpr std::string_view name = "histogram";
    static constexpr std::uint32_t usual_rows = 16384; // of the sample
    static constexpr std::uint32_t most_bins = 1000;

    Histogram(const Sample& sample, const HistogramOptions& options);
    [[nodiscard]] static std::unique_ptr<const Model> deserialize(ByteReader& reader,
                                                                  FitSummary fit);

    [[nodiscard]] std::string_view method() const noexcept override { return name; }
    [[nodiscard]] std::string_view score_meaning() const noexcept override;
    void serialize_method(ByteWriter& writer) const override;

  protected:
    void score_rows(Rows rows, double* scores) const override;
    void add_contributions(const double* row, double* magnitudes) const override;
    void describe_method(JsonWriter& json) const override;

  private:
    explicit Histogram(FitSummary fit) : Model(std::move(fit)) {}

    struct Column {
        std::vector<double> values; // if counted one by one, ascending; else none
        AsinhScale scale;           // of the bins, as both numbers:
        double first = 0;           // where the first bin begins, and the last ends
        double last = 0;
        std::vector<std::uint64_t> counts; // of a value or bin
        // Of a value or bin, -ln of its share in the most frequent one, and after these that of
        // what was never seen and, the mean over the rows, that of a missing value.
        std::vector<double> evidence;

        [[nodiscard]] std::size_t bin(double value) const noexcept;
        void prepare();
    };

    HistogramOptions options_;
    std::vector<Column> columns_;
};

} // namespace recon::models
