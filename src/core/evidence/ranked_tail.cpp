#include "core/evidence/ranked_tail.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace recon::evidence {
namespace {

constexpr double tail_share = 0.02;
constexpr std::size_t fewest_in_tail = 10;
constexpr std::size_t fewest_for_tail = 100;

double ln_p_by_rank(std::span<const double> sorted, double value) {
    const auto at_least = std::lower_bound(sorted.begin(), sorted.end(), value);
    return std::log((1 + static_cast<double>(sorted.end() - at_least)) /
                    (static_cast<double>(sorted.size()) + 1));
}

} // namespace

void RankedTail::fit(std::span<const double> sorted) {
    *this = {};
    const std::size_t n = sorted.size();
    if (n < fewest_for_tail) return;
    const auto share = static_cast<std::size_t>(tail_share * static_cast<double>(n));
    const double threshold = sorted[n - std::max(fewest_in_tail, share) - 1];
    // Ties with the threshold belong to the body.
    const auto first = std::upper_bound(sorted.begin(), sorted.end(), threshold);
    std::vector<double> excesses;
    std::size_t different = 0;
    for (auto at = first; at != sorted.end(); ++at) {
        if (!std::isfinite(*at)) return;
        different += excesses.empty() || *at - threshold > excesses.back();
        excesses.push_back(*at - threshold);
    }
    if (different < fewest_in_tail) return;
    law_ = fit_generalized_pareto(excesses);
    threshold_ = threshold;
    ln_p_there_ = ln_p_by_rank(sorted, threshold);
}

double RankedTail::ln_p(std::span<const double> sorted, double value) const {
    if (exists() && value > threshold_) return ln_p_there_ + law_.ln_survival(value - threshold_);
    return ln_p_by_rank(sorted, value);
}

double RankedTail::value_at(double ln_p) const {
    return threshold_ + (exists() ? law_.excess_at(std::min(0.0, ln_p - ln_p_there_)) : 0);
}

} // namespace recon::evidence
