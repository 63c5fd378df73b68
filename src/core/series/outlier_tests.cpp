#include "core/series/outlier_tests.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/base/interrupt.hpp"
#include "core/series/admitted.hpp"
#include "core/series/significance_level.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::series {

namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

struct Candidate {
    double value;
    std::size_t index;
};

std::vector<Candidate> candidates_of(std::span<const double> values) {
    std::vector<Candidate> candidates;
    candidates.reserve(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (admitted(values[i])) candidates.push_back({values[i], i});
    }
    return candidates;
}

// The exponents of long double are wide enough for the square of any double, large or small.
struct Spread {
    double n = 0;
    long double center = 0;
    long double squares = 0;
    [[nodiscard]] long double stddev() const noexcept { return std::sqrt(squares / (n - 1)); }
};

// Two passes, since sums over what is left after a removal must keep nothing of what has gone.
Spread spread_of(std::span<const Candidate> left) {
    Spread spread{.n = static_cast<double>(left.size())};
    const long double first = left.front().value;
    long double sum = 0;
    for (const auto& candidate : left) {
        sum += candidate.value - first;
    }
    spread.center = first + sum / spread.n;
    for (const auto& candidate : left) {
        const long double deviation = candidate.value - spread.center;
        spread.squares += deviation * deviation;
    }
    return spread;
}

// Fills in statistic, critical value and ln p for the value x of n >= 3, the most extreme one. The
// statistic is a function of one Student t on n - 2 degrees of freedom: the distance of x from the
// others in their own standard deviations. That is computed from the others, not from the
// statistic, which a large outlier brings within rounding of its limit (n - 1) / sqrt(n).
void judge(OutlierTest& test, double x, const Spread& all, const Spread& others, double alpha,
           Side side) {
    const double n = all.n;
    const evidence::StudentTail student(n - 2);
    const double ln_candidates = std::log(n);
    const double ln_level = std::log(alpha) - ln_candidates;
    const bool two_sided = side == Side::both;
    const double t =
        student.two_sided_quantile(two_sided ? ln_level : ln_level + std::numbers::ln2);
    test.critical = (n - 1) / std::sqrt(n) * std::sqrt(t * t / (n - 2 + t * t));

    const double sign = two_sided ? (x < all.center ? -1 : 1) : side == Side::low ? -1 : 1;
    const long double distance = sign * (x - all.center);
    if (!(distance > 0 && all.squares > 0)) { // all agree
        test.statistic = 0;
        test.ln_p = 0;
        return;
    }
    test.statistic = static_cast<double>(distance / all.stddev());
    const auto found = static_cast<double>(sign * (x - others.center) /
                                           (others.stddev() * std::sqrt(n / (n - 1))));
    const double ln_tail = two_sided ? student.ln_two_sided(found) : student.ln_upper(found);
    test.ln_p = std::min(0.0, ln_candidates + ln_tail);
}

} // namespace

OutlierTest grubbs_test(std::span<const double> values, double alpha, Side side) {
    static_cast<void>(checked_level(alpha));
    auto candidates = candidates_of(values);
    OutlierTest test{0, undefined, undefined, undefined};
    if (candidates.size() < 3) return test;

    const auto all = spread_of(candidates);
    std::size_t most_extreme = 0;
    long double farthest = -std::numeric_limits<long double>::infinity();
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const long double difference = candidates[i].value - all.center;
        const long double distance = side == Side::both  ? std::abs(difference)
                                     : side == Side::low ? -difference
                                                         : difference;
        if (distance > farthest) {
            farthest = distance;
            most_extreme = i;
        }
    }
    const auto [value, index] = candidates[most_extreme];
    test.index = index;
    candidates.erase(candidates.begin() + static_cast<std::ptrdiff_t>(most_extreme));
    judge(test, value, all, spread_of(candidates), alpha, side);
    return test;
}

ExtremeDeviates generalized_esd(std::span<const double> values, std::size_t most, double alpha) {
    static_cast<void>(checked_level(alpha));
    auto sorted = candidates_of(values);
    std::sort(sorted.begin(), sorted.end(), [](const Candidate& a, const Candidate& b) {
        return a.value != b.value ? a.value < b.value : a.index < b.index;
    });
    ExtremeDeviates result;
    if (sorted.size() < 3) return result;
    // What is left stays a range of the sorted values: the most extreme one is at one of its ends.
    std::span<const Candidate> left = sorted;
    Spread spread = spread_of(left);
    while (result.tests.size() < most && left.size() >= 3 && spread.squares > 0) {
        poll_interrupt();
        const long double below = spread.center - left.front().value;
        const long double above = left.back().value - spread.center;
        const bool high = above >= below;
        const auto [value, index] = high ? left.back() : left.front();
        left = high ? left.first(left.size() - 1) : left.subspan(1);
        const auto others = spread_of(left);
        OutlierTest test;
        test.index = index;
        judge(test, value, spread, others, alpha, Side::both);
        result.tests.push_back(test);
        if (test.significant()) result.outliers = result.tests.size();
        spread = others;
    }
    return result;
}

} // namespace recon::series
