// Has a level moved away slowly, in steps too small for any single row to notice? The last few rows
// are compared together with the level as it stood before them: under no drift the mean of k of
// them follows
//
//   t = mean(r) / (sigma sqrt(1/k + 1/kappa))    on df degrees of freedom,
//
// the predictive of a mean instead of a single value. The spans looked at (3, 6, 12, 24 rows ending
// with the newest) are combined by the harmonic mean of their p-values. No row counts for more than
// three sigma, so that one spike is not a drift.
#pragma once

#include <cstddef>
#include <span>

#include "core/base/firewall.hpp"

namespace recon::evidence {

// What was known of a key before the rows in question.
struct EarlierLevel {
    double location = 0;
    double sigma = 0; // noise of one row about the level; > 0
    double kappa = 0; // rows the location is worth; > 0 (2n/pi for the median of n)
    double df = 0;    // degrees of freedom of sigma; > 0, may be infinite
};

struct Drift {
    double ln_p = 0;      // NaN with fewer than three recent rows, or a level out of range
    double shift = 0;     // mean departure from the level over `rows`, each limited to 3 sigma
    std::size_t rows = 0; // the span with the strongest evidence
    int direction = 0;
};

// `recent` holds the rows after the level was measured, oldest first, the judged row last; only
// the last 24 are used. Non-finite values must have been left out.
[[nodiscard]] Drift drift(const EarlierLevel& before, std::span<const double> recent);

} // namespace recon::evidence
