// Whether one number column is the difference of two others, row by row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/firewall.hpp"
#include "core/definition/column_profile.hpp"

namespace recon::definition {

enum class DifferenceForm : std::uint8_t {
    a_minus_b,
    b_minus_a,
    absolute, // |a - b|
    relative, // (a - b) over a or b, as a fraction or in percent
};

struct DifferenceFit {
    DifferenceForm form = DifferenceForm::a_minus_b; // of x and y as given
    std::size_t compared = 0;
    std::size_t agreeing = 0;
    bool sign_shown = false;
    std::size_t telling = 0; // agreeing rows in which difference and both sides are not zero
    bool over_x = false;     // relative to x, not to y
};

// A share of error that decimal numbers get when they are carried in binary.
inline constexpr double binary_error = 1e-9;

// The best of a - b, b - a and |a - b| for `c`, if it agrees in at least the share `needed` of the
// rows where all three are filled. A difference kept with fewer decimals than its sides may be
// rounded. All three columns must be numbers.
[[nodiscard]] std::optional<DifferenceFit> fit_difference(const ColumnProfile& x,
                                                          const ColumnProfile& y,
                                                          const ColumnProfile& c, double needed);

// (a - b) / a or / b, as a fraction or in percent, in nine of ten rows.
[[nodiscard]] std::optional<DifferenceFit>
fit_relative(const ColumnProfile& x, const ColumnProfile& y, const ColumnProfile& c);

} // namespace recon::definition
