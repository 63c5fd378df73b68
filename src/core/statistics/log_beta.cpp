#include "core/statistics/log_beta.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/base/interrupt.hpp"

namespace recon::evidence {
namespace {

constexpr double half_ln_two_pi = 0.918938533204672741780329736406;
constexpr double infinity = std::numeric_limits<double>::infinity();

} // namespace

double stirling_remainder(double z) {
    // Shift upwards until the asymptotic series 6.1.40 (Abramowitz and Stegun) has full precision.
    double product = 1;
    double shifted = z;
    while (shifted < 12) {
        product *= shifted;
        shifted += 1;
    }
    const double r = 1 / (shifted * shifted);
    const double series =
        (1.0 / 12 -
         r * (1.0 / 360 -
              r * (1.0 / 1260 - r * (1.0 / 1680 - r * (1.0 / 1188 - r * (691.0 / 360360)))))) /
        shifted;
    if (shifted == z) return series;
    return series + (shifted - 0.5) * std::log(shifted) - (z - 0.5) * std::log(z) - (shifted - z) -
           std::log(product);
}

double ln_gamma(double z) {
    return (z - 0.5) * std::log(z) - z + half_ln_two_pi + stirling_remainder(z);
}

double ln_beta(double a, double b) {
    const double small = std::min(a, b);
    const double large = std::max(a, b);
    const double sum = a + b;
    // The terms of Stirling's formula, arranged so that nothing large cancels.
    return half_ln_two_pi + small * std::log(small / sum) + large * std::log1p(-small / sum) -
           0.5 * std::log(small * (large / sum)) + stirling_remainder(small) +
           (stirling_remainder(large) - stirling_remainder(sum));
}

double beta_continued_fraction(double a, double b, double x) {
    // The fraction 1/(1 + d1/(1 + d2/(1 + ...))), two coefficients at a time (its even part): the
    // numerators and denominators A of every second convergent obey
    // A(m+1) = (1 + d(2m+1) + d(2m+2)) A(m) - d(2m) d(2m+1) A(m-1).
    constexpr double tolerance = 1e-13;
    constexpr double too_large = 1e100;
    double older_up = 0;
    double older_down = 1;
    double up = 1;
    double down = 1;
    double even = 1; // d(2m); it stands for 1 before the first step, where only it counts
    for (int m = 0;; ++m) {
        const double a2m = a + 2 * m;
        const double k = m + 1;
        const double common = x / (a2m * (a2m + 1) * (a2m + 2));
        const double odd = -(a + m) * (a + b + m) * (a2m + 2) * common;
        const double next_even = k * (b - k) * a2m * common;
        const double centre = 1 + odd + next_even;
        const double product = even * odd;
        const double new_up = centre * up - product * older_up;
        const double new_down = centre * down - product * older_down;
        older_up = up;
        older_down = down;
        up = new_up;
        down = new_down;
        even = next_even;
        // Both convergents, compared without dividing.
        const double left = down * older_up;
        const double right = older_down * up;
        if (std::fabs(left - right) <= tolerance * std::fabs(left)) break;
        if ((m & 7) != 7) continue;
        const double size = std::max(std::fabs(up), std::fabs(down));
        if (size > too_large || size < 1 / too_large) {
            const double factor = 1 / size;
            older_up *= factor;
            older_down *= factor;
            up *= factor;
            down *= factor;
        }
        if ((m & 0xfff) == 0xfff) {
            poll_interrupt();
            if (m > 1000000) break;
        }
    }
    return down / up;
}

double ln_one_minus_exp(double v) {
    if (v >= 0) return -infinity;
    return v > -std::numbers::ln2 ? std::log(-std::expm1(v)) : std::log1p(-std::exp(v));
}

double ln_sum_exp(double u, double v) {
    const double high = std::max(u, v);
    if (std::isinf(high)) return high;
    return high + std::log1p(std::exp(std::min(u, v) - high));
}

double ln_incomplete_beta(double a, double b, double x, double y) {
    if (std::isnan(a) || std::isnan(b) || std::isnan(x)) return x + a + b;
    if (x <= 0) return -infinity;
    if (y <= 0) return 0;
    if (x > (a + 1) / (a + b + 2)) return ln_one_minus_exp(ln_incomplete_beta(b, a, y, x));
    // ln(x^a y^b / B(a, b)); each logarithm is of a ratio near one where the density is large.
    const double sum = a + b;
    const double density = a * std::log(x * (sum / a)) + b * std::log(y * (sum / b)) +
                           0.5 * std::log(a * (b / sum)) - half_ln_two_pi - stirling_remainder(a) -
                           stirling_remainder(b) + stirling_remainder(sum);
    return std::min(0.0, density - std::log(a) + std::log(beta_continued_fraction(a, b, x)));
}

} // namespace recon::evidence
