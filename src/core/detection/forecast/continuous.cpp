#include "core/detection/forecast/continuous.hpp"

#include <algorithm>
#include <cmath>

#include "core/detection/forecast/quick_log.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::forecast {

namespace {

using Locations = NoiseConstants::Locations;

constexpr std::uint64_t rows_before_clipping = 8;
constexpr double clipped_deviations = 5; // Student
constexpr double clipped_scales = 7;     // Laplace: five deviations are about seven scales
constexpr double laplace_share = 0.75;   // mean absolute deviation, of the typical noise
constexpr double smoothing = 0.2;
constexpr double tick_noise = 0.29; // rounding to a tick is a noise of 1/sqrt(12) of it
constexpr std::size_t level_at = static_cast<std::size_t>(Location::level);
constexpr std::uint64_t rows_before_pull = 5;

double clip(double x, double limit) {
    return std::clamp(x, -limit, limit);
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

    const double floor = tick_noise * tick * (tick_noise * tick);
    for (std::size_t k = 0; k < student_count; ++k) {
        for (std::size_t l = 0; l < location_count; ++l) {
            const double s = squares_[k][l];
            const double prior =
                std::min(table.prior_sum()[l], table.prior_df()[l] * c.softening[k] * s);
            f.sum[k][l] = std::max(s + prior, floor * c.df[k][l]);
        }
    }
    for (std::size_t k = 0; k < laplace_count; ++k) {
        for (std::size_t l = 0; l < location_count; ++l) {
            const double s = absolute_[k][l];
            const double typical = std::min(table.laplace_scale()[l], c.laplace_softening[k] * s);
            f.scale[k][l] =
                std::max(s + laplace_share * table.laplace_df()[l] * typical, tick_noise * tick);
        }
    }
    return f;
}

void Continuous::score(const ContinuousForecast& f, double x, double* scores) {
    const NoiseConstants& c = *f.constants;
    Locations squares{}, distance{};
    for (std::size_t l = 0; l < location_count; ++l) {
        const double r = x - f.location[l];
        squares[l] = r * r / f.widening[l];
        distance[l] = std::sqrt(squares[l]);
    }
    for (std::size_t k = 0; k < student_count; ++k) {
        double* const out = scores + k * location_count;
        for (std::size_t l = 0; l < location_count; ++l) {
            const double sum = f.sum[k][l];
            const double ln_sum = quick_ln(sum);
            out[l] = c.constant[k][l] - 0.5 * (ln_sum + f.ln_widening[l]) -
                     c.half_more[k][l] * (quick_ln(sum + squares[l]) - ln_sum);
        }
    }
    for (std::size_t k = 0; k < laplace_count; ++k) {
        double* const out = scores + (student_count + k) * location_count;
        for (std::size_t l = 0; l < location_count; ++l) {
            const double b = f.scale[k][l];
            const double ln_b = quick_ln(b);
            out[l] = c.ln_shape[k][l] - 0.693147180559945309 - ln_b -
                     (c.shape[k][l] + 1) * (quick_ln(b + distance[l]) - ln_b) -
                     0.5 * f.ln_widening[l];
        }
    }
}

double Continuous::deviations(const ContinuousForecast& f, std::size_t model, double x) {
    const std::size_t k = model / location_count;
    const std::size_t l = model % location_count;
    const double r = (x - f.location[l]) / std::sqrt(f.widening[l]);
    if (k < student_count) return r / std::sqrt(f.sum[k][l] / f.constants->df[k][l]);
    const std::size_t j = k - student_count;
    return r / (f.scale[j][l] / f.constants->shape[j][l]);
}

double Continuous::ln_p(const ContinuousForecast& f, std::size_t model, double x) {
    const std::size_t k = model / location_count;
    const std::size_t l = model % location_count;
    const double z = deviations(f, model, x);
    if (k < student_count) return evidence::ln_student_two_sided(z, f.constants->df[k][l]);
    const double shape = f.constants->shape[k - student_count][l];
    return -shape * std::log1p(std::fabs(z) / shape);
}

double Continuous::half_width(const ContinuousForecast& f, std::size_t model, double ln_p) {
    const std::size_t k = model / location_count;
    const std::size_t l = model % location_count;
    const double wide = std::sqrt(f.widening[l]);
    if (k < student_count) {
        const double df = f.constants->df[k][l];
        return wide * std::sqrt(f.sum[k][l] / df) *
               evidence::StudentTail(df).two_sided_quantile(ln_p);
    }
    const std::size_t j = k - student_count;
    return wide * f.scale[j][l] * std::expm1(-ln_p / f.constants->shape[j][l]);
}

bool Continuous::is_ordinary(const ContinuousForecast& f, std::size_t model, double x) noexcept {
    const std::size_t k = model / location_count;
    const std::size_t l = model % location_count;
    const double r = x - f.location[l];
    if (k < student_count) {
        return r * r * f.constants->df[k][l] < 3.84 * f.sum[k][l] * f.widening[l];
    }
    const std::size_t j = k - student_count;
    const double limit = 2.99 * f.scale[j][l];
    return r * r * f.constants->shape[j][l] * f.constants->shape[j][l] <
           limit * limit * f.widening[l];
}

void Continuous::learn_noise(const ContinuousForecast& f, double x) {
    const NoiseConstants& c = *f.constants;
    const bool clips = rows_ >= rows_before_clipping;
    const double is_later = rows_ > 0 ? 1 : 0; // the first row says nothing of noise about a level
    Locations squares{};
    for (std::size_t l = 0; l < location_count; ++l) {
        const double r = x - f.location[l];
        squares[l] = r * r / f.widening[l] * (l == 0 ? 1 : is_later);
    }
    for (std::size_t k = 0; k < student_count; ++k) {
        for (std::size_t l = 0; l < location_count; ++l) {
            const double limit =
                clips ? clipped_deviations * clipped_deviations * f.sum[k][l] / c.df[k][l]
                      : INFINITY;
            squares_[k][l] = squares_[k][l] * c.keep[k] + std::min(squares[l], limit);
        }
    }
    for (std::size_t k = 0; k < laplace_count; ++k) {
        for (std::size_t l = 0; l < location_count; ++l) {
            const double limit = clips ? clipped_scales * f.scale[k][l] / c.shape[k][l] : INFINITY;
            absolute_[k][l] =
                absolute_[k][l] * c.laplace_keep[k] + std::min(std::sqrt(squares[l]), limit);
        }
    }
}

void Continuous::learn_location(const ContinuousForecast& f, const double* values,
                                std::size_t count) {
    double mean = 0;
    for (std::size_t i = 0; i < count; ++i)
        mean += values[i] / static_cast<double>(count);
    if (rows_ == 0) {
        first_ = smoothed_ = mean;
    } else {
        const double limit =
            rows_ >= rows_before_clipping
                ? clipped_deviations * std::sqrt(f.sum[0][level_at] / f.constants->df[0][level_at])
                : INFINITY;
        const double before = clip(last_ - level_, limit);
        if (rows_ >= 2) {
            const double keep = f.constants->keep[0];
            pull_squares_ = pull_squares_ * keep + before * before;
            pull_products_ = pull_products_ * keep + before * clip(mean - level_, limit);
        }
        const auto n = static_cast<double>(std::min<std::uint64_t>(rows_, longest_memory));
        const double own = rows_ >= rows_before_clipping
                               ? clipped_deviations * std::sqrt(f.sum[1][2] / f.constants->df[1][2])
                               : INFINITY;
        smoothed_ += std::max(smoothing, 1 / (n + 1)) * clip(mean - smoothed_, own);
        ++moves_;
    }
    for (std::size_t i = 0; i < count; ++i) {
        const auto n = static_cast<double>(std::min<std::uint64_t>(rows_, longest_memory - 1));
        const double limit =
            rows_ >= rows_before_clipping
                ? clipped_deviations * std::sqrt(f.sum[0][level_at] / f.constants->df[0][level_at])
                : INFINITY;
        level_ += clip(values[i] - level_, limit) / (n + 1);
        ++rows_;
    }
    last_ = mean;
}

void Continuous::serialize(ByteWriter& writer) const {
    for (const auto& row : squares_) {
        for (const double value : row)
            writer.put(value);
    }
    for (const auto& row : absolute_) {
        for (const double value : row)
            writer.put(value);
    }
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
    for (auto& row : squares_) {
        for (double& value : row)
            finite(value, false);
    }
    for (auto& row : absolute_) {
        for (double& value : row)
            finite(value, false);
    }
    rows_ = reader.get<std::uint64_t>();
    moves_ = reader.get<std::uint64_t>();
    if (moves_ > rows_) reader.refuse("a key has more dates than rows");
    for (double* value : {&level_, &smoothed_, &last_, &first_})
        finite(*value, true);
    finite(pull_squares_, false);
    finite(pull_products_, true);
}

} // namespace recon::forecast
