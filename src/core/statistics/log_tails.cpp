#include "core/statistics/log_tails.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/base/interrupt.hpp"
#include "core/statistics/log_beta.hpp"

namespace recon::evidence {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double half_ln_two_pi = 0.918938533204672741780329736406;
constexpr double sqrt_half = 0.707106781186547524400844362105;

// Above this many degrees of freedom the first-order correction of the normal limit is exact to
// 1e-9 in ln p.
constexpr double normal_limit_df = 1e6;

// ln of the upper normal tail beyond z >= 15: the asymptotic series 26.2.12 (Abramowitz, Stegun).
double ln_normal_far(double z) {
    const double r = 1 / (z * z);
    double term = 1;
    double sum = 0;
    for (int k = 1; k <= 9; ++k) {
        term *= -(2 * k - 1) * r;
        sum += term;
    }
    return -0.5 * z * z - std::log(z) - half_ln_two_pi + std::log1p(sum);
}

} // namespace

double ln_normal_upper(double z) {
    if (z >= 15) return z == infinity ? -infinity : ln_normal_far(z);
    if (z < -1) return std::log1p(-0.5 * std::erfc(-z * sqrt_half));
    return std::log(0.5 * std::erfc(z * sqrt_half));
}

double ln_normal_two_sided(double z) {
    const double size = std::fabs(z);
    if (size >= 15) return std::numbers::ln2 + ln_normal_upper(size);
    if (size < 0.5) return std::log1p(-std::erf(size * sqrt_half));
    return std::log(std::erfc(size * sqrt_half));
}

double normal_upper_quantile(double ln_p) {
    if (std::isnan(ln_p)) return ln_p;
    if (ln_p >= 0) return -infinity;
    if (ln_p == -infinity) return infinity;
    // By symmetry only the upper half is searched, where ln of the tail is smooth and concave.
    if (ln_p > -std::numbers::ln2) {
        const double other = ln_one_minus_exp(ln_p);
        return other >= -std::numbers::ln2 ? 0.0 : -normal_upper_quantile(other);
    }
    double z = std::sqrt(-2 * (ln_p + std::numbers::ln2));
    for (int i = 0; i < 60; ++i) {
        const double value = ln_normal_upper(z);
        const double slope = -std::exp(-0.5 * z * z - half_ln_two_pi - value); // d ln Q / dz
        const double step = (value - ln_p) / slope;
        z -= step;
        if (std::fabs(step) <= 1e-14 * (1 + std::fabs(z))) break;
    }
    return z;
}

double normal_two_sided_quantile(double ln_p) {
    if (ln_p >= 0) return 0;
    return normal_upper_quantile(ln_p - std::numbers::ln2);
}

StudentTail::StudentTail(double df)
    : df_(df), ln_beta_(df < normal_limit_df ? ln_beta(0.5 * df, 0.5) : 0),
      switch_squared_(std::min(9.0, 3 + 0.1 * df)) {}

double StudentTail::ln_two_sided(double t) const {
    const double size = std::fabs(t);
    if (!(size < infinity)) return std::isnan(size) ? size : -infinity;
    if (df_ >= normal_limit_df) {
        if (df_ == infinity) return ln_normal_two_sided(size);
        // With w = sqrt(df ln(1 + t^2/df)) the density of t becomes a slowly varying factor times
        // the normal density of w; integrate that factor by parts once.
        const double w_squared = df_ * std::log1p(size * (size / df_));
        const double w = std::sqrt(w_squared);
        const double ln_normal = ln_normal_two_sided(w);
        if (w == 0) return ln_normal;
        const double q = w_squared / df_;
        const double excess = q < 1e-4 ? q * (0.25 + q / 96) : std::sqrt(q / -std::expm1(-q)) - 1;
        const double ratio = std::exp(-0.5 * w_squared - half_ln_two_pi - ln_normal);
        return std::min(0.0, ln_normal + std::log1p(2 * ratio * excess / w));
    }
    const double half = 0.5 * df_;
    const double q = size * (size / df_);
    // P = I_x(df/2, 1/2) with x = df/(df + t^2), of which y = 1 - x (26.7.1, Abramowitz, Stegun).
    if (q > 1e15) {
        const double ln_x = std::log(df_) - 2 * std::log(size);
        return std::min(0.0, half * ln_x - std::log(half) - ln_beta_);
    }
    const double x = 1 / (1 + q);
    const double y = q * x;
    const double ln_common = -half * (df_ < 1e4 ? std::log(1 + q) : std::log1p(q)) - ln_beta_;
    if (size * size < switch_squared_) {
        const double body =
            std::exp(ln_common) * 2 * std::sqrt(y) * beta_continued_fraction(0.5, half, y);
        return std::log(1 - std::min(body, 1.0)); // p > 1e-3 here, so the difference has its digits
    }
    return std::min(0.0, ln_common +
                             std::log(std::sqrt(y) / half * beta_continued_fraction(half, 0.5, x)));
}

