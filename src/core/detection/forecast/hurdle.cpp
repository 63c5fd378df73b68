#include "core/detection/forecast/hurdle.hpp"

#include <algorithm>
#include <cmath>

#include "core/detection/forecast/quick_log.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::forecast {

namespace {

constexpr std::array<double, 2> strengths = {2, 30};
constexpr double least_share = 1e-12;
constexpr double tick_noise = 0.29;
constexpr double softness = 20;
constexpr double ln_2 = 0.693147180559945309;

} // namespace

Outcome HurdleForecast::outcome(double x) const noexcept {
    if (x == 0) return Outcome::match;
    return is_after_break && x == last ? Outcome::repeat : Outcome::fresh;
}

void HurdleForecast::score(double x, double* scores) const {
    const auto at = static_cast<std::size_t>(outcome(x));
    const double few = quick_ln(std::max(shares[0][at], least_share));
    const double many = quick_ln(std::max(shares[1][at], least_share));
    double linear = 0;
    double logarithmic = 0;
    if (outcome(x) == Outcome::fresh) {
        const double ln_sum = quick_ln(sum);
        linear = constant - 0.5 * ln_sum - 0.5 * (df + 1) * (quick_ln(sum + x * x) - ln_sum);
        const double ln_size = quick_ln(std::fabs(x));
        const double z = ln_size - ln_mean;
        const double kernel = ln_variance * ln_df;
        logarithmic = ln_constant - 0.5 * quick_ln(kernel) -
                      0.5 * (ln_df + 1) * quick_ln(1 + z * z / kernel) - ln_2 - ln_size;
    }
    scores[0] = few + linear;
    scores[1] = many + linear;
    scores[2] = few + logarithmic;
    scores[3] = many + logarithmic;
}

double HurdleForecast::ln_size_upper(bool is_logarithmic, double size) const {
    if (is_logarithmic) {
        return evidence::ln_student_upper((std::log(size) - ln_mean) / std::sqrt(ln_variance),
                                          ln_df);
    }
    return evidence::ln_student_two_sided(size / std::sqrt(sum / df), df);
}

double HurdleForecast::ln_p(std::size_t hurdle, double x) const {
    if (outcome(x) != Outcome::fresh) return 0;
    const double share = std::max(shares[hurdle % 2][2], least_share);
    return std::log(share) + ln_size_upper(hurdle >= 2, std::fabs(x));
}

bool HurdleForecast::is_ordinary(std::size_t hurdle, double x) const noexcept {
    if (outcome(x) != Outcome::fresh) return true;
    if (shares[hurdle % 2][2] < 0.5) return false; // else p of the size must be above .1
    if (hurdle < 2) return x * x * df < 2.7 * sum;
    const double z = quick_ln(std::fabs(x)) - ln_mean;
    return z < 0 || z * z < 1.64 * ln_variance;
}

double HurdleForecast::half_width(std::size_t hurdle, double ln_p) const {
    const double ln_size = ln_p - std::log(std::max(shares[hurdle % 2][2], least_share));
    if (ln_size >= 0) return 0;
    if (hurdle < 2)
        return std::sqrt(sum / df) * evidence::StudentTail(df).two_sided_quantile(ln_size);
    // An upper tail of p is one of two sides with 2 p.
    const double both = ln_size + ln_2;
    const double z = both < 0 ? evidence::StudentTail(ln_df).two_sided_quantile(both) : 0;
    return std::exp(ln_mean + z * std::sqrt(ln_variance));
}

HurdleForecast Hurdle::forecast(const NoiseTable& table, double tick) const {
    HurdleForecast f;
    const Prior& prior = table.prior();
    const auto& counts = counts_[after_];
    const double rows = static_cast<double>(counts[0]) + counts[1] + counts[2];
    for (std::size_t s = 0; s < strengths.size(); ++s) {
        for (std::size_t o = 0; o < 3; ++o) {
            f.shares[s][o] =
                (counts[o] + strengths[s] * prior.outcomes[after_][o]) / (rows + strengths[s]);
        }
    }
    f.is_after_break = after_ == 1;
    f.last = last_;
    const auto n = static_cast<double>(
        std::min<std::uint32_t>(sizes_, static_cast<std::uint32_t>(longest_memory)));
    const CountConstants& constants = table.count(static_cast<std::size_t>(n));
    double typical = prior.break_size.variance;
    if (n >= 2) typical = std::min(typical, (1 + softness / n) * squares_ / n);
    f.df = n + prior.break_size.df;
    f.sum = std::max(squares_ + prior.break_size.df * typical,
                     f.df * (tick_noise * tick) * (tick_noise * tick));
    f.constant = constants.size;
    const double weight = prior.ln_break.within / prior.ln_break.between;
    f.ln_mean = (ln_sum_ + weight * prior.ln_break.mean) / (n + weight);
    f.ln_df = n + ln_size_df;
    f.ln_widening = 1 + 1 / (n + weight);
    f.ln_variance = (ln_squares_ + ln_size_df * prior.ln_break.within) / f.ln_df * f.ln_widening;
    f.ln_constant = constants.ln_size;
    return f;
}

void Hurdle::learn(const HurdleForecast& f, double x) {
    const Outcome outcome = f.outcome(x);
    ++counts_[after_][static_cast<std::size_t>(outcome)];
    after_ = outcome == Outcome::match ? 0 : 1;
    last_ = x;
    if (outcome != Outcome::fresh) return;
    const double keep = sizes_ >= longest_memory ? 1 - 1 / static_cast<double>(longest_memory) : 1;
    const double ln_size = quick_ln(std::fabs(x));
    double residual = ln_size - f.ln_mean;
    const double n = f.df;
    double square = x * x;
    if (sizes_ >= 8) square = std::min(square, 36 * f.sum / n);
    const double limit = sizes_ >= 5 ? 4 * std::sqrt(f.ln_variance) : INFINITY;
    residual = std::clamp(residual, -limit, limit);
    squares_ = squares_ * keep + square;
    ln_squares_ = ln_squares_ * keep + residual * residual / f.ln_widening;
    ln_sum_ = ln_sum_ * keep + ln_size;
    ++sizes_;
}

std::uint32_t Hurdle::matches() const noexcept {
    return counts_[0][0] + counts_[1][0] + counts_[2][0];
}

double Hurdle::typical_size() const {
    return sizes_ > 0 ? std::exp(ln_sum_ /
                                 static_cast<double>(std::min<std::size_t>(sizes_, longest_memory)))
                      : 0;
}

void Hurdle::serialize(ByteWriter& writer) const {
    for (const auto& counts : counts_) {
        for (const std::uint32_t count : counts)
            writer.put(count);
    }
    writer.put(after_);
    writer.put(last_);
    writer.put(sizes_);
    for (const double value : {squares_, ln_sum_, ln_squares_})
        writer.put(value);
}

void Hurdle::deserialize(ByteReader& reader) {
    for (auto& counts : counts_) {
        for (std::uint32_t& count : counts)
            count = reader.get<std::uint32_t>();
    }
    after_ = reader.get<std::uint8_t>();
    if (after_ > 2) reader.refuse("what came before is no outcome");
    last_ = reader.get<double>();
    sizes_ = reader.get<std::uint32_t>();
    squares_ = reader.get<double>();
    ln_sum_ = reader.get<double>();
    ln_squares_ = reader.get<double>();
    if (!std::isfinite(last_) || !std::isfinite(squares_) || !std::isfinite(ln_sum_) ||
        !std::isfinite(ln_squares_) || squares_ < 0 || ln_squares_ < 0) {
        reader.refuse("a remembered figure is out of range");
    }
}

} // namespace recon::forecast
