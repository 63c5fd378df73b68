// Where rows become points that have distances: each column less its mean, in units of its spread.
//
// A column that is constant in the sample has no spread, and no part in distances, unless columns
// are taken as they are. A missing value stands at its column's median. Coordinates end at 1e150,
// so that sums of their squares are numbers.
#pragma once

#include <string>
#include <vector>

#include "core/models/column_centers.hpp"
#include "core/models/fit_options.hpp"

namespace recon::models {

enum class Scaling : std::uint8_t {
    standard, // by the standard deviation (of the population)
    robust,   // by 1.4826 times the median absolute deviation; where that is 0, as standard
    none,     // as they are
};

// Reads the option scale: standard, robust or none.
[[nodiscard]] Scaling read_scaling(FitOptions& options, Scaling otherwise = Scaling::standard);
[[nodiscard]] std::string_view name_of(Scaling scaling) noexcept;

class PointSpace {
  public:
    PointSpace() = default;
    PointSpace(const Sample& sample, std::span<const ColumnCenter> centers, Scaling scaling);

    [[nodiscard]] std::size_t columns() const noexcept { return axes_.size(); }
    [[nodiscard]] Scaling scaling() const noexcept { return scaling_; }
    // Whether distances have regard to a column.
    [[nodiscard]] bool counts(std::size_t column) const noexcept {
        return axes_[column].factor != 0;
    }

    // Where a row stands.
    void place(const double* row, double* point) const noexcept {
        for (std::size_t j = 0; j < axes_.size(); ++j)
            point[j] = coordinate(j, row[j]);
    }
    [[nodiscard]] std::vector<double> place(Rows rows) const;
    [[nodiscard]] double coordinate(std::size_t column, double value) const noexcept {
        const Axis& axis = axes_[column];
        if (std::isnan(value)) return axis.missing;
        if (axis.factor == 0) return 0;
        const double place = (value - axis.mean) * axis.factor;
        return place > farthest ? farthest : (place < -farthest ? -farthest : place);
    }
    // The value at a coordinate; the mean where the column does not count.
    [[nodiscard]] double value(std::size_t column, double coordinate) const noexcept {
        const Axis& axis = axes_[column];
        return axis.factor == 0 ? axis.mean : axis.mean + coordinate / axis.factor;
    }

    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static PointSpace deserialize(ByteReader& reader,
                                                std::span<const ColumnCenter> centers);

    static constexpr double farthest = 1e150;

  private:
    struct Axis {
        double mean = 0;
        double factor = 0;
        double missing = 0; // where a missing value stands
    };

    void place_missing(std::span<const ColumnCenter> centers);

    Scaling scaling_ = Scaling::standard;
    std::vector<Axis> axes_;
};

} // namespace recon::models
