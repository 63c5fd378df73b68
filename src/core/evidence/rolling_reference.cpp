#include "core/evidence/rolling_reference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace recon::evidence {
namespace {

constexpr double counts_as_equal = 0.1;
constexpr double most_extreme_ln_p = -9.210340371976182; // ln .0001
// The tail is fitted again when a sixteenth of the values is new: its cost is spread over them.
constexpr std::size_t fits_per_turnover = 16;
constexpr std::size_t fewest_between_fits = 10;

} // namespace

double RollingReference::ln_p(double statistic) const {
    if (values_.size() < fewest) return std::numeric_limits<double>::quiet_NaN();
    return tail_.ln_p(values_.sorted(), (1 - counts_as_equal) * statistic);
}

void RollingReference::add(double statistic) {
    values_.push(std::min(statistic, tail_.value_at(most_extreme_ln_p)));
    ++since_fit_;
    if (since_fit_ < std::max(fewest_between_fits, values_.size() / fits_per_turnover)) return;
    since_fit_ = 0;
    tail_.fit(values_.sorted());
}

} // namespace recon::evidence
