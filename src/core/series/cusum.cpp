#include "core/series/cusum.hpp"

#include <algorithm>
#include <cmath>

#include "core/series/admitted.hpp"
#include "core/series/option_range.hpp"

namespace recon::series {

namespace {

bool is_target(double target) noexcept {
    return admitted(target);
}
bool is_allowance(double allowance) noexcept {
    return allowance >= 0 && admitted(allowance);
}
bool is_threshold(double threshold) noexcept {
    return threshold > 0 && admitted(threshold);
}

} // namespace

Cusum::Cusum(const Options& options) : options_(options) {
    require_option(is_target(options.target), "target of a CUSUM", options.target,
                   "a finite number");
    require_option(is_allowance(options.allowance), "allowance of a CUSUM", options.allowance,
                   "a finite number, and not negative");
    require_option(is_threshold(options.threshold), "threshold of a CUSUM", options.threshold,
                   "a positive number");
}

int Cusum::add(double x) noexcept {
    if (!admitted(x)) return 0;
    ++count_;
    if (restart_high_) high_ = 0;
    if (restart_low_) low_ = 0;
    const double difference = x - options_.target;
    high_ = std::max(0.0, high_ + (difference - options_.allowance));
    low_ = std::max(0.0, low_ + (-difference - options_.allowance));
    high_run_ = high_ > 0 ? (restart_high_ ? 0 : high_run_) + 1 : 0;
    low_run_ = low_ > 0 ? (restart_low_ ? 0 : low_run_) + 1 : 0;
    const bool above = high_ > options_.threshold;
    const bool below = low_ > options_.threshold;
    restart_high_ = options_.restarts && above;
    restart_low_ = options_.restarts && below;
    if (above && below) return high_ >= low_ ? 1 : -1;
    return above ? 1 : below ? -1 : 0;
}

} // namespace recon::series
