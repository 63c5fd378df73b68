#include "core/detection/forecast/continuous.hpp"

#include <algorithm>
#include <cmath>

#include "core/detection/forecast/quick_log.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::forecast {

namespace {

constexpr std::uint64_t rows_before_clipping = 8;
constexpr double clipped_deviations = 5;
constexpr double smoothing = 0.2;
constexpr double tick_noise = 0.29; // rounding to a tick is a noise of 1/sqrt(12) of it
constexpr std::uint64_t rows_before_pull = 5;

// Of Student noises: of all rows, and of the newest few.
constexpr std::size_t level_of_all = lane_of(continuous_model(Location::level, 0));
constexpr std::size_t smoothed_of_some = lane_of(continuous_model(Location::smoothed, 1));

double clip(double x, double limit) {
    return std::clamp(x, -limit, limit);
}

double limit_of(const ContinuousForecast& f, std::uint64_t rows, std::size_t lane) {
    if (rows < rows_before_clipping) return INFINITY;
    return clipped_deviations * std::sqrt(f.sum[lane] / f.constants->lanes.df[lane]);
}

Distances distances_of(const ContinuousForecast& f, double x) {
    Distances d;
    for (std::size_t l = 0; l < location_count; ++l) {
        const double r = x - f.location[l];
        d.square[l] = r * r / f.widening[l];
        d.distance[l] = std::sqrt(d.square[l]);
    }
    return d;
}

double mean_of(const double* values, std::size_t count) {
    double mean = 0;
    for (std::size_t i = 0; i < count; ++i)
        mean += values[i] / static_cast<double>(count);
    return mean;
}

} // namespace

ContinuousForecast Continuous::forecast(const NoiseTable& table, double tick) const {
    ContinuousForecast f;
    const auto rows = static_cast<std::size_t>(std::min<std::uint64_t>(rows_, longest_memory));
    const NoiseConstants& c = table.of(rows);
    f.constants = &c;
    const auto n = static_cast<double>(rows);
    // The pull back to the level: its estimate is too small by (1 + 3 phi)/n (Kendall 1954), and
    // uncertain.
    double pull = 0;
    if (rows_ >= rows_before_pull && pull_squares_ > 0) {
        pull = pull_products_ / pull_squares_;
        pull = std::clamp((pull + (1 + 3 * pull) / n) * n / (n + 4), -0.5, 1.0);
    }
    const double drift_rows = static_cast<double>(moves_) + 0.5;
    const double drift = moves_ > 0 ? (last_ - first_) / drift_rows : 0;
    f.location = {0, level_, smoothed_, level_ + pull * (last_ - level_), last_, last_ + drift};
    f.widening = c.widening;
    f.ln_widening = c.ln_widening;
    f.widening.back() = rows_ > 0 ? 1 + 1 / drift_rows : c.widening[4];
    f.ln_widening.back() = quick_ln(f.widening.back());

    lanes_forecast(c.lanes, table.prior_sum(), tick_noise * tick, sums_, f.sum);
    return f;
}

void Continuous::score(const ContinuousForecast& f, double x, double* scores) {
    Lanes lanes;
    lanes_score(f.constants->lanes, f.sum, distances_of(f, x), f.ln_widening, lanes);
    constexpr std::size_t students = student_count * location_count;
    std::copy_n(lanes.begin(), students, scores);
    std::copy_n(lanes.begin() + student_lanes, continuous_count - students, scores + students);
}

double Continuous::deviations(const ContinuousForecast& f, std::size_t model, double x) {
    const std::size_t i = lane_of(model);
    const std::size_t l = model % location_count;
    const double r = (x - f.location[l]) / std::sqrt(f.widening[l]);
    const double typical = f.sum[i] / f.constants->lanes.df[i];
    return r / (i < student_lanes ? std::sqrt(typical) : typical);
}

double Continuous::ln_p(const ContinuousForecast& f, std::size_t model, double x) {
    const double z = deviations(f, model, x);
    const std::size_t i = lane_of(model);
    const double df = f.constants->lanes.df[i];
    if (i < student_lanes) return evidence::ln_student_two_sided(z, df);
    return -df * std::log1p(std::fabs(z) / df);
}

