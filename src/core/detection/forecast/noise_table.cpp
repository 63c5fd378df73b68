#include "core/detection/forecast/noise_table.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/statistics/log_beta.hpp"

namespace recon::forecast {

namespace {

constexpr std::array<double, student_count> student_memory = {1.0, 0.94, 0.85};
constexpr std::array<double, laplace_count> laplace_memory = {1.0, 0.94};
// Zero is known, a level is not: it costs a degree of freedom.
constexpr double least_df = 0.3;
constexpr double least_shape = 0.4;
// The prior is an inverse gamma, whose tail towards small noises is too thin: it never says more
// than (1 + 20/n) times the key's own variance, once there are two rows.
constexpr double softness = 20;
constexpr double squares_of_laplace = 1.3;
constexpr double unknown = 400; // how much wider than the noise a level may lie
constexpr double smoothing_widening = 0.12;
// One value does not make a noise: it adds no more than five deviations may (about seven scales of
// a Laplace noise). Before, nobody knows what a deviation is.
constexpr std::size_t rows_before_clipping = 8;
constexpr double clipped_deviations = 5;
constexpr double clipped_scales = 7;
constexpr double laplace_share = 0.75; // mean absolute deviation, of the typical noise

// Rows that count, of n, when each step keeps this much of those before.
double rows_kept(double memory, std::size_t n) {
    if (memory == 1) return static_cast<double>(n);
    return (1 - std::pow(memory, static_cast<double>(n))) / (1 - memory);
}

double left_by_row(double memory, std::size_t n) {
    return memory == 1 && n >= longest_memory ? 1 - 1 / static_cast<double>(longest_memory)
                                              : memory;
}

std::size_t noise_of(std::size_t location) {
    if (location == static_cast<std::size_t>(Location::zero)) return 0;
    return location >= static_cast<std::size_t>(Location::last) ? 2 : 1;
}

} // namespace

double student_constant(double df) {
    return evidence::ln_gamma(0.5 * (df + 1)) - evidence::ln_gamma(0.5 * df) -
           0.5 * std::log(std::numbers::pi);
}

NoiseTable::NoiseTable(const Prior& prior) : prior_(prior) {
    for (std::size_t l = 0; l < location_count; ++l) {
        const ScalePrior& noise = prior.noise[noise_of(l)];
        df_[l] = noise.df;
        laplace_df_[l] = std::max(noise.df, 0.5);
        for (std::size_t k = 0; k < student_count; ++k) {
            const std::size_t i = k * location_count + l;
            prior_sum_[i] = noise.df * noise.variance;
            keep_[i] = left_by_row(student_memory[k], 0);
            keep_of_many_[i] = left_by_row(student_memory[k], longest_memory);
        }
        for (std::size_t k = 0; k < laplace_count; ++k) {
            const std::size_t i = student_lanes + k * location_count + l;
            prior_sum_[i] = laplace_share * laplace_df_[l] * std::sqrt(noise.variance);
            keep_[i] = left_by_row(laplace_memory[k], 0);
            keep_of_many_[i] = left_by_row(laplace_memory[k], longest_memory);
        }
    }
    rows_.reserve(longest_memory + 1);
    counts_.reserve(longest_memory + 1);
    for (std::size_t n = 0; n <= longest_memory; ++n) {
        rows_.push_back(constants(n));
        const auto seen = static_cast<double>(n);
        counts_.push_back({student_constant(seen + prior.break_size.df),
                           student_constant(seen + ln_size_df),
                           student_constant(seen + prior.noise[2].df + change_df),
                           student_constant(seen + level_df)});
    }
}

void NoiseTable::set_student(std::size_t n, LaneConstants& c) const {
    const bool clips = n >= rows_before_clipping;
    for (std::size_t k = 0; k < student_count; ++k) {
        const double kept = rows_kept(student_memory[k], n);
        const double softening = n >= 2 ? (1 + softness / kept) / kept : INFINITY;
        for (std::size_t l = 0; l < location_count; ++l) {
            double df = kept + df_[l];
            if (l != 0) df = std::max(df - std::min(kept, 1.0), least_df);
            const std::size_t i = k * location_count + l;
            c.df[i] = df;
            c.constant[i] = student_constant(df);
            c.softening[i] = df_[l] * softening;
            c.clip[i] = clips ? clipped_deviations * clipped_deviations / df : INFINITY;
        }
    }
}

void NoiseTable::set_laplace(std::size_t n, LaneConstants& c) const {
    const bool clips = n >= rows_before_clipping;
    for (std::size_t k = 0; k < laplace_count; ++k) {
        const double kept = rows_kept(laplace_memory[k], n);
        const double softening =
            n >= 2 ? squares_of_laplace * std::sqrt(1 + softness / kept) / kept : INFINITY;
        for (std::size_t l = 0; l < location_count; ++l) {
            double shape = kept + laplace_df_[l];
            if (l != 0) shape = std::max(shape - std::min(kept, 1.0), least_shape);
            const std::size_t i = student_lanes + k * location_count + l;
            c.df[i] = shape;
            c.constant[i] = std::log(shape) - std::numbers::ln2;
            c.softening[i] = laplace_share * laplace_df_[l] * softening;
            c.clip[i] = clips ? clipped_scales / shape : INFINITY;
        }
    }
}

NoiseConstants NoiseTable::constants(std::size_t n) const {
    NoiseConstants c;
    const auto rows = static_cast<double>(n);
    c.lanes.df.fill(1); // of lanes that hold nothing, too
    set_student(n, c.lanes);
    set_laplace(n, c.lanes);
    const double of_level = n > 0 ? 1 / rows : unknown;
    c.widening = {
        1, 1 + of_level, 1 + smoothing_widening + of_level, 1 + of_level, n > 0 ? 1 : 1 + unknown,
        1};
    for (std::size_t l = 0; l < location_count; ++l)
        c.ln_widening[l] = std::log(c.widening[l]);
    return c;
}

} // namespace recon::forecast
