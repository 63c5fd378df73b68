// Several measures of one row at once: is it strange how they come together, where none of them is
// so strange alone?
//
// A row's shape has one number for each measure: the residual that the baseline leaves, as a normal
// score with its sign. Residuals, not amounts: what a season or a known item explains has none, a
// trend is taken out, and histories of every length stand on one scale. So the models learn from
// all keys together, and cannot undo what their baselines know.
//
// Two models look at shapes. An isolation forest finds rows in thin country, whatever its outline,
// and hardly tells how far out they are; the Mahalanobis distance does, and sees measures that go
// together part, but knows one outline only. Both rank, and their ranks become p-values by a
// reference of past rows (evidence/conformal.hpp) of other keys than those they were fitted on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/evidence/conformal.hpp"
#include "core/models/model.hpp"

namespace recon::breaks {

struct ForestOptions {
    std::uint32_t trees = 100;
    std::uint32_t sample_size = 256; // rows drawn for each tree

    // Throws invalid_parameter for numbers that no forest has.
    void check() const;
};

class ShapeModels {
  public:
    // Half of the keys are fitted, the others are what a row is compared with. With fewer rows in
    // either half there are no models.
    static constexpr std::size_t fewest_rows = 256;
    // ln p of a row by each model; NaN for a row without a number.
    struct Evidence {
        double forest;   // the isolation forest
        double distance; // the Mahalanobis distance
    };

    // Shapes of past rows, each key's one after the other (shapes_of_past() in judge.hpp). The
    // order of the keys decides which half they are in. Null where they are too few, and for a
    // single measure, which comes together with nothing.
    [[nodiscard]] static std::shared_ptr<const ShapeModels>
    fit(std::span<const std::vector<double>> keys, std::size_t measures,
        const ForestOptions& options);

    // Numbers of a shape.
    [[nodiscard]] std::size_t columns() const noexcept { return ranked_.front().model->columns(); }

    // ln p of each row of `shapes`.
    [[nodiscard]] std::vector<Evidence> ln_p(std::span<const double> shapes) const;

    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static std::shared_ptr<const ShapeModels> deserialize(ByteReader& reader);

  private:
    struct Ranked {
        std::unique_ptr<const models::Model> model;
        evidence::ConformalReference reference;
    };
    explicit ShapeModels(std::vector<Ranked> ranked) : ranked_(std::move(ranked)) {}

    std::vector<Ranked> ranked_; // one of each method
};

} // namespace recon::breaks
