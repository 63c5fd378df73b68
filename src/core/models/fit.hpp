// A fit under way: which method with which options, and the rows it will be fitted on. The state of
// every fit aggregate; the model is the same whatever the order of the rows, the cut of the data
// and the number of partial states.
#pragma once

#include <memory>

#include "core/models/feature_kind.hpp"
#include "core/models/methods.hpp"
#include "core/models/reservoir.hpp"

namespace recon::models {

class Fit {
  public:
    // Options of every method: seed, and max_rows, how many distinct rows the sample holds. Throws
    // invalid_parameter for an option that the method does not have or a value out of range.
    Fit(std::string_view method, FitOptions options);

    [[nodiscard]] const FitOptions& options() const noexcept { return options_; }
    [[nodiscard]] Reservoir& rows() noexcept { return rows_; }
    [[nodiscard]] const Reservoir& rows() const noexcept { return rows_; }

    // What the values of the next row are: the same for all rows, and before the first one. An
    // empty line: plain numbers. Throws invalid_parameter where they differ.
    void expect_kinds(std::span<const double> line);

    // Throws invalid_parameter where method or options differ.
    void merge(const Fit& other);

    // Null where no row held a value.
    [[nodiscard]] std::unique_ptr<const Model> fit() const;

    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static Fit deserialize(ByteReader& reader);

  private:
    FitOptions options_; // as given
    const Method* method_;
    Fitter fitter_;
    std::vector<FeatureKind> kinds_; // none: plain numbers
    Reservoir rows_;
};

} // namespace recon::models
