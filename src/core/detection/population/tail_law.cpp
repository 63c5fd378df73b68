#include "core/detection/population/tail_law.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/statistics/log_beta.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::breaks {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double computed_from = 2;               // standard deviations
constexpr double normal_band = 1.959963984540054; // of two-sided .05

double joint_df(double noise_df, double d) noexcept {
    const double inverse = 1 / noise_df + 1 / d;
    return inverse > 1e-7 ? 1 / inverse : infinite;
}

double ln_density_constant(double df) {
    constexpr double ln_two = 0.6931471805599453;
    constexpr double half_ln_two_pi = 0.9189385332046727;
    if (df == infinite) return ln_two - half_ln_two_pi;
    // 2 / (sqrt(df) B(1/2, df/2)), by the density at 0 of the distribution itself.
    return ln_two + evidence::ln_gamma(0.5 * (df + 1)) - evidence::ln_gamma(0.5 * df) -
           0.5 * std::log(df * 3.141592653589793);
}

// Residuals counted in bins of equal width up to the cut, by classes of their degrees of freedom.
struct Binned {
    static constexpr std::size_t bins = 50;
    static constexpr std::size_t classes = 4;
    double cut = 0;
    double total = 0;
    std::array<double, classes> df{};
    std::array<double, classes> number{};
    std::array<std::array<double, bins>, classes> count{};
};

Binned bin(std::vector<StandardResidual>& residuals, double cut) {
    Binned binned;
    binned.cut = cut;
    std::erase_if(residuals, [&](const StandardResidual& r) { return !(r.size < cut); });
    std::sort(residuals.begin(), residuals.end(),
              [](const StandardResidual& a, const StandardResidual& b) {
                  return a.df < b.df || (a.df == b.df && a.size < b.size);
              });
    const std::size_t n = residuals.size();
    binned.total = static_cast<double>(n);
    for (std::size_t c = 0; c < Binned::classes; ++c) {
        const std::size_t from = n * c / Binned::classes;
        const std::size_t to = n * (c + 1) / Binned::classes;
        double inverse = 0;
        for (std::size_t i = from; i < to; ++i) {
            inverse += 1.0 / static_cast<double>(residuals[i].df);
            const auto place = static_cast<std::size_t>(residuals[i].size / cut * Binned::bins);
            binned.count[c][std::min(place, Binned::bins - 1)] += 1;
        }
        binned.number[c] = static_cast<double>(to - from);
        binned.df[c] = to > from ? binned.number[c] / inverse : infinite;
    }
    return binned;
}

// Log likelihood of a scaled law, given that no residual lies beyond the cut.
double likelihood(const Binned& binned, double scale, double df) {
    double sum = 0;
    for (std::size_t c = 0; c < Binned::classes; ++c) {
        if (binned.number[c] == 0) continue;
        const double m = joint_df(df, binned.df[c]);
        const double beyond = evidence::ln_student_two_sided(binned.cut / scale, m);
        sum += binned.number[c] *
               (ln_density_constant(m) - std::log(scale) - evidence::ln_one_minus_exp(beyond));
        for (std::size_t i = 0; i < Binned::bins; ++i) {
            if (binned.count[c][i] == 0) continue;
            const double middle = binned.cut * (static_cast<double>(i) + 0.5) / Binned::bins;
            const double squared = middle / scale * (middle / scale);
            sum -= 0.5 * binned.count[c][i] *
                   (m == infinite ? squared : (m + 1) * std::log1p(squared / m));
        }
    }
    return sum;
}

// The best scale for one df, by golden section in ln scale.
double best_scale(const Binned& binned, double df, double start, double* value) {
    constexpr double ratio = 0.6180339887498949;
    double low = std::log(start) - 1;
    double high = std::log(start) + 0.5;
    double a = high - ratio * (high - low);
    double b = low + ratio * (high - low);
    double fa = likelihood(binned, std::exp(a), df);
    double fb = likelihood(binned, std::exp(b), df);
    for (int step = 0; step < 12; ++step) {
        if (fa > fb) {
            high = b;
            b = a;
            fb = fa;
            a = high - ratio * (high - low);
            fa = likelihood(binned, std::exp(a), df);
        } else {
            low = a;
            a = b;
            fa = fb;
            b = low + ratio * (high - low);
            fb = likelihood(binned, std::exp(b), df);
        }
    }
    *value = std::max(fa, fb);
    return std::exp(fa > fb ? a : b);
}

} // namespace

double TailLaw::ln_p(double size, double d) const {
    if (!(d > 0)) return 0;
    const double t = size / scale_;
    const double m = joint_df(df_, d);
    if (!(t < computed_from)) return evidence::ln_student_two_sided(t, m);
    if (m == infinite) return evidence::ln_normal_two_sided(t);
    return evidence::ln_normal_two_sided((8 * m + 1) / (8 * m + 3) *
                                         std::sqrt(m * std::log1p(t * t / m)));
}

double TailLaw::band(double d) const {
    if (!(d > 0)) return infinite;
    const double m = joint_df(df_, d);
    if (m == infinite) return scale_ * normal_band;
    const double root = normal_band * (8 * m + 3) / (8 * m + 1);
    return scale_ * std::sqrt(m * std::expm1(root * root / m));
}

TailLaw fit_tail_law(std::vector<StandardResidual> residuals, const TailLaw& expected,
                     double weight) {
    const std::size_t n = residuals.size();
    if (n < 8) return expected;
    const auto middle = residuals.begin() + static_cast<std::ptrdiff_t>(n / 2);
    std::nth_element(
        residuals.begin(), middle, residuals.end(),
        [](const StandardResidual& a, const StandardResidual& b) { return a.size < b.size; });
    const double robust = static_cast<double>(middle->size) / 0.6745;
    if (!(robust > 0)) return expected;
    constexpr double taking_part = 5;
    const Binned binned = bin(residuals, taking_part * robust);

    static constexpr std::array<double, 14> candidates = {infinite, 100, 50, 30, 20, 15,  11,
                                                          8,        6,   5,  4,  3,  2.5, 2};
    double best = -infinite;
    double best_df = infinite;
    double scale = 1;
    for (const double df : candidates) {
        double value = 0;
        const double found = best_scale(binned, df, robust, &value);
        if (value > best) {
            best = value;
            best_df = df;
            scale = found;
        }
    }
    const double part = binned.total / (binned.total + weight);
    // The shape of a tail needs six times the rows that its scale does to be known as well.
    const double shape_part = binned.total / (binned.total + 6 * weight);
    const double inverse_df = shape_part / best_df + (1 - shape_part) / expected.df();
    return {std::exp(part * std::log(scale) + (1 - part) * std::log(expected.scale())),
            inverse_df > 1e-9 ? 1 / inverse_df : infinite};
}

History history_of(std::uint32_t n, bool trend, bool quiet) noexcept {
    if (n == 0) return History::none;
    if (n <= 2) return History::one_or_two;
    if (quiet) return History::quiet;
    if (trend) return n <= 12 ? History::short_trend : History::long_trend;
    if (n <= 4) return History::up_to_4;
    if (n <= 7) return History::up_to_7;
    if (n <= 12) return History::up_to_12;
    if (n <= 20) return History::up_to_20;
    if (n <= 40) return History::up_to_40;
    return History::longer;
}

} // namespace recon::breaks
