#include "core/breaks/tail_law.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/evidence/log_beta.hpp"

namespace recon::breaks {

namespace {

constexpr double ln_band = -2.995732273553991; // ln .05

// ln of the density of |T|, T Student t with df degrees of freedom, less what does not depend on t.
double ln_density(double t, double df) {
    if (std::isinf(df)) return -0.5 * t * t;
    return -0.5 * (df + 1) * std::log1p(t * t / df);
}

double ln_density_constant(double df) {
    constexpr double ln_two = 0.6931471805599453;
    constexpr double half_ln_two_pi = 0.9189385332046727;
    if (std::isinf(df)) return ln_two - half_ln_two_pi;
    // 2 / (sqrt(df) B(1/2, df/2)), by the density at 0 of the distribution itself.
    return ln_two + evidence::ln_gamma(0.5 * (df + 1)) - evidence::ln_gamma(0.5 * df) -
           0.5 * std::log(df * 3.141592653589793);
}

struct Binned {
    std::vector<double> middle;
    std::vector<double> count;
    double cut = 0; // scores beyond are only counted
    double beyond = 0;
    double total = 0;
};

// Censored log likelihood of a scaled t.
double likelihood(const Binned& scores, double scale, double df) {
    const double constant = ln_density_constant(df) - std::log(scale);
    double sum = 0;
    for (std::size_t i = 0; i < scores.middle.size(); ++i) {
        sum += scores.count[i] * (ln_density(scores.middle[i] / scale, df) + constant);
    }
    if (scores.beyond > 0) {
        sum += scores.beyond * evidence::ln_student_two_sided(scores.cut / scale, df);
    }
    return sum;
}

// The best scale for one df, by golden section in ln scale.
double best_scale(const Binned& scores, double df, double start, double* value) {
    constexpr double ratio = 0.6180339887498949;
    double low = std::log(start) - 1.5;
    double high = std::log(start) + 1.5;
    double a = high - ratio * (high - low);
    double b = low + ratio * (high - low);
    double fa = likelihood(scores, std::exp(a), df);
    double fb = likelihood(scores, std::exp(b), df);
    for (int step = 0; step < 28; ++step) {
        if (fa > fb) {
            high = b;
            b = a;
            fb = fa;
            a = high - ratio * (high - low);
            fa = likelihood(scores, std::exp(a), df);
        } else {
            low = a;
            a = b;
            fa = fb;
            b = low + ratio * (high - low);
            fb = likelihood(scores, std::exp(b), df);
        }
    }
    *value = std::max(fa, fb);
    return std::exp(fa > fb ? a : b);
}

} // namespace

TailLaw::TailLaw(double scale, double df) : scale_(scale), df_(df), band_(0), tail_(df), table_{} {
    for (std::size_t i = 0; i < table_.size(); ++i) {
        const double at = looked_up * static_cast<double>(i) / static_cast<double>(steps);
        table_[i] = static_cast<float>(tail_.ln_two_sided(at));
    }
    band_ = scale * tail_.two_sided_quantile(ln_band);
}

double TailLaw::ln_p(double score) const {
    const double size = std::fabs(score) / scale_;
    if (!(size < looked_up)) return tail_.ln_two_sided(size);
    const double place = size * (static_cast<double>(steps) / looked_up);
    const auto step = static_cast<std::size_t>(place);
    const double part = place - static_cast<double>(step);
    const double from = table_[step];
    const double to = table_[step + 1];
    return from + part * (to - from);
}

TailLaw fit_tail_law(std::vector<double> scores, const TailLaw& expected, double weight) {
    const std::size_t n = scores.size();
    if (n < 8) return expected;
    std::sort(scores.begin(), scores.end());
    const double middle = scores[n / 2];
    if (!(middle > 0)) return expected;

    Binned binned;
    const auto kept = static_cast<std::size_t>(std::ceil(0.98 * static_cast<double>(n)));
    binned.cut = scores[kept - 1];
    binned.beyond = static_cast<double>(n - kept);
    binned.total = static_cast<double>(n);
    constexpr std::size_t bins = 160;
    const double width = binned.cut / bins;
    binned.middle.resize(bins);
    binned.count.assign(bins, 0);
    for (std::size_t i = 0; i < bins; ++i) {
        binned.middle[i] = width * (static_cast<double>(i) + 0.5);
    }
    for (std::size_t i = 0; i < kept; ++i) {
        const auto bin = static_cast<std::size_t>(scores[i] / width);
        binned.count[std::min(bin, bins - 1)] += 1;
    }

    constexpr double normal = std::numeric_limits<double>::infinity();
    static constexpr std::array<double, 14> candidates = {normal, 100, 50, 30, 20, 15,  11,
                                                          8,      6,   5,  4,  3,  2.5, 2};
    double best = -normal;
    double best_df = normal;
    double scale = 1;
    for (const double df : candidates) {
        double value = 0;
        const double found = best_scale(binned, df, middle / 0.6745, &value);
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
            inverse_df > 1e-9 ? 1 / inverse_df : normal};
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
