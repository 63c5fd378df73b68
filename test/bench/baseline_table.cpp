// Prints src/core/detection/baseline/baseline_table.inc: how exact the robust level, trend and
// spread are with so many rows, under normal noise, by simulation.
//
// For each history length n: the spread s has ln s^2 of some mean and variance; `df` is the d for
// which a chi-squared variance with d degrees of freedom has that variance (trigamma(d/2)), and
// `correction` multiplies s so that its mean agrees too. `tail_df` is the Student t whose two-sided
// .001 point is that of the next row's standardized residual, and `spread_factor` is c in the
// variance of prediction s^2 (1 + c/n), from the standard deviation of the predicted value.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>

#include "core/base/random.hpp"
#include "core/detection/baseline/robust_baseline.hpp"
#include "core/statistics/log_tails.hpp"
#include "core/statistics/normal_inverse_gamma.hpp"

namespace {

using recon::Random;
using namespace recon::breaks;

double theil_sen(const std::vector<double>& x, std::vector<double>& slopes) {
    slopes.clear();
    for (std::size_t j = 1; j < x.size(); ++j) {
        for (std::size_t i = 0; i < j; ++i) {
            slopes.push_back((x[j] - x[i]) / static_cast<double>(j - i));
        }
    }
    const auto middle = slopes.begin() + static_cast<std::ptrdiff_t>(slopes.size() / 2);
    std::nth_element(slopes.begin(), middle, slopes.end());
    const double upper = *middle;
    if (slopes.size() % 2 == 1) return upper;
    return 0.5 * (upper + *std::max_element(slopes.begin(), middle));
}

// The df whose Student t has `point` as its two-sided .001 point, by bisection.
double df_of(double point, double ln_p) {
    double low = 0.5;
    double high = 1000;
    for (int step = 0; step < 60; ++step) {
        const double middle = std::sqrt(low * high);
        (recon::evidence::ln_student_two_sided(point, middle) > ln_p ? low : high) = middle;
    }
    return low;
}

void line(std::size_t n, bool trend, std::size_t repetitions) {
    Random random(n * 2 + (trend ? 1 : 0));
    std::vector<double> x(n), sorted(n), slopes, error(repetitions), spread(repetitions);
    double sum = 0, sum_squares = 0, prediction = 0;
    for (std::size_t r = 0; r < repetitions; ++r) {
        for (double& value : x)
            value = random.normal();
        const double slope = trend ? theil_sen(x, slopes) : 0.0;
        for (std::size_t i = 0; i < n; ++i)
            sorted[i] = x[i] - slope * static_cast<double>(i);
        std::sort(sorted.begin(), sorted.end());
        const double level = median_of_sorted(sorted);
        const double deviation = median_deviation_of_sorted(sorted, level);
        spread[r] = winsorized_spread(sorted, level, deviation, 0);
        const double expected = level + slope * static_cast<double>(n);
        prediction += expected * expected;
        error[r] = random.normal() - expected;
        const double ln_variance = 2 * std::log(spread[r]);
        sum += ln_variance;
        sum_squares += ln_variance * ln_variance;
    }
    const auto count = static_cast<double>(repetitions);
    const double mean = sum / count;
    const double variance = sum_squares / count - mean * mean;
    const double df = 2 * recon::evidence::trigamma_inverse(variance);
    const double ideal = boost::math::digamma(df / 2) - std::log(df / 2);
    const double correction = std::exp((ideal - mean) / 2);
    const double factor = prediction / count * static_cast<double>(n);
    const double widening = std::sqrt(1 + factor / static_cast<double>(n));
    for (std::size_t r = 0; r < repetitions; ++r) {
        error[r] = std::fabs(error[r]) / (spread[r] * correction * widening);
    }
    const auto at = static_cast<std::ptrdiff_t>(0.999 * count);
    std::nth_element(error.begin(), error.begin() + at, error.end());
    const double tail_df = df_of(error[static_cast<std::size_t>(at)], std::log(0.001));
    std::printf("{%.4f, %.3f, %.3f, %.3f}, // %zu\n", correction, df, std::min(tail_df, 2 * df),
                factor, n);
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    const auto repetitions = static_cast<std::size_t>(argc > 1 ? std::atoi(argv[1]) : 200000);
    std::printf("// Made by test/bench/baseline_table.cpp with %zu repetitions.\n", repetitions);
    std::printf("constexpr BaselineExactness level_table[] = {\n");
    for (std::size_t n = 3; n <= 64; ++n)
        line(n, false, repetitions);
    std::printf("};\nconstexpr BaselineExactness trend_table[] = {\n");
    for (std::size_t n = 4; n <= 64; ++n)
        line(n, true, n > 24 ? repetitions / 2 : repetitions);
    std::printf("};\n");
}
