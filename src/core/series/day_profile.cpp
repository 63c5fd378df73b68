#include "core/series/day_profile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace recon::series {
namespace {

constexpr double day = 86400;
constexpr std::int64_t fewest_known = 4;
constexpr std::int64_t fewest_compared = 50;
constexpr double useful_share = 0.5;
constexpr double unlimited = std::numeric_limits<double>::max();
constexpr double limit = 4; // no value counts for more than so many mean deviations
// Nor is a profile that has always fitted exactly one that never changes.
constexpr double least_residual_share = 0.1;
constexpr double profile_lambda = 0.02;
constexpr double compared_lambda = 0.005;

} // namespace

std::size_t DayProfile::quarter_of(double at) noexcept {
    const double since = std::fmod(at, day);
    const double seconds = since < 0 ? since + day : since;
    const auto quarter = static_cast<std::size_t>(seconds * (quarters / day));
    return std::min(quarter, quarters - 1); // rounding may have reached the next midnight
}

double DayProfile::residual(double x, double at) const noexcept {
    const std::size_t here = quarter_of(at);
    double nearest = std::numeric_limits<double>::quiet_NaN();
    if (quarters_[here].count < fewest_known) return nearest;
    for (const std::size_t beside : {quarters - 1, std::size_t{0}, std::size_t{1}}) {
        const auto& quarter = quarters_[(here + beside) % quarters];
        if (quarter.count == 0) continue;
        const double residual = x - quarter.usual;
        if (!(std::abs(residual) >= std::abs(nearest))) nearest = residual;
    }
    return nearest;
}

bool DayProfile::explains() const noexcept {
    return compared_ > fewest_compared && residuals_ < useful_share * deviations_;
}

void DayProfile::add(double x, double at) noexcept {
    auto& quarter = quarters_[quarter_of(at)];
    const bool settled = compared_ > fewest_compared && deviations_ > 0;
    const double most_residual =
        settled ? limit * std::max(residuals_, least_residual_share * deviations_) : unlimited;
    if (quarter.count >= fewest_known) {
        const double most_deviation = settled ? limit * deviations_ : unlimited;
        const double weight = std::max(compared_lambda, 1 / static_cast<double>(compared_ + 1));
        residuals_ += weight * (std::min(std::abs(residual(x, at)), most_residual) - residuals_);
        deviations_ +=
            weight * (std::min(std::abs(x - level_.level()), most_deviation) - deviations_);
        ++compared_;
    }
    double step = x - quarter.usual;
    if (quarter.count >= fewest_known) step = std::clamp(step, -most_residual, most_residual);
    ++quarter.count;
    quarter.usual += std::max(profile_lambda, 1 / static_cast<double>(quarter.count)) * step;
    level_.add(x);
}

} // namespace recon::series
