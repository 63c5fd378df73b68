#include "core/detection/baseline/robust_baseline.hpp"

#include <algorithm>
#include <cmath>

namespace recon::breaks {

void sort_few(std::span<double> values) noexcept {
    for (std::size_t i = 1; i < values.size(); ++i) {
        const double value = values[i];
        std::size_t place = i;
        for (; place > 0 && values[place - 1] > value; --place)
            values[place] = values[place - 1];
        values[place] = value;
    }
}

double median_of_sorted(std::span<const double> sorted) noexcept {
    const std::size_t n = sorted.size();
    const double upper = sorted[n / 2];
    if (n % 2 == 1) return upper;
    // Halves first: the sum of two large amounts must not overflow.
    return 0.5 * sorted[n / 2 - 1] + 0.5 * upper;
}

double median_deviation_of_sorted(std::span<const double> sorted, double center) noexcept {
    const std::size_t n = sorted.size();
    const std::size_t below = n / 2; // these lie at or below the center, the others at or above it
    const std::size_t above = n - below;
    const auto left = [&](std::size_t i) { return center - sorted[below - 1 - i]; };
    const auto right = [&](std::size_t j) { return sorted[below + j] - center; };
    // The k nearest are i from the left and k - i from the right; find i by bisection.
    const std::size_t k = (n + 1) / 2;
    std::size_t low = k > above ? k - above : 0;
    std::size_t high = std::min(k, below);
    while (low < high) {
        const std::size_t i = (low + high) / 2;
        if (right(k - i - 1) > left(i)) {
            low = i + 1;
        } else {
            high = i;
        }
    }
    const std::size_t i = low;
    const std::size_t j = k - low;
    double nearest = 0;
    if (i > 0) nearest = left(i - 1);
    if (j > 0) nearest = std::max(nearest, right(j - 1));
    if (n % 2 == 1) return nearest;
    double next = 0;
    if (i < below && j < above) {
        next = std::min(left(i), right(j));
    } else {
        next = i < below ? left(i) : right(j);
    }
    return 0.5 * nearest + 0.5 * next;
}

double winsorized_spread(std::span<const double> sorted, double center, double median_deviation,
                         double tolerance) noexcept {
    const std::size_t n = sorted.size();
    if (n < 2) return 0;
    const double robust = 1.4826 * median_deviation;
    double limit = 2.5 * std::max(robust, tolerance);
    if (n <= 4) limit = robust > tolerance ? sorted[n - 1] - sorted[0] : 5 * tolerance;
    // Four independent sums in a fixed order: the same bits everywhere, and no chain of additions.
    double sum[4] = {0, 0, 0, 0};
    std::size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        for (std::size_t k = 0; k < 4; ++k) {
            const double deviation = std::min(std::fabs(sorted[i + k] - center), limit);
            sum[k] += deviation * deviation;
        }
    }
    double total = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    for (; i < n; ++i) {
        const double deviation = std::min(std::fabs(sorted[i] - center), limit);
        total += deviation * deviation;
    }
    return std::sqrt(total / static_cast<double>(n - 1));
}

} // namespace recon::breaks
