// From the values of mixed columns to what models compare: amounts by an asinh scale, categories by
// how rare they are. It is fitted on the sample that the model is fitted on, so it is as bounded,
// as mergeable and as deterministic as that; the model keeps it.
//
// A category becomes -ln of its share of the rows. Those that are in the sample once share one
// value with all that are not: the rare ones. So a category never seen is as strange as one row
// among all, and in a column of identifiers, where every category is new, none is strange. A
// missing value stays missing.
#pragma once

#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/json_writer.hpp"
#include "core/models/asinh_scale.hpp"
#include "core/models/feature_kind.hpp"
#include "core/models/reservoir.hpp"

namespace recon::models {

class FeatureEncoding {
  public:
    // As many kinds as the sample has columns.
    FeatureEncoding(const Sample& sample, std::span<const FeatureKind> kinds);

    [[nodiscard]] std::span<const FeatureKind> kinds() const noexcept { return kinds_; }

    // Rows of as many columns; infinite values are given as they are.
    void encode(Rows rows, double* features) const;

    void describe(JsonWriter& json) const;
    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static FeatureEncoding deserialize(ByteReader& reader, std::size_t columns);

  private:
    FeatureEncoding() = default;

    struct Categories {
        std::vector<double> codes;    // that more than one row has, ascending
        std::vector<double> rareness; // of each
        double rarest = 0;            // of all others
    };
    [[nodiscard]] static double rareness(const Categories& categories, double code) noexcept;

    std::vector<FeatureKind> kinds_;
    std::vector<AsinhScale> scales_;     // of each amount
    std::vector<Categories> categories_; // of each category
};

// The sample as a model is fitted on it: encoded, and with the encoding.
[[nodiscard]] Sample encoded(Sample sample, std::span<const FeatureKind> kinds);

} // namespace recon::models