double Continuous::half_width(const ContinuousForecast& f, std::size_t model, double ln_p) {
    const std::size_t i = lane_of(model);
    const double wide = std::sqrt(f.widening[model % location_count]);
    const double df = f.constants->lanes.df[i];
    if (i < student_lanes) {
        return wide * std::sqrt(f.sum[i] / df) * evidence::StudentTail(df).two_sided_quantile(ln_p);
    }
    return wide * f.sum[i] * std::expm1(-ln_p / df);
}

bool Continuous::is_ordinary(const ContinuousForecast& f, std::size_t model, double x) noexcept {
    const std::size_t i = lane_of(model);
    const std::size_t l = model % location_count;
    const double r = x - f.location[l];
    const double df = f.constants->lanes.df[i];
    if (i < student_lanes) return r * r * df < 3.84 * f.sum[i] * f.widening[l];
    const double limit = 2.99 * f.sum[i];
    return r * r * df * df < limit * limit * f.widening[l];
}

void Continuous::learn_noise(const NoiseTable& table, const ContinuousForecast& f, double x) {
    Distances d = distances_of(f, x);
    if (rows_ == 0) { // the first row says nothing of noise about a level
        std::fill(d.square.begin() + 1, d.square.end(), 0.0);
        std::fill(d.distance.begin() + 1, d.distance.end(), 0.0);
    }
    lanes_learn(f.constants->lanes, table.keep(rows_), f.sum, d, sums_);
}

void Continuous::pass(const double* values, std::size_t count) {
    last_ = mean_of(values, count);
    ++moves_;
}

void Continuous::learn_location(const NoiseTable& table, const ContinuousForecast& f,
                                const double* values, std::size_t count) {
    const double mean = mean_of(values, count);
    if (rows_ == 0) {
        first_ = smoothed_ = mean;
    } else {
        const double limit = limit_of(f, rows_, level_of_all);
        const double before = clip(last_ - level_, limit);
        if (rows_ >= 2) {
            const double keep = table.keep(rows_)[level_of_all];
            pull_squares_ = pull_squares_ * keep + before * before;
            pull_products_ = pull_products_ * keep + before * clip(mean - level_, limit);
        }
        const auto n = static_cast<double>(std::min<std::uint64_t>(rows_, longest_memory));
        const double own = limit_of(f, rows_, smoothed_of_some);
        smoothed_ += std::max(smoothing, 1 / (n + 1)) * clip(mean - smoothed_, own);
        ++moves_;
    }
    for (std::size_t i = 0; i < count; ++i) {
        const auto n = static_cast<double>(std::min<std::uint64_t>(rows_, longest_memory - 1));
        const double limit = limit_of(f, rows_, level_of_all);
        level_ += clip(values[i] - level_, limit) / (n + 1);
        ++rows_;
    }
    last_ = mean;
}

void Continuous::serialize(ByteWriter& writer) const {
    for (std::size_t model = 0; model < continuous_count; ++model)
        writer.put(sums_[lane_of(model)]);
    writer.put(rows_);
    writer.put(moves_);
    for (const double value : {level_, smoothed_, last_, first_, pull_squares_, pull_products_})
        writer.put(value);
}

void Continuous::deserialize(ByteReader& reader) {
    const auto finite = [&](double& value, bool may_be_negative) {
        value = reader.get<double>();
        if (!std::isfinite(value) || (value < 0 && !may_be_negative)) {
            reader.refuse("a remembered figure is out of range");
        }
    };
    for (std::size_t model = 0; model < continuous_count; ++model)
        finite(sums_[lane_of(model)], false);
    rows_ = reader.get<std::uint64_t>();
    moves_ = reader.get<std::uint64_t>();
    for (double* value : {&level_, &smoothed_, &last_, &first_})
        finite(*value, true);
    finite(pull_squares_, false);
    finite(pull_products_, true);
}

} // namespace recon::forecast
