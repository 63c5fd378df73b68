// What the densities of Student and Laplace noises need of the prior and of the number of rows:
// worked out once for all keys, since logarithms of the gamma function are dear.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "core/base/firewall.hpp"
#include "core/detection/forecast/prior.hpp"

namespace recon::forecast {

// The longest memory, of levels and of noises: older rows fade.
inline constexpr std::size_t longest_memory = 512;

// ln of the constant of a Student density whose kernel is (1 + r^2/B)^-(df+1)/2 / sqrt(B).
[[nodiscard]] double student_constant(double df);

// Of a key with n rows. A Student noise has sum of squares S: its B is (S + prior) (1 + kappa),
// where prior is df_0 s_0^2, less where the key's own noise is much smaller. A Laplace noise of
// unknown scale has the density a / 2b (1 + |e|/b)^-(a+1).
struct NoiseConstants {
    using Locations = std::array<double, location_count>;
    std::array<Locations, student_count> df, constant, half_more; // (df + 1) / 2
    std::array<double, student_count> keep;      // of the sum of squares, when a row is added
    std::array<double, student_count> softening; // prior <= softening * S
    std::array<Locations, laplace_count> shape, ln_shape;
    std::array<double, laplace_count> laplace_keep, laplace_softening;
    Locations widening, ln_widening; // 1 + kappa and its logarithm, of all but `drift`
};

// Constants of the Student densities of other things that were seen n times: sizes of breaks, their
// logarithms, changes, distances from one of two levels.
struct CountConstants {
    double size, ln_size, change, level;
};
inline constexpr double ln_size_df = 12; // that the population's spread of ln sizes is worth
inline constexpr double change_df = 0.3; // beside the population's
inline constexpr double level_df = 2;

class NoiseTable {
  public:
    explicit NoiseTable(const Prior& prior);

    [[nodiscard]] const NoiseConstants& of(std::size_t rows) const noexcept {
        return rows_[rows < longest_memory ? rows : longest_memory];
    }
    [[nodiscard]] const CountConstants& count(std::size_t n) const noexcept {
        return counts_[n < longest_memory ? n : longest_memory];
    }
    // df_0 and df_0 s_0^2; the Laplace noise's scale.
    [[nodiscard]] const NoiseConstants::Locations& prior_df() const noexcept { return df_; }
    [[nodiscard]] const NoiseConstants::Locations& prior_sum() const noexcept { return sum_; }
    [[nodiscard]] const NoiseConstants::Locations& laplace_df() const noexcept {
        return laplace_df_;
    }
    [[nodiscard]] const NoiseConstants::Locations& laplace_scale() const noexcept {
        return laplace_scale_;
    }
    [[nodiscard]] const Prior& prior() const noexcept { return prior_; }

  private:
    [[nodiscard]] NoiseConstants constants(std::size_t rows) const;

    Prior prior_;
    NoiseConstants::Locations df_{}, sum_{}, laplace_df_{}, laplace_scale_{};
    std::vector<NoiseConstants> rows_;
    std::vector<CountConstants> counts_;
};

} // namespace recon::forecast
