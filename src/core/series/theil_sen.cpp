#include "core/series/theil_sen.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/random.hpp"
#include "core/series/admitted.hpp"
#include "core/series/order_statistics.hpp"

namespace recon::series {

namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t on_stack = 64;
constexpr std::size_t pairs_on_stack = on_stack * (on_stack - 1) / 2;

// Slopes of all pairs, by distance: the inner loop is plain enough to run several at a time.
std::size_t all_slopes(const double* y, std::size_t n, double* slopes) noexcept {
    std::size_t count = 0;
    for (std::size_t distance = 1; distance < n; ++distance) {
        const auto divisor = static_cast<double>(distance);
        const double* later = y + distance;
        double* out = slopes + count;
        for (std::size_t i = 0; i < n - distance; ++i) {
            out[i] = (later[i] - y[i]) / divisor;
        }
        count += n - distance;
    }
    return count;
}

double middle_of(double* x, double* spare, std::size_t n) noexcept {
    return select_ranks(x, spare, n, (n - 1) / 2, n / 2).center();
}

// The median slope of 8 to 64 values. Slopes over half the length are the most precise ones: they
// say between which bounds the median must lie, and only slopes between these are divided out and
// kept. Returns NaN where the bounds turn out wrong.
double slope_between_bounds(const double* y, std::size_t n, double* inside,
                            double* spare) noexcept {
    const std::size_t half = n / 2;
    double sample[32];
    for (std::size_t i = 0; i < half; ++i) {
        sample[i] = (y[i + n - half] - y[i]) / static_cast<double>(n - half);
    }
    sort_small(sample, half);
    const std::size_t pairs = n * (n - 1) / 2;
    const std::size_t first = (pairs - 1) / 2;
    const std::size_t last = pairs / 2;
    const auto [low, high] = bracket_ranks({sample, half}, pairs, first, last, half / 6);

    std::size_t not_below = 0;
    std::size_t count = 0;
    for (std::size_t distance = 1; distance < n; ++distance) {
        const auto divisor = static_cast<double>(distance);
        const double least = low * divisor;
        const double most = high * divisor;
        const double* later = y + distance;
        const std::size_t start = count;
        for (std::size_t i = 0; i < n - distance; ++i) {
            const double rise = later[i] - y[i];
            const std::size_t from_low = rise >= least ? 1 : 0;
            const std::size_t to_high = rise <= most ? 1 : 0;
            inside[count] = rise; // overwritten by the next one where it does not count
            not_below += from_low;
            count += from_low & to_high;
        }
        for (std::size_t i = start; i < count; ++i) {
            inside[i] /= divisor;
        }
    }
    const std::size_t below = pairs - not_below;
    if (first < below || last >= below + count) return undefined;
    return select_ranks(inside, spare, count, first - below, last - below).center();
}

double slope_of_few(const double* y, std::size_t n) noexcept {
    double slopes[pairs_on_stack];
    double spare[pairs_on_stack];
    if (n > 24) {
        const double slope = slope_between_bounds(y, n, slopes, spare);
        if (slope == slope) return slope;
    }
    return middle_of(slopes, spare, all_slopes(y, n, slopes));
}

// Every observation with the same number of others, drawn by a generator that depends on the length
// alone.
template <typename Visit>
void visit_selected_pairs(std::size_t n, Visit visit) {
    Random random(n);
    const std::size_t partners =
        std::max<std::size_t>(1, most_all_pairs * (most_all_pairs - 1) / 2 / n);
    for (std::size_t i = 0; i < n; ++i) {
        if (i % 1024 == 0) poll_interrupt();
        for (std::size_t k = 0; k < partners; ++k) {
            visit(i, (i + 1 + random.below(n - 1)) % n);
        }
    }
}

double slope_of_many(const double* y, std::size_t n) {
    std::vector<double> slopes;
    if (n <= most_all_pairs) {
        slopes.resize(n * (n - 1) / 2);
        all_slopes(y, n, slopes.data());
    } else {
        visit_selected_pairs(n, [&](std::size_t i, std::size_t j) {
            slopes.push_back((y[j] - y[i]) / (static_cast<double>(j) - static_cast<double>(i)));
        });
    }
    poll_interrupt();
    return median_in_place(slopes);
}

} // namespace

RobustLine theil_sen(std::span<const double> values) {
    const std::size_t n = values.size();
    const double* y = values.data();
    if (n == 0 || !std::all_of(values.begin(), values.end(), admitted)) {
        return {undefined, undefined};
    }
    if (n == 1) return {0, y[0]};

    RobustLine line;
    line.slope = n <= on_stack ? slope_of_few(y, n) : slope_of_many(y, n);
    double few[on_stack];
    std::vector<double> many(n <= on_stack ? 0 : n);
    double* left = n <= on_stack ? few : many.data();
    for (std::size_t i = 0; i < n; ++i) {
        left[i] = y[i] - line.slope * static_cast<double>(i);
    }
    line.intercept = median_in_place({left, n});
    return line;
}

RobustLine theil_sen(std::span<const double> x, std::span<const double> y) {
    if (x.size() != y.size()) {
        throw Error(ErrorKind::invalid_parameter, "x and y differ in length",
                    "There are " + std::to_string(x.size()) + " x and " + std::to_string(y.size()) +
                        " y.");
    }
    struct Point {
        double x;
        double y;
    };
    std::vector<Point> points;
    points.reserve(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (admitted(x[i]) && admitted(y[i])) points.push_back({x[i], y[i]});
    }
    // Which pairs are selected of many must not depend on the order in which the points came.
    std::sort(points.begin(), points.end(),
              [](const Point& a, const Point& b) { return a.x != b.x ? a.x < b.x : a.y < b.y; });
    const std::size_t n = points.size();
    std::vector<double> slopes;
    const auto visit = [&](std::size_t i, std::size_t j) {
        const double run = points[j].x - points[i].x;
        if (run != 0) slopes.push_back((points[j].y - points[i].y) / run);
    };
    if (n <= most_all_pairs) {
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = i + 1; j < n; ++j) {
                visit(i, j);
            }
        }
    } else {
        visit_selected_pairs(n, visit);
    }
    poll_interrupt();
    RobustLine line{undefined, undefined};
    if (slopes.empty()) return line;
    const double slope = median_in_place(slopes);
    if (!admitted(slope)) return line; // x so close together that the slope has no double
    line.slope = slope;
    std::vector<double> left;
    left.reserve(n);
    for (const auto& point : points) {
        left.push_back(point.y - slope * point.x);
    }
    const double intercept = median_in_place(left);
    if (admitted(intercept)) line.intercept = intercept;
    return line;
}

} // namespace recon::series
