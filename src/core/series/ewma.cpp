#include "core/series/ewma.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/series/admitted.hpp"
#include "core/series/option_range.hpp"

namespace recon::series {

namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

bool is_lambda(double lambda) noexcept {
    return lambda > 0 && lambda <= 1; // false for NaN
}

// Counted from the nearer end, so that nothing is left of a level that keeps no weight.
double part_of_the_way(double from, double to, double share) noexcept {
    const double way = to - from;
    return share <= 0.5 ? from + way * share : to - way * (1 - share);
}

double checked_lambda(double lambda) {
    require_option(is_lambda(lambda), "alpha of an EWMA", lambda, "above 0 and at most 1");
    return lambda;
}

} // namespace

Ewma::Ewma(double lambda) : lambda_(checked_lambda(lambda)) {}

// The weighted form of Welford's update (West 1979), all earlier weights times 1 - lambda.
bool Ewma::add(double x) noexcept {
    if (!admitted(x)) return false;
    const double keep = 1 - lambda_;
    const double earlier = keep * weights_;
    ++count_;
    weights_ = earlier + 1;
    squared_weights_ = keep * keep * squared_weights_ + 1;
    const double delta = x - level_;
    const double share = 1 / weights_;
    level_ = part_of_the_way(level_, x, share);
    squares_ = std::min(keep * squares_ + delta * (delta * (earlier * share)),
                        std::numeric_limits<double>::max());
    return true;
}

double Ewma::level() const noexcept {
    return count_ > 0 ? level_ : undefined;
}

double Ewma::variance() const noexcept {
    if (count_ < 2) return undefined;
    const double freedom = weights_ - squared_weights_ / weights_;
    // With lambda 1 only the newest value has any weight, and one value has no variance.
    if (!(freedom > 0)) return undefined;
    return std::min(squares_ / freedom, std::numeric_limits<double>::max());
}

double Ewma::stddev() const noexcept {
    return std::sqrt(variance());
}

double Ewma::predictive_stddev() const noexcept {
    return stddev() * std::sqrt(1 + squared_weights_ / (weights_ * weights_));
}

ControlLimits ewma_limits(double target, double sigma, double lambda, double multiple,
                          double observations) noexcept {
    const double left = std::isinf(observations) ? 0 : std::pow(1 - lambda, 2 * observations);
    const double half = multiple * sigma * std::sqrt(lambda / (2 - lambda) * (1 - left));
    return {target - half, target + half};
}

EwmaChart::EwmaChart(const Options& options) : options_(options), level_(options.target) {
    require_option(admitted(options.target), "target of an EWMA", options.target,
                   "a finite number");
    require_option(options.sigma >= 0 && admitted(options.sigma), "deviation of an EWMA",
                   options.sigma, "a finite number, and not negative");
    static_cast<void>(checked_lambda(options.lambda));
    require_option(options.multiple > 0 && admitted(options.multiple), "width of an EWMA",
                   options.multiple, "a positive number");
}

int EwmaChart::add(double x) noexcept {
    if (!admitted(x)) return 0;
    ++count_;
    level_ = part_of_the_way(level_, x, options_.lambda);
    const auto [lower, upper] = limits();
    return level_ < lower ? -1 : level_ > upper ? 1 : 0;
}

ControlLimits EwmaChart::limits() const noexcept {
    return ewma_limits(options_.target, options_.sigma, options_.lambda, options_.multiple,
                       static_cast<double>(count_));
}

} // namespace recon::series
