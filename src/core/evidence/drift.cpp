#include "core/evidence/drift.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/evidence/combination.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::evidence {
namespace {

constexpr std::array<std::size_t, 4> spans = {3, 6, 12, 24};
constexpr double limit_sigmas = 3;

} // namespace

Drift drift(const EarlierLevel& before, std::span<const double> recent) {
    Drift result;
    result.ln_p = std::numeric_limits<double>::quiet_NaN();
    const bool known = std::isfinite(before.location) && before.sigma > 0 && before.kappa > 0 &&
                       before.df > 0 && std::isfinite(before.sigma);
    if (!known || recent.size() < spans.front()) return result;

    const StudentTail tail(before.df);
    const double limit = limit_sigmas * before.sigma;
    std::array<double, spans.size()> ln_p{};
    std::size_t used = 0;
    double sum = 0;
    double strongest = std::numeric_limits<double>::infinity();
    for (std::size_t k = 1; k <= recent.size() && used < spans.size(); ++k) {
        sum += std::clamp(recent[recent.size() - k] - before.location, -limit, limit);
        if (k != spans[used]) continue;
        const auto rows = static_cast<double>(k);
        const double mean = sum / rows;
        const double value =
            tail.ln_two_sided(mean / (before.sigma * std::sqrt(1 / rows + 1 / before.kappa)));
        if (value < strongest) {
            strongest = value;
            result.rows = k;
            result.shift = mean;
            result.direction = mean > 0 ? 1 : mean < 0 ? -1 : 0;
        }
        ln_p[used++] = value;
    }
    constexpr std::array<double, spans.size()> equal = {1, 1, 1, 1};
    result.ln_p = harmonic_ln_p(std::span(ln_p).first(used), std::span(equal).first(used));
    return result;
}

} // namespace recon::evidence
