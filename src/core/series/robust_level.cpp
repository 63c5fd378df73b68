#include "core/series/robust_level.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace recon::series {
namespace {

constexpr std::int64_t judges_from = 10;
constexpr std::int64_t limits_from = 20; // before that the deviation is too uncertain to limit by
constexpr double limit = 4;
constexpr double recent_lambda = 0.01;
constexpr double long_run_lambda = 0.002;
// With the weight above, one value can treble the long-run deviation, and values that come back
// once in a thousand are remembered.
constexpr double long_run_limit = 1000;
constexpr double long_run_share = 0.1;
constexpr double rounding = 1e-9;
constexpr double farthest = 1e6;

} // namespace

double RobustLevel::deviation() const noexcept {
    return std::max({recent_, long_run_share * long_run_, rounding * std::abs(level_)});
}

double RobustLevel::z(double x) const noexcept {
    if (count_ < judges_from) return std::numeric_limits<double>::quiet_NaN();
    const double residual = x - level_;
    if (residual == 0) return 0;
    return std::clamp(residual / deviation(), -farthest, farthest);
}

void RobustLevel::add(double x) noexcept {
    ++count_;
    if (count_ == 1) {
        level_ = x;
        return;
    }
    const double first_rows = 1 / static_cast<double>(count_); // a plain mean in the beginning
    const double residual = x - level_;
    const double distance = std::abs(residual);
    const double wide = long_run_ > 0 ? std::min(distance, long_run_limit * long_run_) : distance;
    const double step = count_ > limits_from ? std::min(distance, limit * deviation()) : distance;
    level_ += std::max(lambda_, first_rows) * std::copysign(step, residual);
    recent_ += std::max(std::min(lambda_, recent_lambda), first_rows) * (step - recent_);
    long_run_ += std::max(long_run_lambda, first_rows) * (wide - long_run_);
}

} // namespace recon::series