double StudentTail::ln_upper(double t) const {
    const double both = ln_two_sided(t);
    if (t >= 0) return both - std::numbers::ln2;
    return std::log1p(-0.5 * std::exp(both));
}

double StudentTail::two_sided_quantile(double ln_p) const {
    if (std::isnan(ln_p)) return ln_p;
    if (ln_p >= 0) return 0;
    if (ln_p == -infinity) return infinity;
    double t = normal_two_sided_quantile(ln_p);
    if (df_ >= normal_limit_df || t == 0) return t;
    // ln p is a concave function of ln t, so Newton's steps in ln t converge from the right side
    // after at most one step from the left.
    for (int i = 0; i < 100; ++i) {
        const double value = ln_two_sided(t);
        const double ln_density =
            -ln_beta_ - 0.5 * std::log(df_) - 0.5 * (df_ + 1) * std::log1p(t * (t / df_));
        const double slope = -2 * t * std::exp(ln_density - value); // d ln p / d ln t
        const double step = (value - ln_p) / slope;
        t *= std::exp(-std::clamp(step, -300.0, 300.0));
        if (!(t < infinity)) return infinity;
        if (std::fabs(step) <= 1e-13) break;
    }
    return t;
}

double ln_student_two_sided(double t, double df) {
    return StudentTail(df).ln_two_sided(t);
}
double ln_student_upper(double t, double df) {
    return StudentTail(df).ln_upper(t);
}

double ln_f_upper(double f, double above, double below) {
    if (std::isnan(f) || std::isnan(above) || std::isnan(below)) return f + above + below;
    if (f <= 0) return 0;
    if (f == infinity) return -infinity;
    // A million degrees of freedom are as good as infinitely many: 1e-6 in the ratio.
    const double finite = std::min(below, 1e6);
    const double share = above * f;
    if (share == infinity) return 0.5 * finite * (std::log(finite / above) - std::log(f));
    const double total = finite + share;
    return ln_incomplete_beta(0.5 * finite, 0.5 * above, finite / total, share / total);
}

double ln_beta_binomial_upper(std::int64_t count, std::int64_t trials, double a, double b) {
    if (std::isnan(a) || std::isnan(b)) return a + b;
    if (count <= 0) return 0;
    if (count > trials) return -infinity;
    const auto n = static_cast<double>(trials);
    // Terms from `start` on, in the direction `step` that leaves the count: their sum relative to
    // the first is made by the ratio of neighbours, P(Y = y+1)/P(Y = y).
    const auto ratio_up = [&](double y) { return (n - y) / (y + 1) * ((y + a) / (n - y - 1 + b)); };
    const auto ln_term = [&](double y) {
        return -std::log(n + 1) - ln_beta(y + 1, n - y + 1) + ln_beta(y + a, n - y + b) -
               ln_beta(a, b);
    };
    const auto k = static_cast<double>(count);
    const bool above_mean = k >= n * a / (a + b);
    double sum = 1;
    double term = 1;
    std::int64_t steps = 0;
    if (above_mean) {
        for (double y = k; y < n; y += 1) {
            term *= ratio_up(y);
            sum += term;
            if ((++steps & 0xffff) == 0) poll_interrupt();
            if (term < 1e-18 * sum && ratio_up(y) < 1) break;
        }
        return std::min(0.0, ln_term(k) + std::log(sum));
    }
    for (double y = k - 1; y > 0; y -= 1) {
        term /= ratio_up(y - 1);
        sum += term;
        if ((++steps & 0xffff) == 0) poll_interrupt();
        if (term < 1e-18 * sum && ratio_up(y - 1) > 1) break;
    }
    return ln_one_minus_exp(ln_term(k - 1) + std::log(sum));
}

} // namespace recon::evidence
