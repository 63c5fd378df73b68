#include "core/series/sliding_order.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "core/base/error.hpp"
#include "core/series/band.hpp"

namespace recon::series {

namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

// The first index of 0 .. size - 1 for which `before` is false, or size; before(i) must not become
// true again once it is false. Written so that the compiler needs no branch on the data: in a
// window of noise each one would be mispredicted every other time.
template <class Before>
std::size_t first_not(std::size_t size, Before before) noexcept {
    if (size == 0) return 0;
    std::size_t base = 0;
    while (size > 1) {
        const std::size_t half = size / 2;
        base += before(base + half - 1) ? half : 0;
        size -= half;
    }
    return base + (before(base) ? 1 : 0);
}

std::size_t first_at_least(const double* sorted, std::size_t size, double x) noexcept {
    return first_not(size, [=](std::size_t i) { return sorted[i] < x; });
}

// Four sums side by side, since each addition would wait for the one before.
double sum_of_distances(const double* x, std::size_t n, double center) noexcept {
    double sums[4] = {};
    std::size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        for (std::size_t lane = 0; lane < 4; ++lane) {
            sums[lane] += std::abs(x[i + lane] - center);
        }
    }
    for (; i < n; ++i) {
        sums[0] += std::abs(x[i] - center);
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

} // namespace

double sorted_median(std::span<const double> sorted) noexcept {
    const std::size_t n = sorted.size();
    if (n == 0) return undefined;
    return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

double sorted_mad(std::span<const double> sorted, double center) noexcept {
    const std::size_t n = sorted.size();
    if (n == 0) return undefined;
    const double* x = sorted.data();
    // The k + 1 values nearest to the center are neighbours, so the deviation of rank k is the
    // least, over all runs of k + 1 neighbours, of the larger deviation of the run's two ends. Of
    // these the left one falls and the right one grows from run to run: the least is where they
    // cross.
    const std::size_t k = (n - 1) / 2;
    const std::size_t runs = n - k;
    const std::size_t crossing =
        first_not(runs, [=](std::size_t i) { return x[i + k] - center < center - x[i]; });
    std::size_t best = crossing;
    double deviation = 0;
    if (crossing == runs ||
        (crossing > 0 && center - x[crossing - 1] <= x[crossing + k] - center)) {
        best = crossing - 1;
        deviation = center - x[best];
    } else {
        deviation = x[best + k] - center;
    }
    if (n % 2 == 1) return deviation;
    // The next rank is the nearer of the run's two neighbours, or a tie within the run.
    double next = std::numeric_limits<double>::infinity();
    if (best > 0) next = center - x[best - 1];
    if (best + k + 1 < n) next = std::min(next, x[best + k + 1] - center);
    return (deviation + std::max(deviation, next)) / 2;
}

double sorted_mean_deviation(std::span<const double> sorted, double center) noexcept {
    if (sorted.empty()) return undefined;
    const double* x = sorted.data();
    const std::size_t below = first_at_least(x, sorted.size(), center);
    // What equals the center adds nothing; in the quiet keys that need this, it is nearly all.
    const std::size_t above = below + first_not(sorted.size() - below, [=](std::size_t i) {
                                  return x[below + i] <= center;
                              });
    const double sum = sum_of_distances(x, below, center) +
                       sum_of_distances(x + above, sorted.size() - above, center);
    return sum / static_cast<double>(sorted.size());
}

SlidingOrder::SlidingOrder(std::int64_t width) : width_(static_cast<std::size_t>(width)) {
    if (width < 1 || width > widest) {
        throw Error(ErrorKind::invalid_parameter, "window width out of range",
                    "The width is " + std::to_string(width) + "; it can be 1 to " +
                        std::to_string(widest) + ".");
    }
}

bool SlidingOrder::push(double x) {
    if (!admitted(x)) return false;
    x += 0.0; // one kind of zero, so that the order of arrival decides no sign
    const std::size_t n = sorted_.size();
    if (n < width_) {
        sorted_.insert(
            sorted_.begin() + static_cast<std::ptrdiff_t>(first_at_least(sorted_.data(), n, x)), x);
        arrivals_.push_back(x);
        return true;
    }
    const double old = arrivals_[oldest_];
    arrivals_[oldest_] = x;
    oldest_ = oldest_ + 1 == width_ ? 0 : oldest_ + 1;
    double* sorted = sorted_.data();
    const std::size_t from = first_at_least(sorted, n, old);
    const std::size_t to = first_at_least(sorted, n, x);
    if (from < to) {
        std::memmove(sorted + from, sorted + from + 1, (to - 1 - from) * sizeof(double));
        sorted[to - 1] = x;
    } else {
        std::memmove(sorted + to + 1, sorted + to, (from - to) * sizeof(double));
        sorted[to] = x;
    }
    return true;
}

double SlidingOrder::robust_sigma(double floor) const noexcept {
    const double center = median();
    double sigma = sigma_per_mad * sorted_mad(sorted_, center);
    if (sigma == 0) sigma = sigma_per_mean_deviation * sorted_mean_deviation(sorted_, center);
    return sigma < floor ? floor : sigma;
}

double SlidingOrder::robust_z(double x, double floor) const noexcept {
    return standardized(x, median(), robust_sigma(floor));
}

double SlidingOrder::robust_z_within(double x, double floor) {
    if (!admitted(x)) return undefined;
    const auto place = sorted_.insert(sorted_.begin() + static_cast<std::ptrdiff_t>(first_at_least(
                                                            sorted_.data(), sorted_.size(), x)),
                                      x);
    const double z = robust_z(x, floor);
    sorted_.erase(place);
    return z;
}

} // namespace recon::series
